"""Who may call, how they prove it, and which events one request of theirs holds.

Each source answers three questions: whether its secret is set, whether this request is proven, and what is in it.
"""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from anymail.exceptions import AnymailError
from anymail.utils import get_request_basic_auth
from django.conf import settings
from django.core.exceptions import SuspiciousOperation
from django.http import HttpRequest
from django.utils.crypto import constant_time_compare
from twilio.request_validator import RequestValidator

from outreach import ways_out
from outreach.inbound.notices import Arrived, digest
from outreach.inbound.providers import MAIL_PROVIDERS, basic_secrets
from outreach.inbound.sms import PROVIDER as TWILIO
from outreach.inbound.webhooks.bodies import FORMS, JSON, Refused
from outreach.inbound.webhooks.signatures import HEADER, is_recent, is_signed
from outreach.states import NoticeKind

MOST_EVENTS = 5000
#: What differs when a provider sends the same thing once more.
_VOLATILE = ("timestamp", "token", "signature")
_FORGED = (AnymailError, SuspiciousOperation, ValueError, TypeError, AttributeError, LookupError, RecursionError)


class Source(Protocol):
    """One sender of one kind of thing."""

    @property
    def types(self) -> tuple[str, ...]: ...
    def is_connected(self) -> bool: ...
    def may_come_in(self, request: HttpRequest) -> bool: ...
    def is_proven(self, request: HttpRequest, wire: bytes) -> bool: ...
    def events(self, request: HttpRequest, body: bytes) -> list[Arrived]: ...


@dataclass(frozen=True, slots=True)
class MailSource:
    """A provider of e-mail, proven by anymail."""

    name: str
    kind: str

    @property
    def types(self) -> tuple[str, ...]:
        provider = MAIL_PROVIDERS[self.name]
        # The older events of Mailgun are forms too.
        return FORMS if self.kind in provider.form else (JSON, *FORMS) if self.name == "mailgun" else (JSON,)

    def is_connected(self) -> bool:
        return MAIL_PROVIDERS[self.name].is_connected(self.kind)

    def may_come_in(self, request: HttpRequest) -> bool:
        """What can be proven without the body is proven first, so that strangers cannot make us work."""
        if "webhook_secret" not in MAIL_PROVIDERS[self.name].secrets(self.kind):
            return True
        given = get_request_basic_auth(request) or ""
        return any(constant_time_compare(given, one) for one in basic_secrets())

    def is_proven(self, request: HttpRequest, wire: bytes) -> bool:
        try:
            MAIL_PROVIDERS[self.name].view(self.kind).run_validators(request)
            return self._is_recent(request)
        except _FORGED:
            return False

    def _is_recent(self, request: HttpRequest) -> bool:
        """Anymail leaves the age of a signature to us."""
        if self.name == "mailgun":
            form = request.POST if request.content_type in FORMS else json.loads(request.body)["signature"]
            return is_recent(form["timestamp"], now=time.time())
        if self.name == "sendgrid" and self.kind == NoticeKind.TRACKING and settings.SENDGRID_WEBHOOK_KEY:
            return is_recent(request.headers["X-Twilio-Email-Event-Webhook-Timestamp"], now=time.time())
        return True

    def events(self, request: HttpRequest, body: bytes) -> list[Arrived]:
        if self.name == "mandrill":
            given = request.POST.get("mandrill_events", "")
            return [self._arrived(one, None) for one in _list_of(given.encode("utf-8", "replace"))]
        if request.content_type in FORMS:
            form: dict[str, Any] = request.form  # type: ignore[attr-defined]  # bodies.give_back
            name = digest({**form, "fields": {k: v for k, v in form["fields"].items() if k not in _VOLATILE}})
            return [Arrived(self.name, self.kind, _json(form), name)]
        given = _read(body)
        if self.name == "brevo" and self.kind == NoticeKind.INBOUND:
            return [self._arrived(one, None) for one in _only_objects(_field(given, "items"))]
        if isinstance(given, list):
            # A ping of SparkPost is an event about nothing.
            return [self._arrived(one, None) for one in _only_objects(given) if one.get("msys") != {}]
        return [self._arrived(one, body) for one in _only_objects([given])]

    def _arrived(self, event: dict[str, Any], body: bytes | None) -> Arrived:
        kind = self.kind
        if self.name == "mandrill":
            kind = NoticeKind.INBOUND if event.get("event") == "inbound" else NoticeKind.TRACKING
        self._is_for(event, kind)
        return Arrived(self.name, kind, body or _json(event), self._id_of(event) or digest(event))

    def _is_for(self, event: dict[str, Any], kind: str) -> None:
        """Raises Refused where what belongs to one of the two addresses was sent to the other."""
        inbound = {
            "postmark": event.get("RecordType", "Inbound" if "FromFull" in event else "") == "Inbound",
            "brevo": "Uuid" in event or "items" in event,
            "mailjet": "event" not in event,
            "sparkpost": isinstance(event.get("msys"), dict) and "relay_message" in event["msys"],
        }.get(self.name)
        if inbound is not None and inbound != (kind == NoticeKind.INBOUND):
            other = NoticeKind.INBOUND if inbound else NoticeKind.TRACKING
            raise Refused(400, f"This is not the address for it. Set {self.name} to /hooks/email/{self.name}/{other}/.")

    def _id_of(self, event: dict[str, Any]) -> str:
        """What the provider calls this event, where it says it; nothing else may share that name."""
        if self.name == "postmark":
            if self.kind == NoticeKind.INBOUND:
                return str(event.get("MessageID") or "")
            return f"{event.get('RecordType')}:{event['ID']}" if event.get("ID") else ""
        if self.name == "sendgrid":
            return str(event.get("sg_event_id") or "")
        if self.name == "mailgun":
            # The token differs each time the same event is sent. Its id is unique within a day.
            data = event.get("event-data")
            known = isinstance(data, dict) and data.get("id") and data.get("timestamp")
            return f"{data['id']}@{data['timestamp']}" if known and isinstance(data, dict) else ""
        if self.name == "brevo" and self.kind == NoticeKind.INBOUND:
            uuid = event.get("Uuid")
            return str(uuid[0]) if isinstance(uuid, list) and uuid else ""
        if self.name == "sparkpost":
            inner = next((one for one in _field(event, "msys").values() if isinstance(one, dict)), {})
            return str(inner.get("event_id") or "")
        return ""


