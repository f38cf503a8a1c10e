"""How a page of the queue is addressed: by the place it begins after, never by its number."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta


@dataclass(frozen=True, slots=True)
class QueuePlace:
    """A place in the queue's order: what ranks earliest first, then the older item."""

    rank_at: datetime
    id: int


_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_PLACE = re.compile(r"(-?[0-9]{1,18})_([0-9]{1,18})")


def place_to_text(place: QueuePlace) -> str:
    """A place as it stands in an address: microseconds since 1970, and id."""
    return f"{(place.rank_at - _EPOCH) // timedelta(microseconds=1)}_{place.id}"


def place_from_text(text: str) -> QueuePlace | None:
    """Read a place back. What is none (an address typed by hand) gives None, and the list begins at its start."""
    found = _PLACE.fullmatch(text)
    if found is None:
        return None
    micros, row_id = map(int, found.groups())
    try:
        return QueuePlace(_EPOCH + timedelta(microseconds=micros), row_id)
    except OverflowError:
        return None
