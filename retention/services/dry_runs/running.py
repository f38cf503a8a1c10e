"""Working dry runs out: one worker for each, and nothing is written any more once it was cancelled."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime

from django.db import OperationalError, connection
from django.db.models.functions import Coalesce
from django.utils import timezone

from retention.models import PlaybookTrial
from retention.rules.playbooks.report import report
from retention.services.dry_runs.playing import DryRun
from retention.services.dry_runs.requests import UNDER_WAY, ticks
from retention.services.refusals import Refused
from retention.states import TrialStatus

log = logging.getLogger("rekindle.retention")

#: One runner for each: an advisory lock of this class, which ends with the connection of whoever holds it.
_LOCK = 7_210_011


class TakenAway(Exception):  # noqa: N818  not a fault: somebody cancelled
    """The dry run is not ours any more."""


def waiting_dry_runs() -> list[int]:
    """Dry runs that nobody works on: those that wait, and those whose worker is gone."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            WITH under_way AS MATERIALIZED (SELECT id FROM retention_playbooktrial WHERE status = ANY(%s))
            SELECT id FROM under_way WHERE pg_try_advisory_xact_lock(%s, (id %% 2147483647)::int) ORDER BY id
            """,
            [list(UNDER_WAY), _LOCK],
        )
        return [trial_id for (trial_id,) in cursor.fetchall()]


def run_dry_run(
    trial_id: int, *, clock: Callable[[], datetime] = timezone.now, stop: Callable[[], bool] = lambda: False
) -> None:
    """Work a dry run out. Harmless when another worker has it, or it has ended.

    What it plays through is kept in memory and only how far it is in the row, so a run that broke off begins again from
    the first day, and comes to the same. ``stop`` says that the worker's time is over: then it fails in words. So does
    a fault of ours.
    """
    with _alone_with(trial_id) as alone:
        if not alone or not PlaybookTrial.objects.filter(pk=trial_id, status__in=UNDER_WAY).update(
            status=TrialStatus.RUNNING, started_at=Coalesce("started_at", clock()), problem="", step=0
        ):
            return
        trial = PlaybookTrial.objects.select_related("version__playbook").get(pk=trial_id)
        try:
            _play(trial, clock, stop)
        except TakenAway:
            return
        except OperationalError:
            # The connection is gone or the database is going down: the next round takes it up again.
            raise
        except (Refused, ValueError) as problem:
            _fail(trial_id, str(problem), clock())
        except Exception as problem:
            log.exception("Dry run %s failed", trial_id)
            _fail(
                trial_id,
                f"Something went wrong on our side ({type(problem).__name__}). Try it again. If it fails again, the"
                " server's log has the details.",
                clock(),
            )


def _play(trial: PlaybookTrial, clock: Callable[[], datetime], stop: Callable[[], bool]) -> None:
    moments = ticks(trial.first_on, trial.last_on)
    played = DryRun(trial.version, moments)
    for step in range(1, len(moments) + 1):
        if stop():
            raise Refused(f"There was no time for more than {step - 1} of {len(moments)} steps. Choose fewer days.")
        played.go_on()
        _keep(trial, step=step)
    found = report(trial.version.name, trial.first_on, trial.last_on, played.ran())
    _keep(trial, status=TrialStatus.DONE, result=found.as_json(), finished_at=clock())


def _keep(trial: PlaybookTrial, **found: object) -> None:
    if not PlaybookTrial.objects.filter(pk=trial.pk, status=TrialStatus.RUNNING).update(**found):
        raise TakenAway


def _fail(trial_id: int, sentence: str, now: datetime) -> None:
    PlaybookTrial.objects.filter(pk=trial_id, status=TrialStatus.RUNNING).update(
        status=TrialStatus.FAILED, problem=sentence[:500], finished_at=now
    )


@contextmanager
def _alone_with(trial_id: int) -> Iterator[bool]:
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
