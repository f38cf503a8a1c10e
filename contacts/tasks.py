"""What Celery wakes us up for."""

from __future__ import annotations

from celery import shared_task

from contacts.ingest import inbox


@shared_task
def take_in_events() -> None:
    """Turn a bounded number of waiting messages into events. The next round takes up what is left."""
    inbox.take_in()
