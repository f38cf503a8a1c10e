"""Which messages would leave in the days after a moment, if nobody answered and nothing new happened. Pure."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from typing import TypeVar

from followups.rules.cadence import CadenceRules
from followups.rules.decide import Decision, decide, is_anything_planned
from followups.rules.evidence import Evidence, Note, SentAttempt, Touch
from followups.rules.nurture import nurture_state, slow_touch
from followups.rules.reasons import UsefulReason
from followups.rules.silence import days_after, find_trigger, moment_of, read_silence, trigger_moments
from followups.states import DecisionKind, StepKind

#: Four weeks.
DAYS = 28
_DAY = timedelta(days=1)
Dated = TypeVar("Dated", Touch, SentAttempt, Note)


@dataclass(frozen=True, slots=True)
class Leaving:
    """A message that leaves: what kind of step it is, and the reason it spends."""

    kind: StepKind
    useful_reason: UsefulReason | None


def forecast(
    evidence: Evidence, cadence: CadenceRules, decision: Decision, start: datetime, *, chosen: bool = False
) -> tuple[int, ...]:
    """The days, counted from 0, on which a message leaves: what deciding every 24 hours from `start` on would give.

    `decision` is the one at `start`; `chosen` says that a person moved the lead to nurture. Every message is taken to
    leave on the day it is asked for; the closing note is the last. A lead that is put off comes back on its date. What
    is dated after `start` has not happened yet, but plans and next steps stand. Instead of every day only those are
    looked at on which the answer can become another one.
    """
    known = known_at(evidence, start)
    days: list[int] = []
    day = 0
    while True:
        at = start + day * _DAY
        leaving = message_of(known, cadence, decision, at, chosen=chosen)
        if leaving is not None:
            days.append(day)
            if leaving.kind is StepKind.CLOSE_LOOP:
                return tuple(days)
            known = after_message(known, leaving, at)
            day += 1
        elif is_back(decision, at) and not chosen:
            known = woken(known, at)
        else:
            moment = _next_moment(known, cadence, decision, at, chosen=chosen)
            if moment is None:
                return tuple(days)
            day = max(day + 1, -((start - moment) // _DAY))
        if day >= DAYS:
            return tuple(days)
        decision = decide(known, cadence, start + day * _DAY)


def message_of(
    evidence: Evidence, cadence: CadenceRules, decision: Decision, at: datetime, *, chosen: bool
) -> Leaving | None:
    """The message that a decision asks for, or that the slow rhythm of nurture allows."""
    if chosen or decision.kind is DecisionKind.NURTURE:
        slow = slow_touch(evidence, cadence, decision, at, chosen=chosen)
        return None if slow is None else Leaving(StepKind.NURTURE, slow.useful_reason)
    if not decision.drafts or decision.channel is None:
        return None
    kind = StepKind.CLOSE_LOOP if decision.kind is DecisionKind.CLOSE_OUT else StepKind.FOLLOW_UP
    return Leaving(kind, decision.useful_reason)


def is_back(decision: Decision, at: datetime) -> bool:
    """Whether a lead that was put off is to come back at this moment."""
    return decision.kind is DecisionKind.RECYCLE and decision.due_at is not None and decision.due_at <= at


def woken(evidence: Evidence, at: datetime) -> Evidence:
    """The lead once it has come back: its attempts count anew."""
    return replace(evidence, woken_at=at, recycled=evidence.recycled + 1, recycle_on=None)


def after_message(evidence: Evidence, leaving: Leaving, at: datetime) -> Evidence:
    """The lead once a message has left: its reason is spent."""
    useful = leaving.useful_reason
    sent = SentAttempt(at, useful.kind.value if useful is not None else "", leaving.kind.value)
    return replace(
        evidence,
        attempts=(*evidence.attempts, sent),
        spent=evidence.spent if useful is None else evidence.spent | {useful.key},
    )


def known_at(evidence: Evidence, at: datetime) -> Evidence:
    """The evidence without anything that is dated later. What is only planned stays."""
    today = at.astimezone(UTC).date()
    changes: dict[str, object] = {}
    for name, pieces in (("touches", evidence.touches), ("attempts", evidence.attempts), ("notes", evidence.notes)):
        kept = _until(pieces, at)  # type: ignore[type-var]  # each of the three has a time
        if len(kept) < len(pieces):
            changes[name] = kept
    if any(event.at > at for event in evidence.engagements):
        changes["engagements"] = tuple(event for event in evidence.engagements if event.at <= at)
    if any(material.published_at > at for material in evidence.materials):
        changes["materials"] = tuple(one for one in evidence.materials if one.published_at <= at)
    for name, day in (("quote_sent_on", evidence.quote_sent_on), ("proposal_sent_on", evidence.proposal_sent_on)):
        if day is not None and day > today:
            changes[name] = None
    for name, moment in (("last_touch_at", evidence.last_touch_at), ("woken_at", evidence.woken_at)):
        if moment is not None and moment > at:
            changes[name] = None
    return replace(evidence, **changes) if changes else evidence  # type: ignore[arg-type]  # fields by their names


def _until(pieces: tuple[Dated, ...], at: datetime) -> tuple[Dated, ...]:
    return tuple(piece for piece in pieces if piece.at <= at)


def _next_moment(
    evidence: Evidence, cadence: CadenceRules, decision: Decision, now: datetime, *, chosen: bool
) -> datetime | None:
    """The first moment from `now` on at which a message could be asked for; None where that is never.

    By the row of the table that holds: nothing below it counts before it ends, and what may come to hold above it asks
    for no message either.
    """
    if decision.rule == 4:
        back = read_silence(evidence, now).away_until
        return None if back is None else moment_of(back)
    if decision.rule == 6:
        return _not_silent_until(evidence, cadence, now)
    if decision.rule >= 9 and (chosen or decision.kind is DecisionKind.NURTURE):
        allowed_at = nurture_state(evidence, cadence, now).not_before
        return allowed_at if allowed_at is not None and allowed_at > now else None
    if decision.rule == 8 or decision.kind is DecisionKind.RECYCLE:
        return decision.due_at
    if decision.rule == 10 and decision.kind is DecisionKind.WAIT:
        silence = read_silence(evidence, now)
        moments = [moment for moment in trigger_moments(evidence, cadence, silence) if moment > now]
        if silence.counted_from is not None:
            moments.append(days_after(silence.counted_from, cadence.max_days))
        if decision.due_at is not None:
            moments.append(decision.due_at)
        return min(moments, default=None)
    return None


def _not_silent_until(evidence: Evidence, cadence: CadenceRules, now: datetime) -> datetime | None:
    """When row 6 could end: what is agreed or planned is past, and a trigger holds."""
    today = now.astimezone(UTC).date()
    agreed: list[date] = []
    if evidence.next_step_on is not None and evidence.next_step_on >= today:
        agreed.append(evidence.next_step_on)
    if is_anything_planned(evidence, today):
        if any(one.at is None for one in evidence.planned):
            return None
        agreed += [one.at.astimezone(UTC).date() for one in evidence.planned if one.at is not None]
    if agreed:
        return days_after(moment_of(max(agreed)), 1)
    silence = read_silence(evidence, now)
    if find_trigger(evidence, cadence, silence) is not None:
        raise AssertionError("row 6 holds without a trigger, or with something ahead")
    return min((moment for moment in trigger_moments(evidence, cadence, silence) if moment > now), default=None)
