"""Finding phrases in a text: whatever the case, the apostrophes, the line breaks and the invisible characters.

A phrase is written as people write it; a blank stands for any white space, an apostrophe may be left out. Each comes
with stems, parted by ``|``: every match contains one of them, at the beginning of a word. Hundreds of phrases are cheap
because only those are tried whose stem begins like a word of the text. ``*`` before a stem: it may stand inside a word.
"""

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from outreach.gates.facts import MessageFacts, Span

_ONE_TO_ONE = str.maketrans(
    {
        **dict.fromkeys("’‘ʼ`´′＇‛", "'"),
        **dict.fromkeys("“”„«»‟", '"'),
        **dict.fromkeys("‐‑‒–—−", "-"),
        **dict.fromkeys("\r\x0b\x0c\x85\u2028\u2029", "\n"),
    }
)
# Characters without a shape of their own, among them those that turn the direction of writing and variation marks.
_UNSEEN = "\u00ad\u034f\u061c\u180e\ufeff" + "".join(
    chr(code)
    for first, last in ((0x200B, 0x200F), (0x202A, 0x202E), (0x2060, 0x2069), (0xFE00, 0xFE0F), (0xE0000, 0xE007F))
    for code in range(first, last + 1)
)
_NEEDS_CARE = re.compile(f"[{_UNSEEN}]")

# The beginning of a sentence, a line or a clause. Spans are trimmed, so white space after it is not marked.
BEGIN = r"""(?:^|(?<=[.!?:;,("'-]))\s*"""
# The end of a sentence or clause.
END = r"""(?=\s*(?:[.!?:;,)"'-]|$))"""
# The end of a sentence or of the text: nothing more is said.
FULL_STOP = r"(?=\s*(?:[.!?]|\Z|\n\s*\n))"


# The letters of a word's beginning by which phrases are looked up.
_KEY = 3
_WORD = re.compile(r"[^\W_]+")


@dataclass(frozen=True, eq=False)  # each is itself: comparing and hashing patterns took longer than looking for them
class Phrase:
    stems: tuple[str, ...]
    pattern: re.Pattern[str]


@dataclass(frozen=True)
class PhraseTable:
    """Phrases by the beginning of their stems, and those that may stand inside a word."""

    by_key: Mapping[str, tuple[Phrase, ...]]
    anywhere: tuple[Phrase, ...]
    all: tuple[Phrase, ...]

    def worth_trying(self, folded: "Folded") -> list[Phrase]:
        candidates = [phrase for key in self.by_key.keys() & folded.keys for phrase in self.by_key[key]]
        return [
            phrase
            for phrase in dict.fromkeys([*candidates, *self.anywhere])
            if any(stem in folded.text for stem in phrase.stems)
        ]


@dataclass(frozen=True)
class Folded:
    """A text in lower case and plain marks. Position ``i`` stands for ``original[starts[i]:ends[i]]``; empty: as is."""

    text: str
    keys: frozenset[str]
    starts: tuple[int, ...] = ()
    ends: tuple[int, ...] = ()

    def span(self, start: int, end: int) -> tuple[int, int]:
        if not self.starts or start == end:
            return start, end
        return self.starts[start], self.ends[end - 1]


def phrases(*rows: tuple[str, str]) -> PhraseTable:
    """A table out of rows of (stems, pattern)."""
    by_key: dict[str, list[Phrase]] = {}
    anywhere: list[Phrase] = []
    everything: list[Phrase] = []
    for stems, source in rows:
        phrase = Phrase(tuple(stems.removeprefix("*").split("|")), _compile(source))
        everything.append(phrase)
        if stems.startswith("*"):
            anywhere.append(phrase)
            continue
        for key in {stem[:_KEY].split(" ")[0] for stem in phrase.stems}:
            by_key.setdefault(key, []).append(phrase)
    return PhraseTable({key: tuple(found) for key, found in by_key.items()}, tuple(anywhere), tuple(everything))


