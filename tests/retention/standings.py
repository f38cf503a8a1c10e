"""Scores and standings for tests of the guard."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from hypothesis import strategies as st

from retention.rules.guard import Standing, raw_band
from retention.states import Band, Component

NOW = datetime(2026, 5, 13, 12, tzinfo=UTC)


@dataclass(frozen=True)
class Limits:
    """The thresholds of a model, and no more of it."""

    medium_from: int = 40
    high_from: int = 70
    fall_margin: int = 5
    confirm_hours: int = 12


SHIPPED = Limits()


def points(
    recency: int = 0, frequency: int = 0, payment: int = 0, engagement: int = 0, support: int = 0
) -> dict[Component, int]:
    return dict(zip(Component, (recency, frequency, payment, engagement, support), strict=True))


def standing(
    band: str, total: int = 0, *, firm: int = 0, medium: float | None = None, high: float | None = None
) -> Standing:
    """What is stored; ``medium`` and ``high`` are the hours since the total stands above those thresholds."""
    return Standing(
        Band(band),
        raw_band(total, SHIPPED),
        None if medium is None else NOW - timedelta(hours=medium),
        None if high is None else NOW - timedelta(hours=high),
        firm,
    )


@st.composite
def some_points(draw: st.DrawFn) -> dict[Component, int]:
    return points(
        draw(st.sampled_from([0, 15, 30])),
        draw(st.sampled_from([0, 10, 20, 25])),
        draw(st.integers(0, 25)),
        draw(st.sampled_from([0, 8, 15])),
        draw(st.integers(0, 5)),
    )


@st.composite
def some_limits(draw: st.DrawFn) -> Limits:
    medium = draw(st.integers(1, 90))
    return Limits(
        medium, draw(st.integers(medium + 1, 100)), draw(st.integers(0, 30)), draw(st.sampled_from([0, 1, 12, 48]))
    )


_hours = st.one_of(st.none(), st.integers(0, 60), st.sampled_from([11.999, 12, 12.001]))


@st.composite
def some_standing(draw: st.DrawFn) -> Standing:
    return standing(
        draw(st.sampled_from(Band.values)), firm=draw(st.integers(0, 30)), medium=draw(_hours), high=draw(_hours)
    )
