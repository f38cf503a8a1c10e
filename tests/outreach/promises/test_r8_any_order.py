"""Promise R8: whatever people, providers and the clock do, in any order, only what may leave leaves, and once."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, settings
from hypothesis.stateful import run_state_machine_as_test
from pytest_django import Settings

from tests.outreach.promises.machine import AnyOrder


@pytest.mark.django_db
def test_r8_nothing_wrong_leaves_in_any_order(settings: Settings) -> None:
    # The barrier looks once: in here nothing else goes on while it would wait.
    settings.UNSUBSCRIBE_BARRIER_SECONDS = 0
    run_state_machine_as_test(AnyOrder, settings=QUICK)


QUICK = settings(
    max_examples=6,
    stateful_step_count=25,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture, HealthCheck.data_too_large],
)
