"""The form in which any other program tells us things (docs/inbound.md)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.utils import timezone
from django.utils.dateparse import parse_datetime

from contacts.states import Channel, SuppressionReason
from outreach.inbound.mail import from_parts, header_map, read_mail
from outreach.inbound.message import IncomingMessage
from outreach.inbound.news import News, Unreadable
from outreach.inbound.text import line, storable
from outreach.states import DeliveryKind

_STOPS = {
    DeliveryKind.BOUNCED: SuppressionReason.HARD_BOUNCE,
    DeliveryKind.COMPLAINED: SuppressionReason.COMPLAINT,
    DeliveryKind.UNSUBSCRIBED: SuppressionReason.OPTED_OUT,
}


def generic_news(given: Mapping[str, Any], channel: str) -> News:
    """The news in one event. Raises Unreadable where its type is unknown or it names no message."""
    kind = str(given.get("type") or "").strip().lower()
    if kind not in DeliveryKind.values:
        raise Unreadable(f"Its type is none of {', '.join(DeliveryKind.values)}.")
    message_id, address = line(str(given.get("message_id") or ""), 255), line(str(given.get("address") or ""), 320)
    if not message_id and not address:
        raise Unreadable("It names neither a message_id nor an address.")
    return News(
        "generic",
        kind,
        at=_moment(given.get("at")),
        stops=_STOPS.get(DeliveryKind(kind), ""),
        message_ids=(message_id,) if message_id else (),
        address=address,
        channel=channel,
        detail=line(str(given.get("detail") or "")),
        url=line(str(given.get("url") or ""), 500),
        agent=line(str(given.get("user_agent") or "")),
        prefetched=given.get("machine") is True or str(given.get("method") or "").upper() == "HEAD",
    )


def generic_message(given: Mapping[str, Any], channel: str, at: datetime) -> IncomingMessage | list[News]:
    """A message to us: a whole mail in ``mime``, or its parts. Raises Unreadable without a sender."""
    to = given.get("to") or []
    recipients = [str(one) for one in (to if isinstance(to, list) else [to])][:100]
    if channel == Channel.EMAIL and given.get("mime"):
        return read_mail(str(given["mime"]).encode("utf-8", "replace"), at=at, recipients=recipients)
    sender = line(str(given.get("from") or ""), 320)
    if not sender:
        raise Unreadable("It does not say who sent it (from).")
    if channel == Channel.EMAIL:
        more = given.get("headers")
        headers = header_map(more) if isinstance(more, dict) else []
        return from_parts(
            [("From", sender), ("Subject", str(given.get("subject") or "")), *headers],
            str(given.get("text") or ""),
            str(given.get("html") or ""),
            at=at,
            recipients=recipients,
        )
    return IncomingMessage(
        channel=channel,
        sender=sender,
        recipients=tuple(recipients),
        text=storable(str(given.get("text") or "")),
        provider_message_id=line(str(given.get("id") or ""), 255),
        at=at,
    )


def _moment(given: Any) -> datetime | None:
    try:
        found = parse_datetime(str(given)) if given else None
    except ValueError:
        found = None
    if found is not None and timezone.is_naive(found):
        return timezone.make_aware(found)
    return found
