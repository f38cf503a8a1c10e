"""One voice: what a colleague sent them lately is not sent again, and not talked over (mission.md 5.2)."""

from outreach.gates.facts import BODY, ColleagueMessage, Finding, MessageFacts, Span
from outreach.gates.near_repeat import folded_core, likeness
from outreach.rendering import core_span
from outreach.states import Severity

ID = "colleague"

ALIKE_FROM = 75.0  # of 100: to the reader it is the same message twice
DAYS_APART = 7  # within so many days two people of ours may write at cross purposes


def check(facts: MessageFacts) -> list[Finding]:
    """Block what a colleague already said to them; ask for review when a colleague wrote within a week."""
    if not facts.colleagues_messages:
        return []
    start, end = core_span(facts.body)
    text = folded_core(facts.body)
    alike = [(likeness(text, folded_core(one.text)), one) for one in facts.colleagues_messages]
    closest = max(alike, key=lambda pair: pair[0], default=None)
    if closest is not None and closest[0] >= ALIKE_FROM:
        who = f"{_name(closest[1])} wrote nearly the same to them on {closest[1].at}."
        message = f"{who} Talk to them first, or do not write."
        return [Finding(ID, Severity.BLOCK, message, (Span(BODY, start, end),) if start < end else ())]
    lately = [one for one in facts.colleagues_messages if one.days_ago <= DAYS_APART]
    if not lately:
        return []
    latest = min(lately, key=lambda one: one.days_ago)
    message = f"{_name(latest)} wrote to them on {latest.at}. Read it first, so that the two fit together."
    return [Finding(ID, Severity.REVIEW, message)]


def _name(one: ColleagueMessage) -> str:
    return one.by[:100] or "A colleague"
