"""The part of the queue around one item, beside it and for going on: the same view, the same order, a few rows."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import Q
from django.utils.text import capfirst

from outreach.models import Draft
from outreach.models.drafts import DraftQuerySet
from reviews.rules import QueuePlace

#: So many rows before and after the item that is open.
BEFORE, AFTER = 5, 12
_SHOWN = ("id", "rank_at", "account_name", "reason_text", "why_now", "contact__name")


@dataclass(frozen=True, slots=True)
class Row:
    """One item of the list. ``current`` is the one that is open."""

    pk: int
    name: str
    account: str
    reason: str
    current: bool


@dataclass(frozen=True, slots=True)
class Worklist:
    """The rows, and which come before and after the one that is open."""

    rows: list[Row]
    previous_row: Row | None
    next_row: Row | None


def worklist(view: DraftQuerySet, draft: Draft) -> Worklist:
    """What ``view`` shows around the place of ``draft``, in two queries. The draft itself is in it only if it waits.

    ``view`` is in the order of the queue (`reviews.queue.whose`).
    """
    place = QueuePlace(draft.rank_at, draft.pk)
    rows = view.select_related("contact").only(*_SHOWN)
    earlier = Q(rank_at__lt=place.rank_at) | Q(rank_at=place.rank_at, id__lt=place.id)
    not_earlier = Q(rank_at__gt=place.rank_at) | Q(rank_at=place.rank_at, id__gte=place.id)
    before = [_row(one, draft) for one in rows.filter(earlier, rank_at__lte=place.rank_at).reverse()[:BEFORE]][::-1]
    from_here = [_row(one, draft) for one in rows.filter(not_earlier, rank_at__gte=place.rank_at)[: AFTER + 1]]
    after = [row for row in from_here if not row.current]
    return Worklist(
        rows=before + from_here[: AFTER + 1],
        previous_row=before[-1] if before else None,
        next_row=after[0] if after else None,
    )


def _row(one: Draft, current: Draft) -> Row:
    return Row(
        pk=one.pk,
        name=one.contact.name,
        account=one.account_name,
        reason=capfirst(one.reason_text) or one.why_now,
        current=one.pk == current.pk,
    )
