"""The gates, run again on a stored draft with what is known now."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from contacts.models import Touch
from contacts.permission import permissions_of
from contacts.states import Direction
from outreach.gates import Finding, MessageFacts, check_all
from outreach.models import Draft, GateFinding
from outreach.rendering import first_name
from outreach.rules.writing import evidence_texts, review_gates
from outreach.states import DraftStatus

#: How far back a repeated message would still be noticed.
EARLIER_MESSAGES = 10


def findings_of(draft: Draft, *, subject: str | None = None, body: str | None = None) -> list[Finding]:
    """What the gates say about this draft, or another text for it, with consent and suppressions as they are now."""
    permission = permissions_of([draft.contact_id]).get(draft.contact_id, {}).get(draft.channel)
    return check_all(
        MessageFacts(
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
            earlier_messages=_earlier_messages(draft),
            approved_text=draft.approved_text,
            evidence_texts=evidence_texts(draft.reason_text, draft.evidence),
            sender_name=draft.owner.get_full_name() if draft.owner else "",
            recipient_first_name=first_name(draft.contact.name),
        )
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


def _earlier_messages(draft: Draft) -> tuple[str, ...]:
    left = [DraftStatus.SENT, DraftStatus.SENDING, DraftStatus.UNKNOWN]
    ours = Draft.objects.filter(contact_id=draft.contact_id, status__in=left).exclude(pk=draft.pk).order_by("-id")
    noted = (
        Touch.objects.filter(contact_id=draft.contact_id, direction=Direction.OUT)
        .exclude(summary="")
        .order_by("-at", "-id")
    )
    return (
        *ours.values_list("body", flat=True)[:EARLIER_MESSAGES],
        *noted.values_list("summary", flat=True)[:EARLIER_MESSAGES],
    )
