"""The pages of the scores that are looked at: customers, models, and what was tried out on them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from django.urls import reverse
from django.utils import timezone

from retention.models import Customer, ScoreTrial, ScoreVersion
from retention.services import request_backtest, request_what_if
from retention.states import Lapse, ModelStatus, TrialStatus
from staff.models import User
from tests.browser.capacity_pages import CAPACITY_PAGES, POSTED_TO_CAPACITY, rare_capacity


def page(name: str, query: str = "") -> Callable[[], str]:
    return lambda: reverse(f"retention:{name}") + query


def customer(**which: Any) -> Callable[[], str]:
    """The page of one customer of this kind."""

    def find() -> str:
        found = Customer.objects.filter(**which).order_by("-score__total", "pk").first()
        assert found is not None, which
        return reverse("retention:customer", args=[found.pk])

    return find


def version(name: str, status: str) -> Callable[[], str]:
    def find() -> str:
        return reverse(f"retention:{name}", args=[ScoreVersion.objects.filter(status=status).latest("pk").pk])

    return find


def trial(**which: Any) -> Callable[[], str]:
    return lambda: reverse("retention:trial", args=[ScoreTrial.objects.filter(**which).latest("pk").pk])


SCORE_PAGES: list[tuple[str, str | None, Callable[[], str]]] = [
    ("customers", "retention", page("customers")),
    ("customers of an owner", "owner", page("customers")),
    ("customers, filtered", "retention", page("customers", "?band=high&sort=value&changed=7&reason=payment_failed")),
    ("customers, nobody found", "retention", page("customers", "?q=nobody+at+all")),
    ("customer at risk", "retention", customer(score__band="high", overrides__isnull=True)),
    ("customer at risk, to look at only", "manager", customer(score__band="medium")),
    ("customer, calm", "retention", customer(score__band="low", score__total=0)),
    ("customer, band set by hand", "retention", customer(overrides__ended_at=None, overrides__isnull=False)),
    ("customer who left", "retention", customer(churned_on__isnull=False, score__isnull=True)),
    ("score", "retention", page("score")),
    ("score, version", "retention", version("version", ModelStatus.PUBLISHED)),
    ("score, version to look at only", "manager", version("version", ModelStatus.PUBLISHED)),
    ("score, draft", "retention", version("version", ModelStatus.DRAFT)),
    ("score, edit", "retention", version("edit", ModelStatus.DRAFT)),
    ("score, publish", "retention", version("publish", ModelStatus.DRAFT)),
    ("score, what-if", "retention", trial(kind="what_if", status=TrialStatus.DONE)),
    ("score, backtest", "retention", trial(kind="backtest", status=TrialStatus.DONE)),
    ("score, trial that waits", "retention", trial(status=TrialStatus.QUEUED)),
    ("score, trial that failed", "retention", trial(status=TrialStatus.FAILED)),
    *CAPACITY_PAGES,
]

#: Addresses that only take something.
POSTED_TO_SCORES = {
    "override",
    "end_override",
    "flag_wrong",
    "new_draft",
    "retire",
    "what_if",
    "backtest",
    "cancel",
    "retry",
    *POSTED_TO_CAPACITY,
}


def rare_trials() -> None:
    """What the sample world does not show: a trial that waits for a worker, and one that failed."""
    now, by = timezone.now(), User.objects.get(username="retention")
    draft = ScoreVersion.objects.filter(status=ModelStatus.DRAFT).latest("pk")
    dates = [(now - timedelta(days=40)).date()]
    failed = request_backtest(version=draft, dates=dates, horizon_days=20, lapse=Lapse.NO_PURCHASE, by=by, now=now)
    ScoreTrial.objects.filter(pk=failed.pk).update(
        status=TrialStatus.FAILED, problem="Something went wrong on our side.", finished_at=now
    )
    request_what_if(version=draft, by=by, now=now)
    rare_capacity()
