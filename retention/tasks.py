"""Work on scores that the clock wakes up."""

from celery import shared_task
from django.db import connection
from django.utils import timezone

from retention import services

#: One refresher at a time: a number that no other advisory lock of ours uses. A second one would only wait.
REFRESH_LOCK = 7_210_003


@shared_task
def refresh_scores() -> None:
    """Score again what is due, bite by bite. Does nothing while another refresh is under way."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s)", [REFRESH_LOCK])
        if not cursor.fetchone()[0]:
            return
    try:
        services.refresh_all_due(now=timezone.now())
    finally:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_unlock(%s)", [REFRESH_LOCK])


@shared_task
def check_scores() -> None:
    """The nightly check: everybody anew, and whatever differs is corrected and reported."""
    services.nightly_check(now=timezone.now())
