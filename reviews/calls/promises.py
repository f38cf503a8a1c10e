"""What people promised in calls and still have to do."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from django.db.models import QuerySet

from followups.models import PlannedTouch
from followups.states import PlannedKind, PlannedSource
from staff.models import User
from staff.rules.hours import Calendar

SHOWN = 50


@dataclass(frozen=True, slots=True)
class Promised:
    """Something to do by the end of a day. ``on`` is None where no day was said."""

    plan: PlannedTouch
    on: date | None
    late: bool


def promised_by(user: User) -> QuerySet[PlannedTouch]:
    """The tasks of this person that are promises, as `reviews.services.calling` makes them.

    A task about a lead is something else: from intake, from a lead taken over, or planned among us. Its words are for
    colleagues, and it stands with the plans and with its lead.
    """
    return PlannedTouch.objects.open().filter(for_whom=user, kind=PlannedKind.TASK, lead=None)


def promises_of(user: User, calendar: Calendar, now: datetime) -> list[Promised]:
    """What this person still has to do, the earliest day first. One query."""
    plans = promised_by(user).select_related("contact__account")
    return [
        Promised(plan, None if plan.at is None else calendar.day_of(plan.at), plan.at is not None and plan.at < now)
        for plan in plans.order_by("at", "pk")[:SHOWN]
    ]


def day_meant(plan: PlannedTouch, at: datetime, calendar: Calendar) -> date:
    """The day that was meant by the moment ``at`` of a plan. ``calendar`` is that of its person's team.

    A promise is kept as the hour at which the team closes: in Los Angeles that is midnight in UTC. What else staff
    plan, they plan by days and hours of UTC, and a reminder is the first moment of its day. A calendar tells moments,
    and of a whole day the first one in UTC.
    """
    promised = plan.kind == PlannedKind.TASK and plan.lead_id is None
    told = plan.source != PlannedSource.STAFF and at.astimezone(UTC).time() != time.min
    return calendar.day_of(at) if promised or told else at.astimezone(UTC).date()


def next_working_day(calendar: Calendar, now: datetime) -> date:
    """The day that a promise usually names."""
    day = calendar.day_of(now) + timedelta(days=1)
    while not calendar.works_on(day):
        day += timedelta(days=1)
    return day
