"""A mail server to send to: it keeps what arrives, and refuses, dawdles or hangs up when asked."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from email import message_from_bytes
from email.message import Message

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session


class Sink:
    """The server's behaviour and what it got. ``at_mail``, ``at_rcpt``, ``at_data`` are answers instead of yes."""

    def __init__(self) -> None:
        self.arrived: list[Message] = []
        self.envelopes: list[tuple[str, list[str]]] = []
        self.at_mail = self.at_rcpt = self.at_data = ""
        self.delay = self.late_answer = 0.0
        self.hang_up_after_text = False
        self.hang_up_before_text = False

    async def handle_MAIL(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if self.at_mail:
            return self.at_mail
        envelope.mail_from = address
        return "250 OK"

    async def handle_RCPT(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if self.hang_up_before_text:
            hang_up(server)
        if self.at_rcpt:
            return self.at_rcpt
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        await asyncio.sleep(self.delay)
        if self.at_data:
            return self.at_data
        assert isinstance(envelope.content, bytes)
        self.arrived.append(message_from_bytes(envelope.content))
        self.envelopes.append((envelope.mail_from or "", list(envelope.rcpt_tos)))
        await asyncio.sleep(self.late_answer)
        if self.hang_up_after_text:
            hang_up(server)
        return "250 OK"


def hang_up(server: SMTP) -> None:
    """Close the connection without a word."""
    assert server.transport is not None
    server.transport.close()


@contextmanager
def running(sink: Sink) -> Iterator[str]:
    """The server on a free port of this machine; gives its address for EMAIL_URL."""
    controller = Controller(sink, hostname="127.0.0.1", port=0)
    # aiosmtpd looks for its own server on the port it was given, so it has to be given a real one.
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        controller.port = probe.getsockname()[1]
    controller.start()
    try:
        yield f"smtp://127.0.0.1:{controller.port}"
    finally:
        controller.stop()
