"""What a gate is shown, and what it answers. All plain values, so that gates need no database."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from outreach.states import Severity

if TYPE_CHECKING:
    from outreach.gates.phrasebook import Phrasebook

SUBJECT = "subject"
BODY = "body"

LONGEST_MESSAGE = 500  # characters of what a gate says, as findings are kept
_LONGEST_QUOTE = 80  # characters of one marked place in a message; the place itself is marked in full


@dataclass(frozen=True, order=True)
class Span:
    """Words of the message: ``field`` is ``subject`` or ``body``, the positions are those of a Python slice."""

    field: str
    start: int
    end: int


@dataclass(frozen=True)
class Finding:
    """What one gate says about one text. ``message`` names what is wrong and what to do, in plain words."""

    gate: str
    severity: Severity
    message: str
    spans: tuple[Span, ...] = ()


@dataclass(frozen=True)
class ColleagueMessage:
    """What a colleague sent to the same person. ``at`` is the day in words, ``days_ago`` is not negative."""

    text: str
    by: str
    at: str
    days_ago: int


@dataclass(frozen=True, kw_only=True)
class MessageFacts:
    """Everything the gates may know about one message.

    ``consent`` is ``yes``, ``no`` or ``unknown`` for this channel; ``suppressed_by`` holds the reasons that speak
    against it. ``approved_text`` is the approved template as rendered, subject and body, before anybody typed in it;
    empty when there is none. ``evidence_texts`` are the pieces of evidence in the contact's or the owner's own words.
    ``word_limit`` is the step's limit (0: none) and ``pressure`` its level, 3 direct to 1 door open.

    ``first_message``: nothing of ours ever went to them. ``words_before`` and ``pressure_before`` are those of the
    message before it in its sequence, None where there is none to compare with. ``locale`` is the contact's language
    tag, empty when unknown. ``their_texts`` are the pieces of evidence that they wrote, ``published_links`` the links
    of material we published, ``link_hosts`` the hosts that messages may link to. ``known_addresses`` are the
    e-mail addresses and phone numbers of the two people who write to each other. ``phrases`` are those that managers
    added.
    """

    channel: str
    kind: str
    subject: str
    body: str
    language: str = "en"
    reason_kind: str = ""
    reason_text: str = ""
    word_limit: int = 0
    pressure: int = 3
    consent: str = "unknown"
    suppressed_by: tuple[str, ...] = ()
    has_address: bool = False
    earlier_messages: tuple[str, ...] = ()
    approved_text: str = ""
    evidence_texts: tuple[str, ...] = ()
    sender_name: str = ""
    recipient_first_name: str = ""
    first_message: bool = False
    words_before: int | None = None
    pressure_before: int | None = None
    locale: str = ""
    their_texts: tuple[str, ...] = ()
    published_links: tuple[str, ...] = ()
    link_hosts: tuple[str, ...] = ()
    known_addresses: tuple[str, ...] = ()
    colleagues_messages: tuple[ColleagueMessage, ...] = ()
    phrases: Phrasebook | None = None

    def fields(self) -> tuple[tuple[str, str], tuple[str, str]]:
        """The texts a person will read, by field name."""
        return (SUBJECT, self.subject), (BODY, self.body)

    def touched_fields(self) -> list[tuple[str, str]]:
        """The texts that are not, as a whole, what the approved template says: somebody typed in them."""
        return [(field, text) for field, text in self.fields() if text and text not in self.approved_text]


def blocks(findings: Iterable[Finding]) -> bool:
    """Whether any finding forbids the message as it stands."""
    return any(finding.severity == Severity.BLOCK for finding in findings)


def asks_review(findings: Iterable[Finding]) -> bool:
    """Whether any finding wants a person to look before the message leaves (a block does too)."""
    return any(finding.severity in (Severity.BLOCK, Severity.REVIEW) for finding in findings)


def quoted_words(facts: MessageFacts, spans: Sequence[Span], most: int = 3) -> str:
    """The marked words in quotation marks for a message, each once, at most ``most`` of them."""
    texts = dict(facts.fields())
    words: dict[str, None] = {}
    for span in spans:
        marked = " ".join(texts[span.field][span.start : span.end].split())
        words.setdefault(marked if len(marked) <= _LONGEST_QUOTE else marked[: _LONGEST_QUOTE - 1] + "…")
    shown = ", ".join(f"“{word}”" for word in list(words)[:most])
    return f"{shown} and {len(words) - most} more" if len(words) > most else shown
