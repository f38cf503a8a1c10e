"""What the treated did more than those held out, and how sure one can be of it (mission.md 3.6, 3.8). Pure.

Shares are compared by Newcombe's interval: the Wilson limits of both arms, put together by squaring and adding. Over
strata the same is done with the limits of each arm and stratum, so that one stratum gives Newcombe's interval itself.
Means are compared by Welch's t, which lets the arms differ in size and spread.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from retention.rules.experiments.samples import Count, Estimate, Interval, Sums

#: Of twenty intervals nineteen hold the truth.
ALPHA = 0.05


@dataclass(frozen=True, slots=True)
class Stratified:
    """A difference with the mix of tiers made equal. ``left_out`` is the share of customers who lie in strata in
    which one arm has nobody: no comparison is possible there.
    """

    estimate: Estimate
    left_out: float


def of_shares(treated: Count, holdout: Count, alpha: float = ALPHA) -> Estimate:
    """The difference of two shares with Newcombe's interval, as fractions: 0.035 is 3.5 points.

    Raises ValueError where an arm has nobody.
    """
    _somebody(treated.n, holdout.n)
    from statsmodels.stats.proportion import confint_proportions_2indep

    low, high = confint_proportions_2indep(
        treated.hits, treated.n, holdout.hits, holdout.n, method="newcomb", compare="diff", alpha=alpha
    )
    return Estimate(treated.share - holdout.share, Interval(float(low), float(high)))


def of_one_share(count: Count, alpha: float = ALPHA) -> Interval | None:
    """Wilson's interval of one share; None of nobody."""
    if not count.n:
        return None
    from statsmodels.stats.proportion import proportion_confint

    low, high = proportion_confint(count.hits, count.n, alpha=alpha, method="wilson")
    return Interval(max(0.0, float(low)), min(1.0, float(high)))


def relative(treated: Count, holdout: Count, alpha: float = ALPHA) -> Estimate | None:
    """By which fraction the treated share is above the other: 0.64 is 64% more. None where nobody did it in an arm."""
    _somebody(treated.n, holdout.n)
    if not holdout.hits or not treated.hits:
        return None
    from statsmodels.stats.proportion import confint_proportions_2indep

    low, high = confint_proportions_2indep(
        treated.hits, treated.n, holdout.hits, holdout.n, method="log-adjusted", compare="ratio", alpha=alpha
    )
    return Estimate(treated.share / holdout.share - 1, Interval(float(low) - 1, float(high) - 1))


def of_shares_by_stratum(pairs: Sequence[tuple[Count, Count]], alpha: float = ALPHA) -> Stratified | None:
    """The difference that both arms would show with the same mix of strata; None where no stratum has both arms.

    ``pairs`` are (treated, held out), one for each stratum. A stratum weighs as much as customers lie in it, of both
    arms together (post-stratification). The interval puts the Wilson limits of all arms and strata together as
    Newcombe does with two.
    """
    both = [(treated, holdout) for treated, holdout in pairs if treated.n and holdout.n]
    if not both:
        return None
    from statsmodels.stats.proportion import proportion_confint

    kept = sum(treated.n + holdout.n for treated, holdout in both)
    point = below = above = 0.0
    for pair in both:
        weight = (pair[0].n + pair[1].n) / kept
        for count, sign in zip(pair, (1, -1), strict=True):
            limits = proportion_confint(count.hits, count.n, alpha=alpha, method="wilson")
            down, up = count.share - float(limits[0]), float(limits[1]) - count.share
            point += sign * weight * count.share
            below += (weight * (down if sign > 0 else up)) ** 2
            above += (weight * (up if sign > 0 else down)) ** 2
    everybody = sum(treated.n + holdout.n for treated, holdout in pairs)
    interval = Interval(point - math.sqrt(below), point + math.sqrt(above))
    return Stratified(Estimate(point, interval), 1 - kept / everybody)


def of_means(treated: Sums, holdout: Sums, alpha: float = ALPHA) -> Estimate:
    """The difference of two means with Welch's interval, in the unit of the outcome.

    Raises ValueError where an arm has fewer than two: one customer has no spread.
    """
    if min(treated.n, holdout.n) < 2:
        raise ValueError("A mean needs two customers in each arm.")
    parts = [(arm.variance / arm.n, arm.n - 1) for arm in (treated, holdout)]
    return around(treated.mean - holdout.mean, parts, alpha)


def of_means_by_stratum(pairs: Sequence[tuple[Sums, Sums]], alpha: float = ALPHA) -> Stratified | None:
    """As `of_shares_by_stratum`, of means; a stratum counts where each arm has two customers."""
    both = [pair for pair in pairs if min(pair[0].n, pair[1].n) > 1]
    if not both:
        return None
    kept = sum(treated.n + holdout.n for treated, holdout in both)
    point, parts = 0.0, []
    for treated, holdout in both:
        weight = (treated.n + holdout.n) / kept
        point += weight * (treated.mean - holdout.mean)
        parts += [(weight**2 * arm.variance / arm.n, arm.n - 1) for arm in (treated, holdout)]
    everybody = sum(treated.n + holdout.n for treated, holdout in pairs)
    return Stratified(around(point, parts, alpha), 1 - kept / everybody)


def around(point: float, parts: Sequence[tuple[float, int]], alpha: float = ALPHA) -> Estimate:
    """``point`` with a t interval. Each part is the variance of one mean and its degrees of freedom.

    The degrees of freedom of the sum are those of Welch and Satterthwaite. With no variance at all the interval is
    the point.
    """
    variance = sum(part for part, _free in parts)
    if variance <= 0:
        return Estimate(point, Interval(point, point))
    from scipy.stats import t

    freedom = variance**2 / sum(part**2 / free for part, free in parts)
    low, high = t.interval(1 - alpha, freedom, loc=point, scale=math.sqrt(variance))
    return Estimate(point, Interval(float(low), float(high)))


def _somebody(treated: int, holdout: int) -> None:
    if not treated or not holdout:
        raise ValueError("Both arms need customers before they can be compared.")
