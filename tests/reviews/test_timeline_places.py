"""The order of a timeline, and that its pages leave nothing out and say nothing twice. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reviews.timeline.places import Place, bound_for, by_day, from_text, merge, to_text

START = datetime(2026, 3, 4, 12, tzinfo=UTC)


@dataclass(frozen=True)
class Line:
    place: Place


#: Few instants and few ids, so that most entries share their instant with others.
PLACES = st.builds(
    Place,
    st.integers(0, 4).map(lambda hours: START + timedelta(hours=hours)),
    st.integers(0, 3),
    st.integers(1, 6),
)


def newest(lines: list[Line], rank: int, after: Place | None, limit: int) -> list[Line]:
    """What a source answers: its own newest lines within the bound, as the database would give them."""
    bound = bound_for(rank, after)
    theirs = [
        line for line in lines if line.place.rank == rank and (line.place.at, line.place.pk) < (bound.at, bound.below)
    ]
    return sorted(theirs, key=lambda line: line.place, reverse=True)[:limit]


@given(st.sets(PLACES), st.integers(1, 5))
def test_the_pages_one_after_the_other_are_the_whole_timeline(places: set[Place], size: int) -> None:
    lines = [Line(place) for place in places]
    read: list[Place] = []
    after: Place | None = None
    for _ in range(len(lines) + 1):
        page = merge([newest(lines, rank, after, size + 1) for rank in range(4)], size)
        read += [line.place for line in page.entries]
        assert len(page.entries) == size or page.following is None
        after = page.following
        if after is None:
            break
    assert after is None
    assert read == sorted(places, reverse=True)


@given(st.datetimes(timezones=st.just(UTC)), st.integers(0, 99), st.integers(0, 2**63 - 1))
def test_a_place_survives_its_address(at: datetime, rank: int, pk: int) -> None:
    place = Place(at, rank, pk)
    assert from_text(to_text(place)) == place


@pytest.mark.parametrize(
    "text", ["", "1.2", "1.2.3.4", "a.b.c", "1.-1.2", "1.100.2", "1.2.-3", f"{10**30}.1.1", "1" * 80]
)
def test_what_is_no_place_is_the_beginning(text: str) -> None:
    assert from_text(text) is None


def test_entries_of_a_day_stand_together() -> None:
    lines = [Line(Place(START - timedelta(hours=hours), 0, 1)) for hours in (0, 5, 13, 40)]
    assert [(day, len(of_day)) for day, of_day in by_day(lines)] == [
        (date(2026, 3, 4), 2),
        (date(2026, 3, 3), 1),
        (date(2026, 3, 2), 1),
    ]
