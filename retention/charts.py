"""Where the pieces of a chart go, in per cent of its width and height. The templates draw them, without a script.

Everything is placed in per cent, so a chart fits a phone and a wide screen and its words keep their size.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise

from retention.models import ScoreChange

#: The chart of a score: 0 points at the bottom line, 100 at the top line, dates below.
TOP, BOTTOM, LEFT, RIGHT = 6.0, 84.0, 2.0, 98.0
LONGEST = timedelta(days=180)
SHORTEST = timedelta(days=14)
#: Words nearer than this to an edge are set inwards.
EDGE = 12.0


@dataclass(frozen=True, slots=True)
class Stroke:
    """A straight line."""

    x1: str
    y1: str
    x2: str
    y2: str


@dataclass(frozen=True, slots=True)
class Mark:
    """A place with words: a threshold, a date, a dot, a change of the model."""

    x: str
    y: str
    words: str
    anchor: str = "start"


@dataclass(frozen=True, slots=True)
class HistoryChart:
    """The totals of one customer over time, as steps."""

    steps: list[Stroke]
    dots: list[Mark]
    thresholds: list[Mark]
    models: list[Mark]
    dates: list[Mark]
    summary: str


def history(changes: Sequence[ScoreChange], *, medium_from: int, high_from: int, now: datetime) -> HistoryChart | None:
    """The chart of these changes (any order) up to now, at most half a year; None where nothing is known."""
    known = sorted((one for one in changes if one.at <= now), key=lambda one: (one.at, one.pk))
    if not known:
        return None
    start = min(max(known[0].at, now - LONGEST), now - SHORTEST)
    before = [one for one in known if one.at < start]
    inside = [one for one in known if one.at >= start]
    span = (now - start).total_seconds()

    def across(at: datetime) -> float:
        return LEFT + (RIGHT - LEFT) * (at - start).total_seconds() / span

    points: list[tuple[float, int]] = [(LEFT, before[-1].total_after)] if before else []
    points += [(across(one.at), one.total_after) for one in inside]
    points.append((RIGHT, points[-1][1]))
    steps = []
    for (x, total), (next_x, next_total) in pairwise(points):
        steps.append(_stroke(x, _up(total), next_x, _up(total)))
        if total != next_total:
            steps.append(_stroke(next_x, _up(total), next_x, _up(next_total)))
    lowest, highest = min(total for _, total in points), max(total for _, total in points)
    return HistoryChart(
        steps=steps,
        dots=[
            Mark(_per(across(one.at)), _per(_up(one.total_after)), f"{one.at:%-d %b %Y}: {one.total_after}")
            for one in inside
        ],
        thresholds=[
            Mark(_per(LEFT), _per(_up(high_from)), f"High from {high_from}"),
            Mark(_per(LEFT), _per(_up(medium_from)), f"Medium from {medium_from}"),
        ],
        models=[
            Mark(_per(across(one.at)), _per(TOP), one.version.name, _anchor(across(one.at)))
            for one in _first_of_version(before[-1:] + inside)
            if one.at >= start
        ],
        dates=[
            Mark(_per(LEFT), "97%", f"{start:%-d %b %Y}", "start"),
            Mark(_per((LEFT + RIGHT) / 2), "97%", f"{start + (now - start) / 2:%-d %b}", "middle"),
            Mark(_per(RIGHT), "97%", "Today", "end"),
        ],
        summary=f"Score from {start:%-d %B %Y} until today: now {points[-1][1]}, lowest {lowest}, highest {highest}.",
    )


def _first_of_version(changes: Sequence[ScoreChange]) -> list[ScoreChange]:
    """The changes from which on another version counted."""
    return [one for last, one in pairwise(changes) if last.version_id != one.version_id]


def _up(total: int) -> float:
    return BOTTOM - (BOTTOM - TOP) * total / 100


def _stroke(x1: float, y1: float, x2: float, y2: float) -> Stroke:
    return Stroke(_per(x1), _per(y1), _per(x2), _per(y2))


def _per(number: float) -> str:
    return f"{number:.2f}%"


def _anchor(x: float) -> str:
    return "start" if x < EDGE else "end" if x > 100 - EDGE else "middle"
