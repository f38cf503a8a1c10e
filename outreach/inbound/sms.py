"""What Twilio says of text messages, and the text messages it passes on."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from contacts.states import Channel, SuppressionReason
from outreach.channels.twilio import CODES, Meaning
from outreach.inbound.message import IncomingMessage
from outreach.inbound.news import News, Unreadable
from outreach.inbound.text import line, storable
from outreach.states import DeliveryKind

PROVIDER = "twilio"
_KINDS = {
    "delivered": DeliveryKind.DELIVERED,
    "read": DeliveryKind.OPENED,
    "undelivered": DeliveryKind.REFUSED,
    "failed": DeliveryKind.REFUSED,
    "canceled": DeliveryKind.REFUSED,
}


def news(given: Mapping[str, Any]) -> News:
    """The news in a status callback. Raises Unreadable without a message or status."""
    status = str(given.get("MessageStatus") or given.get("SmsStatus") or "").strip().lower()
    message_id = str(given.get("MessageSid") or given.get("SmsSid") or "")
    if not status or not message_id:
        raise Unreadable("It names no message, or no status of it.")
    code = str(given.get("ErrorCode") or "")
    meaning, said = CODES.get(int(code), (None, "")) if code.isdecimal() and len(code) < 9 else (None, "")
    kind, stops = str(_KINDS.get(status, "")), ""
    if kind == DeliveryKind.REFUSED and meaning == Meaning.STOPPED:
        # They told Twilio itself to stop: whatever we send from this number is turned down.
        kind, stops = DeliveryKind.UNSUBSCRIBED, SuppressionReason.OPTED_OUT
    elif kind == DeliveryKind.REFUSED and meaning == Meaning.DEAD:
        kind, stops = DeliveryKind.BOUNCED, SuppressionReason.HARD_BOUNCE
    return News(
        PROVIDER,
        kind,
        stops=stops,
        message_ids=(message_id[:255],),
        address=str(given.get("To") or "")[:320],
        channel=Channel.SMS,
        detail=line(f"{code}: {said}".strip(": ") if code else ""),
        words="" if kind else f"On its way ({line(status, 40)}). Nothing follows from that.",
    )


def message(given: Mapping[str, Any], at: datetime) -> IncomingMessage:
    """A text message to us. Raises Unreadable without a sender."""
    sender = str(given.get("From") or "").strip()
    if not sender:
        raise Unreadable("It does not say who sent it.")
    return IncomingMessage(
        channel=Channel.SMS,
        sender=sender[:320],
        recipients=(str(given.get("To") or "")[:320],),
        text=storable(str(given.get("Body") or "")),
        provider_message_id=str(given.get("MessageSid") or given.get("SmsMessageSid") or "")[:255],
        at=at,
        # Its own list of words: nothing leaves there any more, and it has answered.
        stopped_at_provider=str(given.get("OptOutType") or "").strip().upper() == "STOP",
    )
