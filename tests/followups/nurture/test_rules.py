"""The slow rhythm of nurture, case by case: when a message may be written, what it is like, and when it is over."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from followups.rules import DEFAULT_CADENCE, SentAttempt, decide, nurture_over, nurture_state, slow_touch
from followups.rules.evidence import Evidence, Planned
from tests.followups.evidence import E_MAIL, NOW, SECOND, ago, day, note, quiet, touch

ENDED = "Nurture ended: two messages, the last on 14 February 2024, and no answer."
CADENCE = replace(DEFAULT_CADENCE, nurture_every_days=90, nurture_most=2)


def nurtured(*nurture_days_ago: float, last_touch: float = 100, **facts: Any) -> Evidence:
    """Written to twice without an answer and may fit later; a note of yesterday says what there is to tell."""
    attempts = (
        SentAttempt(ago(last_touch + 20), "quote_unanswered"),
        SentAttempt(ago(last_touch), "new_material"),
        *(SentAttempt(ago(days), "owner_note", "nurture") for days in nurture_days_ago),
    )
    given = {
        "touches": (touch(1, ago(last_touch + 40)),),
        "attempts": attempts,
        "notes": (note(9, ago(1)),),
        "future_fit": True,
        **facts,
    }
    return quiet(**given)


def slow(evidence: Evidence, cadence: Any = CADENCE, *, chosen: bool = False) -> Any:
    return slow_touch(evidence, cadence, decide(evidence, cadence, NOW), NOW, chosen=chosen)


def test_it_is_the_last_follow_up_that_leaves_the_door_open() -> None:
    found = slow(nurtured())
    last = CADENCE.follow_up(2)
    assert last is not None
    assert (found.step.kind, found.step.angle, found.step.word_limit) == ("nurture", last.angle, last.word_limit)
    assert (found.step.pressure, found.number, found.channel) == (1, 1, "email")
    assert found.useful_reason.key == "note:9"
    assert found.due_at == ago(10)


def test_a_person_reads_every_one() -> None:
    never = replace(CADENCE, steps=tuple(replace(step, review_policy="never") for step in CADENCE.steps))
    assert slow(nurtured(), never).review_reasons == ("second_silence", "policy")
    strategic = nurtured(strategic=True, value=CADENCE.high_value_threshold)
    assert slow(strategic).review_reasons == ("strategic", "high_value", "second_silence", "policy")


@pytest.mark.parametrize(
    ("evidence", "written"),
    [
        (nurtured(last_touch=90), True),
        (nurtured(last_touch=90, notes=()), False),
        (nurtured(spent=frozenset({"note:9"})), False),
        (replace(nurtured(), attempts=(SentAttempt(ago(120)), SentAttempt(ago(90) + SECOND))), False),
        (nurtured(touches=(touch(1, ago(140)), touch(2, ago(20)))), False),
        (nurtured(91, last_touch=200), True),
        (nurtured(89, last_touch=200), False),
        (nurtured(181, 91, last_touch=300), False),
    ],
    ids=[
        "the wait is just over", "nothing to say", "said already", "a second too soon", "we wrote by hand lately",
        "the second, as late as the first", "the second, too soon", "enough were sent",
    ],
)  # fmt: skip
def test_rarely_with_a_reason_and_not_for_ever(evidence: Evidence, written: bool) -> None:
    assert (slow(evidence) is not None) is written


@pytest.mark.parametrize(
    "facts",
    [
        {"stage": "lost"},
        {"channels": (replace(E_MAIL, suppressed_by=("opted_out",)),)},
        {"channels": (replace(E_MAIL, hard_bounced=True),)},
        {"channels": (replace(E_MAIL, consent="no"),)},
        {"touches": (touch(1, ago(140)), touch(2, ago(3), "in"))},
        {"touches": (touch(1, ago(140)), touch(2, ago(3), "in", "out_of_office", returns_on=day(-9)))},
        {"planned": (Planned(1, "meeting", "Demo", NOW + timedelta(days=2)),)},
        {"paused": True},
        {"owner_id": None},
    ],
    ids=["lost", "opted out", "bounced", "no consent", "answered", "away", "meeting ahead", "paused", "unowned"],
)  # fmt: skip
@pytest.mark.parametrize("chosen", [False, True], ids=["by the table", "by a person"])
def test_every_stop_comes_first(facts: dict[str, Any], chosen: bool) -> None:
    evidence = nurtured(**facts)
    decision = decide(evidence, CADENCE, NOW)
    assert slow_touch(evidence, CADENCE, decision, NOW, chosen=chosen) is None
    assert nurture_over(evidence, CADENCE, decision, NOW, chosen=chosen) == ""


def test_what_a_person_moved_there_has_the_rhythm_too() -> None:
    evidence = nurtured(future_fit=False)
    assert decide(evidence, CADENCE, NOW).kind == "close_out"
    assert slow(evidence) is None
    assert slow(evidence, chosen=True).number == 1


def test_it_spends_no_attempt_of_the_cadence_but_counts_for_the_gap() -> None:
    before, after = nurtured(last_touch=200), nurtured(95, last_touch=200)
    assert [decide(one, CADENCE, NOW).attempts for one in (before, after)] == [2, 2]
    fresh = decide(nurtured(3, last_touch=200), CADENCE, NOW)
    assert (fresh.kind, fresh.reasons) == ("wait", ("too_soon",))


@pytest.mark.parametrize(
    ("evidence", "cadence", "sentence"),
    [
        (nurtured(181, 91, last_touch=300), CADENCE, ENDED),
        (nurtured(180, 89, last_touch=300), CADENCE, ""),
        (nurtured(91, last_touch=300), CADENCE, ""),
        (nurtured(), replace(CADENCE, nurture_most=0), ""),
        (nurtured(181, 91, last_touch=300, woken_at=ago(100)), CADENCE, ""),
    ],
    ids=["both unanswered", "the last is still waited for", "one is left", "a cadence without", "taken back since"],
)  # fmt: skip
def test_it_ends_after_the_last_message_had_its_time(evidence: Evidence, cadence: Any, sentence: str) -> None:
    assert nurture_over(evidence, cadence, decide(evidence, cadence, NOW), NOW) == sentence


def test_an_answer_begins_the_count_anew() -> None:
    answered = nurtured(
        400, 300, last_touch=500, touches=(touch(1, ago(540)), touch(2, ago(250), "in"), touch(3, ago(240)))
    )
    state = nurture_state(answered, CADENCE, NOW)
    assert (state.sent, state.most, state.last_at, state.not_before) == (0, 2, ago(240), ago(150))
