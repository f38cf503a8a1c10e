"""Who stands in for somebody away, and how work is shared out."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reviews.rules.standing_in import Team, share_out, who_stands_in
from staff.states import HandOverRule

ANA, BO, CHRIS, DEE = 1, 2, 3, 4
MANAGER, TEAM, NOBODY = HandOverRule.MANAGER, HandOverRule.TEAM, HandOverRule.NOBODY


@pytest.mark.parametrize(
    ("substitute", "rule", "manager", "there", "who"),
    [
        # Whoever they named comes first, whatever the team says.
        (BO, NOBODY, DEE, {BO, CHRIS, DEE}, (BO,)),
        # One who is away or may not do it is passed over.
        (BO, MANAGER, DEE, {CHRIS, DEE}, (DEE,)),
        (BO, NOBODY, DEE, {CHRIS, DEE}, ()),
        (None, MANAGER, DEE, {BO, CHRIS, DEE}, (DEE,)),
        (None, TEAM, DEE, {BO, CHRIS, DEE}, (BO, CHRIS)),
        # Where the one is not there, the other.
        (None, MANAGER, DEE, {BO, CHRIS}, (BO, CHRIS)),
        (None, TEAM, DEE, {DEE}, (DEE,)),
        (None, MANAGER, None, {CHRIS}, (CHRIS,)),
        # A manager who is away does not stand in for herself, and nobody for nobody.
        (None, MANAGER, ANA, {ANA, BO}, (BO,)),
        (None, TEAM, DEE, set(), ()),
        (None, NOBODY, DEE, {BO, DEE}, ()),
    ],
)
def test_who_stands_in(
    substitute: int | None, rule: HandOverRule, manager: int | None, there: set[int], who: tuple[int, ...]
) -> None:
    team = Team(rule, manager, [CHRIS, ANA, BO])
    assert who_stands_in(away=ANA, substitute=substitute, team=team, there=there) == who


def test_without_a_team_only_a_named_substitute_does() -> None:
    assert who_stands_in(away=ANA, substitute=None, team=None, there={BO}) == ()
    assert who_stands_in(away=ANA, substitute=BO, team=None, there={BO}) == (BO,)


def test_the_least_loaded_gets_the_next_one() -> None:
    rows = [(row, (BO, CHRIS)) for row in range(5)]
    assert list(share_out(rows=rows, loads={BO: 2, CHRIS: 0}).values()) == [CHRIS, CHRIS, BO, CHRIS, BO]


def test_what_two_teams_share_out_to_one_person_counts_for_both() -> None:
    rows = [(1, (BO,)), (2, (BO,)), (3, (BO, CHRIS)), (4, (BO, CHRIS)), (5, (BO, CHRIS)), (6, ())]
    assert share_out(rows=rows, loads={}) == {1: BO, 2: BO, 3: CHRIS, 4: CHRIS, 5: BO}


@given(
    st.lists(st.lists(st.sampled_from([ANA, BO, CHRIS, DEE]), min_size=1, unique=True).map(tuple), max_size=40),
    st.dictionaries(st.sampled_from([ANA, BO, CHRIS, DEE]), st.integers(0, 20)),
)
def test_everybody_gets_only_what_they_may_have_and_never_while_another_has_less(
    people: list[tuple[int, ...]], loads: dict[int, int]
) -> None:
    given_to = share_out(rows=list(enumerate(people)), loads=loads)
    have = dict(loads)
    for row, may in enumerate(people):
        person = given_to[row]
        assert person in may
        assert have.get(person, 0) == min(have.get(one, 0) for one in may)
        have[person] = have.get(person, 0) + 1
