"""Promises R1 to R5 while everything is killed: never twice, never after “done”, never lost."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from django.conf import settings

pytestmark = pytest.mark.trial

SEEDS = range(1, 21)
_OWN = ("DATABASE_URL", "REDIS_URL", "EMAIL_URL", "REKINDLE_TEST_SERVER")


def test_r1_to_r5_twenty_seeds_of_kills(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Workers, beats, web, broker and database are killed at random moments, and the broker is emptied.

    The database is a careful one here: the one of the tests may lose its last moments when it is killed.
    """
    environment = {key: value for key, value in os.environ.items() if key not in _OWN}
    run = subprocess.run(
        [sys.executable, "-m", "tests.outreach.trials.chaos", *map(str, SEEDS)],
        cwd=settings.BASE_DIR,
        env={**environment, "DATA_DIR": str(tmp_path / "data")},
        capture_output=True,
        text=True,
        timeout=2400,
    )
    told = [json.loads(line) for line in run.stdout.splitlines() if line.startswith("{")]
    columns = (
        "arrived",
        "twice",
        "known_as_sent",
        "unknown",
        "unknown_that_arrived",
        "stopped",
        "opt_outs",
        "after_done",
        "lost",
    )
    with capsys.disabled():
        print("\nseed " + " ".join(columns) + " slowest_opt_out settled_after struck")  # noqa: T201 - the table is the point of a trial
        for one in told:
            row = " ".join(str(one[name]) for name in columns)
            print(one["seed"], row, f"{one['slowest_opt_out']} s", f"{one['settled_after']} s", ",".join(one["struck"]))  # noqa: T201
    assert len(told) == len(SEEDS), run.stderr[-3000:]
    for one in told:
        assert not one["problems"], one
        assert (one["twice"], one["after_done"], one["lost"]) == (0, 0, 0), one
    assert sum(one["arrived"] for one in told) > 300, "the axe fell before anything happened"
