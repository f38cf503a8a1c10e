"""What somebody who fits asks for: which arm they are drawn into, in which wave, and how much work they make. Pure."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal

from retention.rules.experiments.draw import draw, wave
from retention.rules.playbooks.facts import Demand, Person, Rules, Supply, Worth
from retention.rules.playbooks.steps import asks_a_person, is_call, is_for
from retention.states import Arm, WorkKind


def arm_of(rules: Rules, customer_id: int) -> Arm | None:
    """The arm they are drawn into; None where no experiment takes people in."""
    if rules.experiment_id is None:
        return None
    return Arm.TREATED if rules.staggered else draw(rules.salt, customer_id, rules.holdout_percent)


def wave_of(rules: Rules, customer_id: int) -> int:
    """Their wave in a staggered rollout, from 1; 0 where there are none."""
    if not rules.staggered or rules.experiment_id is None:
        return 0
    return wave(rules.salt, customer_id, rules.waves)


def later_wave(rules: Rules, customer_id: int, now: datetime) -> tuple[str, datetime] | None:
    """What somebody waits for whose wave has not come, and when it comes; None when they may begin."""
    number = wave_of(rules, customer_id)
    if not number:
        return None
    opens_at = (rules.waves_from or now) + (number - 1) * rules.wave_every
    if now >= opens_at:
        return None
    day = opens_at.astimezone(UTC)
    return f"Begins with wave {number} of {rules.waves}, from {day.day} {day:%B %Y}.", opens_at


def can_call(rules: Rules, supply: Supply) -> bool:
    """Whether a call of this playbook could ever be made in the time that people have."""
    if WorkKind.CALL not in supply.minutes:
        return False
    return supply.whole.get(WorkKind.CALL, rules.call_minutes) >= rules.call_minutes


def demand(
    rules: Rules,
    person: Person,
    worth: Worth,
    *,
    fitted_at: datetime,
    calls: bool,
    review_within: timedelta,
    call_within: timedelta,
) -> Demand:
    """What they ask for. Work is counted that falls due within the days promised, for steps that are for them.

    Without ``calls`` nobody could make one, so that calls are left out and ask for nothing.
    """
    review, call = Decimal(0), Decimal(0)
    for step in rules.steps:
        if is_call(step):
            if calls and step.earliest < call_within and not is_for(person, step):
                call += rules.call_minutes
        elif step.earliest < review_within and asks_a_person(step, person) and not is_for(person, step):
            review += rules.review_minutes
    return Demand(
        customer_id=person.customer_id,
        playbook_id=rules.playbook_id,
        band=person.band,
        priority=rules.priority,
        worth=worth,
        minutes={WorkKind.REVIEW: review, WorkKind.CALL: call},
        fitted_at=fitted_at,
        urgent=rules.urgent,
        holdout=arm_of(rules, person.customer_id) == Arm.HOLDOUT,
    )
