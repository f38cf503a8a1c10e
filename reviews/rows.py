"""The rows of the queue page, escaped like any template's but put together in one go.

A template loop over forty rows costs more than everything else on the page, its queries included.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from django.utils.formats import date_format
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.text import capfirst
from django.utils.timezone import localtime

from outreach.models import Draft
from reviews.rules import due_in_words, weight_in_words

_ROW = (
    '<tr><td class="cell-main"><a class="row-link" href="{}{}/{}">{}</a><span class="cell-sub">{}</span></td>'
    '<td data-label="Why now">{}</td><td data-label="Reason to write">{}</td><td data-label="Looked at because">{}</td>'
    '<td class="num nowrap" data-label="Value">{}</td>'
    '<td data-label="Why here"><span>{}</span><span class="cell-sub">{}</span></td>{}</tr>\n'
)
_OWNER = '<td data-label="Owner">{}</td>'


def queue_rows(drafts: Iterable[Draft], *, items_url: str, query: str, with_owner: bool, now: datetime) -> SafeString:
    """The body of the table. Rows lead to their items under ``items_url``; ``query`` keeps the view of the queue."""
    return format_html_join(
        "",
        _ROW,
        (
            (
                items_url,
                draft.pk,
                query,
                draft.contact.name or "No name",
                draft.account_name or "No account",
                draft.why_now,
                capfirst(draft.reason_text) or "Closing message",
                draft.asked,
                draft.money,
                *_why_here(draft, now),
                format_html(_OWNER, draft.owner) if with_owner else "",
            )
            for draft in drafts
        ),
    )


def _why_here(draft: Draft, now: datetime) -> tuple[str, str]:
    """Why a message stands where it stands; of one that is snoozed, when it comes back and why it does not wait now."""
    if draft.snoozed_until is not None and draft.snoozed_until > now:
        back = date_format(localtime(draft.snoozed_until), "j M, H:i")
        return f"Comes back on {back}.", draft.snooze_reason
    return due_in_words(draft.due_at, now), weight_in_words(draft.priority_reasons)
