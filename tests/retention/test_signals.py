"""Signals one by one: boundaries to the microsecond, and numbers that make no sense."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from contacts.states import EventKind
from retention.rules.history import Happening, History
from retention.rules.model import ComponentRules, Knobs, ModelRules, Placed, problems
from retention.signals import TYPES, signal_of
from retention.signals.base import Scale

AT = datetime(2026, 11, 1, tzinfo=UTC)
MOMENT = timedelta(microseconds=1)
VISIT, FAILED, PAID = EventKind.VISIT_LOGGED.value, EventKind.PAYMENT_FAILED.value, EventKind.PAYMENT_SUCCEEDED.value
BOUGHT = EventKind.PURCHASE_MADE.value
GAP = {"tiers": [[14, 15, "quiet_15d"], [30, 30, "quiet_30d"]]}
FAILURE = {
    "opened_by": ["payment_failed"],
    "closed_by": ["payment_succeeded"],
    "tiers": [[15, 25, "payment_failed"], [30, 15, "payment_failed"]],
    "inclusive": 1,
}
RHYTHM = {
    "kinds": ["purchase_made"],
    "without": 8,
    "without_code": "bought_once",
    "tiers": [[1, 3, "overdue_1x"], [2, 5, "overdue_2x"]],
}


def ago(days: float, kind: int = VISIT, more: timedelta = timedelta(0)) -> Happening:
    return Happening(kind, AT - timedelta(days=days) - more)


def points(type_name: str, parameters: dict[str, Any], *events: Happening, scale: Scale | None = None) -> int:
    return signal_of(type_name, parameters).read(History(events), AT, scale or Scale()).points


@pytest.mark.parametrize(
    ("event", "sensitivity", "expected"),
    [
        (ago(14), "1", 0),
        (ago(14, more=MOMENT), "1", 15),
        (ago(30), "1", 15),
        (ago(30, more=MOMENT), "1", 30),
        (ago(28), "0.5", 0),
        (ago(28, more=MOMENT), "0.5", 15),
        (ago(7), "2", 0),
        (ago(7, more=MOMENT), "2", 15),
    ],
)
def test_a_gap_of_exactly_the_limit_is_not_past_it(event: Happening, sensitivity: str, expected: int) -> None:
    assert points("gap", GAP, event, scale=Scale(30, Decimal(1), Decimal(sensitivity))) == expected


def test_without_activity_the_gap_counts_from_the_beginning() -> None:
    gap = signal_of("gap", GAP)
    assert gap.read(History((), date(2026, 10, 18)), AT, Scale()).points == 0
    assert gap.read(History((), date(2026, 10, 17)), AT, Scale()).points == 15
    assert gap.read(History((ago(40, FAILED),), None), AT, Scale()).points == 30


@pytest.mark.parametrize(
    ("events", "expected"),
    [
        ([ago(15, FAILED)], 25),
        ([ago(15, FAILED, MOMENT)], 15),
        ([ago(30, FAILED)], 15),
        ([ago(30, FAILED, MOMENT)], 0),
        ([ago(3, FAILED), ago(3, PAID)], 0),
        ([ago(3, FAILED), ago(3, PAID, MOMENT)], 25),
        ([ago(20, FAILED), ago(10, PAID), ago(1, FAILED)], 25),
    ],
)
def test_a_failure_is_open_until_it_is_put_right(events: list[Happening], expected: int) -> None:
    assert points("open_failure", FAILURE, *events) == expected


@pytest.mark.parametrize(
    ("days_ago", "expected"),
    [([100], 8), ([100, 100], 8), ([30, 20], 3), ([21, 11], 3), ([20, 10], 0), ([40, 20], 0), ([30, 20, 10], 0)],
)
def test_lateness_is_a_multiple_of_their_own_interval(days_ago: list[float], expected: int) -> None:
    """Bought 30 and 20 days ago: an interval of 10 days, and 20 days since: twice as long is past 1, not past 2."""
    assert points("rhythm", RHYTHM, *(ago(days, BOUGHT) for days in days_ago)) == expected


@pytest.mark.parametrize(
    ("weight", "raw", "expected"),
    [("1", 25, 25), ("0.5", 25, 13), ("0.5", 15, 8), ("2", 15, 25), ("0.7", 15, 11), ("1.5", 15, 23), ("0.5", 1, 1)],
)
def test_weights_round_half_up_and_stop_at_the_maximum(weight: str, raw: int, expected: int) -> None:
    assert Scale(25, Decimal(weight)).points(raw) == expected


@pytest.mark.parametrize(
    ("type_name", "parameters", "words"),
    [
        ("gap", {}, "needs tiers"),
        ("gap", {**GAP, "speed": 3}, "has no speed"),
        ("gap", {"tiers": []}, "at least one tier"),
        ("gap", {"tiers": [["soon", 3]]}, "Each tier"),
        ("gap", {"tiers": [["NaN", 3]]}, "Each tier"),
        ("gap", {"tiers": [["1e30", 3]]}, "Each tier"),
        ("gap", {"tiers": [[14, 1.5]]}, "Each tier"),
        ("gap", {"tiers": [[14, 15, "x'); DROP TABLE contacts_event; --"]]}, "Each tier"),
        ("gap", {**GAP, "kinds": ["dancing"]}, "dancing is not an event that counts"),
        ("drop", {"tiers": [["0.5", 3]], "least": "3; DROP TABLE contacts_event"}, "must be a whole number"),
        ("drop", {"tiers": [["0.5", 3]], "recent": True}, "must be a whole number"),
        ("flag", {"kinds": ["refund_initiated"], "within": 30, "points": 3, "code": "No Refund"}, "reason code"),
        ("together", {"components": {"payment": "15"}, "code": "both"}, "must name components"),
        ("dance", {}, "no signal of the type dance"),
    ],
)
def test_numbers_that_make_no_sense_are_refused(type_name: str, parameters: dict[str, Any], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        signal_of(type_name, parameters)


def test_a_signal_survives_being_stored() -> None:
    for type_name, parameters in (("gap", GAP), ("open_failure", FAILURE), ("rhythm", RHYTHM)):
        signal = signal_of(type_name, parameters)
        assert TYPES[type_name].from_parameters(signal.parameters()) == signal


def model(**changes: Any) -> ModelRules:
    given: dict[str, Any] = {
        "name": "trial-v1",
        "version_id": 1,
        "components": {"recency": ComponentRules(30)},
        "signals": (Placed("recency", signal_of("gap", GAP)),),
    }
    return ModelRules(**{**given, **changes})


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({}, None),
        ({"medium_from": 70, "high_from": 40}, "The thresholds cross"),
        ({"medium_from": 40, "high_from": 40}, "The thresholds cross"),
        ({"high_from": 101}, "The thresholds cross"),
        ({"components": {"recency": ComponentRules(20)}}, "up to 30 points, but Recency has at most 20"),
        ({"components": {"payment": ComponentRules(20)}}, "has no maximum"),
        ({"components": {"recency": ComponentRules(60), "support": ComponentRules(41)}}, "add up to 101"),
        ({"knobs": Knobs(payment_weight=Decimal("2.05"))}, "Payment weight is 2.05"),
        ({"fall_margin": 40}, "margin for falling"),
        ({"signals": ()}, "No signal gives points"),
        ({"signals": (Placed("", signal_of("gap", GAP)),)}, "needs a component"),
        (
            {"signals": (Placed("recency", signal_of("gap", {"tiers": [[30, 15], [14, 30]]})),)},
            "Put limits in rising order",
        ),
        (
            {"signals": (Placed("recency", signal_of("gap", {"tiers": [[14, 30], [30, 15]]})),)},
            "More of it cannot weigh less",
        ),
    ],
)
def test_a_model_that_cannot_be_right_says_what_to_do(changes: dict[str, Any], words: str | None) -> None:
    found = problems(model(**changes))
    if words is None:
        assert found == []
    else:
        assert any(words in sentence for sentence in found), found
