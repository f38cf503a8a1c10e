"""What Celery wakes us up for. Tasks carry ids only, and each is harmless when it runs twice."""

from __future__ import annotations

import time

from celery import shared_task
from django.utils import timezone

from outreach import services

#: Bounds of one round, so that other work gets its turn and a worker that is asked to stop is never kept long.
MOST_PER_ROUND = 200
LONGEST_ROUND_SECONDS = 5


@shared_task
def deliver_due() -> None:
    """Send a bounded batch of what is due. The next round takes up what is left."""
    end = time.monotonic() + LONGEST_ROUND_SECONDS
    services.deliver_due(now=timezone.now(), limit=MOST_PER_ROUND, stop=lambda: time.monotonic() > end)


@shared_task
def deliver_one(draft_id: int) -> None:
    """Send one message now if it may leave: asked for right after its approval, to spare the wait for the round."""
    services.deliver_one(draft_id, timezone.now())


@shared_task
def mark_lost_sends() -> None:
    """Show sends without an answer to a person."""
    services.mark_lost_sends(timezone.now())


@shared_task
def compose_texts() -> None:
    """Ask the language model for the texts that wait, and end those whose worker died."""
    end = time.monotonic() + LONGEST_ROUND_SECONDS
    services.give_up_lost(now=timezone.now())
    services.compose_waiting(now=timezone.now(), stop=lambda: time.monotonic() > end)
