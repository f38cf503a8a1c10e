"""The bars of used and free minutes, for every page that shows them (`retention/capacity_bar.html`)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

from retention.rules.capacity import Time
from retention.states import WorkKind

PROMISES = {WorkKind.REVIEW: "Messages are read", WorkKind.CALL: "Calls are made"}


@dataclass(frozen=True, slots=True)
class Gauge:
    """The bar of one kind of work. ``used`` and ``limit`` are percent of what people have in the promised days.

    ``last_on`` is the last of these days, None where there never is one.
    """

    time: Time
    promise: str
    last_on: date | None
    used: int
    limit: int

    @property
    def kind(self) -> str:
        """The colour of the bar: ink, until more is open than the promise bears."""
        return "high" if self.time.over else "ink"


def gauges(times: Iterable[Time]) -> list[Gauge]:
    return [_gauge(time) for time in times]


def _gauge(time: Time) -> Gauge:
    used = limit = 0
    if time.all:
        used = min(100, round(100 * time.open / time.all))
        limit = round(100 * time.whole / time.all)
    last_on = (time.until - timedelta(days=1)).date() if time.until else None
    return Gauge(time=time, promise=PROMISES[time.kind], last_on=last_on, used=used, limit=limit)
