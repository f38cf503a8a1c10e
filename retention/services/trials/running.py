"""Working trials out, one step at a time."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import datetime

from django.db import OperationalError
from django.db.models.functions import Coalesce
from django.utils import timezone

from retention.models import ScoreTrial
from retention.services.refusals import Refused
from retention.services.trials.backtest import go_on_with_backtest
from retention.services.trials.holding import UNDER_WAY, TakenAway, alone_with, fail
from retention.services.trials.what_if import finish_what_if
from retention.states import TrialKind, TrialStatus

log = logging.getLogger("rekindle.retention")


def run_trial(
    trial_id: int, *, clock: Callable[[], datetime] = timezone.now, stop: Callable[[], bool] = lambda: False
) -> None:
    """Work out a trial, or go on with one that was left. Harmless when another worker has it, or it has ended.

    A backtest takes one transaction for each date and keeps what it found, so it goes on with the next date after a
    crash, and when ``stop`` says that it is time for other work. A fault is kept as the trial's problem, in words.
    """
    with alone_with(trial_id) as alone:
        if not alone or not ScoreTrial.objects.filter(pk=trial_id, status__in=UNDER_WAY).update(
            status=TrialStatus.RUNNING, started_at=Coalesce("started_at", clock()), problem=""
        ):
            return
        trial = ScoreTrial.objects.select_related("version__model").get(pk=trial_id)
        try:
            if trial.kind == TrialKind.WHAT_IF:
                finish_what_if(trial, clock)
            else:
                go_on_with_backtest(trial, clock, stop)
        except TakenAway:
            return
        except OperationalError:
            # The connection is gone or the database is going down: the next sweep takes the trial up again.
            raise
        except (Refused, ValueError) as problem:
            fail(trial_id, str(problem), clock())
        except Exception as problem:
            log.exception("Trial %s failed", trial_id)
            fail(
                trial_id,
                f"Something went wrong on our side ({type(problem).__name__}). Try it again. If it fails again, the"
                " server's log has the details.",
                clock(),
            )
