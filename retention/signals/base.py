"""What every signal is: a few numbers, read from a history in Python, or written as SQL. Pure.

The two readings say the same thing. The Python one is what a person can follow and what tests hold the SQL against;
the SQL one is what runs.
"""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from datetime import datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from itertools import pairwise
from typing import Any, ClassVar

from contacts.states import ACTIVITY_KINDS, EventKind
from retention.rules.history import History
from retention.states import Component

#: What stands for all kinds that show a customer at work with us (scoring.md, "activity").
ACTIVITY = "activity"
#: No limit or period is longer than ten years.
MOST_DAYS = 3650
_MICROSECONDS_A_DAY = 86_400_000_000
_CODE = re.compile(r"[a-z0-9_]{0,30}")


@dataclass(frozen=True, slots=True)
class Tier:
    """One step of a signal: from this limit on, so many points, for this reason."""

    limit: Decimal
    points: int
    code: str = ""


@dataclass(frozen=True, slots=True)
class Scale:
    """How a component weighs its signals: the multiplier of its knob, its maximum, and the recency sensitivity."""

    most: int = 100
    weight: Decimal = Decimal(1)
    sensitivity: Decimal = Decimal(1)

    def points(self, raw: int) -> int:
        """Weighted, rounded half up, at most the component's maximum."""
        return min(self.most, int((raw * self.weight).quantize(Decimal(1), ROUND_HALF_UP)))

    def span(self, days: Decimal) -> timedelta:
        """A limit in days, made shorter by sensitivity, to the microsecond below."""
        exact = Fraction(days) * _MICROSECONDS_A_DAY / Fraction(self.sensitivity)
        return timedelta(microseconds=exact.numerator // exact.denominator)


@dataclass(frozen=True, slots=True)
class Reading:
    """What a signal says: points, the reason, whether there was too little to judge by, and the numbers it went by."""

    points: int = 0
    code: str = ""
    missing: bool = False
    numbers: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Case:
    """Where this condition holds, so many points for this reason."""

    condition: str
    points: int
    code: str = ""


@dataclass(frozen=True, slots=True)
class Written:
    """The same as SQL: the first case whose condition holds decides. ``missing`` is a condition; ``nexts`` are moments
    after which time alone may change the reading, NULL where there is none."""

    cases: tuple[Case, ...] = ()
    missing: str = ""
    nexts: tuple[str, ...] = ()


class Writer(ABC):
    """Where a signal's SQL goes: the columns of one customer's window of events (`retention.scoring.compiling`)."""

    at: datetime

    @abstractmethod
    def fact(self, aggregate: str, *, days: Decimal | int, kinds: tuple[int, ...] = ()) -> str:
        """The name of a column that aggregates ``e``, the events of the last ``days`` days.

        ``kinds`` are all that it looks at, where it does not look at everything.
        """

    @abstractmethod
    def next_fact(self, aggregate: str, *, days: Decimal | int, kinds: tuple[int, ...] = ()) -> str:
        """The same for a column that only the next change is worked out from."""

    @abstractmethod
    def column(self, expression: str) -> str:
        """The name of a column worked out once from facts, for expressions that are used several times."""

    @abstractmethod
    def ago(self, span: timedelta | int) -> str:
        """The moment so long (or so many days) before the one scored, as a literal."""

    @abstractmethod
    def older(self, kinds: str) -> str:
        """Whether there is an event of these kinds (a condition on ``o``) before the window, as a condition."""

    @abstractmethod
    def others(self, alias: str) -> str:
        """The condition that an event does not belong to another customer of the same contact."""


@dataclass(frozen=True)
class Signal(ABC):
    """One signal of a model. Subclasses are its types; their fields are its parameters."""

    type: ClassVar[str]
    title: ClassVar[str]

    @abstractmethod
    def read(self, history: History, at: datetime, scale: Scale) -> Reading:
        """What the signal says of this history at this moment."""

    @abstractmethod
    def write(self, to: Writer, scale: Scale) -> Written:
        """The same, as SQL over the columns it asks ``to`` for."""

    @abstractmethod
    def problems(self) -> list[str]:
        """What is wrong with the numbers, each as a sentence that says what to do."""

    @property
    def most_points(self) -> int:
        """The most points it can give, before any weight."""
        return max((tier.points for tier in getattr(self, "tiers", ())), default=0)

    @property
    def codes(self) -> tuple[str, ...]:
        """Every reason code it can give."""
        return tuple(tier.code for tier in getattr(self, "tiers", ()) if tier.code)

    @classmethod
    def from_parameters(cls, parameters: Mapping[str, Any]) -> Signal:
        """The signal with the numbers of a row. Raises ValueError with a sentence for one it does not know."""
        known = {one.name: one for one in fields(cls)}
        unknown = sorted(set(parameters) - set(known))
        if unknown:
            raise ValueError(f"A {cls.type} signal has no {unknown[0]}. It has {', '.join(known)}.")
        values: dict[str, Any] = {}
        for name, given in parameters.items():
            values[name] = read_parameter(cls.type, name, given, whole=known[name].type == "int")
        try:
            return cls(**values)
        except TypeError as problem:
            missing = [
                name for name, one in known.items() if name not in parameters and one.default is one.default_factory
            ]
            raise ValueError(f"A {cls.type} signal needs {', '.join(missing) or 'other parameters'}.") from problem

    def parameters(self) -> dict[str, Any]:
        """The numbers as a row keeps them: the other direction of `from_parameters`."""
        return {one.name: _plain(getattr(self, one.name)) for one in fields(self)}


def read_parameter(kind: str, name: str, given: Any, *, whole: bool) -> Any:
    """One parameter as the signal keeps it. Raises ValueError with a sentence.

    Numbers and codes become part of a statement, so nothing else gets through.
    """
    if name == "tiers":
        return read_tiers(kind, given)
    if name in ("kinds", "opened_by", "closed_by", "counted", "out_of"):
        return read_kinds(kind, name, given)
    if name == "components":
        known = isinstance(given, Mapping) and set(given) <= set(Component.values)
        if not known or not all(type(value) is int for value in given.values()):
            raise ValueError(f"The components of a {kind} signal must name components with the points they need.")
        return tuple(sorted((str(key), int(value)) for key, value in given.items()))
    if not whole:
        return read_code(kind, name, given)
    if type(given) is not int or not 0 <= given <= MOST_DAYS:
        raise ValueError(f"The {name} of a {kind} signal must be a whole number from 0 to {MOST_DAYS}.")
    return given


def read_code(kind: str, name: str, given: Any) -> str:
    if not isinstance(given, str) or not _CODE.fullmatch(given):
        raise ValueError(
            f"The {name} of a {kind} signal must be a reason code: small letters, digits and _, at most 30 of them."
        )
    return given


def read_tiers(kind: str, given: Any) -> tuple[Tier, ...]:
    tiers = []
    try:
        for limit, points, *code in given:
            if isinstance(points, bool) or int(points) != points:
                raise ValueError
            exact = Decimal(str(limit))
            if not exact.is_finite() or not 0 <= exact <= MOST_DAYS or exact.as_tuple().exponent not in range(-6, 1):
                raise ValueError
            tiers.append(Tier(exact, int(points), read_code(kind, "tiers", code[0] if code else "")))
    except (TypeError, ValueError, ArithmeticError) as problem:
        raise ValueError(
            f"Each tier of a {kind} signal is a limit from 0 to {MOST_DAYS}, whole points, and a reason code."
        ) from problem
    if not tiers:
        raise ValueError(f"A {kind} signal needs at least one tier.")
    return tuple(tiers)


def read_kinds(kind: str, name: str, given: Any) -> tuple[int, ...]:
    """Kinds by their names; the word activity stands for all that show a customer at work with us."""
    words = [given] if isinstance(given, str) else given
    found: list[int] = []
    known = {one.name.lower(): one.value for one in EventKind if one}
    if not isinstance(words, (list, tuple)) or not words:
        raise ValueError(f"The {name} of a {kind} signal must be a list of event names.")
    for word in words:
        if word == ACTIVITY:
            found.extend(ACTIVITY_KINDS)
        elif word in known:
            found.append(known[word])
        else:
            raise ValueError(f"The {name} of a {kind} signal: {word} is not an event that counts.")
    return tuple(dict.fromkeys(found))


def names_of(kinds: tuple[int, ...]) -> list[str]:
    """The names of kinds, as `read_kinds` takes them."""
    if kinds == ACTIVITY_KINDS:
        return [ACTIVITY]
    return [EventKind(kind).name.lower() for kind in kinds]


def _plain(value: Any) -> Any:
    if isinstance(value, tuple) and value and isinstance(value[0], Tier):
        return [
            [int(one.limit) if one.limit == one.limit.to_integral_value() else str(one.limit), one.points, one.code]
            for one in value
        ]
    if isinstance(value, tuple) and value and isinstance(value[0], tuple):
        return dict(value)
    if isinstance(value, tuple):
        return names_of(value)
    return value


def of_kinds(kinds: tuple[int, ...], alias: str = "e") -> str:
    """The condition that an event is of one of these kinds."""
    if kinds == ACTIVITY_KINDS:
        # Facts look at events that count only; elsewhere 0 has to be left out.
        return "e.kind < 20" if alias == "e" else f"{alias}.kind BETWEEN {min(kinds)} AND 19"
    if len(kinds) == 1:
        return f"{alias}.kind = {kinds[0]:d}"
    return f"{alias}.kind IN ({', '.join(f'{kind:d}' for kind in kinds)})"


def quoted(code: str) -> str:
    """A reason code as an SQL literal."""
    return "'" + code.replace("'", "''") + "'"


def interval(span: timedelta) -> str:
    return f"interval '{span // timedelta(microseconds=1)} microseconds'"


def fewer(now: str, before: str, share: Decimal) -> str:
    """The condition that ``now`` is smaller than ``before`` by at least this share of it, in whole numbers only."""
    left = 1 - Fraction(share)
    return f"{left.denominator} * {now} <= {left.numerator} * {before}"


def days(number: Decimal | int) -> timedelta:
    return Scale().span(Decimal(number))


def rising(tiers: tuple[Tier, ...], what: str) -> list[str]:
    """Limits and points must rise from tier to tier, else a later one could never hold."""
    found = []
    for before, after in pairwise(tiers):
        if after.limit <= before.limit:
            found.append(f"{what}: the limit {after.limit} comes after {before.limit}. Put limits in rising order.")
        if after.points < before.points:
            found.append(f"{what}: {after.points} points come after {before.points}. More of it cannot weigh less.")
    found += [f"{what}: points must not be negative." for one in tiers if one.points < 0]
    return found
