"""How many minutes people have for a kind of work in the days in which it is promised (mission.md 3.4). Pure.

Work that is let in now is promised within so many working days. The promise holds as long as no more is open than
people can do in these days; so that is how much may be open, less the head-room. A working day is one on which somebody
is set to do that work. Who is away takes their minutes along, not the day: a promise does not wait until they are back.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Final

from retention.states import WorkKind

#: Where nobody has set any time for reading messages, every account owner is taken to have this, Monday to Friday.
USUAL_REVIEW_MINUTES: Final = 60
MONDAY_TO_FRIDAY: Final = frozenset({1, 2, 3, 4, 5})
LONGEST_DAY: Final = 720

_A_DAY = Decimal(86_400)
_TENTH = Decimal("0.1")


@dataclass(frozen=True, slots=True)
class Hours:
    """Minutes a day that somebody has for a kind of work, on these days of the week (1 is Monday)."""

    user_id: int
    kind: WorkKind
    minutes_a_day: int
    weekdays: frozenset[int]

    def on(self, day: date) -> int:
        return self.minutes_a_day if day.isoweekday() in self.weekdays else 0


@dataclass(frozen=True, slots=True)
class Away:
    """Days on which somebody does not work, both included."""

    user_id: int
    first_on: date
    last_on: date


@dataclass(frozen=True, slots=True)
class Time:
    """The minutes of one kind of work in the promised days, and what becomes of them.

    ``until`` is the end of the promised days, None where there never is one. ``all`` is what people have until then,
    ``kept`` the head-room of it, ``open`` the work that waits to be done. ``nobody`` says that nobody has time set.
    """

    kind: WorkKind
    until: datetime | None
    all: Decimal
    kept: Decimal
    open: Decimal
    nobody: bool = False

    @property
    def whole(self) -> Decimal:
        """What could be let in if nothing were open."""
        return self.all - self.kept

    @property
    def free(self) -> Decimal:
        """What may still be let in. Nothing, where more is open than the promise bears."""
        return max(Decimal(0), self.whole - self.open)

    @property
    def over(self) -> Decimal:
        """By how much more is open than the promise bears, as after somebody fell ill."""
        return max(Decimal(0), self.open - self.whole)


def promised(hours: Iterable[Hours], now: datetime, count: int) -> dict[date, Decimal]:
    """The next ``count`` working days from a moment on, each with the share of it that counts. Empty: never.

    What has passed of today is made up for on the day after the last, so that it always is ``count`` days of work.
    """
    worked: set[int] = set()
    for one in hours:
        if one.minutes_a_day:
            worked |= one.weekdays
    if not worked:
        return {}
    now = now.astimezone(UTC)
    passed = Decimal(int((now - datetime.combine(now.date(), time.min, UTC)).total_seconds())) / _A_DAY
    shares: dict[date, Decimal] = {}
    missing = Decimal(count)
    day = now.date()
    while missing > 0:
        if day.isoweekday() in worked:
            share = min(missing, 1 - passed if day == now.date() else Decimal(1))
            shares[day] = share
            missing -= share
        day += timedelta(days=1)
    return shares


def minutes_in(shares: Mapping[date, Decimal], hours: Sequence[Hours], away: Iterable[Away]) -> Decimal:
    """What these people have in these days, without those on which they are away. Two absences at once count once."""
    gone: dict[int, list[Away]] = {}
    for one in away:
        gone.setdefault(one.user_id, []).append(one)
    return sum(
        (
            one.on(day) * share
            for day, share in shares.items()
            for one in hours
            if not any(absence.first_on <= day <= absence.last_on for absence in gone.get(one.user_id, ()))
        ),
        Decimal(0),
    ).quantize(_TENTH)


def time_for(
    kind: WorkKind,
    *,
    hours: Sequence[Hours],
    away: Iterable[Away],
    now: datetime,
    days: int,
    headroom_percent: int,
    open_work: Decimal,
) -> Time:
    """The minutes of one kind of work in the next ``days`` working days."""
    mine = [one for one in hours if one.kind == kind]
    shares = promised(mine, now, days)
    everything = minutes_in(shares, mine, away)
    until = datetime.combine(max(shares) + timedelta(days=1), time.min, UTC) if shares else None
    kept = (everything * headroom_percent / 100).quantize(_TENTH)
    return Time(kind=kind, until=until, all=everything, kept=kept, open=open_work, nobody=not mine)
