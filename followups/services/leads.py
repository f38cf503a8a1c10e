"""What people do with a lead: make it, pause it, note something, end its follow-up, begin again."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models.functions import Now

from contacts import services as contacts
from contacts.models import Account, Contact, Suppression, Touch
from contacts.states import SuppressionChannel
from followups.models import Attempt, Lead, LeadTouch, OwnerNote, Sequence
from followups.services.refusals import Refused
from followups.states import Disposition, SequenceStatus, Stage, StepKind
from outreach import services as outreach
from outreach.models import Draft
from staff.models import User
from staff.services import record

LONGEST_REASON = 500


@transaction.atomic
def create_lead(
    *,
    external_id: str,
    contact: Contact,
    account: Account | None = None,
    owner: User | None = None,
    stage: str = Stage.NEW,
    territory: str = "",
    priority: str = "",
    value: Decimal | None = None,
    currency: str = "",
    source: str = "",
    next_step: str = "",
    next_step_on: date | None = None,
    quote_sent_on: date | None = None,
    proposal_sent_on: date | None = None,
    last_touch_at: datetime | None = None,
    expires_on: date | None = None,
    future_fit: bool = False,
    recycle_on: date | None = None,
    existing_customer: bool = False,
    strategic: bool = False,
    by: User | None = None,
) -> Lead:
    """A new lead. Without `account` it belongs to its contact's. Refuses an external id in use and an unknown stage."""
    if not external_id.strip():
        raise Refused("A lead needs an id of its own.")
    if stage not in Stage.values:
        raise Refused(f"“{stage}” is not a stage. Choose from {', '.join(Stage.values)}.")
    try:
        with transaction.atomic():
            lead = Lead.objects.create(
                external_id=external_id.strip(),
                contact=contact,
                account=account or contact.account,
                owner=owner,
                stage=stage,
                territory=territory,
                priority=priority,
                value=value,
                currency=currency,
                source=source,
                next_step=next_step,
                next_step_on=next_step_on,
                quote_sent_on=quote_sent_on,
                proposal_sent_on=proposal_sent_on,
                last_touch_at=last_touch_at,
                expires_on=expires_on,
                future_fit=future_fit,
                recycle_on=recycle_on,
                existing_customer=existing_customer,
                strategic=strategic,
            )
    except IntegrityError as error:
        raise Refused("There is a lead with this id already.") from error
    record(action="followups.create_lead", actor=by, on=lead, summary="Lead created")
    return lead


@transaction.atomic
def link_touch(*, lead: Lead, touch: Touch) -> LeadTouch:
    """Say that a touch belongs to this lead. Refuses a touch with somebody else; twice is once."""
    if touch.contact_id != lead.contact_id:
        raise Refused("This touch is with another contact than the lead.")
    linked, created = LeadTouch.objects.get_or_create(touch=touch, defaults={"lead": lead})
    if linked.lead_id != lead.pk:
        raise Refused("This touch belongs to another lead already.")
    if created:
        Lead.objects.filter(pk=lead.pk).update(updated_at=Now())
    return linked


@transaction.atomic
def pause(*, lead: Lead, until: datetime | None, reason: str, by: User, now: datetime) -> Lead:
    """Nothing is written until `until`; without it until somebody resumes. What waits for review is withdrawn.

    Refuses a moment that has passed.
    """
    if until is not None and until <= now:
        raise Refused("This day has passed. Choose a later one, or leave the day empty.")
    current = _locked(lead)
    _withdraw_pending(current, "The owner paused this lead.", by, now)
    current.paused_at, current.paused_until = now, until
    current.paused_by, current.paused_reason = by, reason.strip()[:300]
    current.save(update_fields=["paused_at", "paused_until", "paused_by", "paused_reason", "updated_at"])
    record(
        action="followups.pause",
        actor=by,
        on=current,
        summary="Lead paused",
        detail={"until": None if until is None else until.isoformat()},
    )
    return current


