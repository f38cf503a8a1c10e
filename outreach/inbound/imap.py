"""Answers fetched from a mailbox, for teams whose provider cannot send them to us.

A mail counts as read once it is in our database, and not before: what is fetched twice is one notice, since the same
bytes have the same name. The mailbox should be Rekindle's own: what a person opened there first is not fetched.
"""

from __future__ import annotations

import imaplib
import logging
import re
import ssl
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import unquote, urlsplit

from django.conf import settings
from django.db import connection
from django.utils import timezone

from outreach.inbound.mail import LARGEST_MAIL
from outreach.inbound.notices import Arrived, digest, keep
from outreach.inbound.reading import IMAP
from outreach.states import NoticeKind

logger = logging.getLogger("rekindle.inbound")

TIMEOUT_SECONDS = 20
#: Of one round, so that other work gets its turn.
MOST_PER_ROUND = 100
LONGEST_ROUND_SECONDS = 120
_LOCK = 7203951
_SIZE = re.compile(rb"RFC822\.SIZE (\d+)")
_HERE = {"localhost", "127.0.0.1", "::1"}


class CannotFetch(Exception):  # noqa: N818  an answer to a person, not a fault
    """The mailbox cannot be read. ``sentence`` says why, without the password."""

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence)
        self.sentence = sentence


@dataclass(frozen=True, slots=True)
class Mailbox:
    """Where to fetch from."""

    host: str
    port: int
    user: str
    password: str = field(repr=False)
    folder: str = "INBOX"
    encrypted: bool = True


def mailbox_of(url: str) -> Mailbox:
    """Read `IMAP_URL`. Raises CannotFetch with a sentence that says what to write instead."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        parts, port = urlsplit(""), None
    if parts.scheme not in {"imaps", "imap"} or not parts.hostname or not parts.username:
        raise CannotFetch("IMAP_URL must be imaps://user:password@host/INBOX.")
    encrypted = parts.scheme == "imaps"
    if not encrypted and parts.hostname not in _HERE:
        raise CannotFetch("IMAP_URL must begin with imaps://, so that the password is not sent for everybody to read.")
    return Mailbox(
        parts.hostname,
        port or (993 if encrypted else 143),
        unquote(parts.username),
        unquote(parts.password or ""),
        unquote(parts.path.strip("/")) or "INBOX",
        encrypted,
    )


def fetch(*, url: str = "", limit: int = MOST_PER_ROUND) -> int:
    """Fetch what is unread, at most ``limit`` mails, and return how many were new to us.

    Nothing while another process is at it, or where no mailbox is set. Raises CannotFetch.
    """
    url = url or settings.IMAP_URL
    if not url:
        return 0
    mailbox = mailbox_of(url)
    with _alone() as mine:
        if not mine:
            return 0
        try:
            return _fetch(mailbox, limit)
        except (imaplib.IMAP4.error, OSError) as problem:
            raise CannotFetch(
                f"The mailbox could not be read ({type(problem).__name__}). What is in it stays there for the next try."
            ) from problem


def _fetch(mailbox: Mailbox, limit: int) -> int:
    server = _connect(mailbox)
    try:
        server.login(mailbox.user, mailbox.password)
        _ok(server.select(_quoted(mailbox.folder)))
        validity = (server.response("UIDVALIDITY")[1] or [b""])[0] or b""
        found = _ok(server.uid("SEARCH", "UNSEEN"))
        new, end = 0, time.monotonic() + LONGEST_ROUND_SECONDS
        for uid in (found[0] or b"").split()[:limit]:
            if time.monotonic() > end:
                break
            new += _keep(server, uid, validity)
            # Only now: if we had died before, it would be fetched again.
            server.uid("STORE", uid.decode(), "+FLAGS.SILENT", r"(\Seen)")
        return new
    finally:
        try:
            server.logout()
        except (imaplib.IMAP4.error, OSError):
            server.shutdown()


def _keep(server: imaplib.IMAP4, uid: bytes, validity: bytes) -> int:
    told = _ok(server.uid("FETCH", uid.decode(), "(RFC822.SIZE)"))
    size = _SIZE.search(b" ".join(part for part in told if isinstance(part, bytes)))
    if size is not None and int(size[1]) > LARGEST_MAIL:
        # Its beginning is enough to know whom it is from, and often what it says.
        content = _content(_ok(server.uid("FETCH", uid.decode(), "(BODY.PEEK[]<0.262144>)")))
        logger.warning("A mail of %s bytes is read in part", int(size[1]))
        name = f"{validity.decode('ascii', 'replace')}:{uid.decode('ascii', 'replace')}"
    else:
        content = _content(_ok(server.uid("FETCH", uid.decode(), "(BODY.PEEK[])")))
        name = digest(content)
    if not content:
        return 0
    return keep([Arrived(IMAP, NoticeKind.INBOUND, content, name)], received_at=timezone.now())


def _connect(mailbox: Mailbox) -> imaplib.IMAP4:
    if not mailbox.encrypted:
        return imaplib.IMAP4(mailbox.host, mailbox.port, timeout=TIMEOUT_SECONDS)
    return imaplib.IMAP4_SSL(
        mailbox.host, mailbox.port, ssl_context=ssl.create_default_context(), timeout=TIMEOUT_SECONDS
    )


def _ok(answer: tuple[str, Any]) -> list[Any]:
    status, data = answer
    if status != "OK":
        raise imaplib.IMAP4.error("refused")
    return list(data)


def _content(data: list[Any]) -> bytes:
    # A literal comes as a pair.
    return next((bytes(part[1]) for part in data if isinstance(part, tuple)), b"")


def _quoted(folder: str) -> str:
    escaped = folder.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


@contextmanager
def _alone() -> Iterator[bool]:
    """Whether nobody else fetches, until the end. If this process dies, its connection and the lock go with it."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s)", [_LOCK])
        (mine,) = cursor.fetchone()
    try:
        yield bool(mine)
    finally:
        if mine:
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_unlock(%s)", [_LOCK])
