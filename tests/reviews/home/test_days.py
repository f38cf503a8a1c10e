"""Since when the start page counts."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reviews.home.days import MOST_DAYS_OFF, last_work_day, reckon
from staff.rules.hours import Calendar


@pytest.mark.parametrize(
    ("now", "zone", "free", "since", "week", "words"),
    [
        # A Wednesday, by the clock of London in summer: its day begins an hour before that of UTC.
        (datetime(2026, 5, 20, 9, tzinfo=UTC), "Europe/London", (), "2026-05-19", "2026-05-18", "yesterday"),
        # A Monday looks back to Friday, and the week has only begun.
        (datetime(2026, 5, 18, 9, tzinfo=UTC), "UTC", (), "2026-05-15", "2026-05-18", "Friday"),
        # After Easter, back to the Thursday before it.
        (
            datetime(2026, 4, 7, 9, tzinfo=UTC), "UTC", (date(2026, 4, 3), date(2026, 4, 6)),
            "2026-04-02", "2026-04-06", "Thursday",
        ),
        # Late in the evening of Tuesday in UTC it is Wednesday in Auckland.
        (datetime(2026, 5, 19, 21, tzinfo=UTC), "Pacific/Auckland", (), "2026-05-19", "2026-05-18", "yesterday"),
        # Closed for ten days: the day is named by its date.
        (
            datetime(2026, 1, 5, 9, tzinfo=UTC), "UTC",
            (*(date(2025, 12, day) for day in range(24, 32)), date(2026, 1, 1), date(2026, 1, 2)),
            "2025-12-23", "2026-01-05", "23 December",
        ),
    ],
)  # fmt: skip
def test_since_the_last_day_of_work(
    now: datetime, zone: str, free: tuple[date, ...], since: str, week: str, words: str
) -> None:
    days = reckon(now, Calendar(zone, holidays=frozenset(free)))
    assert (days.since.date().isoformat(), days.week.date().isoformat(), days.since_in_words) == (since, week, words)
    assert days.since.hour == days.week.hour == 0


@given(
    st.dates(date(2000, 1, 1), date(2100, 1, 1)),
    st.frozensets(st.integers(0, 6), min_size=1),
    st.sets(st.integers(1, 40)),
)
def test_it_is_a_day_of_work_before_today_or_yesterday(today: date, work_days: frozenset[int], off: set[int]) -> None:
    free = frozenset(date.fromordinal(today.toordinal() - back) for back in off)
    day = last_work_day(today, Calendar(work_days=work_days, holidays=free))
    back = (today - day).days
    assert 1 <= back <= MOST_DAYS_OFF
    assert back == 1 or (day.weekday() in work_days and day not in free)
