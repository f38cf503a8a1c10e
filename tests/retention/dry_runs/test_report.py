"""The report of a run: what is counted, and that it survives being kept. No database."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from retention.rules.playbooks.report import MOST_NAMED, Ran, RanStep, report, report_from
from retention.states import Arm, EnrolmentEnd, StepOutcome, WorkKind

FIRST, LAST = date(2026, 4, 1), date(2026, 4, 3)
START = datetime(2026, 4, 1, tzinfo=UTC)
HOUR = timedelta(hours=1)


def step(outcome: str, hours: float, position: int = 1, **fields: object) -> RanStep:
    given = {"position": position, "name": f"Step {position}", "channel": "", "at": START + hours * HOUR, **fields}
    return RanStep(outcome=outcome, **given)  # type: ignore[arg-type]


def test_what_became_of_each_is_added_up_by_day() -> None:
    sms: dict[str, Any] = {"channel": "sms", "cost": Decimal("0.05")}
    call: dict[str, Any] = {"channel": "call", "kind": WorkKind.CALL, "minutes": Decimal(12), "cost": Decimal("7.20")}
    ran = [
        Ran(
            customer_id=1, fitted_at=START, started_at=START, arm=Arm.TREATED, end=EnrolmentEnd.GOAL,
            ended_at=START + 50 * HOUR,
            steps=(step(StepOutcome.SHADOWED, 1, **sms), step(StepOutcome.CALLED, 49, 2, **call)),
        ),
        Ran(
            customer_id=2, fitted_at=START, started_at=START + HOUR, arm=Arm.TREATED,
            steps=(step(StepOutcome.DRAFTED, 2, **sms), step(StepOutcome.SKIPPED, 49, 2)),
        ),
        Ran(customer_id=3, fitted_at=START, started_at=START, arm=Arm.HOLDOUT),
        Ran(customer_id=4, fitted_at=START + HOUR, waits_for="Time."),
        Ran(customer_id=5, fitted_at=START, waits_for="Time.", end=EnrolmentEnd.WAITED, ended_at=START + 30 * HOUR),
        # Before the days, and after them.
        Ran(customer_id=6, fitted_at=START - HOUR, started_at=START, arm=Arm.TREATED),
        Ran(customer_id=7, fitted_at=START + 72 * HOUR),
    ]  # fmt: skip
    found = report("studio-v1", FIRST, LAST, ran)
    assert (found.fitted, found.let_in, found.held_out) == (5, 2, 1)
    assert found.waiting == {"Time": 1}
    assert found.ends == {"goal": 1, "waited": 1}
    assert [(one.position, one.outcome, one.channel, one.on.day, one.count) for one in found.steps] == [
        (1, "done", "sms", 1, 2),
        (2, "done", "call", 3, 1),
        (2, "skipped", "", 3, 1),
    ]
    assert found.minutes == {date(2026, 4, 3): {"call": Decimal(12)}}
    assert found.cost == {date(2026, 4, 1): Decimal("0.100"), date(2026, 4, 3): Decimal("7.200")}
    assert found.whole_cost == Decimal("7.300")
    assert found.whole_minutes(WorkKind.CALL) == 12
    assert found.whole_minutes(WorkKind.REVIEW) == 0
    assert [one.customer_id for one in found.names] == [1, 2, 3, 5, 4]
    assert found.names_all


def test_the_first_two_hundred_are_named_and_everybody_counts() -> None:
    found = report("v", FIRST, LAST, [Ran(customer_id=number, fitted_at=START) for number in range(MOST_NAMED + 1)])
    assert found.fitted == MOST_NAMED + 1
    assert len(found.names) == MOST_NAMED
    assert not found.names_all


moments = st.integers(-30, 100).map(lambda hours: START + hours * HOUR)
steps = st.builds(
    RanStep,
    position=st.integers(1, 5),
    name=st.text(max_size=5),
    outcome=st.sampled_from(StepOutcome.values),
    channel=st.sampled_from(["", "sms", "call"]),
    at=moments,
    kind=st.sampled_from([None, *WorkKind]),
    minutes=st.decimals(0, 99, places=1),
    cost=st.decimals(0, 99, places=3),
)
rans = st.builds(
    Ran,
    customer_id=st.integers(1, 9),
    fitted_at=moments,
    started_at=st.none() | moments,
    arm=st.sampled_from(["", *Arm.values]),
    waits_for=st.sampled_from(["", "Time."]),
    end=st.sampled_from(["", *EnrolmentEnd.values]),
    ended_at=st.none() | moments,
    steps=st.lists(steps, max_size=4).map(tuple),
)


@given(st.lists(rans, max_size=6), st.randoms())
def test_a_report_is_the_same_in_any_order_and_after_it_was_kept(ran: list[Ran], shuffled: object) -> None:
    found = report("v", FIRST, LAST, ran)
    assert report_from(json.loads(json.dumps(found.as_json()))) == found
    assert sum(found.waiting.values()) + found.let_in + found.held_out <= 2 * found.fitted
    assert found.whole_cost == sum(found.cost.values())
    assert report("v", FIRST, LAST, list(reversed(ran))).steps == found.steps
