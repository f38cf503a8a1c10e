"""The gates: each looks at one thing in one message and says what is wrong, where, and what to do.

They run on every draft and again after every edit. A gate is a file with an ``ID`` and a pure
``check(facts) -> list[Finding]``; the order here is the order in which findings are shown.
"""

from collections.abc import Callable, Mapping

from outreach.gates import (
    checking_in,
    commitment,
    consent,
    guilt,
    length,
    near_repeat,
    opt_out,
    reason,
    unfilled,
)
from outreach.gates.facts import BODY, SUBJECT, Finding, MessageFacts, Span, asks_review, blocks

Gate = Callable[[MessageFacts], list[Finding]]

GATES: tuple[tuple[str, Gate], ...] = (
    (consent.ID, consent.check),
    (reason.ID, reason.check),
    (checking_in.ID, checking_in.check),
    (guilt.ID, guilt.check),
    (commitment.ID, commitment.check),
    (unfilled.ID, unfilled.check),
    (length.ID, length.check),
    (near_repeat.ID, near_repeat.check),
    (opt_out.ID, opt_out.check),
)

# What a gate is called on the screen.
GATE_NAMES: Mapping[str, str] = {
    consent.ID: "Consent",
    reason.ID: "Useful reason",
    checking_in.ID: "Checking in",
    guilt.ID: "Guilt",
    commitment.ID: "Promise or pressure",
    unfilled.ID: "Left to fill in",
    length.ID: "Length",
    near_repeat.ID: "Repeats an earlier message",
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
    "Finding",
    "Gate",
    "MessageFacts",
    "Span",
    "asks_review",
    "blocks",
    "check_all",
]
