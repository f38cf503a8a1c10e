"""The addresses that say how messages leave: `EMAIL_URL`, `SMS_URL`, and what push messages are signed with.

Pure: the settings are checked with it before anything else is there. A secret is never part of what it says.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import SplitResult, unquote, urlsplit

FOLDER = "folder"
SMTP = "smtp"
TWILIO = "twilio"
MAIL_SERVERS = ("smtp", "smtps", "smtp+tls", "smtp+ssl")

_KEY = "api_key"
#: What each provider's address must hold, by the name that its anymail backend has for it.
_SECRETS: Mapping[str, tuple[str, ...]] = {
    "postmark": ("server_token",),
    "sendgrid": (_KEY,),
    "mailgun": (_KEY, "sender_domain"),
    "brevo": (_KEY,),
    "mailjet": (_KEY, "secret_key"),
    "sparkpost": (_KEY,),
    "mandrill": (_KEY,),
}
PROVIDERS = tuple(_SECRETS)
_SHAPES = {"mailgun": "mailgun://KEY@your.domain", "mailjet": "mailjet://KEY:SECRET@", "postmark": "postmark://TOKEN@"}
#: What may follow the question mark, for providers that know it.
_EXTRAS: Mapping[str, tuple[str, ...]] = {"postmark": ("message_stream",), "sparkpost": ("subaccount",)}
_THIS_MACHINE = ("localhost", "127.0.0.1", "::1")
_TWILIO_SHAPE = "twilio://ACCOUNT_SID:TOKEN@/?from=+15551234567"


@dataclass(frozen=True, slots=True)
class EmailWay:
    """How e-mail leaves. ``options`` are those of the provider's anymail backend, secrets among them."""

    kind: str
    options: Mapping[str, str] = field(default_factory=dict, repr=False)


@dataclass(frozen=True, slots=True)
class SmsWay:
    """How text messages leave. ``sender`` is a number, a name, or the id of a messaging service (MG…)."""

    kind: str
    account: str = ""
    token: str = field(default="", repr=False)
    sender: str = ""
    api_url: str = ""


def email_way(url: str) -> EmailWay:
    """Read `EMAIL_URL`. Raises ValueError with a sentence that says what to write instead."""
    if is_folder(url):
        return EmailWay(FOLDER)
    parts = _split(url, "EMAIL_URL")
    if parts.scheme in MAIL_SERVERS:
        if not parts.hostname:
            raise ValueError("EMAIL_URL names no mail server. Write it as smtp://host:port.")
        return EmailWay(SMTP)
    if parts.scheme not in _SECRETS:
        raise ValueError(
            f"EMAIL_URL begins with {parts.scheme[:20] or 'nothing we know'}://, which is no way for mail to leave. "
            f"Use a folder, smtp://host:port, or one of {', '.join(f'{one}://' for one in PROVIDERS)}."
        )
    given = (unquote(parts.username or ""), unquote(parts.password or ""))
    options = dict(zip(_SECRETS[parts.scheme], given, strict=False))
    if parts.scheme == "mailgun":
        options["sender_domain"] = parts.hostname or ""
    if not all(options.values()):
        shape = _SHAPES.get(parts.scheme, f"{parts.scheme}://KEY@")
        raise ValueError(f"EMAIL_URL is not complete. Write it as {shape}.")
    return EmailWay(parts.scheme, options | _extras(parts, _EXTRAS.get(parts.scheme, ()), "EMAIL_URL"))


def sms_way(url: str) -> SmsWay:
    """Read `SMS_URL`. Raises ValueError with a sentence that says what to write instead."""
    if is_folder(url):
        return SmsWay(FOLDER)
    parts = _split(url, "SMS_URL")
    if parts.scheme != TWILIO:
        raise ValueError(
            f"SMS_URL begins with {parts.scheme[:20] or 'nothing we know'}://, which is no way for text messages to "
            f"leave. Use a folder or {_TWILIO_SHAPE}."
        )
    extras = _extras(parts, ("from",), "SMS_URL")
    way = SmsWay(
        TWILIO,
        account=unquote(parts.username or ""),
        token=unquote(parts.password or ""),
        sender=extras.get("from", ""),
        api_url=extras.get("api_url", "").rstrip("/"),
    )
    if not (way.account and way.token and way.sender):
        raise ValueError(f"SMS_URL is not complete. Write it as {_TWILIO_SHAPE}.")
    return way


