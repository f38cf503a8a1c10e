"""A push message to the browsers that asked for it (RFC 8030, encrypted by RFC 8291, signed by RFC 8292).

The address of a browser comes from outside, so it is looked at each time anew: only hosts in `PUSH_HOSTS`, only https,
never a machine inside our network, and no redirect.
"""

from __future__ import annotations

import base64
import binascii
import functools
import json
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings

from outreach import ways_out
from outreach.channels.addresses import draft_of_message_id
from outreach.channels.http import AnswerLostError, NothingSentError, session
from outreach.channels.message import OutgoingMessage, Subscription
from outreach.channels.outcomes import Outcome, Rejected, Sent, TryLater, Uncertain

NAME = "webpush"
#: How long a push service keeps a message for a browser that is not there, in seconds. Later it is no news any more.
TTL = 24 * 3600
#: What every push service takes, in bytes, before encryption (RFC 8030 7.2 asks for 4096 after it).
MOST_PAYLOAD = 3800
#: To so many browsers of one person, the latest first. More are left over from the past.
MOST_BROWSERS = 10
_POINT, _SECRET = 65, 16


def not_ready() -> str:
    """What has to be set up before a push message can leave; nothing when it is."""
    if not settings.VAPID_PRIVATE_KEY:
        return "No push message can leave. Make a key with manage.py create_push_key and set VAPID_PRIVATE_KEY."
    problem = ways_out.problem_with_push(settings.VAPID_PRIVATE_KEY, settings.VAPID_SUBJECT)
    if not problem:
        try:
            _signer(settings.VAPID_PRIVATE_KEY)
        except (ValueError, TypeError):
            problem = "VAPID_PRIVATE_KEY is no key. Make one with manage.py create_push_key."
    return f"No push message can leave. {problem}" if problem else ""


def public_key() -> str:
    """What a browser asks its push service for a subscription with (``applicationServerKey``); "" without a key."""
    if not_ready():
        return ""
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

    point = _signer(settings.VAPID_PRIVATE_KEY).public_key.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
    return base64.urlsafe_b64encode(point).decode().rstrip("=")


def problem_with(endpoint: str, p256dh: str, auth: str) -> str:
    """Why nothing can be pushed to this subscription, in a sentence; "" when it can."""
    if problem := _problem_with_endpoint(endpoint):
        return problem
    point, secret = _bytes(p256dh), _bytes(auth)
    if len(point) != _POINT or point[0] != 4 or len(secret) != _SECRET:
        return "The keys are none of a browser. Send p256dh and auth as the browser gives them."
    from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, EllipticCurvePublicKey

    try:
        EllipticCurvePublicKey.from_encoded_point(SECP256R1(), point)
    except ValueError:
        return "The keys are none of a browser. Send p256dh and auth as the browser gives them."
    return ""


def send(message: OutgoingMessage) -> Outcome:
    """Push to every browser of the contact, all within `SEND_TIMEOUT_SECONDS`. One that took it is enough.

    A browser that its service says is gone comes back in ``gone``. While none took it, the worst answer counts: open,
    then later, then no.
    """
    if not message.subscriptions:
        return Rejected("They have no browser or app that asked for push messages any more.")
    payload = _payload(message)
    if len(payload) > MOST_PAYLOAD:
        return Rejected(f"The message has {len(payload)} bytes; a push message may have {MOST_PAYLOAD}. Shorten it.")
    chosen = message.subscriptions[:MOST_BROWSERS]
    seconds = settings.SEND_TIMEOUT_SECONDS / len(chosen)
    answers = [(one.id, _push(one, message, payload, seconds)) for one in chosen]
    gone = tuple(subscription for subscription, answer in answers if isinstance(answer, Rejected) and answer.gone)
    outcomes = [answer for _subscription, answer in answers]
    for kind in (Sent, Uncertain, TryLater):
        for outcome in outcomes:
            if isinstance(outcome, kind):
                return type(outcome)(_said(outcome), gone=gone)
    return Rejected(_said(outcomes[0]), gone=gone)


