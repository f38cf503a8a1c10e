"""The gates: each looks at one thing in one message and says what is wrong, where, and what to do.

They run on every draft and again after every edit. A gate is a file with an ``ID`` and a pure
``check(facts) -> list[Finding]``; the order here is the order in which findings are shown.
"""

from collections.abc import Callable, Mapping

from outreach.gates import (
    checking_in,
    colleague,
    commitment,
    consent,
    falling,
    first_promise,
    guilt,
    language,
    length,
    links,
    near_repeat,
    opt_out,
    personal_data,
    plain_sms,
    reason,
    tone,
    unfilled,
)
from outreach.gates.facts import (
    BODY,
    SUBJECT,
    ColleagueMessage,
    Finding,
    MessageFacts,
    Span,
    asks_review,
    blocks,
)
from outreach.gates.phrasebook import OwnPhrase, Phrasebook

Gate = Callable[[MessageFacts], list[Finding]]

GATES: tuple[tuple[str, Gate], ...] = (
    (consent.ID, consent.check),
    (reason.ID, reason.check),
    (checking_in.ID, checking_in.check),
    (guilt.ID, guilt.check),
    (commitment.ID, commitment.check),
    (first_promise.ID, first_promise.check),
    (links.ID, links.check),
    (personal_data.ID, personal_data.check),
    (unfilled.ID, unfilled.check),
    (length.ID, length.check),
    (falling.ID, falling.check),
    (plain_sms.ID, plain_sms.check),
    (tone.ID, tone.check),
    (language.ID, language.check),
    (near_repeat.ID, near_repeat.check),
    (colleague.ID, colleague.check),
    (opt_out.ID, opt_out.check),
)

# What a gate is called on the screen.
GATE_NAMES: Mapping[str, str] = {
    consent.ID: "Consent",
    reason.ID: "Useful reason",
    checking_in.ID: "Checking in",
    guilt.ID: "Guilt",
    commitment.ID: "Promise or pressure",
    first_promise.ID: "Promise in a first message",
    links.ID: "Links",
    personal_data.ID: "Personal data",
    unfilled.ID: "Left to fill in",
    length.ID: "Length",
    falling.ID: "Shorter and quieter than before",
    plain_sms.ID: "Plain letters in a text message",
    tone.ID: "Tone",
    language.ID: "Their language",
    near_repeat.ID: "Repeats an earlier message",
    colleague.ID: "Colleagues",
    opt_out.ID: "Way to opt out",
}


def check_all(facts: MessageFacts) -> list[Finding]:
    """Every finding of every gate, in the order of ``GATES``; the same facts always give the same findings."""
    return [finding for _, check in GATES for finding in check(facts)]


__all__ = [
    "BODY",
    "GATES",
    "GATE_NAMES",
    "SUBJECT",
    "ColleagueMessage",
    "Finding",
    "Gate",
    "MessageFacts",
    "OwnPhrase",
    "Phrasebook",
    "Span",
    "asks_review",
    "blocks",
    "check_all",
]
