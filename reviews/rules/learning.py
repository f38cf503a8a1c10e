"""What the edits and refusals of reviewers speak for (mission.md 6.7). Pure.

A suggestion needs `ENOUGH` decisions, and the interval of the share has to lie beyond the limit as a whole: a handful
of edits suggests nothing. Nothing here changes anything; a person accepts or dismisses.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from followups.rules.measures import Interval, Rate, intervals
from reviews.states import SuggestionKind

#: Decisions that a suggestion rests on at least.
ENOUGH = 20
#: Most approved messages were changed first.
EDITED_MOSTLY = 0.5
#: So large a part was refused that the wording itself is in doubt.
REFUSED_OFTEN = 0.3
#: Reading them changes next to nothing.
UNCHANGED_NEARLY_ALWAYS = 0.9
#: What leaves unread would have been changed or refused as often as this.
CHANGED_TOO_OFTEN = 0.2


@dataclass(frozen=True, slots=True, kw_only=True)
class Learned:
    """What was decided about the messages of one wording or step.

    ``refused`` counts messages that were given up for themselves; a refusal of the person, the channel or the account,
    and a lead that was closed, say nothing about the text and are ``for_the_person``. ``share`` is the median share of
    the words (0 to 1) that was changed where any was. ``only_asked`` are those that a person saw because the step asks
    for it and for no other reason, ``unread`` those that left without a person.
    """

    group: str
    name: str
    unchanged: int = 0
    edited: int = 0
    refused: int = 0
    for_the_person: int = 0
    share: float | None = None
    reasons: tuple[str, ...] = ()
    only_asked: int = 0
    unread: int = 0
    template_id: int | None = None

    @property
    def approved(self) -> int:
        return self.unchanged + self.edited

    @property
    def judged(self) -> int:
        """Decisions that say something about the text."""
        return self.approved + self.refused

    @property
    def share_in_words(self) -> str:
        return "" if self.share is None else f"{round(100 * self.share)}%"


@dataclass(frozen=True, slots=True, kw_only=True)
class ByScore:
    """What was refused of a playbook's messages below a score, and from it on."""

    group: str
    name: str
    score: int
    refused_below: int
    below: int
    refused_above: int
    above: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal:
    """One suggestion: what to change, about what, in a sentence, with the figures it rests on."""

    kind: SuggestionKind
    group: str
    about: str
    sentence: str
    evidence: Mapping[str, Any] = field(default_factory=dict)
    template_id: int | None = None

    @property
    def key(self) -> str:
        return f"{self.kind}:{self.group}"


def about_wording(one: Learned) -> Proposal | None:
    """To change a wording that is mostly edited, or to take it out of use where it is often refused."""
    refused, edited = Rate(one.refused, one.judged), Rate(one.edited, one.approved)
    how_refused, how_edited = intervals([refused, edited])
    if one.judged >= ENOUGH and _from(how_refused, REFUSED_OFTEN):
        return _proposal(
            SuggestionKind.RETIRE_WORDING, one, refused, how_refused,
            f"{one.refused} of {one.judged} messages with this wording were refused. Retire it, or rewrite it.",
        )  # fmt: skip
    if one.approved >= ENOUGH and _from(how_edited, EDITED_MOSTLY):
        changed = f", mostly {one.share_in_words} of the words" if one.share is not None else ""
        return _proposal(
            SuggestionKind.CHANGE_WORDING, one, edited, how_edited,
            f"{one.edited} of {one.approved} approved messages were changed first{changed}. Change the wording.",
        )  # fmt: skip
    return None


def about_asking(one: Learned) -> Proposal | None:
    """To ask less where reading changes nothing and only the step asks for it; more where much leaves unread."""
    kept, touched = Rate(one.unchanged, one.judged), Rate(one.edited + one.refused, one.judged)
    how_kept, how_touched = intervals([kept, touched])
    if one.judged < ENOUGH:
        return None
    if one.only_asked == one.judged and _from(how_kept, UNCHANGED_NEARLY_ALWAYS):
        return _proposal(
            SuggestionKind.ASK_LESS, one, kept, how_kept,
            f"{one.unchanged} of {one.judged} messages were approved without a change, and only this step asked for a"
            " look. Let it send what no check objects to.",
        )  # fmt: skip
    if one.unread and _from(how_touched, CHANGED_TOO_OFTEN):
        return _proposal(
            SuggestionKind.ASK_MORE, one, touched, how_touched,
            f"{one.edited + one.refused} of {one.judged} messages that a person read were changed or refused, while"
            f" {one.unread} left unread. Let a person read them all.",
        )  # fmt: skip
    return None


