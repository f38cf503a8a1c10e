"""E-mail through a provider's own API. Anymail knows each one's form; here it is decided what an answer means.

A request that nobody can have read may be tried again. One that was refused was not taken. Whatever else leaves open
whether the message was taken is `Uncertain`: a second try could be a second message.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from django.conf import settings
from django.core.mail import EmailMessage
from django.core.mail.backends.base import BaseEmailBackend
from django.utils.module_loading import import_string

from outreach import ways_out
from outreach.channels.addresses import draft_of_message_id
from outreach.channels.http import AnswerLostError, NothingSentError, OneCall, session
from outreach.channels.message import OutgoingMessage, as_email
from outreach.channels.outcomes import Outcome, Rejected, Sent, TryLater, Uncertain
from outreach.ways_out import EmailWay


class Meaning(StrEnum):
    """What a provider's refusal is about."""

    LATER = "later"
    SETUP = "setup"
    REFUSED = "refused"
    DEAD = "dead"
    STOPPED = "stopped"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Quirks:
    """What one provider does its own way.

    ``codes`` are what its refusals are called in the body of its answers, ``phrases`` what it says instead.
    ``may_come_back`` are statuses of its own for "not taken, come again". ``keeps_message_id``: whether a Message-ID
    of ours is allowed, and ``headers`` what has to be said for it to be kept. ``one_key``: the header under which it
    takes a key that makes a repetition harmless.
    """

    name: str
    codes: Mapping[str, Meaning] = field(default_factory=dict)
    phrases: Mapping[str, Meaning] = field(default_factory=dict)
    may_come_back: frozenset[int] = frozenset({429})
    keeps_message_id: bool = True
    headers: Mapping[str, str] = field(default_factory=dict)
    one_key: str = ""


_M = Meaning
QUIRKS: Mapping[str, Quirks] = {
    # Error codes: postmarkapp.com/developer/api/overview. 500: "in most cases the message is lost", so nobody knows.
    "postmark": Quirks(
        "Postmark",
        codes={
            "10": _M.SETUP, "100": _M.LATER, "400": _M.SETUP, "401": _M.SETUP, "405": _M.SETUP, "412": _M.SETUP,
            "413": _M.SETUP, "429": _M.LATER, "300": _M.REFUSED, "406": _M.REFUSED,
        },
        may_come_back=frozenset({429, 503}),
        headers={"X-PM-KeepID": "true"},
    ),
    # It answers a success with nothing at all; anymail makes the id by which its news are told apart.
    "sendgrid": Quirks("SendGrid", may_come_back=frozenset({429, 503})),
    # A wrong domain or region is a friendly 200 with this text in it.
    "mailgun": Quirks("Mailgun", phrases={"Mailgun Magnificent API": _M.SETUP}),
    # The key has to be a UUID and holds for half an hour. The same again means that it took the first.
    "brevo": Quirks(
        "Brevo",
        codes={"duplicate_parameter": _M.UNKNOWN, "not_enough_credits": _M.SETUP, "unauthorized": _M.SETUP},
        one_key="idempotencyKey",
    ),
    # It refuses a Message-ID from outside, and names ours CustomID.
    "mailjet": Quirks(
        "Mailjet", codes={"send-0008": _M.SETUP, "mj-0013": _M.REFUSED}, keeps_message_id=False
    ),
    # 420 is its own "too many today".
    "sparkpost": Quirks(
        "SparkPost", codes={"7001": _M.SETUP, "1902": _M.REFUSED}, may_come_back=frozenset({420, 429, 503})
    ),
    # Every error is a 500 here; which one it is, its name says.
    "mandrill": Quirks(
        "Mandrill",
        codes={
            "Invalid_Key": _M.SETUP, "PaymentRequired": _M.SETUP, "Unknown_Subaccount": _M.SETUP,
            "ServiceUnavailable": _M.LATER, "ValidationError": _M.REFUSED, "hard-bounce": _M.DEAD,
            "spam": _M.STOPPED, "unsub": _M.STOPPED,
        },
    ),
}  # fmt: skip
_LATER = frozenset({408, 425, 429})
_SETUP = frozenset({401, 402, 403, 404, 405, 407})
#: Under which names providers say in JSON what went wrong.
_CODE_NAMES = frozenset({"ErrorCode", "code", "name", "reject_reason"})
_TAKEN = frozenset({"sent", "queued"})
_TURNED_DOWN = frozenset({"rejected", "invalid", "failed"})
_DEEPEST = 6


class ProviderEmailBackend(BaseEmailBackend):
    """Django's own mail, such as a new password, by the provider in `EMAIL_URL`. Raises what anymail raises."""

    def send_messages(self, email_messages: Sequence[EmailMessage]) -> int:
        """Send each message and return how many were taken."""
        way = ways_out.email_way(settings.EMAIL_URL)
        taken = 0
        for mail in email_messages:
            try:
                taken += _backend(way, session(seconds=settings.SEND_TIMEOUT_SECONDS)).send_messages([mail])
            except Exception:
                if not self.fail_silently:
                    raise
        return taken


