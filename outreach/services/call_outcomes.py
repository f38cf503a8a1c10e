"""What came of a call, and everything that follows from it, in one transaction."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from django.db import transaction

from contacts import services as contacts
from contacts.models import Address, Contact
from contacts.states import AddressKind, Channel, Direction, SuppressionReason, TouchKind
from outreach.models import Call
from outreach.permission import facts_for
from outreach.rendering import tidy
from outreach.rules import Consequence, SendFacts, may_send
from outreach.rules.calling import as_call, following, why_not_back_at
from outreach.services.calls import LONGEST_REASON
from outreach.services.deciding import suppress_pending
from outreach.services.refusals import NotPermitted, Refused
from outreach.services.reply_stops import lock_everybody
from outreach.states import CallOutcome, CallStatus
from staff.models import User
from staff.services import record

LONGEST_NOTE = 2000
MOST_MINUTES = 480
#: These two only ever stop something, so they are taken whatever became of the call meanwhile.
STOPPING = (CallOutcome.WRONG_NUMBER, CallOutcome.DO_NOT_CALL)
_PHONE_CHANNELS = (Channel.SMS, Channel.CALL)
_MOMENT = timedelta(hours=1)


class StaleCall(Refused):
    """Somebody was first. ``call`` is the row as it is now."""

    def __init__(self, call: Call) -> None:
        self.call = call
        super().__init__(_what_happened(call))


@transaction.atomic
def keep_outcome(
    *,
    call_id: int,
    outcome: str,
    note: str,
    minutes: int,
    back_at: datetime | None = None,
    tries_seen: int | None = None,
    by: User,
    now: datetime,
) -> Call:
    """Keep what came of a call. It is a touch of ours, and is over, or made again when `outreach.rules.calling` says.

    A number that is not theirs is used for no call and no SMS any more, whoever has it. Who does not want calls gets
    none again, for good. Both hold when this returns, and what waits for them is given up.
    Whether they may be called is asked once more: where they may not, the call is not made again, and the row and the
    audit log say so. ``tries_seen`` are the tries that the form was shown with: the same form sent twice counts once.
    A call that was called off while somebody made it took place all the same: what came of it is kept, and it stays
    called off. Raises NotPermitted, StaleCall (decided meanwhile), or Refused with what to correct.
    """
    note = tidy(note)
    _refuse_nonsense(outcome, note, minutes, back_at, by, now)
    call, everybody, number = _locked(call_id)
    if not Call.objects.visible_to(by).filter(pk=call_id).exists():
        raise NotPermitted("This call is not yours to make.")
    first = tries_seen in (None, call.tries)
    waits = first and call.status == CallStatus.WAITING
    off = first and call.status == CallStatus.CALLED_OFF
    if not waits and not off and outcome not in STOPPING:
        raise StaleCall(call)
    facts = facts_for(contact_ids=[call.contact_id], channel=Channel.CALL, flow=call.flow, now=now)[call.contact_id]
    refusal = as_call(may_send(facts).refusal)
    against = refusal.sentence if refusal is not None and refusal.consequence != Consequence.HOLD else ""
    if off and outcome == CallOutcome.CALL_BACK and back_at is not None:
        # Nothing comes back by itself, so whoever talks to them next has to read it.
        note = f"{note}\nThey asked to be called back on {_moment(back_at)}.".strip()
    if waits or off:
        change: dict[str, Any] = {
            "outcome": outcome,
            "tries": call.tries + 1,
            "note": "\n".join(part for part in (call.note, note) if part),
            "minutes": min(call.minutes + minutes, 32767),
            "owner_id": call.owner_id or by.pk,
        }
        if waits:
            change |= _what_follows(call, outcome, back_at, facts, against, by, now)
        if not Call.objects.filter(pk=call_id, status=call.status, tries=call.tries).update(**change):
            raise StaleCall(Call.objects.get(pk=call_id))
    contacts.record_touch(
        contact=call.contact,
        at=now,
        direction=Direction.OUT,
        kind=TouchKind.CALL,
        channel=Channel.CALL,
        summary=f"{CallOutcome(outcome).label}. {note}".strip(),
        by=by,
    )
    if outcome in STOPPING:
        _stop(outcome, call, number, by, now)
        suppress_pending(contact_ids=everybody, now=now, by=by)
    record(
        action="outreach.keep_outcome", actor=by, on=call, summary=f"Call: {CallOutcome(outcome).label.lower()}",
        detail={
            "outcome": str(outcome), "minutes": minutes, "waited": waits, "at": now.isoformat(),
            **({"against": refusal.code} if refusal is not None else {}),
        },
    )  # fmt: skip
    return Call.objects.select_related("contact", "owner", "done_by").get(pk=call_id)


def _what_follows(
    call: Call, outcome: str, back_at: datetime | None, facts: SendFacts, against: str, by: User, now: datetime
) -> dict[str, Any]:
    """Whether a call that waited is over or made again, for its row. ``against`` says why they may not be called."""
    next_one = following(
        outcome, tries=call.tries + 1, now=now, back_at=back_at, place=facts.whereabouts, hours=facts.hours
    )
    due_at = None if against else next_one.due_at
    words = f"Nobody calls again. {against}" if against and next_one.due_at else next_one.words
    reason = (words or (f"Kept although: {against}" if against else ""))[:LONGEST_REASON]
    if due_at is None:
        return {"status_reason": reason, "status": CallStatus.DONE, "done_at": now, "done_by": by}
    return {"status_reason": reason, "due_at": due_at, "latest_at": max(call.latest_at, due_at + _MOMENT)}


def kept_as(summary: str) -> CallOutcome | None:
    """Which outcome a touch was kept for by `keep_outcome`; None for a call that was not kept by it."""
    label = summary.partition(".")[0]
    return next((outcome for outcome in CallOutcome if outcome.label == label), None)


def _refuse_nonsense(outcome: str, note: str, minutes: int, back_at: datetime | None, by: User, now: datetime) -> None:
    if not by.has_perm("outreach.make_calls"):
        raise NotPermitted("You may not keep what came of calls. Ask a manager.")
    if outcome not in CallOutcome.values:
        raise Refused("Choose what came of the call.")
    if not 0 <= minutes <= MOST_MINUTES:
        raise Refused(f"A call takes from 0 to {MOST_MINUTES} minutes. Correct the minutes.")
    if len(note) > LONGEST_NOTE:
        raise Refused(f"The note has {len(note)} characters. Shorten it to {LONGEST_NOTE}.")
    if outcome == CallOutcome.CALL_BACK and (wrong := why_not_back_at(back_at, now)):
        raise Refused(wrong)


def _locked(call_id: int) -> tuple[Call, list[int], str]:
    """The call once nobody else changes it, everybody who has the number, and the number. Contacts are locked first."""
    rows = Call.objects.select_related("contact", "owner")
    call = rows.filter(pk=call_id).first()
    if call is None:
        raise Refused("There is no such call. Load the list again.")
    while True:
        number = _number(call.contact)
        everybody = lock_everybody(call.contact, [(AddressKind.PHONE.value, number)] if number else [])
        list(Call.objects.select_for_update(of=("self",)).filter(pk=call_id).values_list("pk"))
        before, call = call.contact_id, rows.get(pk=call_id)
        if call.contact_id == before:
            return call, everybody, number


def _number(contact: Contact) -> str:
    return (
        Address.objects.filter(contact=contact, kind=AddressKind.PHONE, is_primary=True)
        .values_list("value", flat=True)
        .first()
        or ""
    )


def _stop(outcome: str, call: Call, number: str, by: User, now: datetime) -> None:
    common: dict[str, Any] = {"at": now, "source": f"Call {call.pk}", "by": by}
    if outcome == CallOutcome.DO_NOT_CALL:
        refused = {"channel": Channel.CALL, "reason": SuppressionReason.OPTED_OUT, **common}
        contacts.suppress(contact=call.contact, **refused)
        if number:
            contacts.suppress(address=(AddressKind.PHONE, number), **refused)
    elif number:
        for channel in _PHONE_CHANNELS:
            contacts.suppress(
                address=(AddressKind.PHONE, number), channel=channel, reason=SuppressionReason.HARD_BOUNCE, **common
            )


def _what_happened(call: Call) -> str:
    if call.status != CallStatus.DONE:
        return "Somebody kept an outcome of this call a moment ago. Nothing of yours was kept twice."
    when = f" on {_moment(call.done_at)}" if call.done_at else ""
    return f"{call.done_by or 'Somebody'} made this call{when}. Nothing of yours was changed."


def _moment(at: datetime) -> str:
    at = at.astimezone(UTC)
    return f"{at.day} {at:%B} at {at:%H:%M} UTC"
