"""What Celery wakes us up for."""

from __future__ import annotations

from celery import shared_task
from django.utils import timezone

from contacts.ingest import inbox
from contacts.models import EventName
from contacts.services import duplicates, identities, merging
from contacts.services.forgetting import forget_old_events
from contacts.services.names import map_name
from staff.models import User

#: Messages of one round: some seconds of work where so many wait, in transactions that are much smaller.
MOST_PER_ROUND = 100_000


@shared_task
def take_in_events() -> None:
    """Turn a bounded number of waiting messages into events. The next round takes up what is left."""
    inbox.take_in(limit=MOST_PER_ROUND)


@shared_task
def map_event_name(name_id: int, kind: int | None, by_id: int) -> None:
    """Let a name with very many events count as something. Done before, it finds nothing to do."""
    name, by = EventName.objects.get(pk=name_id), User.objects.get(pk=by_id)
    map_name(name=name, kind=kind, by=by, now=timezone.now())


@shared_task
def forget_events() -> None:
    """Delete events that are older than we want to keep them."""
    forget_old_events(now=timezone.now())


@shared_task
def find_duplicates() -> None:
    """Look for contacts that may be one person, after tidying up what other processes were doing meanwhile."""
    now = timezone.now()
    merging.gather_left_behind(now=now)
    identities.bind_linked(now=now)
    duplicates.find_duplicates(now=now)
