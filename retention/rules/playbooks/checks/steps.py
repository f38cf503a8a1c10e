"""Steps: their order, their times, what comes before an offer, who is called. Pure.

The times are those of the seed's fourth section: 12 to 48 hours from an SMS to the e-mail after it where something is
urgent, 48 to 96 hours before a person calls. The engine keeps the smaller ones in real time, after the step before was
really done (`retention.rules.playbooks.steps.gap`); here they are asked of the plan, so that no step is planned that
could not be done.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import timedelta
from itertools import pairwise

from retention.rules.playbooks.channels import WRITTEN
from retention.rules.playbooks.checks.facts import Around, Grade, Problem
from retention.rules.playbooks.facts import Rules, Step
from retention.rules.playbooks.steps import BEFORE_A_CALL, SMS_TO_EMAIL, gap
from retention.states import Band, PlaybookTrigger, StepAudience, StepChannel, StepCondition, StepPurpose, StepReview

SMS_TO_EMAIL_AT_MOST = timedelta(hours=48)
TO_A_CALL_AT_MOST = timedelta(hours=96)
#: What has to come before an offer: something that helps without costing anything.
USEFUL = frozenset({StepPurpose.VALUE, StepPurpose.EDUCATION, StepPurpose.FRICTION})

_HOUR = timedelta(hours=1)
_NONE = timedelta(0)
_WHAT = {BEFORE_A_CALL: "A person calls", SMS_TO_EMAIL: "An e-mail follows an SMS"}
#: Channels whose wording a step with a free choice cannot do without: nearly everybody has one of them.
_OF_BEST = (StepChannel.EMAIL, StepChannel.SMS)


def gap_before(earlier: Step, later: Step) -> timedelta:
    """How much time must lie between two steps, whatever lies between them and whichever channels they take."""
    return max(gap(before, channel) for before in _channels(earlier) for channel in _channels(later))


def _channels(step: Step) -> tuple[str, ...]:
    return WRITTEN if step.channel == StepChannel.BEST else (step.channel.value,)


def step_problems(rules: Rules, around: Around) -> list[Problem]:
    """Everything about the steps of a version. They are read in the order given, which must be that of their places."""
    if not rules.steps:
        return [Problem("steps", "There is no step. Add the first one.", Grade.MISSING)]
    return [
        *_places(rules.steps),
        *(problem for step in rules.steps for problem in _one(step, rules)),
        *_in_order(rules.steps),
        *_gaps(rules),
        *_calls(rules, around),
        *_offers(rules),
        *_wordings(rules.steps, around),
    ]


def hours(time: timedelta) -> str:
    """A time in whole hours, as the steps are written."""
    number = round(time / _HOUR)
    return "1 hour" if number == 1 else f"{number:,} hours"


def _where(step: Step, column: str = "") -> str:
    return f"steps.{step.position}.{column}" if column else f"steps.{step.position}"


def _places(steps: tuple[Step, ...]) -> Iterator[Problem]:
    if [step.position for step in steps] != list(range(1, len(steps) + 1)):
        yield Problem("steps", "Number the steps 1, 2, 3 and so on, in the order in which they go.")


def _one(step: Step, rules: Rules) -> Iterator[Problem]:
    """What can be said of a step by itself."""
    if not step.name:
        yield Problem(_where(step, "name"), "Say in a few words what this step is.", Grade.MISSING)
    if step.latest <= step.earliest:
        sentence = f"Its time is over before it begins. Give more than {hours(step.earliest)}."
        yield Problem(_where(step, "latest_hours"), sentence)
    elif step.earliest >= rules.lasts:
        sentence = f"The playbook has ended by then, after {hours(rules.lasts)}. Let it last longer, or begin earlier."
        yield Problem(_where(step, "earliest_hours"), sentence)
    elif step.latest > rules.lasts:
        sentence = (
            f"The playbook ends before that, after {hours(rules.lasts)}. Let it last longer, or end this earlier."
        )
        yield Problem(_where(step, "latest_hours"), sentence)
    if step.cost < 0 or step.incentive < 0:
        yield Problem(_where(step, "cost" if step.cost < 0 else "incentive"), "Give 0 or more.")
    if step.purpose == StepPurpose.HUMAN and step.channel != StepChannel.CALL:
        yield Problem(_where(step, "channel"), "Only a call is made by a person. Choose the call, or another purpose.")
    if step.condition == StepCondition.NOT_OPENED and step.position == 1:
        yield Problem(_where(step, "condition"), "There is no step before this one that could be opened.")
    if step.condition == StepCondition.PAYMENT_OPEN and not _about_payment(rules):
        sentence = "Nothing in this playbook asks for a failed payment, so this step is left out for nearly everybody."
        yield Problem(_where(step, "condition"), sentence, Grade.NOTE)


def _about_payment(rules: Rules) -> bool:
    return any("payment" in reason for reason in rules.reasons_any | rules.reasons_all)


def _in_order(steps: tuple[Step, ...]) -> Iterator[Problem]:
    """Times go up with the places: no step begins before, or with, the one before it, and none is over before it."""
    for before, step in pairwise(steps):
        if step.earliest <= before.earliest:
            sentence = (
                f"It begins with step {before.position} or before it, and one thing is said at a time. Begin after "
                f"{hours(before.earliest)}, or put it further up."
            )
            yield Problem(_where(step, "earliest_hours"), sentence)
        if step.latest < before.latest:
            sentence = (
                f"It is over before step {before.position}. Give {hours(before.latest)} or more, or put it further up."
            )
            yield Problem(_where(step, "latest_hours"), sentence)


def _gaps(rules: Rules) -> Iterator[Problem]:
    """Distances from each step to all before it, the nearest that asks for one being named."""
    for place, step in enumerate(rules.steps):
        asking = [(before, gap_before(before, step)) for before in rules.steps[:place]]
        # Where the order is wrong that is said already.
        too_early = [one for one in asking if _NONE < step.earliest - one[0].earliest < one[1]]
        never = [one for one in asking if _NONE <= step.latest - one[0].latest < one[1]]
        if too_early:
            before, least = max(too_early, key=lambda one: one[0].earliest + one[1])
            sentence = (
                f"{_WHAT.get(least, 'Anything more comes')} {hours(least)} after step {before.position} at the "
                f"earliest. Begin at {hours(before.earliest + least)} or later."
            )
            yield Problem(_where(step, "earliest_hours"), sentence)
        elif never:
            before, least = max(never, key=lambda one: one[0].latest + one[1])
            sentence = (
                f"Where step {before.position} is done at its latest, {hours(least)} must pass and this one is over by "
                f"then. Let it end at {hours(before.latest + least)} or later."
            )
            yield Problem(_where(step, "latest_hours"), sentence)
        if rules.urgent and place:
            yield from _too_slow(rules.steps[place - 1], step)
    first = rules.steps[0]
    if rules.urgent and first.earliest:
        sentence = f"This is urgent, and the first step waits for {hours(first.earliest)}. Begin at 0 hours."
        yield Problem(_where(first, "earliest_hours"), sentence, Grade.NOTE)


def _too_slow(before: Step, step: Step) -> Iterator[Problem]:
    distance = step.earliest - before.earliest
    most = None
    if step.channel == StepChannel.CALL:
        most = TO_A_CALL_AT_MOST
    elif before.channel == StepChannel.SMS and step.channel == StepChannel.EMAIL:
        most = SMS_TO_EMAIL_AT_MOST
    if most is not None and distance > most:
        sentence = f"This is urgent, and {hours(distance)} after step {before.position} is late: {hours(most)} at most."
        yield Problem(_where(step, "earliest_hours"), sentence, Grade.NOTE)


def _calls(rules: Rules, around: Around) -> Iterator[Problem]:
    for step in rules.steps:
        if step.channel != StepChannel.CALL:
            continue
        if step.position == 1 and step.earliest < BEFORE_A_CALL:
            sentence = "A person calls when messages did not help. Put messages first, or begin at 48 hours or later."
            yield Problem(_where(step, "earliest_hours"), sentence)
        if not step.script:
            yield Problem(_where(step, "script"), "Say in short lines what to say on the phone.", Grade.MISSING)
        selected = step.audience in (StepAudience.HIGH_VALUE, StepAudience.MULTI_SIGNAL)
        if not around.call_minutes and not selected:
            sentence = (
                "This asks for a call to everybody, and nobody has time for calls. Give people time for calls on the "
                "capacity page, or choose high value."
            )
            yield Problem(_where(step, "audience"), sentence, Grade.MISSING)
        elif not around.call_minutes:
            sentence = "Nobody has time for calls, so this is left out. Give people time on the capacity page."
            yield Problem(_where(step, "channel"), sentence, Grade.NOTE)
        elif not selected:
            sentence = "A call costs a person's time. Choose high value, or high value or several signals."
            yield Problem(_where(step, "audience"), sentence, Grade.NOTE)
        if rules.trigger == PlaybookTrigger.RISK and Band.LOW in rules.bands:
            sentence = "Low risk gets a light nudge. Calls are for those at high risk."
            yield Problem(_where(step, "channel"), sentence, Grade.NOTE)


def _offers(rules: Rules) -> Iterator[Problem]:
    """Something useful comes before any offer, for everybody whom the offer reaches."""
    for place, step in enumerate(rules.steps):
        if step.purpose != StepPurpose.OFFER:
            continue
        useful = [one for one in rules.steps[:place] if one.purpose in USEFUL]
        reached = [one for one in useful if one.audience in (StepAudience.EVERYONE, step.audience)]
        where = _where(step, "purpose")
        if not place:
            sentence = "This begins with an offer. Begin with something useful: what they got out of it, a tip, help."
            yield Problem(where, sentence)
        elif not useful:
            sentence = (
                "This offers before it has helped. Put a step before it that says what they got out of it, teaches "
                "something, or takes an obstacle away."
            )
            yield Problem(where, sentence)
        elif not reached:
            sentence = (
                f"Some get this offer and not step {useful[-1].position}, which is to help them first. Let that one be "
                "for everyone, or this one for the same people."
            )
            yield Problem(where, sentence)
        if step.review == StepReview.NEVER:
            yield Problem(_where(step, "review"), "A person reads every offer. Choose another rule.")


def _wordings(steps: Iterable[Step], around: Around) -> Iterator[Problem]:
    for step in steps:
        if step.channel == StepChannel.CALL:
            continue
        if not step.angle:
            sentence = "Say which approved wording this step takes: the angle of a template."
            yield Problem(_where(step, "angle"), sentence, Grade.MISSING)
        elif around.wordings is not None:
            channels = _OF_BEST if step.channel == StepChannel.BEST else (step.channel,)
            for channel in channels:
                if (channel.value, step.angle) not in around.wordings:
                    sentence = (
                        f"No wording is approved for {channel.label} with the angle “{step.angle}”. Approve a "
                        "template for it, or choose another angle."
                    )
                    yield Problem(_where(step, "angle"), sentence, Grade.MISSING)
