"""The pages of dry runs, and the ones they need to stand on."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

from django.urls import reverse
from django.utils import timezone

from retention.models import Customer, PlaybookTrial, PlaybookVersion
from retention.rules.playbooks.report import Ran, RanStep, report
from retention.services import playbooks
from retention.states import Arm, EnrolmentEnd, StepOutcome, TrialStatus
from staff.models import User


def trial_that(status: str) -> Callable[[], str]:
    def find() -> str:
        return reverse("retention:playbook_trial", args=[PlaybookTrial.objects.filter(status=status).latest("pk").pk])

    return find


def ask() -> str:
    return reverse("retention:dry_run", args=[PlaybookVersion.objects.filter(trials__isnull=False).latest("pk").pk])


DRY_RUN_PAGES: list[tuple[str, str | None, Callable[[], str]]] = [
    ("dry run, to ask for", "retention", ask),
    ("dry run", "retention", trial_that("done")),
    ("dry run, failed", "retention", trial_that("failed")),
]
POSTED_TO_DRY_RUNS = {"cancel_playbook_trial", "retry_playbook_trial"}


def rare_dry_runs() -> None:
    """One that is done, for a few customers, and one that failed."""
    now = timezone.now()
    by = User.objects.get(username="retention")
    version = playbooks.create_playbook(name="played-through", title="Played through", by=None)
    last = now.date() - timedelta(days=1)
    step = RanStep(
        position=1, name="Book again", outcome=StepOutcome.SHADOWED, channel="sms", at=now - timedelta(days=5)
    )
    left_out = RanStep(position=2, name="A call", outcome=StepOutcome.SKIPPED, channel="", at=now - timedelta(days=3))
    ran = [
        Ran(
            customer_id=customer_id, fitted_at=now - timedelta(days=5), started_at=now - timedelta(days=5),
            arm=Arm.TREATED, steps=(step, left_out), end=EnrolmentEnd.GOAL, ended_at=now - timedelta(days=2),
        )
        for customer_id in Customer.objects.order_by("pk").values_list("pk", flat=True)[:3]
    ]  # fmt: skip
    first = last - timedelta(days=9)
    ran.append(Ran(customer_id=0, fitted_at=now - timedelta(days=4), waits_for="Nobody has time for reviewing."))
    common = {"version": version, "first_on": first, "last_on": last, "requested_at": now, "requested_by": by}
    PlaybookTrial.objects.create(
        **common, status=TrialStatus.DONE, finished_at=now, step=1,
        result=report(version.name, first, last, ran).as_json(),
    )  # fmt: skip
    PlaybookTrial.objects.create(
        **common, status=TrialStatus.FAILED, finished_at=now, problem="There was no time. Choose fewer days."
    )
