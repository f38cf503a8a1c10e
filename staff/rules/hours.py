"""Business hours: deadlines count only while somebody is at work (mission.md 6.5).

A day of work lasts from ``opens`` to ``closes`` by the clock on the wall there; what is counted between them is real
time. So a day on which the clocks change may be an hour shorter or longer, and so are its business hours.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from functools import cached_property
from zoneinfo import ZoneInfo

_DAY = timedelta(days=1)
_NONE = timedelta(0)
#: No count looks further than this; a calendar whose holidays leave nothing open for so long is a mistake.
FURTHEST_DAYS = 20 * 366
_ENDLESS = "These hours never end: there is no working day within twenty years. Check the work days and holidays."


@dataclass(frozen=True)
class Calendar:
    """When a team works. ``work_days``: 0 is Monday. ``holidays`` are days there on which nobody works.

    Raises ValueError without a work day, or when ``closes`` does not come after ``opens``; ``timezone`` is a name of
    the time zone database, and an unknown one raises ZoneInfoNotFoundError when it is first needed.
    """

    timezone: str = "UTC"
    work_days: frozenset[int] = frozenset(range(5))
    opens: time = time(9)
    closes: time = time(17)
    holidays: frozenset[date] = field(default=frozenset())

    def __post_init__(self) -> None:
        if not self.work_days or not self.work_days <= frozenset(range(7)):
            raise ValueError("A calendar needs work days from 0 (Monday) to 6 (Sunday).")
        if self.closes <= self.opens:
            raise ValueError("A calendar closes after it opens, on the same day.")

    @cached_property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.timezone)

    def day_of(self, moment: datetime) -> date:
        """Which day it is there."""
        return moment.astimezone(self.zone).date()

    def works_on(self, day: date) -> bool:
        return day.weekday() in self.work_days and day not in self.holidays

    def open_on(self, day: date) -> tuple[datetime, datetime] | None:
        """From when to when somebody is at work that day, in UTC; None on a free day.

        None as well in the odd case that the clocks skip the whole of it.
        """
        if not self.works_on(day):
            return None
        opens = datetime.combine(day, self.opens, self.zone).astimezone(UTC)
        closes = datetime.combine(day, self.closes, self.zone).astimezone(UTC)
        return (opens, closes) if opens < closes else None


#: What holds for people without a team.
DEFAULT_CALENDAR = Calendar()


def is_open(moment: datetime, calendar: Calendar) -> bool:
    """Whether somebody is at work at this moment. The moment of closing is not."""
    hours = calendar.open_on(calendar.day_of(moment))
    return hours is not None and hours[0] <= moment < hours[1]


def add_hours(start: datetime, hours: float | timedelta, calendar: Calendar) -> datetime:
    """The first moment by which so many business hours have passed since ``start``, in UTC.

    No hours at all give the next moment of work, which is ``start`` itself while somebody is there. Hours that end
    exactly when a day closes end then, not the next morning. Raises ValueError for negative hours.
    """
    left = _length(hours)
    for opens, closes in _days_from(start, calendar):
        begins = max(opens, start)
        if closes <= begins:
            continue
        if closes - begins >= left:
            return begins + left
        left -= closes - begins
    raise ValueError(_ENDLESS)


def latest_start(end: datetime, hours: float | timedelta, calendar: Calendar) -> datetime:
    """The last moment from which so many business hours have passed by ``end``, in UTC.

    It turns "its deadline has passed" into a comparison that a database can make for any number of rows:
    ``add_hours(start, hours, calendar) <= end`` exactly where ``start <= latest_start(end, hours, calendar)``.
    Raises ValueError for negative hours.
    """
    left = _length(hours)
    if left == _NONE:
        return _last_start_for_nothing(end, calendar)
    for opens, closes in _days_back_from(end, calendar):
        ends = min(closes, end)
        if ends <= opens:
            continue
        if ends - opens > left:
            return ends - left
        if ends - opens == left:
            # Whoever began after the previous day had closed began with this one.
            return opens
        left -= ends - opens
    raise ValueError(_ENDLESS)


def hours_between(a: datetime, b: datetime, calendar: Calendar) -> float:
    """How many business hours lie between two moments; negative where ``b`` comes first."""
    if b < a:
        return -hours_between(b, a, calendar)
    found = _NONE
    for opens, closes in _days_from(a, calendar):
        if opens >= b:
            break
        found += max(min(closes, b) - max(opens, a), _NONE)
    return found / timedelta(hours=1)


def _length(hours: float | timedelta) -> timedelta:
    length = hours if isinstance(hours, timedelta) else timedelta(hours=hours)
    if length < _NONE:
        raise ValueError("Business hours are counted forwards: not fewer than none.")
    return length


def _last_start_for_nothing(end: datetime, calendar: Calendar) -> datetime:
    """While somebody is at work, now. Otherwise nobody who begins later than the last closing is through by then."""
    for opens, closes in _days_back_from(end, calendar):
        if opens <= end < closes:
            return end.astimezone(UTC)
        if closes <= end:
            return closes - timedelta.resolution
    raise ValueError(_ENDLESS)


def _days_from(moment: datetime, calendar: Calendar) -> Iterator[tuple[datetime, datetime]]:
    """Days of work in order, from the one it is there at this moment."""
    day = calendar.day_of(moment)
    for _ in range(FURTHEST_DAYS):
        if hours := calendar.open_on(day):
            yield hours
        if day == date.max:
            return
        day += _DAY


def _days_back_from(moment: datetime, calendar: Calendar) -> Iterator[tuple[datetime, datetime]]:
    day = calendar.day_of(moment)
    for _ in range(FURTHEST_DAYS):
        if hours := calendar.open_on(day):
            yield hours
        if day == date.min:
            return
        day -= _DAY
