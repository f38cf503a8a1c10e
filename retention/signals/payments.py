"""Signals of something that went wrong or was answered badly: an open failure, a flag, a bad answer, an open ticket."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from typing import ClassVar

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
    interval,
    of_kinds,
    rising,
)


@dataclass(frozen=True)
class OpenFailure(Signal):
    """The latest event that opened something, where nothing closed it at that moment or later.

    A limit is its age in days: up to it, its points. ``inclusive`` says whether the age may be exactly the limit
    (scoring.md: failures may, pauses may not).
    """

    type: ClassVar[str] = "open_failure"
    title: ClassVar[str] = "Went wrong and was not put right"
    opened_by: tuple[int, ...]
    closed_by: tuple[int, ...]
    tiers: tuple[Tier, ...]
    inclusive: int = 1

    def read(self, history: History, at: datetime, scale: Scale) -> Reading:
        opened, closed = latest(history.of(self.opened_by, at)), latest(history.of(self.closed_by, at))
        if opened is None or (closed is not None and closed >= opened):
            return Reading()
        age = at - opened
        for tier in self.tiers:
            if age < days(tier.limit) or (self.inclusive and age == days(tier.limit)):
                return Reading(scale.points(tier.points), tier.code, False, {"days": age // DAY})
        return Reading()

    def write(self, to: Writer, scale: Scale) -> Written:
        # One day more, so that an event of exactly the last limit is inside the window.
        reach = self.tiers[-1].limit + 1
        opened = to.fact(
            f"max(e.occurred_at) FILTER (WHERE {of_kinds(self.opened_by)})", days=reach, kinds=self.opened_by
        )
        closed = to.fact(
            f"max(e.occurred_at) FILTER (WHERE {of_kinds(self.closed_by)})", days=reach, kinds=self.closed_by
        )
        still, compare = f"({closed} IS NULL OR {closed} < {opened})", ">=" if self.inclusive else ">"
        young = [(f"{opened} {compare} {to.ago(days(tier.limit))} AND {still}", tier) for tier in self.tiers]
        cases = tuple(Case(condition, scale.points(tier.points), tier.code) for condition, tier in young)
        more = MOMENT if self.inclusive else 0 * MOMENT
        following = " ".join(
            f"WHEN {condition} THEN {opened} + {interval(days(tier.limit) + more)}" for condition, tier in young
        )
        return Written(cases, "", (f"CASE {following} END",))

    def problems(self) -> list[str]:
        found = []
        for before, after in pairwise(self.tiers):
            if after.limit <= before.limit:
                found.append(
                    f"Went wrong: the limit {after.limit} comes after {before.limit}. Put them in rising order."
                )
            if after.points > before.points:
                found.append("Went wrong: an older failure cannot weigh more than a newer one.")
        return found


@dataclass(frozen=True)
class Flag(Signal):
    """Any event of these kinds in so many days."""

    type: ClassVar[str] = "flag"
    title: ClassVar[str] = "Happened lately"
    kinds: tuple[int, ...]
    within: int
    points: int
    code: str

    def read(self, history: History, at: datetime, scale: Scale) -> Reading:
        found = latest(history.within(self.kinds, at, 0, self.within))
        if found is None:
            return Reading()
        return Reading(scale.points(self.points), self.code, False, {"days": (at - found) // DAY})

    def write(self, to: Writer, scale: Scale) -> Written:
        last = to.fact(f"max(e.occurred_at) FILTER (WHERE {of_kinds(self.kinds)})", days=self.within, kinds=self.kinds)
        recent = f"{last} > {to.ago(self.within)}"
        case = Case(recent, scale.points(self.points), self.code)
        return Written((case,), "", (f"CASE WHEN {recent} THEN {last} + {interval(days(self.within))} END",))

    def problems(self) -> list[str]:
        return [] if self.within >= 1 else ["Happened lately: the period needs at least one day."]

    @property
    def most_points(self) -> int:
        return self.points

    @property
    def codes(self) -> tuple[str, ...]:
        return (self.code,)


@dataclass(frozen=True)
class BadAnswer(Signal):
    """The latest answer in so many days: up to a limit, its points. Of two at the same instant the worse one counts."""

    type: ClassVar[str] = "value"
    title: ClassVar[str] = "Latest answer"
    kinds: tuple[int, ...]
    within: int
    tiers: tuple[Tier, ...]

    def read(self, history: History, at: datetime, scale: Scale) -> Reading:
        answers = history.within(self.kinds, at, 0, self.within)
        last = latest(answers)
        values = [one.value for one in answers if one.occurred_at == last and one.value is not None]
        if not values:
            return Reading()
        for tier in self.tiers:
            if min(values) <= tier.limit:
                return Reading(scale.points(tier.points), tier.code, False, {"value": min(values)})
        return Reading(numbers={"value": min(values)})

    def write(self, to: Writer, scale: Scale) -> Written:
        of = of_kinds(self.kinds)
        last = to.fact(f"max(e.occurred_at) FILTER (WHERE {of})", days=self.within, kinds=self.kinds)
        recent = f"{last} > {to.ago(self.within)}"
        # Few customers have answered: the value is looked up for those only.
        value = to.column(
            f"CASE WHEN {recent} THEN (SELECT min(v.value) FROM contacts_event v"
            f" WHERE v.contact_id = c.contact_id AND v.occurred_at = {last}"
            f" AND {of_kinds(self.kinds, 'v')}{to.others('v')}) END"
        )
        cases = tuple(Case(f"{value} <= {tier.limit}", scale.points(tier.points), tier.code) for tier in self.tiers)
        return Written(cases, "", (f"CASE WHEN {recent} THEN {last} + {interval(days(self.within))} END",))

    def problems(self) -> list[str]:
        found = []
        for before, after in pairwise(self.tiers):
            if after.limit <= before.limit:
                found.append(
                    f"Latest answer: the limit {after.limit} comes after {before.limit}. Put them in rising order."
                )
            if after.points > before.points:
                found.append("Latest answer: a better answer cannot weigh more than a worse one.")
        return found


@dataclass(frozen=True)
class OpenTicket(Signal):
    """A ticket opened in so many days and not resolved since, by its id. The gravest one counts.

    A limit is a severity (1 low, 2 normal, 3 high, 4 urgent): from it on, its points.
    """

    type: ClassVar[str] = "open_ticket"
    title: ClassVar[str] = "Open support ticket"
    opened_by: tuple[int, ...]
    closed_by: tuple[int, ...]
    within: int
    tiers: tuple[Tier, ...]

    def read(self, history: History, at: datetime, scale: Scale) -> Reading:
        resolved = history.of(self.closed_by, at)
        open_ones = [
            one
            for one in history.within(self.opened_by, at, 0, self.within)
            if not any(r.reference == one.reference and r.occurred_at >= one.occurred_at for r in resolved)
        ]
        if not open_ones:
            return Reading()
        worst = max(one.value or 0 for one in open_ones)
        passed = [tier for tier in self.tiers if worst >= tier.limit]
        if not passed:
            return Reading()
        return Reading(scale.points(passed[-1].points), passed[-1].code, False, {"open": len(open_ones)})

    def write(self, to: Writer, scale: Scale) -> Written:
        opened = f"{of_kinds(self.opened_by)} AND e.occurred_at > {to.ago(self.within)}"
        some = to.fact(f"max(e.occurred_at) FILTER (WHERE {opened})", days=self.within, kinds=self.opened_by)
        leaving = to.next_fact(f"min(e.occurred_at) FILTER (WHERE {opened})", days=self.within, kinds=self.opened_by)
        # Tickets are rare and matched by their ids: they are looked up only for customers who opened one lately.
        # A literal list of both kinds lets the small index of tickets serve.
        either = f"kind IN ({', '.join(str(kind) for kind in (*self.opened_by, *self.closed_by))})"
        gravest = to.column(
            f"CASE WHEN {some} IS NOT NULL THEN (SELECT max(coalesce(t.value, 0)) FROM contacts_event t"
            f" WHERE t.contact_id = c.contact_id"
            f" AND t.occurred_at > {to.ago(self.within)} AND t.occurred_at <= {to.ago(0)}"
            f" AND {of_kinds(self.opened_by, 't')} AND t.{either}{to.others('t')}"
            f" AND NOT EXISTS (SELECT 1 FROM contacts_event r WHERE r.contact_id = c.contact_id"
            f" AND r.occurred_at >= t.occurred_at AND r.occurred_at <= {to.ago(0)} AND {of_kinds(self.closed_by, 'r')}"
            f" AND r.{either} AND r.reference = t.reference{to.others('r')})) END"
        )
        cases = [
            Case(f"{gravest} >= {tier.limit}", scale.points(tier.points), tier.code) for tier in reversed(self.tiers)
        ]
        return Written(tuple(cases), "", (f"{leaving} + {interval(days(self.within))}",))

    def problems(self) -> list[str]:
        return rising(self.tiers, "Open support ticket")


@dataclass(frozen=True)
class ShortHistory(Signal):
    """The first event is younger than so many days: a reason without points."""

    type: ClassVar[str] = "short_history"
    title: ClassVar[str] = "Known for a short time only"
    within: int
    code: str

    def read(self, history: History, at: datetime, scale: Scale) -> Reading:
        first = history.first(at)
        short = first is not None and at - first < self.within * DAY
        return Reading(0, self.code if short else "", False, {"within": self.within})

    def write(self, to: Writer, scale: Scale) -> Written:
        first = to.fact("min(e.occurred_at)", days=self.within)
        short = to.column(f"{first} > {to.ago(self.within)} AND NOT {to.older('o.kind > 0')}")
        return Written(
            (Case(short, 0, self.code),),
            "",
            (f"CASE WHEN {first} > {to.ago(self.within)} THEN {first} + {interval(days(self.within))} END",),
        )

    def problems(self) -> list[str]:
        return [] if self.within >= 1 else ["Short history: the period needs at least one day."]

    @property
    def codes(self) -> tuple[str, ...]:
        return (self.code,)


@dataclass(frozen=True)
class NoEvents(Signal):
    """There is no event at all: a reason without points, and nothing to judge by."""

    type: ClassVar[str] = "no_events"
    title: ClassVar[str] = "Nothing heard from them yet"
    code: str

    def read(self, history: History, at: datetime, scale: Scale) -> Reading:
        none = history.first(at) is None
        return Reading(0, self.code if none else "", none)

    def write(self, to: Writer, scale: Scale) -> Written:
        first = to.fact("min(e.occurred_at)", days=1)
        none = to.column(f"{first} IS NULL AND NOT {to.older('o.kind > 0')}")
        return Written((Case(none, 0, self.code),), none)

    def problems(self) -> list[str]:
        return []

    @property
    def codes(self) -> tuple[str, ...]:
        return (self.code,)
