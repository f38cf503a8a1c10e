"""Leads to test with, made through the services, so that no impossible state can be made."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from itertools import count
from typing import Any, Literal

from contacts import services as contacts
from contacts.models import Account, Contact, Touch
from followups import services
from followups.models import Attempt, Decision, Lead, Sequence
from outreach import services as outreach
from outreach.models import Draft
from outreach.states import DraftStatus
from staff.models import User
from tests.factories import make_user

#: A Wednesday, at noon.
NOW = datetime(2026, 5, 13, 12, tzinfo=UTC)

_numbers = count(1)


def ago(days: float = 0, **more: float) -> datetime:
    return NOW - timedelta(days=days, **more)


def day(days_ago: int) -> date:
    return ago(days_ago).date()


def make_account(**fields: Any) -> Account:
    number = next(_numbers)
    return contacts.create_account(**{"external_id": f"A{number}", "name": f"Account {number}", **fields})


def make_contact(*, consent: str | None = "yes", **fields: Any) -> Contact:
    number = next(_numbers)
    given = {"name": "Marta Lindqvist", "email": f"marta{number}@client.example", "external_id": f"C{number}", **fields}
    contact = contacts.create_contact(**given)
    if consent:
        contacts.record_consent(contact=contact, channel="email", status=consent, source="web form", at=ago(100))
    return contact


def make_lead(*, contact: Contact | None = None, owner: User | Literal["new"] | None = "new", **fields: Any) -> Lead:
    """A lead whose quote has been waiting for ten days: row 11 holds, with the quote as the reason."""
    number = next(_numbers)
    given: dict[str, Any] = {"external_id": f"L{number:05}", "stage": "proposal", "quote_sent_on": day(10), **fields}
    return services.create_lead(
        contact=contact or make_contact(),
        owner=make_user("Account owner") if isinstance(owner, str) else owner,
        **given,
    )


def owner_of(lead: Lead) -> User:
    """The owner of a lead that has one."""
    assert lead.owner is not None
    return lead.owner


def make_touch(lead: Lead, *, at: datetime, direction: str = "out", kind: str = "message", **more: Any) -> Touch:
    touch = contacts.record_touch(contact=lead.contact, at=at, direction=direction, kind=kind, channel="email", **more)
    services.link_touch(lead=lead, touch=touch)
    return touch


def swept(now: datetime = NOW, **options: Any) -> dict[str, services.Swept]:
    """Sweep, and give the rows by lead."""
    return {row.external_id: row for row in services.sweep(now=now, **options)}


def draft_of(lead: Lead) -> Draft:
    """The newest draft of a lead."""
    return Draft.objects.filter(attempt__lead=lead).order_by("-id")[0]


def drafts_of(lead: Lead) -> list[str]:
    return list(Draft.objects.filter(attempt__lead=lead).order_by("id").values_list("status", flat=True))


def send(draft: Draft, *, at: datetime, by: User | None = None) -> None:
    """The draft is approved by its owner and has left, as delivery would leave it."""
    approver = by or draft.owner
    assert approver is not None
    outreach.approve(draft_id=draft.pk, fingerprint=draft.fingerprint, by=approver, now=at)
    left = Draft.objects.filter(pk=draft.pk, status=DraftStatus.APPROVED).update(
        status=DraftStatus.SENT, sent_at=at, claimed_at=at
    )
    assert left == 1


def everything_written() -> tuple[Any, ...]:
    """A picture of all that a sweep may write, to see whether it wrote."""
    return (
        *((model.__name__, model.objects.count()) for model in (Decision, Sequence, Attempt, Draft)),
        *Decision.objects.order_by("pk").values_list("pk", "digest"),
        *Draft.objects.order_by("pk").values_list("pk", "status", "fingerprint"),
        *Sequence.objects.order_by("pk").values_list("pk", "status", "disposition"),
        *Attempt.objects.order_by("pk").values_list("pk", "withdrawn_at"),
        *Lead.objects.order_by("pk").values_list("pk", "disposition", "disposition_at", "updated_at"),
    )
