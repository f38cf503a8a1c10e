"""One e-mail to a mail server, step by step: we know whether a failure came before or after the text was given."""

from __future__ import annotations

import functools
import re
import smtplib
import ssl
import time
from email.utils import parseaddr
from typing import Any

import environ
from django.conf import settings
from django.core.mail.message import sanitize_address

from outreach.channels.message import OutgoingMessage, as_email, our_host
from outreach.channels.outcomes import Outcome, Rejected, Sent, TryLater, Uncertain

# RFC 3463: bad mailbox address, mailbox moved for good, and the "null MX" of RFC 7505.
_DEAD_CODES = re.compile(r"\b5\.1\.(?:1|6|10)\b")
_ANY_CODE = re.compile(r"\b[245]\.\d{1,3}\.\d{1,3}\b")
_DEAD_WORDS = re.compile(
    r"user unknown|unknown user|no such (?:user|mailbox)|(?:user|mailbox|recipient) (?:does not|doesn't) exist",
    re.IGNORECASE,
)
_LINE_START_DOT = re.compile(rb"(?m)^\.")


def send(message: OutgoingMessage, url: str) -> Outcome:
    """Hand one e-mail to the server at ``url`` within `SEND_TIMEOUT_SECONDS` for all steps together.

    Up to the command DATA nothing has been handed over, so whatever goes wrong may be tried again. From the first
    byte of the text on, a lost answer is `Uncertain`.
    """
    try:
        mail = as_email(message)
        content: bytes = mail.message().as_bytes(linesep="\r\n")  # type: ignore[call-arg]  # Django adds linesep
        sender = sanitize_address(parseaddr(mail.from_email)[1], "utf-8")
        recipient = sanitize_address(message.to_address, "utf-8")
        recipient.encode("ascii")
    except ValueError:
        return Rejected("This is no valid e-mail address. Correct it on the contact.")
    conversation = _Conversation(url)
    try:
        try:
            conversation.begin()
            code, reply = conversation.offer(sender, recipient)
        except smtplib.SMTPAuthenticationError as error:
            return TryLater(f"The mail server did not accept our sign-in ({error.smtp_code}). Check EMAIL_URL.")
        except (OSError, smtplib.SMTPException, ValueError) as error:
            return TryLater(
                f"The mail server could not be reached or broke off ({type(error).__name__}). Nothing was sent."
            )
        if code != 354:
            return _refusal(code, reply, at_recipient=conversation.at_recipient)
        try:
            code, reply = conversation.hand_over(content)
        except (OSError, smtplib.SMTPException, ValueError) as error:
            return Uncertain(
                f"The mail server did not answer after it got the text ({type(error).__name__}). It may have arrived."
                f" Look for {message.message_id} in its log."
            )
        if 200 <= code < 300:
            return Sent(message.message_id)
        if 400 <= code < 600:
            return _refusal(code, reply, at_recipient=False)
        return Uncertain(f"The mail server's answer made no sense ({code}). Look for {message.message_id} in its log.")
    finally:
        conversation.end()


@functools.cache
def _trust() -> ssl.SSLContext:
    # Reading the machine's certificates takes longer than handing a mail over, so it is done once for each process.
    return ssl.create_default_context()


class _Conversation:
    """The SMTP steps, under one deadline."""

    def __init__(self, url: str) -> None:
        self.options: dict[str, Any] = environ.Env.email_url_config(url)
        self.deadline: float = time.monotonic() + settings.SEND_TIMEOUT_SECONDS
        self.server: smtplib.SMTP | None = None
        self.at_recipient = False

    def begin(self) -> None:
        host, port = self.options["EMAIL_HOST"], int(self.options["EMAIL_PORT"] or 25)
        if self.options.get("EMAIL_USE_SSL"):
            self.server = smtplib.SMTP_SSL(host, port, our_host(), timeout=self._left(), context=_trust())
        else:
            self.server = smtplib.SMTP(host, port, our_host(), timeout=self._left())
        self._step().ehlo_or_helo_if_needed()
        if self.options.get("EMAIL_USE_TLS"):
            self._step().starttls(context=_trust())
            self._step().ehlo_or_helo_if_needed()
        user, password = self.options.get("EMAIL_HOST_USER"), self.options.get("EMAIL_HOST_PASSWORD")
        if user and password:
            self._step().login(user, password)

    def offer(self, sender: str, recipient: str) -> tuple[int, bytes]:
        """MAIL, RCPT and DATA. The first refusal, or the answer to DATA: 354 asks for the text."""
        code, reply = self._step().mail(sender)
        if code != 250:
            return code, reply
        self.at_recipient = True
        code, reply = self._step().rcpt(recipient)
        if code not in (250, 251):
            return code, reply
        self.at_recipient = False
        return self._step().docmd("DATA")

    def hand_over(self, content: bytes) -> tuple[int, bytes]:
        """The text and the final dot. From here on the server may have it."""
        stuffed = _LINE_START_DOT.sub(b"..", content)
        if not stuffed.endswith(b"\r\n"):
            stuffed += b"\r\n"
        server = self._step()
        server.send(stuffed + b".\r\n")
        self._step()
        return server.getreply()

    def end(self) -> None:
        """Say goodbye if there is time; whatever happens now changes nothing."""
        if self.server is None or self.server.sock is None:
            return
        try:
            self.server.sock.settimeout(min(2.0, self._left()))
            self.server.quit()
        except (OSError, smtplib.SMTPException, ValueError):
            self.server.close()

    def _step(self) -> smtplib.SMTP:
        """The server, with what is left of the time as its limit for the next step."""
        if self.server is None or self.server.sock is None:
            raise smtplib.SMTPServerDisconnected("not connected")
        self.server.sock.settimeout(self._left())
        return self.server

    def _left(self) -> float:
        left = self.deadline - time.monotonic()
        if left <= 0:
            raise TimeoutError("out of time")
        return left


def _refusal(code: int, reply: bytes, *, at_recipient: bool) -> Outcome:
    if 400 <= code < 500:
        return TryLater(f"The mail server asked us to come back later ({code}). Nothing was sent.")
    if not 500 <= code < 600:
        return TryLater(f"The mail server's answer made no sense ({code}). Nothing was sent.")
    if at_recipient and _nobody_there(reply.decode("utf-8", "replace")):
        return Rejected(f"The mail server says that this address does not exist ({code}).", address_is_dead=True)
    return Rejected(f"The mail server refused the message for good ({code}).")


def _nobody_there(reply: str) -> bool:
    """Whether a refused recipient means that nobody has this address: by its code, and without one by its words."""
    if _ANY_CODE.search(reply):
        return bool(_DEAD_CODES.search(reply))
    return bool(_DEAD_WORDS.search(reply))
