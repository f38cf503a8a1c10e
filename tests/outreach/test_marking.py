"""Texts cut where findings begin and end."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from outreach.marking import Segment, finding_spans, segments
from outreach.rendering import UNSUBSCRIBE_TOKEN

SEVERITIES = st.sampled_from(["block", "review", "note", "unheard of"])
SPANS = st.lists(st.tuples(st.integers(-50, 300), st.integers(-50, 300), SEVERITIES), max_size=8)
TEXTS = st.one_of(
    st.text(max_size=200), st.lists(st.sampled_from(["a", " ", "\n", UNSUBSCRIBE_TOKEN, "[[", "é"])).map("".join)
)


@pytest.mark.parametrize(
    ("text", "spans", "expected"),
    [
        ("", [(0, 3, "block")], []),
        ("just words", [], [Segment("just words")]),
        ("just words", [(0, 4, "note")], [Segment("just", "note"), Segment(" words")]),
        ("just words", [(5, 99, "review")], [Segment("just "), Segment("words", "review")]),
        ("just words", [(4, 4, "block"), (6, 2, "block")], [Segment("just words")]),
        # The strongest shows where two overlap, whichever was named first.
        (
            "abcdef",
            [(0, 4, "note"), (2, 6, "block")],
            [Segment("ab", "note"), Segment("cd", "block"), Segment("ef", "block")],
        ),
        (
            f"Stop: {UNSUBSCRIBE_TOKEN}",
            [(8, 12, "block")],
            [Segment("Stop: "), Segment(UNSUBSCRIBE_TOKEN, "block", is_link=True)],
        ),
    ],
)
def test_segments(text: str, spans: list[tuple[int, int, str]], expected: list[Segment]) -> None:
    assert segments(text, spans) == expected


@given(TEXTS, SPANS)
def test_segments_join_to_the_text_and_mark_the_words_found(text: str, spans: list[tuple[int, int, str]]) -> None:
    pieces = segments(text, spans)
    assert "".join(piece.text for piece in pieces) == text
    assert all(piece.text for piece in pieces)
    assert all(piece.is_link == (piece.text == UNSUBSCRIBE_TOKEN) for piece in pieces)
    marks = [piece.mark for piece in pieces if not piece.is_link for _ in piece.text]
    if UNSUBSCRIBE_TOKEN not in text:
        for place, mark in enumerate(marks):
            here = {severity for start, end, severity in spans if max(start, 0) <= place < end} - {"unheard of"}
            assert mark == next((one for one in ("block", "review", "note") if one in here), "")


def test_finding_spans_are_those_of_one_field() -> None:
    findings: list[dict[str, Any]] = [
        {
            "severity": "block",
            "spans": [{"field": "body", "start": 1, "end": 2}, {"field": "subject", "start": 0, "end": 3}],
        },
        {"severity": "note", "spans": []},
    ]
    assert finding_spans(findings, "subject") == [(0, 3, "block")]
    assert finding_spans(findings, "body") == [(1, 2, "block")]
