"""Pure rules of the workbench: which words are marked, what may be chosen, how a page of the queue is addressed."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

UNSUBSCRIBE_TOKEN = "[[unsubscribe]]"  # noqa: S105  a mark in the text, no secret
STRONGEST_FIRST = ("block", "review", "note")


@dataclass(frozen=True, slots=True)
class Segment:
    """A piece of a text. ``mark`` is "", "block", "review" or "note"; ``is_link`` stands for the personal unsubscribe link."""

    text: str
    mark: str = ""
    is_link: bool = False


def segments(text: str, spans: Iterable[tuple[int, int, str]]) -> list[Segment]:
    """Cut ``text`` where findings begin and end, so that it can be shown with their words marked.

    ``spans`` are (start, end, severity), in any order, overlapping or outside the text; where they overlap the strongest
    severity shows. Joined together, the segments are the text itself.
    """
    clipped = [(max(0, start), min(len(text), end), severity) for start, end, severity in spans]
    clipped = [(start, end, severity) for start, end, severity in clipped if start < end and severity in STRONGEST_FIRST]
    links = []
    at = text.find(UNSUBSCRIBE_TOKEN)
    while at >= 0:
        links.append((at, at + len(UNSUBSCRIBE_TOKEN)))
        at = text.find(UNSUBSCRIBE_TOKEN, at + 1)
    edges = {0, len(text)}
    for start, end, _ in clipped:
        edges |= {start, end}
    for start, end in links:
        # A link is one piece: edges inside it would tear the token apart.
        edges = {edge for edge in edges if not start < edge < end} | {start, end}
    cuts = sorted(edges)
    pieces = []
    for start, end in zip(cuts, cuts[1:], strict=False):
        covering = [severity for s, e, severity in clipped if s < end and e > start]
        mark = min(covering, key=STRONGEST_FIRST.index) if covering else ""
        pieces.append(Segment(text[start:end], mark, (start, end) in links))
    return pieces


def finding_spans(findings: Iterable[Mapping[str, Any]], field: str) -> list[tuple[int, int, str]]:
    """The (start, end, severity) of all findings about one field, "subject" or "body"."""
    return [
        (int(span["start"]), int(span["end"]), str(finding["severity"]))
        for finding in findings
        for span in finding["spans"]
        if span["field"] == field
    ]


@dataclass(frozen=True, slots=True)
class QueuePlace:
    """A place in the queue's order: highest priority first, then what is due first, then the older item."""

    priority: int
    due_at: datetime
    id: int


def place_to_text(place: QueuePlace) -> str:
    """A place as it stands in an address."""
    packed = json.dumps([place.priority, place.due_at.isoformat(), place.id], separators=(",", ":"))
    return base64.urlsafe_b64encode(packed.encode()).decode().rstrip("=")


def place_from_text(text: str) -> QueuePlace | None:
    """Read a place back. Anything that is not one (an address typed by hand) is no place: the list begins at its start."""
    try:
        raw = json.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
        priority, due_at, row_id = raw
        moment = datetime.fromisoformat(due_at)
    except (binascii.Error, ValueError, TypeError):
        return None
    if not isinstance(priority, int) or not isinstance(row_id, int) or moment.tzinfo is None:
        return None
    if abs(priority) > 2**31 - 1 or not 0 <= row_id < 2**63:
        return None
    return QueuePlace(priority, moment, row_id)
