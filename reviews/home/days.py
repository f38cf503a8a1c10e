"""Since when the start page counts, by the clock of a person's team."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.db.models import Q

from staff.models import Holiday, Team, User
from staff.models.people import monday_to_friday

#: So far back the last day of work is looked for. Nobody closes for longer and calls it a holiday.
MOST_DAYS_OFF = 31


@dataclass(frozen=True, slots=True)
class Days:
    """``since`` is the beginning of the last day of work before today, ``week`` that of this week's Monday."""

    since: datetime
    week: datetime
    since_in_words: str


def last_work_day(today: date, work_days: Collection[int], free: Collection[date]) -> date:
    """The last day before ``today`` on which people worked (0 is Monday), at most a month back; else yesterday."""
    for back in range(1, MOST_DAYS_OFF + 1):
        day = today - timedelta(days=back)
        if day.weekday() in work_days and day not in free:
            return day
    return today - timedelta(days=1)


def reckon(now: datetime, zone: str, work_days: Collection[int], free: Collection[date]) -> Days:
    """The two beginnings at ``now``, in words as people say them: yesterday, a day of the week, or a date."""
    clock = ZoneInfo(zone)
    today = now.astimezone(clock).date()
    day = last_work_day(today, work_days, free)
    away = (today - day).days
    words = "yesterday" if away == 1 else f"{day:%A}" if away < 7 else f"{day.day} {day:%B}"
    monday = today - timedelta(days=today.weekday())
    return Days(datetime.combine(day, time(), clock), datetime.combine(monday, time(), clock), words)


def days_for(user: User, now: datetime) -> Days:
    """The same for somebody: by their team, else by the first they look after, else weekdays in UTC."""
    team = user.team or Team.objects.filter(manager=user).order_by("pk").first()
    near = Q(team=None) | Q(team=team) if team else Q(team=None)
    recent = now.date() - timedelta(days=MOST_DAYS_OFF + 1)
    free = frozenset(Holiday.objects.filter(near, on__range=(recent, now.date())).values_list("on", flat=True))
    if team is None:
        return reckon(now, "UTC", monday_to_friday(), free)
    return reckon(now, team.timezone, team.work_days, free)
