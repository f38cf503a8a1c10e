"""A text cut where findings begin and end, to be shown with their words marked. Pure: no database, clock or network."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from outreach.rendering import UNSUBSCRIBE_TOKEN

STRONGEST_FIRST = ("block", "review", "note")


@dataclass(frozen=True, slots=True)
class Segment:
    """A piece of a text. ``mark`` is "", "block", "review" or "note"; ``is_link``: here goes the unsubscribe link."""

    text: str
    mark: str = ""
    is_link: bool = False


def segments(text: str, spans: Iterable[tuple[int, int, str]]) -> list[Segment]:
    """Cut ``text`` where findings begin and end, so that it can be shown with their words marked.

    ``spans`` are (start, end, severity), in any order, overlapping or outside the text; where they overlap the
    strongest severity shows. Joined together, the segments are the text itself.
    """
    clipped = [(max(0, start), min(len(text), end), severity) for start, end, severity in spans]
    clipped = [
        (start, end, severity) for start, end, severity in clipped if start < end and severity in STRONGEST_FIRST
    ]
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
    for start, end in pairwise(cuts):
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
