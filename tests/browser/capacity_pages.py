"""The page of capacity, and the people whose time it shows."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

from django.urls import reverse
from django.utils import timezone

from retention.services.capacity import add_absence, set_capacity
from retention.states import WorkKind
from staff.models import User


def page() -> str:
    return reverse("retention:capacity")


CAPACITY_PAGES: list[tuple[str, str | None, Callable[[], str]]] = [
    ("capacity", "retention", page),
    ("capacity, to look at only", "owner", page),
]
POSTED_TO_CAPACITY = {"set_capacity", "set_capacity_rules", "add_absence", "end_absence"}


def rare_capacity() -> None:
    """Somebody who reads and calls, and is away soon."""
    now = timezone.now()
    concierge = User.objects.get(username="concierge")
    for kind in WorkKind:
        set_capacity(user=concierge, kind=kind, minutes_a_day=90, weekdays=[1, 2, 3, 4, 5], by=None)
    soon = now.date() + timedelta(days=7)
    add_absence(user=concierge, first_on=soon, last_on=soon, reason="Training", by=None, now=now)
