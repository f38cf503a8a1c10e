"""A new sender domain sends a little more every day."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as some

from outreach.rules.warmup import WarmUp, limit_on, why_not_grow

FIRST = date(2026, 5, 1)


@pytest.mark.parametrize(
    ("day", "first_day", "growth", "most_a_day", "limit"),
    [
        (-3, 50, "1.50", 0, 50),
        (0, 50, "1.50", 0, 50),
        (1, 50, "1.50", 0, 75),
        (2, 50, "1.50", 0, 112),
        (10, 50, "1.50", 0, 2883),
        (10, 50, "1.50", 2000, 2000),
        (30, 50, "1.50", 2000, 2000),
        (30, 50, "1.50", 0, 9_587_552),
        (31, 50, "1.50", 0, None),
        (400_000, 50, "99.99", 0, None),
        (400_000, 50, "99.99", 3, 3),
        (900, 1, "1.00", 0, 1),
        (5, 50, "1.00", 50, 50),
        (0, 50, "2.00", 20, 20),
        (0, 20_000_000, "1.00", 0, None),
        (40, 50, "2.00", 30_000_000, 30_000_000),
    ],
)
def test_the_limit_of_a_day(day: int, first_day: int, growth: str, most_a_day: int, limit: int | None) -> None:
    assert limit_on(FIRST + timedelta(days=day), WarmUp(FIRST, first_day, Decimal(growth), most_a_day)) == limit


@given(
    first_day=some.integers(1, 2**31),
    growth=some.decimals(1, "99.99", places=2),
    most_a_day=some.integers(0, 2**31),
    day=some.integers(-400, 20_000),
)
def test_it_never_falls_from_day_to_day(first_day: int, growth: Decimal, most_a_day: int, day: int) -> None:
    rules = WarmUp(FIRST, first_day, growth, most_a_day)
    today, tomorrow = (limit_on(FIRST + timedelta(days=one), rules) for one in (day, day + 1))
    assert tomorrow is None or (today is not None and 1 <= today <= tomorrow)
    assert not most_a_day or (tomorrow is not None and tomorrow <= most_a_day)


@pytest.mark.parametrize(
    ("first_day", "growth", "most_a_day", "words"),
    [
        (50, "1.50", 0, ""),
        (50, "1.00", 50, ""),
        (0, "1.50", 0, "at least 1 message"),
        (50, "0.99", 0, "cannot shrink"),
        (50, "1.50", 49, "less than the 50"),
    ],
)
def test_numbers_that_make_no_sense_are_named(first_day: int, growth: str, most_a_day: int, words: str) -> None:
    said = why_not_grow(WarmUp(FIRST, first_day, Decimal(growth), most_a_day))
    assert words in said if words else not said
