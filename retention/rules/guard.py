"""The blip guard: from a score to the band that holds (scoring.md, "Blip guard"). Pure.

What people do day by day jumps about. A band that everybody acts on must not. So a rise that rests on visits and mail
alone has to stand for some hours, while trouble with payments or support acts at once, and a band falls only when the
total is clearly below its threshold.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from retention.states import NOISY, Band, Component


class Thresholds(Protocol):
    """What of a model the guard goes by. Points, and hours."""

    @property
    def medium_from(self) -> int: ...
    @property
    def high_from(self) -> int: ...
    @property
    def fall_margin(self) -> int: ...
    @property
    def confirm_hours(self) -> int: ...


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a customer stands after a refresh.

    ``raw_band`` follows from the total, ``band`` is what holds. The two moments are those of the first refresh from
    which on the total stood at or above that threshold without a break. ``firm`` are the points of payment and support.
    """

    band: Band
    raw_band: Band
    above_medium_since: datetime | None
    above_high_since: datetime | None
    firm: int

    def confirmed_at(self, rules: Thresholds) -> datetime | None:
        """When the next rise that is waiting would be confirmed; None when none waits."""
        waiting = []
        if self.band == Band.LOW and self.above_medium_since:
            waiting.append(self.above_medium_since)
        if self.band != Band.HIGH and self.above_high_since:
            waiting.append(self.above_high_since)
        return min(waiting) + timedelta(hours=rules.confirm_hours) if waiting else None


def raw_band(total: int, rules: Thresholds) -> Band:
    """The band of a number, before the guard."""
    if total >= rules.high_from:
        return Band.HIGH
    return Band.MEDIUM if total >= rules.medium_from else Band.LOW


def step(
    stored: Standing | None, total: int, points: Mapping[Component, int], rules: Thresholds, at: datetime
) -> Standing:
    """The standing after a refresh at ``at``. The first score takes its raw band at once.

    ``points`` are those of all five components; ``total`` is their sum.
    """
    noisy = sum(given for component, given in points.items() if component in NOISY)
    firm = sum(given for component, given in points.items() if component not in NOISY)
    raw = raw_band(total, rules)
    before = (stored.above_medium_since, stored.above_high_since) if stored else (None, None)
    above_medium = (before[0] or at) if total >= rules.medium_from else None
    above_high = (before[1] or at) if total >= rules.high_from else None
    if stored is None:
        return Standing(raw, raw, above_medium, above_high, firm)

    def rises(threshold: int, since: datetime | None) -> bool:
        if since is None:
            return False
        carried = noisy < threshold or firm > stored.firm
        return carried or at - since >= timedelta(hours=rules.confirm_hours)

    def holds(threshold: int) -> bool:
        return total > threshold - rules.fall_margin

    if rises(rules.high_from, above_high) or (stored.band == Band.HIGH and holds(rules.high_from)):
        band = Band.HIGH
    elif rises(rules.medium_from, above_medium) or (stored.band != Band.LOW and holds(rules.medium_from)):
        band = Band.MEDIUM
    else:
        band = Band.LOW
    return Standing(band, raw, above_medium, above_high, firm)
