"""The simulated worlds of docs/experiments.md: every promise is kept."""

from __future__ import annotations

import pytest

from tests.retention.experiments_rules.trials.worlds import table


@pytest.mark.trial
def test_every_promise_is_kept_in_two_thousand_worlds() -> None:
    broken = [line for line in table() if not line.kept]
    assert not broken
