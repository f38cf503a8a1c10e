"""When silence opens, what counts as an attempt, and when each trigger holds, to the second."""

from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

import pytest

from followups.rules import (
    DEFAULT_CADENCE,
    Evidence,
    SentAttempt,
    Waits,
    find_trigger,
    next_working_day,
    read_silence,
)
from tests.followups.evidence import NOW, SECOND, ago, day, quiet, touch


def midnight(on: date) -> datetime:
    return datetime(on.year, on.month, on.day, tzinfo=UTC)


def trigger(evidence: Evidence, at: datetime = NOW) -> str | None:
    found = find_trigger(evidence, DEFAULT_CADENCE, read_silence(evidence, at))
    return None if found is None else found.trigger.value


@pytest.mark.parametrize(
    ("facts", "opening", "attempts"),
    [
        ({"touches": ()}, None, 0),
        ({"touches": (touch(1, ago(8)),)}, ago(8), 0),
        ({"touches": (touch(2, ago(6)), touch(1, ago(8)))}, ago(8), 1),
        # an answer of theirs closes the silence before it
        ({"touches": (touch(1, ago(20)), touch(2, ago(9), "in"), touch(3, ago(8)))}, ago(8), 0),
        ({"touches": (touch(1, ago(20)), touch(2, ago(9), "in", "out_of_office"))}, ago(20), 0),
        ({"touches": (touch(1, ago(20)), touch(2, ago(9), "in", "auto_reply"), touch(3, ago(8)))}, ago(20), 1),
        # automatic messages of ours are no touches of ours
        ({"touches": (touch(1, ago(20), kind="auto_reply"), touch(2, ago(8)))}, ago(8), 0),
        # at equal instants ours is the later one
        ({"touches": (touch(1, ago(8), "in"), touch(2, ago(8)))}, ago(8), 0),
        # messages, questions, answers and calls are attempts; quotes, proposals and notes are not
        ({"touches": (touch(1, ago(8)), touch(2, ago(7), kind="question"))}, ago(8), 1),
        ({"touches": (touch(1, ago(8)), touch(2, ago(7), kind="answer"))}, ago(8), 1),
        ({"touches": (touch(1, ago(8)), touch(2, ago(7), kind="call"))}, ago(8), 1),
        ({"touches": (touch(1, ago(8)), touch(2, ago(7), kind="quote"))}, ago(8), 0),
        ({"touches": (touch(1, ago(8)), touch(2, ago(7), kind="proposal"))}, ago(8), 0),
        ({"touches": (touch(1, ago(8)), touch(2, ago(7), kind="note"))}, ago(8), 0),
        # dates count as touches of ours, at their first moment
        ({"touches": (), "quote_sent_on": day(9)}, midnight(day(9)), 0),
        ({"touches": (), "proposal_sent_on": day(9)}, midnight(day(9)), 0),
        ({"touches": (), "last_touch_at": ago(9)}, ago(9), 0),
        ({"touches": (touch(1, ago(7)),), "last_touch_at": ago(9)}, ago(9), 1),
        ({"touches": (touch(1, ago(9)),), "last_touch_at": ago(7)}, ago(9), 0),
        # the imported last touch and the message it stands for are one
        ({"touches": (touch(1, ago(9)),), "last_touch_at": ago(9)}, ago(9), 0),
        ({"touches": (touch(1, ago(9)), touch(2, ago(9)))}, ago(9), 0),
        ({"touches": (touch(1, ago(9)), touch(2, ago(9) + SECOND))}, ago(9), 1),
        # what is still ahead is left out
        ({"touches": (touch(1, NOW + SECOND),)}, None, 0),
        ({"touches": (touch(1, NOW),)}, NOW, 0),
        ({"touches": (), "quote_sent_on": day(-1)}, None, 0),
        ({"touches": (), "proposal_sent_on": day(-1)}, None, 0),
        ({"touches": (), "last_touch_at": NOW + SECOND}, None, 0),
        ({"touches": (touch(1, ago(8)), touch(2, NOW + SECOND, "in"))}, ago(8), 0),
        # what happens this very moment, or today, counts
        ({"touches": (), "quote_sent_on": day(0)}, midnight(day(0)), 0),
        ({"touches": (), "proposal_sent_on": day(0)}, midnight(day(0)), 0),
        ({"touches": (), "last_touch_at": NOW}, NOW, 0),
        ({"attempts": (SentAttempt(NOW),)}, ago(8), 1),
        # our own messages
        ({"attempts": (SentAttempt(ago(7)),)}, ago(8), 1),
        ({"attempts": (SentAttempt(NOW + SECOND),)}, ago(8), 0),
        ({"touches": (), "attempts": (SentAttempt(ago(7)), SentAttempt(ago(6)))}, ago(7), 1),
        # the touch that records a sent message is that message
        ({"touches": (touch(1, ago(8)), touch(5, ago(7))), "attempts": (SentAttempt(ago(7), touch_id=5),)}, ago(8), 1),
    ],
)
def test_opening_and_attempts(facts: dict[str, Any], opening: datetime | None, attempts: int) -> None:
    silence = read_silence(quiet(**facts), NOW)
    assert (silence.opening, silence.attempts) == (opening, attempts)


QUOTED = (touch(1, ago(7), kind="quote"),)
TALKED = (touch(1, ago(60), "in"), touch(2, ago(50), "in", "question"), touch(3, ago(10)))


