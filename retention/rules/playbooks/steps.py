"""What comes next for somebody in a playbook: wait, do a step, leave one out, or end. Pure.

A step is due so long after the start, and is not done any more after its latest moment. At no time is there more than
one message or call of a playbook on its way to a person.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from contacts.states import Channel
from retention.rules.playbooks.channels import pick
from retention.rules.playbooks.facts import Person, Rules, Run, Step, UnderWay
from retention.rules.playbooks.world import DONE
from retention.rules.words import REASONS, UNJUDGED
from retention.states import (
    EnrolmentEnd,
    EnrolmentStatus,
    StepAudience,
    StepChannel,
    StepCondition,
    StepOutcome,
    StepPurpose,
    StepReview,
    ValueTier,
)

#: Between a text message and an e-mail after it, and before a person calls, in hours that really passed (mission.md
#: 3.3). Between any other two as well there is some time, so that a sweep that comes late does not do two at once.
SMS_TO_EMAIL: Final = timedelta(hours=12)
BEFORE_A_CALL: Final = timedelta(hours=48)
BETWEEN: Final = timedelta(hours=4)
#: While a message waits for a person, what would be due after it is looked at so often.
LOOK_AGAIN: Final = timedelta(hours=1)
#: So many parts of the score must speak against somebody to count as several signals.
SEVERAL: Final = 2


class MoveKind(StrEnum):
    WAIT = "wait"
    DO = "do"
    SKIP = "skip"
    MISS = "miss"
    WITHDRAW = "withdraw"
    END = "end"


@dataclass(frozen=True, slots=True, kw_only=True)
class Move:
    """What comes next. ``until`` is when to look again (WAIT), ``due_at`` when the step was due.

    WITHDRAW takes the step's message or call back before it left: ``outcome`` is MISSED when its latest moment passed,
    WITHDRAWN when it is not needed any more.
    """

    kind: MoveKind
    until: datetime | None = None
    step: Step | None = None
    due_at: datetime | None = None
    channel: Channel | None = None
    why: str = ""
    end: EnrolmentEnd | None = None
    outcome: StepOutcome | None = None


_TOO_LATE: Final = "It had not left when its window was over."


def next_move(under_way: UnderWay, rules: Rules, person: Person, now: datetime) -> Move:
    """What comes next for this enrolment. It waits to be let in, is under way, or is held out; ended ones have none.

    Paused, it waits until its time is over: then it ends, paused or not, so that nothing is in command for ever. Who is
    held out stays so to the end of the window, whatever happens: the comparison is of everybody who was drawn.
    """
    if under_way.status == EnrolmentStatus.HELD_OUT:
        if now >= under_way.expires_at:
            return _end(EnrolmentEnd.WINDOW)
        return Move(kind=MoveKind.WAIT, until=under_way.expires_at)
    if person.left:
        return _end(EnrolmentEnd.LEFT)
    if person.suppressed:
        return _end(EnrolmentEnd.SUPPRESSED)
    if under_way.started_at is None:
        return Move(kind=MoveKind.WAIT, until=under_way.expires_at)
    if under_way.goal_at is not None:
        return _end(EnrolmentEnd.GOAL, rules.goal)
    if now >= under_way.expires_at:
        done = len(under_way.runs) == len(rules.steps) and not any(run.waits for run in under_way.runs)
        return _end(EnrolmentEnd.COMPLETED if done else EnrolmentEnd.EXPIRED)
    if under_way.status == EnrolmentStatus.PAUSED or rules.paused:
        return Move(kind=MoveKind.WAIT, until=under_way.expires_at)
    return _of_steps(under_way, rules, person, under_way.started_at, now)


def _of_steps(under_way: UnderWay, rules: Rules, person: Person, started_at: datetime, now: datetime) -> Move:
    runs = {run.step_id: run for run in under_way.runs}
    following = next((step for step in rules.steps if step.id not in runs), None)
    for step in rules.steps:
        run = runs.get(step.id)
        if run is None or not run.waits:
            continue
        latest, due_at = started_at + step.latest, started_at + step.earliest
        if now > latest:
            return Move(kind=MoveKind.WITHDRAW, step=step, due_at=due_at, why=_TOO_LATE, outcome=StepOutcome.MISSED)
        why = _condition(step, under_way, person)
        if why:
            return Move(kind=MoveKind.WITHDRAW, step=step, due_at=due_at, why=why, outcome=StepOutcome.WITHDRAWN)
        look_at = latest + timedelta(microseconds=1)
        if following is not None:
            look_at = min(look_at, max(started_at + following.earliest, now + LOOK_AGAIN))
        return _wait(look_at, under_way)
    if following is None:
        return Move(kind=MoveKind.WAIT, until=under_way.expires_at)
    return _of_step(following, under_way, rules, person, started_at, now)


def _of_step(
    step: Step, under_way: UnderWay, rules: Rules, person: Person, started_at: datetime, now: datetime
) -> Move:
    due_at, latest = started_at + step.earliest, started_at + step.latest
    if now < due_at:
        return _wait(due_at, under_way)
    if now > latest:
        return Move(kind=MoveKind.MISS, step=step, due_at=due_at, why="Its window was over before it could be done.")
    why = is_for(person, step) or _condition(step, under_way, person)
    if why:
        return Move(kind=MoveKind.SKIP, step=step, due_at=due_at, why=why)
    picked = pick(person, step)
    if picked.channel is None:
        return Move(kind=MoveKind.SKIP, step=step, due_at=due_at, why=picked.why)
    last = _last_done(under_way)
    if last is not None:
        free_at = last.at + gap(last.channel, picked.channel)
        if free_at > latest:
            return Move(kind=MoveKind.MISS, step=step, due_at=due_at, why="Too soon after the step before it.")
        if now < free_at:
            return _wait(free_at, under_way)
    return Move(kind=MoveKind.DO, step=step, due_at=due_at, channel=picked.channel, why=picked.why)


def gap(before: str, channel: str) -> timedelta:
    """How much time there must be between a step that reached them on one channel and the next on another."""
    if channel == Channel.CALL:
        return BEFORE_A_CALL
    return SMS_TO_EMAIL if before == Channel.SMS and channel == Channel.EMAIL else BETWEEN


def is_for(person: Person, step: Step) -> str:
    """Why a step is not for this person; "" when it is."""
    if step.audience == StepAudience.APP_USERS and not person.app_user:
        return "They do not use the app."
    if step.audience == StepAudience.HIGH_VALUE and person.value_tier != ValueTier.HIGH:
        return "They are not of high value."
    if step.audience == StepAudience.MULTI_SIGNAL and person.value_tier != ValueTier.HIGH and not several(person):
        return "They are not of high value, and only one part of their score speaks against them."
    return ""


def several(person: Person) -> bool:
    """Whether more than one part of their score speaks against them. What could not be judged does not."""
    known = {REASONS[code].component for code in person.reasons if code in REASONS and code not in UNJUDGED}
    return len(known - {None}) >= SEVERAL


def _condition(step: Step, under_way: UnderWay, person: Person) -> str:
    """Why a step is not needed as things are; "" when it is."""
    if step.condition == StepCondition.STILL_INACTIVE and under_way.active_at is not None:
        return "They have been active since it began."
    if step.condition == StepCondition.PAYMENT_OPEN and person.payment_failed_at is None:
        return "The payment has gone through."
    if step.condition == StepCondition.NOT_OPENED:
        last = _last_done(under_way)
        if last is not None and last.opened:
            return "They opened the step before."
    return ""


def _last_done(under_way: UnderWay) -> Run | None:
    """The step that reached them last."""
    done = [run for run in under_way.runs if run.outcome in DONE and not run.waits]
    return max(done, key=lambda run: (run.at, run.position)) if done else None


def _wait(until: datetime, under_way: UnderWay) -> Move:
    return Move(kind=MoveKind.WAIT, until=min(until, under_way.expires_at))


def _end(end: EnrolmentEnd, why: str = "") -> Move:
    return Move(kind=MoveKind.END, end=end, why=why)


def is_call(step: Step) -> bool:
    """Whether a person is to call."""
    return step.channel == StepChannel.CALL


def asks_a_person(step: Step, person: Person) -> bool:
    """Whether somebody reads this message before it leaves whatever the gates say: where the step says so, every offer,
    and everything to customers of high value.
    """
    return not is_call(step) and (
        step.review == StepReview.ALWAYS or step.purpose == StepPurpose.OFFER or person.value_tier == ValueTier.HIGH
    )
