"""What news of a mail provider means for the person. Anymail says what happened; here stands what follows.

Anymail calls everything that came back a bounce. Whether nobody has the address, or only this message was not wanted,
is in the provider's own words.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from anymail.signals import AnymailTrackingEvent, EventType

from contacts.states import SuppressionReason
from outreach.inbound.news import News, nobody_has_it
from outreach.inbound.text import line
from outreach.states import DeliveryKind

_HARD = SuppressionReason.HARD_BOUNCE
_PLAIN = {
    EventType.DELIVERED: DeliveryKind.DELIVERED,
    EventType.DEFERRED: DeliveryKind.DEFERRED,
    EventType.OPENED: DeliveryKind.OPENED,
    EventType.CLICKED: DeliveryKind.CLICKED,
}
_NOTHING = {
    EventType.QUEUED: "The provider has it. Nothing follows from that.",
    EventType.SENT: "The provider sent it. Nothing follows from that.",
    EventType.AUTORESPONDED: "An automatic answer. The answer itself comes as a message.",
    EventType.SUBSCRIBED: "Nobody is written to again because a provider says so.",
}
#: Metadata that our channels give along with a message.
DRAFT = "draft"


def news_of(provider: str, event: AnymailTrackingEvent, raw: Mapping[str, Any]) -> News:
    """The news in an event. ``raw`` is the event in the provider's own form."""
    kind, stops = _kind_and_stop(provider, event, raw)
    said = [event.description, event.mta_response]
    return News(
        provider,
        kind,
        at=event.timestamp,
        # What the provider itself turned down or dropped has reached it all the same.
        left=event.event_type not in {EventType.UNKNOWN, EventType.SUBSCRIBED, EventType.FAILED},
        stops=stops,
        draft_id=_draft_id(event.metadata),
        message_ids=tuple(dict.fromkeys(_ids(event, raw))),
        address=line(str(event.recipient or ""), 320),
        detail=line(" ".join(str(one) for one in said if one)),
        url=line(str(event.click_url or ""), 500) if kind == DeliveryKind.CLICKED else "",
        agent=line(str(event.user_agent or ""), 300),
        prefetched=kind in {DeliveryKind.OPENED, DeliveryKind.CLICKED} and _is_prefetched(provider, raw),
        words="" if kind else _NOTHING.get(event.event_type, "This kind of news means nothing to us."),
    )


def _kind_and_stop(provider: str, event: AnymailTrackingEvent, raw: Mapping[str, Any]) -> tuple[str, str]:
    happened = event.event_type
    if happened in _PLAIN:
        return _PLAIN[happened], ""
    if happened == EventType.COMPLAINED:
        return DeliveryKind.COMPLAINED, SuppressionReason.COMPLAINT
    if happened == EventType.UNSUBSCRIBED:
        return DeliveryKind.UNSUBSCRIBED, SuppressionReason.OPTED_OUT
    if happened in {EventType.BOUNCED, EventType.REJECTED, EventType.FAILED}:
        known = _known_before(raw)
        if known:
            return DeliveryKind.REFUSED, known
        if _HARDNESS[provider](raw):
            return DeliveryKind.BOUNCED, _HARD
        return DeliveryKind.REFUSED, ""
    return "", ""


def _known_before(raw: Mapping[str, Any]) -> str:
    """A provider that drops a message because of what this person said before tells us what that was."""
    reject = _inner(raw, "msg", "reject")
    reason = str(raw.get("reason") or reject.get("reason") or _inner(raw, "event-data").get("reason") or "").lower()
    if reason in {"unsubscribed address", "unsub", "suppress-unsubscribe"}:
        return SuppressionReason.OPTED_OUT
    if reason in {"spam reporting address", "spam", "suppress-complaint"}:
        return SuppressionReason.COMPLAINT
    return ""


def _postmark(raw: Mapping[str, Any]) -> bool:
    return raw.get("Type") in {"HardBounce", "BadEmailAddress"} or (
        raw.get("RecordType") == "SubscriptionChange" and raw.get("SuppressionReason") == "HardBounce"
    )


def _sendgrid(raw: Mapping[str, Any]) -> bool:
    if raw.get("event") == "dropped":
        return str(raw.get("reason", "")).lower() in {"bounced address", "invalid"}
    # A block is about our server or this text. What else it calls a bounce is for good.
    return raw.get("type") != "blocked" and not str(raw.get("status", "5")).startswith("4")


def _mailgun(raw: Mapping[str, Any]) -> bool:
    data = _inner(raw, "event-data")
    status = _inner(data, "delivery-status")
    if data.get("reason") == "suppress-bounce":
        return True
    return nobody_has_it(
        str(status.get("enhanced-code") or ""), str(status.get("message") or ""), str(status.get("description") or "")
    )


def _brevo(raw: Mapping[str, Any]) -> bool:
    return raw.get("event") in {"hard_bounce", "invalid_email"}


def _mailjet(raw: Mapping[str, Any]) -> bool:
    return raw.get("hard_bounce") in (True, "true", 1) and raw.get("event") == "bounce"


def _sparkpost(raw: Mapping[str, Any]) -> bool:
    # Its classes 10 and 30: no such recipient, no such mailbox.
    event = next((one for one in _inner(raw, "msys").values() if isinstance(one, dict)), {})
    return str(event.get("bounce_class")) in {"10", "30"}


def _mandrill(raw: Mapping[str, Any]) -> bool:
    reason = str(_inner(raw, "msg", "reject").get("reason") or "")
    return raw.get("event") == "hard_bounce" or reason in {"hard-bounce", "invalid"}


#: Whether nobody has this address: what the provider calls it, or what the mail server said.
_HARDNESS: Mapping[str, Callable[[Mapping[str, Any]], bool]] = {
    "postmark": _postmark,
    "sendgrid": _sendgrid,
    "mailgun": _mailgun,
    "brevo": _brevo,
    "mailjet": _mailjet,
    "sparkpost": _sparkpost,
    "mandrill": _mandrill,
}


def _is_prefetched(provider: str, raw: Mapping[str, Any]) -> bool:
    """Whether the provider itself says that a machine did it: a privacy proxy, or a scanner it knows."""
    if provider == "brevo":
        return raw.get("event") in {"proxy_open", "unique_proxy_open"}
    if provider == "sendgrid":
        return raw.get("sg_machine_open") is True
    if provider == "mailgun":
        return bool(_inner(raw, "event-data", "client-info").get("bot"))
    if provider == "sparkpost":
        return any(one.get("is_prefetched") is True for one in _inner(raw, "msys").values() if isinstance(one, dict))
    return False


def _draft_id(metadata: Any) -> int | None:
    given = metadata.get(DRAFT) if isinstance(metadata, dict) else None
    text = str(given or "")
    return int(text) if text.isdecimal() and len(text) <= 18 else None


def _ids(event: AnymailTrackingEvent, raw: Mapping[str, Any]) -> list[str]:
    """What the provider calls the message, and our own id of it where it says that too."""
    names = ("smtp-id", "message-id", "sg_message_id", "CustomID")
    known = [event.message_id, *(raw.get(name) for name in names)]
    return [line(str(one), 255) for one in known if one]


def _inner(raw: Any, *names: str) -> Mapping[str, Any]:
    for name in names:
        raw = raw.get(name) if isinstance(raw, Mapping) else None
    return raw if isinstance(raw, Mapping) else {}
