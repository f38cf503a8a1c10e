"""What event names count as."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import datetime
from typing import Any

from django.db import connection, transaction

from contacts.ingest.kinds import WITH_PARTICULARS, particulars
from contacts.models import EventName
from contacts.services.arrivals import announce
from contacts.services.errors import Refused
from contacts.states import EventKind
from staff.models import User
from staff.services import record

_AT_ONCE = 5_000
# Machines and impossible dates never count, whatever their name.
_EVENTS = "e.name_id = %(name)s AND NOT e.machine AND e.flag = ''"


@transaction.atomic
def map_name(*, name: EventName, kind: int | None, by: User | None, now: datetime) -> int:
    """Say what events of this name count as, also those that are there already. Returns how many changed.

    ``kind`` is an `EventKind`; 0 has no effect on purpose, None leaves open what it means. What a kind needs is read
    out of the properties again; an event whose properties do not fit has no effect. Events of this name that arrive
    meanwhile wait, and count as the name then does. Raises Refused when there is no such kind.
    """
    if kind is not None and kind not in EventKind.values:
        raise Refused("There is nothing of this kind that an event could count as. Choose one of the list.")
    locked = EventName.objects.select_for_update().get(pk=name.pk)
    if locked.kind == kind:
        return 0
    EventName.objects.filter(pk=name.pk).update(
        kind=kind, mapped_at=None if kind is None else now, mapped_by=None if kind is None else by
    )
    target = kind or EventKind.NO_EFFECT.value
    changed, contacts = 0, set[int]()
    for found in _read_anew(name.pk, target) if target in WITH_PARTICULARS else _count_alike(name.pk, target):
        changed += len(found)
        contacts.update(contact_id for (contact_id,) in found if contact_id is not None)
    if changed:
        announce(contact_ids=contacts, now=now)
    record(action="contacts.map_name", actor=by, on=locked, detail={"kind": kind, "events": changed})
    return changed


def _count_alike(name_id: int, kind: int) -> Iterator[list[tuple[int | None]]]:
    """Give all events of a name a kind of which nothing is read. The contact of each that changed."""
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE contacts_event e SET kind = %(kind)s, value = NULL, amount = NULL, currency = '', reference = ''"  # noqa: S608  our own words
            f" WHERE {_EVENTS} AND e.kind <> %(kind)s RETURNING e.contact_id",
            {"name": name_id, "kind": kind},
        )
        while found := cursor.fetchmany(_AT_ONCE):
            yield found


def _read_anew(name_id: int, kind: int) -> Iterator[list[tuple[int | None]]]:
    """The same for a kind that needs something of the properties: read a few thousand at a time, and written back."""
    with connection.cursor() as reading, connection.cursor() as writing:
        reading.execute(
            f"DECLARE events_of_name NO SCROLL CURSOR FOR SELECT e.id, e.properties::text FROM contacts_event e WHERE {_EVENTS}",  # noqa: S608, E501  our own words
            {"name": name_id},
        )
        while True:
            reading.execute(f"FETCH {_AT_ONCE} FROM events_of_name")
            rows = reading.fetchall()
            if not rows:
                break
            ids, kinds, values, amounts, currencies, references = zip(
                *(_particulars(pk, kind, properties) for pk, properties in rows), strict=True
            )
            writing.execute(
                """
                UPDATE contacts_event e
                   SET kind = n.kind, value = n.value, amount = n.amount, currency = n.currency, reference = n.reference
                  FROM unnest(%(ids)s::bigint[], %(kinds)s::smallint[], %(values)s::smallint[], %(amounts)s::numeric[],
                              %(currencies)s::text[], %(references)s::text[])
                       AS n(id, kind, value, amount, currency, reference)
                 WHERE e.id = n.id AND ROW(e.kind, e.value, e.amount, e.currency, e.reference)
                                       IS DISTINCT FROM ROW(n.kind, n.value, n.amount, n.currency, n.reference)
                RETURNING e.contact_id
                """,
                {
                    "ids": list(ids),
                    "kinds": list(kinds),
                    "values": list(values),
                    "amounts": list(amounts),
                    "currencies": list(currencies),
                    "references": list(references),
                },
            )
            yield writing.fetchall()
        reading.execute("CLOSE events_of_name")


def _particulars(pk: int, kind: int, properties: str) -> tuple[Any, ...]:
    try:
        read = particulars(kind, json.loads(properties))
    except ValueError:
        return pk, EventKind.NO_EFFECT.value, None, None, "", ""
    return pk, kind, read.value, read.amount, read.currency, read.reference
