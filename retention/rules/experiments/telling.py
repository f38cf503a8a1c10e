"""An experiment in a sentence that a manager can repeat. Pure."""

from __future__ import annotations

from collections.abc import Callable

from retention.rules.experiments.always_valid import FEWEST_FOR_MEANS, FEWEST_HITS
from retention.rules.experiments.samples import Estimate
from retention.rules.money import Figures
from retention.states import Kpi

#: What those did who count, by KPI.
DID = {Kpi.REACTIVATION: "came back", Kpi.RETENTION: "stayed"}
NOT_YET = "We cannot say yet."
WEAKER = (
    "This is a weaker claim than one with a holdout. Nobody was held out: those who had begun are compared with those "
    "whose turn had not come, so part of the difference may be the season, or the days in which they were looked at."
)


def claim(staggered: bool) -> str:
    """How strong the claim is, in words."""
    if staggered:
        return WEAKER
    return "Who was held out was drawn at random, so the difference is what we did, or chance within the interval."


def sentence(
    *,
    kpi: Kpi,
    days: int,
    treated: tuple[int, float],
    holdout: tuple[int, float],
    readable: Estimate | None,
    planned: bool,
    alarm: str,
    figures: Figures | None,
    staggered: bool,
) -> str:
    """How it stands. ``treated`` and ``holdout`` are how many were counted, and their share or revenue."""
    if alarm:
        return f"{NOT_YET} {alarm}"
    if not treated[0] or not holdout[0]:
        return f"{NOT_YET} Those we wrote to and those we left alone must first have had their {days} days."
    if readable is None:
        return (
            f"{NOT_YET} So far {treated[0]:,} of those we wrote to and {holdout[0]:,} of those we left alone have had "
            f"their {days} days. {_too_few(kpi)}"
        )
    words = _of_revenue if kpi == Kpi.REVENUE else _of_shares
    said = words(kpi, days, treated[1], holdout[1], readable, planned, staggered)
    if readable.interval.shows > 0 and figures is not None:
        said += f" {_of_money(figures)}"
    return f"{said} {WEAKER}" if staggered else said


def _too_few(kpi: Kpi) -> str:
    """What is missing before the daily interval speaks."""
    if kpi == Kpi.REVENUE:
        return f"It takes {FEWEST_FOR_MEANS} in each of the two groups."
    return f"It takes {FEWEST_HITS} in each of the two groups who {DID[kpi]}, and {FEWEST_HITS} who did not."


def _of_shares(
    kpi: Kpi, days: int, treated: float, holdout: float, found: Estimate, planned: bool, staggered: bool
) -> str:
    did = DID[kpi]
    others = "of 100 whose turn had not come" if staggered else "of 100 we left alone"
    facts = f"Of 100 customers we wrote to, {treated * 100:.1f} {did}; {others}, {holdout * 100:.1f} did."
    low, high, point = (value * 100 for value in (found.interval.low, found.interval.high, found.point))
    return _told(facts, point, low, high, found.interval.shows, planned, lambda value: f"{value:.1f}", "fewer")


def _of_revenue(
    kpi: Kpi, days: int, treated: float, holdout: float, found: Estimate, planned: bool, staggered: bool
) -> str:
    other = "one whose turn had not come" if staggered else "one we left alone"
    facts = f"A customer we wrote to brought {treated:,.2f} in {days} days; {other} brought {holdout:,.2f}."
    interval = found.interval
    return _told(
        facts, found.point, interval.low, interval.high, interval.shows, planned, lambda value: f"{value:,.2f}", "less"
    )


def _told(
    facts: str,
    point: float,
    low: float,
    high: float,
    shows: int,
    planned: bool,
    number: Callable[[float], str],
    less: str,
) -> str:
    """The facts, and what they show. Where it is less, the numbers are told without a sign."""
    if shows > 0:
        return f"{facts} That is {number(point)} more, somewhere between {number(low)} and {number(high)}."
    if shows < 0:
        return (
            f"It does harm. {facts} That is {number(-point)} {less}, "
            f"somewhere between {number(-high)} and {number(-low)}."
        )
    fits = f"anything between {number(-low)} {less} and {number(high)} more would fit"
    difference = f"{number(abs(point))} {'more' if point >= 0 else less}"
    if planned:
        return f"It is not shown that this helps. {facts} That is {difference}, but {fits}."
    return f"{NOT_YET} {facts} So far that is {difference}, but {fits}."


def _of_money(figures: Figures) -> str:
    found, low, high = figures.measured, figures.low, figures.high
    left = "is left" if found.net >= 0 else "is lost"
    return (
        f"It brought {found.revenue:,.2f} and cost {figures.cost:,.2f}: {abs(found.net):,.2f} {left}, "
        f"somewhere between {low.net:,.2f} and {high.net:,.2f}."
    )
