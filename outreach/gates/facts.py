"""What a gate is shown, and what it answers. All plain values, so that gates need no database."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from outreach.states import Severity

SUBJECT = "subject"
BODY = "body"

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


@dataclass(frozen=True, kw_only=True)
class MessageFacts:
    """Everything the gates may know about one message.

    ``consent`` is ``yes``, ``no`` or ``unknown`` for this channel; ``suppressed_by`` holds the reasons that speak
    against it. ``approved_text`` is the approved template as rendered, subject and body, before anybody typed in it;
    empty when there is none. ``evidence_texts`` are the pieces of evidence in the contact's or the owner's own words.
    ``word_limit`` is the step's limit (0: none) and ``pressure`` its level, 3 direct to 1 door open.
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

    def fields(self) -> tuple[tuple[str, str], tuple[str, str]]:
        """The texts a person will read, by field name."""
        return (SUBJECT, self.subject), (BODY, self.body)


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
