"""Who begins when there is not time for everybody, and what the others are told."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import islice

import pytest
from hypothesis import given
from hypothesis import strategies as st

from retention.rules.playbooks.facts import Demand, Person, Rules, Supply, Worth
from retention.rules.playbooks.throttle import HORIZON_MONTHS, choose, worth
from retention.states import Band, WorkKind

NOW = datetime(2026, 5, 13, 12, tzinfo=UTC)
REVIEW, CALL = WorkKind.REVIEW, WorkKind.CALL


def expecting(value: Decimal) -> Worth:
    return Worth(risk=Decimal(1), value=value, uplift=Decimal(1), known=False, expected=value)


def demand(
    customer: int,
    expected: float = 10,
    *,
    call: float = 0,
    review: float = 0,
    band: Band = Band.HIGH,
    playbook: int = 1,
    days: float = 0,
    **more: bool,
) -> Demand:
    return Demand(
        customer_id=customer,
        playbook_id=playbook,
        band=band,
        priority=50,
        worth=expecting(Decimal(str(expected))),
        minutes={REVIEW: Decimal(str(review)), CALL: Decimal(str(call))},
        fitted_at=NOW - timedelta(days=days),
        **more,
    )


def supply(review: float = 1000, call: float = 1000, **more: dict[object, object]) -> Supply:
    return Supply(minutes={REVIEW: Decimal(str(review)), CALL: Decimal(str(call))}, **more)  # type: ignore[arg-type]


def begun(demands: Sequence[Demand], have: Supply) -> list[int]:
    return [one.customer_id for one in choose(demands, have).begin]


def waits(demands: Sequence[Demand], have: Supply) -> dict[int, str]:
    return {customer: sentence for (customer, _), sentence in choose(demands, have).wait.items()}


def test_what_somebody_is_worth_is_shown_factor_by_factor() -> None:
    person = Person(customer_id=1, contact_id=1, total=65, monthly_revenue=Decimal("49.90"))
    rules = Rules(version_id=1, playbook_id=1, name="a-v1", title="A", steps=(), uplift=Decimal("0.035"), measured=True)
    found = worth(person, rules)
    assert HORIZON_MONTHS == 3
    assert found == Worth(
        risk=Decimal("0.65"),
        value=Decimal("149.70"),
        uplift=Decimal("0.035"),
        known=True,
        expected=Decimal("3.4057"),  # 0.65 × 149.70 × 0.035 = 3.405675
    )


def test_of_a_thousand_the_best_120_begin_and_everybody_else_is_told_their_place() -> None:
    chance = random.Random(6)
    people = [demand(number, chance.randrange(1, 400) / 4, call=12) for number in range(1000)]
    chance.shuffle(people)
    chosen = choose(people, supply(call=120 * 12))
    by_rule = sorted(people, key=lambda one: (-one.worth.expected, one.customer_id))
    assert list(chosen.begin) == by_rule[:120]
    assert set(chosen.wait) == {(one.customer_id, 1) for one in by_rule[120:]}
    assert [chosen.wait[one.customer_id, 1] for one in islice(by_rule, 120, 123)] == [
        "Waits for call minutes: next in line.",
        "Waits for call minutes: 1 other goes first.",
        "Waits for call minutes: 2 others go first.",
    ]
    assert chosen.wait[by_rule[-1].customer_id, 1] == "Waits for call minutes: 879 others go first."


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (demand(2, 1, call=1, urgent=True), demand(1, 99, call=1)),
        (demand(2, 10.0001, call=1), demand(1, 10, call=1)),
        (demand(2, 10, call=1, band=Band.HIGH), demand(1, 10, call=1, band=Band.MEDIUM)),
        (demand(2, 10, call=1, band=Band.MEDIUM), demand(1, 10, call=1, band=Band.LOW)),
        (demand(2, 10, call=1, days=1), demand(1, 10, call=1)),
        (demand(1, 10, call=1), demand(2, 10, call=1)),
    ],
    ids=["urgent", "expected value", "high before medium", "medium before low", "fitted earlier", "smaller id"],
)
def test_the_order_is_the_shown_one(first: Demand, second: Demand) -> None:
    assert begun([second, first], supply(call=1)) == [first.customer_id]


def test_small_work_does_not_starve_who_needs_more_but_other_work_goes_on() -> None:
    big, small, reader = demand(1, 30, call=30), demand(2, 20, call=5), demand(3, 10, review=2)
    assert begun([big, small, reader], supply(call=20)) == [3]
    assert waits([big, small, reader], supply(call=20)) == {
        1: "Waits for call minutes: next in line.",
        2: "Waits for call minutes: 1 other goes first.",
    }


def test_who_can_never_begin_holds_up_nobody() -> None:
    giant, small = demand(1, 30, call=90), demand(2, 20, call=5)
    have = supply(call=20, whole={REVIEW: Decimal(1000), CALL: Decimal("48.0")})
    assert begun([giant, small], have) == [2]
    assert waits([giant], have) == {1: "Needs 90 call minutes, and the days promised have 48."}
    away = supply(call=0, whole={CALL: Decimal(0)})
    assert waits([small], away) == {2: "Nobody has time for calls in the days promised."}
    assert waits([small], Supply(minutes={REVIEW: Decimal(9)})) == {2: "Nobody has time set for calls."}


def test_quota_of_a_band_and_room_of_a_pilot_hold() -> None:
    high = [demand(number, 50 - number) for number in range(3)]
    low = [demand(number, 5, band=Band.LOW) for number in range(10, 13)]
    have = supply(quota={Band.HIGH: 1})
    assert begun(high + low, have) == [0, 10, 11, 12]
    assert waits(high + low, have)[2] == "Waits for the weekly quota of high risk: 1 other goes first."
    pilot = [demand(number, 50 - number, playbook=7) for number in range(3)]
    assert begun(pilot + low, supply(room={7: 2})) == [0, 1, 10, 11, 12]
    assert waits(pilot, supply(room={7: 2})) == {2: "Waits for room in the pilot: next in line."}


def test_who_waits_for_room_does_not_keep_minutes_from_others() -> None:
    pilot, other = demand(1, 50, call=30, playbook=7), demand(2, 5, call=10)
    assert begun([pilot, other], supply(call=10, room={7: 0})) == [2]


def test_held_out_people_cost_no_minutes_and_are_drawn_only_while_treated_ones_are_let_in() -> None:
    people = [demand(number, 100 - number, call=10, holdout=number in (1, 5)) for number in range(6)]
    assert begun(people, supply(call=30, quota={Band.HIGH: 3})) == [0, 1, 2, 3]
    assert begun(people, supply(room={1: 3})) == [0, 1, 2]


def test_one_customer_begins_once_however_many_playbooks_fit() -> None:
    twice = [demand(1, 20, playbook=1), demand(1, 30, playbook=2)]
    chosen = choose(twice, supply())
    assert [one.playbook_id for one in chosen.begin] == [2]
    assert chosen.wait == {(1, 1): "Another playbook begins for this customer."}


MINUTES = st.integers(0, 6).map(Decimal)
DEMAND = st.builds(
    Demand,
    customer_id=st.just(0),
    playbook_id=st.integers(1, 3),
    band=st.sampled_from(Band),
    priority=st.just(50),
    worth=st.integers(0, 4).map(Decimal).map(expecting),
    minutes=st.fixed_dictionaries({REVIEW: MINUTES, CALL: MINUTES}),
    fitted_at=st.integers(0, 2).map(lambda days: NOW - timedelta(days=days)),
    urgent=st.booleans(),
    holdout=st.booleans(),
)
DEMANDS = st.lists(DEMAND, max_size=14).map(lambda many: [replace(one, customer_id=n) for n, one in enumerate(many)])
SUPPLY = st.builds(
    Supply,
    minutes=st.fixed_dictionaries({REVIEW: st.integers(0, 30).map(Decimal), CALL: st.integers(0, 30).map(Decimal)}),
    quota=st.dictionaries(st.sampled_from(Band), st.integers(0, 4)),
    room=st.dictionaries(st.integers(1, 3), st.integers(0, 4)),
)


def in_order(demands: Sequence[Demand]) -> list[Demand]:
    """The rule in other words than those of the code."""
    rank = {Band.HIGH: 0, Band.MEDIUM: 1, Band.LOW: 2}
    found = sorted(demands, key=lambda one: one.customer_id)
    found.sort(key=lambda one: one.fitted_at)
    found.sort(key=lambda one: rank[one.band])
    found.sort(key=lambda one: one.worth.expected, reverse=True)
    found.sort(key=lambda one: one.urgent, reverse=True)
    return found


@given(DEMANDS, SUPPLY)
def test_nobody_is_forgotten_and_nothing_is_given_out_twice(demands: list[Demand], have: Supply) -> None:
    chosen = choose(demands, have)
    begin = [(one.customer_id, one.playbook_id) for one in chosen.begin]
    assert sorted([*begin, *chosen.wait]) == sorted((one.customer_id, one.playbook_id) for one in demands)
    assert all(sentence.endswith(".") and len(sentence) <= 200 for sentence in chosen.wait.values())
    treated = [one for one in chosen.begin if not one.holdout]
    for kind in WorkKind:
        assert sum(one.minutes[kind] for one in treated) <= have.minutes[kind]
    bands = Counter(one.band for one in treated)
    playbooks = Counter(one.playbook_id for one in chosen.begin)
    assert all(bands[band] <= most for band, most in have.quota.items())
    assert all(playbooks[playbook] <= most for playbook, most in have.room.items())


@given(DEMANDS, SUPPLY)
def test_nobody_begins_with_what_somebody_before_them_waits_for(demands: list[Demand], have: Supply) -> None:
    chosen = choose(demands, have)
    begun = {one.customer_id for one in chosen.begin}
    assert [one.customer_id for one in chosen.begin] == [
        d.customer_id for d in in_order(demands) if d.customer_id in begun
    ]
    waited: set[str] = set()
    for one in in_order(demands):
        uses = {f"pilot {one.playbook_id}", f"quota {one.band}", *(kind for kind in WorkKind if one.minutes[kind])}
        if one.customer_id in begun:
            assert not uses & waited
            continue
        sentence = chosen.wait[one.customer_id, one.playbook_id]
        waited.add(
            f"pilot {one.playbook_id}"
            if "pilot" in sentence
            else f"quota {one.band}"
            if "quota" in sentence
            else CALL
            if "call minutes" in sentence
            else REVIEW
        )


@given(DEMANDS, SUPPLY, st.integers(0, 9), st.integers(0, 9))
def test_with_more_minutes_the_first_whose_fate_changes_begins(
    demands: list[Demand], have: Supply, review: int, call: int
) -> None:
    more = replace(have, minutes={REVIEW: have.minutes[REVIEW] + review, CALL: have.minutes[CALL] + call})
    before, after = set(begun(demands, have)), set(begun(demands, more))
    changed = [
        one.customer_id for one in in_order(demands) if (one.customer_id in before) != (one.customer_id in after)
    ]
    assert not changed or changed[0] in after


@given(DEMANDS, SUPPLY, st.integers(0, 9))
def test_where_everybody_needs_the_same_work_more_of_it_takes_nobody_out(
    demands: list[Demand], have: Supply, extra: int
) -> None:
    same = [replace(one, minutes={CALL: one.minutes[CALL] + 1}) for one in demands]
    more = replace(have, minutes={CALL: have.minutes[CALL] + extra})
    assert set(begun(same, replace(have, minutes={CALL: have.minutes[CALL]}))) <= set(begun(same, more))


@given(DEMANDS, SUPPLY, st.randoms())
def test_the_order_they_come_in_does_not_matter(demands: list[Demand], have: Supply, chance: random.Random) -> None:
    mixed = list(demands)
    chance.shuffle(mixed)
    assert choose(mixed, have) == choose(demands, have)
