"""Every decision of a reviewer: one transaction each, recorded with the exact text that was seen."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.db import transaction

from contacts import services as contacts
from contacts.states import SuppressionChannel, SuppressionReason
from followups import services as followups
from followups.models import Attempt, Lead
from followups.states import Disposition
from outreach import services as outreach
from outreach.models import Draft
from outreach.states import DraftStatus
from reviews.models import ReviewDecision
from reviews.states import ReviewAction, SuppressScope
from staff.models import User

#: What a reviewer may close a lead out with. The others are the outcome of a rule or of the deal itself.
CLOSE_OUT_CHOICES = (
    Disposition.NO_RESPONSE,
    Disposition.NURTURE,
    Disposition.RECYCLE,
    Disposition.DOCUMENTED,
)


class Incomplete(outreach.Refused):
    """Something a person must still say. The sentence names it."""


def approve(*, draft_id: int, fingerprint: str, by: User, now: datetime) -> ReviewDecision:
    """Approve the exact text with this fingerprint.

    Raises the refusals of `outreach.services.approve`: stale, blocked by a gate, or not permitted.
    """
    with transaction.atomic():
        draft = outreach.approve(draft_id=draft_id, fingerprint=fingerprint, by=by, now=now)
        return _record(draft, ReviewAction.APPROVE, by=by, now=now, seen=fingerprint, after=draft)


def edit(*, draft_id: int, fingerprint: str, subject: str, body: str, by: User, now: datetime) -> Draft:
    """Keep a changed text. Its gates have run; it is not approved yet."""
    return outreach.edit(draft_id=draft_id, fingerprint=fingerprint, subject=subject, body=body, by=by, now=now)


def edit_and_approve(
    *, draft_id: int, fingerprint: str, subject: str, body: str, by: User, now: datetime
) -> ReviewDecision:
    """Change the text and approve what it became.

    The gates run on the new text. If one of them objects, nothing is approved and `outreach.services.BlockedByGates` is
    raised; the caller keeps what was typed by calling `edit`.
    """
    with transaction.atomic():
        before = Draft.objects.filter(pk=draft_id).values("subject", "body").first() or {"subject": "", "body": ""}
        changed = outreach.edit(draft_id=draft_id, fingerprint=fingerprint, subject=subject, body=body, by=by, now=now)
        draft = outreach.approve(draft_id=draft_id, fingerprint=changed.fingerprint, by=by, now=now)
        return _record(
            draft, ReviewAction.EDIT_APPROVE, by=by, now=now, seen=fingerprint, after=draft,
            subject_before=before["subject"], body_before=before["body"],
        )  # fmt: skip


def suppress(
    *, draft_id: int, fingerprint: str, scope: str, why: str, reason: str, by: User, now: datetime
) -> ReviewDecision:
    """Stop: only this follow-up, or this person on this channel, or this person, or the whole account.

    ``why`` is a `SuppressionReason` that a person can know (said no, opted out, complained, legal, our own choice) and
    ``reason`` says it in words. Everything that waits for somebody who is covered is suppressed in the same transaction.
    """
    if scope not in SuppressScope.values:
        raise Incomplete("Choose how far to stop.")
    if why not in SuppressionReason.values or why == SuppressionReason.HARD_BOUNCE:
        raise Incomplete("Choose why to stop.")
    reason = reason.strip()
    if not reason:
        raise Incomplete("Say in a few words why. It stays on the record.")
    with transaction.atomic():
        draft = outreach.suppress_draft(draft_id=draft_id, fingerprint=fingerprint, by=by, now=now, reason=reason)
        contact = draft.contact
        common: dict[str, Any] = {"reason": why, "at": now, "source": "Review", "note": reason, "by": by}
        if scope == SuppressScope.CHANNEL:
            contacts.suppress(contact=contact, channel=draft.channel, **common)
        elif scope == SuppressScope.CONTACT:
            contacts.suppress(contact=contact, channel=SuppressionChannel.ALL, **common)
        elif scope == SuppressScope.ACCOUNT:
            if contact.account is None:
                raise Incomplete("This person belongs to no account. Choose to stop for the person.")
            contacts.suppress(account=contact.account, channel=SuppressionChannel.ALL, **common)
        if scope != SuppressScope.SEQUENCE:
            outreach.suppress_pending(contact_ids=_covered(draft, scope), now=now)
        lead = _lead_of(draft)
        if lead is not None and scope == SuppressScope.SEQUENCE:
            followups.end_sequence(lead=lead, reason=reason, disposition=Disposition.DOCUMENTED, by=by, now=now)
        elif lead is not None and scope != SuppressScope.CHANNEL:
            followups.end_sequence(lead=lead, reason=reason, disposition=Disposition.STOPPED, by=by, now=now)
        return _record(draft, ReviewAction.SUPPRESS, by=by, now=now, seen=fingerprint, scope=scope, reason=reason)


def close_out(
    *, draft_id: int, fingerprint: str, disposition: str, reason: str, by: User, now: datetime
) -> ReviewDecision:
    """End the lead's follow-up without sending, with a disposition and why."""
    if disposition not in CLOSE_OUT_CHOICES:
        raise Incomplete("Choose how the lead ended.")
    reason = reason.strip()
    if disposition == Disposition.DOCUMENTED and not reason:
        raise Incomplete("Say in a few words why the lead is closed. It stays on the record.")
    with transaction.atomic():
        draft = outreach.close_out_draft(draft_id=draft_id, fingerprint=fingerprint, by=by, now=now, reason=reason)
        lead = _lead_of(draft)
        if lead is not None:
            followups.close_out(lead=lead, disposition=disposition, reason=reason, by=by, now=now)
        return _record(
            draft, ReviewAction.CLOSE_OUT, by=by, now=now, seen=fingerprint, disposition=disposition, reason=reason
        )


