"""Using what customers did before, to see the difference more sharply (mission.md 3.6, known as CUPED). Pure."""

from __future__ import annotations

from dataclasses import dataclass

from retention.rules.experiments.lift import ALPHA, around
from retention.rules.experiments.samples import Estimate, Sums

#: With fewer customers in an arm the adjustment would follow noise.
FEWEST = 50


@dataclass(frozen=True, slots=True)
class Adjusted:
    """The difference after adjusting, and which share of the variance that took away.

    ``used`` is False where adjusting was not possible or of no help: then ``estimate`` is the plain one. ``sentence``
    says which, and why.
    """

    estimate: Estimate
    used: bool
    taken_away: float
    sentence: str


def adjust(treated: Sums, holdout: Sums, alpha: float = ALPHA) -> Adjusted:
    """The difference of means with each outcome compared to what the customer's figure before makes one expect.

    The slope is the one common to both arms, so that the draw alone decides the difference. The figure before cannot
    have been changed by what we sent, therefore nothing is taken from the effect. Raises ValueError where an arm has
    fewer than two.
    """
    if min(treated.n, holdout.n) < 2:
        raise ValueError("A mean needs two customers in each arm.")
    raw = [(arm.variance / arm.n, arm.n - 1) for arm in (treated, holdout)]
    plain = around(treated.mean - holdout.mean, raw, alpha)
    if min(treated.n, holdout.n) < FEWEST:
        return Adjusted(plain, False, 0.0, f"Not adjusted: an arm has fewer than {FEWEST} customers.")
    spread = sum((arm.n - 1) * arm.variance_before for arm in (treated, holdout))
    if spread <= 1e-12:
        return Adjusted(plain, False, 0.0, "Not adjusted: before the experiment all customers had the same figure.")
    slope = sum((arm.n - 1) * arm.covariance for arm in (treated, holdout)) / spread
    parts = []
    for arm in (treated, holdout):
        left = arm.variance - 2 * slope * arm.covariance + slope**2 * arm.variance_before
        parts.append((max(0.0, left) / arm.n, arm.n - 2))
    before, after = sum(part for part, _ in raw), sum(part for part, _ in parts)
    taken_away = 1 - after / before if before > 0 else 0.0
    if taken_away <= 0:
        return Adjusted(plain, False, 0.0, "Not adjusted: what customers did before says nothing about the outcome.")
    point = plain.point - slope * (treated.mean_before - holdout.mean_before)
    said = f"Adjusted by what customers did before: that took away {taken_away:.0%} of the noise."
    if taken_away < 0.005:
        said = "Adjusted by what customers did before: that took away less than 1% of the noise."
    return Adjusted(around(point, parts, alpha), True, taken_away, said)
