"""One contact becomes part of another one."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import transaction

from contacts.ingest.turn import wait_for_turn
from contacts.models import Contact, Merge, SuspectedDuplicate
from contacts.services.arrivals import announce
from contacts.services.errors import Refused
from contacts.services.merging import allowing, moving
from contacts.services.permission import lock_contacts
from contacts.states import DuplicateStatus, MergeKey
from staff.models import User
from staff.services import record

_DAYS = ("customer_since", "churned_on")


@transaction.atomic
def merge(
    *, survivor: Contact, merged: Contact, key: str, reason: str = "", by: User | None = None, at: datetime
) -> Merge:
    """Make ``merged`` part of ``survivor``: whatever points at it moves, and what moved is kept for an undo.

    Refusals and consent end at their strictest on the survivor. ``key`` is a `MergeKey`; a merge by a person needs
    somebody and a reason. Locks both contacts as a refusal or a send does, after waiting for events being stored.
    Raises Refused, with what to do, where the two can not be merged (`refuse_impossible`).
    """
    reason = reason.strip()
    if key not in MergeKey.values:
        raise Refused(f"{key} is not something that makes a merge certain. Choose {', '.join(MergeKey.values)}.")
    if key == MergeKey.PERSON and (by is None or not reason):
        raise Refused("Say why these two are one person. The reason is kept with the merge.")
    wait_for_turn()
    pair = Contact.objects.filter(pk__in=[survivor.pk, merged.pk])
    lock_contacts(pair)
    known = pair.in_bulk()
    survivor, merged = known[survivor.pk], known[merged.pk]
    refuse_impossible(survivor=survivor, merged=merged)

    made = Merge.objects.create(
        survivor=survivor, merged=merged, key=key, reason=reason[:500], merged_at=at, merged_by=by
    )
    taken = moving.fill(survivor=survivor, merged=merged)
    account_id = taken["account_id"][1] if "account_id" in taken else survivor.account_id
    # Both look at things as they were, so they come before anything moves.
    brought = allowing.brought_along(survivor=survivor, merged=merged, account_id=account_id)
    before = allowing.standings([survivor.pk, merged.pk])
    last_suppression = allowing.last_suppression()
    consents = allowing.memory_of_consents(survivor.pk, merged.pk, before)
    allowing.join_consents(merge=made, survivor=survivor.pk, merged=merged.pk, before=before, at=at)
    places = {"source": merged.pk, "target": survivor.pk}
    made.moved = {
        "rows": moving.move_rows(**places),
        "events": moving.move_events(**places),
        "identities": moving.move_identities(**places),
        "addresses": moving.move_addresses(**places),
        "contact": taken,
        "consents": consents,
        "suppressions": allowing.copy_suppressions(
            merge=made, suppressions=brought, contact_id=survivor.pk, by=by, note="Brought along by a merge:"
        ),
        "last_suppression": last_suppression,
    }
    made.save(update_fields=["moved"])
    # An external id belongs to one contact at a time, so it leaves the one before it reaches the other.
    left: dict[str, Any] = {"external_id": None} if "external_id" in taken else {}
    Contact.objects.filter(pk=merged.pk).update(merged_into=survivor, updated_at=at, **left)
    Contact.objects.filter(pk=survivor.pk).update(
        updated_at=at, **{name: after for name, (_before, after) in taken.items()}
    )
    pair_of(survivor.pk, merged.pk).filter(status=DuplicateStatus.OPEN).update(
        status=DuplicateStatus.MERGED, decided_at=at, decided_by=by
    )
    announce(contact_ids=[survivor.pk, merged.pk], now=at)
    record(
        action="contacts.merge",
        actor=by,
        on=survivor,
        detail={"merge": made.pk, "merged": merged.pk, "key": str(key), "rows": rows_moved(made)},
    )
    made.survivor.refresh_from_db()
    made.merged.refresh_from_db()
    return made


@transaction.atomic
def gather_left_behind(*, now: datetime) -> int:
    """Move what was written for a contact while it became part of another one, as the merge would have. Returns how
    many contacts that concerned.

    A row that names a contact waits for a merge of it to end, and then names a contact that is merged: a lead of an
    import that had looked for its contact before. It goes on from merge to merge, and back with each.
    """
    wait_for_turn()
    concerned = 0
    while found := moving.left_behind():
        standing = Merge.objects.select_for_update().filter(merged_id__in=found, undone_at__isnull=True)
        merges = list(standing.order_by("pk"))
        if not merges:
            break
        concerned += len(merges)
        for made in merges:
            for name, keys in moving.move_rows(source=made.merged_id, target=made.survivor_id).items():
                made.moved["rows"][name] = sorted({*made.moved["rows"].get(name, ()), *keys})
            made.save(update_fields=["moved"])
            announce(contact_ids=[made.merged_id, made.survivor_id], now=now)
            record(action="contacts.gather_left_behind", on=made.survivor, detail={"merge": made.pk})
    return concerned


def refuse_impossible(*, survivor: Contact, merged: Contact) -> None:
    """Raise Refused, with what to do instead, where one contact can not become part of the other."""
    if survivor.pk == merged.pk:
        raise Refused("This is one and the same contact. Choose two different ones.")
    if merged.merged_into_id == survivor.pk:
        raise Refused(f"{merged} is part of {survivor} already. There is nothing left to do.")
    if survivor.merged_into_id == merged.pk:
        raise Refused(
            f"That would be a circle: {survivor} is part of {merged} already. Keep {merged}, or undo that merge first."
        )
    for one in (survivor, merged):
        if one.merged_into is not None:
            raise Refused(f"{one} is part of {one.merged_into} already. Choose {one.merged_into} in its place.")


def pair_of(one: int, other: int) -> Any:
    """The suspicion about these two, if there is one."""
    return SuspectedDuplicate.objects.filter(first_id=min(one, other), second_id=max(one, other))


def rows_moved(merge: Merge) -> int:
    """How many rows the merge recorded one by one."""
    memory = merge.moved
    return sum(map(len, memory["rows"].values())) + len(memory["identities"]) + len(memory["addresses"]["moved"])
