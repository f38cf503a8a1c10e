"""What follows from an answer. Whoever may have said stop is stopped at once; a person then confirms or releases it.

The contact's row is taken first, as sending and opting out do: a claim that comes second sees the stop and sends
nothing, one that came first has left before they wrote (promise R3).
"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from django.db import IntegrityError, transaction

from contacts import services as contacts
from contacts.models import Contact, Suppression
from contacts.services.history import amend_touch
from contacts.states import (
    ADDRESS_KIND_OF_CHANNEL,
    Channel,
    Direction,
    TouchKind,
)
from outreach.inbound.message import IncomingMessage
from outreach.models import Draft, ProviderNotice, Reply
from outreach.rules import replies as rules
from outreach.services.confirming import confirm_by_message
from outreach.services.deciding import suppress_pending
from outreach.services.refusals import NotPermitted, Refused
from outreach.services.reply_stops import (
    STOPPING,
    address_or_nothing,
    addresses_of,
    lift,
    lock_everybody,
    standing,
    stop_for,
    stops_of,
)
from outreach.states import REPLY_TRANSITIONS, ReplyLabel, ReplyStatus, SortedBy
from staff.models import User
from staff.services import record

LONGEST_TEXT = 100_000
LONGEST_NOTE = 300
_TOUCH = {
    ReplyLabel.QUESTION: TouchKind.QUESTION,
    ReplyLabel.OUT_OF_OFFICE: TouchKind.OUT_OF_OFFICE,
    ReplyLabel.AUTO_REPLY: TouchKind.AUTO_REPLY,
}
#: Their own words to us, which count for their score.
_THEIR_WORDS = (ReplyLabel.ANSWER, ReplyLabel.QUESTION, ReplyLabel.EXPLICIT_NO, ReplyLabel.OPT_OUT)
_FOR_NOBODY = (ReplyLabel.OUT_OF_OFFICE, ReplyLabel.AUTO_REPLY)
_STOPPED_THERE = "The provider takes it for a stop, and lets nothing through to them any more."
_AT_ONCE = "The word alone says it, so nobody has to confirm it."


class StaleReply(Refused):
    """Somebody else decided about it meanwhile. ``reply`` is the row as it is now."""

    def __init__(self, reply: Reply) -> None:
        self.reply = reply
        super().__init__(_what_happened(reply))


@transaction.atomic
def receive_reply(
    *,
    message: IncomingMessage,
    draft: Draft | None,
    contact: Contact | None,
    notice: ProviderNotice | None,
    now: datetime,
) -> Reply:
    """Keep an answer, sort it, and do what follows from it, all in one transaction. The same notice twice is once.

    What may be an opt-out, a no or a wrong person stops them here and now. Of a contact that became part of another
    one, it counts for that one.
    """
    kind = ADDRESS_KIND_OF_CHANNEL.get(message.channel, "")
    sender = address_or_nothing(kind, message.sender)
    concerned = lock_everybody(contact, addresses_of(kind, sender, draft))
    if notice is not None and (known := Reply.objects.filter(notice=notice).first()) is not None:
        return known
    contact = standing(contact)
    found = rules.sort(
        message.text,
        subject=message.subject,
        headers=message.headers,
        locale=contact.locale if contact is not None else "",
        channel=message.channel,
        ours=draft.body if draft is not None else "",
        today=message.at.date(),
    )
    if message.stopped_at_provider and not found.certain:
        found = replace(found, label=ReplyLabel.OPT_OUT, confidence=1.0, because=_STOPPED_THERE, returns_on=None)
    try:
        with transaction.atomic():
            reply = Reply.objects.create(
                notice=notice,
                contact=contact,
                draft=draft,
                owner_id=_owner(draft, contact),
                channel=message.channel,
                sender=(sender or message.sender)[:320],
                subject=message.subject[:300],
                text=found.text,
                whole_text=message.text[:LONGEST_TEXT].replace("\x00", ""),
                at=message.at,
                label=found.label,
                confidence=Decimal(str(found.confidence)),
                because=found.because[:300],
                spans=[{"start": span.start, "end": span.end} for span in found.spans],
                returns_on=found.returns_on,
                status=ReplyStatus.SETTLED if _is_for_nobody(found) else ReplyStatus.OPEN,
            )
    except IntegrityError:
        # Another process took the same notice in, and its sender is nobody whose row both would have waited for.
        return Reply.objects.get(notice=notice)
    if contact is not None:
        reply.touch = contacts.record_touch(
            contact=contact,
            at=message.at,
            direction=Direction.IN,
            kind=_TOUCH.get(found.label, TouchKind.MESSAGE),
            channel=message.channel,
            summary=found.text[:5000] or message.subject,
            returns_on=found.returns_on if found.label == ReplyLabel.OUT_OF_OFFICE else None,
        )
        reply.save(update_fields=["touch"])
        if found.label in _THEIR_WORDS:
            contacts.record_event(
                contact=contact, name="message_replied",
                occurred_at=message.at.astimezone(UTC), properties={"reply": reply.pk, "channel": message.channel},
            )  # fmt: skip
    record(
        action="outreach.receive_reply", on=reply, summary=f"Answer: {found.label.label.lower()}",
        detail={"label": str(found.label), "confidence": found.confidence,
                "contact": reply.contact_id, "draft": reply.draft_id},
    )  # fmt: skip
    if found.label in STOPPING and (stop := stop_for(reply, now)) is not None:
        suppress_pending(contact_ids=concerned, now=now)
        if found.certain:
            _move(reply, ReplyStatus.OPEN, ReplyStatus.HELD, suppression=stop)
            _move(reply, ReplyStatus.HELD, ReplyStatus.CONFIRMED, decided_at=now, decision_note=_AT_ONCE)
            if not message.stopped_at_provider:
                _tell_them(reply, stop, now)
        else:
            _move(reply, ReplyStatus.OPEN, ReplyStatus.HELD, suppression=stop)
    return _fresh(reply.pk)


@transaction.atomic
def hold_after_second_opinion(*, reply_id: int, now: datetime) -> Reply:
    """The language model takes an answer for an opt-out that the rules were unsure about. It is held for a person.

    Does nothing to an answer that a person has decided about, or that is held already. A model never lifts a hold.
    """
    reply, concerned = _locked(reply_id)
    if reply.status not in (ReplyStatus.OPEN, ReplyStatus.SETTLED) or reply.sorted_by == SortedBy.PERSON:
        return reply
    reply.label, reply.sorted_by = ReplyLabel.OPT_OUT, SortedBy.MODEL
    stop = stop_for(reply, now)
    if stop is None:
        return reply
    Reply.objects.filter(pk=reply.pk).update(
        label=ReplyLabel.OPT_OUT,
        sorted_by=SortedBy.MODEL,
        confidence=Decimal("0.5"),
        because=f"The language model takes it for an opt-out. The rules did not: {reply.because}"[:300],
    )
    _move(reply, reply.status, ReplyStatus.HELD, suppression=stop)
    suppress_pending(contact_ids=concerned, now=now)
    record(action="outreach.hold_reply", on=reply, summary="Held after a second opinion")
    return _fresh(reply.pk)


@transaction.atomic
def confirm_opt_out(*, reply_id: int, by: User, note: str = "", now: datetime) -> Reply:
    """They did say stop, or no, or are somebody else: what was held stays, for good. They are told once.

    Of an answer that nothing was held for, this makes an opt-out: a person may find later what no rule saw. Raises
    StaleReply when it was confirmed before, NotPermitted, or Refused when there is nobody and nothing to stop.
    """
    reply, concerned = _locked(reply_id)
    _require(reply, by)
    if reply.status == ReplyStatus.CONFIRMED:
        raise StaleReply(reply)
    if reply.status != ReplyStatus.HELD:
        _hold_by_person(reply, ReplyLabel.OPT_OUT, concerned, now)
        reply = _fresh(reply_id)
    return _confirm(reply, by, note, now)


@transaction.atomic
def release_hold(*, reply_id: int, by: User, reason: str, now: datetime, label: str = ReplyLabel.ANSWER) -> Reply:
    """They did not say stop: lift what this hold stopped, and nothing else. ``label`` is what it is instead.

    Messages that were given up stay so; the next sweep writes what is still wanted. Raises StaleReply when it is not
    held any more, NotPermitted, or Refused without a reason.
    """
    reply, _concerned = _locked(reply_id)
    _require(reply, by)
    if reply.status != ReplyStatus.HELD:
        raise StaleReply(reply)
    reason = reason.strip()
    if not reason:
        raise Refused("Say why they may be written to again. The reason is kept with it.")
    if label in STOPPING or label not in ReplyLabel.values:
        raise Refused("Choose what it is instead.")
    _move(
        reply, ReplyStatus.HELD, ReplyStatus.RELEASED,
        decided_at=now, decided_by=by, decision_note=reason[:LONGEST_NOTE],
        label=label, sorted_by=SortedBy.PERSON, confidence=Decimal(1),
    )  # fmt: skip
    _amend(reply, label, by)
    lift(reply, stops_of(reply), reason, by, now)
    record(
        action="outreach.release_hold",
        actor=by,
        on=reply,
        summary="They did not say stop",
        detail={"label": str(label)},
    )
    return _fresh(reply_id)


@transaction.atomic
def settle_reply(*, reply_id: int, by: User, note: str = "", now: datetime) -> Reply:
    """It was read and there is nothing left to do about it. Raises StaleReply or NotPermitted."""
    reply, _concerned = _locked(reply_id)
    _require(reply, by)
    if reply.status != ReplyStatus.OPEN:
        raise StaleReply(reply)
    _move(
        reply, ReplyStatus.OPEN, ReplyStatus.SETTLED,
        decided_at=now, decided_by=by, decision_note=note.strip()[:LONGEST_NOTE],
    )  # fmt: skip
    record(action="outreach.settle_reply", actor=by, on=reply, summary="Answer read")
    return _fresh(reply_id)


@transaction.atomic
def relabel(*, reply_id: int, label: str, by: User, note: str = "", now: datetime) -> Reply:
    """Say what an answer is. An opt-out, a no or a wrong person stops them; anything else releases what was held.

    Raises StaleReply when it was confirmed, NotPermitted, or Refused when a hold is released without a reason.
    """
    reply, concerned = _locked(reply_id)
    _require(reply, by)
    if label not in ReplyLabel.values:
        raise Refused("There is no such kind of answer. Choose one of those on the page.")
    if reply.status == ReplyStatus.CONFIRMED:
        raise StaleReply(reply)
    if label in STOPPING:
        if reply.status == ReplyStatus.HELD and reply.label == label:
            return _confirm(reply, by, note, now)
        _hold_by_person(reply, label, concerned, now, by=by)
        return _confirm(_fresh(reply_id), by, note, now)
    if reply.status == ReplyStatus.HELD:
        return release_hold(reply_id=reply_id, by=by, reason=note, now=now, label=label)
    Reply.objects.filter(pk=reply_id, status=reply.status).update(
        label=label, sorted_by=SortedBy.PERSON, confidence=Decimal(1)
    )
    _amend(reply, label, by)
    record(
        action="outreach.relabel_reply",
        actor=by,
        on=reply,
        summary="Answer sorted by a person",
        detail={"label": str(label)},
    )
    return _fresh(reply_id)


def _hold_by_person(reply: Reply, label: str, concerned: list[int], now: datetime, by: User | None = None) -> None:
    before = stops_of(reply) if reply.status == ReplyStatus.HELD else []
    reply.label = label
    stop = stop_for(reply, now)
    if stop is None:
        raise Refused("Nobody is known by this address, so there is nothing to stop. Mark it as read instead.")
    change: dict[str, Any] = {
        "label": label,
        "sorted_by": SortedBy.PERSON,
        "confidence": Decimal(1),
        "suppression": stop,
    }
    if reply.status == ReplyStatus.HELD:
        Reply.objects.filter(pk=reply.pk, status=ReplyStatus.HELD).update(**change)
        changed = [one for one in before if one.reason != STOPPING[label]]
        if changed and by is not None:
            lift(reply, changed, "It was sorted anew, and another stop took its place.", by, now)
    else:
        _move(reply, reply.status, ReplyStatus.HELD, **change)
    _amend(reply, label, by)
    suppress_pending(contact_ids=concerned, now=now)


def _confirm(reply: Reply, by: User, note: str, now: datetime) -> Reply:
    _move(
        reply, ReplyStatus.HELD, ReplyStatus.CONFIRMED,
        decided_at=now, decided_by=by, decision_note=note.strip()[:LONGEST_NOTE],
    )  # fmt: skip
    record(
        action="outreach.confirm_reply",
        actor=by,
        on=reply,
        summary="They said stop",
        detail={"label": str(reply.label)},
    )
    if reply.suppression is not None:
        _tell_them(reply, reply.suppression, now)
    return _fresh(reply.pk)


def _tell_them(reply: Reply, stop: Suppression, now: datetime) -> None:
    if reply.label == ReplyLabel.OPT_OUT and reply.channel in (Channel.EMAIL, Channel.SMS):
        confirm_by_message(
            suppression=stop, channel=reply.channel, address=reply.sender, contact=reply.contact, at=reply.at, now=now
        )


# The rows.


def _locked(reply_id: int) -> tuple[Reply, list[int]]:
    """The row as it is once nobody else decides about it, and the ids of the contacts that are locked with it."""
    reply = _fresh(reply_id)
    kind = ADDRESS_KIND_OF_CHANNEL.get(reply.channel, "")
    concerned = lock_everybody(reply.contact, addresses_of(kind, address_or_nothing(kind, reply.sender), reply.draft))
    Reply.objects.select_for_update(of=("self",)).get(pk=reply_id)
    return _fresh(reply_id), concerned


def _owner(draft: Draft | None, contact: Contact | None) -> int | None:
    """Whose conversation it is: whoever wrote what it answers, else whoever wrote to them last."""
    if draft is not None:
        return draft.owner_id
    if contact is None:
        return None
    last = Draft.objects.filter(contact=contact, owner__isnull=False).order_by("-pk").values_list("owner_id", flat=True)
    return last.first()


def _is_for_nobody(found: rules.Sorted) -> bool:
    return found.label in _FOR_NOBODY and found.confidence >= rules.SURE_ENOUGH


def _move(reply: Reply, before: str, after: str, **change: Any) -> None:
    """From one status to the next one, unless somebody was faster. Raises StaleReply."""
    if ReplyStatus(after) not in REPLY_TRANSITIONS[ReplyStatus(before)]:
        raise StaleReply(_fresh(reply.pk))
    if not Reply.objects.filter(pk=reply.pk, status=before).update(status=after, **change):
        raise StaleReply(_fresh(reply.pk))


def _amend(reply: Reply, label: str, by: User | None) -> None:
    if reply.touch is not None:
        amend_touch(
            touch=reply.touch,
            kind=_TOUCH.get(ReplyLabel(label), TouchKind.MESSAGE),
            returns_on=reply.returns_on if label == ReplyLabel.OUT_OF_OFFICE else None,
            by=by,
        )


def _fresh(reply_id: int) -> Reply:
    found = (
        Reply.objects.select_related("contact", "draft", "owner__team", "decided_by", "touch", "suppression")
        .filter(pk=reply_id)
        .first()
    )
    if found is None:
        raise Refused("This answer does not exist any more.")
    return found


def _require(reply: Reply, by: User) -> None:
    if not by.is_active or not by.has_perm("outreach.answer_replies"):
        raise NotPermitted("You may not decide about answers. Ask the owner of the lead or a manager.")
    if not Reply.objects.visible_to(by).filter(pk=reply.pk).exists():
        raise NotPermitted("This answer belongs to another team.")


def _what_happened(reply: Reply) -> str:
    words = {
        ReplyStatus.CONFIRMED: "confirmed that they said stop",
        ReplyStatus.RELEASED: "found that they did not say stop",
        ReplyStatus.SETTLED: "marked it as read",
    }.get(ReplyStatus(reply.status))
    if words is None:
        return f"It stands differently now: {reply.get_status_display()} Look at it again, then decide."
    if reply.decided_at is None:
        return "It was put away by itself. Nothing of yours was changed."
    day = f"{reply.decided_at.day} {reply.decided_at:%B} at {reply.decided_at:%H:%M} UTC"
    who = str(reply.decided_by) if reply.decided_by is not None else "A rule"
    return f"{who} {words} on {day}. Nothing of yours was changed."