def send(message: OutgoingMessage, way: EmailWay) -> Outcome:
    """Hand one e-mail to the provider within `SEND_TIMEOUT_SECONDS`."""
    # Loaded here, before the time runs: it takes a while, and most installations use a mail server.
    import_string(_backend_name(way))
    from anymail.exceptions import AnymailError, AnymailRecipientsRefused, AnymailRequestsAPIError

    quirks = QUIRKS[way.kind]
    call = session(seconds=settings.SEND_TIMEOUT_SECONDS)
    try:
        mail = _mail(message, quirks)
        _backend(way, call).send_messages([mail])
    except NothingSentError as problem:
        return TryLater(f"{quirks.name} could not be reached ({problem}). Nothing was sent.")
    except AnswerLostError as problem:
        return _lost(quirks, message, str(problem))
    except AnymailRecipientsRefused:
        pass  # The status of the one recipient says more.
    except AnymailRequestsAPIError as problem:
        if problem.response is not None:
            return sort(quirks, message, problem.response.status_code, problem.response.headers, problem.response.text)
        return TryLater(f"The address of {quirks.name} could not be asked. Check EMAIL_URL. Nothing was sent.")
    except (AnymailError, ValueError, LookupError, TypeError, AttributeError, RecursionError) as problem:
        # Answers that make no sense end here as well, and then it is open what became of the message.
        if call.wrote:
            return _lost(quirks, message, type(problem).__name__)
        return Rejected(f"The message cannot be put into the form that {quirks.name} asks for. Check its addresses.")
    return _of_recipient(quirks, message, mail)


def sort(quirks: Quirks, message: OutgoingMessage, status: int, headers: Mapping[str, str], body: str) -> Outcome:
    """What an answer means that is no success, or that calls itself one and is none."""
    codes = list(_codes(body))
    known = [quirks.codes[code] for code in codes if code in quirks.codes]
    known += [meaning for text, meaning in quirks.phrases.items() if text in body]
    meaning = known[0] if known else _by_status(quirks, status, headers)
    said = f"{status}, {codes[0]}"[:60] if codes else str(status)
    return _outcome(quirks, message, meaning, said)


def _by_status(quirks: Quirks, status: int, headers: Mapping[str, str]) -> Meaning:
    if status in _LATER or status in quirks.may_come_back:
        return Meaning.LATER
    # Whoever says when to come again did not take it.
    if status == 503 and "retry-after" in {name.lower() for name in headers}:
        return Meaning.LATER
    if status in _SETUP or 300 <= status < 400:
        return Meaning.SETUP
    return Meaning.REFUSED if 400 <= status < 500 else Meaning.UNKNOWN


def _outcome(quirks: Quirks, message: OutgoingMessage, meaning: Meaning, said: str) -> Outcome:
    name = quirks.name
    if meaning == Meaning.LATER:
        return TryLater(f"{name} asked us to come back later ({said}). Nothing was sent.")
    if meaning == Meaning.SETUP:
        return TryLater(
            f"{name} does not take mail from us ({said}). Check the key in EMAIL_URL and the account there. "
            "Nothing was sent."
        )
    if meaning == Meaning.DEAD:
        return Rejected(f"{name} says that this address does not exist ({said}).", address_is_dead=True)
    if meaning == Meaning.STOPPED:
        return Rejected(f"{name} says that they want no more mail from us ({said}).", opted_out=True)
    if meaning == Meaning.REFUSED:
        return Rejected(f"{name} refused the message for good ({said}).")
    return _lost(quirks, message, said)


def _lost(quirks: Quirks, message: OutgoingMessage, said: str) -> Uncertain:
    return Uncertain(
        f"{quirks.name} got the message and gave no answer that makes sense ({said}). It may have arrived. "
        f"Look for {message.message_id} there."
    )


def _of_recipient(quirks: Quirks, message: OutgoingMessage, mail: Any) -> Outcome:
    """What became of the one recipient, by what anymail read in an answer that is a success."""
    recipients = list(mail.anymail_status.recipients.values())
    if len(recipients) != 1 or recipients[0].status not in _TAKEN | _TURNED_DOWN:
        return _lost(quirks, message, "no word about the recipient")
    [recipient] = recipients
    if recipient.status in _TAKEN:
        return Sent(str(recipient.message_id or message.message_id))
    answer = mail.anymail_status.esp_response
    known = [quirks.codes[code] for code in _codes(answer.text) if code in quirks.codes]
    return _outcome(quirks, message, known[0] if known else Meaning.REFUSED, recipient.status)


def _mail(message: OutgoingMessage, quirks: Quirks) -> Any:
    """The e-mail with what this provider needs to recognise it: in its log, in its news, and when it comes twice."""
    mail: Any = as_email(message)
    mail.extra_headers.update(quirks.headers)
    if not quirks.keeps_message_id:
        mail.extra_headers.pop("Message-ID")
        mail.esp_extra = {"Globals": {"CustomID": message.message_id}}
    if quirks.one_key:
        mail.extra_headers[quirks.one_key] = str(uuid.uuid5(uuid.NAMESPACE_URL, message.message_id))
    if draft := draft_of_message_id(message.message_id):
        mail.metadata = {"draft": str(draft[0])}
    return mail


def _backend(way: EmailWay, call: OneCall) -> Any:
    """The provider's anymail backend, with everything said to it: nothing is left to global settings."""
    backend = import_string(_backend_name(way))(**way.options)
    backend.session = call
    return backend


def _backend_name(way: EmailWay) -> str:
    return f"anymail.backends.{way.kind}.EmailBackend"


def _codes(body: str) -> Iterator[str]:
    """What the answer calls itself, wherever it says so, the outermost first."""
    try:
        level: list[Any] = [json.loads(body)]
    except (ValueError, RecursionError):
        return
    for _ in range(_DEEPEST):
        following: list[Any] = []
        for value in level:
            if isinstance(value, dict):
                for name, inner in value.items():
                    if name in _CODE_NAMES and isinstance(inner, str | int):
                        yield str(inner)
                    following.append(inner)
            elif isinstance(value, list):
                following += value
        level = following
