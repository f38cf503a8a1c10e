"""A reason or nothing: time that went by is not one (mission.md 4.3). Closing the loop needs none."""

import re

from outreach.gates.facts import Finding, MessageFacts
from outreach.states import DraftKind, Severity

ID = "reason"

# Whole words only: a word that could be read in two ways would make the search explode.
_TIME_ALONE = re.compile(
    r"\W*(?:\b(?:it|there|they|we|she|he|lead|has|have|had|s|is|was|been|now|already|just|only|over|about|almost|more|than"
    r"|quiet|silent|no|without|any|answer|reply|response|news|contact|silence|for|since|after|elapsed|passed|went|by|gone"
    r"|ago|of|our|the|my|last|message|touch|e-?mail|a|an|one|two|three|four|five|six|seven|eight|nine|ten|few|some"
    r"|several|many|\d+|hours?|days?|weeks?|months?|while|long|time|and|still|nothing|wait|waiting|period)\b\W*)+",
    re.IGNORECASE,
)
_TIME_WORD = re.compile(
    r"\b(?:hours?|days?|weeks?|months?|while|time|silence|silent|quiet|wait(?:ing)?)\b", re.IGNORECASE
)
_LONGEST_WORTH_LOOKING_AT = 120


def check(facts: MessageFacts) -> list[Finding]:
    """Block a follow-up whose reason is missing or is nothing but elapsed time."""
    if facts.kind == DraftKind.CLOSE_LOOP:
        return []
    text = facts.reason_text.strip()
    if not facts.reason_kind.strip() or not text:
        message = "There is no useful reason to write. Name one that is new to them, or let the lead rest."
        return [Finding(ID, Severity.BLOCK, message)]
    if len(text) <= _LONGEST_WORTH_LOOKING_AT and _TIME_WORD.search(text) and _TIME_ALONE.fullmatch(text):
        message = "The reason says only that time went by. Name something that is useful to them, or let the lead rest."
        return [Finding(ID, Severity.BLOCK, message)]
    return []
