"""Every decision of a reviewer: one transaction each, recorded with the exact text that was seen."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from django.db import transaction

from contacts import services as contacts
from contacts.models import Contact
from contacts.states import SuppressionChannel, SuppressionReason
from followups import services as followups
from followups.models import Lead, Outcome
from followups.states import Disposition
from outreach import services as outreach
from outreach.models import Draft
from outreach.rules import Reason
from retention.services.enrolling import stop_by_message
from reviews.models import EditDraft, ReviewDecision
from reviews.rules import count_changed, count_words
from reviews.services.claiming import refuse_claimed
from reviews.states import ReviewAction, SetAside, SuppressScope
from staff import services as staff
from staff.models import User
from staff.states import ClaimKind

#: What a reviewer may close a lead out with. The others are the outcome of a rule or of the deal itself.
CLOSE_OUT_CHOICES = (
    Disposition.NO_RESPONSE,
    Disposition.NURTURE,
    Disposition.RECYCLE,
    Disposition.DOCUMENTED,
)


#: After these somebody goes on with the text where they left it.
KEEPS_EDITS = (ReviewAction.SNOOZE, ReviewAction.WAKE, ReviewAction.REASSIGN, ReviewAction.UNDO)


#: Whoever began to change a text and did not save it would approve another one than they have in mind.
EDIT_BEGUN = Reason("edit_begun", "You began to change this text. Save it or throw it away, then approve.")


class Incomplete(outreach.Refused):
    """Something a person must still say. The sentence names it."""


def approve(
    *, draft_id: int, fingerprint: str, by: User, now: datetime, hold: timedelta = timedelta(0)
) -> ReviewDecision:
    """Approve the exact text with this fingerprint. For ``hold`` it stays, and can be taken back (`undo`).

    Raises Claimed, and the refusals of `outreach.services.approve`: stale, blocked by a gate, or not permitted. What
    the gates said when they objected is kept. Raises Refused while ``by`` has an edit of it that is not saved.
    """
    refuse_claimed(draft_id=draft_id, by=by, now=now)
    if EditDraft.objects.filter(draft=draft_id, user=by).exists():
        raise outreach.Refused(EDIT_BEGUN.sentence)
    with transaction.atomic():
        try:
            draft = outreach.approve(draft_id=draft_id, fingerprint=fingerprint, by=by, now=now, hold=hold)
        except outreach.BlockedByGates as objection:
            blocked = objection
        else:
            return record_decision(draft, ReviewAction.APPROVE, by=by, now=now, seen=fingerprint, after=draft)
    # Raised only here, so that the findings stay.
    raise blocked


def edit(*, draft_id: int, fingerprint: str, subject: str, body: str, by: User, now: datetime) -> ReviewDecision:
    """Keep a changed text. Its gates have run; it is not approved yet."""
    refuse_claimed(draft_id=draft_id, by=by, now=now)
    with transaction.atomic():
        before = Draft.objects.get(pk=draft_id)
        after = outreach.edit(draft_id=draft_id, fingerprint=fingerprint, subject=subject, body=body, by=by, now=now)
        return record_decision(before, ReviewAction.EDIT, by=by, now=now, seen=fingerprint, after=after)


def use_text(*, draft_id: int, composition_id: int, fingerprint: str, by: User, now: datetime) -> ReviewDecision:
    """Take one of the texts that a language model offers. It is recorded as an edit and still awaits its approval."""
    refuse_claimed(draft_id=draft_id, by=by, now=now)
    with transaction.atomic():
        before = Draft.objects.get(pk=draft_id)
        if not before.compositions.filter(pk=composition_id).exists():
            raise outreach.Refused("This text was written for another message.")
        after = outreach.use_text(composition_id=composition_id, fingerprint=fingerprint, by=by, now=now)
        return record_decision(before, ReviewAction.EDIT, by=by, now=now, seen=fingerprint, after=after)


def edit_and_approve(
    *,
    draft_id: int,
    fingerprint: str,
    subject: str,
    body: str,
    by: User,
    now: datetime,
    hold: timedelta = timedelta(0),
) -> ReviewDecision:
    """Change the text and approve what it became, held as by `approve`.

    The gates run on the new text. If one of them objects, or the edit changed a price that somebody else has to see,
    nothing is approved and `outreach.services.BlockedByGates` or `FourEyes` is raised; the new text and what the gates
    said about it are kept.
    """
    refuse_claimed(draft_id=draft_id, by=by, now=now)
    with transaction.atomic():
        # The edit refuses unless this row still holds the text that was seen.
        before = Draft.objects.get(pk=draft_id)
        after = outreach.edit(draft_id=draft_id, fingerprint=fingerprint, subject=subject, body=body, by=by, now=now)
        try:
            after = outreach.approve(draft_id=draft_id, fingerprint=after.fingerprint, by=by, now=now, hold=hold)
        except (outreach.BlockedByGates, outreach.FourEyes) as objection:
            refused: outreach.Refused = objection
            record_decision(before, ReviewAction.EDIT, by=by, now=now, seen=fingerprint, after=after)
        else:
            return record_decision(before, ReviewAction.EDIT_APPROVE, by=by, now=now, seen=fingerprint, after=after)
    raise refused


def suppress(
    *, draft_id: int, fingerprint: str, scope: str, why: str, reason: str, by: User, now: datetime
) -> ReviewDecision:
    """Stop: only this follow-up or playbook, or this person on this channel, or this person, or the whole account.

    ``why`` is a `SuppressionReason` that a person can know (said no, opted out, complained, legal, our own choice) and
    ``reason`` says it in words. Everything that waits for somebody who is covered is suppressed with it. It is never
    refused because a colleague has the message open: stopping waits for nobody. Nor does it depend on this message: if
    it left or changed meanwhile, whoever is covered is not written to from now on all the same.
    """
    if scope not in SuppressScope.values:
        raise Incomplete("Choose how far to stop.")
    if why not in SuppressionReason.values or why == SuppressionReason.HARD_BOUNCE:
        raise Incomplete("Choose why to stop.")
    reason = reason.strip()
    if not reason:
        raise Incomplete("Say in a few words why. It stays on the record.")
    with transaction.atomic():
        contact = Draft.objects.select_related("contact__account").get(pk=draft_id).contact
        covered = _stop_writing(draft_id, contact, scope, reason=why, at=now, source="Review", note=reason, by=by)
        if scope == SuppressScope.SEQUENCE:
            # The other scopes end playbooks through the suppression, which their sweep reads.
            stop_by_message(draft_id=draft_id, reason=reason, by=by, now=now)
        try:
            draft = outreach.suppress_draft(draft_id=draft_id, fingerprint=fingerprint, by=by, now=now, reason=reason)
        except outreach.StaleDraft:
            if not covered:
                raise
            draft = Draft.objects.get(pk=draft_id)
        if covered:
            outreach.suppress_pending(contact_ids=covered, now=now, by=by)
        lead = _lead_of(draft_id)
        if lead is not None and scope != SuppressScope.CHANNEL:
            disposition = Disposition.DOCUMENTED if scope == SuppressScope.SEQUENCE else Disposition.STOPPED
            followups.end_sequence(lead=lead, reason=reason, disposition=disposition, by=by, now=now)
        return record_decision(
            draft, ReviewAction.SUPPRESS, by=by, now=now, seen=fingerprint, scope=scope, reason=reason
        )


def _stop_writing(draft_id: int, contact: Contact, scope: str, **why: Any) -> list[int]:
    """Take the suppression down and say whom it covers. It comes first: an account is locked before its people."""
    if scope == SuppressScope.CHANNEL:
        channel = Draft.objects.values_list("channel", flat=True).get(pk=draft_id)
        contacts.suppress(contact=contact, channel=channel, **why)
    elif scope == SuppressScope.CONTACT:
        contacts.suppress(contact=contact, channel=SuppressionChannel.ALL, **why)
    elif scope == SuppressScope.ACCOUNT:
        if contact.account is None:
            raise Incomplete("This person belongs to no account. Choose to stop for the person.")
        contacts.suppress(account=contact.account, channel=SuppressionChannel.ALL, **why)
        return list(contact.account.contacts.values_list("id", flat=True))
    return [contact.pk] if scope != SuppressScope.SEQUENCE else []


def close_out(
    *,
    draft_id: int,
    fingerprint: str,
    reason: str,
    by: User,
    now: datetime,
    outcome: Outcome | None = None,
    disposition: str = "",
    recycle_on: date | None = None,
) -> ReviewDecision:
    """End the lead's follow-up without sending, with an outcome of the company's list or a disposition, and why.

    Raises Incomplete for a message that belongs to no lead, and Refused where the outcome asks for words or a day that
    are missing (`followups.services.close_out`).
    """
    if outcome is None and disposition not in CLOSE_OUT_CHOICES:
        raise Incomplete("Choose how the lead ended.")
    reason = reason.strip()
    needs_words = disposition == Disposition.DOCUMENTED or (outcome is not None and outcome.needs_words)
    if needs_words and not reason:
        raise Incomplete("Say in a few words why the lead is closed. It stays on the record.")
    refuse_claimed(draft_id=draft_id, by=by, now=now)
    with transaction.atomic():
        draft = outreach.close_out_draft(draft_id=draft_id, fingerprint=fingerprint, by=by, now=now, reason=reason)
        lead = _lead_or_refuse(draft_id)
        followups.close_out(
            lead=lead,
            outcome=outcome,
            disposition=disposition,
            recycle_on=recycle_on,
            reason=reason,
            by=by,
            now=now,
        )
        return record_decision(
            draft,
            ReviewAction.CLOSE_OUT,
            by=by,
            now=now,
            seen=fingerprint,
            disposition=outcome.disposition if outcome is not None else disposition,
            reason=reason or (outcome.label if outcome is not None else ""),
        )


def set_aside(
    *, draft_id: int, fingerprint: str, how: str, day: date | None, reason: str, by: User, now: datetime
) -> ReviewDecision:
    """Do not write now: pause the lead, be reminded, put it off, send it to nurture, or take it over by hand.

    The message is taken back. Raises Incomplete for a message that belongs to no lead, and where a day or words are
    missing; the refusals of the services of leads otherwise.
    """
    if how not in SetAside.values:
        raise Incomplete("Choose what to do instead.")
    reason = reason.strip()
    if how == SetAside.PUT_OFF or how == SetAside.NURTURE:
        disposition = Disposition.RECYCLE if how == SetAside.PUT_OFF else Disposition.NURTURE
        on = day if how == SetAside.PUT_OFF else None
        return close_out(
            draft_id=draft_id,
            fingerprint=fingerprint,
            disposition=disposition,
            recycle_on=on,
            reason=reason,
            by=by,
            now=now,
        )
    at = None if day is None else datetime.combine(day, time.min, UTC)
    if how == SetAside.REMIND and at is None:
        raise Incomplete("Choose the day to be reminded on.")
    refuse_claimed(draft_id=draft_id, by=by, now=now)
    with transaction.atomic():
        words = reason or f"{SetAside(how).label}."
        draft = outreach.withdraw_draft(draft_id=draft_id, fingerprint=fingerprint, by=by, now=now, reason=words)
        lead = _lead_or_refuse(draft_id)
        if at is not None and how == SetAside.REMIND:
            followups.remind(lead=lead, at=at, title=reason or "Look at this lead again", by=by, now=now)
        elif how == SetAside.TAKE_OVER:
            followups.take_over(lead=lead, reason=reason, by=by, now=now)
        else:
            followups.pause(lead=lead, until=at, reason=reason, by=by, now=now)
        return record_decision(draft, ReviewAction(how), by=by, now=now, seen=fingerprint, reason=reason)


def settle(
    *,
    draft_id: int,
    was_sent: bool,
    reason: str,
    by: User,
    now: datetime,
    send_again: bool = False,
    hold: timedelta = timedelta(0),
) -> ReviewDecision:
    """Say of a message that may or may not have left whether it did.

    If it did not, it is given up, or with ``send_again`` sent once more as it was approved, after ``hold``.
    """
    refuse_claimed(draft_id=draft_id, by=by, now=now)
    with transaction.atomic():
        draft = outreach.settle_unknown(
            draft_id=draft_id,
            was_sent=was_sent,
            send_again=send_again,
            by=by,
            now=now,
            reason=reason.strip(),
            hold=hold,
        )
        action = ReviewAction.RESOLVE_SENT if was_sent else ReviewAction.RESOLVE_NOT_SENT
        if send_again and not was_sent:
            action = ReviewAction.SEND_AGAIN
        return record_decision(draft, action, by=by, now=now, seen=draft.fingerprint, reason=reason.strip())


def review_again(*, draft_id: int, by: User, now: datetime) -> ReviewDecision:
    """Take up a message that could not be delivered: it waits for a decision again."""
    refuse_claimed(draft_id=draft_id, by=by, now=now)
    with transaction.atomic():
        draft = outreach.review_again(draft_id=draft_id, by=by, now=now)
        return record_decision(draft, ReviewAction.REVIEW_AGAIN, by=by, now=now, seen=draft.fingerprint)


def _lead_of(draft_id: int) -> Lead | None:
    return Lead.objects.filter(attempts__draft=draft_id).first()


def _lead_or_refuse(draft_id: int) -> Lead:
    """The lead of a message, for what is decided about leads. A message of a playbook has none."""
    lead = _lead_of(draft_id)
    if lead is None:
        raise Incomplete("This message belongs to no lead. Approve it, or suppress it.")
    return lead


def record_decision(
    draft: Draft,
    action: ReviewAction,
    *,
    by: User,
    now: datetime,
    seen: str,
    after: Draft | None = None,
    scope: str = "",
    disposition: str = "",
    reason: str = "",
    to_user: User | None = None,
    until: datetime | None = None,
) -> ReviewDecision:
    """Write the decision down: the text that was on the screen, what became of it, and what the gates said of that.

    Whoever decided has it open no longer, and what they had begun to write ends with it, unless it only waits longer.
    """
    if action not in KEEPS_EDITS:
        EditDraft.objects.filter(draft=draft, user=by).delete()
    if action != ReviewAction.EDIT:
        staff.release(kind=ClaimKind.MESSAGE, row_id=draft.pk, user=by)
    judged = after or draft
    shown = f"{judged.subject}\n{judged.body}"
    return ReviewDecision.objects.create(
        draft=draft,
        action=action,
        decided_by=by,
        decided_at=now,
        fingerprint_seen=seen,
        fingerprint_after=after.fingerprint if after else "",
        subject_before=draft.subject,
        body_before=draft.body,
        subject_after=after.subject if after else "",
        body_after=after.body if after else "",
        findings=list(judged.findings.filter(fingerprint=judged.fingerprint).values("gate", "severity", "message")),
        words_before=count_words(f"{draft.subject}\n{draft.body}"),
        words_changed=count_changed(draft.approved_text, shown) if draft.approved_text else None,
        scope=scope,
        disposition=disposition,
        reason=reason[:500],
        to_user=to_user,
        until=until,
    )
