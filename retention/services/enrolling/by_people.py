"""What a person decides about one enrolment: pause, resume, stop. Each with a reason, and audited."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from contacts.models import Contact
from outreach.services.deciding import fresh, require_reviewer
from retention.models import Customer, Enrolment, StepRun
from retention.services.refusals import NotPermitted, Refused, require, told
from retention.services.withdrawing import withdraw_what_waits
from retention.states import ENROLMENT_TRANSITIONS, EnrolmentEnd, EnrolmentStatus, StepOutcome
from staff.models import User
from staff.services import record

_MAY = "retention.change_enrolments"
_MAY_NOT = "You may not change enrolments. Ask somebody who manages retention."


@transaction.atomic
def pause(*, enrolment_id: int, reason: str, by: User, now: datetime) -> Enrolment:
    """No step is taken for this customer until somebody resumes. What waits to leave is taken back.

    Time goes on: windows pass, and the enrolment ends when its time is over. Refuses one that is not under way.
    """
    why = told(reason, "why it is paused", 300)
    enrolment = _held(enrolment_id, by, EnrolmentStatus.PAUSED, "Only what is under way can be paused.")
    Enrolment.objects.filter(pk=enrolment.pk).update(
        status=EnrolmentStatus.PAUSED, paused_at=now, paused_by=by, look_at=now
    )
    withdraw_what_waits([enrolment.pk], f"Paused: {why}", now)
    _record("retention.pause_enrolment", enrolment, by, "Paused for one customer", why)
    return Enrolment.objects.get(pk=enrolment.pk)


@transaction.atomic
def resume(*, enrolment_id: int, reason: str, by: User, now: datetime) -> Enrolment:
    """Go on with the next step whose window is still open. Refuses one that is not paused."""
    why = told(reason, "why it goes on", 300)
    enrolment = _held(enrolment_id, by, EnrolmentStatus.ACTIVE, "Only what is paused can be resumed.")
    Enrolment.objects.filter(pk=enrolment.pk).update(
        status=EnrolmentStatus.ACTIVE, paused_at=None, paused_by=None, look_at=now
    )
    _record("retention.resume_enrolment", enrolment, by, "Resumed for one customer", why)
    return Enrolment.objects.get(pk=enrolment.pk)


@transaction.atomic
def stop(*, enrolment_id: int, reason: str, by: User, now: datetime) -> Enrolment:
    """End it for this customer. What waits to leave is taken back, and the cooldown begins.

    Refuses one that has ended, and one that is held out: whom an experiment holds out gets nothing anyhow, and to take
    them out of it would falsify what it shows.
    """
    why = told(reason, "why it is stopped", 300)
    enrolment = _held(enrolment_id, by, EnrolmentStatus.ENDED, "It has ended already.")
    if enrolment.status == EnrolmentStatus.HELD_OUT:
        raise Refused("An experiment holds them out, so they get nothing anyhow. They stay in it until it is over.")
    return _stopped(enrolment, why, by, now)


@transaction.atomic
def stop_by_message(*, draft_id: int, reason: str, by: User, now: datetime) -> Enrolment | None:
    """End the playbook that this message is a step of: nothing more of it is written to them.

    Whoever decides about the message may; it takes no right to enrolments. The message itself is left to the caller,
    who gives it up afterwards in the same transaction: everybody locks the contact, the enrolment and then messages.
    None where it is a step of no playbook, or of one that has ended. Raises outreach's NotPermitted.
    """
    draft = fresh(draft_id)
    list(Contact.objects.select_for_update().filter(pk=draft.contact_id).values_list("pk"))
    require_reviewer(draft, by)
    open_still = Enrolment.objects.exclude(status=EnrolmentStatus.ENDED)
    enrolment = open_still.select_for_update(of=("self",)).filter(runs__draft=draft_id).first()
    if enrolment is None:
        return None
    why = reason.strip()[:300]
    StepRun.objects.filter(draft=draft_id).update(outcome=StepOutcome.WITHDRAWN, why=why)
    return _stopped(enrolment, why, by, now, but_for=draft_id)


def _stopped(enrolment: Enrolment, why: str, by: User, now: datetime, *, but_for: int | None = None) -> Enrolment:
    Enrolment.objects.filter(pk=enrolment.pk).update(
        status=EnrolmentStatus.ENDED,
        ended_at=now,
        ended_by=by,
        end=EnrolmentEnd.STOPPED,
        end_note=why,
        look_at=None,
        waits_for="",
    )
    withdraw_what_waits([enrolment.pk], f"Stopped: {why}", now, but_for=but_for)
    _record("retention.stop_enrolment", enrolment, by, "Stopped for one customer", why)
    return Enrolment.objects.get(pk=enrolment.pk)


def _held(enrolment_id: int, by: User, to: EnrolmentStatus, otherwise: str) -> Enrolment:
    """Lock contact and enrolment, and see that this may be done. Refuses whoever may not."""
    require(by, _MAY, _MAY_NOT)
    found = Enrolment.objects.filter(pk=enrolment_id).values_list("contact_id", flat=True).first()
    if found is None:
        raise Refused("There is no such enrolment. Reload the page.")
    list(Contact.objects.select_for_update().filter(pk=found).values_list("pk"))
    enrolment = Enrolment.objects.select_for_update(of=("self",)).get(pk=enrolment_id)
    if not Customer.objects.visible_to(by).filter(pk=enrolment.customer_id).exists():
        raise NotPermitted("This customer belongs to another team. Ask its owner or their manager.")
    if to not in ENROLMENT_TRANSITIONS[EnrolmentStatus(enrolment.status)]:
        raise Refused(otherwise)
    if to == EnrolmentStatus.ACTIVE and enrolment.status != EnrolmentStatus.PAUSED:
        raise Refused(otherwise)
    return enrolment


def _record(action: str, enrolment: Enrolment, by: User, summary: str, why: str) -> None:
    record(action=action, actor=by, on=enrolment, summary=summary, detail={"reason": why})
