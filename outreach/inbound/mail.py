"""Mail from strangers, read safely: whatever is broken in it, and however large it is, the work is bounded.

Attachments are counted and named, never decoded, so that nothing in them can do harm.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from datetime import datetime
from email.errors import MessageError
from email.header import decode_header
from email.message import Message
from email.parser import BytesParser
from email.utils import getaddresses

from contacts.states import Channel
from outreach.inbound.message import Attachment, IncomingMessage
from outreach.inbound.news import News, Unreadable
from outreach.inbound.reports import news_of_report
from outreach.inbound.text import MOST_HTML, MOST_TEXT, harmless, line, storable, text_of

#: A mail above this is not read at all.
LARGEST_MAIL = 10 * 1024 * 1024
#: Of a mail that is built to make work, only the beginning is read.
_MOST_BOUNDARIES, _MOST_LINES, _BEGINNING = 60, 300_000, 200_000
_MOST_PARTS, _MOST_HEADERS, _LONGEST_HEADER, _MOST_IDS = 100, 200, 1000, 100
_ID = re.compile(r"<[^<>\s]{1,250}>")
_OF_A_MAIL = {"from", "to", "subject", "date", "message-id"}
_TO = ("to", "cc", "delivered-to", "x-original-to", "x-envelope-to", "envelope-to")
#: They are charsets to Python, and slow or not of this world.
_NO_CHARSETS = {"idna", "punycode", "undefined", "unicode_escape", "raw_unicode_escape", "mbcs", "oem"}


def read_mail(
    raw: bytes, *, at: datetime, recipients: Sequence[str] = (), external_id: str = ""
) -> IncomingMessage | list[News]:
    """A message, or the news that a mail server's report holds. ``recipients`` are those of the envelope.

    Raises Unreadable where there is no mail in it.
    """
    try:
        parsed = BytesParser().parsebytes(_bounded(raw))
        reports = news_of_report(parsed, at=at)
        if reports:
            return reports
        return from_parts(_headers(parsed), *_bodies(parsed), at=at, recipients=recipients, external_id=external_id)
    except (MessageError, RecursionError) as problem:
        raise Unreadable("This is no mail that could be read.") from problem


def from_parts(
    headers: Iterable[tuple[str, str]],
    text: str,
    html: str,
    attachments: Sequence[Attachment] = (),
    *,
    at: datetime,
    recipients: Sequence[str] = (),
    external_id: str = "",
) -> IncomingMessage:
    """A message of which a provider gives the parts. ``headers`` are as they came, names and values."""
    named: dict[str, str] = {}
    to: list[str] = list(recipients)
    for name, value in headers:
        key, plain = name.strip().lower()[:100], decoded(value)
        if key in _TO and len(to) < _MOST_PARTS:
            to += [address for _, address in getaddresses([plain])]
        if len(named) < _MOST_HEADERS:
            named.setdefault(key, plain)
    clean = ""
    if not text.strip() and html.strip():
        clean = harmless(storable(html, MOST_HTML))
        text = text_of(clean)
    sender = _first_address(named.get("from", "")) or _first_address(named.get("sender", ""))
    if not sender and not _OF_A_MAIL & named.keys():
        raise Unreadable("This is no mail: it has no sender, no subject and no date.")
    return IncomingMessage(
        channel=Channel.EMAIL,
        sender=sender,
        recipients=tuple(dict.fromkeys(one.strip().lower()[:320] for one in to if "@" in one)),
        subject=line(named.get("subject", "")),
        text=storable(text),
        html=storable(clean, MOST_HTML),
        headers=named,
        in_reply_to=tuple(_ID.findall(named.get("in-reply-to", ""))[:_MOST_IDS]),
        references=tuple(_ID.findall(named.get("references", ""))[-_MOST_IDS:]),
        provider_message_id=line(external_id or named.get("message-id", ""), 255),
        attachments=tuple(attachments),
        at=at,
    )


def decoded(value: object) -> str:
    """A header as people read it, on one line. What cannot be decoded stays as it came."""
    raw = str(value)[: 8 * _LONGEST_HEADER]
    if "=?" in raw:
        with suppress(MessageError, ValueError):
            raw = "".join(
                _decode(part, charset) if isinstance(part, bytes) else part for part, charset in decode_header(raw)
            )
    return line(raw, _LONGEST_HEADER)


def _bounded(raw: bytes) -> bytes:
    """The mail, or its beginning where it has more parts or lines than any real one, which would only cost time."""
    raw = raw[:LARGEST_MAIL]
    lower = raw.lower()
    parts = lower.count(b"boundary") + lower.count(b"message/")
    if parts > _MOST_BOUNDARIES:
        # As one text without parts: what they wrote is somewhere at its beginning.
        head, _, body = raw.partition(b"\r\n\r\n") if b"\r\n\r\n" in raw else raw.partition(b"\n\n")
        kept = re.sub(rb"(?im)^content-(?:type|transfer-encoding):.*(?:\r?\n[ \t].*)*\r?\n?", b"", head[:_BEGINNING])
        return kept.rstrip() + b"\n\n" + body[:_BEGINNING]
    if raw.count(b"\n") > _MOST_LINES or raw.count(b"\r") > _MOST_LINES:
        return raw[:_BEGINNING]
    return raw


def _headers(message: Message) -> list[tuple[str, str]]:
    return [(name, str(value)) for name, value in list(message.raw_items())[: 5 * _MOST_HEADERS]]


def _bodies(message: Message) -> tuple[str, str, list[Attachment]]:
    """The first text, the first HTML, and what else is there."""
    text = html = ""
    attached: list[Attachment] = []
    for part in _parts(message):
        kind = part.get_content_type()
        if part.get_content_disposition() == "attachment" or kind not in {"text/plain", "text/html"}:
            attached.append(_attachment(part, kind))
        elif kind == "text/plain" and not text.strip():
            text = _text(part)
        elif kind == "text/html" and not html.strip():
            html = _text(part)
    return text, html, attached


def _parts(message: Message) -> Iterator[Message]:
    """The parts that are no containers. A mail within a mail is one part: it is not what they wrote to us."""
    waiting = [message]
    seen = 0
    while waiting and seen < _MOST_PARTS:
        part = waiting.pop()
        seen += 1
        payload = part.get_payload()
        if part.get_content_maintype() == "multipart" and isinstance(payload, list):
            waiting += [one for one in reversed(payload) if isinstance(one, Message)]
        else:
            yield part


def _text(part: Message) -> str:
    try:
        payload = part.get_payload(decode=True)
    except (ValueError, LookupError):
        payload = str(part.get_payload()).encode("utf-8", "surrogateescape")
    if not isinstance(payload, bytes):
        return ""
    try:
        charset = part.get_content_charset()
    except (LookupError, UnicodeError):
        charset = None
    return _decode(payload[: 4 * MOST_HTML], charset)[: max(2 * MOST_TEXT, MOST_HTML)]


def _decode(content: bytes, charset: str | None) -> str:
    """In the charset it says, else as UTF-8, else in the one that knows every byte."""
    for name in (charset, "utf-8"):
        try:
            if name and codecs.lookup(name).name.replace("-", "_") not in _NO_CHARSETS:
                return content.decode(name, "strict" if name == "utf-8" else "replace")
        except (LookupError, ValueError):
            continue
    return content.decode("cp1252", "replace")


def _attachment(part: Message, kind: str) -> Attachment:
    try:
        name = decoded(part.get_filename() or "")
    except (LookupError, ValueError, TypeError):
        name = ""
    payload = part.get_payload()
    size = len(payload) if isinstance(payload, str) else 0
    if str(part.get("Content-Transfer-Encoding", "")).strip().lower() == "base64":
        size = size * 3 // 4
    return Attachment(name[:255], kind[:100], size)


def _first_address(value: str) -> str:
    return next((address.strip()[:320] for _, address in getaddresses([value]) if "@" in address), "")


def header_map(pairs: Mapping[str, object]) -> list[tuple[str, str]]:
    """Headers as some providers give them: a name with one value, or with a list of them."""
    return [
        (str(name), str(value))
        for name, values in pairs.items()
        for value in (values if isinstance(values, list) else [values])
    ]
