"""People to merge, made through the services."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from contacts.models import Contact, Identity
from contacts.permission import permissions_of
from contacts.services import create_contact
from contacts.states import Channel

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
LATER = NOW + timedelta(hours=1)


def person(name: str = "Marta Lindqvist", **known: object) -> Contact:
    return create_contact(name=name, **known)  # type: ignore[arg-type]


def known_as(contact: Contact | None, kind: str, value: str) -> Identity:
    return Identity.objects.create(kind=kind, value=value, contact=contact)


def consents(contact: Contact) -> dict[str, str]:
    """What holds by channel, unknown left out."""
    found = permissions_of([contact.pk])[contact.pk]
    return {channel: one.consent for channel, one in found.items() if one.consent != "unknown"}


def refusals(contact: Contact) -> set[tuple[str, str]]:
    """(channel, reason) of everything that holds for every channel or for one."""
    found = permissions_of([contact.pk])[contact.pk]
    return {(channel, reason) for channel in Channel.values for reason in found[channel].suppressed_by}
