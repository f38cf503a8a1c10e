"""What comes next for somebody in a playbook, row by row (mission.md 3.3)."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from contacts.states import Channel
from retention.rules.playbooks.facts import Run
from retention.rules.playbooks.steps import MoveKind, asks_a_person, gap, is_for, next_move, several
from retention.states import (
    EnrolmentEnd,
    EnrolmentStatus,
    StepAudience,
    StepChannel,
    StepCondition,
    StepOutcome,
    StepPurpose,
    StepReview,
    ValueTier,
)
from tests.retention.enrolling.making import NOW, hours, person, run, step, under_way, version

EMAIL = {"channel": StepChannel.EMAIL}
THREE = version(1, step(1, 0, 8), step(2, 36, 60, **EMAIL), step(3, 120, 168, channel=StepChannel.CALL))
END = NOW + timedelta(days=30)
DRAFTED: dict[str, Any] = {"outcome": StepOutcome.DRAFTED, "waits": True}
INSTANT = timedelta(microseconds=1)


@pytest.mark.parametrize(
    ("runs", "at", "kind", "position", "until"),
    [
        ((), NOW, MoveKind.DO, 1, None),
        ((), NOW + hours(8), MoveKind.DO, 1, None),
        ((), NOW + hours(8) + INSTANT, MoveKind.MISS, 1, None),
        ((run(1, NOW),), NOW, MoveKind.WAIT, None, NOW + hours(36)),
        ((run(1, NOW),), NOW + hours(36), MoveKind.DO, 2, None),
        # The text message left late: twelve hours must pass in truth.
        ((run(1, NOW + hours(30)),), NOW + hours(36), MoveKind.WAIT, None, NOW + hours(42)),
        ((run(1, NOW + hours(50)),), NOW + hours(36), MoveKind.MISS, 2, None),
        # Two days before a person calls.
        ((run(1, NOW), run(2, NOW + hours(60), channel="email")), NOW + hours(120), MoveKind.DO, 3, None),
        ((run(1, NOW), run(2, NOW + hours(90), channel="email")), NOW + hours(120), MoveKind.WAIT, None,
         NOW + hours(138)),
        # What reached nobody makes nobody wait.
        ((run(1, NOW + hours(30), outcome=StepOutcome.SKIPPED),), NOW + hours(36), MoveKind.DO, 2, None),
        ((run(1, NOW + hours(30), outcome=StepOutcome.WITHDRAWN),), NOW + hours(36), MoveKind.DO, 2, None),
        # While a draft waits, nothing else is done. It is looked at when its window is over.
        ((run(1, NOW, **DRAFTED),), NOW + hours(1), MoveKind.WAIT, None, NOW + hours(8) + INSTANT),
        ((run(1, NOW, **DRAFTED),), NOW + hours(8), MoveKind.WAIT, None, NOW + hours(8) + INSTANT),
        ((run(1, NOW, **DRAFTED),), NOW + hours(8) + INSTANT, MoveKind.WITHDRAW, 1, None),
        ((run(1, NOW), run(2, NOW, channel="email"), run(3, NOW, channel="call")), NOW + hours(200), MoveKind.WAIT,
         None, END),
    ],
)  # fmt: skip
def test_steps_in_their_windows(
    runs: tuple[Run, ...], at: datetime, kind: MoveKind, position: int | None, until: datetime | None
) -> None:
    move = next_move(under_way(*runs), THREE, person(), at)
    assert (move.kind, move.step.position if move.step else None, move.until) == (kind, position, until)


@pytest.mark.parametrize(
    ("them", "state", "at", "end"),
    [
        ({"left": True}, {"goal_at": NOW}, NOW, EnrolmentEnd.LEFT),
        ({"suppressed": True}, {"goal_at": NOW}, NOW, EnrolmentEnd.SUPPRESSED),
        ({}, {"goal_at": NOW, "status": EnrolmentStatus.PAUSED}, NOW, EnrolmentEnd.GOAL),
        ({}, {"goal_at": NOW}, END, EnrolmentEnd.GOAL),
        ({}, {}, END, EnrolmentEnd.EXPIRED),
        ({}, {"status": EnrolmentStatus.PAUSED}, END, EnrolmentEnd.EXPIRED),
        ({}, {"runs": (run(1, NOW), run(2, NOW), run(3, NOW))}, END, EnrolmentEnd.COMPLETED),
        ({}, {"runs": (run(1, NOW), run(2, NOW), run(3, NOW, **DRAFTED))}, END, EnrolmentEnd.EXPIRED),
        # Whoever is held out stays so to the end of the window, whatever happens.
        ({"left": True}, {"status": EnrolmentStatus.HELD_OUT, "goal_at": NOW}, END, EnrolmentEnd.WINDOW),
    ],
)
def test_ends(them: dict[str, Any], state: dict[str, Any], at: datetime, end: EnrolmentEnd) -> None:
    runs = state.pop("runs", ())
    move = next_move(under_way(*runs, **state), THREE, person(**them), at)
    assert (move.kind, move.end) == (MoveKind.END, end)


@pytest.mark.parametrize(
    ("state", "paused"),
    [
        ({"status": EnrolmentStatus.PAUSED}, False),
        ({}, True),
        ({"status": EnrolmentStatus.HELD_OUT}, False),
        ({"status": EnrolmentStatus.WAITING, "started_at": None}, False),
    ],
)
def test_who_gets_nothing_now(state: dict[str, Any], paused: bool) -> None:
    rules = version(1, *THREE.steps, paused=paused)
    move = next_move(under_way(**state), rules, person(), NOW)
    assert (move.kind, move.until) == (MoveKind.WAIT, END)


@pytest.mark.parametrize(
    ("condition", "them", "state", "why"),
    [
        (StepCondition.ALWAYS, {}, {"active_at": NOW}, ""),
        (StepCondition.STILL_INACTIVE, {}, {}, ""),
        (StepCondition.STILL_INACTIVE, {}, {"active_at": NOW}, "They have been active since it began."),
        (StepCondition.PAYMENT_OPEN, {}, {}, "The payment has gone through."),
        (StepCondition.PAYMENT_OPEN, {"payment_failed_at": NOW}, {}, ""),
    ],
)
def test_conditions(condition: StepCondition, them: dict[str, Any], state: dict[str, Any], why: str) -> None:
    rules = version(1, step(condition=condition))
    move = next_move(under_way(**state), rules, person(**them), NOW)
    assert (move.kind, move.why if why else "") == (MoveKind.SKIP if why else MoveKind.DO, why)
    # A draft that waits is taken back for the same reason.
    waiting = next_move(under_way(run(1, NOW, **DRAFTED), **state), rules, person(**them), NOW)
    assert waiting.kind == (MoveKind.WITHDRAW if why else MoveKind.WAIT)
    assert waiting.outcome == (StepOutcome.WITHDRAWN if why else None)


@pytest.mark.parametrize("opened", [True, False])
def test_not_opened_looks_at_the_step_that_reached_them_last(opened: bool) -> None:
    rules = version(1, step(1), step(2, 24, 48, condition=StepCondition.NOT_OPENED))
    move = next_move(under_way(run(1, NOW, opened=opened)), rules, person(), NOW + hours(24))
    assert move.kind == (MoveKind.SKIP if opened else MoveKind.DO)


@pytest.mark.parametrize(
    ("audience", "them", "suits"),
    [
        (StepAudience.EVERYONE, {}, True),
        (StepAudience.APP_USERS, {}, False),
        (StepAudience.APP_USERS, {"app_user": True}, True),
        (StepAudience.HIGH_VALUE, {}, False),
        (StepAudience.HIGH_VALUE, {"value_tier": ValueTier.HIGH}, True),
        (StepAudience.MULTI_SIGNAL, {}, False),
        (StepAudience.MULTI_SIGNAL, {"value_tier": ValueTier.HIGH}, True),
        (StepAudience.MULTI_SIGNAL, {"reasons": ("quiet_30d", "payment_failed")}, True),
    ],
)
def test_audiences(audience: StepAudience, them: dict[str, Any], suits: bool) -> None:
    assert (is_for(person(**them), step(audience=audience)) == "") is suits


@pytest.mark.parametrize(
    ("reasons", "answer"),
    [
        (("quiet_30d",), False),
        (("quiet_30d", "visits_down_50"), True),
        (("visits_down_50", "thin_baseline"), False),
        (("quiet_30d", "payment_and_opens", "short_history"), False),
        (("unheard_of", "quiet_30d"), False),
    ],
)
def test_several_signals_are_of_several_parts(reasons: tuple[str, ...], answer: bool) -> None:
    assert several(person(reasons=reasons)) is answer


@pytest.mark.parametrize(
    ("before", "channel", "least"),
    [("sms", Channel.EMAIL, 12), ("email", Channel.SMS, 4), ("sms", Channel.CALL, 48), ("push", Channel.IN_APP, 4)],
)
def test_gaps(before: str, channel: Channel, least: int) -> None:
    assert gap(before, channel) == hours(least)


@pytest.mark.parametrize(
    ("more", "them", "asks"),
    [
        ({}, {}, False),
        ({"review": StepReview.ALWAYS}, {}, True),
        ({"purpose": StepPurpose.OFFER}, {}, True),
        ({}, {"value_tier": ValueTier.HIGH}, True),
        ({"channel": StepChannel.CALL}, {"value_tier": ValueTier.HIGH}, False),
    ],
)
def test_whom_a_person_reads_for(more: dict[str, Any], them: dict[str, Any], asks: bool) -> None:
    assert asks_a_person(step(**more), person(**them)) is asks
