"""What passed between us and a contact."""

from __future__ import annotations

from datetime import date, datetime

from django.db import transaction

from contacts.models import Contact, Touch
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
def amend_touch(*, touch: Touch, kind: str, returns_on: date | None = None, by: User | None = None) -> Touch:
    """Say what a touch is, where a person knows better than the rule that took it down. Raises Refused."""
    if kind not in TouchKind.values:
        raise Refused(f"{kind} is not known here. The words are {', '.join(TouchKind.values)}.")
    if (touch.kind, touch.returns_on) == (kind, returns_on):
        return touch
    Touch.objects.filter(pk=touch.pk).update(kind=kind, returns_on=returns_on)
    record(action="contacts.amend_touch", actor=by, on=touch, detail={"before": touch.kind, "after": kind})
    touch.refresh_from_db()
    return touch
