"""From events to rows, in sets: names and identities are looked up once, and one statement writes what is new.

The same event twice is one event. The same id with other content is a mistake of the sender, and refused.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from django.db import connection, transaction

from contacts.ingest.kinds import NAME_LENGTH, NOTHING, flag_of, is_machine, particulars
from contacts.ingest.messages import known_key
from contacts.ingest.turn import wait_for_turn
from contacts.models import EventName
from contacts.services.arrivals import announce
from contacts.services.identities import identities_of

DUPLICATE_ID = "duplicate_id"
BAD_PROPERTY = "bad_property"
_OTHER_CONTENT = (
    "An event with this messageId is stored already, and says something else. Every event needs an id of its own: "
    "give this one another messageId, or discard it."
)
_COLUMNS = (
    "place", "message_id", "identity_id", "contact_id", "name_id", "source_id", "kind", "value", "occurred_at",
    "received_at", "machine", "flag", "amount", "currency", "reference", "properties",
)  # fmt: skip
_TYPES = (
    "int4", "uuid", "int4", "int8", "int4", "int8", "int2", "int2", "timestamptz",
    "timestamptz", "bool", "text", "numeric", "text", "text", "jsonb",
)  # fmt: skip
_EVENT_COLUMNS = ", ".join(_COLUMNS[1:])
_CONTACT = _COLUMNS.index("contact_id")
_encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


class Incoming(NamedTuple):
    """An event that has been read: whose it is, what it is called, and everything that came with it.

    ``identity`` is a kind of id (`IdentityKind`) and the id.
    """

    message_id: UUID
    identity: tuple[str, str]
    name: str
    occurred_at: datetime
    received_at: datetime
    properties: Mapping[str, Any]
    source_id: int | None


class Refusal(NamedTuple):
    """Why the event at this place of those given was not stored. ``code`` names the kind of problem."""

    place: int
    code: str
    reason: str


@dataclass(slots=True)
class Stored:
    """What became of a set of events: each was created, or was there already, or is among the refused."""

    created: int = 0
    duplicates: int = 0
    refused: list[Refusal] = field(default_factory=list)


@transaction.atomic
def store(events: Sequence[Incoming], *, now: datetime) -> Stored:
    """Store these events, in the caller's transaction if there is one, and say who is concerned (`Arrival`).

    An event is there already if one with its id says the same: the same name, person and properties. Its time may
    differ, since it is corrected by the time of sending, which changes when it is sent again.
    """
    stored = Stored()
    if not events:
        return stored
    # From here on names keep what they count as, and ids whose they are, until what is stored can be seen by others.
    wait_for_turn()
    names = _names_of({event.name for event in events})
    owners = identities_of({event.identity for event in events})
    rows = list(_rows(events, names, owners, stored))
    if rows:
        _write(rows, stored)
        announce(contact_ids={row[_CONTACT] for row in rows} - {None}, now=now)
    return stored


def _names_of(titles: Iterable[str]) -> dict[str, tuple[int, int]]:
    """The id of each name and the kind it counts as; new names are made."""
    keys: dict[str, str] = {}
    for title in sorted(titles):
        keys.setdefault(known_key(title), title)
    found = _known_names(keys)
    missing = sorted(keys.keys() - found.keys())
    if missing:
        EventName.objects.bulk_create(
            [EventName(key=key, title=keys[key].strip()[:NAME_LENGTH]) for key in missing], ignore_conflicts=True
        )
        found |= _known_names(missing)
    return {title: found[known_key(title)] for title in titles}


def _known_names(keys: Iterable[str]) -> dict[str, tuple[int, int]]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT key, id, coalesce(kind, 0) FROM contacts_eventname WHERE key = ANY(%s)", [list(keys)])
        return {key: (pk, kind) for key, pk, kind in cursor.fetchall()}


def _rows(
    events: Sequence[Incoming],
    names: Mapping[str, tuple[int, int]],
    owners: Mapping[tuple[str, str], tuple[int, int | None]],
    stored: Stored,
) -> Iterator[tuple[Any, ...]]:
    """The rows of the events that can be stored, in the order of `_COLUMNS`."""
    for place, event in enumerate(events):
        name_id, kind = names[event.name]
        identity_id, contact_id = owners[event.identity]
        machine = is_machine(event.properties)
        flag = flag_of(event.occurred_at, event.received_at)
        read = NOTHING
        if machine or flag:
            kind = 0
        elif kind:
            try:
                read = particulars(kind, event.properties)
            except ValueError as problem:
                stored.refused.append(Refusal(place, BAD_PROPERTY, str(problem)))
                continue
        yield (
            place, event.message_id, identity_id, contact_id, name_id, event.source_id, kind, read.value,
            event.occurred_at, event.received_at, machine, flag, read.amount, read.currency, read.reference,
            _encode(event.properties),
        )  # fmt: skip


def _write(rows: Sequence[tuple[Any, ...]], stored: Stored) -> None:
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE IF EXISTS pg_temp.incoming")
        columns = ", ".join(f"{name} {kind}" for name, kind in zip(_COLUMNS, _TYPES, strict=True))
        cursor.execute(f"CREATE TEMP TABLE incoming ({columns}) ON COMMIT DROP")
        with cursor.copy(f"COPY incoming ({', '.join(_COLUMNS)}) FROM STDIN") as copy:
            for row in rows:
                copy.write_row(row)
        # Of those with the same id the first is written, and the others are compared with what is there then.
        cursor.execute(
            f"INSERT INTO contacts_event ({_EVENT_COLUMNS}) SELECT {_EVENT_COLUMNS} FROM incoming"  # noqa: S608  our own names
            " ON CONFLICT (message_id) DO NOTHING"
        )
        stored.created += cursor.rowcount
        there_already = len(rows) - cursor.rowcount
        if there_already:
            cursor.execute(
                """
                SELECT incoming.place FROM incoming JOIN contacts_event event USING (message_id)
                 WHERE event.name_id <> incoming.name_id
                    OR event.properties <> incoming.properties
                    OR event.identity_id IS DISTINCT FROM incoming.identity_id
                       AND (event.contact_id = incoming.contact_id) IS NOT TRUE
                 ORDER BY incoming.place
                """
            )
            different = [place for (place,) in cursor.fetchall()]
            stored.refused += [Refusal(place, DUPLICATE_ID, _OTHER_CONTENT) for place in different]
            stored.duplicates += there_already - len(different)
