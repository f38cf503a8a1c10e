"""A playbook in force with people in it, and readings of its experiment, for tests of the pages."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from outreach.models import Template
from retention.models import Customer, Enrolment, Experiment, ExperimentReading, PlaybookVersion, StepRun
from retention.rules.experiments.reading import Tally, read
from retention.rules.experiments.samples import Count, Sums
from retention.services.experiments import Drawn, assign, design_of
from retention.states import Arm, EnrolmentStatus, StepOutcome, ValueTier
from tests.retention.making import NOW, ago
from tests.retention.playbooks.making import approved, drafted, put_in_force

WHY = {
    "total": 72, "band": "high", "reasons": ["quiet_30d", "payment_failed"], "currency": "EUR",
    "last_activity_at": ago(36).isoformat(), "payment_failed_at": ago(4).isoformat(),
}  # fmt: skip
WORTH = {"risk": "0.72", "value": "387", "uplift": "0.035", "known": False, "expected": "9.7524"}


def in_force(**changes: Any) -> PlaybookVersion:
    """A playbook of two steps, in force since now."""
    if not Template.objects.filter(key="tried-sms").exists():
        approved()
    return put_in_force(drafted(**changes))


def enrol(version: PlaybookVersion, customer: Customer, status: str = EnrolmentStatus.ACTIVE, **more: Any) -> Enrolment:
    """A customer in it, as the sweep leaves them two days after it fitted."""
    began = status != EnrolmentStatus.WAITING
    held_out = status == EnrolmentStatus.HELD_OUT
    given = {
        "arm": Arm.HOLDOUT if held_out else Arm.TREATED if began else "",
        "fitted_at": ago(2),
        "started_at": ago(2) if began else None,
        "expires_at": NOW + timedelta(days=28),
        "look_at": None if status == EnrolmentStatus.ENDED else NOW,
        "why": WHY,
        "worth": WORTH,
        "rank": Decimal("9.7524"),
    }
    return Enrolment.objects.create(
        customer=customer, contact=customer.contact, playbook=version.playbook, version=version,
        experiment=version.experiment, status=status, **given | more,
    )  # fmt: skip


def came(enrolment: Enrolment, position: int = 1, outcome: str = StepOutcome.SKIPPED, **more: Any) -> StepRun:
    """What became of one step, left out unless said otherwise."""
    step = enrolment.version.steps.get(position=position)
    at = more.pop("at", ago(1.5))
    given = {"channel": "sms", "why": "They came since it began.", "cost": Decimal("0.040")}
    return StepRun.objects.create(enrolment=enrolment, step=step, outcome=outcome, at=at, due_at=at, **given | more)


def begun(version: PlaybookVersion, customers: list[Customer], *, at: datetime = NOW) -> Experiment:
    """Its experiment, locked by these customers, every eighth of whom is held out."""
    rows = [
        Drawn(one.pk, one.contact_id, Arm.TREATED if place % 8 else Arm.HOLDOUT, ValueTier.MIDDLE)
        for place, one in enumerate(customers)
    ]
    assign(experiment_id=version.experiment.pk, rows=rows, now=at)
    return Experiment.objects.select_related("version__playbook").get(pk=version.experiment.pk)


def tally(arm: Arm, n: int, hits: int, *, stratum: ValueTier = ValueTier.MIDDLE, **more: Any) -> Tally:
    """An arm in which ``hits`` of ``n`` reached the goal; each of them brought 129."""
    sums = Sums(n, hits, hits, n * 4.0, n * 20.0, hits * 5.0)
    treated = arm == Arm.TREATED
    given: dict[str, Any] = {
        "contacted": n * 9 // 10 if treated else 0,
        "clicked": n // 6 if treated else 0,
        "conversions": hits,
        "converted": hits,
        "revenue_of_conversions": Decimal(129) * hits,
        "cost": Decimal("0.9") * n if treated else Decimal(0),
        "active_30": Count(hits, n),
        "active_60": Count(hits * 3 // 4, n * 2 // 3),
    }
    return Tally(arm=arm, stratum=stratum, assigned=n, outcome=sums, clean=sums, **given | more)


def kept(
    experiment: Experiment, *, planned: bool = False, at: datetime = NOW, tallies: list[Tally] | None = None
) -> ExperimentReading:
    """A reading as the daily round keeps it: 9% of 1,056 treated and 5.5% of 144 held out, unless said otherwise."""
    given = tallies or [tally(Arm.TREATED, 1056, 95), tally(Arm.HOLDOUT, 144, 8)]
    found = read(design=design_of(experiment), tallies=given, planned=planned)
    return ExperimentReading.objects.create(experiment=experiment, at=at, planned=planned, result=found.as_json())
