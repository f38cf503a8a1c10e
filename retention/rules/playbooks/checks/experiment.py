"""The experiment that comes with a version, and what it may cost. Pure.

The window comes from the seed's sixth section: 30 to 45 days where people come weekly, 90 where they buy seldom. Its
usual share to hold out is 10 to 15 percent.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from decimal import Decimal

from retention.rules.playbooks.checks.facts import Design, Grade, Limits, Problem
from retention.rules.playbooks.facts import Rules
from retention.states import PlaybookStage, StepPurpose

HOLDOUT_LEAST, HOLDOUT_MOST = 5, 50
HOLDOUT_USUAL = (10, 15)
WEEKLY_DAYS = 30
SELDOM_DAYS = 90
#: How the reasons begin that only the model for people who buy seldom gives (scoring.md).
_SELDOM = ("overdue_", "purchases_down_", "bought_once", "few_purchases", "some_purchases")
_QUIET = re.compile(r"quiet_(\d+)d")
_QUIET_FOR_WEEKLY = 30


def cycle_days(rules: Rules) -> int:
    """How long the people of this playbook take to come round once: 90 days where they buy seldom, else 30."""
    any_seldom = bool(rules.reasons_any) and all(_is_seldom(code) for code in rules.reasons_any)
    return SELDOM_DAYS if any_seldom or any(_is_seldom(code) for code in rules.reasons_all) else WEEKLY_DAYS


def _is_seldom(code: str) -> bool:
    quiet = _QUIET.fullmatch(code)
    return code.startswith(_SELDOM) or (quiet is not None and int(quiet[1]) > _QUIET_FOR_WEEKLY)


def shortest_window(rules: Rules) -> int:
    """The fewest days in which results may be counted: the playbook has ended by then, and people came round once."""
    return max(rules.lasts.days, cycle_days(rules))


def holdout_problem(percent: int) -> Problem | None:
    """What is wrong with holding out so many, if anything."""
    where = "experiment.holdout_percent"
    if not HOLDOUT_LEAST <= percent <= HOLDOUT_MOST:
        sentence = (
            f"{percent} percent cannot be held out. Give {HOLDOUT_LEAST} to {HOLDOUT_MOST}: with fewer nothing can be "
            "shown, with more too many miss what is to help them."
        )
        return Problem(where, sentence)
    least, most = HOLDOUT_USUAL
    if not least <= percent <= most:
        return Problem(where, f"{least} to {most} percent is usual. Give a reason in the note.", Grade.NOTE)
    return None


def design_problems(rules: Rules, design: Design) -> list[Problem]:
    """Everything about how the experiment is designed."""
    return [*_arms(design), *_window(rules, design), *_sizes(design)]


def _arms(design: Design) -> Iterator[Problem]:
    if not design.question:
        sentence = "Say what the experiment is to answer, as a question."
        yield Problem("experiment.question", sentence, Grade.MISSING)
    if not design.staggered:
        if problem := holdout_problem(design.holdout_percent):
            yield problem
        return
    if design.waves < 2:
        yield Problem("experiment.waves", "With one wave there is nobody to compare with. Give 2 waves or more.")
    if design.wave_days < 1:
        yield Problem("experiment.wave_days", "Give 1 day or more.")
    sentence = "Without a holdout the claim is weaker: other things change between the waves as well."
    yield Problem("experiment.staggered", sentence, Grade.NOTE)


def _window(rules: Rules, design: Design) -> Iterator[Problem]:
    where = "experiment.window_days"
    cycle = cycle_days(rules)
    if design.window_days < cycle:
        who = "People who buy seldom" if cycle == SELDOM_DAYS else "People"
        sentence = (
            f"{who} need {cycle} days to come round once, and {design.window_days} would count before that. "
            f"Give {shortest_window(rules)} days or more."
        )
        yield Problem(where, sentence)
    elif design.window_days < rules.lasts.days:
        sentence = (
            f"Results would be counted before the playbook is over, after {rules.lasts.days} days. "
            f"Give {rules.lasts.days} days or more."
        )
        yield Problem(where, sentence)


def _sizes(design: Design) -> Iterator[Problem]:
    if not 0 < design.min_effect <= 100:
        yield Problem("experiment.min_effect", "Give more than 0 percentage points, and 100 at most.")
    if design.baseline_percent is not None and not 0 <= design.baseline_percent <= 100:
        yield Problem("experiment.baseline_percent", "Give a percentage from 0 to 100.")
    if not 50 <= design.power_percent <= 99:
        yield Problem("experiment.power_percent", "Give 50 to 99 percent. Usual is 80.")
    if not Decimal("0.1") <= design.alpha_percent <= 20:
        yield Problem("experiment.alpha_percent", "Give 0.1 to 20 percent. Usual is 5.")
    if not 7 <= design.pre_days <= 365:
        yield Problem("experiment.pre_days", "Give 7 to 365 days.")


def money_problems(rules: Rules, limits: Limits) -> list[Problem]:
    """What a version may cost, and what stops it."""
    return [*_offer(rules, limits), *_rates(limits), *_uplift(limits)]


def _offer(rules: Rules, limits: Limits) -> Iterator[Problem]:
    offers = [step for step in rules.steps if step.purpose == StepPurpose.OFFER]
    if offers and rules.offer_min_clv is None:
        sentence = "Say from which lifetime value on an offer is worth it."
        yield Problem("offer_min_clv", sentence, Grade.MISSING)
    if offers and limits.offer_budget is None:
        yield Problem("offer_budget", "Say how much offers may cost in a month.", Grade.MISSING)
    for where, amount in (("offer_min_clv", rules.offer_min_clv), ("offer_budget", limits.offer_budget)):
        if amount is not None and amount < 0:
            yield Problem(where, "Give 0 or more.")
    dearest = max((step.incentive for step in offers), default=Decimal(0))
    if limits.offer_budget is not None and 0 <= limits.offer_budget < dearest:
        sentence = f"One offer costs {dearest:,.2f}, so nobody could get it. Give that much or more."
        yield Problem("offer_budget", sentence)


def _rates(limits: Limits) -> Iterator[Problem]:
    for where, rate in limits.rates.items():
        if not 0 < rate <= 1:
            yield Problem(where, "Give a part of 1: 0.001 is one in a thousand. More than 0, and 1 at most.")
    if limits.gate_min_roi < 0:
        yield Problem("gate_min_roi", "Give 0 or more: 1 earns what it cost.")
    if limits.gate_max_payback_days < 1:
        yield Problem("gate_max_payback_days", "Give 1 day or more.")


def _uplift(limits: Limits) -> Iterator[Problem]:
    if not 0 <= limits.assumed_uplift <= 100:
        yield Problem("assumed_uplift", "Give 0 to 100 percentage points.")
    elif not limits.assumed_uplift:
        yield Problem("assumed_uplift", "With 0 everybody has the same rank until it was measured.", Grade.NOTE)
    elif not limits.uplift_source:
        yield Problem("uplift_source", "Say where this figure is from, for those who see it ranked.", Grade.NOTE)
    if limits.pilot_most == 0:
        yield Problem("pilot_most", "With 0 nobody begins. Give 1 or more, or leave it empty for no limit.")
    elif limits.pilot_most is None and limits.stage == PlaybookStage.PILOT:
        yield Problem("pilot_most", "This pilot takes in everybody who fits. A number keeps it small.", Grade.NOTE)
