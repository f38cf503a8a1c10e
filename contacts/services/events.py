"""What contacts did by themselves."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

from django.db import transaction

from contacts.ingest.kinds import NAME_LENGTH, flag_of, is_machine, key_of, particulars
from contacts.models import Contact, Event, EventName, Identity
from contacts.services.arrivals import announce
from contacts.services.errors import Refused
from contacts.states import EventKind


@transaction.atomic
def record_event(
    *,
    contact: Contact,
    name: str,
    occurred_at: datetime,
    machine: bool = False,
    properties: Mapping[str, Any] | None = None,
    identity: Identity | None = None,
) -> Event:
    """Something a contact did. Not audited: it is data, not a deed of ours.

    ``machine`` marks scanners and prefetches: kept, never counted. Raises Refused without a name, or where a property
    that the name needs is not what it should be.
    """
    known = name_of(name)
    given = dict(properties or {})
    machine = machine or is_machine(given)
    now = datetime.now(UTC)
    flag = flag_of(occurred_at, now)
    kind = 0 if machine or flag else known.kind or EventKind.NO_EFFECT.value
    try:
        read = particulars(kind, given)
    except ValueError as problem:
        raise Refused(str(problem)) from problem
    event = Event.objects.create(
        contact=contact,
        identity=identity,
        name=known,
        kind=kind,
        value=read.value,
        amount=read.amount,
        currency=read.currency,
        reference=read.reference,
        occurred_at=occurred_at,
        machine=machine,
        flag=flag,
        message_id=uuid4(),
        properties=given,
    )
    announce(contact_ids=[contact.pk], now=now)
    return event


def name_of(title: str) -> EventName:
    """The row of an event name, made where it is new. Raises Refused when there is nothing in it."""
    key = key_of(title)
    if not key:
        raise Refused("An event needs a name.")
    return EventName.objects.get_or_create(key=key, defaults={"title": title.strip()[:NAME_LENGTH]})[0]
