"""How a person ends following up on a lead: closed with an outcome, put off, taken over or stopped. And reopening."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

from django.db import transaction

from contacts import services as contacts
from contacts.models import Contact, Suppression
from contacts.states import SuppressionChannel
from followups.models import Attempt, Lead, Outcome, Sequence
from followups.services.cases import ask_again
from followups.services.closings import came_back, keep_closing
from followups.services.holding import hold, withdraw_pending
from followups.services.plans import plan_touch
from followups.services.refusals import Refused
from followups.states import Disposition, PlannedKind, SequenceStatus, StepKind
from outreach import services as outreach
from outreach.models import Draft
from staff.models import User
from staff.services import record

LONGEST_REASON = 500
#: How often a lead comes back from being put off by people. Together with the cadence's own limit it bounds the cycle.
MOST_RECYCLED = 3


@dataclass(frozen=True, slots=True)
class _Ending:
    """What a closing amounts to, checked."""

    disposition: str
    outcome: Outcome | None
    reason: str
    recycle_on: date | None

    @property
    def words(self) -> str:
        """The reason given, or else what the outcome is called."""
        if self.reason:
            return self.reason
        if self.outcome is not None:
            return f"{self.outcome.label.rstrip('.')}."
        return f"Closed: {Disposition(self.disposition).label.lower()}."


@transaction.atomic
def close_out(
    *,
    lead: Lead,
    disposition: str = "",
    reason: str,
    by: User,
    now: datetime,
    outcome: Outcome | None = None,
    recycle_on: date | None = None,
) -> Lead:
    """Follow-up on this lead is over: its sequence ends, what waits is withdrawn, and the closing is kept for ever.

    Give an `outcome` of the company's list, which stands for a disposition, or a bare `disposition`. Nothing more is
    written unless the contact writes again, somebody reopens it, or, where it is put off, `recycle_on` has come.
    Refuses what its outcome asks for and is missing, and putting off to no later day or for the fourth time.
    """
    current = hold(lead)
    ending = _ending(current, disposition, outcome, reason, recycle_on, now)
    withdraw_pending(current, ending.words, by, now)
    _end_open_sequence(current, ending, by, now)
    current.disposition, current.disposition_at = ending.disposition, now
    current.disposition_by, current.disposition_reason = by, ending.words[:LONGEST_REASON]
    current.outcome = outcome
    if ending.recycle_on is not None:
        current.recycle_on = ending.recycle_on
    current.save(
        update_fields=[
            "disposition",
            "disposition_at",
            "disposition_by",
            "disposition_reason",
            "outcome",
            "recycle_on",
            "updated_at",
        ]
    )
    keep_closing(
        lead_id=current.pk,
        disposition=ending.disposition,
        reason=ending.reason,
        at=now,
        by=by,
        outcome=outcome,
        recycle_on=ending.recycle_on,
    )
    record(
        action="followups.close_out",
        actor=by,
        on=current,
        summary="Lead closed out",
        detail={
            "disposition": ending.disposition,
            "outcome": outcome.key if outcome is not None else "",
            "recycle_on": ending.recycle_on.isoformat() if ending.recycle_on is not None else None,
        },
    )
    return current


def _ending(
    lead: Lead, disposition: str, outcome: Outcome | None, reason: str, recycle_on: date | None, now: datetime
) -> _Ending:
    reason = " ".join(reason.split())[:LONGEST_REASON]
    if outcome is not None:
        if not outcome.active:
            raise Refused(f"“{outcome.label}” is not in use any more. Choose another outcome.")
        if disposition and disposition != outcome.disposition:
            raise Refused(f"“{outcome.label}” stands for another way to close a lead. Choose the outcome alone.")
        disposition = outcome.disposition
        if outcome.needs_words and not reason:
            raise Refused(f"Write down the reason: “{outcome.label}” asks for it.")
    if disposition not in Disposition.values:
        raise Refused(f"“{disposition}” is not a way to close a lead. Choose from {', '.join(Disposition.values)}.")
    if disposition == Disposition.DOCUMENTED and not reason:
        raise Refused("Write down the reason: that is what “Kept with a written reason” means.")
    day = _day_to_come_back(lead, disposition, outcome, recycle_on, now)
    return _Ending(disposition, outcome, reason, day)


def _day_to_come_back(
    lead: Lead, disposition: str, outcome: Outcome | None, day: date | None, now: datetime
) -> date | None:
    """The day to come back on, where this way of closing has one."""
    today = now.astimezone(UTC).date()
    recycles = disposition == Disposition.RECYCLE
    if not recycles and (outcome is None or not outcome.needs_day):
        if day is not None:
            raise Refused(
                "A day to come back belongs to an outcome that puts the lead off. Leave the day empty, or choose such "
                "an outcome."
            )
        return None
    if day is None and lead.recycle_on is not None and lead.recycle_on > today:
        day = lead.recycle_on
    if day is None:
        raise Refused("Choose the day to come back on. Without one the lead would never come back.")
    if day <= today:
        raise Refused("The day to come back on has passed or is today. Choose a later day.")
    if recycles and lead.recycled >= MOST_RECYCLED:
        raise Refused(
            f"This lead was put off {lead.recycled} times already and came back. Choose another outcome, or move it to "
            "nurture."
        )
    return day


@transaction.atomic
def put_off(*, lead: Lead, how: str, reason: str, by: User, now: datetime, recycle_on: date | None = None) -> Lead:
    """Not now: come back on a day (`how` is recycle), or keep in touch slowly (nurture). Refuses any other way."""
    if how not in (Disposition.RECYCLE, Disposition.NURTURE):
        raise Refused("Choose whether to come back on a day or to keep in touch slowly.")
    return close_out(lead=lead, disposition=how, reason=reason, recycle_on=recycle_on, by=by, now=now)


@transaction.atomic
def take_over(*, lead: Lead, reason: str, by: User, now: datetime) -> Lead:
    """Somebody follows up by hand: the sequence ends, and a task of theirs keeps everybody else from writing.

    The task has no time and stands until it is done or called off. Refuses without saying what they intend.
    """
    title = " ".join(reason.split())
    if not title:
        raise Refused("Say in a few words what you will do. It becomes your task.")
    closed = close_out(lead=lead, disposition=Disposition.HANDED_OVER, reason=title, by=by, now=now)
    plan_touch(
        contact=closed.contact,
        lead=closed,
        kind=PlannedKind.TASK,
        title=title[:300],
        at=None,
        for_whom=by,
        by=by,
        now=now,
    )
    closed.refresh_from_db()
    return closed


@transaction.atomic
def remind(*, lead: Lead, at: datetime, title: str, by: User, now: datetime) -> Lead:
    """A reminder for whoever asks, in their words; until then nothing is written. Refuses a moment that has passed."""
    plan_touch(
        contact=lead.contact, lead=lead, kind=PlannedKind.REMINDER, title=title, at=at, for_whom=by, by=by, now=now
    )
    lead.refresh_from_db()
    return lead


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
    current = hold(lead)
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
def stop(*, lead: Lead, scope: str, why: str, reason: str, by: User, now: datetime) -> None:
    """Stop as far as chosen: this follow-up (`sequence`), or as `stop_writing` does. Refuses without words."""
    if scope != "sequence":
        stop_writing(lead=lead, scope=scope, why=why, reason=reason, by=by, now=now)
        return
    if not reason.strip():
        raise Refused("Say in a few words why. It stays on the record.")
    end_sequence(lead=lead, reason=reason, by=by, now=now)


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
    """Take a lead's disposition back, so that the next sweep may follow up again. Refuses a lead that has none.

    How it had been closed stays on record. The day a person had put it off to goes with that.
    """
    current = hold(lead)
    if not current.disposition:
        raise Refused("This lead is open already.")
    before = current.disposition
    if before == Disposition.RECYCLE and current.disposition_by is not None:
        current.recycle_on = None
    if before == Disposition.NO_RESPONSE and current.attempts.filter(kind=StepKind.NURTURE).exists():
        # Nurture that is over would close it again at once: its messages count anew as well.
        current.woken_at = now
    current.disposition, current.disposition_at, current.outcome = "", None, None
    current.disposition_by, current.disposition_reason = None, ""
    current.save(
        update_fields=[
            "disposition",
            "disposition_at",
            "disposition_by",
            "disposition_reason",
            "outcome",
            "recycle_on",
            "woken_at",
            "updated_at",
        ]
    )
    came_back(lead_ids=[current.pk], at=now)
    ask_again(lead_id=current.pk, now=now)
    record(
        action="followups.reopen",
        actor=by,
        on=current,
        summary="Lead reopened",
        detail={"before": before, "at": now.isoformat()},
    )
    return current


def _end_open_sequence(lead: Lead, ending: _Ending, by: User, now: datetime) -> None:
    ended: dict[str, Any] = {
        "status": SequenceStatus.ENDED,
        "ended_at": now,
        "disposition": ending.disposition,
        "end_reason": ending.words[:LONGEST_REASON],
    }
    for sequence in Sequence.objects.filter(lead=lead, status=SequenceStatus.OPEN):
        Sequence.objects.filter(pk=sequence.pk).update(**ended)
        record(
            action="followups.end_sequence",
            actor=by,
            on=sequence,
            summary="Sequence ended",
            detail={"disposition": ending.disposition},
        )
