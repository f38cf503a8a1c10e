"""For how long an experiment takes people in."""

from __future__ import annotations

from typing import Any

import pytest

from retention.rules.experiments.schedule import LONGEST_DAYS, days_until_enough, enrolment_days


@pytest.mark.parametrize(
    ("required", "at_once", "a_day", "days"),
    [(100, 100, 0, 0), (100, 120, 0, 0), (100, 0, 10, 10), (101, 0, 10, 11), (100, 50, 7, 8), (100, 99, 0, None)],
)
def test_days_until_enough(required: int, at_once: int, a_day: float, days: int | None) -> None:
    assert days_until_enough(required=required, at_once=at_once, a_day=a_day) == days


@pytest.mark.parametrize(
    ("given", "days"),
    [
        ({"required": None}, 28),
        ({"required": 10, "at_once": 10}, 7),
        ({"required": 100, "a_day": 10}, 14),
        ({"required": 140, "a_day": 10}, 14),
        ({"required": 141, "a_day": 10}, 21),
        ({"required": 1000, "a_day": 0.5}, LONGEST_DAYS),
        ({"required": 1000}, LONGEST_DAYS),
        ({"required": 1000, "a_day": 10, "most": 200}, 21),
        ({"required": 1000, "staggered_days": 40}, 40),
    ],
)
def test_enrolment_lasts_whole_weeks(given: dict[str, Any], days: int) -> None:
    assert enrolment_days(**{"at_once": 0, "a_day": 0.0, **given}) == days
