"""From whatever somebody has in hand to the contacts it may mean."""

from __future__ import annotations

from dataclasses import dataclass

from django.conf import settings
from django.db.models import Q

from contacts.models import Contact
from contacts.rules import normalise_email, normalise_phone
from contacts.states import AddressKind

_LARGEST_ID = 2**63 - 1


@dataclass(frozen=True, slots=True)
class Found:
    """A contact, by what it was found, and the one it became part of since, if any."""

    contact: Contact
    by: str
    merged: Contact | None = None


def find(text: str) -> list[Found]:
    """Every contact that a text may mean, each once, in the order of their ids.

    The text is the external id of a contact, customer or lead, an e-mail address, a phone number, or the number of a
    contact here. A contact that became part of another stands for that one.
    """
    text = text.strip()
    if not text:
        return []
    found: dict[int, Found] = {}
    for by, condition in _ways(text):
        for contact in Contact.objects.filter(condition).select_related("account", "merged_into").distinct():
            whole = _survivor(contact)
            merged = contact if whole.pk != contact.pk else None
            found.setdefault(whole.pk, Found(whole, by, merged))
    return [found[pk] for pk in sorted(found)]


def _ways(text: str) -> list[tuple[str, Q]]:
    ways = [
        ("external id", Q(external_id=text)),
        ("customer", Q(customers__external_id=text)),
        ("lead", Q(leads__external_id=text)),
    ]
    if "@" in text and (address := _normal(AddressKind.EMAIL, text)):
        ways.append(("e-mail address", Q(addresses__kind=AddressKind.EMAIL, addresses__value=address)))
    elif any(sign.isdigit() for sign in text) and (address := _normal(AddressKind.PHONE, text)):
        ways.append(("phone number", Q(addresses__kind=AddressKind.PHONE, addresses__value=address)))
    if text.isascii() and text.isdigit() and int(text) <= _LARGEST_ID:
        ways.append(("number", Q(pk=int(text))))
    return ways


def _normal(kind: str, text: str) -> str:
    """The address as it is stored, or nothing where it is none."""
    try:
        if kind == AddressKind.EMAIL:
            return normalise_email(text)
        return normalise_phone(text, settings.DEFAULT_PHONE_REGION)
    except ValueError:
        return ""


def _survivor(contact: Contact) -> Contact:
    seen = {contact.pk}
    while contact.merged_into is not None and contact.merged_into.pk not in seen:
        contact = contact.merged_into
        seen.add(contact.pk)
    return contact
