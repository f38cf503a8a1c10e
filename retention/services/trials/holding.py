"""Who works on a trial, and what they may write: one at a time, and nothing any more once it was cancelled."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any

from django.db import connection

from retention.models import ScoreTrial
from retention.states import TrialStatus

UNDER_WAY = (TrialStatus.QUEUED, TrialStatus.RUNNING)
#: One runner for each trial: an advisory lock of this class, which ends with the connection of whoever holds it.
_LOCK = 7_210_010


def waiting_trials() -> list[int]:
    """Trials that nobody works on: those that wait, and those whose worker is gone."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            WITH under_way AS MATERIALIZED (SELECT id, status FROM retention_scoretrial WHERE status = ANY(%s))
            SELECT id FROM under_way WHERE pg_try_advisory_xact_lock(%s, (id %% 2147483647)::int) ORDER BY id
            """,
            [list(UNDER_WAY), _LOCK],
        )
        return [trial_id for (trial_id,) in cursor.fetchall()]


class TakenAway(Exception):  # noqa: N818  not a fault: somebody cancelled
    """The trial is not ours any more."""


@contextmanager
def alone_with(trial_id: int) -> Iterator[bool]:
    """Whether nobody else works on it. If so, nobody else will until the end."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s, %s)", [_LOCK, trial_id % 2147483647])
        (alone,) = cursor.fetchone()
    try:
        yield alone
    finally:
        if alone:
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_unlock(%s, %s)", [_LOCK, trial_id % 2147483647])


def keep(trial: ScoreTrial, **found: Any) -> None:
    """Write what was found. Raises TakenAway, which undoes the step, when the trial was cancelled meanwhile."""
    if not ScoreTrial.objects.filter(pk=trial.pk, status=TrialStatus.RUNNING).update(**found):
        raise TakenAway


def fail(trial_id: int, sentence: str, now: datetime) -> None:
    """Keep why it could not be done."""
    ScoreTrial.objects.filter(pk=trial_id, status=TrialStatus.RUNNING).update(
        status=TrialStatus.FAILED, problem=sentence[:500], finished_at=now
    )
