"""Since when the start page counts, by the clock of a person's team."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from staff.calendars import calendar_of
from staff.models import Team, User
from staff.rules.hours import Calendar

#: So far back the last day of work is looked for. Nobody closes for longer and calls it a holiday.
MOST_DAYS_OFF = 31


@dataclass(frozen=True, slots=True)
class Days:
    """``since`` is the beginning of the last day of work before today, ``week`` that of this week's Monday."""

    since: datetime
    week: datetime
    since_in_words: str


def last_work_day(today: date, calendar: Calendar) -> date:
    """The last day before ``today`` on which people worked, at most a month back; else yesterday."""
    days = (today - timedelta(days=back) for back in range(1, MOST_DAYS_OFF + 1))
    return next((day for day in days if calendar.works_on(day)), today - timedelta(days=1))


def reckon(now: datetime, calendar: Calendar) -> Days:
    """The two beginnings at ``now``, in words as people say them: yesterday, a day of the week, or a date."""
    today = calendar.day_of(now)
    day = last_work_day(today, calendar)
    away = (today - day).days
    words = "yesterday" if away == 1 else f"{day:%A}" if away < 7 else f"{day.day} {day:%B}"
    monday = today - timedelta(days=today.weekday())
    return Days(datetime.combine(day, time(), calendar.zone), datetime.combine(monday, time(), calendar.zone), words)


def calendar_for(user: User) -> Calendar:
    """What somebody's start page goes by: their team, else the first they look after, else weekdays in UTC."""
    team = user.team or Team.objects.filter(manager=user).order_by("pk").first()
    return calendar_of(team)
