"""One contact becomes two again."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from django.db import transaction

from contacts.ingest.turn import wait_for_turn
from contacts.models import Contact, Identity, Merge
from contacts.services.arrivals import announce
from contacts.services.errors import Refused
from contacts.services.merging import allowing, moving
from contacts.services.merging.joining import pair_of
from contacts.services.permission import lock_contacts
from contacts.states import DuplicateStatus
from staff.models import User
from staff.services import record


@transaction.atomic
def undo_merge(*, merge: Merge, by: User | None = None, at: datetime, reason: str = "") -> Merge:
    """Separate two contacts: what the merge moved goes back, as far as it still is where the merge put it.

    Events go back with the ids they came by, also those that came since. Rows made since stay with the survivor.
    Each contact has the consent it had before, and what was refused meanwhile, by a no or by a refusal, holds for
    both: nobody knows which of the two it was. Refusals that the merge itself copied are lifted where a person undoes
    it; by itself Rekindle lifts nothing. Raises Refused where something else has to be undone first (`why_not_undo`).
    """
    wait_for_turn()
    lock_contacts(Contact.objects.filter(pk__in=[merge.survivor_id, merge.merged_id]))
    merge = Merge.objects.select_for_update(of=("self",)).select_related("survivor", "merged").get(pk=merge.pk)
    objection = why_not_undo([merge])[merge.pk]
    if objection:
        raise Refused(objection)
    since = allowing.said_since(merge)
    memory: dict[str, Any] = merge.moved
    places = {"source": merge.survivor_id, "target": merge.merged_id}
    identities = list(
        Identity.objects.filter(pk__in=memory["identities"], contact_id=merge.survivor_id).values_list("pk", flat=True)
    )
    moving.move_events_back(identities=identities, events=memory["events"], **places)
    Identity.objects.filter(pk__in=identities).update(contact_id=merge.merged_id)
    moving.move_rows_back(moved=memory["rows"], **places)
    moving.move_addresses_back(moved=memory["addresses"], **places)
    _empty_again(merge, at)
    allowing.separate_consents(merge=merge, at=at)
    if by is not None:
        allowing.lift_copies(merge=merge, by=by, at=at)
    allowing.keep_for_both(merge=merge, since=since, by=by)
    Merge.objects.filter(pk=merge.pk).update(undone_at=at, undone_by=by, undone_reason=reason.strip()[:500])
    pair_of(merge.survivor_id, merge.merged_id).filter(status=DuplicateStatus.MERGED).update(
        status=DuplicateStatus.OPEN, decided_at=None, decided_by=None
    )
    announce(contact_ids=[merge.survivor_id, merge.merged_id], now=at)
    record(
        action="contacts.undo_merge",
        actor=by,
        on=merge.survivor,
        detail={"merge": merge.pk, "merged": merge.merged_id, "kept_for_both": len(since)},
    )
    merge.refresh_from_db()
    return merge


def why_not_undo(merges: Sequence[Merge]) -> dict[int, str]:
    """What stands in the way of undoing each merge, as a sentence that says what to do, or "". One query.

    Merges are undone last first: a later one built on what this one left. Read them with ``survivor__merged_into``.
    """
    standing = Merge.objects.filter(survivor_id__in={one.survivor_id for one in merges}, undone_at__isnull=True)
    latest = {one.survivor_id: one for one in standing.select_related("merged").defer("moved").order_by("pk")}
    found = {}
    for one in merges:
        later = latest.get(one.survivor_id)
        if one.undone_at is not None:
            sentence = "This merge was undone before. There is nothing left to do."
        elif one.survivor.merged_into is not None:
            sentence = f"{one.survivor} became part of {one.survivor.merged_into} since. Undo that merge first."
        elif later is not None and later.pk > one.pk:
            sentence = f"{later.merged} became part of {one.survivor} later. Undo that merge first."
        else:
            sentence = ""
        found[one.pk] = sentence
    return found


def _empty_again(merge: Merge, at: datetime) -> None:
    """Take from the survivor what it only had from the merged contact, unless somebody changed it since."""
    survivor = merge.survivor
    back: dict[str, Any] = {}
    for name, (before, after) in merge.moved["contact"].items():
        now = getattr(survivor, name)
        if (now.isoformat() if isinstance(now, date) else now) == after:
            back[name] = before
    Contact.objects.filter(pk=survivor.pk).update(updated_at=at, **back)
    own = {"external_id": merge.moved["contact"]["external_id"][1]} if "external_id" in back else {}
    Contact.objects.filter(pk=merge.merged_id).update(merged_into=None, updated_at=at, **own)
