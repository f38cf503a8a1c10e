"""Say something new: a message much like an earlier one is a nudge (mission.md 5.2)."""

import re

from rapidfuzz import fuzz

from outreach.gates.facts import BODY, Finding, MessageFacts, Span
from outreach.gates.phrases import fold
from outreach.rendering import core_span
from outreach.states import Severity

ID = "near_repeat"

BLOCK_FROM = 90.0  # of 100: the same words, reordered or with a few changed
REVIEW_FROM = 75.0
# Below this many different words, sharing most of them says little.
FEWEST_WORDS_AS_SET = 12
_NO_WORD = re.compile(r"[^\w']|_")


def check(facts: MessageFacts) -> list[Finding]:
    """Compare with every earlier message, without greeting, sign-off and opt-out line; the most alike one counts."""
    if not facts.earlier_messages:
        return []
    start, end = core_span(facts.body)
    text = _words(facts.body[start:end])
    if not text:
        return []
    alike = max((likeness(text, folded_core(earlier)) for earlier in facts.earlier_messages), default=0.0)
    if alike < REVIEW_FROM:
        return []
    severity = Severity.BLOCK if alike >= BLOCK_FROM else Severity.REVIEW
    message = (
        f"This says nearly the same as an earlier message ({alike:.0f} of 100 alike)."
        " Say something new, or do not write."
    )
    return [Finding(ID, severity, message, (Span(BODY, start, end),))]


def likeness(text: str, earlier: str) -> float:
    """0 to 100 between two texts of folded words: by letters, in any order, and as sets when both are long enough."""
    if not text or not earlier:
        return 0.0
    best = max(fuzz.ratio(text, earlier), fuzz.token_sort_ratio(text, earlier))
    if min(len(set(text.split())), len(set(earlier.split()))) >= FEWEST_WORDS_AS_SET:
        best = max(best, fuzz.token_set_ratio(text, earlier))
    return float(best)


def folded_core(body: str) -> str:
    """The words of a message without greeting, sign-off and opt-out line, as two messages are compared."""
    start, end = core_span(body)
    return _words(body[start:end])


def _words(text: str) -> str:
    """Only letters and digits, so that other commas or line breaks do not make a text new."""
    return " ".join(_NO_WORD.sub(" ", fold(text).text).split())
