"""Letters and marks that a text message is not made for: each shortens its segments from 160 characters to 70."""

from contacts.states import Channel
from outreach.gates.facts import BODY, Finding, MessageFacts, Span, quoted_words
from outreach.rendering import is_plain_sms, sms_segments
from outreach.states import Severity

ID = "plain_sms"


def check(facts: MessageFacts) -> list[Finding]:
    """Note each character outside the set of GSM 03.38 and what they cost together.

    Where somebody typed them and they make it more segments, a person looks. In names and in the approved wording they
    are only noted.
    """
    if facts.channel != Channel.SMS or is_plain_sms(facts.body):
        return []
    places = [position for position, char in enumerate(facts.body) if not is_plain_sms(char)]
    spans = tuple(Span(BODY, position, position + 1) for position in places)
    now = sms_segments(facts.body)
    plain = sms_segments("".join(char if is_plain_sms(char) else "x" for char in facts.body))
    typed = any(facts.body[position] not in f"{facts.approved_text}{facts.recipient_first_name}" for position in places)
    severity = Severity.REVIEW if now > plain and typed else Severity.NOTE
    cost = f"With them the text takes {_segments(now)}, without them {_segments(plain)}."
    advice = (
        "Write plain letters and marks instead." if now > plain else "They cost nothing as long as it stays so short."
    )
    return [Finding(ID, severity, f"{quoted_words(facts, spans)} is outside the plain set. {cost} {advice}", spans)]


def _segments(number: int) -> str:
    return "1 segment" if number == 1 else f"{number} segments"
