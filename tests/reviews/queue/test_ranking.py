"""The reason of a position, in words."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reviews.rules import due_in_words, position_in_words, weight_in_words

NOW = datetime(2026, 5, 20, 9, 0, tzinfo=UTC)
VALUE = {"points": 200, "what": "High value"}
QUOTE = {"points": 50, "what": "An unanswered quote"}
TOLD = "Due 3 days ago. Counts as 4 days earlier for high value, 1 day for an unanswered quote."
POINTS = st.tuples(st.integers(-1000, 1000), st.sampled_from(["High value", "A score of 40", "Risk"]))


@pytest.mark.parametrize(
    ("ago", "reasons", "words"),
    [
        (timedelta(days=3), [VALUE, QUOTE], TOLD),
        (timedelta(days=3), [QUOTE, VALUE], TOLD),
        (timedelta(0), [], "Due now."),
        (timedelta(seconds=-59), [], "Due now."),
        (timedelta(minutes=1), [], "Due 1 minute ago."),
        (timedelta(minutes=59), [], "Due 59 minutes ago."),
        (timedelta(minutes=119), [], "Due 1 hour ago."),
        (timedelta(hours=23), [], "Due 23 hours ago."),
        (timedelta(hours=47), [], "Due 1 day ago."),
        (timedelta(days=400), [], "Due 400 days ago."),
        (-timedelta(days=2), [], "Due in 2 days."),
        (-timedelta(hours=5), [{"points": 1, "what": "SMS"}], "Due in 5 hours. Counts as 30 minutes earlier for SMS."),
        (timedelta(days=1), [{"points": 0, "what": "Nothing"}], "Due 1 day ago."),
        (
            timedelta(days=1),
            [{"points": -4, "what": "A second message"}, VALUE],
            "Due 1 day ago. Counts as 4 days earlier for high value, 2 hours later for a second message.",
        ),
    ],
)
def test_a_position_in_words(ago: timedelta, reasons: list[dict[str, Any]], words: str) -> None:
    assert position_in_words(NOW - ago, reasons, NOW) == words


@given(
    st.lists(st.tuples(st.integers(-1000, 1000), st.sampled_from(["High value", "A score of 40", "Risk"])), max_size=6)
)
def test_every_point_is_told_and_the_weightiest_first(found: list[tuple[int, str]]) -> None:
    words = weight_in_words([{"points": points, "what": what} for points, what in found])
    told = [points for points, _ in found if points]
    assert words.count(" for ") == len(told)
    assert ("earlier" in words, "later" in words) == (any(p > 0 for p in told), any(p < 0 for p in told))
    assert words == "" or words.startswith("Counts as ")


@given(st.timedeltas(timedelta(-5000), timedelta(5000)))
def test_how_long_is_never_zero_of_anything(ago: timedelta) -> None:
    words = due_in_words(NOW - ago, NOW)
    assert " 0 " not in words
    assert words.endswith(".")
