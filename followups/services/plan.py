"""What a decision changes for a lead. Pure: no database, so that every case is a row of a test table.

`make_plan` compares what was decided with what already stands. An empty plan means that a sweep has nothing to do, and
that is what makes a second sweep harmless.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from contacts.states import Direction, TouchKind
from followups.evidence import LEFT, PENDING, Gathered, LeadFacts, StandingAttempt
from followups.rules import CadenceRules, Decision, Evidence, SlowTouch, UsefulReason, step_rules
from followups.states import DecisionKind, DecisionReason, Disposition, StepKind
from outreach.states import DraftStatus

_NO_ANSWER = frozenset({TouchKind.OUT_OF_OFFICE.value, TouchKind.AUTO_REPLY.value})

#: Dispositions after which nothing is written however they came about, until the contact writes again.
_ALWAYS_FINAL = frozenset({Disposition.NO_RESPONSE.value, Disposition.DOCUMENTED.value})

#: Rows of the table that put a message off and say no more: out of office, paused, too soon after our last touch.
_ONLY_WAIT = frozenset({4, 8})

_STOPPED: dict[str, str] = {
    DecisionReason.WON: Disposition.WON.value,
    DecisionReason.LOST: Disposition.LOST.value,
    DecisionReason.EXPIRED: Disposition.EXPIRED.value,
}


@dataclass(frozen=True, slots=True)
class Plan:
    """What is to be written for one lead.

    `withdraw` are attempts whose drafts are not wanted any more. `ends_with` is the disposition the open sequence ends
    with. `disposition` is the lead's new one: empty clears it, None leaves it; `why` says why where the decision does
    not. `position` is the attempt's place in its sequence when a draft is to be made, else None.
    """

    store: bool
    withdraw: tuple[StandingAttempt, ...] = ()
    ends_with: str | None = None
    disposition: str | None = None
    position: int | None = None
    why: str = ""

    @property
    def is_empty(self) -> bool:
        nothing_else = self.ends_with is None and self.disposition is None and self.position is None
        return nothing_else and not self.store and not self.withdraw


def make_plan(
    lead: Gathered,
    decision: Decision,
    cadence: CadenceRules,
    digest: str,
    now: datetime,
    *,
    slow: SlowTouch | None = None,
    over: str = "",
) -> Plan:
    """What this decision changes, given what stands. `slow` is the nurture message to write, `over` why nurture ends.

    A lead in nurture stays there while the table only waits: a message of ours that is still fresh, a pause and an
    absence say nothing about whether they fit later.
    """
    facts = lead.facts
    closed = is_closed(facts, lead.evidence, now)
    message = _message(facts, decision, cadence, slow) if slow is not None or not (closed or over) else None
    kept = [attempt for attempt in facts.attempts if message is not None and _is_the_same(attempt, facts, message)]
    unwanted = tuple(
        attempt
        for attempt in facts.attempts
        if attempt not in kept
        and (attempt.status in PENDING or (attempt.status == DraftStatus.FAILED and not attempt.withdrawn))
    )
    disposition = None if closed or _rests(facts, decision) else disposition_of(decision)
    if over:
        disposition = Disposition.NO_RESPONSE.value
    return Plan(
        store=digest != facts.decision_digest,
        withdraw=unwanted,
        ends_with=_ends_with(decision) if facts.sequence_id is not None else None,
        disposition=disposition if disposition != facts.disposition else None,
        position=message.position if message is not None and not kept else None,
        why=over,
    )


def is_closed(facts: LeadFacts, evidence: Evidence, now: datetime) -> bool:
    """Whether somebody, or a sent closing note, closed this lead and the contact has not written since.

    What a sweep itself put down (nurture, recycle, stopped) closes nothing: it follows from the facts and goes with
    them.
    """
    if facts.disposition_at is None or not (facts.disposition in _ALWAYS_FINAL or facts.disposition_by_person):
        return False
    return not any(
        touch.direction == Direction.IN and touch.kind not in _NO_ANSWER and facts.disposition_at < touch.at <= now
        for touch in evidence.touches
    )


def disposition_of(decision: Decision) -> str:
    """What the lead's disposition follows from the decision; empty while it is being followed up or waits."""
    if decision.kind is DecisionKind.STOP:
        return _STOPPED.get(decision.reasons[0], Disposition.STOPPED.value)
    if decision.kind is DecisionKind.NURTURE:
        return Disposition.NURTURE.value
    if decision.kind is DecisionKind.RECYCLE:
        return Disposition.RECYCLE.value
    return ""


