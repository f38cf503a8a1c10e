"""When to call somebody, and moments to offer them. No database."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from outreach.rules import Hours, Whereabouts, ZoneSource
from outreach.rules.call_times import (
    ANSWERED,
    IN_VAIN,
    WROTE,
    Heard,
    best_time,
    call_back_offers,
    moment_in_words,
)
from outreach.rules.calling import outlook
from outreach.rules.sending.hours import next_suiting
from outreach.states import CallOutcome

BERLIN = Whereabouts(("Europe/Berlin",), ZoneSource.THEIRS, ("DE",))
OFFICE = Hours(9, 18, on_weekends=False, on_holidays=False)
#: A Wednesday, noon in Berlin.
NOON = datetime(2026, 5, 20, 10, 0, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


@pytest.mark.parametrize(
    ("moment", "zone", "words"),
    [
        (NOON + HOUR, "UTC", "today at 11:00"),
        (NOON + DAY, "UTC", "tomorrow at 10:00"),
        (NOON + 2 * DAY, "UTC", "Friday 22 May at 10:00"),
        (NOON + 250 * DAY, "UTC", "Monday 25 January 2027 at 10:00"),
        (NOON + 13 * HOUR, "UTC", "today at 23:00"),
        (NOON + 13 * HOUR, "Europe/Berlin", "tomorrow at 01:00"),
    ],
)
def test_a_moment_is_said_by_the_clock_there(moment: datetime, zone: str, words: str) -> None:
    assert moment_in_words(moment, NOON, zone) == words


def test_moments_to_call_back_at_are_those_people_name_when_they_may_be_called() -> None:
    words = [one.words for one in call_back_offers(NOON, zone="Europe/Berlin", place=BERLIN, hours=OFFICE)]
    # Monday is a holiday there.
    assert words == ["Today at 14:00", "Today at 16:00", "Tomorrow at 10:00", "Tomorrow at 16:00"]


@given(st.integers(0, 400 * 24 * 60).map(lambda minutes: NOON + timedelta(minutes=minutes)))
def test_no_moment_is_offered_that_is_over_or_does_not_suit(now: datetime) -> None:
    for one in call_back_offers(now, zone="Europe/Berlin", place=BERLIN, hours=OFFICE):
        assert one.at > now
        assert next_suiting(one.at, BERLIN, OFFICE) == one.at


@pytest.mark.parametrize(
    ("heard", "hours", "why"),
    [
        ([], "", "Any time from 9:00 to 18:00 by their clock suits. Nothing shows yet when they answer."),
        ([(15, WROTE)], "", "Any time from 9:00 to 18:00 by their clock suits. Nothing shows yet when they answer."),
        ([(15, IN_VAIN)], "", "Any time from 9:00 to 18:00 by their clock suits. 1 call before this one rang in vain."),
        ([(15, ANSWERED)], "14:00 to 16:00", "They answered 1 call at that time of day."),
        ([(9, WROTE), (9, WROTE)], "09:00 to 10:00", "They wrote 2 messages at that time of day."),
        ([(17, ANSWERED), (16, WROTE), (11, ANSWERED)], "16:00 to 18:00",
         "They answered 1 call and wrote 1 message at that time of day."),
        ([(15, ANSWERED), (15, IN_VAIN), (15, IN_VAIN), (11, WROTE), (10, WROTE)], "10:00 to 12:00",
         "They wrote 2 messages at that time of day."),
        ([(22, ANSWERED)], "", "Any time from 9:00 to 18:00 by their clock suits. Nothing shows yet when they answer."),
    ],
)  # fmt: skip
def test_the_best_time_is_when_they_answered_before(heard: list[tuple[int, int]], hours: str, why: str) -> None:
    local = ZoneInfo("Europe/Berlin")
    known = [Heard(datetime(2026, 5, 12, hour, 30, tzinfo=local), points) for hour, points in heard]
    found = best_time(NOON, zone="Europe/Berlin", place=BERLIN, hours=OFFICE, heard=known)
    assert found is not None
    assert (found.hours, found.why) == (hours, why)


def test_the_next_best_moment_waits_for_a_day_that_suits() -> None:
    friday_evening = datetime(2026, 5, 22, 17, 0, tzinfo=UTC)
    heard = [Heard(datetime(2026, 5, 12, 8, 30, tzinfo=UTC), ANSWERED)]
    found = best_time(friday_evening, zone="Europe/Berlin", place=BERLIN, hours=OFFICE, heard=heard)
    # Monday is Whit Monday.
    assert found is not None
    assert found.next_at is not None
    assert (found.next_at, found.now) == (datetime(2026, 5, 26, 8, 0, tzinfo=UTC), False)
    then = best_time(found.next_at + HOUR, zone="Europe/Berlin", place=BERLIN, hours=OFFICE, heard=heard)
    assert then is not None
    assert then.now


def test_where_they_live_must_be_known_to_know_when() -> None:
    assert best_time(NOON, zone="", place=Whereabouts(), hours=OFFICE, heard=[]) is None


@pytest.mark.parametrize(
    ("tries", "words"),
    [
        (0, "Comes back tomorrow at 12:00, for try 2 of 3."),
        (1, "Comes back tomorrow at 12:00, for try 3 of 3."),
        (2, "This was try 3 of 3. Nobody calls again."),
    ],
)
def test_what_follows_is_said_before_it_is_chosen(tries: int, words: str) -> None:
    said = outlook(tries=tries, now=NOON, zone="Europe/Berlin", place=BERLIN, hours=OFFICE)
    assert said[CallOutcome.VOICEMAIL] == words
    assert set(said) == set(CallOutcome)
