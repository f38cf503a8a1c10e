"""Which rule fits a lead, and who is next."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from followups.rules.assigning import OwnerRule, Taker, ToAssign, covers, hand_out, next_in_turn, rule_for

NORTH = OwnerRule(10, territory="North", owner_id=1)
FAIRS = OwnerRule(20, source="Fair", team_id=7)
ACME = OwnerRule(30, account_id=5, owner_id=2)
REST = OwnerRule(90, team_id=8, most_open=3)
RULES = (NORTH, FAIRS, ACME, REST)


@pytest.mark.parametrize(
    ("lead", "rule"),
    [
        (ToAssign(1, territory="North"), NORTH),
        (ToAssign(1, territory="  nORTH "), NORTH),
        (ToAssign(1, territory="North", source="Fair", account_id=5), NORTH),
        (ToAssign(1, territory="South", source="fair"), FAIRS),
        (ToAssign(1, account_id=5), ACME),
        (ToAssign(1, territory="Northern"), REST),
        (ToAssign(1), REST),
    ],
)
def test_the_first_rule_that_fits_decides(lead: ToAssign, rule: OwnerRule) -> None:
    assert rule_for(RULES, lead) == rule


def test_without_a_rule_that_fits_nobody_gets_it_and_the_sentence_says_what_to_do() -> None:
    answer = hand_out([ToAssign(1)], [NORTH], {1: Taker(1)}, {})[1]
    assert answer.owner_id is None
    assert "Add one" in answer.why_not


@pytest.mark.parametrize(
    ("people", "most", "taker"),
    [
        ([Taker(1, open_leads=3), Taker(2, open_leads=2)], 0, 2),
        ([Taker(1, open_leads=2, last_given=9), Taker(2, open_leads=2, last_given=4)], 0, 2),
        ([Taker(1, open_leads=2, last_given=9), Taker(2, open_leads=2)], 0, 2),
        ([Taker(2), Taker(1)], 0, 1),
        ([Taker(1, open_leads=5), Taker(2, open_leads=6)], 6, 1),
        ([Taker(1, open_leads=6), Taker(2, open_leads=7)], 6, None),
        ([], 0, None),
    ],
)
def test_who_is_next(people: list[Taker], most: int, taker: int | None) -> None:
    found = next_in_turn(people, most)
    assert (found.id if found else None) == taker


def test_the_turn_goes_round_within_one_handing_out() -> None:
    people = {1: Taker(1, last_given=3), 2: Taker(2, last_given=1), 3: Taker(3, last_given=2)}
    answers = hand_out([ToAssign(n) for n in range(6)], [OwnerRule(1, team_id=7)], people, {7: [1, 2, 3]})
    assert [answers[n].owner_id for n in range(6)] == [2, 3, 1, 2, 3, 1]


@pytest.mark.parametrize(
    ("rule", "teams", "words"),
    [
        (OwnerRule(4, owner_id=9), {}, "the person it names can not take leads"),
        (OwnerRule(4, team_id=9), {}, "anybody in its team can not take leads"),
        (OwnerRule(4, owner_id=1, most_open=2), {}, "Ida Berg has 2 open leads already"),
        (OwnerRule(4, team_id=7, most_open=2), {7: [1]}, "everybody in its team has 2 open leads already"),
    ],
)
def test_nobody_free_is_said_and_no_later_rule_is_asked(
    rule: OwnerRule, teams: dict[int, list[int]], words: str
) -> None:
    people = {1: Taker(1, "Ida Berg", open_leads=2), 2: Taker(2, "Tobias")}
    answer = hand_out([ToAssign(1)], [rule, OwnerRule(5, owner_id=2)], people, teams)[1]
    assert answer.owner_id is None
    assert words in answer.why_not
    assert "Rule 4" in answer.why_not


@given(
    busy=st.lists(st.integers(0, 6), min_size=1, max_size=5),
    most=st.integers(0, 6),
    leads=st.integers(0, 20),
)
def test_nobody_gets_more_than_allowed_and_the_load_ends_as_even_as_it_can(
    busy: list[int], most: int, leads: int
) -> None:
    people = {n: Taker(n, open_leads=load) for n, load in enumerate(busy, 1)}
    answers = hand_out(
        [ToAssign(n) for n in range(leads)], [OwnerRule(1, team_id=1, most_open=most)], people, {1: list(people)}
    )
    given_to = [answer.owner_id for answer in answers.values() if answer.owner_id is not None]
    after = {n: people[n].open_leads + given_to.count(n) for n in people}
    got = [after[n] for n in people if n in given_to]
    assert all(load <= most for load in got) or not most
    assert all(load <= min(after.values()) + 1 for load in got)
    room = sum(max(0, most - load) for load in busy) if most else leads
    assert len(given_to) == min(leads, room)


@pytest.mark.parametrize(
    ("one", "other", "does"),
    [
        (OwnerRule(1), NORTH, True),
        (NORTH, OwnerRule(1), False),
        (NORTH, OwnerRule(2, territory="north", source="Fair"), True),
        (NORTH, OwnerRule(2, territory="South"), False),
        (ACME, OwnerRule(2, account_id=5, territory="North"), True),
        (ACME, OwnerRule(2, account_id=6), False),
    ],
)
def test_a_rule_that_covers_a_later_one_leaves_it_nothing(one: OwnerRule, other: OwnerRule, does: bool) -> None:
    assert covers(one, other) is does
