"""What the three charts of an experiment show, and the table beside each. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from retention.rules.experiments import lift
from retention.rules.experiments.samples import Count, Estimate, Interval
from retention.rules.money import Figures


@dataclass(frozen=True, slots=True)
class Bar:
    """So many of the treated got so far. ``share`` is of all of them, as a fraction."""

    label: str
    customers: int
    share: float


@dataclass(frozen=True, slots=True)
class Span:
    """Who was active in the 30 days that end so many days after the start; intervals are Wilson's, None of nobody.

    ``difference`` is treated minus held out.
    """

    days: int
    treated: Count
    treated_interval: Interval | None
    holdout: Count
    holdout_interval: Interval | None
    difference: Estimate | None


@dataclass(frozen=True, slots=True)
class Amount:
    """One bar of the waterfall. ``total`` bars stand on nought, the others continue where the one before ended."""

    label: str
    amount: Decimal
    total: bool


def funnel(assigned: int, contacted: int, clicked: int, converted: int) -> tuple[Bar, ...]:
    """How far the treated got. Who came back without a click is counted too, so it need not shrink."""
    steps = (("Begun", assigned), ("Contacted", contacted), ("Clicked", clicked), ("Reached the goal", converted))
    return tuple(Bar(label, count, count / assigned if assigned else 0.0) for label, count in steps)


def span(days: int, treated: Count, holdout: Count, alpha: float) -> Span:
    """Both arms after so many days. It is looked at beside the one number that decides, never in its place."""
    both = treated.n and holdout.n
    return Span(
        days,
        treated,
        lift.of_one_share(treated, alpha),
        holdout,
        lift.of_one_share(holdout, alpha),
        lift.of_shares(treated, holdout, alpha) if both else None,
    )


def waterfall(figures: Figures | None, brought: Decimal) -> tuple[Amount, ...]:
    """From what the treated brought to what is left of it: less what would have come anyway, less the cost."""
    if figures is None:
        return ()
    return (
        Amount("What the treated brought", brought, True),
        Amount("Would have come without us", figures.measured.revenue - brought, False),
        Amount("Because of us", figures.measured.revenue, True),
        Amount("Cost", -figures.cost, False),
        Amount("Left over", figures.measured.net, True),
    )
