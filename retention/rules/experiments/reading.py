"""How an experiment stands: what is kept of every look at it, and said about it (mission.md 3.6; docs/experiments.md).

Everybody who was assigned counts in the arm they were drawn into, whatever was sent, rejected or left out (intention
to treat). Outcomes are counted of those whose window is over: the others may still come back.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from fractions import Fraction
from typing import Any

from retention.rules import money
from retention.rules.experiments import always_valid, charts, cuped, lift, ratio, stored, telling
from retention.rules.experiments.samples import Count, Estimate, Sums
from retention.states import Arm, Kpi, ValueTier

#: Where the design does not say how many are needed, or what happens without us.
ASSUMED_CUSTOMERS = 1000
ASSUMED_BASELINE = 0.1


@dataclass(frozen=True, slots=True, kw_only=True)
class Design:
    """What was locked before the first customer (`retention.models.Experiment`). Shares and effects are fractions."""

    kpi: Kpi = Kpi.REACTIVATION
    window_days: int = 30
    holdout_percent: int = 12
    baseline: float | None = None
    min_effect: float = 0.03
    alpha: float = lift.ALPHA
    required_treated: int | None = None
    required_holdout: int | None = None
    staggered: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """One arm and one stratum, added up over its customers.

    Of everybody: ``assigned``, ``contaminated``, and so far ``contacted``, ``clicked`` and ``converted``.
    Of those whose window is over: ``outcome`` (1 or 0, or revenue, with ``pre_value`` as the figure before), ``clean``
    (the same without the contaminated), ``conversions``, what those who converted brought (``revenue_of_conversions``)
    and what was spent on them all (``cost``). For the KPI of retention whoever has not left is a conversion.
    ``active_30`` and so on count those of whom it is known.
    """

    arm: Arm
    stratum: ValueTier
    assigned: int
    contaminated: int = 0
    contacted: int = 0
    clicked: int = 0
    converted: int = 0
    outcome: Sums = field(default_factory=Sums)
    clean: Sums = field(default_factory=Sums)
    conversions: int = 0
    revenue_of_conversions: Decimal = Decimal(0)
    cost: Decimal = Decimal(0)
    active_30: Count = field(default_factory=lambda: Count(0, 0))
    active_60: Count = field(default_factory=lambda: Count(0, 0))
    active_90: Count = field(default_factory=lambda: Count(0, 0))


@dataclass(frozen=True, slots=True, kw_only=True)
class ArmReading:
    """One arm. ``counted`` are those whose window is over; ``conversions`` and ``mean`` are of them.

    ``mean`` is the share (a fraction) or the revenue per customer.
    """

    assigned: int
    contaminated: int
    counted: int
    conversions: int
    mean: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """An experiment at a moment. Shares are fractions, money is in the currency of the customers.

    ``point`` is the difference so far, None while an arm has nobody. ``fixed`` is there at the planned look only: on
    any other day it would promise more than it holds. ``relative``, ``stratified``, ``cuped`` come with it.
    ``always_valid`` is there whenever there is enough. ``clean`` leaves out who was contaminated, with the interval
    that may be read. ``uplift`` is what playbooks are ranked by: None as long as the assumed one stays in force.
    """

    kpi: Kpi
    planned: bool
    staggered: bool
    window_days: int
    alpha: float
    treated: ArmReading
    holdout: ArmReading
    point: float | None
    fixed: Estimate | None
    always_valid: Estimate | None
    relative: Estimate | None
    stratified: lift.Stratified | None
    cuped: cuped.Adjusted | None
    clean: Estimate | None
    ratio: ratio.Ratios | None
    uplift: float | None
    money: money.Figures | None
    sentence: str
    claim: str
    funnel: tuple[charts.Bar, ...]
    active: tuple[charts.Span, ...]
    waterfall: tuple[charts.Amount, ...]

    @property
    def readable(self) -> Estimate | None:
        """The difference with the interval that may be read now; None: nothing may be said yet."""
        return self.fixed or self.always_valid

    def as_json(self) -> dict[str, Any]:
        found: dict[str, Any] = stored.as_json(self)
        return found

    @classmethod
    def from_json(cls, value: dict[str, Any]) -> Reading:
        return stored.from_json(cls, value)


@dataclass(frozen=True, slots=True)
class _Arms:
    """Both arms of one kind of sums, over everybody and by stratum."""

    treated: Sums
    holdout: Sums
    strata: tuple[tuple[Sums, Sums], ...]

    @property
    def both(self) -> bool:
        return self.treated.n > 1 and self.holdout.n > 1


def read(*, design: Design, tallies: Sequence[Tally], planned: bool) -> Reading:
    """How the experiment stands. ``planned`` says that this is the one look that the design allows at ``fixed``."""
    arms = {arm: _arm([one for one in tallies if one.arm == arm]) for arm in Arm}
    treated, holdout = arms[Arm.TREATED], arms[Arm.HOLDOUT]
    sums = _together(tallies, "outcome")
    always = _always(design, sums)
    look = planned and sums.both
    fixed = _fixed(design, sums) if look else None
    draws = None if design.staggered else _ratios(design, tallies)
    readable = fixed or always
    figures = _figures(design, tallies, sums, readable)
    clean = _together(tallies, "clean")
    contaminated = treated.contaminated + holdout.contaminated
    return Reading(
        kpi=design.kpi,
        planned=planned,
        staggered=design.staggered,
        window_days=design.window_days,
        alpha=design.alpha,
        treated=treated,
        holdout=holdout,
        point=sums.treated.mean - sums.holdout.mean if sums.treated.n and sums.holdout.n else None,
        fixed=fixed,
        always_valid=always,
        relative=lift.relative(_count(sums.treated), _count(sums.holdout), design.alpha)
        if look and design.kpi != Kpi.REVENUE
        else None,
        stratified=_stratified(design, sums) if look else None,
        cuped=cuped.adjust(sums.treated, sums.holdout, design.alpha) if look else None,
        clean=_clean(design, clean, planned) if contaminated else None,
        ratio=draws,
        uplift=_uplift(design, sums, readable, planned, draws),
        money=figures,
        sentence=telling.sentence(
            kpi=design.kpi,
            days=design.window_days,
            treated=(sums.treated.n, sums.treated.mean),
            holdout=(sums.holdout.n, sums.holdout.mean),
            readable=readable,
            planned=planned,
            alarm=draws.sentence if draws else "",
            figures=figures,
            staggered=design.staggered,
        ),
        claim=telling.claim(design.staggered),
        funnel=charts.funnel(
            treated.assigned,
            *(
                sum(getattr(one, name) for one in tallies if one.arm == Arm.TREATED)
                for name in ("contacted", "clicked", "converted")
            ),
        ),
        active=_active(tallies, design.alpha),
        waterfall=charts.waterfall(figures, _brought(design, tallies, sums)),
    )


def may_scale(reading: Reading, thresholds: money.Thresholds) -> money.Gate:
    """The gate of `retention.rules.money`, and closed too as long as the draw itself is in doubt."""
    found = money.gate(reading.money, thresholds)
    if reading.ratio is not None and reading.ratio.alarm:
        return money.Gate(False, (reading.ratio.sentence, *found.reasons))
    return found


def _arm(tallies: Sequence[Tally]) -> ArmReading:
    outcome = _sum([one.outcome for one in tallies])
    return ArmReading(
        assigned=sum(one.assigned for one in tallies),
        contaminated=sum(one.contaminated for one in tallies),
        counted=outcome.n,
        conversions=sum(one.conversions for one in tallies),
        mean=outcome.mean,
    )


def _together(tallies: Sequence[Tally], name: str) -> _Arms:
    def of(arm: Arm, stratum: ValueTier | None = None) -> Sums:
        return _sum([getattr(one, name) for one in tallies if one.arm == arm and stratum in (None, one.stratum)])

    strata = tuple((of(Arm.TREATED, one), of(Arm.HOLDOUT, one)) for one in ValueTier)
    return _Arms(of(Arm.TREATED), of(Arm.HOLDOUT), tuple(pair for pair in strata if pair[0].n or pair[1].n))


def _fixed(design: Design, sums: _Arms) -> Estimate:
    if design.kpi == Kpi.REVENUE:
        return lift.of_means(sums.treated, sums.holdout, design.alpha)
    return lift.of_shares(_count(sums.treated), _count(sums.holdout), design.alpha)


def _stratified(design: Design, sums: _Arms) -> lift.Stratified | None:
    if design.kpi == Kpi.REVENUE:
        return lift.of_means_by_stratum(sums.strata, design.alpha)
    return lift.of_shares_by_stratum([(_count(one), _count(other)) for one, other in sums.strata], design.alpha)


def _always(design: Design, sums: _Arms) -> Estimate | None:
    share = design.holdout_percent / 100 if not design.staggered else 0.5
    treated = design.required_treated or math.ceil(ASSUMED_CUSTOMERS * (1 - share))
    holdout = design.required_holdout or math.ceil(ASSUMED_CUSTOMERS * share)
    if design.kpi == Kpi.REVENUE:
        # What customers spent before is no outcome, so it may set the width: nothing we sent can have moved it.
        before = (sums.treated + sums.holdout).variance_before or (sums.treated + sums.holdout).variance
        planned = always_valid.planned_variance_of_means(spread=math.sqrt(before), treated=treated, holdout=holdout)
        return always_valid.of_means(sums.treated, sums.holdout, planned_variance=planned, alpha=design.alpha)
    planned = always_valid.planned_variance_of_shares(
        baseline=ASSUMED_BASELINE if design.baseline is None else design.baseline,
        effect=design.min_effect,
        treated=treated,
        holdout=holdout,
    )
    return always_valid.of_shares(
        _count(sums.treated), _count(sums.holdout), planned_variance=planned, alpha=design.alpha
    )


def _clean(design: Design, sums: _Arms, planned: bool) -> Estimate | None:
    return _fixed(design, sums) if planned and sums.both else _always(design, sums)


def _ratios(design: Design, tallies: Sequence[Tally]) -> ratio.Ratios | None:
    drawn: dict[str, tuple[int, int]] = {}
    for one in tallies:
        treated, holdout = drawn.get(one.stratum.value, (0, 0))
        here = one.arm == Arm.HOLDOUT
        drawn[one.stratum.value] = (treated + one.assigned * (not here), holdout + one.assigned * here)
    return ratio.check_draw(drawn, design.holdout_percent) if drawn else None


def _uplift(
    design: Design, sums: _Arms, readable: Estimate | None, planned: bool, draws: ratio.Ratios | None
) -> float | None:
    """What may be counted on: the low end of the interval, and nothing below nought.

    None while nothing is decided (the look is still to come and the daily interval shows nothing), and where the draw
    is in doubt. A look that shows nothing gives nought: such a playbook goes last. Of revenue it is relative.
    """
    if readable is None or (draws is not None and draws.alarm):
        return None
    if not planned and readable.interval.shows == 0:
        return None
    low = max(0.0, readable.interval.low)
    if design.kpi != Kpi.REVENUE:
        return round(low, 6)
    return round(min(1.0, low / sums.holdout.mean), 6) if sums.holdout.mean > 0 else None


def _figures(design: Design, tallies: Sequence[Tally], sums: _Arms, readable: Estimate | None) -> money.Figures | None:
    if readable is None:
        return None
    treated = [one for one in tallies if one.arm == Arm.TREATED]
    conversions = sum(one.conversions for one in treated)
    others = sum(one.conversions for one in tallies if one.arm == Arm.HOLDOUT)
    cost = sum((one.cost for one in treated), Decimal(0))
    if design.kpi == Kpi.REVENUE:
        return money.figures_of_revenue(
            sums.treated.n,
            readable,
            conversions=conversions - Fraction(others, sums.holdout.n) * sums.treated.n,
            cost=cost,
            days=design.window_days,
        )
    brought = _brought(design, tallies, sums)
    return money.figures(
        _count(sums.treated),
        _count(sums.holdout),
        revenue_each=max(Decimal(0), brought) / conversions if conversions else Decimal(0),
        cost=cost,
        days=design.window_days,
        difference=readable,
    )


def _brought(design: Design, tallies: Sequence[Tally], sums: _Arms) -> Decimal:
    """What the treated who converted brought; where revenue is the KPI, what all of them did."""
    if design.kpi == Kpi.REVENUE:
        return Decimal(str(round(sums.treated.y, 2)))
    return sum((one.revenue_of_conversions for one in tallies if one.arm == Arm.TREATED), Decimal(0))


def _active(tallies: Sequence[Tally], alpha: float) -> tuple[charts.Span, ...]:
    def of(name: str, arm: Arm) -> Count:
        return sum((getattr(one, name) for one in tallies if one.arm == arm), Count(0, 0))

    return tuple(
        charts.span(days, of(f"active_{days}", Arm.TREATED), of(f"active_{days}", Arm.HOLDOUT), alpha)
        for days in (30, 60, 90)
    )


def _count(sums: Sums) -> Count:
    return Count(round(sums.y), sums.n)


def _sum(pieces: Sequence[Sums]) -> Sums:
    return sum(pieces, Sums())
