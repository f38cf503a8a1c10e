"""The pages of measures and pilots, and the pilot they need to stand on."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal

from django.urls import reverse
from django.utils import timezone

from followups import services
from followups.models import Cadence, Pilot
from staff.models import User


def page(name: str, query: str = "") -> Callable[[], str]:
    return lambda: reverse(f"followups:{name}") + query


INSIGHT_PAGES: list[tuple[str, str | None, Callable[[], str]]] = [
    ("insight", "manager", page("insight")),
    ("no response", "manager", page("no_response")),
    ("no response of an owner", "owner", page("no_response", "?stage=proposal")),
    ("no response, impossible days, filtered", "manager", page("no_response", "?first=2026-01-02&last=2026-01-01")),
    ("leads behind a number", "manager", page("leads_behind", "?what=open")),
    ("pilots", "manager", page("pilots")),
    ("pilot", "manager", lambda: reverse("followups:pilot", args=[Pilot.objects.latest("id").pk])),
]
POSTED_TO_INSIGHT = {"start_pilot", "end_pilot"}
NO_PAGE_OF_INSIGHT = {"followups:measure_file": "a file"}


def rare_pilot() -> None:
    """A pilot that runs since last week."""
    now = timezone.now()
    services.start_pilot(
        name="Everybody, spring",
        cadence=Cadence.objects.get(name=services.DEFAULT),
        started_on=now.date() - timedelta(days=7),
        days=30,
        goal=Decimal("0.9"),
        by=User.objects.get(username="manager"),
        now=now,
    )
