"""By when something is decided, and how it is said that it was not."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from reviews.rules.deadlines import call_limits, deadline, late_title, limits, warned_title
from staff.rules.hours import DEFAULT_CALENDAR

#: A Wednesday.
NOW = datetime(2026, 5, 20, 12, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)


def test_a_deadline_is_so_many_business_hours_later() -> None:
    assert deadline(began_at=NOW, hours=8, calendar=DEFAULT_CALENDAR) == datetime(2026, 5, 21, 12, tzinfo=UTC)


def test_limits_say_what_is_close_and_what_is_late() -> None:
    """Eight hours are over since yesterday noon, and six of them, three quarters, since two o'clock yesterday."""
    found = limits(now=NOW, hours=8, calendar=DEFAULT_CALENDAR)
    assert (found.breach, found.warn) == (NOW - 24 * HOUR, NOW - 22 * HOUR)


def test_of_calls_it_is_the_moment_they_were_promised_by() -> None:
    late_friday = datetime(2026, 5, 22, 16, 0, tzinfo=UTC)
    found = call_limits(now=late_friday, calendar=DEFAULT_CALENDAR)
    assert (found.breach, found.warn) == (late_friday, datetime(2026, 5, 25, 10, tzinfo=UTC))


@pytest.mark.parametrize(
    ("said", "words"),
    [
        (warned_title("draft", 1), "1 message of yours is close to its deadline"),
        (warned_title("case", 1200), "1,200 intake cases of yours are close to their deadline"),
        (late_title("draft", 1000, own=True, more=True), "1,000 or more messages of yours passed their deadline"),
        (warned_title("call", 1, more=True), "1 or more calls of yours are close to their deadline"),
        (late_title("call", 1, own=True), "1 call of yours passed its deadline"),
        (late_title("draft", 3, own=False), "3 messages of your team passed their deadline"),
    ],
)
def test_it_is_said_in_plain_words(said: str, words: str) -> None:
    assert said == words
