"""What holds for any people, playbooks, capacity and course of events."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from retention.rules.playbooks.advance import advance
from retention.rules.playbooks.facts import Person, Rules, Step, Supply
from retention.rules.playbooks.steps import gap
from retention.rules.playbooks.world import DONE, Changes, Open, World, after, left_of
from retention.states import (
    Arm,
    Band,
    EnrolmentStatus,
    PlaybookMode,
    StepAudience,
    StepChannel,
    StepCondition,
    StepPurpose,
    StepReview,
    ValueTier,
    WorkKind,
)
from tests.retention.enrolling.making import ALL_OPEN, NOW, person, step, version

COMMANDING = {EnrolmentStatus.ACTIVE, EnrolmentStatus.PAUSED}
CUSTOMERS = range(1, 7)


@st.composite
def steps(draw: st.DrawFn, playbook_id: int) -> tuple[Step, ...]:
    """Any steps, also such as nobody would publish: windows that overlap, all on one channel, all at once."""
    made = []
    for position in range(1, draw(st.integers(1, 4)) + 1):
        earliest = draw(st.integers(0, 120))
        made.append(
            step(
                position,
                earliest,
                earliest + draw(st.integers(1, 72)),
                id=playbook_id * 100 + position,
                channel=draw(st.sampled_from(StepChannel)),
                condition=draw(st.sampled_from(StepCondition)),
                audience=draw(st.sampled_from(StepAudience)),
                review=draw(st.sampled_from(StepReview)),
                purpose=draw(st.sampled_from([StepPurpose.NUDGE, StepPurpose.OFFER])),
                incentive=Decimal(draw(st.integers(0, 20))),
            )
        )
    return tuple(made)


@st.composite
def versions(draw: st.DrawFn) -> list[Rules]:
    made = []
    for playbook_id in range(1, draw(st.integers(1, 3)) + 1):
        tried = draw(st.booleans())
        made.append(
            version(
                playbook_id,
                *draw(steps(playbook_id)),
                priority=draw(st.integers(0, 3)),
                bands=frozenset(draw(st.sets(st.sampled_from(Band)))),
                mode=draw(st.sampled_from(PlaybookMode)),
                urgent=draw(st.booleans()),
                paused=draw(st.integers(0, 5)) == 0,
                lasts=timedelta(days=draw(st.integers(1, 12))),
                window=timedelta(days=draw(st.integers(1, 12))),
                cooldown=timedelta(days=draw(st.integers(0, 20))),
                experiment_id=playbook_id if tried else None,
                salt="salt",
                holdout_percent=30,
                staggered=tried and draw(st.integers(0, 3)) == 0,
                waves=2,
                waves_from=NOW,
                offer_budget=draw(st.none() | st.just(Decimal(30))),
            )
        )
    return made


people = st.builds(
    lambda **given: given,
    band=st.sampled_from(Band),
    total=st.integers(0, 100),
    value_tier=st.sampled_from(ValueTier),
    monthly_revenue=st.integers(0, 90).map(Decimal),
    left=st.integers(0, 9).map(lambda n: n == 0),
    suppressed=st.integers(0, 9).map(lambda n: n == 0),
    app_user=st.booleans(),
    reach=st.sampled_from([ALL_OPEN, ALL_OPEN, ALL_OPEN, {"sms": ALL_OPEN["sms"]}, {}]),
    payment_failed_at=st.none() | st.just(NOW),
)
supplies = st.builds(
    Supply,
    minutes=st.fixed_dictionaries({}, optional={kind: st.integers(0, 40).map(Decimal) for kind in WorkKind}),
    quota=st.dictionaries(st.sampled_from(Band), st.integers(0, 4)),
    room=st.dictionaries(st.integers(1, 3), st.integers(0, 4)),
)


@dataclass
class Course:
    """A world as it goes on, with everything that was done to each enrolment since it began."""

    world: World
    done: dict[tuple[int, int, datetime | None], list[tuple[datetime, str]]]


@st.composite
def moments(draw: st.DrawFn) -> list[tuple[datetime, dict[int, Person], Supply, dict[str, Any]]]:
    """When it is swept, who is there and how, what time there is, and what else has come to pass before."""
    made, at = [], NOW
    for _ in range(draw(st.integers(1, 8))):
        at += timedelta(minutes=draw(st.integers(0, 4000)))
        found = {pk: person(pk, **draw(people)) for pk in CUSTOMERS if draw(st.integers(0, 4))}
        happened = {
            "left": draw(st.sets(st.integers(0, 20))),
            "goal": draw(st.sets(st.sampled_from(CUSTOMERS), max_size=1)),
            "active": draw(st.sets(st.sampled_from(CUSTOMERS), max_size=2)),
            "pause": draw(st.sets(st.sampled_from(CUSTOMERS), max_size=1)),
        }
        made.append((at, found, draw(supplies), happened))
    return made


def happen(world: World, happened: dict[str, Any], at: datetime) -> World:
    """Messages leave, goals are met, people are active, a colleague pauses: all that a sweep only hears of."""
    still: dict[tuple[int, int], Open] = {}
    for number, (place, one) in enumerate(sorted(world.open.items())):
        state = one.state
        if number in happened["left"]:
            state = replace(state, runs=tuple(replace(run, waits=False, at=at) if run.waits else run
                                              for run in state.runs))  # fmt: skip
        if state.started_at is not None and at > state.started_at:
            if place[0] in happened["goal"]:
                state = replace(state, goal_at=state.goal_at or at)
            if place[0] in happened["active"]:
                state = replace(state, active_at=state.active_at or at)
            if place[0] in happened["pause"] and state.status == EnrolmentStatus.ACTIVE:
                state = replace(state, status=EnrolmentStatus.PAUSED)
        still[place] = replace(one, state=state)
    return replace(world, open=still)


def check_world(world: World) -> None:
    commanded = Counter(pk for (pk, _), one in world.open.items() if one.state.status in COMMANDING)
    waiting = Counter(pk for (pk, _), one in world.open.items() if one.state.status == EnrolmentStatus.WAITING)
    assert not commanded or max(commanded.values()) == 1
    assert not waiting or max(waiting.values()) == 1
    for one in world.open.values():
        if one.state.status == EnrolmentStatus.HELD_OUT:
            assert one.state.arm == Arm.HOLDOUT
            assert not one.state.runs


def check_steps(world: World, before: World, changes: Changes, at: datetime) -> None:
    acted = [taken for taken in changes.taken if taken.outcome in DONE]
    assert max(Counter(taken.place[0] for taken in acted).values(), default=0) <= 1
    for taken in acted:
        state = world.open[taken.place].state
        assert state.started_at is not None
        assert state.started_at + taken.step.earliest <= at <= state.started_at + taken.step.latest
        assert at < state.expires_at
        known = before.open[taken.place].state.runs if taken.place in before.open else ()
        assert taken.step.id not in {run.step_id for run in known}
        # What it took back at this moment reached nobody.
        back = {one.step.id for one in changes.taken if one.place == taken.place and one.again}
        for run in known:
            if run.outcome in DONE and run.step_id not in back:
                assert not run.waits
                assert at - run.at >= gap(run.channel, taken.channel)


@given(versions(), moments())
def test_any_course_of_events(made: list[Rules], course: list[Any]) -> None:
    """One in command, one step at a time, inside its window and after its gap, nothing for who is held out, nobody
    forgotten; and asked again, the same answer.
    """
    world = World()
    for at, found, supply, happened in course:
        world = happen(world, happened, at)
        changes = advance(world, found, made, supply, at)
        then = after(world, changes, at)
        check_world(then)
        check_steps(then, world, changes, at)
        for customer_id in found:
            places = [one for (pk, _), one in then.open.items() if pk == customer_id]
            assert bool(places) != bool(changes.refused.get(customer_id))
            for one in places:
                assert (one.state.status == EnrolmentStatus.WAITING) == bool(one.waits_for)
                assert one.look_at is not None
                assert one.look_at > at
        left = left_of(supply, changes)
        again = advance(then, found, made, left, at)
        # Nothing happens twice. Only the words may change of what somebody waits for, since others took their share.
        assert not (again.ended)
        assert not (again.begun)
        assert not (again.taken)
        assert not (again.crossed)
        assert not (again.looks)
        assert not any(one.new for one in again.waiting)
        assert again.refused == changes.refused
        assert advance(after(then, again, at), found, made, left_of(left, again), at).nothing
        world = then


@given(versions(), moments(), supplies)
def test_everything_comes_to_an_end(made: list[Rules], course: list[Any], supply: Supply) -> None:
    """Looked at whenever it asks to be, with nobody fitting any more, each enrolment ends within its time."""
    world = World()
    for at, found, some, happened in course:
        world = happen(world, happened, at)
        world = after(world, advance(world, found, made, some, at), at)
    calm = {pk: person(pk, reach={}) for pk in CUSTOMERS}
    last = max((one.state.expires_at for one in world.open.values()), default=course[-1][0])
    looks = 0
    while world.open:
        at = min(one.look_at for one in world.open.values() if one.look_at is not None)
        assert at <= last
        world = after(world, advance(world, calm, made, supply, at), at)
        looks += 1
        assert looks < 3000


@given(versions(), st.dictionaries(st.sampled_from(CUSTOMERS), people, min_size=1), supplies)
def test_supply_is_never_overdrawn(made: list[Rules], found: dict[int, Any], supply: Supply) -> None:
    changes = advance(World(), {pk: person(pk, **one) for pk, one in found.items()}, made, supply, NOW)
    left = left_of(supply, changes)
    assert all(minutes >= 0 for minutes in left.minutes.values())
    assert all(places >= 0 for places in (*left.quota.values(), *left.room.values()))
