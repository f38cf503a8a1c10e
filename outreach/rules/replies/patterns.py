"""How phrases are written in the tables of this package, and how they are found.

A phrase is a regular expression in small letters without accents. A blank stands for any white space, an apostrophe
may be missing. It is looked for from the beginning of a word to the end of one; Japanese and Chinese have no such
borders, so their phrases are written with ``anywhere``.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from outreach.rules.replies.folding import Folded

#: Not more than so many finds of one table are looked at. A bound for hostile text.
MOST_FINDS = 200


class Find(NamedTuple):
    """Where a phrase stands in the folded text."""

    start: int
    end: int


def words(*sources: str) -> re.Pattern[str]:
    """One expression that finds any of these phrases."""
    return re.compile(rf"(?<![^\W_])(?:{_joined(sources)})(?![^\W_])", re.MULTILINE)


def anywhere(*sources: str) -> re.Pattern[str]:
    """The same for scripts that put no blanks between words."""
    return re.compile(_joined(sources), re.MULTILINE)


def _joined(sources: Iterable[str]) -> str:
    return "|".join(f"(?:{_spelled_out(one)})" for one in sources)


def _spelled_out(source: str) -> str:
    letters: list[str] = []
    in_class = escaped = False
    for letter in source:
        if escaped:
            letters.append(letter)
            escaped = False
            continue
        if letter == "[":
            in_class = True
        elif letter == "]":
            in_class = False
        escaped = letter == "\\"
        if letter == " ":
            letters.append(" \\n" if in_class else "[ \\n]")
        elif letter == "'" and not in_class:
            letters.append("'?")
        else:
            letters.append(letter)
    return "".join(letters)


def finds(patterns: Iterable[re.Pattern[str]], folded: Folded) -> Iterator[Find]:
    """Every place where one of the patterns is found, pattern by pattern."""
    for pattern in patterns:
        for number, match in enumerate(pattern.finditer(folded.text)):
            if number >= MOST_FINDS:
                break
            yield Find(match.start(), match.end())


_END = re.compile(r"[.!?…]+(?=[\s\"')\]]|$)|[？！。]|\?|\n\s*\n|\n(?=\s*[-*•])")


def sentences(folded: Folded) -> list[tuple[int, int]]:
    """Where the sentences are, end marks included."""
    found: list[tuple[int, int]] = []
    start = 0
    for match in _END.finditer(folded.text):
        found.append((start, match.end()))
        start = match.end()
    if folded.text[start:].strip():
        found.append((start, len(folded.text)))
    return found


def touches(place: Find, others: Iterable[Find]) -> bool:
    """Whether it overlaps one of them."""
    return any(place.start < other.end and other.start < place.end for other in others)


def inside(place: Find, others: Iterable[Find]) -> bool:
    """Whether it begins within one of them."""
    return any(other.start <= place.start < other.end for other in others)
