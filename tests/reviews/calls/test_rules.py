"""The clock of a promise, and a day of calls, in words. No database."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta

import pytest

from reviews.calls.clock import clock_of
from reviews.calls.day import Day
from reviews.calls.promises import next_working_day
from staff.rules.hours import Calendar

PARIS = Calendar("Europe/Paris", frozenset(range(5)), time(9), time(17), frozenset({date(2026, 5, 25)}))
#: A Friday, three in the afternoon in Paris; Monday is a holiday there.
NOW = datetime(2026, 5, 22, 13, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("latest_at", "left", "promised", "late", "soon"),
    [
        (datetime(2026, 5, 26, 9, 0, tzinfo=UTC), "4 business hours left", "Tuesday 26 May at 11:00", False, False),
        (datetime(2026, 5, 22, 14, 30, tzinfo=UTC), "1 business hour left", "today at 16:30", False, True),
        (datetime(2026, 5, 22, 13, 20, tzinfo=UTC), "20 minutes of business left", "today at 15:20", False, True),
        (datetime(2026, 5, 22, 10, 0, tzinfo=UTC), "3 business hours late", "today at 12:00", True, False),
        (datetime(2026, 5, 22, 12, 59, tzinfo=UTC), "1 minute of business late", "today at 14:59", True, False),
    ],
)
def test_the_clock_runs_while_the_team_works(
    latest_at: datetime, left: str, promised: str, late: bool, soon: bool
) -> None:
    found = clock_of(latest_at, NOW, PARIS)
    assert (found.left, found.promised, found.late, found.soon) == (left, f"{promised} (Paris)", late, soon)


def test_a_promise_that_ends_while_nobody_works_is_soon_late() -> None:
    evening = datetime(2026, 5, 22, 18, 0, tzinfo=UTC)
    before = clock_of(evening + timedelta(hours=3), evening, PARIS)
    after = clock_of(evening - timedelta(hours=1), evening, PARIS)
    assert (before.left, before.soon) == ("Promised before you open again", True)
    assert (after.left, after.late) == ("Late, since you closed", True)


@pytest.mark.parametrize(
    ("day", "words"),
    [
        (Day(120, 30, 4, 48), "30 of 120 minutes for calls are used today. 4 calls of yours due today, "
         "about 48 minutes. Then 42 minutes are left."),
        (Day(60, 30, 4, 48), "30 of 60 minutes for calls are used today. 4 calls of yours due today, "
         "about 48 minutes. That is 18 minutes too many."),
        (Day(None, 5, 1, 12), "5 minutes went into calls today. 1 call of yours due today, about 12 minutes. "
         "No time for calls is set for you."),
        (Day(0, 0, 2, 24), "Today is none of your days for calls. 2 calls of yours due today, about 24 minutes."),
        (Day(0, 9, 0, 0), "Today is none of your days for calls. 9 minutes went into calls. "
         "No call of yours due today."),
        (Day(0, 0, 0, 0, away=True), "You are away today. No call of yours due today."),
    ],
)  # fmt: skip
def test_the_day_in_words(day: Day, words: str) -> None:
    assert day.words == words


def test_a_promise_usually_names_the_next_day_of_work() -> None:
    assert next_working_day(PARIS, NOW) == date(2026, 5, 26)
