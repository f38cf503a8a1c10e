"""Shares, intervals, distances and days, by tables."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from followups.rules.measures import Rate, days_left, distance, intervals, last_day


@pytest.mark.parametrize(
    ("count", "total", "words"),
    [
        (0, 0, "nobody yet"),
        (0, 4, "0%"),
        (4, 4, "100%"),
        (1, 8, "12.5%"),
        (2, 3, "66.6%"),
        # Never shown as 90 before it is.
        (8999, 10_000, "89.9%"),
        (9000, 10_000, "90%"),
    ],
)
def test_a_rate_in_words(count: int, total: int, words: str) -> None:
    assert Rate(count, total).words == words


def test_of_nobody_there_is_no_share() -> None:
    nobody = Rate(0, 0)
    assert (nobody.share, nobody.percent, nobody.rest) == (None, None, 0)
    assert distance(nobody, Decimal("0.9")) is None
    assert intervals([nobody, nobody]) == [None, None]


@pytest.mark.parametrize(("count", "total"), [(-1, 3), (4, 3), (1, 0)])
def test_what_is_no_share_is_refused(count: int, total: int) -> None:
    with pytest.raises(ValueError, match="no share"):
        Rate(count, total)


@pytest.mark.parametrize(
    ("count", "total", "low", "high"),
    # By hand from Wilson's formula with z = 1.959964.
    [
        (0, 10, 0.0, 0.2775),
        (5, 10, 0.2366, 0.7634),
        (10, 10, 0.7225, 1.0),
        (1, 1, 0.2065, 1.0),
        (12, 80, 0.0879, 0.2442),
    ],
)
def test_wilsons_interval(count: int, total: int, low: float, high: float) -> None:
    [found] = intervals([Rate(count, total)])
    assert found is not None
    assert found.low == pytest.approx(low, abs=1e-4)
    assert found.high == pytest.approx(high, abs=1e-4)


def test_intervals_keep_their_places_beside_nobody() -> None:
    first, nobody, last = intervals([Rate(1, 4), Rate(0, 0), Rate(3, 4)])
    assert nobody is None
    assert first is not None
    assert last is not None
    assert first.low < last.low
    assert first.words == "5 to 70%"


@pytest.mark.parametrize(
    ("count", "total", "goal", "leads", "points"),
    [
        (0, 10, "0.9", 9, "90"),
        (8, 10, "0.9", 1, "10"),
        (9, 10, "0.9", 0, "0"),
        (10, 10, "0.9", 0, "0"),
        # Nine of eleven are 81.8; nine tenths of eleven are 9.9, so ten are needed.
        (9, 11, "0.9", 1, "8.2"),
        (1, 1, "1", 0, "0"),
        # 0.9 is no number of the machine: 27 of 30 are exactly enough.
        (27, 30, "0.9", 0, "0"),
        (899, 1000, "0.9", 1, "0.1"),
    ],
)
def test_the_distance_to_the_goal(count: int, total: int, goal: str, leads: int, points: str) -> None:
    found = distance(Rate(count, total), Decimal(goal))
    assert found is not None
    assert (found.leads, found.points, found.met) == (leads, Decimal(points), leads == 0)


@pytest.mark.parametrize("goal", ["0", "-0.1", "1.01"])
def test_a_goal_that_is_no_share_is_refused(goal: str) -> None:
    with pytest.raises(ValueError, match="no goal"):
        distance(Rate(1, 2), Decimal(goal))


@given(total=st.integers(1, 5000), thousandths=st.integers(1, 1000), data=st.data())
def test_as_many_leads_as_it_says_meet_the_goal_and_one_fewer_does_not(
    total: int, thousandths: int, data: st.DataObject
) -> None:
    count = data.draw(st.integers(0, total))
    goal = Decimal(thousandths) / 1000
    found = distance(Rate(count, total), goal)
    assert found is not None
    then = distance(Rate(count + found.leads, total), goal)
    assert then is not None
    assert then.met
    if found.leads:
        assert Decimal(count + found.leads - 1) < goal * total
        assert found.points > 0


@pytest.mark.parametrize(
    ("today", "left"),
    [
        (date(2026, 4, 30), 30),
        (date(2026, 5, 1), 30),
        (date(2026, 5, 2), 29),
        (date(2026, 5, 30), 1),
        (date(2026, 5, 31), 0),
        (date(2027, 1, 1), 0),
    ],
)
def test_the_days_that_are_left(today: date, left: int) -> None:
    assert last_day(date(2026, 5, 1), 30) == date(2026, 5, 30)
    assert days_left(date(2026, 5, 1), 30, today) == left
