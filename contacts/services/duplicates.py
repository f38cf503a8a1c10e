"""Suspected duplicates: found at night and after a merge, decided by people, never merged by themselves.

Contacts are compared within blocks only: one account, one e-mail domain that is a company's, one phone number, one
e-mail address. So the work grows with the number of contacts and not with its square, and at most one block is held
in memory.
"""

from __future__ import annotations

import logging
from collections.abc import Collection, Iterator
from datetime import datetime
from itertools import chain, combinations, groupby, islice
from operator import itemgetter
from typing import Any

from django.db import connection, transaction
from django.db.models import QuerySet

from contacts.likeness import FREE_MAIL, WHOLE_GROUP, Pair, Person, alike, likeness, plain
from contacts.models import Merge, SuspectedDuplicate
from contacts.permission import id_array
from contacts.services.errors import Refused
from contacts.services.merging import merge
from contacts.states import AddressKind, DuplicateReason, DuplicateStatus, MergeKey
from staff.models import User
from staff.services import record

logger = logging.getLogger(__name__)

#: More contacts than this behind one address are a switchboard or a shared mailbox. Then names have to be alike too.
MOST_SHARING = 8
_PAIRS_AT_ONCE = 1000
_READ_AT_ONCE = 5000

# Each query reads the people of every block, or of the blocks that certain contacts belong to. The two are queries of
# their own: one that could do both is planned for neither.
_BY_ACCOUNT = """
SELECT c.account_id AS block, c.id, c.name FROM contacts_contact c
 WHERE c.account_id IS NOT NULL AND c.merged_into_id IS NULL AND c.name <> ''{only}
 ORDER BY c.account_id
"""
_THEIR_ACCOUNTS = " AND c.account_id IN (SELECT account_id FROM contacts_contact WHERE id = ANY(%(only)s::bigint[]))"
_BY_DOMAIN = """
SELECT split_part(a.value, '@', 2) AS block, c.id, c.name
  FROM contacts_address a JOIN contacts_contact c ON c.id = a.contact_id
 WHERE a.kind = 'email' AND a.is_primary AND c.merged_into_id IS NULL AND c.name <> ''
   AND split_part(a.value, '@', 2) <> ALL(%(free)s){only}
 ORDER BY block
"""
_THEIR_DOMAINS = """
   AND split_part(a.value, '@', 2) IN (
       SELECT split_part(value, '@', 2) FROM contacts_address
        WHERE contact_id = ANY(%(only)s::bigint[]) AND kind = 'email' AND is_primary)"""
_BY_ADDRESS = """
SELECT a.value AS block, c.id, c.name
  FROM contacts_address a JOIN contacts_contact c ON c.id = a.contact_id
 WHERE a.kind = %(kind)s AND a.is_primary AND c.merged_into_id IS NULL{only}
   AND EXISTS (SELECT 1 FROM contacts_address o JOIN contacts_contact k ON k.id = o.contact_id
                WHERE o.kind = a.kind AND o.value = a.value AND o.is_primary AND o.contact_id <> a.contact_id
                  AND k.merged_into_id IS NULL)
 ORDER BY block
"""
_THEIR_ADDRESSES = """
   AND a.value IN (SELECT value FROM contacts_address
                    WHERE contact_id = ANY(%(only)s::bigint[]) AND kind = %(kind)s AND is_primary)"""
# The most telling reason first: a pair is noted once, with the reason it was found by first.
_BLOCKS: tuple[tuple[str, str, str, str], ...] = (
    (DuplicateReason.EMAIL.value, _BY_ADDRESS, _THEIR_ADDRESSES, AddressKind.EMAIL.value),
    (DuplicateReason.PHONE.value, _BY_ADDRESS, _THEIR_ADDRESSES, AddressKind.PHONE.value),
    (DuplicateReason.NAME_DOMAIN.value, _BY_ACCOUNT, _THEIR_ACCOUNTS, ""),
    (DuplicateReason.NAME_DOMAIN.value, _BY_DOMAIN, _THEIR_DOMAINS, ""),
)


@transaction.atomic
def find_duplicates(*, now: datetime, contacts: Collection[int] | None = None) -> int:
    """Note the pairs of contacts that may be one person; with ``contacts``, only among what these belong to.

    A pair noted before is left as it is, whatever was decided about it, so that one that was dismissed never comes
    back. In blocks that are too large to compare everybody (`contacts.likeness.WHOLE_GROUP`) some pairs may be missed;
    the log counts these blocks. Returns how many pairs are new.
    """
    values: dict[str, Any] = {"only": id_array(contacts or ()), "free": sorted(FREE_MAIL)}
    found = 0
    for reason, query, theirs, kind in _BLOCKS:
        blocks = _blocks(query.format(only=theirs if contacts is not None else ""), {**values, "kind": kind})
        pairs = _pairs(blocks, reason, contacts)
        while batch := list(islice(pairs, _PAIRS_AT_ONCE)):
            found += _note(batch, reason, now)
    logger.info("%s suspected duplicates are new", found)
    return found


