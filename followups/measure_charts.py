"""Where the pieces of the curve of a rate go, in per cent of its width and height. The template draws them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import pairwise

from followups.measures import Day

#: 0 per cent at the bottom line, 100 at the top line, dates below.
TOP, BOTTOM, LEFT, RIGHT = 6.0, 84.0, 2.0, 98.0
#: More dots than this would hide the line.
MOST_DOTS = 62


@dataclass(frozen=True, slots=True)
class Stroke:
    """A straight line."""

    x1: str
    y1: str
    x2: str
    y2: str


@dataclass(frozen=True, slots=True)
class Mark:
    """A place with words."""

    x: str
    y: str
    words: str
    anchor: str = "start"


@dataclass(frozen=True, slots=True)
class Curve:
    """A rate from day to day, and the goal it is held against."""

    lines: list[Stroke]
    dots: list[Mark]
    levels: list[Mark]
    dates: list[Mark]
    summary: str


def curve(days: Sequence[Day], goal: Decimal | None = None) -> Curve | None:
    """The curve of these days, in their order; None while there is nobody to count on any of them."""
    known = [(place, one) for place, one in enumerate(days) if one.rate.share is not None]
    if not known:
        return None

    def across(place: int) -> float:
        return (LEFT + RIGHT) / 2 if len(days) == 1 else LEFT + (RIGHT - LEFT) * place / (len(days) - 1)

    points = [(across(place), _up(float(one.rate.share or 0)), one) for place, one in known]
    first, last = known[0][1], known[-1][1]
    levels = [Mark(_per(LEFT), _per(_up(1)), "100%"), Mark(_per(LEFT), _per(_up(0.5)), "50%")]
    if goal is not None:
        levels = [Mark(_per(LEFT), _per(_up(float(goal))), f"Goal {goal * 100:.1f}".removesuffix(".0") + "%")]
    return Curve(
        lines=[Stroke(_per(x), _per(y), _per(to_x), _per(to_y)) for (x, y, _), (to_x, to_y, _) in pairwise(points)],
        dots=[Mark(_per(x), _per(y), _said(one)) for x, y, one in points] if len(points) <= MOST_DOTS else [],
        levels=levels,
        dates=[
            Mark(_per(LEFT), "97%", f"{days[0].day:%-d %b %Y}", "start"),
            Mark(_per(RIGHT), "97%", f"{days[-1].day:%-d %b %Y}", "end"),
        ],
        summary=f"Disposition rate from {first.day:%-d %B %Y}: {first.rate.words}. On {_said(last)}.",
    )


def _said(day: Day) -> str:
    return f"{day.day:%-d %B %Y}: {day.rate.words}, {day.rate.count} of {day.rate.total}"


def _up(share: float) -> float:
    return BOTTOM - (BOTTOM - TOP) * share


def _per(number: float) -> str:
    return f"{number:.2f}%"
