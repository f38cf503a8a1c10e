"""Which evidence is in sight, which is folded."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from reviews.evidence import IN_SIGHT, arranged


def piece(day: int | None, *, key: bool = False) -> dict[str, Any]:
    return {"at": datetime(2026, 5, day, tzinfo=UTC) if day else None, "what": f"piece {day}", "key": key}


def test_the_newest_are_in_sight_and_facts_stand_apart() -> None:
    pieces = [*(piece(day) for day in range(1, 8)), piece(None)]
    shown = arranged(pieces)
    assert shown.recent == pieces[2:7]
    assert shown.older == pieces[:2]
    assert shown.facts == [pieces[7]]


def test_what_the_message_rests_on_is_in_sight_however_old() -> None:
    pieces = [piece(1, key=True), *(piece(day) for day in range(2, 9))]
    shown = arranged(pieces)
    assert shown.recent == [pieces[0], *pieces[4:]]


@given(st.lists(st.tuples(st.none() | st.integers(1, 28), st.booleans()), max_size=20))
def test_nothing_is_lost_nor_shown_twice(days: list[tuple[int | None, bool]]) -> None:
    pieces = [piece(day, key=key) | {"number": number} for number, (day, key) in enumerate(days)]
    shown = arranged(pieces)
    together = [one["number"] for part in (shown.recent, shown.older, shown.facts) for one in part]
    assert sorted(together) == list(range(len(pieces)))
    assert len(shown.recent) <= IN_SIGHT
    assert [one["number"] for one in shown.recent] == sorted(one["number"] for one in shown.recent)
