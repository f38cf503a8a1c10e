"""An interval that may be looked at every day (mission.md 3.6). Pure.

An ordinary interval holds the truth in nineteen of twenty looks, so whoever looks daily will one day see it fail. This
one is wider: in nineteen of twenty experiments it holds the truth on every day at once, and one may stop whenever it
shows something. It is Robbins' normal mixture: the boundary that a Gaussian mixture of likelihood ratios crosses with
probability alpha at most. docs/experiments.md says on what it rests and where it was tried.
"""

from __future__ import annotations

import math

from retention.rules.experiments.lift import ALPHA
from retention.rules.experiments.samples import Count, Estimate, Interval, Sums

#: In each arm so many must have done it, and so many not, before shares are near enough to a normal distribution.
FEWEST_HITS = 5
#: Customers in each arm, for means.
FEWEST_FOR_MEANS = 100


def of_shares(treated: Count, holdout: Count, *, planned_variance: float, alpha: float = ALPHA) -> Estimate | None:
    """The difference of two shares; None while there are too few to say anything.

    Count only customers whose window is over: the outcome of the others still changes, and nothing holds then.
    ``planned_variance`` is `planned_variance_of_shares` of the design.
    """
    if min(treated.fewest, holdout.fewest) < FEWEST_HITS:
        return None
    variance = sum(_cautious(count) for count in (treated, holdout))
    return _around(treated.share - holdout.share, variance, planned_variance, alpha)


def of_means(treated: Sums, holdout: Sums, *, planned_variance: float, alpha: float = ALPHA) -> Estimate | None:
    """The difference of two means, as `of_shares`."""
    if min(treated.n, holdout.n) < FEWEST_FOR_MEANS:
        return None
    variance = treated.variance / treated.n + holdout.variance / holdout.n
    return None if variance <= 0 else _around(treated.mean - holdout.mean, variance, planned_variance, alpha)


def planned_variance_of_shares(*, baseline: float, effect: float, treated: int, holdout: int) -> float:
    """The variance that the difference will have at the planned look, going by the design.

    It makes the interval narrowest there. A wrong guess makes it wider, never wrong, as long as the guess is made
    before the data is seen.
    """
    after = min(1.0, baseline + effect)
    return max(1e-12, after * (1 - after) / treated + baseline * (1 - baseline) / holdout)


def planned_variance_of_means(*, spread: float, treated: int, holdout: int) -> float:
    """As `planned_variance_of_shares`; ``spread`` is the standard deviation that was assumed."""
    return max(1e-12, spread**2 / treated + spread**2 / holdout)


def radius(variance: float, planned_variance: float, alpha: float = ALPHA) -> float:
    """Half the width of the interval around a difference that has this variance now."""
    mixture = planned_variance * _best_ratio(alpha)
    grown = (variance + mixture) / variance
    return math.sqrt(variance * (variance + mixture) / mixture * (2 * math.log(1 / alpha) + math.log(grown)))


def _best_ratio(alpha: float) -> float:
    """How wide the mixture must be, in planned variances, for the narrowest interval at the planned look.

    It is where the derivative of `radius` by the mixture's width is nought: u − ln u = 1 + 2 ln(1/alpha) with
    u = 1 + ratio.
    """
    from scipy.special import lambertw

    return float(-lambertw(-(alpha**2) / math.e, -1).real) - 1


def _cautious(count: Count) -> float:
    """The variance of a share, as if one more had done it and one more had not: few hits must not look certain."""
    share = (count.hits + 1) / (count.n + 2)
    return share * (1 - share) / count.n


def _around(point: float, variance: float, planned_variance: float, alpha: float) -> Estimate:
    half = radius(variance, planned_variance, alpha)
    return Estimate(point, Interval(point - half, point + half))
