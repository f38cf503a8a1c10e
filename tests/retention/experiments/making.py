"""Playbooks and experiments to test with."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from decimal import Decimal
from itertools import count
from typing import Any

from contacts import services as contacts
from contacts.models import Contact, Event, EventName
from contacts.states import EventKind
from outreach.models import Draft
from outreach.states import DraftStatus, Flow
from retention.models import (
    Customer,
    Enrolment,
    Experiment,
    Playbook,
    PlaybookStep,
    PlaybookVersion,
    Score,
    ScoreChange,
    StepRun,
)
from retention.services import experiments
from retention.services.experiments import Drawn
from retention.states import (
    Arm,
    Band,
    ChangeCause,
    EnrolmentStatus,
    ModelStatus,
    StepChannel,
    StepOutcome,
    StepPurpose,
    ValueTier,
)
from tests.outreach.world import make_draft
from tests.retention.making import NOW, in_force, make_customer

_numbers = count(1)


def make_version(*, published: bool = True, owner: Any = None, **fields: Any) -> PlaybookVersion:
    """A playbook with one version of one step, whose goal is a visit."""
    number = next(_numbers)
    playbook = Playbook.objects.create(name=f"try-{number}", title=f"Try {number}", owner=owner)
    given = {"goal": "They come again", "goal_kinds": [EventKind.VISIT_LOGGED]} | fields
    version = PlaybookVersion.objects.create(playbook=playbook, number=1, **given)
    PlaybookStep.objects.create(
        version=version, position=1, name="Remind", purpose=StepPurpose.NUDGE, channel=StepChannel.EMAIL,
        latest_hours=48, angle="remind",
    )  # fmt: skip
    if published:
        PlaybookVersion.objects.filter(pk=version.pk).update(
            status=ModelStatus.PUBLISHED, published_at=NOW - timedelta(days=200), publish_reason="To try it"
        )
        version.refresh_from_db()
    return version


def make_experiment(*, version: PlaybookVersion | None = None, **fields: Any) -> Experiment:
    """A design that nobody has been assigned to."""
    version = version or make_version()
    given = {"question": "Do more come again?", "salt": f"salt {version.pk}"} | fields
    return Experiment.objects.create(version=version, **given)


def assigned(
    experiment: Experiment, customer: Customer, arm: Arm = Arm.TREATED, *, at: datetime = NOW, **more: Any
) -> None:
    """One customer in one arm, through the service."""
    stratum, wave = more.get("stratum", ValueTier.MIDDLE), more.get("wave", 0)
    row = Drawn(customer.pk, customer.contact_id, arm, stratum, wave)
    done = experiments.assign(experiment_id=experiment.pk, rows=[row], now=at)
    assert done.new == 1


def people(number: int) -> list[Customer]:
    return [make_customer() for _ in range(number)]


def make_sent(contact: Contact, *, at: datetime, flow: str = Flow.PLAYBOOK) -> Draft:
    """A message that left at this moment, in the way delivery leaves it behind."""
    if not contact.addresses.exists():
        contacts.set_address(contact=contact, kind="email", value=f"k{contact.pk}@theirs.example")
    draft = make_draft(contact)
    Draft.objects.filter(pk=draft.pk).update(
        flow=flow, status=DraftStatus.SENT, sent_at=at, claimed_at=at, decided_at=at,
        approved_fingerprint=draft.fingerprint,
    )  # fmt: skip
    draft.refresh_from_db()
    return draft


def enrolled(experiment: Experiment, customer: Customer, *, at: datetime = NOW) -> Enrolment:
    """Under way in the playbook of the experiment."""
    return Enrolment.objects.create(
        customer=customer, contact=customer.contact, playbook=experiment.version.playbook, version=experiment.version,
        experiment=experiment, arm=Arm.TREATED, status=EnrolmentStatus.ACTIVE, fitted_at=at, started_at=at,
        expires_at=at + timedelta(days=30), look_at=at,
    )  # fmt: skip


def ran(enrolment: Enrolment, draft: Draft, *, at: datetime, cost: str = "0.50") -> StepRun:
    """Its step, drafted."""
    return StepRun.objects.create(
        enrolment=enrolment, step=enrolment.version.steps.get(), outcome=StepOutcome.DRAFTED, at=at, due_at=at,
        channel="email", draft=draft, cost=Decimal(cost),
    )  # fmt: skip


def many_people(number: int, **fields: Any) -> list[Customer]:
    """Customers of dollars, in two statements however many they are."""
    names = [f"M{next(_numbers)}" for _ in range(number)]
    written = Contact.objects.bulk_create(Contact(name=name, external_id=name) for name in names)
    given = {"since": date(2025, 1, 1), "currency": "USD"} | fields
    return Customer.objects.bulk_create(
        Customer(external_id=name, contact=one, **given) for name, one in zip(names, written, strict=True)
    )


def scored_high(customers: Iterable[Customer], *, since: datetime, before: int = 20) -> None:
    """All at high risk since then, and at low risk before."""
    version, found = in_force(), list(customers)
    Score.objects.bulk_create(
        Score(
            customer=one, version=version, as_of=since, band_since=since, total=80, recency=30, frequency=25,
            payment=25, engagement=0, support=0, raw_band=Band.HIGH, band=Band.HIGH, reasons=["quiet_30d"],
        )
        for one in found
    )  # fmt: skip
    ScoreChange.objects.bulk_create(
        ScoreChange(
            customer=one, version=version, at=since, cause=ChangeCause.REFRESH, total_before=before, total_after=80,
            band_before=Band.LOW, band_after=Band.HIGH, reasons=["quiet_30d"],
        )
        for one in found
    )  # fmt: skip


def came(customers: Iterable[Customer], *, at: datetime, amount: int | None = None) -> None:
    """A visit of each of them, or a purchase of that many dollars."""
    kind = EventKind.VISIT_LOGGED if amount is None else EventKind.PURCHASE_MADE
    name, _ = EventName.objects.get_or_create(key=kind.name.lower(), defaults={"title": kind.name, "kind": kind})
    Event.objects.bulk_create(
        Event(
            contact_id=one.contact_id, name=name, kind=kind, occurred_at=at, amount=amount,
            currency="" if amount is None else "USD",
        )
        for one in customers
    )  # fmt: skip