@transaction.atomic
def resume(*, lead: Lead, by: User, now: datetime) -> Lead:
    """Follow-up goes on; the next sweep decides. Refuses a lead that is not paused."""
    current = _locked(lead)
    if current.paused_at is None:
        raise Refused("This lead is not paused.")
    current.paused_at = current.paused_until = current.paused_by = None
    current.paused_reason = ""
    current.save(update_fields=["paused_at", "paused_until", "paused_by", "paused_reason", "updated_at"])
    record(action="followups.resume", actor=by, on=current, summary="Lead resumed", detail={"at": now.isoformat()})
    return current


@transaction.atomic
def add_note(*, lead: Lead, text: str, by: User, now: datetime) -> OwnerNote:
    """Something that gives a reason to write. One message spends it. Refuses an empty or overlong note."""
    text = " ".join(text.split())
    if not text:
        raise Refused("The note is empty. Write what you know.")
    if len(text) > LONGEST_REASON:
        raise Refused(f"The note has {len(text)} characters. Shorten it to {LONGEST_REASON}.")
    current = _locked(lead)
    note = OwnerNote.objects.create(lead=current, text=text, created_at=now, created_by=by)
    current.save(update_fields=["updated_at"])
    record(action="followups.add_note", actor=by, on=current, summary="Note added", detail={"note": note.pk})
    return note


@transaction.atomic
def close_out(*, lead: Lead, disposition: str, reason: str, by: User, now: datetime) -> Lead:
    """Follow-up on this lead is over, for the reason given: its sequence ends and what waits is withdrawn.

    Nothing more is written unless the contact writes again or somebody reopens it. `documented` needs a written reason.
    """
    if disposition not in Disposition.values:
        raise Refused(f"“{disposition}” is not a way to close a lead. Choose from {', '.join(Disposition.values)}.")
    reason = " ".join(reason.split())
    if disposition == Disposition.DOCUMENTED and not reason:
        raise Refused("Write down the reason: that is what “Kept with a written reason” means.")
    current = _locked(lead)
    words = reason or f"Closed: {Disposition(disposition).label.lower()}."
    _withdraw_pending(current, words, by, now)
    _end_open_sequence(current, disposition, words, by, now)
    current.disposition, current.disposition_at = disposition, now
    current.disposition_by, current.disposition_reason = by, words[:LONGEST_REASON]
    current.save(update_fields=["disposition", "disposition_at", "disposition_by", "disposition_reason", "updated_at"])
    record(
        action="followups.close_out",
        actor=by,
        on=current,
        summary="Lead closed out",
        detail={"disposition": disposition},
    )
    return current


@transaction.atomic
def end_sequence(
    *, lead: Lead, reason: str, by: User, now: datetime, disposition: str = Disposition.STOPPED
) -> Sequence | None:
    """Stop the follow-up that is under way; the lead gets `disposition`, which holds until the contact writes again.

    Returns the sequence that ended, None where none was open: then too the lead is closed, so nothing begins.
    """
    sequence = Sequence.objects.filter(lead=lead, status=SequenceStatus.OPEN).first()
    close_out(lead=lead, disposition=disposition, reason=reason or "The follow-up was ended.", by=by, now=now)
    if sequence is not None:
        sequence.refresh_from_db()
    return sequence


@transaction.atomic
def waive_close_loop(*, lead: Lead, reason: str, by: User, now: datetime) -> Lead:
    """Do without the closing note: the follow-up ends as if it had been sent (followups.md row 9).

    Refuses a lead that has no closing note waiting.
    """
    current = _locked(lead)
    waiting = Attempt.objects.filter(
        lead=current, kind=StepKind.CLOSE_LOOP, draft__in=Draft.objects.filter(attempt__lead=current).pending()
    )
    if not waiting.exists():
        raise Refused("No closing note waits for this lead.")
    return close_out(
        lead=current,
        disposition=Disposition.NO_RESPONSE,
        reason=reason or "Closed without a closing note.",
        by=by,
        now=now,
    )


