"""Browsers of a user that push messages go to. To register one is no consent: that has to be said, with its source."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.http import HttpRequest
from django.utils import timezone

from contacts import services as contacts
from contacts.models import Contact
from contacts.permission import permissions_of
from contacts.states import Channel, Consent
from outreach import services
from outreach.api.answering import Problem, body_of, contact_of, endpoint, text_in
from outreach.channels import webpush
from outreach.models import PushSubscription

_LONGEST_ENDPOINT = 1000
_LONGEST_KEY = 200
_LONGEST_SOURCE = 200
#: Clocks of servers differ by so much.
_AHEAD = timedelta(minutes=5)


def show(request: HttpRequest, user_id: str) -> dict[str, Any]:
    """What a browser asks its push service with, and what is known of this user."""
    return _state(contact_of(user_id)) | {"public_key": webpush.public_key()}


def register(request: HttpRequest, user_id: str) -> dict[str, Any]:
    """Push messages go to this browser from now on, as soon as there is consent."""
    contact, said, now = contact_of(user_id), body_of(request), timezone.now()
    keys = said.get("keys")
    if not isinstance(keys, dict):
        raise Problem(400, "malformed", "keys must be an object with p256dh and auth, as the browser gives them.")
    subscription = {
        "endpoint": text_in(said, "endpoint", most=_LONGEST_ENDPOINT),
        "p256dh": text_in(keys, "p256dh", most=_LONGEST_KEY),
        "auth": text_in(keys, "auth", most=_LONGEST_KEY),
    }
    consent = said.get("consent")
    try:
        with transaction.atomic():
            services.register_subscription(contact=contact, now=now, **subscription)
            if consent is not None:
                _record_consent(contact, consent, now)
    except services.Refused as refused:
        raise Problem(422, "refused", refused.sentence) from refused
    return _state(contact)


def end(request: HttpRequest, user_id: str) -> dict[str, Any]:
    """Nothing more goes to this browser. The same again is no error."""
    contact, said = contact_of(user_id), body_of(request)
    endpoint_ = text_in(said, "endpoint", most=_LONGEST_ENDPOINT)
    services.end_subscription(contact=contact, endpoint=endpoint_, now=timezone.now())
    return _state(contact)


browsers = endpoint(GET=show, POST=register, DELETE=end)


def _record_consent(contact: Contact, consent: object, now: datetime) -> None:
    """They agreed, with the proof of it. Told again, the same agreement is no second one."""
    if not isinstance(consent, dict):
        raise Problem(400, "malformed", "consent must be an object with its source.")
    source = text_in(consent, "source", most=_LONGEST_SOURCE)
    at = _moment_in(consent, now)
    status = permissions_of([contact.pk])[contact.pk][Channel.PUSH].consent
    if at is None and status == Consent.YES:
        return
    if at is None and status == Consent.NO:
        raise Problem(
            422, "refused_before", "They said no to push messages. Say when they agreed after that, as consent.at."
        )
    contacts.record_consent(contact=contact, channel=Channel.PUSH, status=Consent.YES, source=source, at=at or now)


def _moment_in(consent: dict[str, Any], now: datetime) -> datetime | None:
    if consent.get("at") is None:
        return None
    try:
        at = datetime.fromisoformat(text_in(consent, "at", most=40))
    except ValueError as problem:
        raise Problem(400, "malformed", "consent.at must be a moment such as 2026-05-20T09:00:00Z.") from problem
    if at.tzinfo is None or at > now + _AHEAD:
        raise Problem(400, "malformed", "consent.at must have a time zone and lie in the past.")
    return at


def _state(contact: Contact) -> dict[str, Any]:
    active = PushSubscription.objects.filter(contact=contact, ended_at__isnull=True).count()
    return {"browsers": active, "consent": permissions_of([contact.pk])[contact.pk][Channel.PUSH].consent}