def together(*tables: PhraseTable) -> PhraseTable:
    """One table out of several."""
    by_key: dict[str, tuple[Phrase, ...]] = {}
    for table in tables:
        for key, found in table.by_key.items():
            by_key[key] = by_key.get(key, ()) + found
    return PhraseTable(
        by_key,
        tuple(phrase for table in tables for phrase in table.anywhere),
        tuple(phrase for table in tables for phrase in table.all),
    )


def _compile(source: str) -> re.Pattern[str]:
    # No look-behind in front: a pattern that begins with letters is found far faster. find() looks at what is before.
    spaced = source.replace(" ?", r"\s*").replace(" ", r"\s+").replace("'", "'?")
    return re.compile(rf"(?:{spaced})(?!\w)", re.MULTILINE)


@lru_cache(maxsize=128)
def fold(text: str) -> Folded:
    """The text as phrases are looked for in it, each position traceable to the original."""
    folded = text.translate(_ONE_TO_ONE).lower()
    if text.isascii() or (
        len(folded) == len(text) and not _NEEDS_CARE.search(text) and unicodedata.is_normalized("NFKC", folded)
    ):
        return Folded(folded, _keys(folded))
    chars: list[str] = []
    starts: list[int] = []
    ends: list[int] = []
    position = 0
    while position < len(text):
        end = position + 1
        while end < len(text) and unicodedata.combining(text[end]):
            end += 1
        cluster = text[position:end].translate(_ONE_TO_ONE)
        for char in unicodedata.normalize("NFKC", cluster).translate(_ONE_TO_ONE).lower():
            if char not in _UNSEEN:
                chars.append(char)
                starts.append(position)
                ends.append(end)
        position = end
    folded = "".join(chars)
    return Folded(folded, _keys(folded), tuple(starts), tuple(ends))


def _keys(folded: str) -> frozenset[str]:
    return frozenset({word[:_KEY] for word in _WORD.findall(folded)})


def find(table: PhraseTable, text: str) -> list[tuple[int, int]]:
    """Where any of the phrases stands in ``text``; overlapping places are one."""
    folded = fold(text)
    found: list[tuple[int, int]] = []
    for phrase in table.worth_trying(folded):
        for match in phrase.pattern.finditer(folded.text):
            words = match[0]
            start = match.start() + len(words) - len(words.lstrip())
            end = match.start() + len(words.rstrip())
            inside_a_word = start > 0 and folded.text[start].isalnum() and folded.text[start - 1].isalnum()
            if start < end and not inside_a_word:
                found.append(folded.span(start, end))
    return merged(found)


def merged(places: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    """The places in order, overlapping ones joined."""
    result: list[tuple[int, int]] = []
    for start, end in sorted(places):
        if result and start < result[-1][1]:
            result[-1] = (result[-1][0], max(end, result[-1][1]))
        else:
            result.append((start, end))
    return result


def spans_of(table: PhraseTable, facts: MessageFacts) -> tuple[Span, ...]:
    """The phrases in subject and body, except in what is quoted word for word from the evidence."""
    spans: list[Span] = []
    for field, text in facts.fields():
        places = find(table, text)
        if places:
            theirs = quotations(text, facts.evidence_texts)
            spans += [Span(field, start, end) for start, end in outside(places, theirs)]
    return tuple(spans)


_QUOTATION = re.compile(r'"([^"]+)"')


def outside(places: Iterable[tuple[int, int]], quoted: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    """The places that do not lie inside one of the quoted ones."""
    return [(start, end) for start, end in places if not any(first <= start and end <= last for first, last in quoted)]


def quotations(text: str, evidence_texts: Sequence[str]) -> list[tuple[int, int]]:
    """Where the text quotes the evidence, in quotation marks: their "any update?" is not our asking for one."""
    sources = [_bare(evidence) for evidence in evidence_texts]
    folded = fold(text)
    return [
        folded.span(match.start(1), match.end(1))
        for match in _QUOTATION.finditer(folded.text)
        if (quote := _bare(match[1])) and any(quote in source for source in sources)
    ]


def _bare(text: str) -> str:
    plain = re.sub(r"[^\w\s?!.,;:-]", "", fold(text).text)
    return " ".join(plain.split()).rstrip(". ")
