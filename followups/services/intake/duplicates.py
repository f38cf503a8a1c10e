"""Answers about duplicates: they are one, or two."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.db.models.functions import Now

from contacts import services as contacts
from contacts.ingest.turn import wait_for_turn
from contacts.models import Contact, SuspectedDuplicate
from contacts.services.duplicates import dismiss_duplicate, find_duplicates, merge_duplicate
from contacts.services.merging import merge
from contacts.states import DuplicateStatus, MergeKey
from followups.conflicts import Duplicate, duplicates_of
from followups.models import IntakeCase, Lead
from followups.services.intake.answering import (
    Answered,
    Held,
    StaleCase,
    answer,
    hold_case,
    open_leads_of,
    rule_on,
)
from followups.services.refusals import Refused
from followups.states import DecisionReason
from outreach.services import NotPermitted
from staff.models import User


@transaction.atomic
def keep_apart(*, case_id: int, key: str, by: User, now: datetime) -> Answered:
    """The other one is another person, or another deal with the same person. This is never asked again.

    A suspicion that was noted is dismissed for everybody where `by` may merge contacts; else the ruling is about this
    lead. Two leads of one contact are kept apart on both sides. Raises StaleCase when nothing of this key is open.
    """
    held = hold_case(case_id, DecisionReason.DUPLICATE, by)
    other = _duplicate(held, key)
    concerned = {held.lead.pk}
    if other.pair_id is not None and by.has_perm("contacts.merge_contacts"):
        pair = SuspectedDuplicate.objects.get(pk=other.pair_id)
        try:
            dismiss_duplicate(pair=pair, by=by, now=now)
        except contacts.Refused as refused:
            raise StaleCase(refused.sentence) from refused
        concerned |= set(open_leads_of(pair.first_id, pair.second_id))
        Lead.objects.filter(pk__in=concerned).update(updated_at=Now())
    else:
        rule_on(held.lead, key, "Kept apart", by, now)
        if other.lead_id is not None:
            mirrored = Lead.objects.select_for_update().get(pk=other.lead_id)
            rule_on(mirrored, f"duplicate:{held.lead.external_id}", "Kept apart", by, now)
            concerned.add(mirrored.pk)
    if not duplicates_of([held.lead.pk])[held.lead.pk]:
        answer(held, DecisionReason.DUPLICATE, "Kept apart.", by, now)
    return Answered("Kept apart. This is not asked again.", tuple(sorted(concerned)))


@transaction.atomic
def merge_with(*, case_id: int, contact_id: int, keep: str, reason: str, by: User, now: datetime) -> Answered:
    """The other contact is the same person: one becomes part of the other. It can be undone under Merges.

    `keep` says who stays: `this` (the lead's contact) or `other`. Needs contacts.merge_contacts and a reason. Raises
    StaleCase when that contact is no suspected duplicate of this one any more.
    """
    if not by.has_perm("contacts.merge_contacts"):
        raise NotPermitted("You may not merge contacts. Ask your manager to look at these two.")
    if keep not in ("this", "other"):
        raise Refused("Choose which of the two stays.")
    if not reason.strip():
        raise Refused("Say why these two are one person. The reason is kept with the merge.")
    # Everything that a merge waits for comes before what we hold ourselves.
    wait_for_turn()
    both = [contact_id, *IntakeCase.objects.filter(pk=case_id).values_list("lead__contact_id", flat=True)]
    list(Contact.objects.filter(pk__in=both).order_by("pk").select_for_update(of=("self",)).values_list("pk"))
    held = hold_case(case_id, DecisionReason.DUPLICATE, by)
    suspected = duplicates_of([held.lead.pk])[held.lead.pk]
    other = next((one for one in suspected if one.contact_id == contact_id), None)
    if other is None:
        raise StaleCase("Somebody decided about these two before. The card shows what is left to decide.")
    this, that = held.lead.contact, Contact.objects.get(pk=contact_id)
    stays, goes = (this, that) if keep == "this" else (that, this)
    pair = SuspectedDuplicate.objects.filter(pk=other.pair_id or 0, status=DuplicateStatus.OPEN).first()
    try:
        if pair is not None:
            merge_duplicate(pair=pair, survivor_id=stays.pk, reason=reason, by=by, now=now)
        else:
            merge(survivor=stays, merged=goes, key=MergeKey.PERSON, reason=reason, by=by, at=now)
            find_duplicates(now=now, contacts=[stays.pk])
    except contacts.Refused as refused:
        raise Refused(refused.sentence) from refused
    concerned = {held.lead.pk, *open_leads_of(stays.pk)}
    Lead.objects.filter(pk__in=concerned).update(updated_at=Now())
    if not duplicates_of([held.lead.pk])[held.lead.pk]:
        answer(held, DecisionReason.DUPLICATE, "Merged.", by, now)
    return Answered("Merged. You can undo it under Merges.", tuple(sorted(concerned)))


def _duplicate(held: Held, key: str) -> Duplicate:
    for one in duplicates_of([held.lead.pk])[held.lead.pk]:
        if one.key == key:
            return one
    raise StaleCase("Somebody decided about these two before. The card shows what is left to decide.")
