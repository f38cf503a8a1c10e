"""Until when something is decided, and how it is said that it was not (mission.md 6.5)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from staff.rules.hours import Calendar, add_hours, latest_start

#: What a team has unless it says otherwise, in business hours.
REVIEW_HOURS = 8
INTAKE_HOURS = 16
#: Somebody is warned once so much of the time is over.
WARN_AFTER = 0.75
#: A call has a moment it was promised by, not hours. Its person is warned so many business hours before.
CALL_WARNING = timedelta(hours=2)


@dataclass(frozen=True, slots=True)
class Limits:
    """Moments to compare with: what began by ``warn`` is close to its deadline, what began by ``breach`` passed it."""

    warn: datetime
    breach: datetime


def deadline(*, began_at: datetime, hours: float, calendar: Calendar) -> datetime:
    """By when something that began then is decided: so many business hours later."""
    return add_hours(began_at, hours, calendar)


def limits(*, now: datetime, hours: float, calendar: Calendar) -> Limits:
    """Which beginnings are close to their deadline at ``now``, and which have passed it."""
    return Limits(latest_start(now, hours * WARN_AFTER, calendar), latest_start(now, hours, calendar))


def call_limits(*, now: datetime, calendar: Calendar) -> Limits:
    """The same for calls, to compare with the moment they were promised by."""
    return Limits(add_hours(now, CALL_WARNING, calendar), now)


#: One of it, many of it.
NOUNS = {"draft": ("message", "messages"), "call": ("call", "calls"), "case": ("intake case", "intake cases")}


def counted(kind: str, count: int, *, more: bool = False) -> str:
    """How many of something, in words: "1 message", "1,200 intake cases", "1,000 or more calls"."""
    return f"{count:,}{' or more' if more else ''} {NOUNS[kind][more or count != 1]}"


def warned_title(kind: str, count: int, *, more: bool = False) -> str:
    """What somebody is told about their own work. ``more``: it is at least so many, and nobody counted on."""
    one = count == 1 and not more
    return f"{counted(kind, count, more=more)} of yours {'is close to its' if one else 'are close to their'} deadline"


def late_title(kind: str, count: int, *, own: bool, more: bool = False) -> str:
    """What somebody is told once a deadline has passed: about their own work, or about that of their people."""
    whose = "of yours" if own else "of your team"
    its = "its" if count == 1 and not more else "their"
    return f"{counted(kind, count, more=more)} {whose} passed {its} deadline"
