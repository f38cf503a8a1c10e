"""Quiet hours: a message leaves only while every clock that may be theirs shows an hour that suits.

A zone's offset is constant between two changes of its clock. In between, the hours that suit are plain intervals; so
the days around a change (hours that are left out, hours that come twice, half-hour changes) need no case of their own.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from outreach.rules.sending.facts import Hours, Whereabouts, ZoneSource
from outreach.rules.sending.public_holidays import holiday_in, rest_days_in
from outreach.rules.sending.words import city, may_go

#: So many days are looked through. No country's holidays and weekends last as long.
LOOK_AHEAD_DAYS = 21
SATURDAY, SUNDAY = 5, 6
_DAY = timedelta(days=1)
_SECOND = timedelta(seconds=1)

Interval = tuple[datetime, datetime]


@dataclass(frozen=True, slots=True)
class Outside:
    """Why a moment does not suit, by the clock of one zone: `quiet_hours`, `weekend` or `holiday`, and its name."""

    code: str
    zone: str
    local: datetime
    holiday: str = ""


def next_allowed(
    now: datetime,
    zones: Sequence[str],
    rules: Hours,
    holidays_in: Callable[[date], str],
    rest_days: Collection[int] = (SATURDAY, SUNDAY),
) -> datetime | None:
    """The first moment from ``now`` on that suits in all zones; None when there is none in `LOOK_AHEAD_DAYS`.

    ``holidays_in`` names the holiday of a day, or says nothing; ``rest_days`` are days of the week, 0 for Monday. The
    day that counts is the one on the calendar in each zone. Without zones nothing suits, unless the channel has no
    hours at all.
    """
    if rules.always:
        return now
    if not zones:
        return None
    places = [ZoneInfo(name) for name in zones]
    begin = now.astimezone(UTC)
    for ahead in range(LOOK_AHEAD_DAYS):
        chunk = (begin + ahead * _DAY, begin + (ahead + 1) * _DAY)
        common = [chunk]
        for place in places:
            common = _intersection(common, list(_suits(chunk, place, rules, holidays_in, rest_days)))
            if not common:
                break
        if common:
            return now if common[0][0] == begin else common[0][0]
    return None


def outside(
    moment: datetime,
    zones: Sequence[str],
    rules: Hours,
    holidays_in: Callable[[date], str],
    rest_days: Collection[int] = (SATURDAY, SUNDAY),
) -> Outside | None:
    """The first zone in which the moment does not suit, and why; None when it suits everywhere."""
    if rules.always:
        return None
    for zone in zones:
        local = moment.astimezone(ZoneInfo(zone))
        if not rules.on_weekends and local.weekday() in rest_days:
            return Outside("weekend", zone, local)
        holiday = "" if rules.on_holidays else holidays_in(local.date())
        if holiday:
            return Outside("holiday", zone, local, holiday)
        if not rules.opens <= local.hour < rules.closes:
            return Outside("quiet_hours", zone, local)
    return None


@lru_cache(maxsize=4096)
def next_suiting(moment: datetime, place: Whereabouts, rules: Hours) -> datetime | None:
    """`next_allowed` for where a person may be. Remembered: of many people few are in different places."""
    return next_allowed(moment, place.zones, rules, holiday_in(place.countries), rest_days_in(place.countries))


def outside_of(moment: datetime, place: Whereabouts, rules: Hours) -> Outside | None:
    """`outside` for where a person may be."""
    return outside(moment, place.zones, rules, holiday_in(place.countries), rest_days_in(place.countries))


def quiet_sentence(found: Outside, place: Whereabouts, moment: datetime, allowed: datetime, *, later: bool) -> str:
    """Why a moment does not suit and when one does. ``later``: the moment is ahead, when the message is due."""
    verb = "it will be" if later else "it is"
    if place.source == ZoneSource.UNKNOWN:
        known = f"Their time zone is not known. In {city(found.zone)}, where they may be, {verb}"
    elif len(place.zones) > 1:
        known = f"By their phone number they may be in {city(found.zone)}, where {verb}"
    else:
        known = f"In their time zone {verb}"
    what = {
        "weekend": f"{found.local:%A}",
        "holiday": f"a public holiday ({found.holiday})",
        "quiet_hours": f"{found.local:%H:%M}",
    }[found.code]
    return f"{known} {what}. {may_go(allowed, moment, found.zone)}"


def _suits(
    chunk: Interval,
    place: ZoneInfo,
    rules: Hours,
    holidays_in: Callable[[date], str],
    rest_days: Collection[int],
) -> Iterator[Interval]:
    """The parts of a stretch of time (UTC) at which the clock of this place suits, in order."""
    for begin, end, offset in _steady(chunk, place):
        first, last = (begin + offset).date(), (end + offset).date()
        for number in range((last - first).days + 1):
            day = first + timedelta(days=number)
            if not rules.on_weekends and day.weekday() in rest_days:
                continue
            if not rules.on_holidays and holidays_in(day):
                continue
            midnight = datetime(day.year, day.month, day.day, tzinfo=UTC) - offset
            start = max(begin, midnight + timedelta(hours=rules.opens))
            stop = min(end, midnight + timedelta(hours=rules.closes))
            if start < stop:
                yield start, stop


def _steady(chunk: Interval, place: ZoneInfo) -> Iterator[tuple[datetime, datetime, timedelta]]:
    """A stretch of at most a day in parts of one offset each. No clock is changed twice within a day."""
    begin, end = chunk
    before, after = _offset(begin, place), _offset(end, place)
    if before == after:
        yield begin, end, before
        return
    low, high = begin, end
    while high - low > _SECOND:
        middle = (low + (high - low) / 2).replace(microsecond=0)
        if middle <= low:
            middle = low + _SECOND
        if _offset(middle, place) == before:
            low = middle
        else:
            high = middle
    change = high.replace(microsecond=0)
    yield begin, change, before
    yield change, end, after


def _offset(moment: datetime, place: ZoneInfo) -> timedelta:
    offset = moment.astimezone(place).utcoffset()
    assert offset is not None  # A zone always has one.
    return offset


def _intersection(ours: list[Interval], theirs: list[Interval]) -> list[Interval]:
    found = [(max(one[0], other[0]), min(one[1], other[1])) for one in ours for other in theirs]
    return [(start, stop) for start, stop in found if start < stop]
