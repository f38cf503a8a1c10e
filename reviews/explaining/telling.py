"""Why a person was or was not contacted, line by line. Reads only."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import Q
from django.db.models.functions import Coalesce
from django.utils.formats import date_format

from contacts.models import Address, Contact, Merge, Suppression
from followups import services as followups
from followups.listing import REASONS
from followups.models import Attempt, Decision, Lead
from followups.states import SequenceStatus
from outreach.gates import GATE_NAMES
from outreach.models import Draft
from outreach.states import DraftStatus
from retention.models import Customer, Enrolment
from reviews.explaining.playbooks import about_calls, about_playbooks, enrolments_of, under_way
from reviews.explaining.scores import about_customer
from reviews.standing import permission_of
from reviews.timeline import timeline
from reviews.timeline.sources import merge_title, suppressions_of

#: How many drafts, decisions and events are told of, the newest first.
MOST = 10


@dataclass(frozen=True, slots=True)
class Line:
    """One thing that decided: the section it belongs to, when (if it has a moment), what, and why."""

    section: str
    at: datetime | date | None
    what: str
    why: str = ""


def explain(contact: Contact, *, at: datetime, found_by: Contact | None = None) -> list[Line]:
    """Everything that decided about a person, in the order in which it matters.

    What follows from history (scores, decisions, playbooks) is as of ``at``. Permission, messages, calls, merges and
    what keeps somebody out of a playbook are as they stand now: what was refused counts whatever moment is asked
    about. ``found_by`` is the contact that was asked for, where it became part of this one. Writes nothing; scores are
    worked out in a temporary table, so call it in a transaction.
    """
    leads = list(Lead.objects.filter(contact=contact).select_related("owner", "account").order_by("id"))
    customers = list(
        Customer.objects.filter(contact=contact).select_related("owner", "score__version__model").order_by("id")
    )
    drafts = _drafts(contact, at)
    enrolments = enrolments_of(customers, at=at)
    lines = [
        *_who(contact, leads, customers, found_by),
        *_in_short(leads, customers, drafts, enrolments, at),
        *_permission(contact),
    ]
    for customer in customers:
        lines += [Line(f"score {customer.external_id}", *told) for told in about_customer(customer, at=at)]
        told_of = about_playbooks(customer, enrolments, at=at)
        lines += [Line(f"playbooks {customer.external_id}", *told) for told in told_of]
    for lead in leads:
        lines += _lead(lead, at)
    lines += [line for draft in drafts for line in _draft(draft)]
    lines += [Line(f"call {number}", *told) for number, told in about_calls(contact, at=at)]
    lines += [*_refusals(contact), *_merges(contact), *_events(contact, at)]
    return lines


def _who(contact: Contact, leads: list[Lead], customers: list[Customer], found_by: Contact | None) -> Iterator[Line]:
    roles = [
        f"{len(found)} {word if len(found) == 1 else word + 's'}"
        for word, found in (("customer", customers), ("lead", leads))
        if found
    ]
    what = f"{contact}, contact {contact.pk}" + (f" ({contact.external_id})" if contact.external_id else "")
    yield Line("who", None, what, f"Behind {' and '.join(roles)}." if roles else "Neither a customer nor a lead.")
    if found_by is not None:
        yield Line("who", None, f"{found_by} became part of this contact", "So this is about the whole person.")
    account = contact.account
    if account is not None:
        owner = f"Looked after by {account.owner}." if account.owner else "Nobody looks after it."
        yield Line("who", None, f"At {account.name}", owner)
    for address in Address.objects.filter(contact=contact).order_by("kind", "-is_primary", "-id"):
        yield Line("who", None, address.value, "In use." if address.is_primary else "Formerly.")


def _in_short(
    leads: list[Lead], customers: list[Customer], drafts: list[Draft], enrolments: list[Enrolment], at: datetime
) -> Iterator[Line]:
    """What was sent last, and whether anything is under way."""
    sent = max(
        (draft for draft in drafts if draft.sent_at), key=lambda draft: draft.sent_at or draft.due_at, default=None
    )
    if sent is not None:
        yield Line("in short", sent.sent_at, f"Last written to by {sent.get_channel_display()}", sent.reason_text)
    else:
        yield Line("in short", None, "Never written to from here")
    waiting = [draft for draft in drafts if draft.status in _UNDER_WAY]
    for draft in waiting:
        yield Line("in short", draft.due_at, _UNDER_WAY[DraftStatus(draft.status)], draft.why_now)
    playbooks = [Line("in short", *told) for told in under_way(enrolments, at=at)]
    yield from playbooks
    if waiting or playbooks:
        return
    if leads:
        latest = Decision.objects.filter(lead__in=leads).defer("evidence").order_by("-decided_at", "-id").first()
        why = latest.explanation if latest is not None else "Nobody has decided about their leads yet."
    elif customers:
        why = (
            "They have no lead, so no follow-up looks at them, and they are in no playbook. "
            "Their score says what should be done."
        )
    else:
        why = "They have no lead and are no customer, so nothing looks at them."
    yield Line("in short", None, "Nothing is under way to them", why)


_UNDER_WAY = {
    DraftStatus.AWAITING_REVIEW: "A message waits for review",
    DraftStatus.APPROVED: "A message is approved and leaves when it is due",
    DraftStatus.SENDING: "A message is being sent",
    DraftStatus.UNKNOWN: "A message may have been sent; somebody has to find out",
    DraftStatus.FAILED: "A message could not be delivered",
}


def _permission(contact: Contact) -> Iterator[Line]:
    for one in permission_of(contact, list(Address.objects.filter(contact=contact))):
        yield Line("permission", None, one.label, one.sentence)


def _lead(lead: Lead, at: datetime) -> Iterator[Line]:
    section = f"lead {lead.external_id}"
    owner = f"Owner {lead.owner}." if lead.owner else "Nobody owns it."
    yield Line(section, None, f"Stage {lead.get_stage_display()}", owner)
    if lead.disposition:
        by = f"{lead.disposition_by}: " if lead.disposition_by else ""
        yield Line(
            section, lead.disposition_at, f"Ended: {lead.get_disposition_display()}", by + lead.disposition_reason
        )
    considered = followups.consider(lead=lead, now=at)
    decision = considered.decision
    yield Line(section, at, f"{decision.kind.label} (row {decision.rule} of the table)", considered.explanation)
    if decision.trigger is not None:
        yield Line(section, None, "Quiet because", decision.trigger.label)
    if decision.reasons:
        yield Line(section, None, "Reason", ", ".join(REASONS.get(one, one) for one in decision.reasons))
    if decision.due_at is not None:
        yield Line(section, decision.due_at, "Due")
    for piece in considered.shown:
        yield Line(section, _moment(piece["at"]), f"Known: {piece['what']}", piece.get("detail", ""))
    attempts = Attempt.objects.filter(lead=lead).select_related("draft").order_by("-id")
    for sequence in lead.sequences.select_related("cadence_version__cadence").order_by("-id")[:1]:
        still = sequence.status == SequenceStatus.OPEN
        what = f"Follow-up by {sequence.cadence_version}"
        ended = f"Ended on {_day(sequence.ended_at)}: {sequence.end_reason}" if sequence.ended_at else ""
        yield Line(section, sequence.started_at, what, "Still open." if still else ended)
        counted = sum(one.sequence_id == sequence.pk and one.withdrawn_at is None for one in attempts)
        written = "1 message" if counted == 1 else f"{counted} messages"
        yield Line(
            section, None, f"{written} of it so far", f"Attempts that count for the decision: {decision.attempts}."
        )


def _drafts(contact: Contact, at: datetime) -> list[Draft]:
    """The newest drafts that were there at a moment, the newest first."""
    stands_at = Coalesce("sent_at", "attempt__decision__decided_at", "created_at")
    return list(
        Draft.objects.filter(contact=contact)
        .annotate(stands_at=stands_at)
        .filter(stands_at__lte=at)
        .select_related("decided_by", "owner")
        .prefetch_related("findings", "review_decisions__decided_by")
        .order_by("-stands_at", "-id")[:MOST]
    )


def _draft(draft: Draft) -> Iterator[Line]:
    section = f"message {draft.pk}"
    status = draft.get_status_display()
    reason = draft.status_reason or draft.why_now
    yield Line(
        section, draft.sent_at or draft.decided_at or draft.due_at, f"{draft.get_channel_display()}: {status}", reason
    )
    if draft.reason_text:
        yield Line(section, None, "Reason to write", draft.reason_text)
    if draft.asked:
        yield Line(section, None, "A person was asked because", draft.asked)
    current = [one for one in draft.findings.all() if one.fingerprint == draft.fingerprint]
    for finding in current:
        name = GATE_NAMES.get(finding.gate, finding.gate)
        yield Line(section, None, f"{finding.get_severity_display()}: {name}", finding.message)
    if not current:
        yield Line(section, None, "Every check passed")
    for decided in draft.review_decisions.all():
        what = f"{decided.get_action_display()} by {decided.decided_by}"
        yield Line(section, decided.decided_at, what, decided.reason)


def _refusals(contact: Contact) -> Iterator[Line]:
    every = suppressions_of(contact).select_related("lift__lifted_by", "created_by").order_by("-at", "-id")
    for one in every[:MOST]:
        why = ". ".join(part for part in (one.source, one.note) if part)
        lift = getattr(one, "lift", None)
        if lift is not None:
            why = f"{why}. Lifted on {_day(lift.lifted_at)} by {lift.lifted_by}: {lift.reason}".removeprefix(". ")
        yield Line("refusals", one.at, f"{one.get_reason_display()}, {one.get_channel_display()}{_whose(one)}", why)


def _whose(one: Suppression) -> str:
    if one.account_id:
        return ", for the whole account"
    return f", for {one.address_value}" if one.address_value else ""


def _merges(contact: Contact) -> Iterator[Line]:
    found = Merge.objects.filter(Q(survivor=contact) | Q(merged=contact))
    for one in found.select_related("survivor", "merged", "merged_by").order_by("-merged_at", "-id")[:MOST]:
        by = f" by {one.merged_by}" if one.merged_by else ""
        undone = f" Undone on {_day(one.undone_at)}." if one.undone_at else ""
        why = f"{one.get_key_display()}{by}. {one.reason}".strip()
        yield Line("merges", one.merged_at, merge_title(one), f"{why}{undone}")


def _events(contact: Contact, at: datetime) -> Iterator[Line]:
    page = timeline(contact, until=at, group="events", size=MOST)
    for entry in page.entries:
        yield Line("events", entry.at, entry.title, ". ".join(part for part in (entry.detail, entry.mark) if part))
    if not page.entries:
        yield Line("events", None, "No event is known")


def _moment(text: str) -> datetime | date | None:
    if not text:
        return None
    return datetime.fromisoformat(text) if "T" in text else date.fromisoformat(text)


def _day(at: datetime) -> str:
    return date_format(at, "j F Y")
