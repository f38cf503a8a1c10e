"""What an experiment can show, worked out from history before it begins."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from math import ceil
from typing import Literal

from retention.models import Experiment, PlaybookVersion
from retention.rules.experiments import power
from retention.rules.experiments.schedule import LONGEST_DAYS, WEEK, days_until_enough, enrolment_days
from retention.services.experiments.eligible import Baseline, Demand, baseline_of, demand_of
from retention.states import Kpi

#: From so many on, what they did by themselves is a share to reckon with.
FEWEST_FOR_BASELINE = 100
#: What is given and what history says may differ by so much, as a fraction, before it is worth a word.
SURPRISING = 0.5
#: Where nobody can hold out anybody, half of a wave and half of those who wait are compared, about.
STAGGERED_SHARE = 0.5

Severity = Literal["warning", "note"]


@dataclass(frozen=True, slots=True)
class Plan:
    """What is known before launch. ``base`` is the share without us (a fraction), or revenue per customer.

    ``given`` says that a person gave it, and no history did. ``effect`` is what is to be found, in the unit of
    ``base``. ``customers`` come together in ``days``; ``detectable`` is the smallest difference that so many show.
    None of the last five where it cannot be worked out; ``why`` says why then.
    """

    demand: Demand
    history: Baseline
    base: float | None
    given: bool
    effect: float | None = None
    required: power.Needed | None = None
    days_needed: int | None = None
    days: int | None = None
    customers: int | None = None
    detectable: float | None = None
    why: str = ""


def plan_of(version: PlaybookVersion, experiment: Experiment, now: datetime) -> Plan:
    """How many come, what they do by themselves, how many it takes, and what can be found. Nothing is written."""
    demand = demand_of(version, now)
    history = baseline_of(version, window_days=experiment.window_days, now=now)
    base, given = _base(experiment, history)
    holdout = STAGGERED_SHARE if experiment.staggered else experiment.holdout_percent / 100
    alpha, wanted = float(experiment.alpha_percent) / 100, experiment.power_percent / 100
    if base is None:
        return Plan(demand, history, None, False, why="Nobody knows what happens without us.")
    of_money = experiment.kpi == Kpi.REVENUE
    effect = float(experiment.min_effect) / 100 * (base if of_money else 1)
    required, why = None, ""
    try:
        if of_money:
            required = power.needed_for_means(
                spread=history.spread or 0.0, effect=effect, holdout=holdout, alpha=alpha, power=wanted
            )
        else:
            required = power.needed_for_shares(baseline=base, effect=effect, holdout=holdout, alpha=alpha, power=wanted)
    except ValueError as problem:
        why = str(problem)
    total = required.total if required is not None else None
    days = enrolment_days(
        required=total, at_once=demand.now, a_day=demand.a_day, most=version.pilot_most,
        staggered_days=experiment.waves * experiment.wave_days if experiment.staggered else None,
    )  # fmt: skip
    customers = demand.now + int(demand.a_day * days)
    if version.pilot_most is not None:
        customers = min(customers, version.pilot_most)
    try:
        if of_money:
            detectable = power.detectable_mean(
                customers=customers, spread=history.spread or 0.0, holdout=holdout, alpha=alpha, power=wanted
            )
        else:
            detectable = power.detectable_share(
                customers=customers, baseline=base, holdout=holdout, alpha=alpha, power=wanted
            )
    except ValueError:
        detectable = None
    needed = None if total is None else days_until_enough(required=total, at_once=demand.now, a_day=demand.a_day)
    return Plan(demand, history, base, given, effect, required, needed, days, customers, detectable, why)


def why_not_launch(
    version: PlaybookVersion, now: datetime, *, plan: Plan | None = None
) -> tuple[tuple[Severity, str], ...]:
    """What somebody should know before a version begins: how many it is for, and what the experiment can show.

    A warning is a reason to think again; a note is good to know. Nothing here forbids anything: what is wrong with a
    design, `retention.rules.playbooks.checks` says. Empty without an experiment. ``plan`` saves working it out again.
    """
    experiment = Experiment.objects.filter(version=version).first()
    if experiment is None:
        return ()
    return tuple(_said(version, experiment, plan or plan_of(version, experiment, now)))


def _base(experiment: Experiment, history: Baseline) -> tuple[float | None, bool]:
    """What happens without us. What a person gave counts first; history only where enough fitted then."""
    enough = history.customers >= FEWEST_FOR_BASELINE
    if experiment.kpi == Kpi.REVENUE:
        return (history.revenue if enough and history.revenue else None), False
    if experiment.baseline_percent is not None:
        return float(experiment.baseline_percent) / 100, True
    found = history.stayed if experiment.kpi == Kpi.RETENTION else history.reached
    # A share of nought or one is what few customers show, and no number could be worked out from it.
    return (min(0.999, max(0.001, found)) if enough and found is not None else None), False


def _said(version: PlaybookVersion, experiment: Experiment, plan: Plan) -> Iterator[tuple[Severity, str]]:
    yield _of_demand(plan.demand)
    if experiment.kpi == Kpi.REACTIVATION and not version.goal_kinds:
        yield "warning", "It is decided by who reaches the goal, and no kind of event is the goal. Choose one."
    else:
        decides = (
            f"It is decided by one number: {Kpi(experiment.kpi).label.lower()}, within {experiment.window_days} days."
        )
        yield "note", decides
    yield from _of_base(experiment, plan)
    if plan.base is None:
        return
    yield from _of_size(version, experiment, plan)


def _of_demand(demand: Demand) -> tuple[Severity, str]:
    new = f"{demand.a_day:,.1f} more begin to fit every day" if demand.a_day else "nobody else began to fit lately"
    if not demand.now and not demand.a_day:
        return "warning", "Nobody fits now, and nobody began to fit in the last 28 days. Look at the trigger again."
    fit = "1 customer fits" if demand.now == 1 else f"{demand.now:,} customers fit"
    return "note", f"{fit} now, and {new}."


def _of_base(experiment: Experiment, plan: Plan) -> Iterator[tuple[Severity, str]]:
    history = plan.history
    then = history.at.astimezone(UTC)
    when = f"who fitted on {then.day} {then:%B %Y}"
    if experiment.kpi == Kpi.REVENUE:
        if plan.base is None:
            yield (
                "warning",
                f"Too few fitted on {then.day} {then:%B %Y} to know what customers bring by themselves: "
                f"{history.customers:,}. Without that nobody can say how many it takes.",
            )
        else:
            yield "note", f"The {history.customers:,} {when} brought {plan.base:,.2f} each by themselves."
        return
    found = history.stayed if experiment.kpi == Kpi.RETENTION else history.reached
    did = "stayed" if experiment.kpi == Kpi.RETENTION else "reached the goal"
    if plan.base is None:
        yield (
            "warning",
            f"{f'Only {history.customers:,}' if history.customers else 'Nobody'} {when}: too few to know how many "
            f"{did} by themselves. Say what share you expect without us, as the base of the experiment.",
        )
    elif history.customers >= FEWEST_FOR_BASELINE and found is not None:
        yield (
            "note",
            f"Of the {history.customers:,} {when}, {found:.1%} {did} by themselves within "
            f"{experiment.window_days} days.",
        )
        if plan.given and abs(found - plan.base) > SURPRISING * max(found, plan.base):
            yield "warning", f"You expect {plan.base:.1%} without us; history says {found:.1%}. Look at the base again."
    else:
        yield "note", f"You expect that {plan.base:.1%} {did} without us. Too few fitted before to check that."


def _of_size(version: PlaybookVersion, experiment: Experiment, plan: Plan) -> Iterator[tuple[Severity, str]]:
    holdout = STAGGERED_SHARE if experiment.staggered else experiment.holdout_percent / 100
    customers = plan.customers or 0
    if experiment.kpi == Kpi.REVENUE:
        found = power.what_revenue_can_be_found(customers=customers, holdout=holdout, detectable=plan.detectable)
    else:
        found = power.what_can_be_found(
            customers=customers, holdout=holdout, detectable=plan.detectable, wanted=plan.effect
        )
    hidden = plan.detectable is None or (plan.effect is not None and plan.detectable > plan.effect + 1e-9)
    yield "warning" if hidden else "note", found
    if plan.required is None:
        yield "warning", plan.why
        return
    takes = (
        f"It takes {plan.required.total:,} customers, {plan.required.treated:,} of them treated and "
        f"{plan.required.holdout:,} {'who still wait' if experiment.staggered else 'held out'}"
    )
    if version.pilot_most is not None and version.pilot_most < plan.required.total:
        yield "warning", f"{takes}; the pilot takes in {version.pilot_most:,} at most. Let it take in more."
    elif plan.days_needed is None:
        yield "warning", f"{takes}; that many will not come together, since nobody begins to fit."
    elif plan.days_needed > LONGEST_DAYS:
        yield (
            "warning",
            f"{takes}; that would be {ceil(plan.days_needed / WEEK):,} weeks. It stops taking in after "
            f"{LONGEST_DAYS // WEEK}. Take a wider segment, or look for a greater difference.",
        )
    else:
        weeks = max(1, ceil(plan.days_needed / WEEK))
        yield "note", f"{takes}; that is {weeks} {'week' if weeks == 1 else 'weeks'}, and then the window."
