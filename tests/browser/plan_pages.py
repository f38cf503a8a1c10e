"""The pages of what is planned and of those in nurture, and what they need to stand on."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

from django.urls import reverse
from django.utils import timezone

from followups import services
from followups.models import Lead, PlannedTouch
from staff.models import User


def planned_lead() -> str:
    plan = PlannedTouch.objects.filter(lead__isnull=False).latest("pk")
    return reverse("followups:lead", args=[plan.lead_id])


PLAN_PAGES: list[tuple[str, str | None, Callable[[], str]]] = [
    ("what is planned", "owner", lambda: reverse("followups:plans")),
    ("what is planned, nothing", "admin", lambda: reverse("followups:plans")),
    ("lead with plans", "owner", planned_lead),
    ("home with something due", "owner", lambda: reverse("reviews:home")),
    ("nurture", "owner", lambda: reverse("followups:nurture")),
]
POSTED_TO_PLANS = {"plan", "finish_plan", "call_off_plan", "import_calendar", "take_back", "close_nurture"}


def rare_plans() -> None:
    """One lead with a meeting ahead, a task without a day and a reminder that is overdue; another in nurture."""
    now, owner = timezone.now(), User.objects.get(username="owner")
    # Nothing waits for them, so that the queue stays as the other pages need it.
    resting = Lead.objects.filter(owner=owner, attempts=None, disposition="").exclude(stage__in=["won", "lost"])
    lead, other = resting.order_by("pk")[:2]
    for kind, title, at in (
        ("reminder", "Ask whether the new rooms are open", now - timedelta(days=3)),
        ("meeting", "Walk through the proposal", now + timedelta(days=2)),
        ("task", "Send the floor plan", None),
    ):
        services.plan_touch(
            contact=lead.contact, lead=lead, kind=kind, title=title, at=at, for_whom=owner, by=owner,
            now=now - timedelta(days=9),
        )  # fmt: skip
    services.close_out(lead=other, disposition="nurture", reason="Next year", by=owner, now=now)
