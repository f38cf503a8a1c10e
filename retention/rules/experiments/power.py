"""How many customers a question needs, and what a segment can answer; said before anything is sent. Pure.

Shares and effects are fractions: 0.035 is 3.5 points. ``holdout`` is the share held out.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from retention.rules.experiments.lift import ALPHA

POWER = 0.8
#: Nobody searches further: no business here has so many customers.
MOST = 100_000_000


@dataclass(frozen=True, slots=True)
class Needed:
    """Customers that must be in each arm when the look is taken."""

    treated: int
    holdout: int

    @property
    def total(self) -> int:
        return self.treated + self.holdout


def power_of_shares(*, customers: float, holdout: float, baseline: float, effect: float, alpha: float = ALPHA) -> float:
    """How often so many customers would show a true difference of ``effect``, from 0 to 1."""
    from statsmodels.stats.proportion import power_proportions_2indep

    ratio = holdout / (1 - holdout)
    treated = customers * (1 - holdout)
    return float(power_proportions_2indep(effect, baseline, treated, ratio=ratio, alpha=alpha, return_results=False))


def needed_for_shares(
    *, baseline: float, effect: float, holdout: float, alpha: float = ALPHA, power: float = POWER
) -> Needed:
    """How many customers show a difference of ``effect`` over ``baseline`` in ``power`` of all cases.

    Two-sided, at `alpha`, and as many held out as the design says: the smaller arm is what costs. Raises ValueError,
    in words, for a share that cannot be and for an effect that no number of customers would show.
    """
    _possible(baseline, effect, holdout, alpha, power)
    from scipy.optimize import brentq

    def missing(customers: float) -> float:
        return (
            power_of_shares(customers=customers, holdout=holdout, baseline=baseline, effect=effect, alpha=alpha) - power
        )

    low, high = 2.0, 4.0
    while missing(high) < 0:
        low, high = high, high * 2
        if high > MOST:
            raise ValueError("An effect this small cannot be shown with any number of customers we could have.")
    found = high if missing(low) >= 0 else brentq(missing, low, high, xtol=0.01)
    return Needed(math.ceil(found * (1 - holdout)), math.ceil(found * holdout))


def detectable_share(
    *, customers: int, baseline: float, holdout: float, alpha: float = ALPHA, power: float = POWER
) -> float | None:
    """The smallest rise that so many customers can show; None where not even a rise to everybody would be seen."""
    most = 1 - baseline
    _possible(baseline, most / 2, holdout, alpha, power)
    from scipy.optimize import brentq

    def missing(effect: float) -> float:
        return (
            power_of_shares(customers=customers, holdout=holdout, baseline=baseline, effect=effect, alpha=alpha) - power
        )

    if customers * min(holdout, 1 - holdout) < 1 or missing(most * 0.999) < 0:
        return None
    return float(brentq(missing, most * 1e-6, most * 0.999, xtol=1e-7))


def needed_for_means(
    *, spread: float, effect: float, holdout: float, alpha: float = ALPHA, power: float = POWER
) -> Needed:
    """As `needed_for_shares`, for a mean such as revenue: ``spread`` is its standard deviation among customers."""
    if spread <= 0 or effect <= 0:
        raise ValueError("The spread and the effect must both be above nought.")
    _possible(0.5, 0.1, holdout, alpha, power)
    from statsmodels.stats.power import NormalIndPower

    treated = float(
        NormalIndPower().solve_power(effect / spread, alpha=alpha, power=power, ratio=holdout / (1 - holdout))
    )
    return Needed(math.ceil(treated), math.ceil(treated * holdout / (1 - holdout)))


def detectable_mean(
    *, customers: int, spread: float, holdout: float, alpha: float = ALPHA, power: float = POWER
) -> float | None:
    """The smallest difference of means that so many customers can show, in the unit of ``spread``."""
    _possible(0.5, 0.1, holdout, alpha, power)
    if customers * min(holdout, 1 - holdout) < 2:
        return None
    from statsmodels.stats.power import NormalIndPower

    size = NormalIndPower().solve_power(
        nobs1=customers * (1 - holdout), alpha=alpha, power=power, ratio=holdout / (1 - holdout)
    )
    return float(size) * spread


def what_can_be_found(*, customers: int, holdout: float, detectable: float | None, wanted: float | None = None) -> str:
    """In words what a segment can answer, for instance before launch. ``wanted`` is the effect worth finding."""
    said = f"With {customers:,} customers and {_percent(holdout)} held out you"
    if detectable is None:
        return f"{said} can find nothing: there are too few. Take a wider segment, or hold out more."
    points = math.ceil(round(detectable * 1000, 6)) / 10
    found = f"{said} can find a difference of {points:g} points or more."
    if wanted is None:
        return found
    if detectable <= wanted + 1e-9:
        return f"{found} That is enough for the {wanted * 100:g} points you want to see."
    return (
        f"{found} The {wanted * 100:g} points you want to see may well stay hidden. "
        "Take a wider segment, hold out more, or look at revenue per customer over several pilots."
    )


def what_revenue_can_be_found(*, customers: int, holdout: float, detectable: float | None, currency: str = "") -> str:
    """As `what_can_be_found`, for revenue per customer."""
    said = f"With {customers:,} customers and {_percent(holdout)} held out you"
    if detectable is None:
        return f"{said} can find nothing: there are too few. Take a wider segment, or hold out more."
    amount = f"{math.ceil(round(detectable * 100, 6)) / 100:,.2f} {currency}".strip()
    return f"{said} can find a difference of {amount} per customer or more."


def _possible(baseline: float, effect: float, holdout: float, alpha: float, power: float) -> None:
    if not 0 <= baseline < 1:
        raise ValueError("The share without us must be from 0 to below 100%.")
    if not 0 < effect <= 1 - baseline:
        raise ValueError(f"The effect must be above 0 and at most {(1 - baseline) * 100:g} points.")
    if not 0 < holdout < 1:
        raise ValueError("The share held out must be above 0 and below 100%.")
    if not 0 < alpha < power < 1:
        raise ValueError("The power must be above the share of false alarms, and both between 0 and 100%.")


def _percent(share: float) -> str:
    return f"{round(share * 100, 2):g}%"
