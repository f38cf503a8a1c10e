"""What the arithmetic of experiments is done on: counts, sums over customers, and intervals. Pure."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Count:
    """``hits`` of ``n`` customers did it. Raises ValueError where that is no share."""

    hits: int
    n: int

    def __post_init__(self) -> None:
        if not 0 <= self.hits <= self.n:
            raise ValueError(f"{self.hits} of {self.n} is no share.")

    @property
    def share(self) -> float:
        """From 0 to 1; 0 of nobody."""
        return self.hits / self.n if self.n else 0.0

    @property
    def fewest(self) -> int:
        """The smaller of those who did and those who did not."""
        return min(self.hits, self.n - self.hits)

    def __add__(self, other: Count) -> Count:
        return Count(self.hits + other.hits, self.n + other.n)


@dataclass(frozen=True, slots=True)
class Sums:
    """Sums over ``n`` customers, which is all that means and variances need; SQL adds them up in one pass.

    ``y`` is the outcome, ``x`` the same customer's figure from before the experiment; ``yy``, ``xx`` and ``xy`` are
    sums of products.
    """

    n: int = 0
    y: float = 0.0
    yy: float = 0.0
    x: float = 0.0
    xx: float = 0.0
    xy: float = 0.0

    @classmethod
    def of(cls, outcomes: Iterable[float], before: Iterable[float] | None = None) -> Sums:
        """The sums of single values; without ``before`` it is nought for everybody."""
        ys = list(outcomes)
        xs = [0.0] * len(ys) if before is None else list(before)
        pairs = list(zip(ys, xs, strict=True))
        return cls(
            len(ys),
            math.fsum(ys),
            math.fsum(y * y for y in ys),
            math.fsum(xs),
            math.fsum(x * x for x in xs),
            math.fsum(y * x for y, x in pairs),
        )

    def __add__(self, other: Sums) -> Sums:
        return Sums(
            self.n + other.n,
            self.y + other.y,
            self.yy + other.yy,
            self.x + other.x,
            self.xx + other.xx,
            self.xy + other.xy,
        )

    @property
    def mean(self) -> float:
        return self.y / self.n if self.n else 0.0

    @property
    def mean_before(self) -> float:
        return self.x / self.n if self.n else 0.0

    @property
    def variance(self) -> float:
        """Of the outcome among customers, divided by n − 1; 0 where fewer than two."""
        return self._spread(self.yy, self.y, self.y)

    @property
    def variance_before(self) -> float:
        return self._spread(self.xx, self.x, self.x)

    @property
    def covariance(self) -> float:
        """Of outcome and figure before; may be below 0."""
        return (self.xy - self.x * self.y / self.n) / (self.n - 1) if self.n > 1 else 0.0

    def _spread(self, products: float, one: float, other: float) -> float:
        return max(0.0, (products - one * other / self.n) / (self.n - 1)) if self.n > 1 else 0.0


@dataclass(frozen=True, slots=True)
class Interval:
    """From ``low`` to ``high``, both in the unit of what it surrounds."""

    low: float
    high: float

    def __contains__(self, value: float) -> bool:
        return self.low <= value <= self.high

    @property
    def width(self) -> float:
        return self.high - self.low

    @property
    def shows(self) -> int:
        """1: surely more. -1: surely less. 0: it holds nought, so it shows nothing."""
        return 1 if self.low > 0 else -1 if self.high < 0 else 0


@dataclass(frozen=True, slots=True)
class Estimate:
    """A difference, treated minus held out, with the interval it lies in."""

    point: float
    interval: Interval