def _push(to: Subscription, message: OutgoingMessage, payload: bytes, seconds: float) -> Outcome:
    # Loaded here: it brings much along, and most installations push nothing.
    from pywebpush import WebPushException, webpush

    if problem := problem_with(to.endpoint, to.p256dh, to.auth):
        return Rejected(problem)
    call = session(seconds=seconds, public_only=not settings.PUSH_TO_THIS_MACHINE)
    try:
        answer = webpush(
            {"endpoint": to.endpoint, "keys": {"p256dh": to.p256dh, "auth": to.auth}},
            payload.decode(),
            vapid_private_key=_signer(settings.VAPID_PRIVATE_KEY),
            vapid_claims={"sub": settings.VAPID_SUBJECT},
            ttl=TTL,
            # Another try replaces the first one while the browser has not fetched it (RFC 8030 5.4).
            headers={"Topic": f"rekindle-{_number(message)}"[:32], "Urgency": "normal"},
            requests_session=call,
        )
    except NothingSentError as problem:
        return TryLater(f"The push service could not be reached ({problem}). Nothing was sent.")
    except AnswerLostError as problem:
        return Uncertain(f"The push service got the message and did not answer ({problem}). It may have arrived.")
    except WebPushException as refusal:
        return _sort(refusal.status_code, to.id)
    if isinstance(answer, str) or answer.status_code not in (200, 201, 202):
        return Uncertain("The push service gave an answer that makes no sense. The message may have arrived.")
    return Sent(message.message_id)


def _sort(status: int | None, subscription: int) -> Outcome:
    if status in (404, 410):
        return Rejected("Their browser does not want push messages any more.", gone=(subscription,))
    if status is None or 300 <= status < 400 or status in (401, 403):
        return TryLater(f"The push service did not accept our key ({status}). Check VAPID_PRIVATE_KEY.")
    if status in (408, 429) or status >= 500:
        return TryLater(f"The push service asked us to come back later ({status}).")
    return Rejected(f"The push service refused the message for good ({status}).")


def _said(outcome: Outcome) -> str:
    return outcome.message_id if isinstance(outcome, Sent) else outcome.words


def _payload(message: OutgoingMessage) -> bytes:
    """What the product's service worker shows. ``tag`` makes a browser replace a message that it shows already."""
    content = {
        "id": str(_number(message)),
        "tag": f"rekindle-{_number(message)}",
        "title": message.subject,
        "text": message.text,
        "stop_url": message.unsubscribe_url,
    }
    return json.dumps(content, ensure_ascii=False, separators=(",", ":")).encode()


def _number(message: OutgoingMessage) -> int:
    draft = draft_of_message_id(message.message_id)
    return draft[0] if draft else 0


def _problem_with_endpoint(endpoint: str) -> str:
    try:
        url = urlsplit(endpoint)
        host, port = url.hostname or "", url.port
    except ValueError:
        return "The endpoint is no address."
    if settings.PUSH_TO_THIS_MACHINE and host == "127.0.0.1":
        return ""
    if url.scheme != "https" or port not in (None, 443) or url.username is not None or not endpoint.isascii():
        return "The endpoint must be a plain https:// address."
    if not any(_is_of(host, allowed.lower()) for allowed in settings.PUSH_HOSTS):
        return "The endpoint is not at a push service that we know. Add its host to PUSH_HOSTS if you trust it."
    return ""


def _is_of(host: str, allowed: str) -> bool:
    return host.endswith(allowed[1:]) and host != allowed[2:] if allowed.startswith("*.") else host == allowed


def _bytes(text: str) -> bytes:
    try:
        return base64.b64decode(text.rstrip("=") + "=" * (-len(text.rstrip("=")) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        return b""


@functools.lru_cache(maxsize=2)
def _signer(private_key: str) -> Any:
    from py_vapid import Vapid

    return Vapid.from_string(private_key=private_key)
