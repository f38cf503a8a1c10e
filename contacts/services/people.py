"""Accounts, contacts and their addresses."""

from __future__ import annotations

from datetime import UTC, date, datetime

from django.conf import settings
from django.db import transaction

from contacts.ingest.turn import wait_for_turn
from contacts.models import Account, Address, Contact, Event, Identity
from contacts.rules import normalise_email, normalise_phone
from contacts.services.arrivals import announce
from contacts.services.errors import Refused
from contacts.states import AddressKind, IdentityKind
from staff.models import User
from staff.services import record


@transaction.atomic
def create_account(
    *,
    external_id: str,
    name: str,
    domain: str = "",
    industry: str = "",
    territory: str = "",
    owner: User | None = None,
    strategic: bool = False,
    timezone: str = "",
    by: User | None = None,
) -> Account:
    """A new account. Raises Refused when the external id is empty or taken."""
    external_id = external_id.strip()
    if not external_id:
        raise Refused("An account needs an external id.")
    if Account.objects.filter(external_id=external_id).exists():
        raise Refused(f"There is already an account with the external id {external_id}.")
    account = Account.objects.create(
        external_id=external_id,
        name=name.strip() or external_id,
        domain=domain.strip().lower(),
        industry=industry.strip(),
        territory=territory.strip(),
        owner=owner,
        strategic=strategic,
        timezone=timezone,
    )
    record(action="contacts.create_account", actor=by, on=account)
    return account


@transaction.atomic
def create_contact(
    *,
    name: str,
    email: str = "",
    phone: str = "",
    account: Account | None = None,
    external_id: str | None = None,
    timezone: str = "",
    locale: str = "",
    preferred_channel: str = "",
    birthday: date | None = None,
    customer_since: date | None = None,
    churned_on: date | None = None,
    by: User | None = None,
) -> Contact:
    """A new contact with the addresses given. Raises Refused when the external id is taken or an address is not one."""
    external_id = (external_id or "").strip() or None
    if external_id and Contact.objects.filter(external_id=external_id).exists():
        raise Refused(f"There is already a contact with the external id {external_id}.")
    contact = Contact.objects.create(
        name=name.strip(),
        account=account,
        external_id=external_id,
        timezone=timezone,
        locale=locale,
        preferred_channel=preferred_channel,
        birthday=birthday,
        customer_since=customer_since,
        churned_on=churned_on,
    )
    if email.strip():
        Address.objects.create(contact=contact, kind=AddressKind.EMAIL, value=normalised(AddressKind.EMAIL, email))
    if phone.strip():
        Address.objects.create(contact=contact, kind=AddressKind.PHONE, value=normalised(AddressKind.PHONE, phone))
    if external_id:
        _know_by_id(contact, external_id)
    record(action="contacts.create_contact", actor=by, on=contact)
    return contact


def _know_by_id(contact: Contact, external_id: str) -> None:
    """Events may call the contact by its external id. Those that did already, and waited, are the contact's."""
    wait_for_turn()
    identity, _ = Identity.objects.get_or_create(kind=IdentityKind.USER, value=external_id)
    if identity.contact_id is None:
        Identity.objects.filter(pk=identity.pk).update(contact=contact)
        if Event.objects.filter(identity=identity, contact=None).update(contact=contact):
            announce(contact_ids=[contact.pk], now=datetime.now(UTC))


@transaction.atomic
def set_address(*, contact: Contact, kind: str, value: str, by: User | None = None) -> Address:
    """Make this the contact's address of its kind.

    The one before stays as a former address, so that a refusal tied to it holds.
    The contact is locked first, so that a send being claimed sees the old address or the new one, never both.
    """
    value = normalised(kind, value)
    contact = lock_standing(contact)
    current = Address.objects.filter(contact=contact, kind=kind, is_primary=True).first()
    if current is not None and current.value == value:
        return current
    if current is not None:
        Address.objects.filter(pk=current.pk).update(is_primary=False)
    address, _ = Address.objects.update_or_create(
        contact=contact, kind=kind, value=value, defaults={"is_primary": True}
    )
    record(action="contacts.set_address", actor=by, on=contact, detail={"kind": kind, "address": address.pk})
    return address


def lock_standing(contact: Contact) -> Contact:
    """Lock the contact this one is now: itself, or the one it became part of. Whoever asks may have read it before.

    Locks are taken in the order of the ids, as everywhere, so that two of us never deadlock.
    """
    ids = {contact.pk}
    while True:
        known = Contact.objects.filter(pk__in=ids)
        ids |= {into for into in known.values_list("merged_into_id", flat=True) if into is not None}
        locked = Contact.objects.filter(pk__in=ids).order_by("pk").select_for_update(of=("self",))
        found = {one.pk: one for one in locked}
        standing = found[contact.pk].merged_into_id or contact.pk
        if standing in found:
            return found[standing]


def normalised(kind: str, value: str) -> str:
    """The value as it is stored. Raises Refused with the sentence of the rule it breaks."""
    try:
        if kind == AddressKind.EMAIL:
            return normalise_email(value)
        if kind == AddressKind.PHONE:
            return normalise_phone(value, settings.DEFAULT_PHONE_REGION)
    except ValueError as problem:
        raise Refused(str(problem)) from problem
    raise Refused(f"{kind} is not a kind of address. The kinds are {', '.join(AddressKind.values)}.")
