"""Customers at risk and playbooks in force as rows, for tests of the sweep."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from contacts import services as contacts
from contacts.models import Contact
from contacts.states import Channel, Consent, EventKind
from outreach.models import Template, TemplateVersion
from outreach.states import TemplateStatus
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
from retention.rules.experiments.draw import draw
from retention.services.enrolling import Swept, sweep
from retention.states import Arm, Band, ChangeCause, ModelStatus, StepPurpose, StepReview
from staff.models import User
from tests.factories import make_user
from tests.retention.making import NOW, did, in_force, make_customer

SALT = "salt"
SMS: dict[str, Any] = {
    "name": "Book again", "purpose": StepPurpose.FRICTION, "channel": "sms", "earliest_hours": 0, "latest_hours": 8,
    "angle": "rebook",
}  # fmt: skip
EMAIL: dict[str, Any] = {
    "name": "A tip", "purpose": StepPurpose.EDUCATION, "channel": "email", "earliest_hours": 36, "latest_hours": 60,
    "angle": "tip",
}  # fmt: skip
CALL: dict[str, Any] = {
    "name": "A call", "purpose": StepPurpose.HUMAN, "channel": "call", "earliest_hours": 0, "latest_hours": 72,
    "script": "Ask how they are.",
}  # fmt: skip
TEXTS = {
    ("sms", "rebook"): "Hello {first_name|there}, your usual class has a place on Thursday. Reply STOP to end this.",
    (
        "email",
        "tip",
    ): "Hello {first_name|there},\n\nTwo minutes of stretching before class help most.\n\nYour team\n\n[[unsubscribe]]",
}


def owner() -> User:
    """Somebody whose hour a day of reading counts where nobody has set any time."""
    return User.objects.filter(name="Ada Owner").first() or make_user("Account owner", name="Ada Owner")


def texts() -> None:
    """Approved wording for the steps of these tests."""
    for (channel, angle), body in TEXTS.items():
        template, new = Template.objects.get_or_create(
            key=f"try-{angle}", defaults={"name": angle, "channel": channel, "angle": angle}
        )
        if new:
            TemplateVersion.objects.create(
                template=template, number=1, subject="A tip" if channel == "email" else "", body=body,
                status=TemplateStatus.APPROVED, approved_at=NOW - timedelta(days=300),
            )  # fmt: skip


def at_risk(
    *, total: int = 72, reasons: tuple[str, ...] = ("quiet_30d",), at: datetime = NOW, arm: Arm | None = None,
    **fields: Any,
) -> Customer:  # fmt: skip
    """Somebody who may be written to on every channel, at high risk since this moment.

    With an ``arm``: the next whom an experiment of these tests draws into it, where it holds out one half.
    """
    customer = make_customer(**fields)
    while arm is not None and draw(SALT, customer.pk, 50) != arm:
        customer = make_customer(**fields)
    contact = customer.contact
    reachable(contact)
    did(customer, "visit_logged", 40)
    scored(customer, total=total, reasons=reasons, at=at)
    return customer


def reachable(contact: Contact) -> None:
    """An address of each kind, and a yes to all that is written or said."""
    contacts.set_address(contact=contact, kind="email", value=f"k{contact.pk}@theirs.example")
    contacts.set_address(contact=contact, kind="phone", value=f"+4479460{contact.pk % 100000:05}")
    for channel in (Channel.EMAIL, Channel.SMS, Channel.CALL):
        contacts.record_consent(
            contact=contact, channel=channel, status=Consent.YES, source="A form", at=NOW - timedelta(days=300)
        )


def scored(customer: Customer, *, total: int, reasons: tuple[str, ...] = ("quiet_30d",), at: datetime = NOW) -> None:
    """As the refresh would store it, with the change in its history."""
    band = Band.HIGH if total >= 60 else Band.LOW
    parts = {"recency": min(total, 30), "frequency": 0, "payment": 0, "engagement": 0, "support": 0}
    Score.objects.update_or_create(
        customer=customer,
        defaults={
            "version": in_force(), "as_of": at, "band_since": at, "total": total, "raw_band": band, "band": band,
            "reasons": list(reasons), **parts,
        },
    )  # fmt: skip
    ScoreChange.objects.create(
        customer=customer, version=in_force(), at=at, cause=ChangeCause.REFRESH, total_after=total, band_after=band,
        reasons=list(reasons),
    )  # fmt: skip


def playbook(name: str = "try", *steps: dict[str, Any], **fields: Any) -> PlaybookVersion:
    """A version in force for high risk, that asks no person unless a step or a gate does."""
    texts()
    book, _ = Playbook.objects.get_or_create(name=name, defaults={"title": name.capitalize(), "stage": "pilot"})
    given: dict[str, Any] = {
        "bands": ["high"], "goal": "They come again", "goal_kinds": [EventKind.VISIT_LOGGED, EventKind.BOOKING_MADE],
        "number": book.versions.count() + 1,
    }  # fmt: skip
    version = PlaybookVersion.objects.create(playbook=book, **given | fields)
    for position, one in enumerate(steps or (SMS, EMAIL), 1):
        PlaybookStep.objects.create(version=version, position=position, **{"review": StepReview.NEVER, **one})
    PlaybookVersion.objects.filter(pk=version.pk).update(
        status=ModelStatus.PUBLISHED, published_at=NOW - timedelta(days=100), publish_reason="To try it."
    )
    version.refresh_from_db()
    return version


def experiment(version: PlaybookVersion, **fields: Any) -> Experiment:
    return Experiment.objects.create(version=version, question="Do more come again?", salt=SALT, **fields)


def swept(at: datetime = NOW, **options: Any) -> Swept:
    return sweep(now=at, **options)


def of(customer: Customer) -> Enrolment:
    """Their latest enrolment."""
    return Enrolment.objects.filter(customer=customer).latest("id")


def runs(customer: Customer) -> list[tuple[int, str]]:
    """Position and outcome of every step of theirs."""
    found = StepRun.objects.filter(enrolment__customer=customer).order_by("enrolment_id", "step__position")
    return list(found.values_list("step__position", "outcome"))
