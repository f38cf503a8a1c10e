"""The pages about the queue as a whole, and what they need to stand on."""

from __future__ import annotations

from collections.abc import Callable

from django.urls import reverse
from django.utils import timezone

from outreach.models import Draft
from reviews import services
from reviews.models import Opened
from staff.models import User

QUEUE_PAGES: list[tuple[str, str | None, Callable[[], str]]] = [
    ("queue, snoozed", "owner", lambda: reverse("reviews:queue") + "?status=snoozed"),
    ("queue, a saved view", "owner", lambda: reverse("reviews:queue") + "?channel=email&whose=mine"),
    ("views of the queue", "owner", lambda: reverse("reviews:save_view") + "?page=messages&query=whose%3Dmine"),
    ("approve several", "owner", lambda: reverse("reviews:many")),
    ("approve several, nothing", "manager", lambda: reverse("reviews:many") + "?kind=confirmation"),
]
POSTED_TO_QUEUE = {"approve_many", "remove_view"}
NO_PAGE_OF_QUEUE = {"reviews:arrived": "a line of the queue page: tests/reviews/queue"}


def rare_views() -> None:
    """A view of the owner's own, and three texts that they have read."""
    owner = User.objects.get(username="owner")
    services.save_view(page="messages", name="By mail", query="channel=email&whose=mine", by=owner)
    for draft in Draft.objects.awaiting_review().filter(owner=owner)[:3]:
        Opened.objects.get_or_create(
            draft=draft, user=owner, fingerprint=draft.fingerprint, defaults={"at": timezone.now()}
        )
