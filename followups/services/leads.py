"""What people do with a lead: make it, tag it, pause it, note something. How it ends is in `closing`."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime
from decimal import Decimal

from django.db import IntegrityError, transaction
from django.db.models.functions import Now

from contacts.models import Account, Contact, Touch
from followups.models import Lead, LeadTouch, OwnerNote
from followups.services.holding import hold, withdraw_pending
from followups.services.refusals import Refused
from followups.states import LONGEST_TAG, MOST_TAGS, Stage
from staff.models import User
from staff.services import record

LONGEST_NOTE = 500


@transaction.atomic
def create_lead(
    *,
    external_id: str,
    contact: Contact,
    account: Account | None = None,
    owner: User | None = None,
    stage: str = Stage.NEW,
    territory: str = "",
    priority: str = "",
    value: Decimal | None = None,
    currency: str = "",
    source: str = "",
    next_step: str = "",
    next_step_on: date | None = None,
    quote_sent_on: date | None = None,
    proposal_sent_on: date | None = None,
    last_touch_at: datetime | None = None,
    expires_on: date | None = None,
    future_fit: bool = False,
    recycle_on: date | None = None,
    existing_customer: bool = False,
    strategic: bool = False,
    tags: Iterable[str] = (),
    by: User | None = None,
) -> Lead:
    """A new lead. Without `account` it belongs to its contact's. Refuses an external id in use and an unknown stage."""
    if not external_id.strip():
        raise Refused("A lead needs an id of its own.")
    if stage not in Stage.values:
        raise Refused(f"“{stage}” is not a stage. Choose from {', '.join(Stage.values)}.")
    try:
        with transaction.atomic():
            lead = Lead.objects.create(
                external_id=external_id.strip(),
                contact=contact,
                account=account or contact.account,
                owner=owner,
                stage=stage,
                territory=territory,
                priority=priority,
                value=value,
                currency=currency,
                source=source,
                next_step=next_step,
                next_step_on=next_step_on,
                quote_sent_on=quote_sent_on,
                proposal_sent_on=proposal_sent_on,
                last_touch_at=last_touch_at,
                expires_on=expires_on,
                future_fit=future_fit,
                recycle_on=recycle_on,
                existing_customer=existing_customer,
                strategic=strategic,
                tags=tidy_tags(tags),
            )
    except IntegrityError as error:
        raise Refused("There is a lead with this id already.") from error
    record(action="followups.create_lead", actor=by, on=lead, summary="Lead created")
    return lead


@transaction.atomic
def link_touch(*, lead: Lead, touch: Touch) -> LeadTouch:
    """Say that a touch belongs to this lead. Refuses a touch with somebody else; twice is once."""
    if touch.contact_id != lead.contact_id:
        raise Refused("This touch is with another contact than the lead.")
    linked, created = LeadTouch.objects.get_or_create(touch=touch, defaults={"lead": lead})
    if linked.lead_id != lead.pk:
        raise Refused("This touch belongs to another lead already.")
    if created:
        Lead.objects.filter(pk=lead.pk).update(updated_at=Now())
    return linked


@transaction.atomic
def pause(*, lead: Lead, until: datetime | None, reason: str, by: User, now: datetime) -> Lead:
    """Nothing is written until `until`; without it until somebody resumes. What waits for review is withdrawn.

    Refuses a moment that has passed.
    """
    if until is not None and until <= now:
        raise Refused("This day has passed. Choose a later one, or leave the day empty.")
    current = hold(lead)
    withdraw_pending(current, "The owner paused this lead.", by, now)
    current.paused_at, current.paused_until = now, until
    current.paused_by, current.paused_reason = by, reason.strip()[:300]
    current.save(update_fields=["paused_at", "paused_until", "paused_by", "paused_reason", "updated_at"])
    record(
        action="followups.pause",
        actor=by,
        on=current,
        summary="Lead paused",
        detail={"until": None if until is None else until.isoformat()},
    )
    return current


@transaction.atomic
def resume(*, lead: Lead, by: User, now: datetime) -> Lead:
    """Follow-up goes on; the next sweep decides. Refuses a lead that is not paused."""
    current = hold(lead)
    if current.paused_at is None:
        raise Refused("This lead is not paused.")
    current.paused_at = current.paused_until = current.paused_by = None
    current.paused_reason = ""
    current.save(update_fields=["paused_at", "paused_until", "paused_by", "paused_reason", "updated_at"])
    record(action="followups.resume", actor=by, on=current, summary="Lead resumed", detail={"at": now.isoformat()})
    return current


@transaction.atomic
def add_note(*, lead: Lead, text: str, by: User, now: datetime) -> OwnerNote:
    """Something that gives a reason to write. One message spends it. Refuses an empty or overlong note."""
    text = " ".join(text.split())
    if not text:
        raise Refused("The note is empty. Write what you know.")
    if len(text) > LONGEST_NOTE:
        raise Refused(f"The note has {len(text)} characters. Shorten it to {LONGEST_NOTE}.")
    current = hold(lead)
    note = OwnerNote.objects.create(lead=current, text=text, created_at=now, created_by=by)
    current.save(update_fields=["updated_at"])
    record(action="followups.add_note", actor=by, on=current, summary="Note added", detail={"note": note.pk})
    return note


@transaction.atomic
def set_tags(*, lead: Lead, tags: Iterable[str], by: User, now: datetime) -> Lead:
    """Give a lead exactly these tags. The cadence of a sequence under way stays the one it began with."""
    current = hold(lead)
    current.tags = tidy_tags(tags)
    current.save(update_fields=["tags", "updated_at"])
    detail = {"count": len(current.tags), "at": now.isoformat()}
    record(action="followups.set_tags", actor=by, on=current, summary="Tags set", detail=detail)
    return current


def tidy_tags(tags: Iterable[str]) -> list[str]:
    """Tags without needless blanks, each once however it is spelled.

    Refuses an overlong one, one with a mark that stands between tags in files, and too many.
    """
    found: dict[str, str] = {}
    for tag in (" ".join(one.split()) for one in tags):
        if len(tag) > LONGEST_TAG:
            raise Refused(f"The tag “{tag[:20]}…” has {len(tag)} characters. Shorten it to {LONGEST_TAG}.")
        if set(tag) & set("|;,"):
            raise Refused(f"The tag “{tag[:20]}” has a bar, semicolon or comma in it. They stand between tags.")
        if tag:
            found.setdefault(tag.casefold(), tag)
    if len(found) > MOST_TAGS:
        raise Refused(f"These are {len(found)} tags. Keep the {MOST_TAGS} that matter most.")
    return list(found.values())


def why_not_change(*, lead: Lead, user: User) -> str:
    """Why this person may not act on this lead, in a sentence; empty when they may.

    The owner acts, the manager of the owner's team, and whoever sees every lead; on what belongs to nobody, everybody
    who may change leads. A colleague may look, no more, as with drafts.
    """
    if not user.has_perm("followups.change_lead"):
        return "You may look at this, but not change it."
    owner = lead.owner
    if owner is None or owner.pk == user.pk or user.has_perm("followups.see_every_lead"):
        return ""
    if owner.team is not None and owner.team.manager_id == user.pk:
        return ""
    return f"This belongs to {owner}. They or their manager decide."
