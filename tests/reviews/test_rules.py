"""The pure rules: word diffs, places in the queue."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from reviews.rules import (
    Change,
    QueuePlace,
    place_from_text,
    place_to_text,
    word_diff,
)


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        ("", "", []),
        ("the same", "the same", [Change("the same")]),
        ("", "new", [Change("new", "ins")]),
        ("old", "", [Change("old", "del")]),
        (
            "Would Tuesday at ten suit you?",
            "Would Friday at ten suit you?",
            [Change("Would "), Change("Tuesday ", "del"), Change("Friday ", "ins"), Change("at ten suit you?")],
        ),
        ("one two", "one two three", [Change("one "), Change("two", "del"), Change("two three", "ins")]),
        ("a b c d", "a c d", [Change("a "), Change("b ", "del"), Change("c d")]),
    ],
)
def test_word_diff(before: str, after: str, expected: list[Change]) -> None:
    assert word_diff(before, after) == expected


@given(st.text(max_size=200), st.text(max_size=200))
def test_a_word_diff_holds_both_texts(before: str, after: str) -> None:
    changes = word_diff(before, after)
    assert "".join(change.text for change in changes if change.kind != "ins") == before
    assert "".join(change.text for change in changes if change.kind != "del") == after
    assert {change.kind for change in changes} <= ({""} if before == after else {"", "ins", "del"})


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("a " * 10_000, "b " * 10_000),
        ("a " * 10_000, "a b " * 5_000),
        ("x " + "a b " * 240 + "y", "z " + "b a " * 240 + "w"),
    ],
)
def test_a_word_diff_of_the_longest_texts_is_quick(before: str, after: str) -> None:
    began = time.process_time()
    changes = word_diff(before, after)
    assert time.process_time() - began < 2
    assert "".join(change.text for change in changes if change.kind != "del") == after


@given(
    st.builds(
        QueuePlace,
        rank_at=st.datetimes(timezones=st.just(UTC)),
        id=st.integers(0, 10**18 - 1),
    )
)
def test_a_place_comes_back_from_its_address(place: QueuePlace) -> None:
    assert place_from_text(place_to_text(place)) == place


@given(st.one_of(st.text(), st.from_regex(r"-?[0-9]{0,20}_[0-9]{0,20}", fullmatch=True)))
@example("999999999999999999_1")
@example("-999999999999999999_1")
@example("0_1_2")
@example("१_१")
@example("1_2\n")
@example("\x00")
def test_an_address_typed_by_hand_is_a_place_or_none(text: str) -> None:
    place = place_from_text(text)
    if place is not None:
        assert place_from_text(place_to_text(place)) == place


def test_a_place_keeps_microseconds() -> None:
    place = QueuePlace(datetime(2026, 1, 1, tzinfo=UTC) + timedelta(microseconds=1), 9)
    assert place_from_text(place_to_text(place)) == place
