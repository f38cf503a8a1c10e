"""A text message through Twilio's Messages API, and what its error codes mean (twilio.com/docs/api/errors).

The API takes no key that would make a repetition harmless, so an answer that is lost stays open.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from enum import StrEnum
from typing import Any

from django.conf import settings

from outreach.channels.http import AnswerLostError, NothingSentError, OneCall, session
from outreach.channels.message import OutgoingMessage
from outreach.channels.outcomes import Outcome, Rejected, Sent, TryLater, Uncertain
from outreach.ways_out import SmsWay

#: Where Twilio says what became of a message (outreach.inbound answers there).
STATUS_PATH = "/hooks/sms/twilio/status/"
_log = logging.getLogger("rekindle.outreach")
_API = "https://api.twilio.com"


class Meaning(StrEnum):
    LATER = "later"
    SETUP = "setup"
    REFUSED = "refused"
    DEAD = "dead"
    STOPPED = "stopped"
    UNKNOWN = "unknown"


_M = Meaning
#: Code → what it means and the words for it. Other codes are taken by their status.
CODES: Mapping[int, tuple[Meaning, str]] = {
    # The account and its key.
    20003: (_M.SETUP, "the account or its key is wrong"),
    20006: (_M.SETUP, "the account may not do this"),
    20404: (_M.SETUP, "there is no such account"),
    30002: (_M.SETUP, "the account is suspended"),
    # Who it is from.
    21212: (_M.SETUP, "the sender is no valid number"),
    21603: (_M.SETUP, "a sender is missing"),
    21606: (_M.SETUP, "the sender is not one of the account's numbers"),
    21659: (_M.SETUP, "the sender is not one of the account's numbers"),
    21660: (_M.SETUP, "the sender belongs to another account"),
    30034: (_M.SETUP, "the sender is not registered for messages to the United States"),
    # Too much at once.
    14107: (_M.LATER, "too many messages at once"),
    20429: (_M.LATER, "too many messages at once"),
    20503: (_M.LATER, "the service is not available"),
    21611: (_M.LATER, "too many messages of this sender wait"),
    30001: (_M.LATER, "too many messages of this sender wait"),
    30022: (_M.LATER, "the carrier takes no more messages of this sender for now"),
    30023: (_M.LATER, "the carrier takes no more messages of this sender today"),
    63038: (_M.LATER, "the account has sent all that it may today"),
    # They told it to stop.
    21610: (_M.STOPPED, "they answered STOP to this sender"),
    # Nobody has this number, or no text message reaches it.
    21211: (_M.DEAD, "this is no valid number"),
    21214: (_M.DEAD, "this number cannot be reached"),
    21217: (_M.DEAD, "this is no valid number"),
    21401: (_M.DEAD, "this is no valid number"),
    21614: (_M.DEAD, "this is no mobile number"),
    30005: (_M.DEAD, "nobody has this number"),
    30006: (_M.DEAD, "this is a landline, or its carrier takes no text messages"),
    # For good, but the number may be fine.
    21408: (_M.REFUSED, "the account may not send to this country; allow it there"),
    21602: (_M.REFUSED, "the text is empty"),
    21608: (_M.REFUSED, "a trial account reaches only numbers that were verified there"),
    21612: (_M.REFUSED, "this sender cannot reach this number"),
    21617: (_M.REFUSED, "the text is too long"),
    30003: (_M.REFUSED, "the telephone is off or out of reach"),
    30004: (_M.REFUSED, "the message was blocked"),
    30007: (_M.REFUSED, "the carrier took it for spam"),
    # Twilio itself does not know.
    20500: (_M.UNKNOWN, "it had an error of its own"),
    30008: (_M.UNKNOWN, "it had an error of its own"),
}


def send(message: OutgoingMessage, way: SmsWay) -> Outcome:
    """Hand one text message to Twilio within `SEND_TIMEOUT_SECONDS`."""
    # Loaded here, before the time runs: it takes a while, and most installations have no text messages.
    import twilio.rest  # noqa: F401
    from twilio.base.exceptions import TwilioRestException, TwilioServiceException

    call = session(seconds=settings.SEND_TIMEOUT_SECONDS)
    try:
        made = _client(way, call).messages.create(**_content(message, way))
    except NothingSentError as problem:
        return TryLater(f"Twilio could not be reached ({problem}). Nothing was sent.")
    except AnswerLostError as problem:
        return _lost(message, str(problem))
    except (TwilioRestException, TwilioServiceException) as refusal:
        return sort(message, refusal.status, refusal.code)
    except (ValueError, LookupError, TypeError, AttributeError, RecursionError) as problem:
        if call.wrote:
            return _lost(message, type(problem).__name__)
        return Rejected("The message cannot be put into the form that Twilio asks for. Check the number.")
    if not isinstance(made.sid, str) or not made.sid:
        return _lost(message, "an answer without the id of the message")
    if made.error_code:
        # It was taken down and failed in the same breath.
        return sort(message, 400, made.error_code)
    return Sent(made.sid)


def sort(message: OutgoingMessage, status: object, code: object) -> Outcome:
    """What Twilio means by a status and one of its codes."""
    number = int(str(code)) if str(code).isdecimal() else 0
    meaning, words = CODES.get(number, (_by_status(status), f"answer {status}"))
    said = f"{words}, {number}" if number else words
    if meaning == Meaning.LATER:
        return TryLater(f"Twilio asked us to come back later ({said}). Nothing was sent.")
    if meaning == Meaning.SETUP:
        return TryLater(f"Twilio takes no text messages from us ({said}). Check SMS_URL. Nothing was sent.")
    if meaning == Meaning.DEAD:
        return Rejected(f"Twilio cannot reach this number ({said}).", address_is_dead=True)
    if meaning == Meaning.STOPPED:
        return Rejected(f"Twilio sends them nothing more ({said}).", opted_out=True)
    if meaning == Meaning.REFUSED:
        return Rejected(f"Twilio refused the message for good ({said}).")
    return _lost(message, said)


def _by_status(status: object) -> Meaning:
    if status in (429, 503):
        return Meaning.LATER
    if status in (401, 403, 404) or (isinstance(status, int) and 300 <= status < 400):
        return Meaning.SETUP
    return Meaning.REFUSED if isinstance(status, int) and 400 <= status < 500 else Meaning.UNKNOWN


def _lost(message: OutgoingMessage, said: str) -> Uncertain:
    return Uncertain(
        f"Twilio got the message and gave no answer that makes sense ({said}). It may have arrived. "
        f"Look for this number in its log of messages."
    )


def _content(message: OutgoingMessage, way: SmsWay) -> dict[str, str]:
    sender = message.sms_sender or way.sender
    content = {"to": message.to_address, "body": message.text}
    content["messaging_service_sid" if sender.startswith("MG") and len(sender) == 34 else "from_"] = sender
    # Twilio refuses an address that nobody outside can reach.
    if settings.PUBLIC_URL.startswith("https://"):
        content["status_callback"] = f"{settings.PUBLIC_URL}{STATUS_PATH}"
    return content


def _client(way: SmsWay, call: OneCall) -> Any:
    from twilio.http import HttpClient
    from twilio.http.response import Response
    from twilio.rest import Client

    class OneCallClient(HttpClient):  # type: ignore[misc]  # Twilio's package says nothing about its types
        """Twilio's own would take proxies from the environment, and begin its time limit anew with every byte."""

        def request(self, method: str, uri: str, **asked: Any) -> Response:
            given: dict[str, Any] = {name: asked.get(name) for name in ("params", "data", "headers", "auth")}
            answer = call.request(method.upper(), uri, **given)
            return Response(answer.status_code, answer.text, answer.headers)

    # A region or edge in the environment would send the request, and the key with it, somewhere else.
    nothing = {"TWILIO_REGION": "", "TWILIO_EDGE": ""}
    client = Client(way.account, way.token, environment=nothing, http_client=OneCallClient(_log, is_async=False))
    client.api.base_url = way.api_url or _API
    return client
