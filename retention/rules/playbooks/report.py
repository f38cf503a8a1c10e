"""What a version of a playbook did, or would have done, in some days: one report for live, shadow and dry runs. Pure.

Whether something was put before people or only written down is no part of it, so that a dry run can be compared with
what then happened, number by number.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any, Final

from retention.rules.playbooks.world import DONE
from retention.states import Arm, StepOutcome, WorkKind

#: Of so many customers a report tells what became of each.
MOST_NAMED: Final = 200
#: How a step that was carried out is counted, whatever that meant in the mode the version was in.
CARRIED_OUT: Final = "done"
#: Amounts are kept to a tenth of a cent, as costs of steps are.
_KEPT: Final = Decimal("0.001")

OUTCOMES: Final = {
    CARRIED_OUT: "Done",
    StepOutcome.SKIPPED.value: StepOutcome.SKIPPED.label,
    StepOutcome.MISSED.value: StepOutcome.MISSED.label,
    StepOutcome.WITHDRAWN.value: StepOutcome.WITHDRAWN.label,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class RanStep:
    """What became of one step: the ``minutes`` of work of a ``kind`` it made, and its ``cost`` with work and offer."""

    position: int
    name: str
    outcome: str
    channel: str
    at: datetime
    kind: WorkKind | None = None
    minutes: Decimal = Decimal(0)
    cost: Decimal = Decimal(0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Ran:
    """One customer's way through the version. ``waits_for`` is what they still wait for, in words."""

    customer_id: int
    fitted_at: datetime
    started_at: datetime | None = None
    arm: str = ""
    waits_for: str = ""
    end: str = ""
    ended_at: datetime | None = None
    steps: tuple[RanStep, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class StepCount:
    """How often a step came to this on a day. ``channel`` is empty where it took none."""

    position: int
    name: str
    outcome: str
    channel: str
    on: date
    count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Named:
    """What became of one customer: their steps as (position, outcome, channel, moment)."""

    customer_id: int
    fitted_at: datetime
    started_at: datetime | None
    arm: str
    end: str
    steps: tuple[tuple[int, str, str, datetime], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class RunReport:
    """What came about in the days from ``first_on`` to ``last_on``, both included, UTC.

    ``fitted`` are those who fitted first in these days; ``let_in`` those who began in them, ``held_out`` those drawn to
    get nothing. ``waiting`` says for the words of a reason how many wait for it at the end. ``minutes`` is work by day
    and kind, ``cost`` by day in the currency of the capacity rules. ``names`` are the first `MOST_NAMED` in the order
    in which they fitted.
    """

    version: str
    first_on: date
    last_on: date
    fitted: int = 0
    let_in: int = 0
    held_out: int = 0
    waiting: Mapping[str, int] = field(default_factory=dict)
    ends: Mapping[str, int] = field(default_factory=dict)
    steps: tuple[StepCount, ...] = ()
    minutes: Mapping[date, Mapping[str, Decimal]] = field(default_factory=dict)
    cost: Mapping[date, Decimal] = field(default_factory=dict)
    names: tuple[Named, ...] = ()

    @property
    def names_all(self) -> bool:
        """Whether everybody is named."""
        return len(self.names) == self.fitted

    @property
    def whole_cost(self) -> Decimal:
        return sum(self.cost.values(), Decimal(0))

    def whole_minutes(self, kind: WorkKind) -> Decimal:
        """The minutes of one kind over all days."""
        return sum((day.get(kind.value, Decimal(0)) for day in self.minutes.values()), Decimal(0))

    def as_json(self) -> dict[str, Any]:
        """As it is kept in a row. `report_from` reads it back."""
        return {
            "version": self.version,
            "first_on": self.first_on.isoformat(),
            "last_on": self.last_on.isoformat(),
            **{name: getattr(self, name) for name in ("fitted", "let_in", "held_out")},
            "waiting": dict(self.waiting),
            "ends": dict(self.ends),
            "steps": [{**asdict(one), "on": one.on.isoformat()} for one in self.steps],
            "minutes": {
                day.isoformat(): {kind: str(most) for kind, most in of.items()} for day, of in self.minutes.items()
            },
            "cost": {day.isoformat(): str(amount) for day, amount in self.cost.items()},
            "names": [_named_json(one) for one in self.names],
        }


def report_from(kept: Mapping[str, Any]) -> RunReport:
    """The report that was kept as JSON."""
    return RunReport(
        version=kept["version"],
        first_on=date.fromisoformat(kept["first_on"]),
        last_on=date.fromisoformat(kept["last_on"]),
        fitted=kept["fitted"],
        let_in=kept["let_in"],
        held_out=kept["held_out"],
        waiting=kept["waiting"],
        ends=kept["ends"],
        steps=tuple(StepCount(**{**one, "on": date.fromisoformat(one["on"])}) for one in kept["steps"]),
        minutes={
            date.fromisoformat(day): {kind: Decimal(most) for kind, most in of.items()}
            for day, of in kept["minutes"].items()
        },
        cost={date.fromisoformat(day): Decimal(amount) for day, amount in kept["cost"].items()},
        names=tuple(
            Named(
                customer_id=one["customer"],
                fitted_at=datetime.fromisoformat(one["fitted_at"]),
                started_at=datetime.fromisoformat(one["started_at"]) if one["started_at"] else None,
                arm=one["arm"],
                end=one["end"],
                steps=tuple(
                    (position, outcome, channel, datetime.fromisoformat(at))
                    for position, outcome, channel, at in one["steps"]
                ),
            )
            for one in kept["names"]
        ),
    )


def report(version: str, first_on: date, last_on: date, ran: Iterable[Ran]) -> RunReport:
    """Add up what became of each. What was known before or happened after the days is left out."""

    def within(at: datetime | None) -> bool:
        return at is not None and first_on <= day_of(at) <= last_on

    fitted = [one for one in ran if within(one.fitted_at)]
    waiting: Counter[str] = Counter()
    ends: Counter[str] = Counter()
    steps: Counter[tuple[int, str, str, str, date]] = Counter()
    minutes: dict[date, dict[str, Decimal]] = defaultdict(dict)
    cost: dict[date, Decimal] = defaultdict(Decimal)
    for one in fitted:
        if one.started_at is None and not one.end:
            waiting[what_for(one.waits_for)] += 1
        if within(one.ended_at):
            ends[one.end] += 1
        for step in one.steps:
            if not within(step.at):
                continue
            day = day_of(step.at)
            steps[step.position, step.name, counted_as(step.outcome), step.channel, day] += 1
            if step.kind is not None and step.minutes:
                minutes[day][step.kind.value] = minutes[day].get(step.kind.value, Decimal(0)) + step.minutes
            if step.cost:
                cost[day] += step.cost
    return RunReport(
        version=version,
        first_on=first_on,
        last_on=last_on,
        fitted=len(fitted),
        let_in=sum(1 for one in fitted if within(one.started_at) and one.arm != Arm.HOLDOUT),
        held_out=sum(1 for one in fitted if within(one.started_at) and one.arm == Arm.HOLDOUT),
        waiting=dict(sorted(waiting.items())),
        ends=dict(sorted(ends.items())),
        steps=tuple(
            StepCount(position=position, name=name, outcome=outcome, channel=channel, on=on, count=count)
            for (position, name, outcome, channel, on), count in sorted(steps.items())
        ),
        minutes={day: dict(sorted(of.items())) for day, of in sorted(minutes.items())},
        cost={day: amount.quantize(_KEPT) for day, amount in sorted(cost.items())},
        names=tuple(
            named(one) for one in sorted(fitted, key=lambda one: (one.fitted_at, one.customer_id))[:MOST_NAMED]
        ),
    )


def named(one: Ran) -> Named:
    """What became of one, as the report tells it."""
    return Named(
        customer_id=one.customer_id,
        fitted_at=one.fitted_at,
        started_at=one.started_at,
        arm=one.arm,
        end=one.end,
        steps=tuple(
            (step.position, counted_as(step.outcome), step.channel, step.at)
            for step in sorted(one.steps, key=lambda step: step.position)
        ),
    )


def what_for(sentence: str) -> str:
    """What somebody waits for, without their place in the line."""
    return sentence.partition(": ")[0].rstrip(".")


def counted_as(outcome: str) -> str:
    """What is the same to whoever reads the report has one word."""
    return CARRIED_OUT if outcome in DONE else str(outcome)


def day_of(at: datetime) -> date:
    """The day of a moment, UTC."""
    return at.astimezone(UTC).date()


def _named_json(one: Named) -> dict[str, Any]:
    return {
        "customer": one.customer_id,
        "fitted_at": one.fitted_at.isoformat(),
        "started_at": one.started_at.isoformat() if one.started_at else None,
        "arm": one.arm,
        "end": one.end,
        "steps": [[position, outcome, channel, at.isoformat()] for position, outcome, channel, at in one.steps],
    }
