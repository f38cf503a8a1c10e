"""What would change if a version were published, worked out from counts. Pure.

The result of a trial is kept as JSON. A what-if is `WhatIf.as_json`, and beside it:

- ``at``: the moment everybody was scored at, both ways. ``version``: the draft's id.
- ``named``: a list of those who move, the greatest rise first: ``customer`` (id), ``from`` and ``to`` (bands; "none"
  where no model fits), ``total_before``, ``total_after`` (None where no model fits), ``version_before`` and
  ``version_after`` (ids of versions), ``overridden`` (an open override holds the band for now).
- ``named_all``: False where more move than `MOST_NAMED`; all counts are exact nevertheless.
- ``review``: ``seconds`` a decision takes, from how many ``decisions`` that was measured, and whether it is
  ``assumed``; ``call`` has ``seconds`` and ``assumed``.

A backtest is ``model``, ``version``, ``lapse``, ``horizon_days``, ``ceiling``, ``medium_from``, ``high_from``;
``dates``, a list of `retention.rules.backtest.Measure.as_json` with ``at``, ``totals`` (a list of total, lapsed,
stayed) and ``feedback`` (band to number); and ``overall``, the same measure over all dates.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from decimal import Decimal
from typing import Any

from retention.states import Band

#: So many customers are named in a what-if at most. Counts are always of all.
MOST_NAMED = 100_000
#: Where nobody's decisions say better. A call takes about so long with the note that is written after it.
ASSUMED_REVIEW_SECONDS = 120
ASSUMED_CALL_SECONDS = 600
#: From so many recorded decisions on their median is used.
ENOUGH_DECISIONS = 20
#: Two decisions further apart than this had a break between them.
LONGEST_PAUSE_SECONDS = 600
#: The weeks that messages and calls of a band are given for.
WEEKS = 4
#: Stands where no model fits a customer.
NO_BAND = "none"


@dataclass(frozen=True, slots=True)
class Cell:
    """So many customers are scored by this version in this band, and would be by that one in that band.

    None for a version, and `NO_BAND`, where no model fits.
    """

    version_before: int | None
    band_before: str
    version_after: int | None
    band_after: str
    customers: int


@dataclass(frozen=True, slots=True)
class Plan:
    """What a band of a version asks for: messages and calls in four weeks each, contacts a week, cost of a contact."""

    messages_each: Decimal = Decimal(0)
    calls_each: Decimal = Decimal(0)
    weekly_quota: int | None = None
    cost_cap: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Work:
    """What four weeks cost. Hours of review count every message as reviewed. ``cost`` is at most: contacts times what
    one may cost, over the bands that say so; None where none does."""

    messages: Decimal
    calls: Decimal
    review_hours: Decimal
    call_hours: Decimal
    cost: Decimal | None


@dataclass(frozen=True, slots=True)
class Quota:
    """A band's contacts a week after publishing, against its weekly quota."""

    version: int
    band: str
    contacts_a_week: Decimal
    weekly_quota: int
    exceeded: bool


@dataclass(frozen=True, slots=True)
class WhatIf:
    """What publishing would do. ``moves`` counts customers whose band changes, ``models`` those whom another model
    would score (the same model's published version and its draft are one model)."""

    customers: int
    moved: int
    before: Mapping[str, int]
    after: Mapping[str, int]
    moves: Mapping[tuple[str, str], int]
    models: Mapping[tuple[int | None, int | None], int]
    work_before: Work
    work_after: Work
    quotas: tuple[Quota, ...]

    def as_json(self) -> dict[str, Any]:
        return {
            "customers": self.customers,
            "moved": self.moved,
            "before": dict(self.before),
            "after": dict(self.after),
            "moves": [
                {"from": before, "to": after, "customers": count} for (before, after), count in self.moves.items()
            ],
            "models": [
                {"from": before, "to": after, "customers": count} for (before, after), count in self.models.items()
            ],
            "work_before": _plain(self.work_before),
            "work_after": _plain(self.work_after),
            "extra": {
                name: _difference(getattr(self.work_before, name), getattr(self.work_after, name))
                for name in ("messages", "calls", "review_hours", "call_hours", "cost")
            },
            "quotas": [_plain(one) for one in self.quotas],
        }


