"""Signals of how long it has been, and how much less there is of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from fractions import Fraction
from itertools import pairwise
from typing import ClassVar

from contacts.states import ACTIVITY_KINDS
from retention.rules.history import DAY, MOMENT, History, latest
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
class Gap(Signal):
    """Time since the last event, in days; with none, since the customer became one. Past a limit, its points.

    The limits are divided by the recency sensitivity (scoring.md, "recency").
    """

    type: ClassVar[str] = "gap"
    title: ClassVar[str] = "Time since the last sign of life"
    tiers: tuple[Tier, ...]
    kinds: tuple[int, ...] = ACTIVITY_KINDS

    def read(self, history: History, at: datetime, scale: Scale) -> Reading:
        start = latest(history.of(self.kinds, at)) or history.since_at or history.first(at)
        if start is None:
            return Reading()
        gap = at - start
        passed = [tier for tier in self.tiers if gap > scale.span(tier.limit)]
        numbers = {"days": gap // DAY, "since_start": not history.of(self.kinds, at)}
        return (
            Reading(scale.points(passed[-1].points), passed[-1].code, False, numbers)
            if passed
            else Reading(numbers=numbers)
        )

    def write(self, to: Writer, scale: Scale) -> Written:
        spans = [(scale.span(tier.limit), tier) for tier in self.tiers]
        last = to.fact(
            f"max(e.occurred_at) FILTER (WHERE {of_kinds(self.kinds)})", days=Decimal(spans[-1][0] // DAY + 1)
        )
        # Before the window there is no telling how long ago it was, and no need to: it is past every limit.
        start = to.column(
            f"coalesce({last}, CASE WHEN {to.older(of_kinds(self.kinds, 'o'))} THEN '-infinity' ELSE c.started END)"
        )
        cases = [
            Case(f"{start} < {to.ago(span)}", scale.points(tier.points), tier.code) for span, tier in reversed(spans)
        ]
        following = " ".join(
            f"WHEN {start} >= {to.ago(span)} THEN {start} + {interval(span + MOMENT)}" for span, _ in spans
        )
        return Written(tuple(cases), "", (f"CASE {following} END",))

    def problems(self) -> list[str]:
        return rising(self.tiers, "Time since the last sign of life")


@dataclass(frozen=True)
class Drop(Signal):
    """Events in the last days against the customer's own average over the time before (scoring.md, "frequency").

    A limit is the share that is gone: 0.25 is a quarter less. With fewer than ``least`` events before, nothing is said.
    """

    type: ClassVar[str] = "drop"
    title: ClassVar[str] = "Less than before"
    tiers: tuple[Tier, ...]
    kinds: tuple[int, ...] = ACTIVITY_KINDS
    recent: int = 30
    baseline: int = 90
    least: int = 3
    thin: str = "thin_baseline"

    def read(self, history: History, at: datetime, scale: Scale) -> Reading:
        now = len(history.within(self.kinds, at, 0, self.recent))
        before = len(history.within(self.kinds, at, self.recent, self.recent + self.baseline))
        numbers = {"now": now, "before": before, "recent": self.recent, "baseline": self.baseline}
        if before < self.least:
            return Reading(0, self.thin, True, numbers)
        passed = [tier for tier in self.tiers if now * self.baseline <= (1 - tier.limit) * before * self.recent]
        if not passed:
            return Reading(numbers=numbers)
        return Reading(scale.points(passed[-1].points), passed[-1].code, False, numbers)

    def write(self, to: Writer, scale: Scale) -> Written:
        of, both = of_kinds(self.kinds), self.recent + self.baseline
        recently, long_ago = f"e.occurred_at > {to.ago(self.recent)}", f"e.occurred_at > {to.ago(both)}"
        earlier = f"{long_ago} AND e.occurred_at <= {to.ago(self.recent)}"
        now = to.fact(f"count(*) FILTER (WHERE {of} AND {recently})", days=self.recent)
        before = to.fact(f"count(*) FILTER (WHERE {of} AND {earlier})", days=both)
        leaving = to.next_fact(f"min(e.occurred_at) FILTER (WHERE {of} AND {recently})", days=self.recent)
        forgotten = to.next_fact(f"min(e.occurred_at) FILTER (WHERE {of} AND {earlier})", days=both)
        thin = f"{before} < {self.least}"
        cases = [
            Case(
                fewer(f"{now} * {self.baseline}", f"{before} * {self.recent}", tier.limit),
                scale.points(tier.points),
                tier.code,
            )
            for tier in reversed(self.tiers)
        ]
        nexts = (
            f"{leaving} + {interval(days(self.recent))}",
            f"{forgotten} + {interval(days(both))}",
        )
        return Written((Case(thin, 0, self.thin), *cases), thin, nexts)

    def problems(self) -> list[str]:
        found = rising(self.tiers, "Less than before")
        if any(not 0 < tier.limit <= 1 for tier in self.tiers):
            found.append("Less than before: a limit is a share between 0 and 1, for instance 0.25 for a quarter less.")
        if self.recent < 1 or self.baseline < 1:
            found.append("Less than before: both periods need at least one day.")
        return found

    @property
    def codes(self) -> tuple[str, ...]:
        return (*super().codes, self.thin) if self.thin else super().codes


@dataclass(frozen=True)
class Count(Signal):
    """How many events of these kinds there were in so many days: at most a limit, its points."""

    type: ClassVar[str] = "count"
    title: ClassVar[str] = "Few of them in a while"
    tiers: tuple[Tier, ...]
    kinds: tuple[int, ...] = ACTIVITY_KINDS
    within: int = 90

    def read(self, history: History, at: datetime, scale: Scale) -> Reading:
        found = len(history.within(self.kinds, at, 0, self.within))
        numbers = {"count": found, "within": self.within}
        for tier in self.tiers:
            if found <= tier.limit:
                return Reading(scale.points(tier.points), tier.code if tier.points else "", False, numbers)
        return Reading(numbers=numbers)

    def write(self, to: Writer, scale: Scale) -> Written:
        inside = f"{of_kinds(self.kinds)} AND e.occurred_at > {to.ago(self.within)}"
        found = to.fact(f"count(*) FILTER (WHERE {inside})", days=self.within)
        leaving = to.next_fact(f"min(e.occurred_at) FILTER (WHERE {inside})", days=self.within)
        cases = [
            Case(f"{found} <= {tier.limit}", scale.points(tier.points), tier.code if tier.points else "")
            for tier in self.tiers
        ]
        return Written(tuple(cases), "", (f"{leaving} + {interval(days(self.within))}",))

    def problems(self) -> list[str]:
        found = []
        for before, after in pairwise(self.tiers):
            if after.limit <= before.limit:
                found.append(f"Few of them: put the limit {after.limit} before {before.limit}, so that limits rise.")
            if after.points > before.points:
                found.append("Few of them: a larger number cannot weigh more than a smaller one.")
        return found


@dataclass(frozen=True)
class Rhythm(Signal):
    """How late the customer is by its own rhythm: the time since the last event as a multiple of its mean interval.

    The mean interval is that between the first and the last event of the last ``within`` days. Whoever has no rhythm
    yet, with one event or all at one moment, counts as ``without`` points, for the reason ``without_code``.
    """

    type: ClassVar[str] = "rhythm"
    title: ClassVar[str] = "Late by their own rhythm"
    tiers: tuple[Tier, ...]
    kinds: tuple[int, ...]
    within: int = 730
    without: int = 0
    without_code: str = ""

    def read(self, history: History, at: datetime, scale: Scale) -> Reading:
        found = history.within(self.kinds, at, 0, self.within)
        if len(found) < 2 or found[0].occurred_at == found[-1].occurred_at:
            return Reading(scale.points(self.without), self.without_code, False, {"count": len(found)})
        steps, span, gap = len(found) - 1, found[-1].occurred_at - found[0].occurred_at, at - found[-1].occurred_at
        numbers = {"days": gap // DAY, "rhythm": span // steps // DAY}
        passed = [tier for tier in self.tiers if (gap // MOMENT) * steps > Fraction(tier.limit) * (span // MOMENT)]
        if not passed:
            return Reading(numbers=numbers)
        return Reading(scale.points(passed[-1].points), passed[-1].code, False, numbers)

    def write(self, to: Writer, scale: Scale) -> Written:
        inside = f"{of_kinds(self.kinds)} AND e.occurred_at > {to.ago(self.within)}"
        first = to.fact(f"min(e.occurred_at) FILTER (WHERE {inside})", days=self.within)
        last = to.fact(f"max(e.occurred_at) FILTER (WHERE {inside})", days=self.within)
        count = to.fact(f"count(*) FILTER (WHERE {inside})", days=self.within)
        gap = to.column(f"extract(epoch FROM {to.ago(0)} - {last}) * ({count} - 1)")
        span = to.column(f"extract(epoch FROM {last} - {first})")
        none = f"({count} < 2 OR {first} = {last})"
        cases = [
            Case(f"{gap} > {tier.limit} * {span}", scale.points(tier.points), tier.code)
            for tier in reversed(self.tiers)
        ]
        following = " ".join(
            f"WHEN NOT {gap} > {tier.limit} * {span}"
            f" THEN {last} + ({last} - {first}) * ({tier.limit}::float / ({count} - 1)) + {interval(MOMENT)}"
            for tier in self.tiers
        )
        nexts = (f"CASE WHEN {none} THEN NULL {following} END", f"{first} + {interval(days(self.within))}")
        return Written((Case(none, scale.points(self.without), self.without_code), *cases), "", nexts)

    def problems(self) -> list[str]:
        return rising(self.tiers, "Late by their own rhythm")

    @property
    def most_points(self) -> int:
        return max(super().most_points, self.without)

    @property
    def codes(self) -> tuple[str, ...]:
        return (*super().codes, self.without_code) if self.without_code else super().codes


@dataclass(frozen=True)
class FewerWhileMissing(Signal):
    """So many missed or cancelled, and less activity than the customer's own average: a reason without points."""

    type: ClassVar[str] = "missed_and_fewer"
    title: ClassVar[str] = "Missed bookings, and fewer visits than usual"
    kinds: tuple[int, ...]
    code: str
    within: int = 28
    least: int = 3
    counted: tuple[int, ...] = ACTIVITY_KINDS
    recent: int = 30
    baseline: int = 90

    def read(self, history: History, at: datetime, scale: Scale) -> Reading:
        missed = len(history.within(self.kinds, at, 0, self.within))
        now = len(history.within(self.counted, at, 0, self.recent))
        before = len(history.within(self.counted, at, self.recent, self.recent + self.baseline))
        holds = missed >= self.least and now * self.baseline < before * self.recent
        return Reading(0, self.code if holds else "", False, {"missed": missed, "within": self.within})

    def write(self, to: Writer, scale: Scale) -> Written:
        both = self.recent + self.baseline
        inside = f"{of_kinds(self.kinds)} AND e.occurred_at > {to.ago(self.within)}"
        of, recently = of_kinds(self.counted), f"e.occurred_at > {to.ago(self.recent)}"
        earlier = f"e.occurred_at > {to.ago(both)} AND e.occurred_at <= {to.ago(self.recent)}"
        missed = to.fact(f"count(*) FILTER (WHERE {inside})", days=self.within, kinds=self.kinds)
        now = to.fact(f"count(*) FILTER (WHERE {of} AND {recently})", days=self.recent)
        before = to.fact(f"count(*) FILTER (WHERE {of} AND {earlier})", days=both)
        nexts = [
            (inside, self.within, self.kinds),
            (f"{of} AND {recently}", self.recent, self.counted),
            (f"{of} AND {earlier}", both, self.counted),
        ]
        holds = f"{missed} >= {self.least} AND {now} * {self.baseline} < {before} * {self.recent}"
        return Written(
            (Case(holds, 0, self.code),),
            "",
            tuple(
                to.next_fact(f"min(e.occurred_at) FILTER (WHERE {condition})", days=span, kinds=kinds)
                + f" + {interval(days(span))}"
                for condition, span, kinds in nexts
            ),
        )

    def problems(self) -> list[str]:
        return [] if self.least >= 1 else ["Missed bookings: the least number must be at least 1."]

    @property
    def codes(self) -> tuple[str, ...]:
        return (self.code,)
