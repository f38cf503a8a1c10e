"""Business hours: by hand where the answer is known, and for all inputs where a claim can be made."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from staff.rules.hours import DEFAULT_CALENDAR, Calendar, add_hours, hours_between, is_open, latest_start

PARIS = Calendar("Europe/Paris", holidays=frozenset({date(2026, 5, 1)}))
NIGHTS = Calendar("Europe/Paris", frozenset(range(7)), time(1), time(5))
SUNDAYS = Calendar("America/New_York", frozenset({6}), time(2, 30), time(3))
#: Half an hour is what the clocks move by there.
LORD_HOWE = Calendar("Australia/Lord_Howe", frozenset({0, 3}), time(0), time(23, 59))


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("calendar", "start", "hours", "end"),
    [
        # Within a day, to its very end, and into the next one. 4 May 2026 is a Monday.
        (DEFAULT_CALENDAR, "2026-05-04 09:00", 3, "2026-05-04 12:00"),
        (DEFAULT_CALENDAR, "2026-05-04 09:00", 8, "2026-05-04 17:00"),
        (DEFAULT_CALENDAR, "2026-05-04 16:30", 1, "2026-05-05 09:30"),
        # Before and after work nothing runs.
        (DEFAULT_CALENDAR, "2026-05-04 03:00", 1, "2026-05-04 10:00"),
        (DEFAULT_CALENDAR, "2026-05-04 17:00", 1, "2026-05-05 10:00"),
        (DEFAULT_CALENDAR, "2026-05-04 17:00", 0, "2026-05-05 09:00"),
        (DEFAULT_CALENDAR, "2026-05-04 12:00", 0, "2026-05-04 12:00"),
        # Over a weekend, and by the clock there: Paris is two hours ahead in May, and 1 May is free.
        (DEFAULT_CALENDAR, "2026-05-08 16:00", 2, "2026-05-11 10:00"),
        (PARIS, "2026-04-30 14:00", 2, "2026-05-04 08:00"),
        # The night the clocks go forward has an hour less (29 March 2026), the one they go back an hour more.
        (NIGHTS, "2026-03-28 00:00", 4, "2026-03-28 04:00"),
        (NIGHTS, "2026-03-28 23:00", 3, "2026-03-29 03:00"),
        (NIGHTS, "2026-03-28 23:00", 4, "2026-03-30 00:00"),
        (NIGHTS, "2026-10-24 23:00", 5, "2026-10-25 04:00"),
        # 8 March 2026: the clocks skip that Sunday's half hour, so that nobody works at all.
        (SUNDAYS, "2026-03-08 00:00", 0.5, "2026-03-15 07:00"),
    ],
)
def test_when_so_many_hours_have_passed(calendar: Calendar, start: str, hours: float, end: str) -> None:
    assert add_hours(at(start), hours, calendar) == at(end)
    assert latest_start(at(end), hours, calendar) >= at(start)


@pytest.mark.parametrize(
    ("start", "end", "hours"),
    [
        ("2026-05-04 09:00", "2026-05-04 17:00", 8),
        ("2026-05-04 00:00", "2026-05-10 23:00", 40),
        ("2026-05-08 18:00", "2026-05-11 08:00", 0),
        ("2026-05-05 10:00", "2026-05-04 16:00", -2),
    ],
)
def test_how_many_hours_lie_between(start: str, end: str, hours: float) -> None:
    assert hours_between(at(start), at(end), DEFAULT_CALENDAR) == hours


def test_closing_time_is_not_work_any_more() -> None:
    assert is_open(at("2026-05-04 09:00"), DEFAULT_CALENDAR)
    assert not is_open(at("2026-05-04 17:00"), DEFAULT_CALENDAR)
    assert not is_open(at("2026-05-09 12:00"), DEFAULT_CALENDAR)
    assert not is_open(at("2026-05-01 12:00"), PARIS)


def test_what_is_no_calendar_is_refused() -> None:
    wrongs: tuple[dict[str, Any], ...] = (
        {"work_days": frozenset()},
        {"work_days": frozenset({7})},
        {"closes": time(9)},
    )
    for wrong in wrongs:
        with pytest.raises(ValueError, match="A calendar"):
            Calendar(**wrong)
    with pytest.raises(ValueError, match="not fewer than none"):
        add_hours(at("2026-05-04 09:00"), -1, DEFAULT_CALENDAR)
    endless = Calendar(
        work_days=frozenset({0}), holidays=frozenset(date(2026, 5, 4) + timedelta(7 * n) for n in range(1100))
    )
    with pytest.raises(ValueError, match="never end"):
        add_hours(at("2026-05-04 09:00"), 1, endless)


CALENDARS = st.sampled_from([DEFAULT_CALENDAR, PARIS, NIGHTS, SUNDAYS, LORD_HOWE])
#: The months in which the clocks change in all of these places.
MOMENTS = st.builds(
    lambda begin, later: begin + later,
    st.sampled_from([datetime(2026, 2, 20, tzinfo=UTC), datetime(2026, 9, 20, tzinfo=UTC)]),
    st.timedeltas(timedelta(0), timedelta(days=60)),
)
HOURS = st.timedeltas(timedelta(0), timedelta(hours=60))


@given(CALENDARS, MOMENTS, HOURS)
def test_hours_that_were_added_are_the_hours_between(calendar: Calendar, start: datetime, hours: timedelta) -> None:
    end = add_hours(start, hours, calendar)
    assert end >= start
    assert hours_between(start, end, calendar) == hours / timedelta(hours=1)


@given(CALENDARS, MOMENTS, MOMENTS, HOURS)
def test_later_begun_is_never_earlier_due(calendar: Calendar, a: datetime, b: datetime, hours: timedelta) -> None:
    first, second = sorted((a, b))
    assert add_hours(first, hours, calendar) <= add_hours(second, hours, calendar)


@given(CALENDARS, MOMENTS, HOURS, HOURS)
def test_hours_in_two_pieces_are_the_same_hours(
    calendar: Calendar, start: datetime, one: timedelta, other: timedelta
) -> None:
    whole = add_hours(start, one + other, calendar)
    pieces = add_hours(add_hours(start, one, calendar), other, calendar)
    # They may part only where the first piece ends exactly at closing time, and nothing is left to count.
    assert pieces == whole or (other == timedelta(0) and not is_open(whole, calendar))


@given(CALENDARS, MOMENTS, st.timedeltas(timedelta(days=-3), timedelta(days=9)), HOURS)
def test_a_deadline_has_passed_exactly_where_the_latest_start_says_so(
    calendar: Calendar, start: datetime, later: timedelta, hours: timedelta
) -> None:
    """The comparison that the sweep makes in the database is the rule itself."""
    end = start + later
    assert (add_hours(start, hours, calendar) <= end) == (start <= latest_start(end, hours, calendar))
    exactly = add_hours(start, hours, calendar)
    assert start <= latest_start(exactly, hours, calendar)
    assert start > latest_start(exactly - timedelta.resolution, hours, calendar)