@transaction.atomic
def stop_writing(*, lead: Lead, scope: str, why: str, reason: str, by: User, now: datetime) -> Suppression:
    """Nobody writes any more: to this person (`contact`) or to anybody at the account (`account`), on any channel.

    `why` is a reason of suppressions; `reason` says it in words and is kept. What waits for them is given up at once.
    """
    if scope not in ("contact", "account"):
        raise Refused("Choose how far to stop: for this person or for the whole account.")
    reason = " ".join(reason.split())
    if not reason:
        raise Refused("Say in a few words why. It stays on the record.")
    account = lead.account or lead.contact.account
    if scope == "account" and account is None:
        raise Refused("This lead belongs to no account. Stop for the person instead.")
    whom: dict[str, Any] = {"account": account} if scope == "account" else {"contact": lead.contact}
    try:
        made = contacts.suppress(
            **whom, channel=SuppressionChannel.ALL, reason=why, at=now, source="Lead page", note=reason, by=by
        )
    except contacts.Refused as refused:
        raise Refused(refused.sentence) from refused
    concerned = Contact.objects.filter(**({"account": account} if scope == "account" else {"pk": lead.contact_id}))
    outreach.suppress_pending(contact_ids=list(concerned.values_list("pk", flat=True)), now=now, by=by)
    record(action="followups.stop_writing", actor=by, on=lead, summary="Writing stopped", detail={"scope": scope})
    return made


@transaction.atomic
def reopen(*, lead: Lead, by: User, now: datetime) -> Lead:
    """Take a lead's disposition back, so that the next sweep may follow up again. Refuses a lead that has none."""
    current = _locked(lead)
    if not current.disposition:
        raise Refused("This lead is open already.")
    before = current.disposition
    current.disposition, current.disposition_at = "", None
    current.disposition_by, current.disposition_reason = None, ""
    current.save(update_fields=["disposition", "disposition_at", "disposition_by", "disposition_reason", "updated_at"])
    record(
        action="followups.reopen",
        actor=by,
        on=current,
        summary="Lead reopened",
        detail={"before": before, "at": now.isoformat()},
    )
    return current


def why_not_change(*, lead: Lead, user: User) -> str:
    """Why this person may not act on this lead, in a sentence; empty when they may.

    The owner acts, the manager of the owner's team, and whoever sees every lead; on what belongs to nobody, everybody
    who may change leads. A colleague may look, no more, as with drafts.
    """
    if not user.has_perm("followups.change_lead"):
        return "You may look at this, but not change it."
    owner = lead.owner
    if owner is None or owner.pk == user.pk or user.has_perm("followups.see_every_lead"):
        return ""
    if owner.team is not None and owner.team.manager_id == user.pk:
        return ""
    return f"This belongs to {owner}. They or their manager decide."


def _locked(lead: Lead) -> Lead:
    """The lead as it is now, held. Its contact first, in the order of everything that writes to or stops a contact."""
    list(Contact.objects.select_for_update().filter(pk=lead.contact_id).values_list("pk"))
    return Lead.objects.select_for_update().get(pk=lead.pk)


def _withdraw_pending(lead: Lead, reason: str, by: User, now: datetime) -> None:
    pending = list(Draft.objects.filter(attempt__lead=lead).pending().values_list("pk", flat=True))
    if not pending:
        return
    outreach.withdraw(draft_ids=pending, reason=reason, now=now, by=by)
    Attempt.objects.filter(draft_id__in=pending, withdrawn_at=None, draft__status="withdrawn").update(withdrawn_at=now)


def _end_open_sequence(lead: Lead, disposition: str, reason: str, by: User, now: datetime) -> None:
    ended: dict[str, Any] = {
        "status": SequenceStatus.ENDED,
        "ended_at": now,
        "disposition": disposition,
        "end_reason": reason[:LONGEST_REASON],
    }
    for sequence in Sequence.objects.filter(lead=lead, status=SequenceStatus.OPEN):
        Sequence.objects.filter(pk=sequence.pk).update(**ended)
        record(
            action="followups.end_sequence",
            actor=by,
            on=sequence,
            summary="Sequence ended",
            detail={"disposition": disposition},
        )
