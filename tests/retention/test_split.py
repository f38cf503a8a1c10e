"""Where a change of a score comes from."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from retention.rules.split import Split, split
from retention.states import Component

BIT = {component: 1 << place for place, component in enumerate(Component)}


@pytest.mark.parametrize(
    ("before", "after", "missing", "configured", "expected"),
    [
        ((0, 0, 0, 0, 0), (15, 0, 25, 0, 0), (0, 0), False, Split(behaviour=40)),
        ((30, 0, 0, 0, 0), (0, 0, 0, 0, 0), (1, 0), False, Split(missing=-30)),
        ((0, 20, 0, 15, 0), (15, 0, 0, 0, 0), (0, 2 | 8), False, Split(behaviour=15, missing=-35)),
        ((0, 20, 0, 0, 0), (0, 25, 0, 0, 0), (2, 2), False, Split(behaviour=5)),
        ((15, 0, 0, 0, 0), (30, 0, 0, 0, 0), (1, 0), True, Split(configuration=15)),
        ((15, 10, 0, 0, 0), (0, 25, 0, 0, 0), (0, 0), False, Split()),
    ],
)
def test_what_counts_as_what(
    before: tuple[int, ...], after: tuple[int, ...], missing: tuple[int, int], configured: bool, expected: Split
) -> None:
    assert split(before, after, missing_before=missing[0], missing_after=missing[1], configured=configured) == expected


_points = st.tuples(*[st.integers(0, 30)] * len(Component))
_bits = st.integers(0, sum(BIT.values()))


@given(_points, _points, _bits, _bits, st.booleans())
def test_the_three_parts_add_up(
    before: tuple[int, ...], after: tuple[int, ...], was: int, is_now: int, configured: bool
) -> None:
    parts = split(before, after, missing_before=was, missing_after=is_now, configured=configured)
    assert parts.total == sum(after) - sum(before)
    assert not configured or parts.behaviour == parts.missing == 0
    if was == is_now:
        assert parts.missing == 0
