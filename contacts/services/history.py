"""What passed between us and a contact, and what they did by themselves."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from django.db import transaction

from contacts.models import Contact, Event, Touch
from contacts.services.errors import Refused
from contacts.states import Channel, Direction, TouchKind
from staff.models import User
from staff.services import record


@transaction.atomic
def record_touch(
    *,
    contact: Contact,
    at: datetime,
    direction: str,
    kind: str,
    channel: str = "",
    summary: str = "",
    returns_on: date | None = None,
    by: User | None = None,
) -> Touch:
    """One touch between us and a contact. Raises Refused for unknown words.

    ``returns_on`` is the day an out-of-office names.
    """
    for word, known in ((direction, Direction), (kind, TouchKind), (channel or Channel.EMAIL, Channel)):
        if word not in known.values:
            raise Refused(f"{word} is not known here. The words are {', '.join(known.values)}.")
    touch = Touch.objects.create(
        contact=contact,
        at=at,
        direction=direction,
        kind=kind,
        channel=channel,
        summary=summary.strip(),
        returns_on=returns_on,
    )
    record(action="contacts.record_touch", actor=by, on=touch, detail={"kind": kind, "direction": direction})
    return touch


@transaction.atomic
def record_event(
    *,
    contact: Contact,
    name: str,
    occurred_at: datetime,
    machine: bool = False,
    properties: Mapping[str, Any] | None = None,
) -> Event:
    """Something a contact did. Not audited: it is data, not a deed of ours.

    ``machine`` marks scanners and prefetches: kept, never counted.
    """
    if not name.strip():
        raise Refused("An event needs a name.")
    return Event.objects.create(
        contact=contact,
        name=name.strip()[:100],
        occurred_at=occurred_at,
        machine=machine,
        properties=dict(properties or {}),
    )