def settle(*, draft_id: int, was_sent: bool, reason: str, by: User, now: datetime) -> ReviewDecision:
    """Say of a message that may or may not have left whether it did. It is never sent again without a new approval."""
    with transaction.atomic():
        draft = outreach.settle_unknown(draft_id=draft_id, was_sent=was_sent, by=by, now=now, reason=reason.strip())
        action = ReviewAction.RESOLVE_SENT if was_sent else ReviewAction.RESOLVE_NOT_SENT
        return _record(draft, action, by=by, now=now, seen=draft.fingerprint, reason=reason.strip())


def _lead_of(draft: Draft) -> Lead | None:
    attempt = Attempt.objects.select_related("lead").filter(draft=draft).first()
    return attempt.lead if attempt else None


def _covered(draft: Draft, scope: str) -> Sequence[int]:
    if scope == SuppressScope.ACCOUNT and draft.contact.account_id is not None:
        return list(draft.contact.account.contacts.values_list("id", flat=True)) if draft.contact.account else []
    return [draft.contact_id]


def _record(
    draft: Draft,
    action: ReviewAction,
    *,
    by: User,
    now: datetime,
    seen: str,
    after: Draft | None = None,
    subject_before: str | None = None,
    body_before: str | None = None,
    scope: str = "",
    disposition: str = "",
    reason: str = "",
) -> ReviewDecision:
    findings = list(draft.findings.filter(fingerprint=draft.fingerprint).values("gate", "severity", "message"))
    return ReviewDecision.objects.create(
        draft=draft,
        action=action,
        decided_by=by,
        decided_at=now,
        fingerprint_seen=seen,
        fingerprint_after=after.fingerprint if after else "",
        subject_before=draft.subject if subject_before is None else subject_before,
        body_before=draft.body if body_before is None else body_before,
        subject_after=after.subject if after else "",
        body_after=after.body if after else "",
        findings=findings,
        scope=scope,
        disposition=disposition,
        reason=reason[:500],
    )


def can_still_be_decided(draft: Draft) -> bool:
    """Whether a reviewer's buttons mean anything on this draft."""
    return draft.status in {DraftStatus.AWAITING_REVIEW, DraftStatus.APPROVED}