def _pairs(blocks: Iterator[list[Person]], reason: str, only: Collection[int] | None) -> Iterator[Pair]:
    """The pairs worth noting in these blocks. An address that few share is reason enough, whatever their names."""
    large = 0
    for block in blocks:
        large += len(block) > WHOLE_GROUP
        if reason == DuplicateReason.NAME_DOMAIN or len(block) > MOST_SHARING:
            yield from alike(block, only)
            continue
        for one, other in combinations(sorted(block, key=lambda person: person.contact_id), 2):
            if only is None or one.contact_id in only or other.contact_id in only:
                same = reason == DuplicateReason.EMAIL
                yield Pair(one.contact_id, other.contact_id, 100 if same else likeness(one.name, other.name))
    if large and only is None:
        logger.info("%s blocks were too large to compare everybody with everybody (%s)", large, reason)


def _blocks(query: str, values: dict[str, Any]) -> Iterator[list[Person]]:
    """The people of each block of two or more, one block at a time, read through a cursor of the database."""
    with connection.chunked_cursor() as cursor:
        cursor.execute(query, values)
        read = chain.from_iterable(iter(lambda: cursor.fetchmany(_READ_AT_ONCE), []))
        for _block, rows in groupby(read, key=itemgetter(0)):
            people = [Person(plain(name), contact) for _key, contact, name in rows]
            if len(people) > 1:
                yield people


def _note(pairs: list[Pair], reason: str, now: datetime) -> int:
    with connection.cursor() as cursor:
        cursor.execute(
            """
            INSERT INTO contacts_suspectedduplicate (first_id, second_id, likeness, reason, status, found_at)
            SELECT first, second, likeness, %(reason)s, %(status)s, %(now)s
              FROM unnest(%(firsts)s::bigint[], %(seconds)s::bigint[], %(likenesses)s::smallint[])
                   AS pair(first, second, likeness)
            ON CONFLICT (first_id, second_id) DO NOTHING
            """,
            {
                "reason": reason,
                "status": DuplicateStatus.OPEN.value,
                "now": now,
                "firsts": id_array(pair.first for pair in pairs),
                "seconds": id_array(pair.second for pair in pairs),
                "likenesses": id_array(pair.likeness for pair in pairs),
            },
        )
        return int(cursor.rowcount)


@transaction.atomic
def dismiss_duplicate(*, pair: SuspectedDuplicate, by: User, now: datetime) -> SuspectedDuplicate:
    """These are two people. The pair never comes back. Raises Refused when it was decided before."""
    decided = {"status": DuplicateStatus.DISMISSED, "decided_at": now, "decided_by": by}
    if not SuspectedDuplicate.objects.filter(pk=pair.pk, status=DuplicateStatus.OPEN).update(**decided):
        raise Refused(_decided(pair))
    record(action="contacts.dismiss_duplicate", actor=by, on=pair, detail={"contacts": [pair.first_id, pair.second_id]})
    pair.refresh_from_db()
    return pair


@transaction.atomic
def merge_duplicate(*, pair: SuspectedDuplicate, survivor_id: int, reason: str, by: User, now: datetime) -> Merge:
    """These are one person: merge the other one into the survivor, and look for what that makes alike.

    Raises Refused when the pair was decided before, or the survivor is none of the two, and as `merge` does.
    """
    locked = SuspectedDuplicate.objects.select_for_update(of=("self",)).get(pk=pair.pk)
    if locked.status != DuplicateStatus.OPEN:
        raise Refused(_decided(locked))
    if survivor_id not in (locked.first_id, locked.second_id):
        raise Refused("Choose which of the two stays.")
    stays, goes = (locked.first, locked.second) if survivor_id == locked.first_id else (locked.second, locked.first)
    made = merge(survivor=stays, merged=goes, key=MergeKey.PERSON, reason=reason, by=by, at=now)
    find_duplicates(now=now, contacts=[survivor_id])
    return made


def open_duplicates() -> QuerySet[SuspectedDuplicate]:
    """The pairs that wait for a decision, the most alike first. Contacts that became part of others are left out."""
    return SuspectedDuplicate.objects.filter(
        status=DuplicateStatus.OPEN, first__merged_into__isnull=True, second__merged_into__isnull=True
    ).order_by("-likeness", "pk")


def _decided(pair: SuspectedDuplicate) -> str:
    pair.refresh_from_db()
    what = pair.get_status_display().lower()
    return f"Somebody decided about these two before: {what}. Go back to the list."
