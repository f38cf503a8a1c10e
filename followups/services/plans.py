"""What somebody plans with a lead: while it is ahead, normal follow-up is on and nothing is written (issue 5, part 8).

Everything here holds the contact first and the leads after it, as everything that writes to or stops a contact does.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime

from django.db import transaction
from django.db.models.functions import Now

from contacts.models import Contact
from followups.models import Attempt, Lead, PlannedTouch
from followups.services.refusals import Refused
from followups.states import CLOSED_STAGES, PlannedKind, PlannedSource
from outreach import services as outreach
from outreach.models import Draft
from staff.models import User
from staff.services import record

LONGEST_TITLE = 300


@transaction.atomic
def plan_touch(
    *,
    contact: Contact,
    lead: Lead | None,
    kind: str,
    title: str,
    at: datetime | None,
    for_whom: User | None,
    by: User,
    now: datetime,
) -> PlannedTouch:
    """Something is planned with this person: what waits for review is withdrawn, for normal follow-up is on.

    Without `lead` it concerns every open lead of the contact. `for_whom` is who is reminded of it. Refuses an unknown
    kind, an empty or overlong title, a moment that has passed, and none at all for anything but a task.
    """
    if kind not in PlannedKind.values:
        raise Refused(f"“{kind}” is nothing that can be planned. Choose from {', '.join(PlannedKind.values)}.")
    title = " ".join(title.split())
    if not title:
        raise Refused("Say in a few words what is planned.")
    if len(title) > LONGEST_TITLE:
        raise Refused(f"This has {len(title)} characters. Shorten it to {LONGEST_TITLE}.")
    if at is None and kind != PlannedKind.TASK:
        raise Refused("Say when: choose a day and a time. Only a task may be without.")
    if at is not None and at <= now:
        raise Refused("This time has passed. Choose a later one.")
    if lead is not None and lead.contact_id != contact.pk:
        raise Refused("This lead belongs to another contact.")
    leads = hold_leads(contact_id=contact.pk, lead_id=None if lead is None else lead.pk)
    plan = PlannedTouch.objects.create(
        contact=contact,
        lead=lead,
        kind=kind,
        title=title,
        at=at,
        for_whom=for_whom,
        source=PlannedSource.STAFF,
        created_at=now,
        created_by=by,
    )
    stand_down(leads, plan, by=by, now=now)
    record(action="followups.plan_touch", actor=by, on=plan, summary="Touch planned", detail=_about(plan))
    return plan


@transaction.atomic
def finish_plan(*, plan: PlannedTouch, by: User, now: datetime) -> PlannedTouch:
    """It took place, or the task is done: it holds follow-up back no longer. Refuses what is over already."""
    leads = hold_leads(contact_id=plan.contact_id, lead_id=plan.lead_id)
    if not PlannedTouch.objects.open().filter(pk=plan.pk).update(done_at=now, done_by=by):
        raise Refused("This is over already. Load the page again.")
    plan.refresh_from_db()
    news_of(leads)
    record(action="followups.finish_plan", actor=by, on=plan, summary="Planned touch done", detail=_about(plan))
    return plan


@transaction.atomic
def call_off_plan(*, plan: PlannedTouch, by: User | None, now: datetime) -> PlannedTouch:
    """It will not take place: it holds follow-up back no longer. Refuses what is over already.

    `by` is None where a calendar said so.
    """
    leads = hold_leads(contact_id=plan.contact_id, lead_id=plan.lead_id)
    if not PlannedTouch.objects.open().filter(pk=plan.pk).update(called_off_at=now):
        raise Refused("This is over already. Load the page again.")
    plan.refresh_from_db()
    news_of(leads)
    record(action="followups.call_off_plan", actor=by, on=plan, summary="Planned touch called off", detail=_about(plan))
    return plan


def hold_leads(*, contact_id: int, lead_id: int | None) -> list[int]:
    """The leads that something planned with this contact concerns, held; the contact first."""
    list(Contact.objects.select_for_update().filter(pk=contact_id).values_list("pk"))
    leads = Lead.objects.select_for_update().filter(contact_id=contact_id).order_by("pk")
    leads = leads.exclude(stage__in=CLOSED_STAGES) if lead_id is None else leads.filter(pk=lead_id)
    return list(leads.values_list("pk", flat=True))


def news_of(lead_ids: Iterable[int]) -> None:
    """These leads changed: a sweep that read them before leaves them to the next one."""
    Lead.objects.filter(pk__in=list(lead_ids)).update(updated_at=Now())


def stand_down(lead_ids: list[int], plan: PlannedTouch, *, by: User | None, now: datetime) -> None:
    """Take back what waits for review or delivery for these leads, because this is ahead of them."""
    news_of(lead_ids)
    day = "" if plan.at is None else f" on {plan.at.astimezone(UTC):%-d %B %Y}"
    withdraw_pending(lead_ids, f"{PlannedKind(plan.kind).label} planned{day}. Normal follow-up is on.", by=by, now=now)


def withdraw_pending(lead_ids: list[int], reason: str, *, by: User | None, now: datetime) -> None:
    """Give up what waits for review or delivery for these leads. Call it with the leads held."""
    pending = list(Draft.objects.filter(attempt__lead__in=lead_ids).pending().values_list("pk", flat=True))
    if not pending:
        return
    outreach.withdraw(draft_ids=pending, reason=reason, now=now, by=by)
    Attempt.objects.filter(draft_id__in=pending, withdrawn_at=None, draft__status="withdrawn").update(withdrawn_at=now)


def _about(plan: PlannedTouch) -> dict[str, object]:
    return {
        "contact": plan.contact_id,
        "lead": plan.lead_id,
        "kind": plan.kind,
        "at": None if plan.at is None else plan.at.isoformat(),
    }
