"""What an edit changed, word by word."""

from __future__ import annotations

import re
from dataclasses import dataclass
from difflib import SequenceMatcher


@dataclass(frozen=True, slots=True)
class Change:
    """A piece of an edited text. ``kind`` is "" where both agree, "ins" for what came in, "del" for what went out."""

    text: str
    kind: str = ""


_WORDS = re.compile(r"\S+\s*|\s+")
#: Number of words before, times number of words after, beyond which finding the fewest changes would take too long.
MOST_COMPARISONS = 250_000


def word_diff(before: str, after: str) -> list[Change]:
    """What an edit changed, word by word (mission.md 6.3).

    The pieces that did not come in are ``before``, those that did not go out are ``after``. A word keeps the blanks
    that follow it. Where two texts are very long and differ nearly everywhere, the whole middle counts as replaced.
    """
    old, new = _WORDS.findall(before), _WORDS.findall(after)
    same_start = _common(old, new)
    same_end = _common(old[same_start:][::-1], new[same_start:][::-1])
    old_middle, new_middle = old[same_start : len(old) - same_end], new[same_start : len(new) - same_end]
    changes = [Change("".join(old[:same_start]))]
    if len(old_middle) * len(new_middle) > MOST_COMPARISONS:
        changes += [Change("".join(old_middle), "del"), Change("".join(new_middle), "ins")]
    else:
        for kind, i1, i2, j1, j2 in SequenceMatcher(None, old_middle, new_middle).get_opcodes():
            if kind == "equal":
                changes.append(Change("".join(old_middle[i1:i2])))
            else:
                changes += [Change("".join(old_middle[i1:i2]), "del"), Change("".join(new_middle[j1:j2]), "ins")]
    changes.append(Change("".join(old[len(old) - same_end :])))
    return [change for change in changes if change.text]


def count_words(text: str) -> int:
    return len(text.split())


def count_changed(before: str, after: str) -> int:
    """How many words an edit touched: of each place where the texts differ the larger side, so that one word in place
    of another is one. Blanks and line breaks do not count (mission.md 6.7).
    """
    changed = out = into = 0
    for piece in word_diff(" ".join(before.split()) + " ", " ".join(after.split()) + " "):
        words = count_words(piece.text)
        if piece.kind == "del":
            out += words
        elif piece.kind == "ins":
            into += words
        else:
            changed += max(out, into)
            out = into = 0
    return changed + max(out, into)


def _common(one: list[str], other: list[str]) -> int:
    """How many words both begin with."""
    count = 0
    for left, right in zip(one, other, strict=False):
        if left != right:
            break
        count += 1
    return count
