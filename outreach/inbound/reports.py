"""What mail servers say by mail: that a message came back (RFC 3464), and that somebody reported it (RFC 5965)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime
from email.message import Message
from typing import Any

from contacts.states import SuppressionReason
from outreach.inbound.news import News, nobody_has_it
from outreach.inbound.text import line
from outreach.states import DeliveryKind

PROVIDER = "mail server"
_MOST_BLOCKS = 50
_ID = re.compile(r"(?im)^message-id:\s*(<[^<>\s]{1,250}>)")
_OF = re.compile(r"(?i)^\s*(?:rfc822|utf-8)\s*;\s*")


def news_of_report(message: Message, *, at: datetime) -> list[News]:
    """The news in a report, one for each recipient; nothing where the mail is no report."""
    parts = list(_parts(message))
    kinds = {part.get_content_type() for part in parts}
    ids = tuple(dict.fromkeys(_ids(parts)))
    if "message/delivery-status" in kinds:
        return [one for part in parts for one in _of_delivery(part, ids, at)]
    if "message/feedback-report" in kinds:
        return [one for part in parts for one in _of_feedback(part, ids, at)]
    return []


def _parts(message: Message) -> Iterator[Message]:
    if message.get_content_type() == "multipart/report" and isinstance(message.get_payload(), list):
        yield from [part for part in message.get_payload() if isinstance(part, Message)][:_MOST_BLOCKS]


def _ids(parts: list[Message]) -> Iterator[str]:
    """The ids of the message that the report is about: of the mail or the headers that came with it."""
    for part in parts:
        payload: Any = part.get_payload()
        if part.get_content_type() == "message/rfc822" and isinstance(payload, list):
            for inner in payload[:1]:
                yield from re.findall(r"<[^<>\s]{1,250}>", str(inner.get("Message-ID", "")))[:1]
        elif part.get_content_type() in {"text/rfc822-headers", "message/rfc822-headers"}:
            content = part.get_payload(decode=True)
            text = content.decode("utf-8", "replace") if isinstance(content, bytes) else _flat(payload)
            yield from _ID.findall(text[:100_000])[:1]


def _flat(payload: object) -> str:
    blocks = payload if isinstance(payload, list) else []
    return "\n".join(f"{name}: {value}" for block in blocks[:1] for name, value in block.raw_items())


def _of_delivery(part: Message, ids: tuple[str, ...], at: datetime) -> Iterator[News]:
    blocks: Any = part.get_payload()
    if part.get_content_type() != "message/delivery-status" or not isinstance(blocks, list):
        return
    for block in blocks[:_MOST_BLOCKS]:
        action = str(block.get("Action", "")).strip().lower()
        if not action:
            # The first block is about the report itself.
            continue
        status, said = line(str(block.get("Status", "")), 20), line(str(block.get("Diagnostic-Code", "")))
        recipient = str(block.get("Original-Recipient") or block.get("Final-Recipient") or "")
        kind, stops, words = "", "", ""
        if action == "failed":
            dead = nobody_has_it(status) or (status in {"", "5.0.0"} and nobody_has_it(said))
            kind = DeliveryKind.BOUNCED if dead else DeliveryKind.REFUSED
            stops = SuppressionReason.HARD_BOUNCE if dead else ""
        elif action == "delayed":
            kind = DeliveryKind.DEFERRED
        elif action in {"delivered", "relayed", "expanded"}:
            kind = DeliveryKind.DELIVERED
        else:
            words = "A report of a mail server about something else than a delivery."
        yield News(
            PROVIDER,
            kind,
            at,
            message_ids=ids,
            address=line(_OF.sub("", recipient), 320).strip("<> "),
            stops=stops,
            detail=line(f"{status} {said}".strip()),
            words=words,
        )


def _of_feedback(part: Message, ids: tuple[str, ...], at: datetime) -> Iterator[News]:
    if part.get_content_type() != "message/feedback-report":
        return
    blocks: Any = part.get_payload()
    report = blocks[0] if isinstance(blocks, list) and blocks else None
    fields = {name.lower(): str(value) for name, value in report.raw_items()} if report is not None else {}
    if report is not None and not fields:
        # A feedback report that was not taken for headers, since something stands before them.
        fields = {k.lower(): v for k, v in re.findall(r"(?m)^([\w-]+):\s*(.+)$", str(report.get_payload())[:10_000])}
    kind = fields.get("feedback-type", "").strip().lower()
    complaint = kind in {"abuse", "fraud", "virus", "other"}
    opted_out = kind.startswith("opt-out")
    yield News(
        PROVIDER,
        DeliveryKind.COMPLAINED if complaint else DeliveryKind.UNSUBSCRIBED if opted_out else "",
        at,
        message_ids=ids,
        address=line(fields.get("original-rcpt-to", ""), 320).strip("<> "),
        stops=SuppressionReason.COMPLAINT if complaint else SuppressionReason.OPTED_OUT if opted_out else "",
        detail=line(f"Feedback report: {kind}"),
        words="" if complaint or opted_out else "A feedback report that is no complaint.",
    )
