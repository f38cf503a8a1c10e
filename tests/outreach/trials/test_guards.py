"""The machine of promise R8 finds by itself what goes wrong once a guard is taken away.

Only guards whose loss shows within few steps; `tests/outreach/promises/test_r8_guards.py` walks through all of them.
"""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test
from pytest_django import Settings

from tests.outreach.promises.guards import GUARDS
from tests.outreach.promises.machine import AnyOrder

pytestmark = [pytest.mark.trial, pytest.mark.django_db]

SEARCH = settings(
    max_examples=2000,
    stateful_step_count=40,
    phases=[Phase.generate],
    deadline=None,
    database=None,
    derandomize=True,
    report_multiple_bugs=False,
    suppress_health_check=list(HealthCheck),
)
SOON_FOUND = (
    "suppressions are asked",
    "consent is asked",
    "stop switches are asked",
    "caps are counted",
    "hours are kept",
    "a message is claimed",
)


@pytest.mark.parametrize("guard", SOON_FOUND)
def test_without_this_guard_the_machine_finds_something_wrong(guard: str, settings: Settings) -> None:
    settings.UNSUBSCRIBE_BARRIER_SECONDS = 0
    with GUARDS[guard](), pytest.raises(AssertionError) as found:
        run_state_machine_as_test(AnyOrder, settings=SEARCH)
    assert str(found.value), "it failed, and did not say what"
