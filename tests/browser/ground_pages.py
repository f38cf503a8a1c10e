"""The pages of readiness, of material and of the review of exceptions, and what they need to stand on."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

from django.urls import reverse
from django.utils import timezone

from followups import services
from followups.exceptions import Month
from followups.models import Asset, Lead
from followups.states import ExceptionKind
from staff.models import User


def of_month(*, back: int, query: str = "") -> str:
    """The page of the month that runs, or of one before it."""
    month = Month.at(timezone.now())
    for _ in range(back):
        month = month.before()
    return reverse("followups:exceptions_of", args=[month]) + query


GROUND_PAGES: list[tuple[str, str | None, Callable[[], str]]] = [
    ("readiness", "owner", lambda: reverse("followups:readiness")),
    ("material", "manager", lambda: reverse("followups:material") + "?shelf=all"),
    ("material, filtered", "owner", lambda: reverse("followups:material") + "?q=nothing+at+all"),
    ("new material", "manager", lambda: reverse("followups:new_material")),
    ("asset", "manager", lambda: reverse("followups:asset", args=[Asset.objects.latest("id").pk])),
    ("exceptions, months", "manager", lambda: reverse("followups:exceptions")),
    ("exceptions", "manager", lambda: of_month(back=0)),
    ("exceptions, filtered", "manager", lambda: of_month(back=0, query="?kind=waits_longest&show=all")),
    ("exceptions, signed off", "manager", lambda: of_month(back=30)),
]
POSTED_TO_GROUND = {"change_asset", "retire_asset", "see_exceptions", "sign_off_exceptions"}


def rare_exceptions() -> None:
    """A lead closed against what was decided, which somebody looked at, a month signed off, and an old asset."""
    now = timezone.now()
    manager = User.objects.get(username="manager")
    lead = Lead.objects.filter(disposition="", decisions__isnull=False).order_by("-id")[0]
    services.close_out(lead=lead, disposition="documented", reason="They merged.", by=manager, now=now)
    month = Month.at(now)
    services.see_exceptions(
        month=month,
        kind=ExceptionKind.OVERRIDDEN,
        lead_ids=[lead.pk],
        remark="Talked about it.",
        by=manager,
        now=now + timedelta(seconds=1),
    )
    for _ in range(30):
        month = month.before()
    services.sign_off_exceptions(month=month, note="A quiet month.", by=manager, now=now)
    asset = services.create_asset(
        title="The studio guide of last year",
        link="https://rekindle.example/guide",
        published_at=now - timedelta(days=400),
        industries=["Studios"],
        stages=["qualified", "proposal"],
        tags=["guide"],
    )
    services.retire_asset(asset=asset, by=manager, now=now)