def about_threshold(one: ByScore) -> Proposal | None:
    """To write only from a higher score on, where those below it are refused clearly more often."""
    if min(one.below, one.above) < ENOUGH:
        return None
    below, above = Rate(one.refused_below, one.below), Rate(one.refused_above, one.above)
    how_below, how_above = intervals([below, above])
    if how_below is None or how_above is None or how_below.low <= how_above.high:
        return None
    return Proposal(
        kind=SuggestionKind.RAISE_THRESHOLD,
        group=one.group,
        about=one.name,
        sentence=(
            f"Below a score of {one.score}, {one.refused_below} of {one.below} messages were refused; from it on,"
            f" {one.refused_above} of {one.above}. Let the playbook begin at {one.score}."
        ),
        evidence={
            "figures": [
                {"what": f"Refused below {one.score}", "count": one.refused_below, "of": one.below,
                 "between": how_below.words},
                {"what": f"Refused from {one.score} on", "count": one.refused_above, "of": one.above,
                 "between": how_above.words},
            ],
        },
    )  # fmt: skip


def _from(found: Interval | None, limit: float) -> bool:
    return found is not None and found.low >= limit


def _proposal(kind: SuggestionKind, one: Learned, rate: Rate, found: Interval | None, sentence: str) -> Proposal:
    shares = {
        "Approved without a change": one.unchanged,
        "Approved with changes": one.edited,
        "Refused": one.refused,
    }
    return Proposal(
        kind=kind,
        group=one.group,
        about=one.name,
        sentence=sentence,
        template_id=one.template_id,
        evidence={
            "share": rate.words,
            "between": found.words if found is not None else "",
            "figures": [{"what": what, "count": count, "of": one.judged} for what, count in shares.items()],
            "reasons": list(one.reasons),
        },
    )


# --- the wording that is approved instead -----------------------------------------------------------------------------

_PLACEHOLDER = re.compile(r"\{(?P<name>[a-z][a-z0-9_]*)(?:\|[^{}|\n]*)?\}")
#: A value of one letter stands in too many words to be put back.
_SHORTEST_VALUE = 2


def with_placeholders(wording: str, said: str, text: str) -> str | None:
    """A text of one person as wording for all: what the template filled in becomes its placeholder again.

    ``wording`` is the template, ``said`` what it made of it for this person, ``text`` what was approved. None where it
    cannot be told what was filled in.
    """
    values: dict[str, str] = {}
    lines, filled = wording.strip().split("\n"), said.strip().split("\n")
    if len(lines) != len(filled):
        return None
    for line, seen in zip(lines, filled, strict=True):
        found = re.fullmatch(_pattern(line), seen)
        if found is None:
            return None
        for mark, value in zip(_PLACEHOLDER.finditer(line), found.groups(), strict=True):
            if len(value.strip()) >= _SHORTEST_VALUE:
                values.setdefault(value.strip(), mark[0])
    if not values:
        return text
    # The longest first: a whole name before its first word.
    alternatives = "|".join(re.escape(value) for value in sorted(values, key=len, reverse=True))
    return re.sub(rf"(?<!\w)(?:{alternatives})(?!\w)", lambda match: values[match[0]], text)


def _pattern(line: str) -> str:
    parts, position = [], 0
    for mark in _PLACEHOLDER.finditer(line):
        # A placeholder without a value takes the blank before it away.
        parts.append(re.escape(line[position : mark.start()].rstrip(" ")) + "( ?.*?)")
        position = mark.end()
    return "".join(parts) + re.escape(line[position:].rstrip())


def most_typical(texts: Sequence[str]) -> str:
    """The text that is nearest to all the others, by the words they share; of equals the first. Empty without any."""
    bags = [Counter(text.split()) for text in texts]

    def distance(bag: Counter[str]) -> int:
        return sum(((bag - other) + (other - bag)).total() for other in bags)

    return texts[min(range(len(texts)), key=lambda place: distance(bags[place]))] if texts else ""
