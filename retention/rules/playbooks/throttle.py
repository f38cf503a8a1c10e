"""Who may begin now when there is not enough time for everybody, and what the others wait for (mission.md 3.4). Pure.

The order is what the page shows: what is urgent first, then the expected value, then the band, then who has fitted
longest. We go down that order and let in whoever still finds room. What somebody waits for is kept for them: nobody
behind them may take of it, so that much small work never starves one who needs more. Those behind who do not need it
go on.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Final

from retention.rules.playbooks.facts import Demand, Person, Rules, Supply, Worth
from retention.states import Band, WorkKind

#: So many months of revenue count for the expected value: the horizon within which a customer won back pays.
HORIZON_MONTHS: Final = 3

#: The rule as people read it beside every list that is in this order.
ORDER_IN_WORDS: Final = (
    "What is urgent goes first, then the highest expected value: risk times value times uplift. "
    "Equal ones go by band, then by who has waited longest."
)

_CENT_OF_A_CENT: Final = Decimal("0.0001")
_BAND_ORDER: Final = {band: -place for place, band in enumerate(Band)}
_OF_BAND: Final = {Band.LOW: "low", Band.MEDIUM: "medium", Band.HIGH: "high"}
_MINUTES_OF: Final = {WorkKind.REVIEW: "reviewing minutes", WorkKind.CALL: "call minutes"}
_TIME_FOR: Final = {WorkKind.REVIEW: "reviewing", WorkKind.CALL: "calls"}

#: Ids of a customer and a playbook: what is told apart when several wait.
Place = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Chosen:
    """Who begins, in order, and for everybody else a sentence that says what they wait for and their place."""

    begin: tuple[Demand, ...] = ()
    wait: Mapping[Place, str] = field(default_factory=dict)


def worth(person: Person, rules: Rules) -> Worth:
    """What letting this person into this playbook may be expected to bring, in their currency, with each factor.

    Someone without revenue is worth 0 and goes last among those who are not urgent. Amounts of several currencies are
    compared as they stand: we do not convert.
    """
    risk = Decimal(person.total) / 100
    value = person.monthly_revenue * HORIZON_MONTHS
    expected = (risk * value * rules.uplift).quantize(_CENT_OF_A_CENT)
    return Worth(risk=risk, value=value, uplift=rules.uplift, known=rules.measured, expected=expected)


def choose(demands: Iterable[Demand], supply: Supply) -> Chosen:
    """Share out what there is: everybody either begins or waits with a sentence.

    What holds for every input, and is tested so:

    * Nobody is forgotten or counted twice, and one customer begins at most once.
    * What begins never needs more minutes than there are, nor more of a quota or a pilot's room.
    * Nobody begins who takes of something that somebody before them in the order waits for.
    * With more minutes, and quotas and room as they were, the first in the order whose fate changes begins. Where
      everybody needs the same kind of minutes, all who began before still begin.

    A held-out one is let in exactly where a treated one would have been, so that both arms come from the same part of
    the order. It takes a place in the pilot, whose cohort is both arms, but no minutes and no contact.
    Whoever needs more than there would be with nothing else open (`Supply.whole`) can never begin, and holds up nobody.
    """
    left = _Left(supply)
    begin: list[Demand] = []
    wait: dict[Place, str] = {}
    begun: set[int] = set()
    ahead: Counter[str] = Counter()
    for demand in sorted(demands, key=_place_in_order):
        place = demand.customer_id, demand.playbook_id
        if demand.customer_id in begun:
            wait[place] = "Another playbook begins for this customer."
            continue
        impossible = _never_enough(demand, supply)
        if impossible:
            wait[place] = impossible
            continue
        lacking = left.lacking(demand)
        if lacking:
            wait[place] = _sentence(lacking, ahead[lacking])
            ahead[lacking] += 1
            continue
        begin.append(demand)
        begun.add(demand.customer_id)
        left.take(demand)
    return Chosen(begin=tuple(begin), wait=wait)


def _place_in_order(demand: Demand) -> tuple[object, ...]:
    """Smaller goes first."""
    return (
        not demand.urgent, -demand.worth.expected, _BAND_ORDER[demand.band], demand.fitted_at, demand.customer_id,
        -demand.priority, demand.playbook_id,
    )  # fmt: skip


class _Left:
    """What is left of a supply while it is shared out."""

    def __init__(self, supply: Supply) -> None:
        self._minutes = dict(supply.minutes)
        self._quota = dict(supply.quota)
        self._room = dict(supply.room)
        self._kept: set[WorkKind] = set()

    def lacking(self, demand: Demand) -> str:
        """What there is not enough of for this one, in words; "" if there is enough of all.

        Room and quota are asked first: whoever may not begin for these does not keep minutes from others.
        """
        room = self._room.get(demand.playbook_id)
        if room is not None and room < 1:
            return "room in the pilot"
        quota = self._quota.get(demand.band)
        if quota is not None and quota < 1:
            return f"the weekly quota of {_OF_BAND[demand.band]} risk"
        short = [kind for kind, minutes in demand.minutes.items() if minutes > 0 and self._short_of(kind, minutes)]
        self._kept.update(short)
        return _MINUTES_OF[min(short, key=list(WorkKind).index)] if short else ""

    def _short_of(self, kind: WorkKind, minutes: Decimal) -> bool:
        return kind in self._kept or self._minutes.get(kind, Decimal(0)) < minutes

    def take(self, demand: Demand) -> None:
        if demand.playbook_id in self._room:
            self._room[demand.playbook_id] -= 1
        if demand.holdout:
            return
        for kind, minutes in demand.minutes.items():
            if minutes > 0:
                self._minutes[kind] -= minutes
        if demand.band in self._quota:
            self._quota[demand.band] -= 1


def _never_enough(demand: Demand, supply: Supply) -> str:
    """Why this one could not begin even if nothing else were open; "" if it could."""
    for kind, minutes in demand.minutes.items():
        if minutes <= 0:
            continue
        if kind not in supply.minutes:
            return f"Nobody has time set for {_TIME_FOR[kind]}."
        whole = supply.whole.get(kind)
        if whole is None or whole >= minutes:
            continue
        if whole <= 0:
            return f"Nobody has time for {_TIME_FOR[kind]} in the days promised."
        return f"Needs {minutes.normalize():f} {_MINUTES_OF[kind]}, and the days promised have {whole.normalize():f}."
    return ""


def _sentence(lacking: str, ahead: int) -> str:
    if not ahead:
        return f"Waits for {lacking}: next in line."
    return f"Waits for {lacking}: {ahead} {'other goes' if ahead == 1 else 'others go'} first."
