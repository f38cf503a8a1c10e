"""What Celery wakes the workbench up for. Tasks carry ids only, and each is harmless when it runs twice."""

from __future__ import annotations

from celery import shared_task
from django.utils import timezone

from reviews.imports import services
from reviews.services.deadlines import escalate
from reviews.services.digests import send_digests
from reviews.services.hand_overs import hand_over
from reviews.services.keeping import forget_edits
from reviews.services.learning import look_for_suggestions
from reviews.services.news import tell_news
from reviews.services.telling import tell_at_once
from staff.services import forget_claims, forget_notices


@shared_task
def check_import(import_file_id: int) -> None:
    """Try an uploaded file and show what it would do."""
    services.check(import_file_id)


@shared_task
def run_import(import_file_id: int) -> None:
    """Import an uploaded file that was confirmed."""
    services.run(import_file_id)


@shared_task
def hand_work_over() -> None:
    """Give the work of people who are away to whoever stands in, and back."""
    hand_over(now=timezone.now())


@shared_task
def watch_deadlines() -> None:
    """Warn people of what is close to its deadline, and tell managers what passed it."""
    escalate(now=timezone.now())


@shared_task
def tell_people() -> None:
    """Find what people are to be told, and send what they want to hear of at once."""
    now = timezone.now()
    tell_news(now=now)
    tell_at_once(now=now)


@shared_task
def send_daily_digests() -> None:
    """Send the digest to whose hour has come."""
    send_digests(now=timezone.now())


@shared_task
def forget_old_notices() -> None:
    """Delete what people were told long ago."""
    forget_notices(now=timezone.now())


@shared_task
def clear_desks() -> None:
    """Forget what was left open without a word, and edits that nobody came back to."""
    now = timezone.now()
    forget_claims(now=now)
    forget_edits(now=now)


@shared_task
def learn_from_reviews() -> None:
    """Look at what the decisions of reviewers suggest. Run twice, it finds the same."""
    look_for_suggestions(now=timezone.now())
