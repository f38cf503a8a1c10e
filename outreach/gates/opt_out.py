"""Every message says how to make it the last one: a link in e-mail, STOP in a text message (mission.md 5.2 and 5.4)."""

import re

from contacts.states import Channel
from outreach.gates.facts import BODY, Finding, MessageFacts, Span
from outreach.rendering import UNSUBSCRIBE_TOKEN
from outreach.states import Severity

ID = "opt_out"

LONGEST_LINE = 200  # characters; the line does not count as text, so no text may hide in it
_VERB = r"(?:repl(?:y|ies)|text|send|answer|antwort|schick|répon|envoy|respond|env[ií]|antwoord|stuur)"
_STOP = re.compile(rf"(?i:\b{_VERB})[^.\n]{{0,40}}\bSTOP\b|\bSTOP\b[^.\n]{{0,40}}(?i:\b{_VERB})")


def check(facts: MessageFacts) -> list[Finding]:
    """Block an e-mail without the unsubscribe mark in its last line, and a text message that does not name STOP."""
    if facts.channel == Channel.SMS and not _STOP.search(facts.body):
        message = "The text does not say how to stop. Add “Reply STOP to stop.” at the end."
        return [Finding(ID, Severity.BLOCK, message)]
    if facts.channel != Channel.EMAIL:
        return []
    end = len(facts.body.rstrip())
    start = facts.body.rfind("\n", 0, end) + 1
    if UNSUBSCRIBE_TOKEN not in facts.body[start:end]:
        message = f"The unsubscribe line is missing. Put it back as the last line; it must hold {UNSUBSCRIBE_TOKEN}."
        return [Finding(ID, Severity.BLOCK, message)]
    if end - start > LONGEST_LINE:
        message = "The unsubscribe line holds other text. Put it on a line of its own, after the name."
        return [Finding(ID, Severity.BLOCK, message, (Span(BODY, start, end),))]
    return []
