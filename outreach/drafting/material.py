"""What a language model is given for one draft, and what it may answer. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from outreach.rendering import core_span, one_line

#: More than this tells a model nothing new about one short message, and costs.
MOST_PIECES = 20
_LONGEST_PIECE = 600


@dataclass(frozen=True, slots=True)
class Piece:
    """One piece of evidence. ``theirs``: they wrote it, so nothing in it is a promise or an instruction of ours."""

    id: str
    what: str
    detail: str
    at: str = ""
    theirs: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Material:
    """Everything for one text. ``skeleton`` is the approved wording without greeting, sign-off and opt-out line.

    ``before`` and ``after`` are what stands around it and stays as it is: the model writes none of it.
    """

    channel: str
    language: str
    reason_id: str
    reason_text: str
    subject: str
    skeleton: str
    before: str
    after: str
    approved_text: str
    word_limit: int
    pressure: int
    pieces: tuple[Piece, ...]

    def body_with(self, core: str) -> str:
        """A whole message with this text in the middle."""
        return f"{self.before}{core.strip()}{self.after}"


@dataclass(frozen=True, slots=True)
class Claim:
    """Something the text says is so, and the piece of evidence that it rests on."""

    text: str
    evidence_id: str


@dataclass(frozen=True, slots=True)
class Answer:
    """What a model answered. ``body`` is the middle of the message only."""

    subject: str
    body: str
    reason_used: str
    evidence_ids: tuple[str, ...]
    claims: tuple[Claim, ...]


def material_of(
    *,
    channel: str,
    language: str,
    reason_kind: str,
    reason_text: str,
    subject: str,
    body: str,
    approved_text: str,
    word_limit: int,
    pressure: int,
    evidence: Sequence[Mapping[str, Any]],
) -> Material | None:
    """The material for a draft as it stands, or None where there is no approved wording to write from."""
    if not approved_text.strip() or not body.strip():
        return None
    start, end = core_span(body)
    if not body[start:end].strip():
        return None
    return Material(
        channel=channel,
        language=language,
        reason_id=reason_kind,
        reason_text=one_line(reason_text),
        subject=subject,
        skeleton=body[start:end],
        before=body[:start],
        after=body[end:],
        approved_text=approved_text,
        word_limit=word_limit,
        pressure=pressure,
        pieces=tuple(_pieces(evidence)),
    )


def _pieces(evidence: Sequence[Mapping[str, Any]]) -> list[Piece]:
    # The piece that the message rests on is never the one that is left out.
    ranked = sorted(range(len(evidence)), key=lambda place: (not evidence[place].get("key"), -place))
    chosen = sorted(ranked[:MOST_PIECES])
    return [
        Piece(
            id=f"E{number}",
            what=one_line(str(evidence[place].get("what") or "")),
            detail=one_line(str(evidence[place].get("detail") or ""))[:_LONGEST_PIECE],
            at=str(evidence[place].get("at") or "")[:10],
            theirs=evidence[place].get("direction") != "out",
        )
        for number, place in enumerate(chosen, start=1)
    ]
