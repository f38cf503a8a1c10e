"""The calls of one day of one person: the time that is set for them, what went, and what is still planned."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal

from django.db.models import Count, DecimalField, F, IntegerField, Sum, Value
from django.db.models.fields.json import KeyTextTransform
from django.db.models.functions import Cast, Coalesce

from outreach.models import Call
from retention.models import PlaybookVersion, WorkCapacity
from retention.states import WorkKind
from staff.models import Absence, AuditEntry, User
from staff.rules.hours import Calendar

#: So a kept outcome stands in the audit log; it is written with the outcome, in one transaction.
KEPT = "outreach.keep_outcome"


@dataclass(frozen=True, slots=True)
class Day:
    """Minutes of one day. ``whole`` None: nobody has set time for calls for this person."""

    whole: int | None
    spent: int
    calls: int
    planned: int
    away: bool = False

    @property
    def left(self) -> int:
        """Of the day, after what went and what is planned. Never below nothing."""
        return max(0, (self.whole or 0) - self.spent - self.planned)

    @property
    def over(self) -> int:
        """What is planned beyond the day."""
        return 0 if self.whole is None else max(0, self.spent + self.planned - self.whole)

    @property
    def words(self) -> str:
        """The day in two short sentences."""
        calls = f"{self.calls} call{'' if self.calls == 1 else 's'} of yours" if self.calls else "No call of yours"
        planned = f"{calls} due today" + (f", about {self.planned} minutes." if self.calls else ".")
        if self.away:
            return f"You are away today. {planned}"
        if self.whole is None:
            return f"{self.spent} minutes went into calls today. {planned} No time for calls is set for you."
        if not self.whole:
            used = f" {self.spent} minutes went into calls." if self.spent else ""
            return f"Today is none of your days for calls.{used} {planned}"
        end = f"That is {self.over} minutes too many." if self.over else f"Then {self.left} minutes are left."
        return f"{self.spent} of {self.whole} minutes for calls are used today. {planned} {end}"


def day_of(user: User, calendar: Calendar, now: datetime) -> Day:
    """Today by the clock of the team. Four queries, however many calls there are."""
    today = calendar.day_of(now)
    begins, ends = _bounds(today, calendar)
    capacity = WorkCapacity.objects.filter(user=user, kind=WorkKind.CALL).first()
    away = Absence.objects.filter(user=user, first_on__lte=today, last_on__gte=today).exists()
    whole = None if capacity is None else capacity.minutes_a_day if today.isoweekday() in capacity.weekdays else 0
    spent = AuditEntry.objects.filter(actor=user, action=KEPT, at__gte=begins, at__lt=ends).aggregate(
        minutes=Sum(Cast(KeyTextTransform("minutes", "detail"), IntegerField()))
    )["minutes"]
    usual = PlaybookVersion._meta.get_field("call_minutes").get_default()
    each = Coalesce(F("step_run__step__version__call_minutes"), Value(Decimal(usual)), output_field=DecimalField())
    planned = (
        Call.objects.filter(owner=user, due_at__lt=ends)
        .waiting()
        .order_by()
        .aggregate(calls=Count("pk"), minutes=Sum(each))
    )
    return Day(
        whole=0 if away and whole is not None else whole,
        spent=spent or 0,
        calls=planned["calls"],
        planned=round(planned["minutes"] or 0),
        away=away,
    )


def _bounds(today: date, calendar: Calendar) -> tuple[datetime, datetime]:
    midnight = datetime.combine(today, time(), calendar.zone)
    following = datetime.combine(today + timedelta(days=1), time(), calendar.zone)
    return midnight.astimezone(UTC), following.astimezone(UTC)