@dataclass(frozen=True, slots=True)
class TwilioSource:
    """Twilio, proven by its own validator and the public address: what a request says about its host proves nothing."""

    kind: str
    path: str
    types: tuple[str, ...] = (FORMS[0],)

    def is_connected(self) -> bool:
        return bool(twilio_token())

    def may_come_in(self, request: HttpRequest) -> bool:
        return bool(request.headers.get("X-Twilio-Signature"))

    def is_proven(self, request: HttpRequest, wire: bytes) -> bool:
        query = request.META.get("QUERY_STRING", "")
        url = f"{settings.PUBLIC_URL}{self.path}" + (f"?{query}" if query else "")
        signed = request.headers["X-Twilio-Signature"]
        try:
            return bool(RequestValidator(twilio_token()).validate(url, request.POST, signed))
        except _FORGED:
            return False

    def events(self, request: HttpRequest, body: bytes) -> list[Arrived]:
        given = {name: str(value) for name, value in request.POST.items()}
        message = given.get("MessageSid") or given.get("SmsSid") or ""
        if not message:
            raise Refused(400, "It names no message (MessageSid).")
        status = given.get("MessageStatus") or given.get("SmsStatus") or ""
        name = message if self.kind == NoticeKind.INBOUND else f"{message}:{status}"
        return [Arrived(TWILIO, self.kind, _json(given), name)]


@dataclass(frozen=True, slots=True)
class GenericSource:
    """Any other program, proven by `outreach.inbound.webhooks.signatures`."""

    name: str
    kind: str
    types: tuple[str, ...] = (JSON,)

    def is_connected(self) -> bool:
        return bool(settings.WEBHOOK_SECRET)

    def may_come_in(self, request: HttpRequest) -> bool:
        return HEADER in request.headers

    def is_proven(self, request: HttpRequest, wire: bytes) -> bool:
        return is_signed(request.headers[HEADER], wire, now=time.time(), secrets=settings.WEBHOOK_SECRET)

    def events(self, request: HttpRequest, body: bytes) -> list[Arrived]:
        given = _read(body)
        events = _only_objects(given if isinstance(given, list) else [given])
        for event in events:
            if not isinstance(event.get("id"), str) or not event["id"].strip():
                raise Refused(400, "Every event needs an id of its own, as text.")
        return [
            Arrived(self.name, self.kind, body if len(events) == 1 and isinstance(given, dict) else _json(one),
                    one["id"].strip())
            for one in events
        ]  # fmt: skip


def source_of_mail(name: str, kind: str) -> Source | None:
    """The source behind an address for e-mail, or None."""
    if name in MAIL_PROVIDERS:
        return MailSource(name, kind)
    return GenericSource("generic", kind) if name == "generic" else None


def source_of_sms(name: str, kind: str, path: str) -> Source | None:
    """The source behind an address for text messages, or None."""
    if name == TWILIO:
        return TwilioSource(kind, path)
    return GenericSource("generic-sms", kind) if name == "generic" else None


def twilio_token() -> str:
    """The account's token: of its own, or that of SMS_URL."""
    if settings.TWILIO_AUTH_TOKEN:
        return str(settings.TWILIO_AUTH_TOKEN)
    try:
        return ways_out.sms_way(settings.SMS_URL).token
    except ValueError:
        return ""


def _read(body: bytes) -> Any:
    try:
        return json.loads(body)
    except (ValueError, RecursionError) as problem:
        raise Refused(400, "The body is no JSON.") from problem


def _list_of(body: bytes) -> list[dict[str, Any]]:
    return _only_objects(_read(body))


def _only_objects(given: Any) -> list[dict[str, Any]]:
    if not isinstance(given, list) or not all(isinstance(one, dict) for one in given):
        raise Refused(400, "The body is not a list of events, or one event.")
    if len(given) > MOST_EVENTS:
        raise Refused(413, f"There are more than {MOST_EVENTS:,} events in it. Send fewer at once.")
    return given


def _field(given: Any, name: str) -> Any:
    found = given.get(name) if isinstance(given, Mapping) else None
    if found is None:
        raise Refused(400, f"There is no {name} in it.")
    return found


def _json(event: Mapping[str, Any]) -> bytes:
    return json.dumps(event, ensure_ascii=True, separators=(",", ":")).encode()
