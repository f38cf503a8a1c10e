"""How often the planned look says what, worked out by adding up every outcome that can come about."""

from __future__ import annotations

import numpy as np
from scipy.stats import binom
from statsmodels.stats.proportion import confint_proportions_2indep

#: Outcomes rarer than this in an arm are left out: all of them together are rarer than one in a hundred thousand.
RARE = 1e-9


def chances(treated: int, holdout: int, with_us: float, without: float, alpha: float = 0.05) -> tuple[float, float]:
    """How often Newcombe's interval says more, and how often less, with arms of this size and these true shares."""
    arms = []
    for n, share in ((treated, with_us), (holdout, without)):
        hits = np.arange(n + 1)
        chance = binom.pmf(hits, n, share)
        arms.append((hits[chance > RARE], chance[chance > RARE]))
    one, other = np.meshgrid(arms[0][0], arms[1][0], indexing="ij")
    low, high = confint_proportions_2indep(one, treated, other, holdout, method="newcomb", compare="diff", alpha=alpha)
    weight = np.outer(arms[0][1], arms[1][1])
    return float(weight[low > 0].sum()), float(weight[high < 0].sum())