def _ends_with(decision: Decision) -> str | None:
    """The disposition that the open sequence ends with; None keeps it open."""
    if decision.kind is DecisionKind.STAND_DOWN and decision.reasons[:1] == (DecisionReason.REPLIED.value,):
        return Disposition.HANDED_OVER.value
    return disposition_of(decision) or None


def _rests(facts: LeadFacts, decision: Decision) -> bool:
    """Whether a lead that is in nurture only waits: rows 4 and 8 of the table."""
    return facts.disposition == Disposition.NURTURE and decision.rule in _ONLY_WAIT


@dataclass(frozen=True, slots=True)
class _Message:
    """The message that is wanted. One of nurture may belong to any sequence of the lead, for all of them are over."""

    kind: str
    position: int
    channel: str
    useful_reason: UsefulReason | None


def _message(facts: LeadFacts, decision: Decision, cadence: CadenceRules, slow: SlowTouch | None) -> _Message | None:
    if slow is not None:
        nurture = StepKind.NURTURE.value
        taken = [one.position for one in facts.attempts if one.kind == nurture and one.status in LEFT]
        return _Message(nurture, max(taken, default=0) + 1, slow.channel, slow.useful_reason)
    if not decision.drafts or decision.channel is None:
        return None
    position = _position(facts, decision, cadence)
    return _Message(kind_of(decision), position, decision.channel, decision.useful_reason)


def _position(facts: LeadFacts, decision: Decision, cadence: CadenceRules) -> int:
    """The attempt's place in its sequence: the step's own, or the next free one.

    They differ when the first message of a sequence is itself the opening of the silence: it is no attempt by the
    rules, yet its place is taken.
    """
    step = step_rules(decision, cadence)
    wished = step.position if step is not None else decision.attempts + 1
    taken = [
        attempt.position
        for attempt in facts.attempts
        if attempt.sequence_id == facts.sequence_id
        and not attempt.withdrawn
        and attempt.kind == kind_of(decision)
        and attempt.status in LEFT
    ]
    return max([wished, *(position + 1 for position in taken)])


def kind_of(decision: Decision) -> str:
    """The kind of step a drafting decision asks for."""
    return (StepKind.CLOSE_LOOP if decision.kind is DecisionKind.CLOSE_OUT else StepKind.FOLLOW_UP).value


def _is_the_same(attempt: StandingAttempt, facts: LeadFacts, message: _Message) -> bool:
    """Whether a draft that waits, or could not be delivered, is still the one wanted. Its words may be a person's."""
    permission = facts.permissions.get(attempt.channel)
    return (
        not attempt.withdrawn
        and (attempt.status in PENDING or attempt.status == DraftStatus.FAILED)
        and (attempt.sequence_id == facts.sequence_id or message.kind == StepKind.NURTURE)
        and attempt.kind == message.kind
        and attempt.position == message.position
        and attempt.evidence_key == (message.useful_reason.key if message.useful_reason is not None else "")
        and attempt.channel == message.channel
        and permission is not None
        and attempt.address == permission.address
    )


def answer_of(decision: Decision, review_reasons: tuple[str, ...]) -> dict[str, Any]:
    """The decision as it is stored, in the words of the model's fields."""
    return {
        "trigger": "" if decision.trigger is None else decision.trigger.value,
        "decision": decision.kind.value,
        "rule": decision.rule,
        "reasons": list(decision.reasons),
        "attempts": decision.attempts,
        "step": decision.step,
        "channel": decision.channel or "",
        "due_at": decision.due_at,
        "review_reasons": list(review_reasons),
    }


def digest_of(evidence: dict[str, Any], answer: dict[str, Any], version_id: int) -> str:
    """SHA-256 of evidence, answer and cadence version, in hex: equal exactly when nothing new was found or decided."""
    due_at = answer["due_at"]
    content = [evidence, {**answer, "due_at": None if due_at is None else due_at.isoformat()}, version_id]
    return hashlib.sha256(json.dumps(content, sort_keys=True, separators=(",", ":")).encode()).hexdigest()
