"""Signals of falling interest in what we send."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from retention.rules.history import History
from retention.signals.base import (
    Case,
    Reading,
    Scale,
    Signal,
    Tier,
    Writer,
    Written,
    days,
    fewer,
    interval,
    of_kinds,
    rising,
)


@dataclass(frozen=True)
class RateDecay(Signal):
    """One kind as a share of another (opened of sent), lately against the same time before (scoring.md, "engagement").

    A limit is the part of the earlier rate that is gone. With fewer than ``least`` sent in either time, or nothing
    opened before, nothing is said.
    """

    type: ClassVar[str] = "rate_decay"
    title: ClassVar[str] = "Opens less of what we send"
    counted: tuple[int, ...]
    out_of: tuple[int, ...]
    tiers: tuple[Tier, ...]
    within: int = 30
    least: int = 3

    def read(self, history: History, at: datetime, scale: Scale) -> Reading:
        sent = len(history.within(self.out_of, at, 0, self.within))
        sent_before = len(history.within(self.out_of, at, self.within, 2 * self.within))
        opened = min(sent, len(history.within(self.counted, at, 0, self.within)))
        opened_before = min(sent_before, len(history.within(self.counted, at, self.within, 2 * self.within)))
        numbers = {"opened": opened, "sent": sent, "opened_before": opened_before, "sent_before": sent_before}
        if sent < self.least or sent_before < self.least or opened_before == 0:
            return Reading(missing=True, numbers=numbers)
        passed = [tier for tier in self.tiers if opened * sent_before <= (1 - tier.limit) * opened_before * sent]
        if not passed:
            return Reading(numbers=numbers)
        return Reading(scale.points(passed[-1].points), passed[-1].code, False, numbers)

    def write(self, to: Writer, scale: Scale) -> Written:
        recently = f"e.occurred_at > {to.ago(self.within)}"
        earlier = f"e.occurred_at > {to.ago(2 * self.within)} AND e.occurred_at <= {to.ago(self.within)}"

        def count(kinds: tuple[int, ...], when: str, span: int) -> str:
            return to.fact(f"count(*) FILTER (WHERE {of_kinds(kinds)} AND {when})", days=span)

        sent, sent_before = count(self.out_of, recently, self.within), count(self.out_of, earlier, 2 * self.within)
        opened = f"least({count(self.counted, recently, self.within)}, {sent})"
        opened_before = f"least({count(self.counted, earlier, 2 * self.within)}, {sent_before})"
        few = f"({sent} < {self.least} OR {sent_before} < {self.least} OR {opened_before} = 0)"
        cases = [
            Case(
                fewer(f"{opened} * {sent_before}", f"{opened_before} * {sent}", tier.limit),
                scale.points(tier.points),
                tier.code,
            )
            for tier in reversed(self.tiers)
        ]
        either = of_kinds((*self.counted, *self.out_of))
        leaving = to.next_fact(f"min(e.occurred_at) FILTER (WHERE {either} AND {recently})", days=self.within)
        forgotten = to.next_fact(f"min(e.occurred_at) FILTER (WHERE {either} AND {earlier})", days=2 * self.within)
        nexts = (
            f"{leaving} + {interval(days(self.within))}",
            f"{forgotten} + {interval(days(2 * self.within))}",
        )
        return Written((Case(few, 0), *cases), few, nexts)

    def problems(self) -> list[str]:
        found = rising(self.tiers, "Opens less")
        if any(not 0 < tier.limit <= 1 for tier in self.tiers):
            found.append("Opens less: a limit is a share between 0 and 1, for instance 0.5 for half.")
        return found
