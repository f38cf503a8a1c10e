"""What customers are worth (docs/value.md has the definition with an example). Pure.

`retention.services.value` says the same in SQL, for all customers at once; this is what a person can follow and what
tests hold the SQL against. Margins are not known, so value here is revenue.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction

from retention.states import ValueTier

#: Revenue and departures are looked at over so many days before the month.
DAYS = 365
MONTHS = 12
#: Nobody plans further ahead than this, however loyal the plan.
LONGEST_MONTHS = 36
#: A plan with fewer customers than this in the year says too little: the whole customer base stands in.
ENOUGH_OF_A_PLAN = 20
#: The top 20 per cent are of high value, the next 30 of middle value.
HIGH_SHARE = Fraction(20, 100)
MIDDLE_SHARE = Fraction(50, 100)
_CENT = Decimal("0.01")


@dataclass(frozen=True, slots=True)
class Purchase:
    """One purchase. ``currency`` is "" where the event did not say, which is then the customer's own."""

    amount: Decimal
    currency: str
    occurred_at: datetime


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of a customer: its terms, and all purchases."""

    customer_id: int
    since: date | None = None
    churned_on: date | None = None
    plan: str = ""
    mrr: Decimal | None = None
    currency: str = ""
    purchases: Sequence[Purchase] = ()


@dataclass(frozen=True, slots=True)
class Worth:
    """What a customer is worth at the first moment of a month. Money is in ``currency``."""

    monthly_revenue: Decimal
    clv: Decimal
    currency: str
    tier: str
    months: int


@dataclass(frozen=True, slots=True)
class Valued:
    """What all customers are worth, and how many purchases were left out for being in another currency."""

    worth: Mapping[int, Worth]
    left_out: int


def first_moment(month: date) -> datetime:
    """The first moment of the month that a day lies in, UTC."""
    return datetime.combine(month.replace(day=1), time(), UTC)


def months_of(started: date | None, month: date) -> int:
    """For how many months of the year before somebody was a customer: begun ones count, 1 at least and 12 at most."""
    if started is None:
        return MONTHS
    days = min(DAYS, (month.replace(day=1) - started).days)
    return max(1, -(-days * MONTHS // DAYS))


def expected_months(days: int, left: int) -> Fraction:
    """How many months a customer will stay, when customers were there for so many days together and so many left.

    One month divided by the monthly share that leaves. One departure and two months are added to what was seen, so
    that a plan that nobody has left yet is not thought to last for ever. 36 at most.
    """
    seen = Fraction(days * MONTHS, DAYS) + 2
    return min(Fraction(LONGEST_MONTHS), seen / (left + 1))


def tier_of(above: int, same: int, everybody: int) -> str:
    """The tier of a customer with so many above, in a group of ``same`` with equal value, among ``everybody``.

    A group of equal value stands where its middle stands, so that equal customers are never in two tiers and a plan
    with one price does not make everybody a high value.
    """
    middle = Fraction(2 * above + same - 1, 2)
    if middle < HIGH_SHARE * everybody:
        return ValueTier.HIGH.value
    return ValueTier.MIDDLE.value if middle < MIDDLE_SHARE * everybody else ValueTier.LOW.value


def value(customers: Iterable[Known], month: date) -> Valued:
    """What each customer is worth at the first moment of a month. Those who had left by then are not in the answer."""
    at = first_moment(month)
    everyone = list(customers)
    staying = _expectations(everyone, at)
    worth: dict[int, Worth] = {}
    left_out = 0
    for one in everyone:
        if one.churned_on is not None and one.churned_on <= at.date():
            continue
        recent = [bought for bought in one.purchases if at - timedelta(days=DAYS) <= bought.occurred_at < at]
        currency = one.currency or _currency_of(recent)
        counted = [bought for bought in recent if bought.currency in ("", currency)]
        left_out += len(recent) - len(counted)
        months = months_of(_started(one, at), at.date())
        revenue = one.mrr if one.mrr is not None else sum((bought.amount for bought in counted), Decimal(0)) / months
        monthly = _cents(Fraction(max(revenue, Decimal(0))))
        clv = _cents(Fraction(monthly) * staying(one.plan))
        worth[one.customer_id] = Worth(monthly, clv, currency, ValueTier.NONE.value, months)
    return Valued(_with_tiers(worth), left_out)


class _Expectations:
    """Months to come by plan, from who was there during the year before and who left in it."""

    def __init__(self) -> None:
        self.customers: Counter[str] = Counter()
        self.days: Counter[str] = Counter()
        self.left: Counter[str] = Counter()

    def __call__(self, plan: str) -> Fraction:
        if self.customers[plan] >= ENOUGH_OF_A_PLAN:
            return expected_months(self.days[plan], self.left[plan])
        return expected_months(self.days.total(), self.left.total())


def _expectations(customers: Sequence[Known], at: datetime) -> _Expectations:
    end, begin = at.date(), at.date() - timedelta(days=DAYS)
    found = _Expectations()
    for one in customers:
        started = _started(one, at)
        if started is None or started >= end or (one.churned_on is not None and one.churned_on <= begin):
            continue
        left = one.churned_on is not None and one.churned_on <= end
        until = one.churned_on if one.churned_on is not None and left else end
        found.customers[one.plan] += 1
        found.days[one.plan] += max(0, (until - max(started, begin)).days)
        found.left[one.plan] += left
    return found


def _started(one: Known, at: datetime) -> date | None:
    """The day somebody became a customer. Where nobody wrote it down, that of the first purchase before the month."""
    if one.since is not None:
        return one.since
    first = min((bought.occurred_at for bought in one.purchases if bought.occurred_at < at), default=None)
    return None if first is None else first.astimezone(UTC).date()


def _currency_of(purchases: Sequence[Purchase]) -> str:
    """The currency of most purchases; of several, the first in the alphabet."""
    counts = Counter(bought.currency for bought in purchases if bought.currency)
    return min(counts, key=lambda currency: (-counts[currency], currency), default="")


def _with_tiers(worth: Mapping[int, Worth]) -> dict[int, Worth]:
    found = {}
    ranked = {
        currency: Counter(one.clv for one in worth.values() if one.currency == currency and one.clv > 0)
        for currency in {one.currency for one in worth.values()}
    }
    for customer_id, one in worth.items():
        counts = ranked[one.currency]
        tier = ValueTier.NONE.value
        if one.clv > 0:
            above = sum(number for clv, number in counts.items() if clv > one.clv)
            tier = tier_of(above, counts[one.clv], counts.total())
        found[customer_id] = Worth(one.monthly_revenue, one.clv, one.currency, tier, one.months)
    return found


def _cents(amount: Fraction) -> Decimal:
    """Rounded to cents, halves up."""
    cents = (amount * 200 + 1).__floor__() // 2
    return (Decimal(cents) / 100).quantize(_CENT, ROUND_HALF_UP)
