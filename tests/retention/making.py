"""Customers and what they did, to score in tests."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from itertools import count
from typing import Any

from contacts import services as contacts
from contacts.models import Arrival, Contact
from retention import services
from retention.models import Customer, Score, ScoreChange, ScoreVersion
from retention.states import ChangeCause, ModelStatus

#: A Wednesday, at noon.
NOW = datetime(2026, 5, 13, 12, tzinfo=UTC)

_numbers = count(1)


def ago(days: float = 0, **more: float) -> datetime:
    return NOW - timedelta(days=days, **more)


def make_customer(*, since: date | None = date(2025, 1, 1), contact: Contact | None = None, **fields: Any) -> Customer:
    """A customer of a year and more, without any event."""
    number = next(_numbers)
    contact = contact or contacts.create_contact(name=f"Customer {number}", external_id=f"K{number:05}")
    return Customer.objects.create(
        external_id=fields.pop("external_id", f"K{number:05}"), contact=contact, since=since, **fields
    )


def did(customer: Customer, name: str, *days: float, **properties: Any) -> None:
    """Something the customer did, so many days before NOW; the news of it lies waiting."""
    for one in days:
        contacts.record_event(contact=customer.contact, name=name, occurred_at=ago(one), properties=properties)
    Arrival.objects.update(due_at=ago(400))


def active(customer: Customer) -> Customer:
    """Came every three days for half a year, and yesterday: nothing at risk."""
    did(customer, "visit_logged", *range(1, 180, 3))
    return customer


def refreshed(now: datetime = NOW, **options: Any) -> services.Refreshed:
    return services.refresh(now=now, **options)


def score_of(customer: Customer) -> Score:
    return Score.objects.get(customer=customer)


def history_of(customer: Customer) -> list[ScoreChange]:
    """Oldest first."""
    return list(ScoreChange.objects.filter(customer=customer).order_by("at", "id"))


def everything() -> list[dict[str, Any]]:
    """Every column of every score, but when it was computed."""
    names = [field.attname for field in Score._meta.concrete_fields if field.name != "as_of"]
    return list(Score.objects.order_by("customer").values(*names))


def rescored(now: datetime = NOW) -> services.Rescored:
    return services.rescore_all(now=now, cause=ChangeCause.CHECK)


def in_force(name: str = "at-risk") -> ScoreVersion:
    return ScoreVersion.objects.get(model__name=name, status=ModelStatus.PUBLISHED)


def draft(name: str = "at-risk", **changes: Any) -> ScoreVersion:
    made = services.draft_version(of=in_force(name), by=None)
    return services.edit_version(version=made, changes=changes, by=None)


def points_of(scores: Iterable[Score]) -> dict[int, tuple[int, ...]]:
    return {one.pk: (one.recency, one.frequency, one.payment, one.engagement, one.support) for one in scores}
