"""What a playbook brought in, what it cost, and whether it may be scaled (mission.md 3.8; docs/money.md). Pure.

Money is in one currency, rounded to cents, halves up. It is all revenue: nobody here knows margins.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction

from retention.rules.experiments import lift
from retention.rules.experiments.samples import Count, Estimate

CENT = Decimal("0.01")
#: Over so many days the revenue of a conversion is counted, unless somebody says otherwise.
DAYS = 30
#: No payback is looked for beyond this.
MOST_DAYS = 3650
#: Shares of the incremental conversions that are still there in the second month.
RETAINED = (Decimal(1), Decimal("0.75"), Decimal("0.5"), Decimal("0.25"), Decimal(0))
#: By how much the revenue of a conversion may be wrong.
REVENUE_OFF = (Decimal("-0.5"), Decimal("-0.2"), Decimal("0.2"))


@dataclass(frozen=True, slots=True)
class Outcome:
    """What so many incremental conversions come to.

    ``roi`` is net divided by cost, None without cost. ``payback_days`` is None where what is counted never pays the
    cost back. ``net_each`` is net revenue per incremental conversion, None where there is none.
    """

    conversions: Decimal
    revenue: Decimal
    net: Decimal
    roi: Decimal | None
    payback_days: int | None
    net_each: Decimal | None


@dataclass(frozen=True, slots=True)
class Case:
    """One row of the sensitivity table: what is assumed instead, and what comes of it."""

    what: str
    outcome: Outcome


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """The money of a comparison: as measured, and at both ends of the interval.

    ``revenue_each`` is the revenue of one conversion over ``days``. ``lift`` is in fractions, or in money per
    customer where ``of_revenue``.
    """

    treated_n: int
    lift: Estimate
    of_revenue: bool
    revenue_each: Decimal
    cost: Decimal
    days: int
    measured: Outcome
    low: Outcome
    high: Outcome
    sensitivity: tuple[Case, ...]


@dataclass(frozen=True, slots=True)
class Thresholds:
    """What a playbook must reach before it is for everybody: `retention.models.PlaybookVersion`, ``gate_…``."""

    min_roi: Decimal = Decimal(1)
    min_net_each: Decimal = Decimal(0)
    max_payback_days: int = 60


@dataclass(frozen=True, slots=True)
class Gate:
    """Whether a playbook may be scaled, and every reason why not."""

    open: bool
    reasons: tuple[str, ...]


def figures(
    treated: Count,
    holdout: Count,
    *,
    revenue_each: Decimal,
    cost: Decimal,
    days: int = DAYS,
    retained: Decimal = Decimal(0),
    difference: Estimate | None = None,
) -> Figures:
    """The seed's arithmetic: incremental conversions are those of the treated minus what the other arm's rate gives.

    Arms may differ in size. ``difference`` brings another interval than Newcombe's, for instance one that may be
    looked at daily. ``retained`` is the share of a month's revenue that comes again in each month that follows; only
    the payback uses it. Raises ValueError, in words, for what cannot be.
    """
    _sound(revenue_each, cost, days, retained)
    if not treated.n or not holdout.n:
        raise ValueError("Both arms need customers before they can be compared.")
    between = (difference or lift.of_shares(treated, holdout)).interval
    exact = Fraction(treated.hits) - Fraction(holdout.hits, holdout.n) * treated.n
    ends = [Fraction(end) * treated.n for end in (between.low, between.high)]
    price = Fraction(revenue_each)

    def outcome(conversions: Fraction, each: Fraction = price) -> Outcome:
        return _outcome(conversions, conversions * each, cost, days, retained)

    measured, low, high = outcome(exact), outcome(ends[0]), outcome(ends[1])
    return Figures(
        treated_n=treated.n,
        lift=Estimate(treated.share - holdout.share, between),
        of_revenue=False,
        revenue_each=_cents(price),
        cost=_cents(Fraction(cost)),
        days=days,
        measured=measured,
        low=low,
        high=high,
        sensitivity=_cases(exact, exact * price, cost, days, low, high),
    )


def figures_of_revenue(
    treated_n: int,
    difference: Estimate,
    *,
    conversions: Fraction,
    cost: Decimal,
    days: int = DAYS,
    retained: Decimal = Decimal(0),
) -> Figures:
    """The same where revenue per customer is what is compared: ``difference`` is in money per customer.

    ``conversions`` are the incremental ones, for what each came to; the ends of the interval are given with the same.
    """
    _sound(Decimal(0), cost, days, retained)
    ends = [Fraction(value) * treated_n for value in (difference.interval.low, difference.interval.high)]
    total = Fraction(difference.point) * treated_n
    low, high = (_outcome(conversions, end, cost, days, retained) for end in ends)
    return Figures(
        treated_n=treated_n,
        lift=difference,
        of_revenue=True,
        revenue_each=_cents(total / conversions) if conversions > 0 else Decimal("0.00"),
        cost=_cents(Fraction(cost)),
        days=days,
        measured=_outcome(conversions, total, cost, days, retained),
        low=low,
        high=high,
        sensitivity=_cases(conversions, total, cost, days, low, high),
    )


def two_months(
    conversions: Fraction, revenue: Fraction, cost: Decimal, retained: Fraction, days: int = DAYS
) -> Outcome:
    """What the first ``days`` and as many after them come to, where that share of the conversions is still there then.

    ``revenue`` is that of the first ``days``. The payback counts both.
    """
    found = _outcome(conversions, revenue * (1 + retained), cost, days, Decimal(0))
    back = _payback(revenue, Fraction(cost), days, retained)
    return replace(found, payback_days=back if back is not None and back <= 2 * days else None)


def gate(found: Figures | None, thresholds: Thresholds) -> Gate:
    """Whether the figures allow to scale. The low end of the interval counts, not what was measured.

    None: nothing was measured yet. Every threshold that is missed gives a sentence.
    """
    if found is None:
        return Gate(False, ("Nothing can be said yet: too few in both arms have their window over.",))
    reasons = []
    if found.lift.interval.low <= 0:
        reasons.append("It is not shown that this helps: the interval of the difference includes nought or less.")
    low = found.low
    if found.cost and (low.roi is None or low.roi < thresholds.min_roi):
        reasons.append(
            f"At the low end of the interval it returns {_times(low.roi)} its cost; "
            f"{_times(thresholds.min_roi)} are asked for."
        )
    if low.net < 0 or low.net_each is None or low.net_each < thresholds.min_net_each:
        reasons.append(
            "At the low end of the interval nobody more was won back."
            if low.net_each is None
            else f"At the low end of the interval a customer won back brings {low.net_each:,.2f} net; "
            f"{thresholds.min_net_each:,.2f} are asked for."
        )
    if low.payback_days is None:
        reasons.append("At the low end of the interval the cost does not come back in the time that was measured.")
    elif low.payback_days > thresholds.max_payback_days:
        reasons.append(
            f"At the low end of the interval the cost is back after {_days(low.payback_days)}; "
            f"{_days(thresholds.max_payback_days)} are allowed."
        )
    return Gate(not reasons, tuple(reasons))


def _outcome(conversions: Fraction, revenue: Fraction, cost: Decimal, days: int, retained: Decimal) -> Outcome:
    spent = Fraction(cost)
    net = revenue - spent
    return Outcome(
        conversions=_cents(conversions),
        revenue=_cents(revenue),
        net=_cents(net),
        roi=_cents(net / spent) if spent else None,
        payback_days=_payback(revenue, spent, days, Fraction(retained)),
        net_each=_cents(net / conversions) if conversions > 0 else None,
    )


def _payback(revenue: Fraction, cost: Fraction, days: int, retained: Fraction) -> int | None:
    """The day on which revenue that comes in evenly has reached the cost; each period brings ``retained`` of the one
    before."""
    if not cost:
        return 0
    passed, came, period = 0, Fraction(0), revenue
    while period > 0 and passed < MOST_DAYS:
        if came + period >= cost:
            return passed + -(-(cost - came) * days // period)
        came, passed, period = came + period, passed + days, period * retained
    return None


def _cases(
    conversions: Fraction, revenue: Fraction, cost: Decimal, days: int, low: Outcome, high: Outcome
) -> tuple[Case, ...]:
    cases = [Case("At the low end of the interval", low), Case("At the high end of the interval", high)]
    for off in REVENUE_OFF:
        more = "more" if off > 0 else "less"
        changed = _outcome(conversions, revenue * (1 + Fraction(off)), cost, days, Decimal(0))
        cases.append(Case(f"Revenue per customer {abs(off):.0%} {more}", changed))
    for share in RETAINED:
        found = two_months(conversions, revenue, cost, Fraction(share), days)
        cases.append(Case(f"Over twice the time, if {share:.0%} of them stay for the second half", found))
    return tuple(cases)


def _sound(revenue_each: Decimal, cost: Decimal, days: int, retained: Decimal) -> None:
    checks: list[tuple[bool, Callable[[], str]]] = [
        (revenue_each >= 0, lambda: f"Revenue per conversion cannot be {revenue_each}: it is nought or more."),
        (cost >= 0, lambda: f"The cost cannot be {cost}: it is nought or more."),
        (days >= 1, lambda: f"Revenue cannot be counted over {days} days: it takes one at least."),
        (0 <= retained <= 1, lambda: f"The share retained cannot be {retained}: it is from 0 to 1."),
    ]
    for holds, words in checks:
        if not holds:
            raise ValueError(words())


def _cents(amount: Fraction) -> Decimal:
    """Rounded to hundredths, halves away from nought."""
    hundredths = (abs(amount) * 100 + Fraction(1, 2)) // 1
    return (Decimal(int(hundredths) * (-1 if amount < 0 else 1)) / 100).quantize(CENT, rounding=ROUND_HALF_UP)


def _times(number: Decimal | None) -> str:
    return "nothing" if number is None else f"{number:.2f} times"


def _days(number: int) -> str:
    return "1 day" if number == 1 else f"{number} days"
