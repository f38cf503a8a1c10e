"""Shares, how sure one can be of them, and how far a goal is away. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import ROUND_FLOOR, Decimal
from fractions import Fraction

#: What is said where nobody could be counted: a share of nobody is no share, and surely not nought.
NOBODY = "nobody yet"
#: How sure an interval is: in nineteen of twenty cases the true share lies inside.
SURE = 0.95


@dataclass(frozen=True, slots=True)
class Rate:
    """``count`` of ``total``. There is no share of nobody.

    Raises ValueError where ``count`` is not between nought and ``total``.
    """

    count: int
    total: int

    def __post_init__(self) -> None:
        if not 0 <= self.count <= self.total:
            raise ValueError(f"{self.count} of {self.total} is no share.")

    @property
    def share(self) -> Fraction | None:
        """From 0 to 1, exactly; None of nobody."""
        return Fraction(self.count, self.total) if self.total else None

    @property
    def rest(self) -> int:
        return self.total - self.count

    @property
    def percent(self) -> Decimal | None:
        """With one decimal, rounded down, so that a goal never looks reached before it is."""
        return None if self.share is None else _tenths(self.share * 100)

    @property
    def words(self) -> str:
        return NOBODY if self.percent is None else f"{_short(self.percent)}%"


@dataclass(frozen=True, slots=True)
class Interval:
    """Between which shares (0 to 1) the true one lies, as sure as `SURE`."""

    low: float
    high: float

    @property
    def words(self) -> str:
        return f"{_whole(self.low)} to {_whole(self.high)}%"


def intervals(rates: list[Rate]) -> list[Interval | None]:
    """Wilson's interval of each rate, in their order; None where there is nobody to count.

    Wilson's stays within 0 and 1 and is of use for a handful of messages, where the textbook's is not.
    """
    counted = [rate for rate in rates if rate.total]
    if not counted:
        return [None] * len(rates)
    # Loading it takes seconds, and most processes never ask.
    from statsmodels.stats.proportion import proportion_confint

    low, high = proportion_confint(
        [rate.count for rate in counted], [rate.total for rate in counted], alpha=1 - SURE, method="wilson"
    )
    found = iter([Interval(max(0.0, float(a)), min(1.0, float(b))) for a, b in zip(low, high, strict=True)])
    return [next(found) if rate.total else None for rate in rates]


@dataclass(frozen=True, slots=True)
class Distance:
    """What is missing to a goal: leads that still need an outcome, and points of a hundred. Nought where it is met."""

    leads: int
    points: Decimal

    @property
    def met(self) -> bool:
        return self.leads == 0


def distance(rate: Rate, goal: Decimal) -> Distance | None:
    """How far ``rate`` is from ``goal`` (a share, above 0 up to 1); None while there is nobody to count.

    ``leads`` counts among those of today: whoever falls silent tomorrow raises it. ``points`` are rounded up, so that
    nought means that nothing is missing. Raises ValueError for a goal that is no such share.
    """
    if not 0 < goal <= 1:
        raise ValueError(f"{goal} is no goal.")
    if rate.share is None:
        return None
    wanted = Fraction(goal)
    leads = max(0, -(-wanted * rate.total // 1) - rate.count)
    points = max(Fraction(0), wanted - rate.share) * 100
    return Distance(int(leads), -_tenths(-points) if points else Decimal(0))


def last_day(started_on: date, days: int) -> date:
    """The last day that counts. The first counts as one."""
    return started_on + timedelta(days=days - 1)


def days_left(started_on: date, days: int, today: date) -> int:
    """How many days are left, today included; all of them before it starts, none after it."""
    return max(0, min(days, (last_day(started_on, days) - today).days + 1))


def _tenths(number: Fraction) -> Decimal:
    """Rounded down to one decimal."""
    tenths = number * 10 // 1
    return (Decimal(int(tenths)) / 10).quantize(Decimal("0.1"), rounding=ROUND_FLOOR)


def _short(number: Decimal) -> str:
    return f"{number:f}".removesuffix(".0")


def _whole(share: float) -> int:
    return round(share * 100)
