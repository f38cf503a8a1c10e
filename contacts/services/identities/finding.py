"""From ids to contacts, in sets: the number of queries does not depend on how many are asked about."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

from django.db import connection, transaction

from contacts.models import Contact
from contacts.permission import id_array
from contacts.services.arrivals import announce
from contacts.services.people import lock_standing
from contacts.states import IdentityKind

Pair = tuple[str, str]
_USER, _CUSTOMER = IdentityKind.USER.value, IdentityKind.CUSTOMER.value

_KNOWN = """
SELECT i.kind, i.value, i.id, i.contact_id
  FROM unnest(%(kinds)s::text[], %(values)s::text[]) AS given(kind, value)
  JOIN contacts_identity i ON i.kind = given.kind AND i.value = given.value
"""
_MAKE = """
INSERT INTO contacts_identity (kind, value, created_at)
SELECT given.kind, given.value, now() FROM unnest(%(kinds)s::text[], %(values)s::text[]) AS given(kind, value)
 ORDER BY given.kind, given.value
    ON CONFLICT (kind, value) DO NOTHING
"""
# A user whom nobody named yet is the customer of that id, else the contact that came by file with that id.
_USERS = """
SELECT i.id, coalesce(c.merged_into_id, c.id)
  FROM unnest(%(ids)s::int[]) AS given(id)
  JOIN contacts_identity i ON i.id = given.id
  LEFT JOIN contacts_identity k ON k.kind = 'customer' AND k.value = i.value
  LEFT JOIN contacts_contact x ON x.external_id = i.value
  JOIN contacts_contact c ON c.id = coalesce(k.contact_id, x.id)
"""
_CUSTOMERS = """
SELECT i.id, u.contact_id
  FROM unnest(%(ids)s::int[]) AS given(id)
  JOIN contacts_identity i ON i.id = given.id
  JOIN contacts_identity u ON u.kind = 'user' AND u.value = i.value AND u.contact_id IS NOT NULL
"""
# Ids that a source said are one person's get the contact together, whichever way round it was said.
_BIND = """
WITH RECURSIVE linked(id, contact_id) AS (
    SELECT * FROM unnest(%(ids)s::int[], %(contacts)s::bigint[])
    UNION
    SELECT other.id, linked.contact_id
      FROM linked
      JOIN contacts_identity me ON me.id = linked.id
     CROSS JOIN LATERAL (
           SELECT o.id, o.contact_id FROM contacts_identity o WHERE o.same_as_id = me.id
           UNION ALL
           SELECT o.id, o.contact_id FROM contacts_identity o WHERE o.id = me.same_as_id) other
     WHERE other.contact_id IS NULL)
UPDATE contacts_identity i SET contact_id = first.contact_id
  FROM (SELECT id, min(contact_id) AS contact_id FROM linked GROUP BY id) first
 WHERE i.id = first.id AND i.contact_id IS NULL
RETURNING i.id, i.contact_id
"""
_FOLLOW = """
UPDATE contacts_event e SET contact_id = bound.contact_id
  FROM unnest(%(ids)s::int[], %(contacts)s::bigint[]) AS bound(id, contact_id)
 WHERE e.identity_id = bound.id AND e.contact_id IS NULL
"""


def _ask(query: Any, values: dict[str, Any]) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(query, values)
        return cursor.fetchall() if cursor.description else []


@transaction.atomic
def identities_of(pairs: Iterable[Pair]) -> dict[Pair, tuple[int, int | None]]:
    """(kind, value) → (identity, contact or None while nobody knows), for as many pairs as you like.

    New ids get a row. A user's id that nobody named yet is bound to the customer of the same id, else to the contact
    with it as external id; events that waited follow. A customer's id that no import named yet is read as the user's
    id of the same text, and stays unbound: an import says whose it is. Call it in your turn
    (`contacts.ingest.turn`), so that nobody merges contacts meanwhile.
    """
    wanted = sorted(set(pairs))
    found = _known(wanted)
    missing = [pair for pair in wanted if pair not in found]
    if missing:
        _ask(_MAKE, _columns(missing))
        found |= _known(missing)
    unbound: dict[str, list[int]] = {_USER: [], _CUSTOMER: []}
    place: dict[int, Pair] = {}
    for pair, (identity, contact) in found.items():
        if contact is None and pair[0] in unbound:
            unbound[pair[0]].append(identity)
            place[identity] = pair
    if unbound[_USER]:
        resolved = _ask(_USERS, {"ids": id_array(unbound[_USER])})
        _bind(dict(resolved), datetime.now(UTC))
        found |= {place[identity]: (identity, contact) for identity, contact in resolved}
    if unbound[_CUSTOMER]:
        resolved = _ask(_CUSTOMERS, {"ids": id_array(unbound[_CUSTOMER])})
        found |= {place[identity]: (identity, contact) for identity, contact in resolved}
    return found


def _known(pairs: Iterable[Pair]) -> dict[Pair, tuple[int, int | None]]:
    return {(kind, value): (pk, contact) for kind, value, pk, contact in _ask(_KNOWN, _columns(pairs))}


def _columns(pairs: Iterable[Pair]) -> dict[str, list[str]]:
    both = list(pairs)
    return {"kinds": [kind for kind, _value in both], "values": [value for _kind, value in both]}


@transaction.atomic
def bind(*, identity_ids: Iterable[int], contact: Contact, now: datetime) -> int:
    """Say whose these ids are, those that nobody has yet; their waiting events follow. Returns how many were bound.

    Of a contact that became part of another one, they are that one's. An id that is somebody's already stays theirs:
    only a merge moves it.
    """
    standing = lock_standing(contact)
    return _bind(dict.fromkeys(identity_ids, standing.pk), now)


@transaction.atomic
def bind_linked(*, now: datetime) -> int:
    """Bind ids whose other id got a contact by another way than `bind`, such as a file. Returns how many."""
    linked = _ask(
        """
        SELECT i.id, other.contact_id FROM contacts_identity i
          JOIN contacts_identity other ON other.id = i.same_as_id
         WHERE i.same_as_id IS NOT NULL AND i.contact_id IS NULL AND other.contact_id IS NOT NULL
        """,
        {},
    )
    return _bind(dict(linked), now)


def _bind(owners: dict[int, int], now: datetime) -> int:
    """Bind each id to its contact, and those that were said to be the same; let waiting events follow; announce it."""
    if not owners:
        return 0
    bound = _ask(_BIND, {"ids": id_array(owners), "contacts": id_array(owners.values())})
    if bound:
        ids, contacts = zip(*bound, strict=True)
        _ask(_FOLLOW, {"ids": id_array(ids), "contacts": id_array(contacts)})
        announce(contact_ids=contacts, now=now)
    return len(bound)
