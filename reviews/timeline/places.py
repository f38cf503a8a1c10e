"""The order of a timeline, and how many lists become pages of one. Pure.

Newest first. Things of the same instant are ordered by what they are (``rank``) and then by their id, so that every
entry has a place of its own and a page can begin exactly behind the last one.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from itertools import groupby
from typing import Generic, NamedTuple, Protocol, TypeVar

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
#: Above every id of a row, and below every date that can be written.
_TOP = 2**63 - 1


class Place(NamedTuple):
    """Where an entry stands. The greater one comes first."""

    at: datetime
    rank: int
    pk: int


class Bound(NamedTuple):
    """What of one kind is still to come: whatever is older than ``at``, and of that instant the ids below ``below``."""

    at: datetime
    below: int


class Placed(Protocol):
    """Anything with a place."""

    @property
    def place(self) -> Place: ...


T = TypeVar("T", bound=Placed)


@dataclass(frozen=True)
class Merged(Generic[T]):
    """One page, newest first, and the place behind which the next one begins; none where nothing follows."""

    entries: list[T]
    following: Place | None


def bound_for(rank: int, after: Place | None) -> Bound:
    """What the entries of a rank behind ``after`` have in common. No place: all of them."""
    if after is None:
        return Bound(datetime.max.replace(tzinfo=UTC), 0)
    if rank == after.rank:
        return Bound(after.at, after.pk)
    return Bound(after.at, _TOP if rank < after.rank else 0)


def up_to(moment: datetime) -> Place:
    """The place before everything that happened up to a moment, that moment included."""
    return Place(moment + _MICROSECOND, 0, 0)


def merge(lists: Iterable[Sequence[T]], size: int) -> Merged[T]:
    """The newest ``size`` of lists that hold the newest ``size + 1`` of their kind each, or all if they are fewer."""
    entries = sorted((entry for entries in lists for entry in entries), key=lambda entry: entry.place, reverse=True)
    page = entries[:size]
    return Merged(page, page[-1].place if len(entries) > size else None)


def by_day(entries: Iterable[T]) -> list[tuple[date, list[T]]]:
    """The entries of each day (UTC), in the order they come in."""
    days = groupby(entries, key=lambda entry: entry.place.at.astimezone(UTC).date())
    return [(day, list(of_day)) for day, of_day in days]


def to_text(place: Place) -> str:
    """A place as part of an address."""
    return f"{(place.at - _EPOCH) // _MICROSECOND}.{place.rank}.{place.pk}"


def from_text(text: str) -> Place | None:
    """The place in an address, or none when it is no place."""
    parts = text.split(".")
    if len(parts) != 3 or len(text) > 60:
        return None
    try:
        micros, rank, pk = (int(part) for part in parts)
        at = _EPOCH + timedelta(microseconds=micros)
    except (ValueError, OverflowError):
        return None
    return Place(at, rank, pk) if 0 <= rank < 100 and 0 <= pk <= _TOP else None
