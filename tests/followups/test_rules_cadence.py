"""Which cadences are refused, and in what words."""

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from followups.rules import DEFAULT_CADENCE, CadenceRules, StepRules, Waits, is_high_value, validate_cadence
from followups.states import Trigger

FIRST, SECOND, CLOSE = DEFAULT_CADENCE.steps


def steps(*rows: StepRules, **more: Any) -> dict[str, Any]:
    return {"steps": rows, **more}


def test_the_shipped_cadence_is_what_the_specification_says() -> None:
    shipped = DEFAULT_CADENCE
    assert validate_cadence(shipped) == []
    assert (shipped.name, shipped.channels, shipped.allow_existing_customers) == ("default", ("email", "sms"), False)
    assert [getattr(shipped.waits, trigger.value) for trigger in Trigger] == [1, 7, 7, 10, 5]
    assert (shipped.min_gap_days, shipped.max_attempts, shipped.max_days, shipped.patience_days) == (5, 2, 45, 14)
    assert shipped.high_value_threshold == Decimal(10_000)
    assert [(step.word_limit, step.pressure, step.kind) for step in shipped.steps] == [
        (90, 3, "follow_up"),
        (60, 2, "follow_up"),
        (40, 1, "close_loop"),
    ]


@pytest.mark.parametrize(
    ("changes", "places"),
    [
        ({"max_attempts": 0}, ["max_attempts", "steps"]),
        ({"max_attempts": 3}, ["steps"]),
        ({"max_days": 0}, ["max_days"]),
        ({"max_days": 1}, []),
        ({"waits": Waits(no_reply=-1)}, ["waits.no_reply"]),
        ({"waits": Waits(no_reply=0)}, []),
        ({"min_gap_days": -1}, ["min_gap_days"]),
        ({"min_gap_days": 0}, []),
        ({"patience_days": -1}, ["patience_days"]),
        ({"high_value_threshold": Decimal("-0.01")}, ["high_value_threshold"]),
        ({"high_value_threshold": Decimal("NaN")}, ["high_value_threshold"]),
        ({"high_value_threshold": Decimal(0)}, []),
        ({"channels": ()}, ["channels"]),
        ({"channels": ("email", "email")}, ["channels"]),
        (steps(FIRST, replace(SECOND, word_limit=91), CLOSE), ["steps.2.word_limit"]),
        (steps(FIRST, replace(SECOND, word_limit=90), CLOSE), []),
        (steps(FIRST, SECOND, replace(CLOSE, word_limit=61)), ["steps.3.word_limit"]),
        (steps(replace(FIRST, pressure=1), SECOND, CLOSE), ["steps.2.pressure"]),
        (steps(FIRST, replace(SECOND, pressure=3), CLOSE), []),
        (steps(FIRST, replace(SECOND, pressure=1), replace(CLOSE, pressure=2)), ["steps.3.pressure"]),
        (steps(replace(FIRST, pressure=4), SECOND, CLOSE), ["steps.1.pressure"]),
        (steps(FIRST, SECOND, replace(CLOSE, word_limit=0)), ["steps.3.word_limit"]),
        (steps(FIRST, SECOND), ["steps"]),
        (steps(FIRST, SECOND, CLOSE, replace(CLOSE, position=4)), ["steps"]),
        (steps(replace(CLOSE, position=1, word_limit=90, pressure=3), SECOND, replace(FIRST, position=3)), None),
        (steps(FIRST, replace(SECOND, position=4), replace(CLOSE, position=5)), ["steps"]),
        (steps(FIRST, CLOSE, max_attempts=1), ["steps"]),
        (steps(FIRST, replace(CLOSE, position=2), max_attempts=1), []),
        (steps(FIRST, replace(SECOND, reason_kinds=("owner_note", "boredom")), CLOSE), ["steps.2.reason_kinds"]),
        (steps(FIRST, replace(SECOND, channel="push"), CLOSE), ["steps.2.channel"]),
        (steps(FIRST, replace(SECOND, channel="sms"), CLOSE), []),
        (steps(FIRST, replace(SECOND, review_policy="sometimes"), CLOSE), ["steps.2.review_policy"]),
        (steps(FIRST, replace(SECOND, kind="poem"), CLOSE), ["steps", "steps.2.kind"]),
    ],
)
def test_what_is_refused(changes: dict[str, Any], places: list[str] | None) -> None:
    problems = validate_cadence(replace(DEFAULT_CADENCE, **changes))
    if places is None:
        assert "Move the close-loop step to the end." in [problem.sentence for problem in problems]
    else:
        assert [problem.place for problem in problems] == places
    assert all(problem.sentence.endswith(".") and "!" not in problem.sentence for problem in problems)


def test_the_order_of_the_rows_does_not_matter_the_positions_do() -> None:
    assert validate_cadence(replace(DEFAULT_CADENCE, steps=(CLOSE, SECOND, FIRST))) == []


def test_an_empty_cadence_is_refused_with_every_reason_at_once() -> None:
    empty = CadenceRules("empty", 1, channels=(), steps=(), max_attempts=0, max_days=0)
    assert [problem.place for problem in validate_cadence(empty)] == ["max_attempts", "max_days", "channels", "steps"]


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (None, False),
        (Decimal("9999.99"), False),
        (Decimal(10_000), True),
        (Decimal("Infinity"), True),
        (Decimal("NaN"), True),
    ],
)
def test_high_value(value: Decimal | None, expected: bool) -> None:
    assert is_high_value(value, Decimal(10_000)) is expected
