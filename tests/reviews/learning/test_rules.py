"""What decisions speak for: tables of figures, and texts that become wording again. No database."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reviews.rules import count_changed, count_words
from reviews.rules.learning import (
    ENOUGH,
    ByScore,
    Learned,
    about_asking,
    about_threshold,
    about_wording,
    most_typical,
    with_placeholders,
)
from reviews.states import SuggestionKind


def learned(**figures: Any) -> Learned:
    return Learned(group="template:1", name="A quote", **figures)


@pytest.mark.parametrize(
    ("figures", "kind"),
    [
        ({}, None),
        ({"edited": ENOUGH - 1}, None),
        ({"edited": ENOUGH}, SuggestionKind.CHANGE_WORDING),
        ({"edited": 12, "unchanged": 8}, None),
        ({"edited": 16, "unchanged": 4}, SuggestionKind.CHANGE_WORDING),
        ({"edited": 60, "unchanged": 40}, SuggestionKind.CHANGE_WORDING),
        ({"refused": 8, "unchanged": 12}, None),
        ({"refused": 12, "unchanged": 8}, SuggestionKind.RETIRE_WORDING),
        # What is refused that often is no matter of a few words.
        ({"refused": 30, "edited": 30}, SuggestionKind.RETIRE_WORDING),
        ({"for_the_person": 500, "edited": 3}, None),
    ],
)
def test_a_wording_is_doubted_only_when_the_whole_interval_speaks_against_it(
    figures: dict[str, int], kind: SuggestionKind | None
) -> None:
    found = about_wording(learned(**figures))
    assert (found.kind if found else None) == kind


@pytest.mark.parametrize(
    ("figures", "kind"),
    [
        ({"unchanged": 40, "only_asked": 40}, SuggestionKind.ASK_LESS),
        # Twenty of twenty could still be four of five.
        ({"unchanged": 20, "only_asked": 20}, None),
        # A strategic account is read whatever the step says.
        ({"unchanged": 40, "only_asked": 39}, None),
        ({"unchanged": 20, "edited": 20, "unread": 3}, SuggestionKind.ASK_MORE),
        ({"unchanged": 20, "edited": 20, "unread": 0}, None),
        ({"unchanged": 36, "refused": 4, "unread": 3}, None),
        ({"edited": ENOUGH - 1, "unread": 3}, None),
    ],
)
def test_asking_less_or_more(figures: dict[str, int], kind: SuggestionKind | None) -> None:
    found = about_asking(learned(**figures))
    assert (found.kind if found else None) == kind


@pytest.mark.parametrize(
    ("refused_below", "below", "refused_above", "above", "suggested"),
    [
        (15, 25, 2, 27, True),
        (15, 25, 12, 27, False),
        (15, 19, 0, 50, False),
        (2, 27, 15, 25, False),
        (0, 30, 0, 30, False),
    ],
)
def test_a_threshold_is_raised_only_when_the_halves_differ_clearly(
    refused_below: int, below: int, refused_above: int, above: int, suggested: bool
) -> None:
    found = about_threshold(
        ByScore(group="playbook:1", name="Win back", score=60, refused_below=refused_below, below=below,
                refused_above=refused_above, above=above)
    )  # fmt: skip
    assert (found is not None) is suggested
    if found:
        assert found.sentence.startswith("Below a score of 60, 15 of 25 messages were refused; from it on, 2 of 27.")


def test_a_suggestion_says_what_it_rests_on() -> None:
    found = about_wording(learned(edited=16, unchanged=4, share=0.25))
    assert found is not None
    assert (
        found.sentence == "16 of 20 approved messages were changed first, mostly 25% of the words. Change the wording."
    )
    assert (found.evidence["share"], found.evidence["between"]) == ("80%", "58 to 92%")
    assert found.key == "change_wording:template:1"


@settings(max_examples=20, deadline=None)
@given(*[st.integers(0, 200)] * 3)
def test_more_of_the_same_never_takes_a_suggestion_back(unchanged: int, edited: int, refused: int) -> None:
    """Where so many decisions speak for something, three times as many do."""
    few = about_wording(learned(unchanged=unchanged, edited=edited, refused=refused))
    many = about_wording(learned(unchanged=3 * unchanged, edited=3 * edited, refused=3 * refused))
    assert few is None or many is not None


WORDING = "Your question\nHello {first_name|},\n\nit is {offer} for {account_name|you}.\n\n{sender_name}"
SAID = "Your question\nHello Marta,\n\nit is 15 EUR for Northlight Studio.\n\nOlivia Owens"


@pytest.mark.parametrize(
    ("text", "general"),
    [
        (SAID, WORDING),
        (
            "Marta, for Northlight Studio it is 15 EUR.\nOlivia Owens",
            "{first_name|}, for {account_name|you} it is {offer}.\n{sender_name}",
        ),
        # A name within another word is no name.
        ("Hello Martas", "Hello Martas"),
        ("Good morning", "Good morning"),
    ],
)  # fmt: skip
def test_a_text_for_one_becomes_wording_for_all(text: str, general: str) -> None:
    assert with_placeholders(WORDING, SAID, text) == general


@pytest.mark.parametrize("said", ["Something else", SAID.replace("Hello", "Dear"), SAID + "\nP.S."])
def test_what_cannot_be_told_apart_is_left_out(said: str) -> None:
    """Or the name of one person might stand in the wording for all."""
    assert with_placeholders(WORDING, said, "Hello Marta") is None


def test_a_value_that_is_missing_is_no_value() -> None:
    assert with_placeholders("Hello {first_name|},", "Hello,", "Good morning, Hello") == "Good morning, Hello"


def test_the_most_typical_text_is_nearest_to_the_others() -> None:
    texts = ["a b c d", "a b c e", "a b c", "x y z"]
    assert most_typical(texts) == "a b c"
    assert most_typical([]) == ""


@pytest.mark.parametrize(
    ("before", "after", "changed"),
    [("a b c", "a b c", 0), ("a b c", "a x c", 1), ("a b c", "a c", 1), ("a b", "a b c d", 2), ("", "a b", 2),
     ("a\n\nb", "a b", 0), ("a b c d", "x b c y", 2), ("a b c", "", 3)],
)  # fmt: skip
def test_words_changed(before: str, after: str, changed: int) -> None:
    assert count_changed(before, after) == changed


@settings(max_examples=50, deadline=None)
@given(st.text("ab \n", max_size=60), st.text("ab \n", max_size=60))
def test_no_more_words_change_than_there_are(before: str, after: str) -> None:
    found = count_changed(before, after)
    assert found <= count_words(before) + count_words(after)
    assert (found == 0) is (before.split() == after.split())
