"""What came of a call and what was promised in it, kept together; calls nobody needs; and promises that are kept."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime

from django.db import transaction

from followups import services as followups
from followups.models import PlannedTouch
from followups.states import PlannedKind
from outreach import services as outreach
from outreach.models import Call
from outreach.services.call_outcomes import STOPPING
from outreach.services.refusals import Refused
from outreach.states import CallOutcome
from staff.calendars import calendar_of
from staff.models import User
from staff.services import Held, held_by_other, release
from staff.states import ClaimKind

#: Who did not speak with them promised them nothing.
UNSPOKEN = (CallOutcome.VOICEMAIL, CallOutcome.WRONG_NUMBER)


class OpenElsewhere(Refused):
    """A colleague has this call open and may be talking to them. ``held`` says who, and since when."""

    def __init__(self, held: Held, nothing: str = "Nothing was kept.") -> None:
        self.held = held
        super().__init__(
            f"{held.by} has this call open since {held.since.astimezone(UTC):%H:%M} UTC and may be talking to them. "
            f"{nothing} Ask them, or take the call over."
        )


@dataclass(frozen=True, slots=True)
class Promise:
    """What somebody promised to do, and by the end of which day."""

    what: str
    on: date | None


@dataclass(frozen=True, slots=True)
class KeptCall:
    """A call with its outcome. ``plan`` is the task a promise became; ``not_planned`` says why it became none."""

    call: Call
    plan: PlannedTouch | None = None
    not_planned: str = ""


@transaction.atomic
def keep_call(
    *,
    call_id: int,
    outcome: str,
    note: str,
    minutes: int,
    back_at: datetime | None = None,
    promise: Promise | None = None,
    tries_seen: int | None = None,
    by: User,
    now: datetime,
) -> KeptCall:
    """Keep what came of a call (`outreach.services.keep_outcome`), with what was promised as a task for ``by``.

    Either both are kept or neither is. Only outcomes that stop something (wrong number, no more calls) are kept in any
    case: then ``not_planned`` says why the promise was not. Raises what `keep_outcome` raises, OpenElsewhere while a
    colleague has the call open, and Refused for a promise without a day, in the past, or to nobody.
    """
    stops = outcome in STOPPING
    if not stops and (held := held_by_other(kind=ClaimKind.CALL, row_id=call_id, user=by, now=now)) is not None:
        raise OpenElsewhere(held)
    call = outreach.keep_outcome(
        call_id=call_id, outcome=outcome, note=note, minutes=minutes, back_at=back_at, tries_seen=tries_seen, by=by,
        now=now,
    )  # fmt: skip
    release(kind=ClaimKind.CALL, row_id=call_id, user=by)
    if promise is None or not promise.what.strip():
        return KeptCall(call)
    try:
        return KeptCall(call, _planned(call, promise, by, now))
    except Refused as refused:
        if not stops:
            raise
        return KeptCall(call, not_planned=f"The promise was not kept as a task. {refused.sentence}")


@transaction.atomic
def call_off(*, call_id: int, reason: str, by: User, now: datetime) -> bool:
    """Nobody needs to make this call, says ``by``. False where it is over already.

    Raises OpenElsewhere while a colleague has it open: they may be talking to them.
    """
    held = held_by_other(kind=ClaimKind.CALL, row_id=call_id, user=by, now=now)
    if held is not None and Call.objects.waiting().filter(pk=call_id).exists():
        raise OpenElsewhere(held, "It was not called off.")
    count = outreach.call_off(call_ids=[call_id], reason=f"{by}: {reason}", now=now, by=by)
    release(kind=ClaimKind.CALL, row_id=call_id, user=by)
    return bool(count)


def _planned(call: Call, promise: Promise, by: User, now: datetime) -> PlannedTouch:
    if call.outcome in UNSPOKEN:
        raise Refused("You did not speak with them, so nothing was promised. Empty that field, or choose Reached.")
    if promise.on is None:
        raise Refused("Say by which day you promised it.")
    calendar = calendar_of(by.team)
    with transaction.atomic():
        return followups.plan_touch(
            contact=call.contact,
            lead=None,
            kind=PlannedKind.TASK,
            title=promise.what,
            at=datetime.combine(promise.on, calendar.closes, calendar.zone).astimezone(UTC),
            for_whom=by,
            by=by,
            now=now,
        )


@transaction.atomic
def keep_promise(*, plan: PlannedTouch, by: User, now: datetime) -> PlannedTouch:
    """It is done, says whoever promised it. Raises Refused for somebody else's, and for one that is over."""
    if plan.for_whom_id != by.pk:
        raise Refused("Somebody else promised this. They say when it is done.")
    return followups.finish_plan(plan=plan, by=by, now=now)
