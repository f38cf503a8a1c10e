"""Trying a cadence for some weeks with a goal: beginning and ending such a pilot."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

from django.db import transaction

from followups.models import Cadence, CadenceVersion, Pilot
from followups.rules.measures import last_day
from followups.services.refusals import Refused
from followups.states import VersionStatus
from staff.models import User
from staff.services import record

LONGEST_NAME = 100
#: A pilot longer than this is no trial any more.
MOST_DAYS = 366
#: No record of leads goes back further, and a day before it is a slip of the keyboard.
EARLIEST = date(2000, 1, 1)


def last_counted(pilot: Pilot) -> date:
    """The last day that counts for a pilot: as planned, or the day it was ended on, in UTC."""
    planned = last_day(pilot.started_on, pilot.days)
    return planned if pilot.ended_at is None else min(planned, pilot.ended_at.astimezone(UTC).date())


@transaction.atomic
def start_pilot(
    *, name: str, cadence: Cadence, started_on: date, days: int, goal: Decimal, by: User, now: datetime
) -> Pilot:
    """Begin a pilot of a cadence: ``goal`` is a share above 0, at most 1; ``days`` includes the first day.

    Refuses an empty or overlong name, a goal that is no share, a length below 1 or above `MOST_DAYS`, a first day more
    than a year ahead or before `EARLIEST`, a cadence that is not published, and days on which another pilot of the same
    cadence runs: its leads would count for both.
    """
    name = " ".join(name.split())
    if not name:
        raise Refused("Give the pilot a name, so that others find it.")
    if len(name) > LONGEST_NAME:
        raise Refused(f"The name has {len(name)} characters. Shorten it to {LONGEST_NAME}.")
    if not (goal.is_finite() and 0 < goal <= 1):
        raise Refused("The goal is a share of the leads: more than 0 and at most 100 per cent.")
    if goal != goal.quantize(Decimal("0.001")):
        raise Refused("Give the goal with one decimal at most, such as 92.5 per cent.")
    if not 1 <= days <= MOST_DAYS:
        raise Refused(f"A pilot takes 1 to {MOST_DAYS} days. Choose a number between them.")
    today = now.astimezone(UTC).date()
    if not EARLIEST <= started_on <= today + timedelta(days=MOST_DAYS):
        raise Refused(f"Choose a first day from {EARLIEST:%-d %B %Y} until a year from now.")
    planned = last_day(started_on, days)
    # One at a time for each cadence, so that two people cannot begin two that overlap.
    held = Cadence.objects.select_for_update().get(pk=cadence.pk)
    if not CadenceVersion.objects.filter(cadence=held, status=VersionStatus.PUBLISHED).exists():
        raise Refused(f"The cadence “{held.name}” is not published. Publish it first, then start the pilot.")
    before = started_on - timedelta(days=MOST_DAYS)
    for other in Pilot.objects.filter(cadence=held, started_on__lte=planned, started_on__gt=before):
        if last_counted(other) >= started_on:
            raise Refused(
                f"The pilot “{other.name}” of this cadence runs until {last_counted(other):%-d %B %Y}."
                " End it first, or start on a later day."
            )
    pilot = Pilot.objects.create(
        name=name, cadence=held, started_on=started_on, days=days, goal=goal, created_at=now, created_by=by
    )
    record(
        action="followups.start_pilot",
        actor=by,
        on=pilot,
        summary="Pilot started",
        detail={"cadence": held.pk, "started_on": started_on.isoformat(), "days": days, "goal": str(goal)},
    )
    return pilot


@transaction.atomic
def end_pilot(*, pilot: Pilot, by: User, now: datetime) -> Pilot:
    """End a pilot before its time; its numbers stay as of today. Refuses one that is over."""
    current = Pilot.objects.select_for_update().get(pk=pilot.pk)
    if current.ended_at is not None:
        raise Refused(f"This pilot was ended on {current.ended_at:%-d %B %Y} already.")
    if last_counted(current) < now.astimezone(UTC).date():
        raise Refused(f"This pilot is over since {last_counted(current):%-d %B %Y}. There is nothing to end.")
    current.ended_at, current.ended_by = now, by
    current.save(update_fields=["ended_at", "ended_by"])
    record(action="followups.end_pilot", actor=by, on=current, summary="Pilot ended")
    return current
