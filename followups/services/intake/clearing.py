"""Answers about customers and consent, and the answer that a lead is not followed up at all."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta

from django.db import transaction

from contacts import services as contacts
from contacts.models import ConsentRecord
from contacts.permission import permissions_of
from contacts.states import Channel, Consent
from followups.rules import CUSTOMER_KEY
from followups.services.assigning import assign
from followups.services.closing import close_out
from followups.services.intake.answering import (
    Answered,
    account_owner,
    answer,
    hold_case,
    note_of,
    open_leads_of,
    rule_on,
    settle,
)
from followups.services.plans import plan_touch
from followups.services.refusals import Refused
from followups.states import DecisionReason, Disposition, PlannedKind
from staff.models import User

#: In so many days somebody is to have asked. Then the lead is in intake again.
DAYS_TO_ASK = 7


@transaction.atomic
def hand_over(*, case_id: int, reason: str, by: User, now: datetime) -> Answered:
    """A customer belongs to the owner of the account: they get the lead, and its follow-up ends here."""
    held = hold_case(case_id, DecisionReason.EXISTING_CUSTOMER, by)
    owner = account_owner(held)
    if held.lead.owner_id != owner.pk:
        assign(lead=held.lead, owner=owner, by=by, now=now)
    words = note_of(reason) or f"Already a customer. {owner}, who owns the account, goes on with them."
    close_out(lead=held.lead, disposition=Disposition.HANDED_OVER, reason=words, by=by, now=now)
    return settle(held, f"Handed to {owner}.", by, now)


@transaction.atomic
def allow_customer(*, case_id: int, reason: str, by: User, now: datetime) -> Answered:
    """This customer may be followed up like anybody else, for a reason that is kept."""
    held = hold_case(case_id, DecisionReason.EXISTING_CUSTOMER, by)
    if not note_of(reason):
        raise Refused("Say why a customer may be followed up like a new lead. The reason is kept.")
    rule_on(held.lead, CUSTOMER_KEY, note_of(reason), by, now)
    return answer(held, DecisionReason.EXISTING_CUSTOMER, "Allowed.", by, now)


@transaction.atomic
def prove_consent(*, case_id: int, channel: str, source: str, on: date, by: User, now: datetime) -> Answered:
    """They agreed: on this channel, on that day, as the words in `source` say.

    Refuses a channel that the lead's cadence does not use, that they can not be reached on, or on which they must not
    be written to; a day ahead; a proof without words; and one that is older than a no of theirs.
    """
    held = hold_case(case_id, DecisionReason.CONSENT_UNCLEAR, by)
    used = held.case.decision.cadence_version.channels
    if channel not in used:
        said = ", ".join(Channel(one).label for one in used)
        raise Refused(f"The cadence of this lead does not write there. Choose from {said}.")
    name = Channel(channel).label
    if not note_of(source):
        raise Refused("Say where the proof is: a form, a mail, a call and with whom.")
    if on > now.astimezone(UTC).date():
        raise Refused("This day is ahead. Give the day on which they agreed.")
    state = permissions_of([held.lead.contact_id])[held.lead.contact_id][channel]
    if not state.has_address:
        raise Refused(f"We have no address of theirs for {name}. Choose another channel.")
    if state.suppressed_by:
        raise Refused(f"{name} is stopped for this person, and a consent does not lift that. Choose another channel.")
    at = now if on == now.astimezone(UTC).date() else datetime.combine(on, time.min, UTC)
    spoken = ConsentRecord.objects.filter(contact=held.lead.contact_id, channel=channel, recorded_at__gt=at)
    if (later := spoken.exclude(status=Consent.YES).first()) is not None:
        raise Refused(
            f"On {later.recorded_at:%-d %B %Y} their answer was no longer yes. An older proof does not count."
        )
    contacts.record_consent(
        contact=held.lead.contact, channel=channel, status=Consent.YES, source=note_of(source), at=at, by=by
    )
    done = answer(held, DecisionReason.CONSENT_UNCLEAR, f"Consent for {name} is recorded.", by, now)
    return Answered(done.done, tuple({*done.lead_ids, *open_leads_of(held.lead.contact_id)}))


@transaction.atomic
def ask(*, case_id: int, by: User, now: datetime) -> Answered:
    """Somebody is to ask them whether we may write: a task for the owner, or for `by` where there is none.

    While the task is ahead nothing is written. Done or not, the lead comes back if the answer is still missing.
    """
    held = hold_case(case_id, DecisionReason.CONSENT_UNCLEAR, by)
    for_whom = held.lead.owner or by
    plan_touch(
        contact=held.lead.contact,
        lead=held.lead,
        kind=PlannedKind.TASK,
        title=f"Ask {held.lead.contact} whether we may write"[:300],
        at=now + timedelta(days=DAYS_TO_ASK),
        for_whom=for_whom,
        by=by,
        now=now,
    )
    return settle(held, f"{for_whom} is to ask them.", by, now)


@transaction.atomic
def drop(*, case_id: int, reason: str, by: User, now: datetime) -> Answered:
    """This lead is not followed up, for a reason that is kept with it. Answers the whole case."""
    held = hold_case(case_id, None, by)
    if not note_of(reason):
        raise Refused("Write down why this lead is dropped. The reason stays with it.")
    close_out(lead=held.lead, disposition=Disposition.DOCUMENTED, reason=note_of(reason), by=by, now=now)
    return settle(held, "Dropped.", by, now)