@pytest.mark.parametrize(
    ("facts", "due_at", "name", "before"),
    [
        ({"touches": (touch(1, ago(5)),)}, NOW, "no_reply", None),
        ({"touches": (), "last_touch_at": ago(5)}, NOW, "no_reply", None),
        ({"touches": TALKED}, NOW, "stalled_conversation", "no_reply"),
        ({"touches": QUOTED}, NOW, "unanswered_quote", "no_reply"),
        ({"touches": (touch(1, ago(7), kind="proposal"),)}, NOW, "quiet_proposal", "no_reply"),
        ({"touches": (), "quote_sent_on": day(7)}, midnight(day(0)), "unanswered_quote", "no_reply"),
        ({"touches": (), "proposal_sent_on": day(7)}, midnight(day(0)), "quiet_proposal", "no_reply"),
        # the quote waits from its own date, not from the opening
        ({"touches": (touch(1, ago(30)), touch(2, ago(7), kind="quote"))}, NOW, "unanswered_quote", "no_reply"),
        # of two quotes the later one counts
        ({"touches": (touch(2, ago(7), kind="quote"),), "quote_sent_on": day(30)}, NOW, "unanswered_quote", "no_reply"),
        # a missed next step waits a day from the opening, or from its own day where nothing of ours went before
        ({"touches": (touch(1, ago(1)),), "next_step_on": day(1)}, NOW, "missed_next_step", None),
        ({"touches": (), "next_step_on": day(1)}, midnight(day(0)), "missed_next_step", None),
    ],
)
def test_a_trigger_holds_from_the_second_its_wait_is_over(
    facts: dict[str, Any], due_at: datetime, name: str, before: str | None
) -> None:
    lead = quiet(**facts)
    assert trigger(lead, due_at) == name
    assert trigger(lead, due_at - SECOND) == before
    found = find_trigger(lead, DEFAULT_CADENCE, read_silence(lead, due_at))
    assert found is not None
    assert found.due_at == due_at


@pytest.mark.parametrize(
    ("facts", "name"),
    [
        ({"next_step_on": day(1), "quote_sent_on": day(9)}, "missed_next_step"),
        ({"quote_sent_on": day(9), "proposal_sent_on": day(9)}, "unanswered_quote"),
        ({"proposal_sent_on": day(9), "touches": TALKED}, "quiet_proposal"),
        ({"touches": TALKED}, "stalled_conversation"),
        ({"next_step_on": day(0)}, "no_reply"),
        # one answer of theirs is no conversation
        ({"touches": (touch(1, ago(60), "in"), touch(3, ago(10)))}, "no_reply"),
        ({"touches": (touch(1, ago(60), "in"), touch(2, ago(59), "in", "auto_reply"), touch(3, ago(10)))}, "no_reply"),
        # answered offers trigger nothing; an offer at the very instant of their answer is still open
        ({"touches": (touch(1, ago(9), kind="quote"), touch(2, ago(8), "in"))}, None),
        ({"touches": (touch(1, ago(9), kind="quote"), touch(2, ago(9), "in"))}, "unanswered_quote"),
        ({"touches": (touch(1, ago(9)), touch(2, ago(8), "in"))}, None),
        ({"touches": ()}, None),
    ],
)
def test_the_first_trigger_that_holds_names_the_case(facts: dict[str, Any], name: str | None) -> None:
    assert trigger(quiet(**facts)) == name


def test_a_missed_next_step_counts_from_the_day_after_it() -> None:
    lead = quiet(touches=(touch(1, ago(30)),), next_step_on=day(1))
    assert trigger(lead, midnight(day(0))) == "missed_next_step"
    assert trigger(lead, midnight(day(0)) - SECOND) == "no_reply"


def test_each_cadence_sets_its_own_waits() -> None:
    patient = replace(DEFAULT_CADENCE, waits=Waits(no_reply=9))
    lead = quiet()
    assert find_trigger(lead, patient, read_silence(lead, NOW)) is None
    assert find_trigger(lead, patient, read_silence(lead, ago(-1))) is not None


@pytest.mark.parametrize(
    ("after", "expected"),
    [
        (date(2024, 5, 16), date(2024, 5, 17)),
        (date(2024, 5, 17), date(2024, 5, 20)),
        (date(2024, 5, 18), date(2024, 5, 20)),
        (date(2024, 5, 19), date(2024, 5, 20)),
        (date(2024, 12, 31), date(2025, 1, 1)),
        (date.max, date.max),
    ],
)
def test_next_working_day(after: date, expected: date) -> None:
    assert next_working_day(after) == expected


@pytest.mark.parametrize(
    ("attempts", "expected"),
    [
        ((), ""),
        ((SentAttempt(ago(7), "owner_note"),), "owner_note"),
        ((SentAttempt(ago(6), "owner_note"), SentAttempt(ago(7), "new_material")), "owner_note"),
        # one without a recorded reason does not hide the one before it
        ((SentAttempt(ago(7), "owner_note"), SentAttempt(ago(6))), "owner_note"),
        # the opening is no attempt, nor is what went before it
        ((SentAttempt(ago(8), "owner_note"),), ""),
    ],
)
def test_the_last_reason_is_that_of_this_silence(attempts: tuple[SentAttempt, ...], expected: str) -> None:
    assert read_silence(quiet(attempts=attempts), NOW).last_reason_kind == expected
