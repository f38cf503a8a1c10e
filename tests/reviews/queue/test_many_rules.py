"""Which messages may be approved together."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reviews.rules import MOST_AT_ONCE, Candidate, missing_reads, why_not_together

READ = Candidate(id=1, opened=True)
CLOSES = "It closes a conversation. Such a message is approved by itself."
STRATEGIC = "The account is strategic. Its messages are approved one by one."
HIGH = "The deal is of high value. Its messages are approved one by one."
OFFER = "It makes an offer. Such a message is approved by itself."
PRICE = "Somebody changed a price in it. Such a message is approved by itself."
SAME = Candidate(id=1, wording="7")


@pytest.mark.parametrize(
    ("changes", "read", "why"),
    [
        ({"opened": True}, 0, ""),
        ({"opened": True, "wording": "7"}, 0, ""),
        ({}, 99, "Somebody changed the text, and you have not read it. Open it first."),
        ({"wording": "7"}, 3, ""),
        ({"wording": "7"}, 2, "Read it, or one more message with this wording."),
        ({"wording": "7"}, 0, "Read it, or 3 more messages with this wording."),
        ({"opened": True, "findings": {"note"}}, 0, ""),
        ({"opened": True, "findings": {"note", "review"}}, 9, "A check asks for a look at it. Open it and decide."),
        ({"wording": "7", "findings": {"block", "review"}}, 9, "A check stops this text. Open it and change the text."),
        ({"opened": True, "closes": True}, 9, CLOSES),
        ({"opened": True, "review_reasons": {"close_loop"}}, 9, CLOSES),
        ({"opened": True, "review_reasons": {"strategic"}}, 9, STRATEGIC),
        ({"opened": True, "review_reasons": {"high_value"}}, 9, HIGH),
        ({"opened": True, "review_reasons": {"offer"}}, 9, OFFER),
        ({"opened": True, "review_reasons": {"first_message"}}, 0, ""),
        ({"opened": True, "price_edited": True}, 9, PRICE),
    ],
)
def test_one_message(changes: dict[str, Any], read: int, why: str) -> None:
    facts: dict[str, Any] = {
        name: frozenset(value) if isinstance(value, set) else value for name, value in changes.items()
    }
    refused = why_not_together([Candidate(id=1, **facts)], {"7": read})
    assert refused == ({1: why} if why else {})


@pytest.mark.parametrize(("chosen", "read", "missing"), [(1, 0, 3), (30, 3, 0), (31, 3, 1), (100, 9, 1), (100, 10, 0)])
def test_a_tenth_of_a_wording_is_read_and_three_at_least(chosen: int, read: int, missing: int) -> None:
    assert missing_reads(chosen, read) == missing
    refused = why_not_together([replace(SAME, id=number) for number in range(chosen)], {"7": read})
    assert len(refused) == (chosen if missing else 0)


def test_what_is_approved_by_itself_counts_for_no_wording_and_for_no_hundred() -> None:
    alone = [replace(SAME, id=number, closes=True) for number in range(50)]
    rest = [replace(SAME, id=100 + number) for number in range(30)]
    assert why_not_together(alone + rest, {"7": 3}).keys() == {one.id for one in alone}
    many = [replace(READ, id=100 + number) for number in range(MOST_AT_ONCE + 2)]
    assert why_not_together(alone + many, {}).keys() == {one.id for one in alone} | {200, 201}


candidates = st.builds(
    Candidate,
    id=st.integers(0, 10**6),
    findings=st.frozensets(st.sampled_from(["note", "review", "block"])),
    review_reasons=st.frozensets(st.sampled_from(["close_loop", "strategic", "high_value", "offer", "policy"])),
    closes=st.booleans(),
    price_edited=st.booleans(),
    wording=st.sampled_from(["", "7", "8"]),
    opened=st.booleans(),
)


@given(st.lists(candidates, max_size=150, unique_by=lambda one: one.id), st.integers(0, 20))
def test_nothing_is_approved_that_nobody_read(chosen: list[Candidate], read: int) -> None:
    refused = why_not_together(chosen, {"7": read})
    let = [one for one in chosen if one.id not in refused]
    assert len(let) <= MOST_AT_ONCE
    for one in let:
        assert not one.findings & {"review", "block"}
        assert not one.review_reasons & {"close_loop", "strategic", "high_value", "offer"}
        assert not one.closes
        assert not one.price_edited
        assert one.opened or (one.wording == "7" and read >= 3)
