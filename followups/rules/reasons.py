"""What there is to say to a quiet lead. Time that passed is never a reason."""

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

from followups.rules.evidence import Evidence
from followups.rules.silence import Offer, Silence
from followups.states import EngagementKind, ReasonKind

_MONTHS = (
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
)
#: Longer quotations of what somebody wrote are cut here, in characters: the whole text is on the timeline.
_QUOTED = 120


@dataclass(frozen=True, slots=True)
class UsefulReason:
    """A reason to write: its kind, the key one message spends, plain words with the date, and where the facts lie.

    `evidence_ids` name rows (`touch:7`, `event:3`, `asset:2`, `note:5`) or fields of the lead (`lead:quote_sent_on`).
    """

    kind: ReasonKind
    key: str
    what: str
    evidence_ids: tuple[str, ...]


def find_reason(evidence: Evidence, silence: Silence, allowed: tuple[str, ...] = ()) -> UsefulReason | None:
    """The best useful reason that no message has spent; within a kind the newest piece of evidence.

    `allowed` limits the kinds, as a step of a cadence may; empty allows all. Source: followups.md, “Useful reasons”.
    """
    for kind, pieces in _SOURCES.items():
        if allowed and kind.value not in allowed:
            continue
        for reason in pieces(evidence, silence):
            if reason.key not in evidence.spent:
                return reason
    return None


def say_day(day: date) -> str:
    """A day in words, such as “3 May 2018”: the year is always there, so the words never go stale."""
    return f"{day.day} {_MONTHS[day.month - 1]} {day.year}"


def say_moment(at: datetime) -> str:
    """The UTC day of a moment in words."""
    return say_day(at.astimezone(UTC).date())


def _quoted(text: str) -> str:
    words = " ".join(text.split())
    return words if len(words) <= _QUOTED else words[: _QUOTED - 1].rstrip() + "…"


def _questions(evidence: Evidence, silence: Silence) -> Iterator[UsefulReason]:
    for question in silence.questions:
        what = f"the question they asked on {say_moment(question.at)}"
        if question.summary.strip():
            what += f": “{_quoted(question.summary)}”"
        key = f"touch:{question.touch_id}"
        yield UsefulReason(ReasonKind.UNANSWERED_QUESTION, key, what, (key,))


def _next_step(evidence: Evidence, silence: Silence) -> Iterator[UsefulReason]:
    text, day = evidence.next_step.strip(), evidence.next_step_on
    if text and day is not None and day < silence.today:
        mark = hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:12]
        what = f"the next step that was planned for {say_day(day)}: “{_quoted(text)}”"
        key = f"next_step:{day.isoformat()}:{mark}"
        yield UsefulReason(ReasonKind.OPEN_NEXT_STEP, key, what, ("lead:next_step", "lead:next_step_on"))


def _quotes(evidence: Evidence, silence: Silence) -> Iterator[UsefulReason]:
    return _offers(silence.quotes, ReasonKind.QUOTE_UNANSWERED, "quote", "lead:quote_sent_on")


def _proposals(evidence: Evidence, silence: Silence) -> Iterator[UsefulReason]:
    return _offers(silence.proposals, ReasonKind.PROPOSAL_UNANSWERED, "proposal", "lead:proposal_sent_on")


def _offers(offers: tuple[Offer, ...], kind: ReasonKind, word: str, field: str) -> Iterator[UsefulReason]:
    for offer in offers:
        day = offer.at.astimezone(UTC).date()
        where = field if offer.touch_id is None else f"touch:{offer.touch_id}"
        yield UsefulReason(kind, f"{word}:{day.isoformat()}", f"the {word} of {say_day(day)}", (where,))


def _engagements(evidence: Evidence, silence: Silence) -> Iterator[UsefulReason]:
    for event in _newest_first(evidence.engagements, lambda event: (event.at, event.id)):
        if event.machine or not _is_new(event.at, silence):
            continue
        done = EngagementKind(event.what).label if event.what in EngagementKind.values else event.what.replace("_", " ")
        key = f"event:{event.id}"
        yield UsefulReason(ReasonKind.NEW_ENGAGEMENT, key, f"they {done} on {say_moment(event.at)}", (key,))


def _materials(evidence: Evidence, silence: Silence) -> Iterator[UsefulReason]:
    for asset in _newest_first(evidence.materials, lambda asset: (asset.published_at, asset.id)):
        if not _is_new(asset.published_at, silence):
            continue
        if asset.valid_until is not None and asset.valid_until < silence.today:
            continue
        fits = f" for their {asset.why}" if asset.why else ""
        key = f"asset:{asset.id}"
        what = f"“{_quoted(asset.title)}”, new{fits} since {say_moment(asset.published_at)}"
        yield UsefulReason(ReasonKind.NEW_MATERIAL, key, what, (key,))


def _notes(evidence: Evidence, silence: Silence) -> Iterator[UsefulReason]:
    for note in _newest_first(evidence.notes, lambda note: (note.at, note.id)):
        if note.at <= silence.now and note.text.strip():
            key = f"note:{note.id}"
            what = f"the note of {say_moment(note.at)}: “{_quoted(note.text)}”"
            yield UsefulReason(ReasonKind.OWNER_NOTE, key, what, (key,))


def _newest_first(rows: tuple[Any, ...], order: Callable[[Any], tuple[datetime, int]]) -> tuple[Any, ...] | list[Any]:
    return rows if len(rows) < 2 else sorted(rows, key=order, reverse=True)


def _is_new(at: datetime, silence: Silence) -> bool:
    """Whether something came after our latest touch and is not still ahead."""
    return at <= silence.now and (silence.latest_ours is None or at > silence.latest_ours)


_SOURCES: dict[ReasonKind, Callable[[Evidence, Silence], Iterator[UsefulReason]]] = {
    ReasonKind.UNANSWERED_QUESTION: _questions,
    ReasonKind.OPEN_NEXT_STEP: _next_step,
    ReasonKind.QUOTE_UNANSWERED: _quotes,
    ReasonKind.PROPOSAL_UNANSWERED: _proposals,
    ReasonKind.NEW_ENGAGEMENT: _engagements,
    ReasonKind.NEW_MATERIAL: _materials,
    ReasonKind.OWNER_NOTE: _notes,
}
