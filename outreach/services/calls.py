"""Calls that somebody is asked to make, and calls that are not needed any more. What comes of one: `call_outcomes`."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db import transaction

from contacts.models import Contact
from contacts.services.people import lock_standing
from contacts.states import Channel, SuppressionChannel
from outreach.models import Call
from outreach.permission import facts_for
from outreach.rendering import one_line, tidy
from outreach.rules import Consequence, Refusal, may_send
from outreach.rules.calling import as_call
from outreach.rules.writing import Points, points_together
from outreach.services.refusals import Refused
from outreach.states import CallStatus, Flow
from staff.models import User
from staff.services import record

LONGEST_WHY = 500
LONGEST_REASON = 300


def why_not_call(call: Call, now: datetime) -> Refusal | None:
    """Why this call may not be made at this moment, in words for whoever wants to make it; None when it may. One query.

    Asked at the last moment. Unknown consent is no, and so is a number that is not theirs. ``not_before`` says when the
    hours suit again where they live; a refusal for good has none.
    """
    return why_not_call_many([call], now)[call.pk]


def why_not_call_many(calls: Sequence[Call], now: datetime) -> dict[int, Refusal | None]:
    """`why_not_call` for a page of calls, by their ids; one query for each flow among them."""
    found: dict[tuple[int, str], Refusal | None] = {}
    for flow in sorted({call.flow for call in calls}):
        asked = {call.contact_id for call in calls if call.flow == flow}
        for contact, facts in facts_for(contact_ids=asked, channel=Channel.CALL, flow=flow, now=now).items():
            found[contact, flow] = as_call(may_send(facts).refusal)
    return {call.pk: found[call.contact_id, call.flow] for call in calls}


@transaction.atomic
def ask_for_call(
    *,
    contact_id: int,
    owner_id: int | None,
    why: str,
    script: str = "",
    points: Sequence[Mapping[str, Any]] = (),
    priority_reasons: Sequence[Points] = (),
    due_at: datetime,
    latest_at: datetime,
    flow: str = Flow.PLAYBOOK,
    now: datetime,
) -> Call:
    """Ask somebody to call a person between ``due_at`` and ``latest_at``. Without an owner it is for whoever is first;
    so it is where the owner does not work here (any more), since nobody would make it.

    ``points`` are what to talk about: mappings with ``at``, ``what`` and ``detail``; moments may be datetimes. Raises
    Refused where it could never be made (they do not want calls, we do not know that they do, there is no number), and
    without a reason; hours that do not suit at this moment refuse nothing.
    """
    words = one_line(why)[:LONGEST_WHY]
    if not words:
        raise Refused("Say why they are to be called. Whoever calls reads it first.")
    if latest_at < due_at:
        raise Refused("The call is promised before it is due. Choose a later end.")
    contact = lock_standing(Contact.objects.get(pk=contact_id))
    facts = facts_for(contact_ids=[contact.pk], channel=Channel.CALL, flow=flow, now=now)[contact.pk]
    refusal = as_call(may_send(facts).refusal)
    if refusal is not None and refusal.consequence != Consequence.HOLD:
        raise Refused(refusal.sentence)
    call = Call.objects.create(
        contact=contact,
        owner=User.objects.filter(pk=owner_id or 0, is_active=True).first(),
        flow=flow,
        why=words,
        script=tidy(script),
        points=[_point(one) for one in points],
        priority=points_together(priority_reasons),
        priority_reasons=[one._asdict() for one in priority_reasons],
        due_at=due_at,
        latest_at=latest_at,
        created_at=now,
    )
    record(action="outreach.ask_for_call", on=call, summary="A call was asked for", detail={"flow": str(flow)})
    return call


@transaction.atomic
def call_off(*, call_ids: Collection[int], reason: str, now: datetime, by: User | None = None) -> int:
    """Call off, as a set, what is not needed any more. Calls that were made stay. Returns how many were called off."""
    waiting = Call.objects.filter(pk__in=list(call_ids)).waiting()
    hold_calls(waiting.values_list("pk", flat=True))
    count = waiting.update(status=CallStatus.CALLED_OFF, status_reason=one_line(reason)[:LONGEST_REASON])
    if count:
        record(
            action="outreach.call_off", actor=by, summary=f"{count} calls called off",
            detail={"calls": sorted(call_ids)[:1000], "count": count, "at": now.isoformat()},
        )  # fmt: skip
    return count


def call_off_suppressed(*, contact_ids: Collection[int], channel: str, words: str) -> int:
    """Call off what a suppression of these contacts covers; for `suppress_pending`, which locked them."""
    if channel not in (SuppressionChannel.ALL, SuppressionChannel.CALL):
        return 0
    waiting = Call.objects.filter(contact_id__in=contact_ids).waiting()
    return waiting.update(status=CallStatus.CALLED_OFF, status_reason=f"{words} Nobody calls."[:LONGEST_REASON])


def hold_calls(ids: Any) -> None:
    """Lock calls in the order of their ids, so that two that change many never wait for each other in a circle."""
    list(Call.objects.filter(pk__in=ids).select_for_update(of=("self",)).order_by("pk").values_list("pk"))


def _point(point: Mapping[str, Any]) -> dict[str, str]:
    at = point.get("at", "")
    return {
        "at": at.isoformat() if hasattr(at, "isoformat") else str(at),
        "what": one_line(str(point.get("what", ""))),
        "detail": one_line(str(point.get("detail", ""))),
    }
