"""A text in the form in which phrases are looked for: lower case, without accents, each letter traceable to its place.

People leave accents out, write in capitals, and their phones put other apostrophes in. A phrase is therefore written
once, in plain small letters, and found however it was typed.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache

from rapidfuzz.distance import OSA

_UNSEEN = frozenset("\u00ad\u034f\u180e\u200b\u200c\u200d\u200e\u200f\u2060\ufeff\ufe0e\ufe0f")
_PLAIN = {
    **dict.fromkeys("’‘ʼ`´′＇‛", "'"),
    **dict.fromkeys("“”„«»‟「」『』", '"'),
    **dict.fromkeys("‐‑‒–—−", "-"),
    **dict.fromkeys("。．｡", "."),
    **dict.fromkeys("\r\x0b\x0c\x85\u2028\u2029", "\n"),
    "\u00a0": " ",
    "、": ",",
    "，": ",",
    "¿": " ",
    "¡": " ",
    "ı": "i",
    "ł": "l",
    "ø": "o",
    "đ": "d",
    "ð": "d",
    "þ": "th",
    "æ": "ae",
    "œ": "oe",
    "ß": "ss",
}

#: Words that are put right before phrases are looked for a second time. No word of every day is one slip away from one.
_CORRECTED = (
    "unsubscribe",
    "unsubscribed",
    "remove",
    "message",
    "messages",
    "messaging",
    "emailing",
    "texting",
    "sending",
    "contacting",
    "harassing",
    "harassment",
    "mailing",
    "calling",
    "interested",
    "receive",
    "number",
    "address",
    "delete",
    "please",
    "anymore",
)
#: One slip away from a word above, and words themselves.
_RIGHT_AS_THEY_ARE = frozenset(
    {"subscribe", "subscribed", "contracting", "tasting", "testing", "mending", "lending", "spending", "bending"}
    | {
        "removed",
        "remote",
        "removes",
        "massage",
        "massages",
        "massaging",
        "deceive",
        "received",
        "receiver",
        "receives",
    }
    | {"failing", "sailing", "making", "falling", "telling", "selling", "filling", "culling", "lumber", "numbers"}
    | {
        "numbed",
        "addressed",
        "addresses",
        "deleted",
        "deletes",
        "pleased",
        "pleases",
        "interest",
        "messaged",
        "calling",
    }
    | {
        "resubscribe",
        "sanding",
        "scaling",
        "calming",
        "carding",
        "seeding",
        "feeding",
        "needing",
        "contact",
        "contract",
    }
    | {"numbering", "removal", "remover", "remove", "mailings", "railing", "bailing", "hailing", "waiting", "nailing"}
)
_WORD = re.compile(r"[a-z][a-z'-]{3,}")


@dataclass(frozen=True, slots=True)
class Folded:
    """A folded text. The letter at ``i`` stands for ``original[starts[i]:ends[i]]``."""

    text: str
    starts: tuple[int, ...]
    ends: tuple[int, ...]

    def span(self, start: int, end: int) -> tuple[int, int]:
        """The place in the original of what stands from ``start`` to ``end`` here, without the blanks around it."""
        while start < end and self.text[start].isspace():
            start += 1
        while end > start and self.text[end - 1].isspace():
            end -= 1
        if start >= end:
            return 0, 0
        return self.starts[start], self.ends[end - 1]


@lru_cache(maxsize=64)
def fold(text: str) -> Folded:
    """The text in small plain letters."""
    letters: list[str] = []
    starts: list[int] = []
    ends: list[int] = []
    for place, letter in enumerate(text):
        if letter in _UNSEEN:
            continue
        if letter.isspace():
            # Blanks before the first letter would hide where the text begins.
            if letters:
                _blank(letter, place, letters, starts, ends)
            continue
        if letter.isascii():
            plain = letter.lower()
        else:
            plain = "".join(_one(part) for part in unicodedata.normalize("NFKC", _PLAIN.get(letter, letter)))
        for part in plain:
            letters.append(part)
            starts.append(place)
            ends.append(place + 1)
    return Folded("".join(letters), tuple(starts), tuple(ends))


def as_written(text: str) -> Folded:
    """The text with its capitals and accents, without what nobody sees: a name is told by how it is written."""
    shown = [(place, letter) for place, letter in enumerate(text) if letter not in _UNSEEN]
    places = tuple(place for place, _letter in shown)
    return Folded("".join(letter for _place, letter in shown), places, tuple(place + 1 for place in places))


def _blank(letter: str, place: int, letters: list[str], starts: list[int], ends: list[int]) -> None:
    """One blank for several; a line break stays one, and of an empty line two are kept."""
    new_line = _PLAIN.get(letter, letter) == "\n"
    before = letters[-1] if letters else ""
    if before == " " and new_line:
        letters[-1] = "\n"
    elif before not in (" ", "\n") or (new_line and letters[-2:] != ["\n", "\n"]):
        letters.append("\n" if new_line else " ")
        starts.append(place)
        ends.append(place + 1)


def _one(letter: str) -> str:
    """Accents go where a letter is the same one without. Not in scripts where it is another one: か and が, и and й."""
    plain = _PLAIN.get(letter, letter).lower()
    if letter < "\u0370" or "\u1e00" <= letter < "\u2000" or "\u0370" <= letter < "\u0400":
        plain = unicodedata.normalize("NFKD", plain)
    return "".join(
        _PLAIN.get(small, small) for small in plain if not "\u0300" <= small < "\u0370" and small not in _UNSEEN
    )


def corrected(folded: Folded) -> Folded | None:
    """The text with slips in telling words put right ("plese remve me"); None when there is no slip."""
    letters: list[str] = []
    starts: list[int] = []
    ends: list[int] = []
    done = 0
    for match in _WORD.finditer(folded.text):
        meant = _meant(match[0])
        if meant is None:
            continue
        letters += folded.text[done : match.start()]
        starts += folded.starts[done : match.start()]
        ends += folded.ends[done : match.start()]
        letters += meant
        starts += [folded.starts[match.start()]] * len(meant)
        ends += [folded.ends[match.end() - 1]] * len(meant)
        done = match.end()
    if not done:
        return None
    letters += folded.text[done:]
    starts += folded.starts[done:]
    ends += folded.ends[done:]
    return Folded("".join(letters), tuple(starts), tuple(ends))


@lru_cache(maxsize=4096)
def _meant(word: str) -> str | None:
    if word in _RIGHT_AS_THEY_ARE or word in _CORRECTED or len(word) > 16:
        return None
    for right in _CORRECTED:
        slips = 2 if len(right) >= 10 else 1
        if abs(len(word) - len(right)) <= slips and OSA.distance(word, right, score_cutoff=slips) <= slips:
            # Without its first letters "unsubscribe" means the contrary.
            return None if right.startswith("un") and not word.startswith("u") else right
    return None
