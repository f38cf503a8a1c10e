"""The pages about notices and absences, and what they need to stand on."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

from django.urls import reverse
from django.utils import timezone

from staff import services
from staff.models import User
from staff.states import NotificationKind

NOTICE_PAGES: list[tuple[str, str | None, Callable[[], str]]] = [
    ("notices", "owner", lambda: reverse("staff:notices")),
    ("notices, all read", "concierge", lambda: reverse("staff:notices") + "?show=all"),
    ("how one is told", "owner", lambda: reverse("staff:notice_choices")),
    ("absences", "owner", lambda: reverse("staff:absences")),
    ("absences, of the team", "manager", lambda: reverse("staff:absences")),
]
NO_PAGE_OF_NOTICES = {
    "staff:notice": "leads to what a notice is about: tests/staff/notices",
    "staff:read_notices": "only takes that something was read: tests/staff/notices",
    "staff:end_absence": "only takes that an absence is over: tests/staff",
}


def rare_notices() -> None:
    """The owner was told of three things, and is away in a month; somebody stands in then."""
    now = timezone.now()
    owner, colleague = User.objects.get(username="owner"), User.objects.get(username="manager")
    for kind, title in (
        (NotificationKind.BREACHED, "2 messages of yours passed their deadline"),
        (NotificationKind.ASSIGNED, "Somebody gave you a message to decide"),
        (NotificationKind.HELD_REPLY, "Somebody may have said stop. Nothing leaves until you say whether they did"),
    ):
        services.notify(user_ids=[owner.pk], kind=kind, key=f"page:{kind.value}", title=title, url="/", now=now)
    first = now.date() + timedelta(days=30)
    services.add_absence(
        user=owner, first_on=first, last_on=first + timedelta(days=7), reason="Skiing", substitute=colleague, by=None,
        now=now,
    )  # fmt: skip
