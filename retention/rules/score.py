"""The score of one history by one model, step by step (scoring.md). Pure; what the SQL must agree with."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time

from retention.rules.history import History
from retention.rules.model import ModelRules
from retention.signals.base import Reading
from retention.signals.together import Together
from retention.states import Combine, Component

#: component → the bit that says it could not be judged
MISSING_BIT: Mapping[str, int] = {component: 1 << place for place, component in enumerate(Component.values)}


@dataclass(frozen=True, slots=True)
class Read:
    """What one signal of the model said."""

    component: str
    reading: Reading


@dataclass(frozen=True, slots=True)
class Scored:
    """A score: its total and points by component, the raw band, reason codes in order of points, what was missing."""

    total: int
    band: str
    points: Mapping[str, int]
    reasons: tuple[str, ...]
    missing: int
    readings: tuple[Read, ...]


def is_scored(since: date | None, churned_on: date | None, first_event: datetime | None, at: datetime) -> bool:
    """Whether a customer has a score at this moment (scoring.md, "Who is scored").

    Where nobody knows since when they are a customer, their first event stands in.
    """
    start = first_event if since is None else datetime.combine(since, time(), UTC)
    if start is None or start > at:
        return False
    return churned_on is None or datetime.combine(churned_on, time(), UTC) >= at


def score(history: History, rules: ModelRules, at: datetime) -> Scored:
    """Score a history. ``at`` is an aware moment; events after it are not looked at."""
    readings = [
        Read(placed.component, placed.signal.read(history, at, rules.scale(placed.component)))
        for placed in rules.signals
    ]
    points = dict.fromkeys(Component.values, 0)
    for component, component_rules in rules.components.items():
        given = [one.reading.points for one in readings if one.component == component]
        whole = sum(given) if component_rules.combine == Combine.SUM else max(given, default=0)
        points[component] = min(whole, component_rules.most)
    reasons: list[tuple[int, int, str]] = []
    for place, (placed, read) in enumerate(zip(rules.signals, readings, strict=True)):
        code = read.reading.code
        if isinstance(placed.signal, Together):
            code = placed.signal.code if placed.signal.holds(points) else ""
        if code:
            reasons.append((-read.reading.points, place, code))
    missing = 0
    for read in readings:
        if read.reading.missing:
            missing |= MISSING_BIT[read.component or Component.RECENCY]
    total = min(100, sum(points.values()))
    return Scored(
        total, rules.band_of(total), points, tuple(code for *_, code in sorted(reasons)), missing, tuple(readings)
    )
