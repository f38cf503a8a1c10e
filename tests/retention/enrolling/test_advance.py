"""A whole sweep as one function: who is let in, who waits, who takes over from whom."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

from retention.rules.experiments.draw import draw, wave
from retention.rules.playbooks.facts import Supply
from retention.rules.playbooks.world import Changes, Open, World
from retention.states import (
    Arm,
    Band,
    EnrolmentEnd,
    EnrolmentStatus,
    PlaybookMode,
    StepAudience,
    StepChannel,
    StepOutcome,
    StepPurpose,
    ValueTier,
    WorkKind,
)
from tests.retention.enrolling.making import NOW, PLENTY, hours, person, step, swept, version

NO_TIME = Supply(minutes={WorkKind.REVIEW: Decimal(0), WorkKind.CALL: Decimal(0)})
HIGH: dict[str, Any] = {"value_tier": ValueTier.HIGH}


def outcomes(changes: Changes) -> list[tuple[int, StepOutcome, str]]:
    return [(one.step.position, one.outcome, one.why) for one in changes.taken]


def test_first_step_is_taken_in_the_sweep_that_lets_somebody_in() -> None:
    changes, world, _ = swept(World(), [person()], [version()])
    assert [let.place for let in changes.begun] == [(1, 1)]
    assert [taken.outcome for taken in changes.taken] == [StepOutcome.DRAFTED]
    assert world.open[1, 1].state.status == EnrolmentStatus.ACTIVE
    assert world.open[1, 1].look_at == NOW + hours(8) + timedelta(microseconds=1)


def test_without_time_they_wait_and_then_end_and_have_a_rest() -> None:
    versions = [version()]
    first, world, left = swept(World(), [person(**HIGH)], versions, NO_TIME)
    assert [one.waits_for for one in first.waiting] == ["Waits for reviewing minutes: next in line."]
    again, same, _ = swept(world, [person(**HIGH)], versions, left, NOW + timedelta(days=6))
    assert again.nothing
    over, after_it, _ = swept(same, [person(**HIGH)], versions, left, NOW + timedelta(days=7))
    assert [one.end for one in over.ended] == [EnrolmentEnd.WAITED]
    assert over.refused == {1: "Playbook 1: They waited too long for it. Again from 19 May 2026."}
    back, _, _ = swept(after_it, [person(**HIGH)], versions, left, NOW + timedelta(days=14))
    assert [one.new for one in back.waiting] == [True]


def test_who_waits_goes_when_the_risk_does() -> None:
    versions = [version(bands=frozenset({Band.HIGH}))]
    _, world, left = swept(World(), [person(**HIGH)], versions, NO_TIME)
    changes, _, _ = swept(world, [person(band=Band.LOW, **HIGH)], versions, left)
    assert [(one.end, one.note) for one in changes.ended] == [(EnrolmentEnd.RECOVERED, "Their risk is low.")]
    assert changes.refused == {1: "Playbook 1: Their risk is low."}


def test_higher_priority_takes_over_and_what_the_lower_one_would_do_now_is_not_done() -> None:
    low = version(1, step(1, 0, 8), step(2, 24, 60), priority=10)
    high = version(2, priority=90, reasons_any=frozenset({"payment_failed"}))
    _, world, left = swept(World(), [person()], [low, high])
    world = replace(world, open={place: with_left_run(one) for place, one in world.open.items()})
    failed = person(reasons=("payment_failed",))
    changes, world, _ = swept(world, [failed], [low, high], left, NOW + hours(24))
    assert [(one.place, one.end, one.note) for one in changes.ended] == [
        ((1, 1), EnrolmentEnd.OVERTAKEN, "Playbook 2 took over.")
    ]
    assert [one.place for one in changes.taken] == [(1, 2)]
    assert list(world.open) == [(1, 2)]


def test_waiting_for_the_higher_one_leaves_the_lower_one_in_command() -> None:
    low, high = version(1, priority=10), version(2, priority=90, reasons_any=frozenset({"payment_failed"}))
    _, world, left = swept(World(), [person()], [low, high])
    full = replace(left, room={2: 0})
    failed = person(reasons=("payment_failed",))
    changes, world, _ = swept(world, [failed], [low, high], full)
    assert not changes.ended
    assert {place: one.state.status for place, one in world.open.items()} == {
        (1, 1): EnrolmentStatus.ACTIVE,
        (1, 2): EnrolmentStatus.WAITING,
    }
    # Let in, it takes over.
    changes, world, _ = swept(world, [failed], [low, high], left)
    assert [one.waited for one in changes.begun] == [True]
    assert list(world.open) == [(1, 2)]


def test_nobody_waits_in_two_places() -> None:
    low, high = version(1, priority=10), version(2, priority=90, reasons_any=frozenset({"payment_failed"}))
    _, world, left = swept(World(), [person(**HIGH)], [low, high], NO_TIME)
    failed = person(reasons=("payment_failed",), **HIGH)
    changes, world, _ = swept(world, [failed], [low, high], left)
    assert [(one.place, one.end, one.note) for one in changes.ended] == [
        ((1, 1), EnrolmentEnd.OVERTAKEN, "Playbook 2 goes first for them.")
    ]
    # The payment goes through: they wait for the lower one again, without a cooldown.
    changes, world, _ = swept(world, [person(**HIGH)], [low, high], left)
    assert [one.end for one in changes.ended] == [EnrolmentEnd.RECOVERED]
    assert list(world.open) == [(1, 1)]


def holdout(percent: int, arm: Arm) -> int:
    """A customer whom this arm is drawn for."""
    return next(pk for pk in range(1, 1000) if draw("salt", pk, percent) == arm)


def test_who_is_held_out_gets_nothing_until_the_window_is_over() -> None:
    rules = version(experiment_id=7, salt="salt", holdout_percent=20, window=timedelta(days=42))
    them = person(holdout(20, Arm.HOLDOUT))
    changes, world, left = swept(World(), [them], [rules])
    assert [(let.arm, let.expires_at) for let in changes.begun] == [(Arm.HOLDOUT, NOW + timedelta(days=42))]
    assert not changes.taken
    other = version(2, priority=90)
    before, world, left = swept(world, [them], [rules, other], left, NOW + timedelta(days=41))
    assert before.nothing
    over, world, _ = swept(world, [them], [rules], left, NOW + timedelta(days=42))
    assert [one.end for one in over.ended] == [EnrolmentEnd.WINDOW]
    assert not over.begun


def test_both_arms_take_the_places_of_a_pilot() -> None:
    rules = version(experiment_id=7, salt="salt", holdout_percent=20)
    treated, held_out = holdout(20, Arm.TREATED), holdout(20, Arm.HOLDOUT)
    late = max(treated, held_out) + 1
    people = [person(treated), person(held_out), person(late)]
    two = replace(PLENTY, room={1: 2})
    changes, world, left = swept(World(), people, [rules], two)
    assert {let.person.customer_id for let in changes.begun} == {treated, held_out}
    assert left.room == {1: 0}
    # Looked at part by part, those who come later find no place either.
    again, _, _ = swept(world, people, [rules], left)
    assert not again.begun


def test_something_urgent_reaches_who_is_held_out_and_marks_it() -> None:
    rules = version(experiment_id=7, salt="salt", holdout_percent=20)
    them = person(holdout(20, Arm.HOLDOUT))
    _, world, left = swept(World(), [them], [rules])
    urgent = version(2, priority=90, urgent=True)
    changes, world, _ = swept(world, [them], [rules, urgent], left)
    assert [(one.customer_id, one.experiment_id) for one in changes.crossed] == [(them.customer_id, 7)]
    assert {one.state.status for one in world.open.values()} == {EnrolmentStatus.HELD_OUT, EnrolmentStatus.ACTIVE}


def test_waves_begin_one_after_another() -> None:
    rules = version(experiment_id=7, salt="salt", staggered=True, waves=3, waves_from=NOW)
    third = next(pk for pk in range(1, 100) if wave("salt", pk, 3) == 3)
    changes, world, left = swept(World(), [person(third)], [rules])
    assert [one.waits_for for one in changes.waiting] == ["Begins with wave 3 of 3, from 19 May 2026."]
    assert [one.expires_at for one in changes.waiting] == [NOW + timedelta(days=21)]
    changes, _, _ = swept(world, [person(third)], [rules], left, NOW + timedelta(days=14))
    assert [(let.arm, let.wave) for let in changes.begun] == [(Arm.TREATED, 3)]


def test_a_paused_playbook_takes_nobody_in_and_keeps_who_waits() -> None:
    rules, lower = version(1, priority=90), version(2, priority=10, bands=frozenset({Band.LOW}))
    _, world, _left = swept(World(), [person(**HIGH)], [rules], NO_TIME)
    paused = replace(rules, paused=True)
    changes, world, _left = swept(world, [person(**HIGH)], [paused, lower])
    assert not changes.ended
    assert [one.waits_for for one in changes.waiting] == ["The playbook is paused: nobody enters."]
    changes, _, _ = swept(World(), [person()], [paused])
    assert changes.refused == {1: "Playbook 1: The playbook is paused."}
    open_to_all = replace(lower, bands=frozenset())
    changes, _, _ = swept(world, [person(**HIGH)], [paused, open_to_all])
    assert [one.end for one in changes.ended] == [EnrolmentEnd.OVERTAKEN]
    assert [let.place for let in changes.begun] == [(1, 2)]


def test_taken_out_of_force_ends_waiting_and_nothing_else() -> None:
    rules = version()
    _, world, left = swept(World(), [person(**HIGH)], [rules], NO_TIME)
    changes, _, _ = swept(world, [person(**HIGH)], [], left)
    assert [(one.end, one.note) for one in changes.ended] == [
        (EnrolmentEnd.RECOVERED, "The playbook was taken out of force.")
    ]
    assert changes.refused == {1: "No playbook is in force."}
    _, going, left = swept(World(), [person()], [rules])
    changes, _, _ = swept(going, [person()], [], left)
    assert not changes.ended


def test_who_waits_moves_to_the_next_version_with_the_time_waited() -> None:
    old = version()
    _, world, left = swept(World(), [person(**HIGH)], [old], NO_TIME)
    new = replace(old, version_id=11)
    changes, world, _ = swept(world, [person(**HIGH)], [new], left, NOW + timedelta(days=2))
    assert [(one.rules.version_id, one.fitted_at, one.new) for one in changes.waiting] == [(11, NOW, False)]
    assert world.open[1, 1].state.expires_at == NOW + timedelta(days=7)


def test_calls_need_somebody_with_time() -> None:
    calls = version(1, step(1), step(2, 72, 96, channel=StepChannel.CALL, audience=StepAudience.EVERYONE),
                    mode=PlaybookMode.SHADOW)  # fmt: skip
    _, world, left = swept(World(), [person()], [calls])
    at = NOW + hours(72)
    nobody = Supply(minutes={WorkKind.REVIEW: Decimal(60)})
    changes, _, _ = swept(world, [person()], [calls], nobody, at)
    assert outcomes(changes) == [(2, StepOutcome.SKIPPED, "Nobody has time set for calls.")]
    busy = replace(PLENTY, minutes={**PLENTY.minutes, WorkKind.CALL: Decimal(5)})
    changes, waiting, _ = swept(world, [person()], [calls], busy, at)
    assert not changes.taken
    assert changes.looks == {(1, 1): at + hours(1)}
    changes, _, _ = swept(waiting, [person()], [calls], busy, NOW + hours(97))
    assert [one.outcome for one in changes.taken] == [StepOutcome.MISSED]
    changes, _, left = swept(world, [person()], [calls], PLENTY, at)
    assert [one.outcome for one in changes.taken] == [StepOutcome.SHADOWED]
    assert left.minutes[WorkKind.CALL] == Decimal(9_988)


def test_calls_at_one_moment_share_the_time_there_is() -> None:
    calls = version(1, step(1), step(2, 72, 96, channel=StepChannel.CALL), mode=PlaybookMode.SHADOW)
    people = [person(pk) for pk in range(1, 6)]
    _, world, _ = swept(World(), people, [calls])
    two = replace(PLENTY, minutes={WorkKind.REVIEW: Decimal(0), WorkKind.CALL: Decimal(30)})
    changes, _, left = swept(world, people, [calls], two, NOW + hours(72))
    assert len(changes.taken) == 2
    assert left.minutes[WorkKind.CALL] == Decimal(6)


def test_offers_end_with_the_budget_and_below_the_value_that_carries_them() -> None:
    offer = step(1, purpose=StepPurpose.OFFER, incentive=Decimal(20))
    rules = version(1, offer, offer_budget=Decimal(50), offer_min_clv=Decimal(100))
    people = [person(pk, clv=Decimal(200)) for pk in range(1, 5)] + [person(9, clv=Decimal(99))]
    changes, world, _ = swept(World(offers_spent={1: Decimal(10)}), people, [rules])
    assert sorted(one.outcome for one in changes.taken) == [StepOutcome.DRAFTED] * 2 + [StepOutcome.SKIPPED] * 3
    assert world.offers_spent == {1: Decimal(50)}


def test_what_was_promised_goes_before_who_is_new() -> None:
    rules = version(1, step(1), step(2, 24, 48), mode=PlaybookMode.SHADOW)
    _, world, _ = swept(World(), [person(1, **HIGH)], [rules])
    one_only = Supply(minutes={WorkKind.REVIEW: Decimal("1.5"), WorkKind.CALL: Decimal(0)})
    changes, _, _ = swept(world, [person(1, **HIGH), person(2, **HIGH)], [rules], one_only, NOW + hours(24))
    assert [one.place for one in changes.taken] == [(1, 1)]
    assert [one.place for one in changes.waiting] == [(2, 1)]


def with_left_run(one: Open) -> Open:
    """As if its message had left at once."""
    runs = tuple(replace(run, waits=False) for run in one.state.runs)
    return replace(one, state=replace(one.state, runs=runs))
