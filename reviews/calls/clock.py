"""How long is left until a call was promised, in the business hours of whoever calls. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from outreach.rules.call_times import moment_in_words
from staff.rules.hours import Calendar, hours_between

#: With fewer business hours left, a call is soon late.
SOON_HOURS = 2.0


@dataclass(frozen=True, slots=True)
class Clock:
    """``left`` such as "3 business hours left"; ``promised`` the moment by the team's clock."""

    left: str
    promised: str
    late: bool
    soon: bool


def clock_of(latest_at: datetime, now: datetime, calendar: Calendar) -> Clock:
    """The clock of a promise: it runs only while the team works, but a promise that has passed is late at any hour."""
    hours = hours_between(now, latest_at, calendar)
    late = latest_at < now
    promised = f"{moment_in_words(latest_at, now, calendar.timezone)} ({_place(calendar.timezone)})"
    if late:
        left = f"{_length(-hours)} late" if hours else "Late, since you closed"
    else:
        left = f"{_length(hours)} left" if hours else "Promised before you open again"
    return Clock(left, promised, late, not late and hours < SOON_HOURS)


def _length(hours: float) -> str:
    if hours < 1:
        minutes = max(1, round(hours * 60))
        return f"{minutes} minute{'' if minutes == 1 else 's'} of business"
    whole = int(hours)
    return f"{whole} business hour{'' if whole == 1 else 's'}"


def _place(zone: str) -> str:
    return zone.rpartition("/")[2].replace("_", " ")
