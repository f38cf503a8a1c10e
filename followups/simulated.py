"""What came of a simulation, laid out to be read: who moves where, the work it makes, and messages by day."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, timedelta
from typing import Any

from django.db.models import QuerySet

from followups.listing import BADGES, REASONS
from followups.models import Lead, Simulation, SimulationRow
from followups.states import DecisionKind
from staff.models import User

#: So many names are on one page.
NAMED = 50
#: The chart, in per cent of its width and height: it fits a phone and a wide screen, and its words keep their size.
TOP, BOTTOM, LEFT, RIGHT = 8.0, 84.0, 2.0, 98.0
#: How much of its day a bar takes.
_BAR = 0.7


@dataclass(frozen=True, slots=True)
class Bar:
    """One day of the chart: the bar is what would leave then, the mark what leaves as it is."""

    x: str
    y: str
    width: str
    height: str
    mark_y: str
    mark_from: str
    mark_to: str
    words: str


@dataclass(frozen=True, slots=True)
class Day:
    """One day of the table under the chart."""

    on: date
    now: int
    then: int

    @property
    def more(self) -> int:
        return self.then - self.now


class Found:
    """The counts of a simulation that is done."""

    def __init__(self, simulation: Simulation) -> None:
        found = simulation.found
        self._moves: dict[tuple[str, str], int] = {(now, then): many for now, then, many in found["moves"]}
        self._now, self._then = found["now"], found["then"]
        self.concerned: int = found["concerned"]
        self.minutes_a_review: int = found["minutes_a_review"]
        self.looked_at = sum(self._moves.values())
        self.moved = sum(many for (now, then), many in self._moves.items() if now != then)
        self.is_of_an_older_draft = found["revision"] != simulation.version.revision
        first = simulation.as_of.astimezone(UTC).date()
        pairs = zip(self._now["messages"], self._then["messages"], strict=True)
        self.days = [Day(first + timedelta(days=place), now, then) for place, (now, then) in enumerate(pairs)]

    @property
    def columns(self) -> list[dict[str, Any]]:
        """The decisions that occur on the draft's side, with how many leads would get each."""
        return [
            {"key": key, "label": label, "count": sum(many for (_, then), many in self._moves.items() if then == key)}
            for key, label in self._kinds(1)
        ]

    @property
    def rows(self) -> list[dict[str, Any]]:
        """For each decision of now, how many leads would get each decision then."""
        return [
            {
                "key": key,
                "label": label,
                "count": sum(many for (now, _), many in self._moves.items() if now == key),
                "cells": [
                    {"key": other, "label": then, "same": other == key, "count": self._moves.get((key, other), 0)}
                    for other, then in self._kinds(1)
                ],
            }
            for key, label in self._kinds(0)
        ]

    @property
    def work(self) -> list[dict[str, Any]]:
        """What the decisions of that moment, and the four weeks after it, ask of us now and then."""
        sums = [sum(side["messages"]) for side in (self._now, self._then)]
        return [
            _compared("Drafts at that moment", self._now["drafts"], self._then["drafts"]),
            _compared("Minutes to review them", self._now["review_minutes"], self._then["review_minutes"]),
            _compared("Messages in four weeks", sums[0], sums[1]),
        ]

    @property
    def extra_minutes(self) -> int:
        more: int = self._then["review_minutes"] - self._now["review_minutes"]
        return more

    @property
    def summary(self) -> str:
        """The chart in words."""
        busiest = max(self.days, key=lambda day: day.then)
        if not busiest.then:
            return "No message would leave in these four weeks."
        return (
            f"{sum(day.then for day in self.days):,} messages would leave in four weeks; now it is"
            f" {sum(day.now for day in self.days):,}. The most on one day: {busiest.then:,} on {busiest.on:%-d %B %Y}."
        )

    @property
    def bars(self) -> list[Bar]:
        most = max(max(day.now, day.then) for day in self.days) or 1
        each = (RIGHT - LEFT) / len(self.days)
        bars = []
        for place, day in enumerate(self.days):
            left = LEFT + each * place
            top, mark = (BOTTOM - (BOTTOM - TOP) * number / most for number in (day.then, day.now))
            bars.append(
                Bar(
                    x=_per(left + each * (1 - _BAR) / 2),
                    y=_per(top),
                    width=_per(each * _BAR),
                    height=_per(BOTTOM - top),
                    mark_y=_per(mark),
                    mark_from=_per(left),
                    mark_to=_per(left + each),
                    words=f"{day.on:%-d %b %Y}: {day.then:,}, now {day.now:,}",
                )
            )
        return bars

    @property
    def dates(self) -> list[dict[str, str]]:
        """The words below the chart: the first day, the middle and the last."""
        middle = len(self.days) // 2
        return [
            {"x": _per(LEFT), "anchor": "start", "words": f"{self.days[0].on:%-d %b %Y}"},
            {"x": _per((LEFT + RIGHT) / 2), "anchor": "middle", "words": f"{self.days[middle].on:%-d %b}"},
            {"x": _per(RIGHT), "anchor": "end", "words": f"{self.days[-1].on:%-d %b}"},
        ]

    @property
    def highest(self) -> int:
        return max(max(day.now, day.then) for day in self.days)

    def _kinds(self, side: int) -> list[tuple[str, str]]:
        there = {move[side] for move in self._moves}
        return [(kind.value, str(kind.label)) for kind in DecisionKind if kind.value in there]


def _compared(label: str, now: int, then: int) -> dict[str, Any]:
    more = then - now
    return {
        "label": label,
        "now": now,
        "then": then,
        "more": f"{'+' if more > 0 else '−' if more < 0 else ''}{abs(more):,}",
    }


def _per(number: float) -> str:
    return f"{number:.2f}%"


@dataclass(frozen=True, slots=True)
class Named:
    """One lead of a simulation."""

    row: SimulationRow

    @property
    def lead(self) -> Lead:
        return self.row.lead

    @property
    def now(self) -> str:
        return DecisionKind(self.row.now_decision).label

    @property
    def now_because(self) -> str:
        return _words(self.row.now_reasons)

    @property
    def then(self) -> str:
        return DecisionKind(self.row.decision).label

    @property
    def then_because(self) -> str:
        return _words(self.row.reasons)

    @property
    def now_badge(self) -> str:
        return BADGES[self.row.now_decision]

    @property
    def then_badge(self) -> str:
        return BADGES[self.row.decision]


def named(simulation: Simulation, user: User, *, now: str, then: str, after: int) -> tuple[list[Named], int | None]:
    """The leads of one cell that this person may see, after a place, and the place of the next page (None: no more).

    By keyset, so the thousandth page is as quick as the first.
    """
    cell: QuerySet[SimulationRow] = SimulationRow.objects.filter(
        simulation=simulation, now_decision=now, decision=then, pk__gt=after
    )
    if not user.has_perm("followups.see_every_lead"):
        cell = cell.filter(lead__in=Lead.objects.visible_to(user))
    found = list(cell.select_related("lead__contact", "lead__account", "lead__owner").order_by("pk")[: NAMED + 1])
    return [Named(row) for row in found[:NAMED]], found[NAMED - 1].pk if len(found) > NAMED else None


def _words(reasons: str) -> str:
    return ", ".join(REASONS.get(one, one) for one in reasons.split("|") if one)
