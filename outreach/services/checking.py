"""The gates, run again on a stored draft with what is known now."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from email.utils import parseaddr

from django.conf import settings
from django.db.models.functions import Coalesce
from django.utils import timezone

from contacts.models import Touch
from contacts.permission import permissions_of
from contacts.states import Direction
from outreach.gates import Finding, MessageFacts, check_all
from outreach.models import Draft, GateFinding
from outreach.rendering import first_name
from outreach.rules.writing import (
    SentText,
    colleagues_messages,
    evidence_texts,
    published_links,
    review_gates,
    their_texts,
)
from outreach.services.phrases import house_rules
from outreach.states import DraftStatus

#: How far back a repeated message would still be noticed.
EARLIER_MESSAGES = 10


def findings_of(
    draft: Draft, *, subject: str | None = None, body: str | None = None, now: datetime | None = None
) -> list[Finding]:
    """What the gates say about this draft, or another text for it, with all that they look at as it is at ``now``.

    The queries are as many for every draft. Whether it is their first message, and what went before it in its sequence,
    was noted when it was written.
    """
    return check_all(facts_of_draft(draft, subject=subject, body=body, now=now))


def facts_of_draft(
    draft: Draft, *, subject: str | None = None, body: str | None = None, now: datetime | None = None
) -> MessageFacts:
    """What the gates are shown about a stored draft, or another text for it."""
    permissions = permissions_of([draft.contact_id]).get(draft.contact_id, {})
    permission = permissions.get(draft.channel)
    sent = _sent(draft)
    house = house_rules()
    owner = draft.owner
    known = [draft.address, *(one.address for one in permissions.values()), parseaddr(settings.FROM_EMAIL)[1]]
    if owner is not None:
        known.append(owner.email)
    if draft.brand is not None:
        known.append(draft.brand.from_email)
    return MessageFacts(
        channel=draft.channel,
        kind=draft.kind,
        subject=draft.subject if subject is None else subject,
        body=draft.body if body is None else body,
        language=draft.language,
        reason_kind=draft.reason_kind,
        reason_text=draft.reason_text,
        word_limit=draft.word_limit,
        pressure=draft.pressure,
        consent=permission.consent if permission else "unknown",
        suppressed_by=tuple(permission.suppressed_by) if permission else (),
        has_address=bool(permission and permission.has_address and not permission.hard_bounced),
        earlier_messages=(*(one.body for one in sent), *_noted(draft)),
        approved_text=draft.approved_text,
        evidence_texts=evidence_texts(draft.reason_text, draft.evidence),
        sender_name=owner.get_full_name() if owner else "",
        recipient_first_name=first_name(draft.contact.name),
        first_message=draft.first_message,
        words_before=draft.words_before,
        pressure_before=draft.pressure_before,
        locale=draft.contact.locale,
        their_texts=their_texts(draft.evidence),
        published_links=published_links(draft.evidence),
        link_hosts=house.link_hosts,
        known_addresses=tuple(dict.fromkeys(one for one in known if one)),
        colleagues_messages=colleagues_messages(sent, owner_id=draft.owner_id, now=now or timezone.now()),
        phrases=house.phrases,
    )


def keep_findings(draft_id: int, fingerprint: str, findings: Iterable[Finding]) -> None:
    """Replace what was noted about this text. The caller holds the draft's or the contact's row."""
    GateFinding.objects.filter(draft_id=draft_id, fingerprint=fingerprint).delete()
    GateFinding.objects.bulk_create(
        GateFinding(
            draft_id=draft_id,
            fingerprint=fingerprint,
            gate=one.gate,
            severity=one.severity,
            message=one.message[:500],
            spans=[{"field": span.field, "start": span.start, "end": span.end} for span in one.spans],
        )
        for one in findings
    )


def with_review_gates(review_reasons: Sequence[str], findings: Sequence[Finding]) -> list[str]:
    """The reasons for a review, with the gates that ask for one at the end, each once."""
    return list(dict.fromkeys([*review_reasons, *review_gates(findings)]))


def _sent(draft: Draft) -> list[SentText]:
    """What already left, or may have, for the same person, the newest first."""
    left = [DraftStatus.SENT, DraftStatus.SENDING, DraftStatus.UNKNOWN]
    rows = (
        Draft.objects.filter(contact_id=draft.contact_id, status__in=left)
        .exclude(pk=draft.pk)
        .order_by("-id")
        .values_list("body", "owner_id", "owner__name", Coalesce("sent_at", "claimed_at"))
    )
    return [SentText(body, owner_id, name or "", at) for body, owner_id, name, at in rows[:EARLIER_MESSAGES]]


def _noted(draft: Draft) -> tuple[str, ...]:
    """What was noted of other touches of ours, the newest first."""
    noted = (
        Touch.objects.filter(contact_id=draft.contact_id, direction=Direction.OUT)
        .exclude(summary="")
        .order_by("-at", "-id")
    )
    return tuple(noted.values_list("summary", flat=True)[:EARLIER_MESSAGES])
