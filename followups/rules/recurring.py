"""When a repeating calendar entry takes place, within a window of days. Every input takes a bounded time.

The usual libraries walk from one occurrence to the next, and on a rule that never matches they walk to the year 9999.
Here each day is asked for itself, so a window of ninety days costs ninety questions. Source of the meaning: RFC 5545,
3.3.10, for the rules that calendars of people use.
"""

from __future__ import annotations

import calendar
from dataclasses import dataclass
from datetime import date, timedelta

DAILY, WEEKLY, MONTHLY, YEARLY = "DAILY", "WEEKLY", "MONTHLY", "YEARLY"
WEEKDAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
#: A rule that counts its occurrences is counted from its first day, at most so many days.
MOST_DAYS_COUNTED = 3660


@dataclass(frozen=True, slots=True)
class Repeats:
    """A rule of repetition.

    `weekdays` pairs a place in the month (0: each, 1 the first, -1 the last) with a weekday, Monday being 0.
    `month_days` count from the end where negative, `positions` choose among the matching days of a month. `until` is
    the last day; `count` is how often in all (0: no limit).
    """

    frequency: str
    interval: int = 1
    count: int = 0
    until: date | None = None
    weekdays: tuple[tuple[int, int], ...] = ()
    month_days: tuple[int, ...] = ()
    months: tuple[int, ...] = ()
    positions: tuple[int, ...] = ()
    week_start: int = 0


def problem_of(rule: Repeats, first: date, last: date) -> str:
    """Why this rule is not followed, in a sentence; empty when it is."""
    if rule.frequency not in (DAILY, WEEKLY, MONTHLY, YEARLY):
        return "It repeats more often than daily, or by a rule that is not known."
    if rule.interval < 1 or rule.count < 0:
        return "It repeats after no days at all."
    if rule.positions and rule.frequency in (DAILY, WEEKLY):
        return "It chooses among the days of a day or a week. Only months and years can be read."
    if rule.frequency == YEARLY and not rule.months and (rule.positions or any(nth for nth, _ in rule.weekdays)):
        return "It counts weekdays along a whole year. Name the month."
    if rule.frequency in (DAILY, WEEKLY) and any(nth for nth, _ in rule.weekdays):
        return "It names a weekday of a month, but repeats by days or weeks."
    if rule.count and (last - first).days > MOST_DAYS_COUNTED:
        return "It is counted from a day more than ten years ago."
    return ""


def days_of(rule: Repeats, *, first: date, since: date, last: date) -> list[date]:
    """The days from `since` to `last` on which it takes place; `first` is the first of all and always one.

    `problem_of` must be empty for the same days.
    """
    found: list[date] = []
    taken = 0
    end = last if rule.until is None else min(last, rule.until)
    day = first if rule.count else max(first, since)
    while day <= end:
        if day == first or _matches(rule, first, day):
            taken += 1
            if rule.count and taken > rule.count:
                break
            if day >= since:
                found.append(day)
        if day == date.max:
            break
        day += timedelta(days=1)
    return found


def _matches(rule: Repeats, first: date, day: date) -> bool:
    if rule.months and day.month not in rule.months:
        return False
    if rule.frequency == DAILY:
        return (day - first).days % rule.interval == 0 and _is_weekday(rule, day) and _is_month_day(rule, day)
    if rule.frequency == WEEKLY:
        weeks = (_week(day, rule.week_start) - _week(first, rule.week_start)).days // 7
        own = day.weekday() == first.weekday() if not rule.weekdays else _is_weekday(rule, day)
        return weeks % rule.interval == 0 and own
    if rule.frequency == MONTHLY:
        apart = (day.year - first.year) * 12 + day.month - first.month
        return apart % rule.interval == 0 and _in_month(rule, first, day)
    if (day.year - first.year) % rule.interval:
        return False
    # Weekdays or days of the month without a month mean every month of the year.
    if not (rule.months or rule.weekdays or rule.month_days) and day.month != first.month:
        return False
    return _in_month(rule, first, day)


def _in_month(rule: Repeats, first: date, day: date) -> bool:
    if not rule.positions:
        return _is_day(rule, first, day)
    length = calendar.monthrange(day.year, day.month)[1]
    days = [one for one in (day.replace(day=n) for n in range(1, length + 1)) if _is_day(rule, first, one)]
    if day not in days:
        return False
    place = days.index(day)
    return place + 1 in rule.positions or place - len(days) in rule.positions


def _is_day(rule: Repeats, first: date, day: date) -> bool:
    if not rule.weekdays and not rule.month_days:
        return day.day == first.day
    return _is_weekday(rule, day) and _is_month_day(rule, day)


def _is_month_day(rule: Repeats, day: date) -> bool:
    if not rule.month_days:
        return True
    return day.day in rule.month_days or day.day - calendar.monthrange(day.year, day.month)[1] - 1 in rule.month_days


def _is_weekday(rule: Repeats, day: date) -> bool:
    if not rule.weekdays:
        return True
    nth = (day.day - 1) // 7 + 1
    from_end = -((calendar.monthrange(day.year, day.month)[1] - day.day) // 7 + 1)
    return any(weekday == day.weekday() and place in (0, nth, from_end) for place, weekday in rule.weekdays)


def _week(day: date, week_start: int) -> date:
    """The first day of its week; the calendar's own first days have a shorter one."""
    return day - timedelta(days=min((day.weekday() - week_start) % 7, day.toordinal() - 1))
