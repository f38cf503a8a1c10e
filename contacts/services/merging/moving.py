"""What points at a contact, and moving it to another one.

The tables are found by asking the models, so that the apps above this one need not be known here. Those that need
more than a new contact are named in `APART` and handled by their own functions.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any, NamedTuple

from django.db import connection, models

from contacts.models import (
    ActiveSuppression,
    Address,
    ConsentRecord,
    Contact,
    Event,
    Identity,
    Merge,
    Suppression,
    SuspectedDuplicate,
)
from contacts.permission import id_array

#: Addresses, ids and events have rules of their own; refusals and answers are copied, since they are histories; what
#: is about merges itself stays where it is.
APART: frozenset[type[models.Model]] = frozenset(
    {ActiveSuppression, Address, ConsentRecord, Event, Identity, Merge, SuspectedDuplicate, Suppression}
)
#: Fields of a contact that are taken over where the survivor has nothing.
FILLED = ("name", "account_id", "timezone", "locale", "preferred_channel", "external_id")


class Relation(NamedTuple):
    """A column that points at contacts. ``name`` is how `Merge.moved` calls it: app.model.field."""

    name: str
    model: type[models.Model]
    table: str
    key: str
    column: str


@cache
def relations() -> tuple[Relation, ...]:
    """Every column that simply moves, in the order of the names."""
    found = []
    for pointer in Contact._meta.get_fields(include_hidden=True):
        if not isinstance(pointer, (models.ManyToOneRel, models.OneToOneRel)):
            continue
        model = pointer.related_model
        if isinstance(model, str) or model in APART or not model._meta.managed or model._meta.proxy:
            continue
        field = pointer.field
        primary = model._meta.pk
        assert primary is not None
        assert primary.column is not None
        assert field.column is not None
        name = f"{model._meta.label_lower}.{field.name}"
        found.append(Relation(name, model, model._meta.db_table, primary.column, field.column))
    return tuple(sorted(found))


def rows(query: str, values: Mapping[str, Any]) -> list[tuple[Any, ...]]:
    """Run a statement of this package; the names in it are those of our own tables and columns."""
    with connection.cursor() as cursor:
        cursor.execute(query, values)
        found: list[tuple[Any, ...]] = cursor.fetchall()
        return found


def move_rows(*, source: int, target: int) -> dict[str, list[Any]]:
    """Point every simple relation of one contact at another one. Returns the keys of what moved, by relation."""
    moved = {}
    for one in relations():
        found = rows(
            f"UPDATE {one.table} SET {one.column} = %(target)s WHERE {one.column} = %(source)s RETURNING {one.key}",  # noqa: S608
            {"source": source, "target": target},
        )
        if found:
            moved[one.name] = sorted(key for (key,) in found)
    return moved


def left_behind() -> set[int]:
    """The contacts that are part of another one and still have rows: these were on their way during the merge."""
    found: set[int] = set()
    for one in relations():
        pointing = rows(
            f"SELECT DISTINCT r.{one.column} FROM contacts_contact c JOIN {one.table} r ON r.{one.column} = c.id"  # noqa: S608
            " WHERE c.merged_into_id IS NOT NULL",
            {},
        )
        found.update(contact for (contact,) in pointing)
    return found


def move_rows_back(*, moved: Mapping[str, Sequence[Any]], source: int, target: int) -> None:
    """Point what a merge moved at ``target`` again, where it still is where the merge put it."""
    for one in relations():
        if keys := moved.get(one.name):
            one.model._base_manager.filter(pk__in=keys, **{one.column: source}).update(**{one.column: target})


def move_identities(*, source: int, target: int) -> list[int]:
    """Ids of a contact become those of another one."""
    found = rows(
        "UPDATE contacts_identity SET contact_id = %(target)s WHERE contact_id = %(source)s RETURNING id",
        {"source": source, "target": target},
    )
    return sorted(key for (key,) in found)


def move_events(*, source: int, target: int) -> list[int]:
    """Events of a contact become those of another one, in one statement; call it before its ids move.

    Returns the events that came by none of the contact's own ids: they can only be found again by name.
    """
    found = rows(
        """
        WITH moved AS (
            UPDATE contacts_event SET contact_id = %(target)s WHERE contact_id = %(source)s RETURNING id, identity_id)
        SELECT moved.id FROM moved LEFT JOIN contacts_identity i ON i.id = moved.identity_id
         WHERE i.contact_id IS DISTINCT FROM %(source)s ORDER BY moved.id
        """,
        {"source": source, "target": target},
    )
    return [key for (key,) in found]


def move_events_back(*, identities: Sequence[int], events: Sequence[int], source: int, target: int) -> None:
    """Events go back to the contact whose ids they came by, also those that came since, and those known by name."""
    rows(
        """
        WITH moved AS (
            UPDATE contacts_event SET contact_id = %(target)s
             WHERE contact_id = %(source)s
               AND (identity_id = ANY(%(identities)s::int[]) OR id = ANY(%(events)s::bigint[])) RETURNING 1)
        SELECT count(*) FROM moved
        """,
        {"source": source, "target": target, "identities": id_array(identities), "events": id_array(events)},
    )


def move_addresses(*, source: int, target: int) -> dict[str, list[int]]:
    """Addresses become those of another contact, and nobody gets two current ones of a kind.

    The target's current address stays current. One that both have stays where it is as a former address, and the
    target's own becomes current where there was none. Returns which addresses ``moved``, which had been current on the
    source (``current``), and which of the target's were ``raised``.
    """
    theirs = list(Address.objects.filter(contact_id=source).order_by("id"))
    own = {(one.kind, one.value): one for one in Address.objects.filter(contact_id=target).order_by("id")}
    taken = {one.kind for one in own.values() if one.is_primary}
    current = [one for one in theirs if one.is_primary]
    Address.objects.filter(pk__in=[one.pk for one in current]).update(is_primary=False)
    moving = [one.pk for one in theirs if (one.kind, one.value) not in own]
    Address.objects.filter(pk__in=moving).update(contact_id=target)
    raised = []
    for one in current:
        if one.kind in taken:
            continue
        twin = own.get((one.kind, one.value))
        Address.objects.filter(pk=twin.pk if twin else one.pk).update(is_primary=True)
        if twin:
            raised.append(twin.pk)
    return {"moved": moving, "current": [one.pk for one in current], "raised": raised}


def move_addresses_back(*, moved: Mapping[str, Sequence[int]], source: int, target: int) -> None:
    """Addresses go back, each as current or former as it was before the merge."""
    Address.objects.filter(pk__in=moved["raised"], contact_id=source).update(is_primary=False)
    Address.objects.filter(pk__in=moved["moved"], contact_id=source).update(contact_id=target, is_primary=False)
    kinds = set(Address.objects.filter(contact_id=target, is_primary=True).values_list("kind", flat=True))
    Address.objects.filter(pk__in=moved["current"], contact_id=target).exclude(kind__in=kinds).update(is_primary=True)


def fill(*, survivor: Contact, merged: Contact) -> dict[str, list[Any]]:
    """What the survivor takes over from the merged contact: field → [before, after]. Nothing is written."""
    taken: dict[str, list[Any]] = {}
    for name in FILLED:
        before, offered = getattr(survivor, name), getattr(merged, name)
        if not before and offered:
            taken[name] = [before, offered]
    if survivor.birthday is None and merged.birthday is not None:
        taken["birthday"] = [None, _day(merged.birthday)]
    since, churned = customer_days(survivor, merged)
    if since != survivor.customer_since:
        taken["customer_since"] = [_day(survivor.customer_since), _day(since)]
    if churned != survivor.churned_on:
        taken["churned_on"] = [_day(survivor.churned_on), _day(churned)]
    return taken


def customer_days(survivor: Contact, merged: Contact) -> tuple[Any, Any]:
    """Since when and until when the person buys from us: from the first start to the last end, as an import has it."""
    both = [one for one in (survivor, merged) if one.customer_since or one.churned_on]
    since = min((one.customer_since for one in both if one.customer_since), default=None)
    ends = [one.churned_on for one in both]
    return since, max((end for end in ends if end), default=None) if all(ends) else None


def _day(day: Any) -> str | None:
    return day.isoformat() if day is not None else None