def what_if(
    cells: Sequence[Cell],
    plans: Mapping[tuple[int, str], Plan],
    *,
    review_seconds: Decimal,
    call_seconds: Decimal,
    models: Mapping[int, int],
) -> WhatIf:
    """From who stands where both ways to what that means. ``plans`` by version and band, ``models`` by version."""
    bands = [band.value for band in reversed(Band)] + [NO_BAND]
    before = dict.fromkeys(bands, 0)
    after = dict.fromkeys(bands, 0)
    moves: dict[tuple[str, str], int] = {}
    changes: dict[tuple[int | None, int | None], int] = {}
    now: dict[tuple[int, str], int] = {}
    then: dict[tuple[int, str], int] = {}
    for cell in cells:
        before[cell.band_before] += cell.customers
        after[cell.band_after] += cell.customers
        if cell.band_before != cell.band_after:
            _add(moves, (cell.band_before, cell.band_after), cell.customers)
        was, will = _model(models, cell.version_before), _model(models, cell.version_after)
        if was != will:
            _add(changes, (was, will), cell.customers)
        if cell.version_before is not None:
            _add(now, (cell.version_before, cell.band_before), cell.customers)
        if cell.version_after is not None:
            _add(then, (cell.version_after, cell.band_after), cell.customers)
    return WhatIf(
        customers=sum(cell.customers for cell in cells),
        moved=sum(moves.values()),
        before=before,
        after=after,
        moves=dict(sorted(moves.items())),
        models=changes,
        work_before=_work(now, plans, review_seconds, call_seconds),
        work_after=_work(then, plans, review_seconds, call_seconds),
        quotas=tuple(_quotas(then, plans)),
    )


def _work(
    places: Mapping[tuple[int, str], int],
    plans: Mapping[tuple[int, str], Plan],
    review_seconds: Decimal,
    call_seconds: Decimal,
) -> Work:
    messages = calls = Decimal(0)
    cost: Decimal | None = None
    for place, customers in places.items():
        plan = plans.get(place, Plan())
        messages += plan.messages_each * customers
        calls += plan.calls_each * customers
        if plan.cost_cap is not None:
            cost = (cost or Decimal(0)) + (plan.messages_each + plan.calls_each) * customers * plan.cost_cap
    return Work(
        messages=messages,
        calls=calls,
        review_hours=(messages * review_seconds / 3600).quantize(Decimal("0.1")),
        call_hours=(calls * call_seconds / 3600).quantize(Decimal("0.1")),
        cost=None if cost is None else cost.quantize(Decimal("0.01")),
    )


def _quotas(places: Mapping[tuple[int, str], int], plans: Mapping[tuple[int, str], Plan]) -> list[Quota]:
    found = []
    for (version, band), plan in sorted(plans.items()):
        if plan.weekly_quota is not None and (version, band) in places:
            contacts = (plan.messages_each + plan.calls_each) * places[version, band] / WEEKS
            found.append(Quota(version, band, contacts, plan.weekly_quota, contacts > plan.weekly_quota))
    return found


def _model(models: Mapping[int, int], version: int | None) -> int | None:
    return None if version is None else models[version]


def _add(counts: dict[Any, int], key: Any, number: int) -> None:
    counts[key] = counts.get(key, 0) + number


def _difference(before: Decimal | None, after: Decimal | None) -> str | None:
    if before is None and after is None:
        return None
    return str((after or Decimal(0)) - (before or Decimal(0)))


def _plain(one: Work | Quota) -> dict[str, Any]:
    return {name: str(value) if isinstance(value, Decimal) else value for name, value in asdict(one).items()}
