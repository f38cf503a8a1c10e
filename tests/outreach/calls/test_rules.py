"""What follows from a call. No database."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from outreach.rules import Consequence, Hours, Refusal, Whereabouts, ZoneSource
from outreach.rules.calling import LONGEST_CALL_BACK, MOST_TRIES, as_call, following, why_not_back_at
from outreach.states import CallOutcome

LONDON = Whereabouts(("Europe/London",), ZoneSource.THEIRS, ("GB",))
AUCKLAND = Whereabouts(("Pacific/Auckland",), ZoneSource.THEIRS, ("NZ",))
OFFICE = Hours(9, 18, on_weekends=False, on_holidays=False)
WEDNESDAY = datetime(2026, 5, 20, 10, 0, tzinfo=UTC)
DAY = timedelta(days=1)


@pytest.mark.parametrize(
    ("outcome", "tries", "now", "place", "again"),
    [
        (CallOutcome.REACHED, 1, WEDNESDAY, LONDON, None),
        (CallOutcome.WRONG_NUMBER, 1, WEDNESDAY, LONDON, None),
        (CallOutcome.DO_NOT_CALL, 1, WEDNESDAY, LONDON, None),
        (CallOutcome.VOICEMAIL, 1, WEDNESDAY, LONDON, WEDNESDAY + DAY),
        (CallOutcome.VOICEMAIL, 2, WEDNESDAY, LONDON, WEDNESDAY + DAY),
        (CallOutcome.VOICEMAIL, 3, WEDNESDAY, LONDON, None),
        # Friday; Monday is a bank holiday there.
        (CallOutcome.VOICEMAIL, 1, WEDNESDAY + 2 * DAY, LONDON, datetime(2026, 5, 26, 8, 0, tzinfo=UTC)),
        # Friday noon in Auckland, where Saturday begins while it is still Friday in London.
        (CallOutcome.VOICEMAIL, 1, datetime(2026, 5, 22, 0, 0, tzinfo=UTC), AUCKLAND,
         datetime(2026, 5, 25, 0, 0, tzinfo=UTC)),
        (CallOutcome.VOICEMAIL, 1, datetime(2026, 5, 21, 22, 0, tzinfo=UTC), AUCKLAND,
         datetime(2026, 5, 24, 21, 0, tzinfo=UTC)),
    ],
)  # fmt: skip
def test_nobody_answered_is_tried_again_on_a_working_day_of_theirs(
    outcome: str, tries: int, now: datetime, place: Whereabouts, again: datetime | None
) -> None:
    assert following(outcome, tries=tries, now=now, place=place, hours=OFFICE).due_at == again


@given(
    st.integers(0, 700 * 24 * 60).map(lambda minutes: WEDNESDAY + timedelta(minutes=minutes)),
    st.sampled_from([LONDON, AUCKLAND]),
    st.integers(1, MOST_TRIES - 1),
)
def test_another_try_is_never_on_the_same_day_nor_outside_their_hours(
    now: datetime, place: Whereabouts, tries: int
) -> None:
    again = following(CallOutcome.VOICEMAIL, tries=tries, now=now, place=place, hours=OFFICE).due_at
    assert again is not None
    assert again >= now + DAY
    there = again.astimezone(ZoneInfo(place.zones[0]))
    assert there.weekday() < 5
    assert 9 <= there.hour < 18


def test_called_back_at_the_moment_they_named_however_often() -> None:
    at = WEDNESDAY + timedelta(days=3, hours=9)
    found = following(CallOutcome.CALL_BACK, tries=7, now=WEDNESDAY, back_at=at, place=LONDON, hours=OFFICE)
    assert found.due_at == at


@pytest.mark.parametrize(
    ("back_at", "sentence"),
    [
        (None, "Say when they want to be called back."),
        (WEDNESDAY, "That moment is over. Choose a later one."),
        (WEDNESDAY + LONGEST_CALL_BACK + DAY, "That is more than 90 days ahead. Choose an earlier moment."),
        (WEDNESDAY + DAY, ""),
    ],
)
def test_a_moment_to_be_called_back_at_lies_ahead_and_not_too_far(back_at: datetime | None, sentence: str) -> None:
    assert why_not_back_at(back_at, WEDNESDAY) == sentence


def test_a_refusal_reads_like_one_of_a_call() -> None:
    refusal = Refusal("consent", "They did not agree to calls. Nothing was sent.", Consequence.SUPPRESS)
    assert as_call(refusal) == Refusal("consent", "They did not agree to calls.", Consequence.SUPPRESS)
    assert as_call(None) is None
