"""The slow rhythm of those who may fit later: rarely a message, never without something to say, and not for ever.

It begins where the decision table says nurture (followups.md rows 9 and 10), or where a person moved a lead there. It
changes nothing in what the table decides, so the row of `check_silence` stays as it is.
"""

from dataclasses import dataclass, replace
from datetime import UTC, datetime

from followups.rules.cadence import CadenceRules, StepRules
from followups.rules.decide import Decision, open_channels
from followups.rules.evidence import Evidence
from followups.rules.reasons import UsefulReason, find_reason, say_moment
from followups.rules.review import is_high_value, merge_review_reasons
from followups.rules.silence import Silence, days_after, read_silence
from followups.states import DecisionKind, ReviewPolicy, ReviewReason, StepKind

#: Rows of the table that are only reached by leads to whom one may write: rows 1 to 8 stop, wait or ask first.
_FREE_FROM = 9


@dataclass(frozen=True, slots=True)
class SlowTouch:
    """A nurture message that may be written now.

    `number` is its place among the nurture messages of this silence, from 1. `due_at` is when the rhythm allowed it;
    None where nothing of ours ever went to them. `review_reasons` are those known before a word is written; a person
    reads every one of these messages.
    """

    step: StepRules
    useful_reason: UsefulReason
    channel: str
    number: int
    due_at: datetime | None
    review_reasons: tuple[str, ...]
    why: str


@dataclass(frozen=True, slots=True)
class NurtureState:
    """How far the slow rhythm is: messages of it in this silence, our latest touch of any kind, and the next moment."""

    sent: int
    most: int
    last_at: datetime | None
    not_before: datetime | None


def nurture_state(evidence: Evidence, cadence: CadenceRules, now: datetime) -> NurtureState:
    """Where the rhythm stands at `now`. An answer, or being taken back, begins the count anew."""
    return _state(evidence, cadence, read_silence(evidence, now))


def slow_touch(
    evidence: Evidence, cadence: CadenceRules, decision: Decision, now: datetime, *, chosen: bool = False
) -> SlowTouch | None:
    """The nurture message to write now; None while it is too soon, there is nothing to say, or enough were sent.

    `decision` must be the table's for the same evidence and moment. `chosen` says that a person moved the lead to
    nurture, whatever the table would do with it; what stops, waits or has to be checked still comes first. Any of the
    seven useful reasons will do. The word limit is that of the last follow-up; the pressure always leaves the door
    open.
    """
    if not _is_in_nurture(decision, chosen=chosen):
        return None
    silence = read_silence(evidence, now)
    state = _state(evidence, cadence, silence)
    if state.sent >= state.most or (state.not_before is not None and state.not_before > silence.now):
        return None
    useful, channels, last = find_reason(evidence, silence), open_channels(evidence, cadence), _last_step(cadence)
    if useful is None or not channels or last is None:
        return None
    number = state.sent + 1
    step = replace(
        last,
        position=number,
        kind=StepKind.NURTURE.value,
        pressure=1,
        reason_kinds=(),
        review_policy=ReviewPolicy.ALWAYS.value,
    )
    return SlowTouch(
        step=step,
        useful_reason=useful,
        channel=step.channel if step.channel in channels else channels[0],
        number=number,
        due_at=state.not_before,
        review_reasons=merge_review_reasons(_known(evidence, cadence), (), ReviewPolicy.ALWAYS),
        why=f"They are in nurture. This would be message {number} of at most {state.most}, and there is {useful.what}.",
    )


def nurture_over(
    evidence: Evidence, cadence: CadenceRules, decision: Decision, now: datetime, *, chosen: bool = False
) -> str:
    """Why nurture ends without an answer, in a sentence; empty while it goes on.

    The last message gets as long for an answer as any before it. A cadence that sends none in nurture ends nothing.
    """
    if not _is_in_nurture(decision, chosen=chosen):
        return ""
    state = nurture_state(evidence, cadence, now)
    if not state.most or state.sent < state.most or state.last_at is None or state.not_before is None:
        return ""
    if state.not_before > now:
        return ""
    times = {1: "one message", 2: "two messages"}.get(state.sent, f"{state.sent} messages")
    return f"Nurture ended: {times}, the last on {say_moment(state.last_at)}, and no answer."


def _is_in_nurture(decision: Decision, *, chosen: bool) -> bool:
    return decision.kind is DecisionKind.NURTURE or (chosen and decision.rule >= _FREE_FROM)


def _state(evidence: Evidence, cadence: CadenceRules, silence: Silence) -> NurtureState:
    since = silence.counted_from
    sent = sum(
        1
        for attempt in evidence.attempts
        if attempt.kind == StepKind.NURTURE and since is not None and since < attempt.at <= silence.now
    )
    last_at = silence.latest_ours
    not_before = None if last_at is None else days_after(last_at, cadence.nurture_every_days).astimezone(UTC)
    return NurtureState(sent, cadence.nurture_most, last_at, not_before)


def _last_step(cadence: CadenceRules) -> StepRules | None:
    follow_ups = [step for step in cadence.steps if step.kind == StepKind.FOLLOW_UP]
    return max(follow_ups, key=lambda step: step.position, default=None)


def _known(evidence: Evidence, cadence: CadenceRules) -> list[str]:
    found = [ReviewReason.SECOND_SILENCE.value]
    if evidence.strategic:
        found.append(ReviewReason.STRATEGIC.value)
    if is_high_value(evidence.value, cadence.high_value_threshold):
        found.append(ReviewReason.HIGH_VALUE.value)
    return found
