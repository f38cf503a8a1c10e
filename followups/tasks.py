"""Work that the clock wakes up."""

from celery import shared_task
from django.db import connection
from django.utils import timezone

from followups import services

#: One sweep at a time: a number that no other advisory lock of ours uses. Two at once would be harmless, only slow.
SWEEP_LOCK = 7_210_001


@shared_task
def sweep_silence() -> None:
    """Look at every open lead, going on where a round was cut short. Nothing while another sweep is under way."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s)", [SWEEP_LOCK])
        if not cursor.fetchone()[0]:
            return
    try:
        services.sweep_round(now=timezone.now())
    finally:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_unlock(%s)", [SWEEP_LOCK])


@shared_task
def take_up_answers() -> None:
    """Look again at the leads whose people have just answered, so that nobody waits for the next sweep."""
    leads = services.take_up_answers(now=timezone.now())
    if leads:
        for _ in services.sweep(now=timezone.now(), lead_ids=leads):
            pass


@shared_task
def run_simulations() -> None:
    """Work out the simulations that wait, and those that were left by a worker that died."""
    for simulation_id in services.waiting_simulations(now=timezone.now()):
        services.run_simulation(simulation_id=simulation_id)


@shared_task
def forget_simulated_names() -> None:
    """Remove the names of simulations that ended long ago."""
    services.forget_simulated_names(now=timezone.now())


@shared_task
def wake_leads() -> None:
    """Bring back the leads that were put off until now. The next sweep decides about them."""
    services.wake_recycled(now=timezone.now())
