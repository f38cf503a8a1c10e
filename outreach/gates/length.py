"""Later is shorter: the words of the step, the segments of a text message, and what fits a subject or a push message.

The words and segments are those of followups.md; what a telephone shows of a push message is cut without mercy.
"""

from contacts.states import HEADING_OF_CHANNEL, Channel
from outreach.gates.facts import BODY, SUBJECT, Finding, MessageFacts, Span
from outreach.rendering import core_span, plain_words, sms_segments, text_end
from outreach.states import Severity

ID = "length"

MOST_SMS_SEGMENTS = 3
LONGEST_SUBJECT = 78  # characters; RFC 5322 2.1.1, and phones show fewer
LONGEST_PUSH_TITLE = 60  # characters; what telephones show of one
LONGEST_PUSH_TEXT = 180
TOLERANCE = 1.25  # up to a quarter over the step's limit a person may let it pass


def check(facts: MessageFacts) -> list[Finding]:
    """Block an empty or far too long text, ask for review of a little too long one, note a long subject."""
    return [*_subject(facts), *_words(facts), *_segments(facts), *_push(facts)]


def _subject(facts: MessageFacts) -> list[Finding]:
    if facts.channel not in HEADING_OF_CHANNEL:
        return []
    name = HEADING_OF_CHANNEL[facts.channel].lower()
    if not facts.subject.strip():
        return [Finding(ID, Severity.BLOCK, f"The {name} is missing. Say in a few words what the message is about.")]
    length = len(facts.subject)
    if length <= LONGEST_SUBJECT or facts.channel == Channel.PUSH:
        return []
    message = f"The {name} has {length} characters. Above {LONGEST_SUBJECT} many programs cut it."
    return [Finding(ID, Severity.NOTE, message, (Span(SUBJECT, LONGEST_SUBJECT, length),))]


def _words(facts: MessageFacts) -> list[Finding]:
    start, end = core_span(facts.body)
    if not facts.body[start:end].strip():
        return [Finding(ID, Severity.BLOCK, "The message is empty. Write a text, or withdraw the draft.")]
    if not facts.word_limit:
        return []
    words = plain_words(facts.body)
    if words <= facts.word_limit:
        return []
    far = facts.channel != Channel.EMAIL or words > facts.word_limit * TOLERANCE
    message = (
        f"The message has {words} words; this step allows {facts.word_limit}. Take out {words - facts.word_limit}."
    )
    return [Finding(ID, Severity.BLOCK if far else Severity.REVIEW, message, (Span(BODY, 0, text_end(facts.body)),))]


def _segments(facts: MessageFacts) -> list[Finding]:
    if facts.channel != Channel.SMS:
        return []
    segments = sms_segments(facts.body)
    if segments <= MOST_SMS_SEGMENTS:
        return []
    message = (
        f"The text takes {segments} segments; {MOST_SMS_SEGMENTS} are allowed. Shorten it."
        " Letters and marks outside the plain set make it longer."
    )
    return [Finding(ID, Severity.BLOCK, message, (Span(BODY, 0, len(facts.body)),))]


def _push(facts: MessageFacts) -> list[Finding]:
    if facts.channel != Channel.PUSH:
        return []
    findings = []
    for field, text, name, most in (
        (SUBJECT, facts.subject, "title", LONGEST_PUSH_TITLE),
        (BODY, facts.body, "text", LONGEST_PUSH_TEXT),
    ):
        if len(text) > most:
            message = f"The {name} has {len(text)} characters; a push message may have {most}. Shorten it."
            findings.append(Finding(ID, Severity.BLOCK, message, (Span(field, most, len(text)),)))
    return findings
