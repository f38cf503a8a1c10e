"""The phrases that managers add to the gates, compiled once and looked for like those that come with Rekindle."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from outreach.gates.facts import LONGEST_MESSAGE, Finding, MessageFacts, quoted_words
from outreach.gates.phrases import PhraseTable, fold, phrases, spans_of
from outreach.states import Severity

#: The gates that take phrases of managers, by id, and what a phrase of theirs is called in a finding.
TAKES_PHRASES: Mapping[str, str] = {
    "checking_in": "words that only ask for attention",
    "guilt": "words that sound like a reproach",
    "commitment": "words that promise or press",
    "first_promise": "words that promise something in a first message",
    "tone": "words that we do not use",
}

#: A phrase that says less than this finds too much to be of use.
FEWEST_CHARACTERS = 2
FEWEST_BEFORE_ANY_ENDING = 3

_WORD = re.compile(r"[^\W_]+")


@dataclass(frozen=True)
class OwnPhrase:
    """A phrase as a manager wrote it. ``*`` at the end of a word stands for any ending; ``note`` says why."""

    gate: str
    phrase: str
    severity: str
    note: str = ""


@dataclass(frozen=True, eq=False)
class Phrasebook:
    """All phrases of managers. Made once and shown to the gates many times, so it is compared by identity."""

    rows: tuple[OwnPhrase, ...] = ()
    _tables: dict[str, list[tuple[str, str, PhraseTable]]] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        groups: dict[tuple[str, str, str], list[str]] = {}
        for row in sorted(self.rows, key=lambda one: (one.gate, one.severity, one.note, one.phrase)):
            groups.setdefault((row.gate, row.severity, row.note), []).append(row.phrase)
        tables: dict[str, list[tuple[str, str, PhraseTable]]] = {}
        for (gate, severity, note), wordings in groups.items():
            tables.setdefault(gate, []).append((severity, note, compiled(wordings)))
        object.__setattr__(self, "_tables", tables)

    def tables(self, gate: str) -> list[tuple[str, str, PhraseTable]]:
        """(severity, note, phrases) for one gate."""
        return self._tables.get(gate, [])


def why_not_phrase(phrase: str) -> str | None:
    """Why this cannot be looked for, in a sentence with the remedy; None when it can."""
    folded = fold(phrase).text
    words = folded.split()
    if not words:
        return "The phrase is empty. Write the words to look for."
    if any("*" in word[:-1] for word in words):
        return "A star stands only at the end of a word, for any ending. Move it there, or take it out."
    if not _WORD.search(folded):
        return "The phrase has no letters or digits, so it would match everything. Write the words to look for."
    for word in words:
        if word.endswith("*") and len("".join(_WORD.findall(word))) < FEWEST_BEFORE_ANY_ENDING:
            return (
                f"“{word}” would match nearly everything. Write at least {FEWEST_BEFORE_ANY_ENDING} letters"
                " before the star."
            )
    if sum(len(word) for word in _WORD.findall(folded)) < FEWEST_CHARACTERS:
        return f"“{phrase.strip()}” would match nearly everything. Write at least {FEWEST_CHARACTERS} letters."
    return None


def compiled(wordings: Iterable[str]) -> PhraseTable:
    """A table out of phrases as people write them. What cannot be looked for is left out."""
    return phrases(*(_row(one) for one in wordings if why_not_phrase(one) is None))


def _row(phrase: str) -> tuple[str, str]:
    words = fold(phrase).text.split()
    pattern = " ".join(re.escape(word[:-1]) + r"\w*" if word.endswith("*") else re.escape(word) for word in words)
    return _stems(words), pattern


def _stems(words: list[str]) -> str:
    """What every match contains: the longest run of letters, as it reads with its apostrophe and without it."""
    runs = [(len(match[0]), match[0], word) for word in words if (match := _WORD.search(word))]
    _, run, word = max(runs, key=lambda one: ("'" not in one[2], one[0]))
    joined = _WORD.search(word.replace("'", ""))
    return "|".join(dict.fromkeys([run, joined[0] if joined else run]))


def own_findings(gate: str, facts: MessageFacts) -> list[Finding]:
    """What the managers' phrases of one gate find. Words quoted from the evidence do not count."""
    if facts.phrases is None:
        return []
    found: list[Finding] = []
    for severity, note, table in facts.phrases.tables(gate):
        spans = spans_of(table, facts)
        if spans:
            words = f"{quoted_words(facts, spans)} is on our list of {TAKES_PHRASES[gate]}."
            message = f"{words} {note.strip() or 'Say it in another way, or leave it out.'}"
            found.append(Finding(gate, Severity(severity), message[:LONGEST_MESSAGE], spans))
    return found