def is_folder(url: str) -> bool:
    """Whether it names a folder: nothing leaves the machine then."""
    return bool(url) and "://" not in url


def problem_with_email(url: str) -> str:
    """What is wrong with `EMAIL_URL`, in a sentence; "" when nothing is."""
    try:
        email_way(url)
    except ValueError as problem:
        return str(problem)
    return ""


def problem_with_sms(url: str) -> str:
    """What is wrong with `SMS_URL`, in a sentence; "" when nothing is."""
    try:
        sms_way(url)
    except ValueError as problem:
        return str(problem)
    return ""


def problems(
    *, email_url: str, sms_url: str, vapid_private_key: str, vapid_subject: str, inbound_address: str
) -> list[str]:
    """What is wrong with all of these, a sentence each. What is empty is not switched on, and nothing is wrong."""
    found = [
        problem_with_email(email_url) if email_url else "",
        problem_with_sms(sms_url) if sms_url else "",
        problem_with_push(vapid_private_key, vapid_subject) if vapid_subject else "",
        problem_with_push(vapid_private_key, "mailto:"),
        problem_with_inbound(inbound_address),
    ]
    return list(dict.fromkeys(filter(None, found)))


def problem_with_push(private_key: str, subject: str) -> str:
    """What is wrong with the key and subject of push messages, in a sentence; "" when nothing is, or none is set."""
    if not private_key:
        return ""
    try:
        # A bare key has 32 bytes; one in DER form, as other tools write it, some more.
        fits = len(base64.b64decode(private_key + "=" * (-len(private_key) % 4), altchars=b"-_", validate=True)) >= 32
    except (binascii.Error, ValueError):
        fits = False
    if not fits:
        return "VAPID_PRIVATE_KEY is no key. Make one with manage.py create_push_key."
    if not subject.startswith(("mailto:", "https://")):
        return "VAPID_SUBJECT must be an address where push services reach you: mailto:you@your.domain or https://your.domain."
    return ""


def problem_with_inbound(address: str) -> str:
    """What is wrong with `INBOUND_ADDRESS`, in a sentence; "" when nothing is, or none is set."""
    if not address:
        return ""
    local, at, domain = address.rpartition("@")
    # Ours is put behind the local part, and all of it may have 64 characters (RFC 5321 4.5.3.1.1).
    fits = at and 0 < len(local) <= 30 and "." in domain.strip(".") and not any(sign in address for sign in ' <>,;"\n')
    return "" if fits else "INBOUND_ADDRESS is no plain address. Write it as answers@your.domain."


def _split(url: str, name: str) -> SplitResult:
    try:
        parts = urlsplit(url)
        parts.port  # noqa: B018  the one part that is only checked when it is asked for
    except ValueError as problem:
        raise ValueError(
            f"{name} cannot be read as an address. Signs such as / or @ in a key are written as %2F or %40."
        ) from problem
    return parts


def _extras(parts: SplitResult, known: tuple[str, ...], name: str) -> dict[str, str]:
    """What follows the question mark. A plus is a plus here: telephone numbers begin with it."""
    found: dict[str, str] = {}
    for pair in filter(None, parts.query.split("&")):
        key, _, value = pair.partition("=")
        if key not in (*known, "api_url"):
            raise ValueError(f"{name} says {key[:20]}=, which is not known there. Take it out.")
        found[key] = unquote(value).strip()
    api = urlsplit(found.get("api_url", "https://x"))
    if api.scheme != "https" and not (api.scheme == "http" and api.hostname in _THIS_MACHINE):
        raise ValueError(f"The api_url in {name} must begin with https://, since the key goes there.")
    return found
