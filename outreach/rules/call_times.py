"""When to call somebody: what their clock says, when they answered before, and moments to offer them. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from outreach.rules.sending import Hours, Whereabouts
from outreach.rules.sending.hours import next_suiting

#: Two hours each: fewer would be guessing, more would say nothing.
SLOT_HOURS = 2
#: What one call that they answered, one message of theirs, and one call that rang in vain count for a time of day.
ANSWERED, WROTE, IN_VAIN = 3, 1, -1
#: Less than this shows no habit.
LEAST_POINTS = 2
#: So many days are looked through for the next best moment.
LOOK_AHEAD_DAYS = 10
_QUARTER = timedelta(minutes=15)
_IN_A_WHILE = timedelta(hours=2)
_MORNING, _AFTERNOON = time(10), time(16)


@dataclass(frozen=True, slots=True)
class Heard:
    """Something that shows when they can be talked to. ``points``: `ANSWERED`, `WROTE` or `IN_VAIN`."""

    at: datetime
    points: int


@dataclass(frozen=True, slots=True)
class Best:
    """The best time of day, the next moment of it (None: none in sight), and what it is taken from.

    ``hours`` such as "10:00 to 12:00" is empty where nothing shows a habit. ``now``: it is that time.
    """

    hours: str
    next_at: datetime | None
    now: bool
    why: str


@dataclass(frozen=True, slots=True)
class Offer:
    """A moment to be called back at that suits them. ``words`` is by their clock."""

    at: datetime
    words: str


def moment_in_words(moment: datetime, now: datetime, zone: str) -> str:
    """A moment by the clock of a zone (IANA name), for instance "tomorrow at 11:00" or "Friday 22 May at 11:00"."""
    there, today = moment.astimezone(ZoneInfo(zone)), now.astimezone(ZoneInfo(zone)).date()
    days = (there.date() - today).days
    if days == 0:
        day = "today"
    elif days == 1:
        day = "tomorrow"
    else:
        day = f"{there:%A} {there.day} {there:%B}" + (f" {there.year}" if there.year != today.year else "")
    return f"{day} at {there:%H:%M}"


def call_back_offers(now: datetime, *, zone: str, place: Whereabouts, hours: Hours) -> list[Offer]:
    """Moments that people often name, by the clock of ``zone``: only those at which they may be called."""
    there = now.astimezone(ZoneInfo(zone))
    today, tomorrow = there.date(), there.date() + timedelta(days=1)
    monday = today + timedelta(days=7 - today.weekday())
    soon = _on_the_quarter(now + _IN_A_WHILE)
    candidates = [soon]
    for day, hour in ((today, _AFTERNOON), (tomorrow, _MORNING), (tomorrow, _AFTERNOON), (monday, _MORNING)):
        candidates.append(datetime.combine(day, hour, tzinfo=ZoneInfo(zone)).astimezone(UTC))
    offers: dict[datetime, Offer] = {}
    for moment in sorted(candidates):
        if moment > now and next_suiting(moment, place, hours) == moment:
            offers[moment] = Offer(moment, moment_in_words(moment, now, zone).capitalize())
    return list(offers.values())


def best_time(now: datetime, *, zone: str, place: Whereabouts, hours: Hours, heard: Sequence[Heard]) -> Best | None:
    """When they most likely answer, by their clock; None where it is not known where they live.

    Each call that they answered, each message they wrote and each call in vain counts for the two hours of the day that
    it was in. The two hours with most points are best, if there are at least `LEAST_POINTS`; of equals, the earlier.
    """
    if not zone:
        return None
    local = ZoneInfo(zone)
    open_slots = range(_slot(hours.opens), _slot(max(hours.opens, hours.closes - 1)) + 1, SLOT_HOURS)
    points = dict.fromkeys(open_slots, 0)
    calls, messages = dict.fromkeys(open_slots, 0), dict.fromkeys(open_slots, 0)
    for one in heard:
        slot = _slot(one.at.astimezone(local).hour)
        if slot in points:
            points[slot] += one.points
            calls[slot] += one.points == ANSWERED
            messages[slot] += one.points == WROTE
    slot = min(points, key=lambda begins: (-points[begins], begins))
    if points[slot] < LEAST_POINTS:
        suits = next_suiting(now, place, hours)
        return Best("", suits, suits == now, _nothing_known(hours, heard))
    begins, ends = max(slot, hours.opens), min(slot + SLOT_HOURS, hours.closes)
    next_at = _next_between(now, begins, ends, local, place, hours)
    shown = f"{begins:02}:00 to {ends:02}:00"
    return Best(shown, next_at, next_at == now, f"{_heard_words(calls[slot], messages[slot])} at that time of day.")


def _slot(hour: int) -> int:
    return hour - hour % SLOT_HOURS


def _next_between(
    now: datetime, begins: int, ends: int, local: ZoneInfo, place: Whereabouts, hours: Hours
) -> datetime | None:
    today = now.astimezone(local).date()
    for ahead in range(LOOK_AHEAD_DAYS):
        day = today + timedelta(days=ahead)
        start = datetime.combine(day, time(begins), tzinfo=local).astimezone(UTC)
        last = start + timedelta(hours=ends - begins)
        candidate = max(now, start)
        if candidate < last and next_suiting(candidate, place, hours) == candidate:
            return candidate
    return None


def _heard_words(calls: int, messages: int) -> str:
    answered = f"answered {_number(calls, 'call')}" if calls else ""
    wrote = f"wrote {_number(messages, 'message')}" if messages else ""
    return "They " + " and ".join(part for part in (answered, wrote) if part)


def _nothing_known(hours: Hours, heard: Sequence[Heard]) -> str:
    when = f"Any time from {hours.opens}:00 to {hours.closes}:00 by their clock suits."
    vain = sum(one.points == IN_VAIN for one in heard)
    if vain:
        return f"{when} {_number(vain, 'call')} before this one rang in vain."
    return f"{when} Nothing shows yet when they answer."


def _number(count: int, what: str) -> str:
    return f"{count} {what}{'' if count == 1 else 's'}"


def _on_the_quarter(moment: datetime) -> datetime:
    whole = moment.astimezone(UTC).replace(minute=0, second=0, microsecond=0)
    while whole < moment:
        whole += _QUARTER
    return whole
