"""What the clock, or a person, wakes up about scores and about what customers are worth."""

import time

from celery import shared_task
from django.db import connection
from django.utils import timezone

from retention import services
from retention.pages.outcomes import count_again
from retention.services import dry_runs, enrolling, experiments, guardrails
from retention.waking import wake

#: One refresher at a time: a number that no other advisory lock of ours uses. A second one would only wait.
REFRESH_LOCK = 7_210_003
#: A backtest of many dates goes on in another round, well before the worker's own limit.
LONGEST_TRIAL_SECONDS = 900
#: A dry run begins again when it is broken off, so it gets nearly all the time that a worker has for a task.
LONGEST_DRY_RUN_SECONDS = 1400


@shared_task
def refresh_scores(*, new_ones: bool = True) -> None:
    """Score again what is due, bite by bite. Does nothing while another refresh is under way.

    To find customers whose first day has come (``new_ones``) means reading all of them, so the clock asks for it less
    often. Customers who are new to us come as news.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s)", [REFRESH_LOCK])
        if not cursor.fetchone()[0]:
            return
    try:
        services.refresh_all_due(now=timezone.now(), new_ones=new_ones)
    finally:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_unlock(%s)", [REFRESH_LOCK])


@shared_task
def check_scores() -> None:
    """The nightly check: everybody anew, and whatever differs is corrected and reported."""
    services.nightly_check(now=timezone.now())


@shared_task
def run_trial(trial_id: int) -> None:
    """Work out a what-if or a backtest, or go on with one."""
    end = time.monotonic() + LONGEST_TRIAL_SECONDS
    services.run_trial(trial_id, stop=lambda: time.monotonic() > end)


@shared_task
def take_up_trials() -> None:
    """Find trials that nobody works on: not begun yet, left by a worker that died, or not ended in one round."""
    for trial_id in services.waiting_trials():
        wake(run_trial, trial_id)


@shared_task
def recompute_values() -> None:
    """Say what customers are worth this month, where nobody has. On the first of a month that is all of them."""
    now = timezone.now()
    services.recompute_values(month=now.date(), now=now, only_missing=True)


@shared_task
def run_dry_run(trial_id: int) -> None:
    """Play a version of a playbook through a past period."""
    end = time.monotonic() + LONGEST_DRY_RUN_SECONDS
    dry_runs.run_dry_run(trial_id, stop=lambda: time.monotonic() > end)


@shared_task
def take_up_dry_runs() -> None:
    """Find dry runs that nobody works on: not begun yet, or left by a worker that died."""
    for trial_id in dry_runs.waiting_dry_runs():
        wake(run_dry_run, trial_id)


@shared_task
def read_experiments() -> None:
    """The daily round: what came of everybody assigned, and how every experiment stands, the planned look included."""
    experiments.read_all(now=timezone.now())


@shared_task
def check_guardrails() -> None:
    """The daily look at everything that must not get worse."""
    guardrails.check_guardrails(now=timezone.now())


@shared_task
def watch_guardrails() -> None:
    """Look at playbooks that somebody complained about, or stopped, since the last look."""
    guardrails.watch_guardrails(now=timezone.now())


@shared_task
def run_playbooks() -> None:
    """Let in, go on, end: whoever is due. Does nothing while another sweep is under way."""
    enrolling.sweep(now=timezone.now())


@shared_task
def count_what_came_of_steps() -> None:
    """Count anew what a page could not count while somebody waits for it."""
    count_again(now=timezone.now())
