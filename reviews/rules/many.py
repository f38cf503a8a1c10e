"""Which messages may be approved together (mission.md 6.2): nothing is approved that nobody has read.

Pure: what is known of each message comes in, and why it may not be among the many comes out.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

#: As many as anybody can still answer for at once.
MOST_AT_ONCE = 100
#: Of a wording that nobody changed, so many messages are read at least, and one in so many of those that are chosen.
FEWEST_READ, ONE_IN = 3, 10

#: What asks for a person by itself, and how that is said of one message.
ALONE = {
    "close_loop": "It closes a conversation. Such a message is approved by itself.",
    "strategic": "The account is strategic. Its messages are approved one by one.",
    "high_value": "The deal is of high value. Its messages are approved one by one.",
    "offer": "It makes an offer. Such a message is approved by itself.",
}

#: The rule as the page says it.
THE_RULE = (
    "No check asks for a look at it.",
    "It is no closing message and no offer, its account is not strategic, its value is not high, and nobody changed a "
    "price in it.",
    f"You have read it. Or nobody changed its wording, and of that wording you have read at least {FEWEST_READ} "
    f"messages and one for every {ONE_IN} that you approve here.",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """One message that is to be approved with others.

    ``findings`` are the severities of what the checks say about its text now. ``wording`` names the wording it was
    made from, while its text is still exactly that; empty once anybody or a language model changed it. ``opened`` says
    that whoever approves had this text on the screen.
    """

    id: int
    findings: frozenset[str] = frozenset()
    review_reasons: frozenset[str] = frozenset()
    closes: bool = False
    price_edited: bool = False
    wording: str = ""
    opened: bool = False


def why_not_together(chosen: Sequence[Candidate], read_of_wording: dict[str, int]) -> dict[int, str]:
    """Why each of the chosen may not be approved with the others, by id; what may be is not named.

    ``read_of_wording`` says how many messages with just this wording whoever approves has read lately, those that are
    chosen and read among them.
    """
    alone = {one.id: why for one in chosen if (why := why_alone(one))}
    rest = [one for one in chosen if one.id not in alone]
    wanted = Counter(one.wording for one in rest if one.wording)
    refused = dict(alone)
    for one in rest[:MOST_AT_ONCE]:
        if one.opened:
            continue
        if not one.wording:
            refused[one.id] = "Somebody changed the text, and you have not read it. Open it first."
        elif missing := missing_reads(wanted[one.wording], read_of_wording.get(one.wording, 0)):
            more = "one more message" if missing == 1 else f"{missing} more messages"
            refused[one.id] = f"Read it, or {more} with this wording."
    for one in rest[MOST_AT_ONCE:]:
        refused[one.id] = f"At most {MOST_AT_ONCE} are approved at once. Approve the others first."
    return refused


def why_alone(one: Candidate) -> str:
    """Why this message is approved by itself or not at all, however much of it was read; empty where it is not so."""
    if "block" in one.findings:
        return "A check stops this text. Open it and change the text."
    if "review" in one.findings:
        return "A check asks for a look at it. Open it and decide."
    reasons = one.review_reasons | ({"close_loop"} if one.closes else set())
    for code, why in ALONE.items():
        if code in reasons:
            return why
    return "Somebody changed a price in it. Such a message is approved by itself." if one.price_edited else ""


def missing_reads(chosen: int, read: int) -> int:
    """How many more messages of a wording are to be read before ``chosen`` of them may be approved together."""
    return max(max(FEWEST_READ, math.ceil(chosen / ONE_IN)) - read, 0)
