"""What a customer did, as signals read it. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta

MOMENT = timedelta(microseconds=1)
DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Happening:
    """One event that counts: its kind (`contacts.states.EventKind`), value, moment and what it concerns."""

    kind: int
    occurred_at: datetime
    value: int | None = None
    reference: str = ""


@dataclass(frozen=True)
class History:
    """All counted events of a customer in order of time, and the day it became one (None: not known)."""

    happenings: tuple[Happening, ...] = ()
    since: date | None = None
    _by_kind: dict[int, list[Happening]] = field(default_factory=dict, compare=False, repr=False)

    def __post_init__(self) -> None:
        for one in sorted(self.happenings, key=lambda happening: happening.occurred_at):
            self._by_kind.setdefault(one.kind, []).append(one)

    def of(self, kinds: Collection[int], at: datetime) -> list[Happening]:
        """Everything of these kinds up to ``at``, in order of time."""
        found = [one for kind in kinds for one in self._by_kind.get(kind, ()) if one.occurred_at <= at]
        return sorted(found, key=lambda happening: happening.occurred_at)

    def within(self, kinds: Collection[int], at: datetime, newer: int, older: int) -> list[Happening]:
        """Those in the half-open window (at − older days, at − newer days]."""
        begin, end = at - older * DAY, at - newer * DAY
        return [one for one in self.of(kinds, at) if begin < one.occurred_at <= end]

    def first(self, at: datetime) -> datetime | None:
        """The first event of any kind up to ``at``."""
        return min((one.occurred_at for one in self.happenings if one.occurred_at <= at), default=None)

    @property
    def since_at(self) -> datetime | None:
        """The first moment of the day the customer became one."""
        return None if self.since is None else datetime.combine(self.since, time(), UTC)


def latest(happenings: Iterable[Happening]) -> datetime | None:
    return max((one.occurred_at for one in happenings), default=None)
