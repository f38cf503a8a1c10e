"""How many messages one person gets, and which of two goes first."""

from __future__ import annotations

from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from outreach.rules import Cap, Departed, Rival, may_send, why_not_send, wins
from outreach.rules.sending import full
from outreach.rules.sending.collision import first_of
from outreach.states import Flow
from tests.outreach.sending.facts import CAPS, DAY, GOOD, HOUR, NOW, RIVAL, a_rival, changed, departed


@pytest.mark.parametrize(
    ("ages", "caps", "free_in"),
    [
        ([], CAPS, None),
        ([1], CAPS, 23),
        ([24], CAPS, None),
        ([25, 50, 75], CAPS, 7 * 24 - 75),
        ([1, 50, 75], CAPS, 7 * 24 - 75),
        ([1, 160, 167], CAPS, 23),
        ([25, 50, 75, 100], CAPS, 7 * 24 - 75),
        ([25, 50], CAPS, None),
        ([1, 2], (Cap("", 2, 1),), 22),
        ([1], (Cap("sms", 1, 1),), None),
        ([1], (), None),
    ],
)
def test_when_there_is_room_again(ages: list[int], caps: tuple[Cap, ...], free_in: int | None) -> None:
    found = full([Departed(NOW - age * HOUR, "email") for age in ages], caps, "email", NOW)
    assert (found and found.free_at) == (NOW + free_in * HOUR if free_in is not None else None)


@given(departed, st.lists(st.builds(Cap, st.just(""), st.integers(1, 3), st.integers(1, 9)), max_size=3))
def test_when_there_is_room_there_is_and_just_before_there_is_not(left: tuple[Departed, ...], caps: list[Cap]) -> None:
    found = full(left, caps, "email", NOW)
    if found is None:
        for cap in caps:
            assert len([one for one in left if one.at > NOW - cap.days * DAY]) < cap.most
    else:
        assert full(left, caps, "email", found.free_at) is None
        assert full(left, caps, "email", found.free_at - HOUR / 3600) is not None


def test_the_words_of_a_cap() -> None:
    said = [
        full([Departed(NOW, "sms")] * 3, [cap], "sms", NOW).sentence  # type: ignore[union-attr]
        for cap in (Cap("", 1, 1), Cap("", 3, 7), Cap("sms", 1, 2), Cap("sms", 2, 1))
    ]
    assert said == [
        "They got 1 message within 1 day, which is the most we send.",
        "They got 3 messages within 7 days, which is the most we send.",
        "They got 1 message by SMS within 2 days, which is the most we send.",
        "They got 2 messages by SMS within 1 day, which is the most we send.",
    ]


OURS = GOOD.as_rival


@pytest.mark.parametrize(
    ("other", "we_win", "rule"),
    [
        ({"flow": Flow.SERVICE, "priority": -9}, False, "A service message goes first."),
        ({"flow": Flow.PLAYBOOK, "priority": 9}, True, "The follow-up of a lead goes first."),
        ({"reason_kind": "unanswered_question", "priority": -9}, False, "The answer to their question goes first."),
        ({"priority": 1}, False, "The one with the higher priority goes first."),
        ({"priority": -1}, True, "The one with the higher priority goes first."),
        ({"decided_at": NOW - 2 * HOUR}, False, "The one that was approved earlier goes first."),
        ({"decided_at": NOW}, True, "The one that was approved earlier goes first."),
        ({"decided_at": None}, True, "The one that was approved earlier goes first."),
        ({"decided_at": OURS.decided_at}, True, "The one that was written earlier goes first."),
        ({"decided_at": OURS.decided_at, "draft_id": 6}, False, "The one that was written earlier goes first."),
    ],
)
def test_which_of_two_goes_first(other: dict[str, object], we_win: bool, rule: str) -> None:
    theirs = changed(RIVAL, **other)
    assert wins(OURS, theirs) == (we_win, rule)
    assert wins(theirs, OURS) == (not we_win, rule)


@given(st.lists(a_rival, min_size=2, max_size=4, unique_by=lambda one: one.draft_id))
def test_one_of_several_is_first_whoever_is_asked(rivals: list[Rival]) -> None:
    firsts = {first_of(one[0], one[1:]) or one[0] for one in permutations(rivals)}
    assert len(firsts) == 1


def test_the_loser_waits_until_the_winner_left_and_there_is_room_again() -> None:
    in_an_hour = changed(RIVAL, not_before=NOW + HOUR)
    refusal = why_not_send(changed(GOOD, rivals=(in_an_hour,)))
    assert refusal is not None
    assert refusal.not_before == NOW + HOUR + DAY
    alone = why_not_send(changed(GOOD, rivals=(in_an_hour,), caps=()))
    assert alone is not None
    assert alone.not_before == NOW + HOUR
    assert may_send(changed(GOOD, rivals=(changed(in_an_hour, not_before=NOW + DAY + HOUR),)))
