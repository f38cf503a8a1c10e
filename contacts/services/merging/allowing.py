"""Refusals and answers when contacts become one, and when they are separated: always the strictest reading.

Both are histories that are only ever added to. What a merge adds carries the merge, so that it is never taken for
something a person said.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db.models import Max

from contacts.models import ActiveSuppression, Address, ConsentRecord, Contact, Merge, Suppression, SuppressionLift
from contacts.rules import Standing, after_separation, together
from contacts.states import ADDRESS_KIND_OF_CHANNEL, ANSWER_SOURCE_PATTERN, Channel, Consent, SuppressionReason
from staff.models import User

BOTH_HAD_TO_AGREE = "Two records of one person became one, and only one of them had agreed"
SEPARATED = "As it was before two records became one, which was undone"

Latest = dict[tuple[int, str], ConsentRecord]


def latest_answers(contact_ids: Iterable[int]) -> Latest:
    """The answer that counts, by contact and channel."""
    return {
        (one.contact_id, one.channel): one
        for one in ConsentRecord.objects.filter(contact_id__in=list(contact_ids))
        .order_by("contact_id", "channel", "-recorded_at", "-pk")
        .distinct("contact_id", "channel")
    }


def standings(contact_ids: Sequence[int]) -> dict[tuple[int, str], Standing]:
    """What each contact allows on each channel, and whether it could ever have been asked."""
    answers = latest_answers(contact_ids)
    kinds: dict[int, set[str]] = {contact: set() for contact in contact_ids}
    for contact, had in Address.objects.filter(contact_id__in=contact_ids).values_list("contact_id", "kind"):
        kinds[contact].add(had)
    found = {}
    for contact in contact_ids:
        for channel in Channel.values:
            answer = answers.get((contact, channel))
            kind = ADDRESS_KIND_OF_CHANNEL.get(channel)
            found[contact, channel] = Standing(
                consent=answer.status if answer else Consent.UNKNOWN.value,
                asked=answer is not None,
                reachable=kind in kinds[contact] if kind else bool(kinds[contact]),
            )
    return found


def join_consents(
    *, merge: Merge, survivor: int, merged: int, before: Mapping[tuple[int, str], Standing], at: datetime
) -> None:
    """Write the answers that hold for the survivor from now on, where they differ from what held. Call it first: it
    looks at addresses as they were."""
    answers = latest_answers([survivor, merged])
    for channel in Channel.values:
        wanted = together(before[survivor, channel], before[merged, channel])
        if wanted == before[survivor, channel].consent:
            continue
        own, brought = answers.get((survivor, channel)), answers.get((merged, channel))
        if wanted == Consent.UNKNOWN:
            _add(merge, survivor, channel, wanted, BOTH_HAD_TO_AGREE, at, own)
        else:
            assert brought is not None
            _add(merge, survivor, channel, wanted, brought.source, brought.recorded_at, own, brought.recorded_by_id)


def separate_consents(*, merge: Merge, at: datetime) -> None:
    """Give both contacts the answers they had, and a no that was said meanwhile."""
    memory: dict[str, Any] = merge.moved["consents"]
    pair = (merge.survivor_id, merge.merged_id)
    answers = latest_answers(pair)
    said: dict[str, list[str]] = {}
    for one in ConsentRecord.objects.filter(
        contact_id=merge.survivor_id, merge__isnull=True, pk__gt=memory["last"]
    ).order_by("recorded_at", "pk"):
        said.setdefault(one.channel, []).append(one.status)
    own = ConsentRecord.objects.filter(contact_id__in=pair, pk__lte=memory["last"], status=Consent.YES)
    proofs = {(one.contact_id, one.channel): one for one in own.order_by("recorded_at", "pk")}
    for contact, had in zip(pair, (memory["survivor"], memory["merged"]), strict=True):
        for channel in Channel.values:
            wanted = after_separation(had.get(channel, Consent.UNKNOWN.value), said.get(channel, ()))
            latest = answers.get((contact, channel))
            if wanted == (latest.status if latest else Consent.UNKNOWN.value):
                continue
            proof = proofs.get((contact, channel)) if wanted == Consent.YES else None
            source = proof.source if proof else SEPARATED
            since = proof.recorded_at if proof else at
            _add(merge, contact, channel, wanted, source, since, latest, proof.recorded_by_id if proof else None)


def memory_of_consents(survivor: int, merged: int, before: Mapping[tuple[int, str], Standing]) -> dict[str, Any]:
    """What `separate_consents` needs to know later."""
    asked = {
        contact: {channel: before[contact, channel].consent for channel in Channel.values}
        for contact in (survivor, merged)
    }
    last = ConsentRecord.objects.aggregate(last=Max("pk"))["last"]
    return {"survivor": asked[survivor], "merged": asked[merged], "last": last or 0}


def _add(
    merge: Merge,
    contact: int,
    channel: str,
    status: str,
    source: str,
    since: datetime,
    latest: ConsentRecord | None,
    by: int | None = None,
) -> None:
    """Add an answer that counts: never dated before the one it takes the place of."""
    ConsentRecord.objects.create(
        contact_id=contact,
        channel=channel,
        status=status,
        source=source,
        recorded_at=max(since, latest.recorded_at) if latest else since,
        recorded_by_id=by,
        merge=merge,
    )


def brought_along(*, survivor: Contact, merged: Contact, account_id: int | None) -> list[ActiveSuppression]:
    """The refusals of the merged contact that would not hold for the survivor by themselves, strictest kept.

    One tied to an address follows the address. One tied to an account holds where the survivor belongs to it, which
    ``account_id`` says.
    """
    own = ActiveSuppression.objects.filter(contact_id=survivor.pk, suppression__contact_id=survivor.pk)
    have = set(map(_held_by, own.select_related("suppression")))
    found: dict[tuple[str, str, str], ActiveSuppression] = {}
    for one in (
        ActiveSuppression.objects.filter(contact_id=merged.pk, suppression__address_value="")
        .select_related("suppression")
        .order_by("at", "suppression_id")
    ):
        account = one.suppression.account_id
        if not _is_in(have, one) and (account is None or account != account_id):
            found.setdefault(_held_by(one), one)
    return list(found.values())


def _held_by(one: ActiveSuppression) -> tuple[str, str, str]:
    """What is refused, and the answer of theirs it rests on: such a one may be released, and none else rests on it."""
    source = one.suppression.source
    return one.channel, one.reason, source if re.match(ANSWER_SOURCE_PATTERN, source) else ""


def _is_in(have: set[tuple[str, str, str]], one: ActiveSuppression) -> bool:
    """Whether it holds already: for good, or for as long as this one does."""
    return bool(have & {(one.channel, one.reason, ""), _held_by(one)})


def copy_suppressions(
    *, merge: Merge, suppressions: Iterable[ActiveSuppression], contact_id: int, by: User | None, note: str
) -> list[int]:
    """Let these refusals hold for a contact by rows of its own. Returns their ids."""
    made = Suppression.objects.bulk_create(
        [
            Suppression(
                contact_id=contact_id,
                channel=one.channel,
                reason=one.reason,
                at=one.at,
                source=one.suppression.source,
                note=f"{note} {one.suppression_id}",
                created_by=by,
                merge=merge,
            )
            for one in suppressions
        ]
    )
    return [one.pk for one in made]


def last_suppression() -> int:
    return Suppression.objects.aggregate(last=Max("pk"))["last"] or 0


def said_since(merge: Merge) -> list[ActiveSuppression]:
    """The refusals that hold for the survivor and were taken down after the merge. An address that does not exist is
    a fact about the address and follows it."""
    return list(
        ActiveSuppression.objects.filter(
            contact_id=merge.survivor_id, suppression_id__gt=merge.moved["last_suppression"]
        )
        .exclude(suppression_id__in=merge.moved["suppressions"])
        .exclude(reason=SuppressionReason.HARD_BOUNCE, suppression__contact__isnull=True)
        .select_related("suppression")
        .order_by("at", "suppression_id")
    )


def keep_for_both(*, merge: Merge, since: Sequence[ActiveSuppression], by: User | None) -> None:
    """Let what was refused meanwhile hold for either contact, where it does not by itself. Call it after moving."""
    for contact in (merge.survivor_id, merge.merged_id):
        holding = ActiveSuppression.objects.filter(contact_id=contact).select_related("suppression")
        have = set(map(_held_by, holding))
        missing: dict[tuple[str, str, str], ActiveSuppression] = {}
        for one in since:
            if not _is_in(have, one):
                missing.setdefault(_held_by(one), one)
        copy_suppressions(
            merge=merge, suppressions=missing.values(), contact_id=contact, by=by, note="Taken down while two were one:"
        )


def lift_copies(*, merge: Merge, by: User, at: datetime) -> None:
    """End the copies that the merge itself made. What was refused again since has a row of its own and stays."""
    copies = Suppression.objects.filter(pk__in=merge.moved["suppressions"], lift__isnull=True)
    SuppressionLift.objects.bulk_create(
        [SuppressionLift(suppression=one, lifted_at=at, lifted_by=by, reason="Merge undone") for one in copies]
    )
