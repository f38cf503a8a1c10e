"""When a person must read a draft before it leaves."""

from collections.abc import Iterable
from decimal import Decimal

from followups.rules.cadence import CadenceRules
from followups.rules.evidence import Evidence
from followups.states import ReviewPolicy, ReviewReason

#: The gate that finds a touched price, offer, scope or urgency. Its finding is named `commitment`, not by the gate.
COMMITMENT_GATE = "commitment"

#: What the order of followups.md says, around the gates' own ids, which stand between `commitment` and `policy`.
_BEFORE_FINDINGS = tuple(
    reason.value for reason in ReviewReason if reason not in (ReviewReason.COMMITMENT, ReviewReason.POLICY)
)
#: What a step with the policy “never” does not ask for. Everything else always asks (mission.md 5.3).
_ROUTINE = frozenset({ReviewReason.FIRST_MESSAGE.value, ReviewReason.SECOND_SILENCE.value})


def is_high_value(value: Decimal | None, threshold: Decimal) -> bool:
    """Whether a deal is worth at least the cadence's threshold. An amount that is no number asks to be looked at."""
    return value is not None and (value.is_nan() or threshold.is_nan() or value >= threshold)


def reasons_from_evidence(
    evidence: Evidence, cadence: CadenceRules, *, attempts: int, closing: bool, policy: str
) -> tuple[str, ...]:
    """The review reasons that are known before a word is written, in the order of followups.md."""
    found: list[str] = []
    if closing:
        found.append(ReviewReason.CLOSE_LOOP.value)
    if evidence.strategic:
        found.append(ReviewReason.STRATEGIC.value)
    if is_high_value(evidence.value, cadence.high_value_threshold):
        found.append(ReviewReason.HIGH_VALUE.value)
    found.append(ReviewReason.FIRST_MESSAGE.value if attempts == 0 else ReviewReason.SECOND_SILENCE.value)
    return merge_review_reasons(found, (), policy)


def merge_review_reasons(known: Iterable[str], gate_ids: Iterable[str], policy: str) -> tuple[str, ...]:
    """Known reasons, the ids of gates that ask for review, and the step's policy, each once and in the fixed order.

    The commitment gate becomes `commitment`; other gates keep their own id and the order they were given in. `always`
    adds `policy`. `never` drops only what is asked of every message: close-loop, strategic and high-value drafts and
    every finding of a gate are still read by a person.
    """
    known, gate_ids = tuple(known), tuple(gate_ids)
    merged = [reason for reason in _BEFORE_FINDINGS if reason in known]
    if policy == ReviewPolicy.NEVER:
        merged = [reason for reason in merged if reason not in _ROUTINE]
    if COMMITMENT_GATE in gate_ids:
        merged.append(ReviewReason.COMMITMENT.value)
    merged.extend(gate for gate in dict.fromkeys(gate_ids) if gate != COMMITMENT_GATE)
    if policy == ReviewPolicy.ALWAYS:
        merged.append(ReviewReason.POLICY.value)
    return tuple(merged)
