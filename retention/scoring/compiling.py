"""A model as SQL: for each customer, one look at its events of the last days through the covering index.

Every customer is an index range of its own, so that the same statement scores one customer or all of them, takes the
same memory for any number, and can be shared among workers (ADR 6 has the measurements). Only whole numbers, dates and
reason codes of the model enter the text, all made or quoted here.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal

from contacts.states import NOTABLE_KINDS
from retention.rules.model import ModelRules
from retention.rules.score import MISSING_BIT
from retention.signals import Together, Writer, Written
from retention.signals.base import quoted
from retention.states import Band, Combine, Component

_WINDOW = "{window}"
_NOTABLE = f"e.kind IN ({', '.join(map(str, NOTABLE_KINDS))})"


class CustomerWriter(Writer):
    """Collects what the signals of one model ask for."""

    def __init__(self, at: datetime, *, with_next: bool, sharing: bool) -> None:
        self.at = at
        self.sharing = sharing
        self.with_next = with_next
        self.facts: dict[str, str] = {}
        self.notable: dict[str, str] = {}
        self.columns: dict[str, str] = {}
        self.days = Decimal(1)

    def fact(self, aggregate: str, *, days: Decimal | int, kinds: tuple[int, ...] = ()) -> str:
        self.days = max(self.days, Decimal(days))
        # What concerns rare kinds only is read from their own small index, not from everything that happened.
        if kinds and frozenset(NOTABLE_KINDS).issuperset(kinds):
            return "n." + self.notable.setdefault(aggregate, f"n{len(self.notable)}")
        return "f." + self.facts.setdefault(aggregate, f"f{len(self.facts)}")

    def next_fact(self, aggregate: str, *, days: Decimal | int, kinds: tuple[int, ...] = ()) -> str:
        return self.fact(aggregate, days=days, kinds=kinds) if self.with_next else "NULL::timestamptz"

    def column(self, expression: str) -> str:
        return "d." + self.columns.setdefault(expression, f"d{len(self.columns)}")

    def ago(self, span: timedelta | int) -> str:
        return moment(self.at - (timedelta(days=span) if isinstance(span, int) else span))

    def older(self, kinds: str) -> str:
        return (
            f"EXISTS (SELECT 1 FROM contacts_event o WHERE o.contact_id = c.contact_id AND o.occurred_at <= {_WINDOW}"
            f" AND {kinds}{self.others('o')})"
        )

    def others(self, alias: str) -> str:
        if not self.sharing:
            return ""
        return f" AND (c.others IS NULL OR {alias}.identity_id IS NULL OR {alias}.identity_id <> ALL (c.others))"


def moment(at: datetime) -> str:
    """An exact moment as a literal, so that the planner knows how much lies behind it."""
    return f"'{at.astimezone(UTC).isoformat()}'::timestamptz"


def statement(
    rules: ModelRules,
    at: datetime,
    *,
    whom: str,
    with_next: bool,
    sharing: bool,
    before: Sequence[ModelRules] = (),
) -> str:
    """SELECT the scores by one model. ``whom`` is a condition on ``k`` (customers).

    Customers that fit a model of ``before`` are left to that one. ``sharing`` is for customers that share a contact:
    what names another of them does not count for this one.
    """
    to = CustomerWriter(at, with_next=with_next, sharing=sharing)
    written = [placed.signal.write(to, rules.scale(placed.component)) for placed in rules.signals]
    window = to.ago(timedelta(microseconds=int(to.days * 86_400_000_000)))

    signals = ", ".join(
        f"{_case(one)} AS t{place}" + (f", {one.missing} AS m{place}" if one.missing else "")
        for place, one in enumerate(written)
    )
    columns = {component: f"s.k_{component}" for component in Component.values}
    known = f" AND e.occurred_at > {window}"
    levels = [
        # What the window says already is not asked of each event again.
        f"(SELECT {', '.join(f'{what} AS {name}' for what, name in facts.items()).replace(known, '')}"
        f" FROM contacts_event e"
        f" WHERE e.contact_id = c.contact_id AND e.occurred_at > {window} AND e.occurred_at <= {moment(at)}"
        f" AND {kinds}{to.others('e')}) {alias}"
        for alias, facts, kinds in (("f", to.facts, "e.kind > 0"), ("n", to.notable, _NOTABLE))
        if facts
    ]
    if to.columns:
        levels.append(f"(SELECT {', '.join(f'{what} AS {name}' for what, name in to.columns.items())} OFFSET 0) d")
    # With the customer's id in it, nobody expects the same outcome twice, and none is looked for in a cache.
    levels.append(f"(SELECT c.id AS p_id, {signals} OFFSET 0) p")
    levels.append(f"(SELECT {', '.join(_components(rules, written))} OFFSET 0) s")
    levels.append(f"(SELECT {' + '.join(columns.values())} AS total) t")
    # The same few combinations come again and again: as a join of its own the list of codes is made once for each.
    levels.append(f"(SELECT {_reasons(rules, written, columns)} AS reasons OFFSET 0) w")
    laterals = "".join(f"\n CROSS JOIN LATERAL {level}" for level in levels)
    return f"""SELECT c.id AS customer_id, {rules.version_id:d}::bigint AS version_id, t.total::smallint AS total,
       {", ".join(f"{column}::smallint AS {component}" for component, column in columns.items())},
       {_band(rules)}::varchar AS band, w.reasons, {_missing(rules, written)}::smallint AS missing,
       {_next(written, with_next)} AS next_change_at
  FROM ({_customers(rules, at, whom=whom, sharing=sharing, before=before)}) c{laterals}""".replace(_WINDOW, window)


def _customers(rules: ModelRules, at: datetime, *, whom: str, sharing: bool, before: Sequence[ModelRules]) -> str:
    """The customers this model scores now, when each one began, and the ids of others that share its contact."""
    today = at.astimezone(UTC).date()
    # A day is its first moment: whoever churned today has churned before any later moment of the day.
    not_churned_from = (
        today
        if at.astimezone(UTC) == datetime(today.year, today.month, today.day, tzinfo=UTC)
        else (today + timedelta(days=1))
    )
    first = (
        f"(SELECT min(x.occurred_at) FROM contacts_event x WHERE x.contact_id = k.contact_id AND x.kind > 0"
        f" AND x.occurred_at <= {moment(at)})"
    )
    fits = " AND ".join([_fits(rules), *(f"NOT {_fits(earlier)}" for earlier in before)])
    others, many = "NULL::integer[]", ""
    if sharing:
        others, many = (
            "many.ids",
            f"""
          LEFT JOIN (
               SELECT k.id AS customer_id, array_agg(i.id) AS ids
                 FROM retention_customer k
                 JOIN retention_customer other ON other.contact_id = k.contact_id AND other.id <> k.id
                 JOIN contacts_identity i ON i.kind IN ('customer', 'user') AND i.value = other.external_id
                WHERE {whom} GROUP BY k.id) many ON many.customer_id = k.id""",
        )
    return f"""SELECT k.id, k.contact_id, k.churned_on, {others} AS others,
               CASE WHEN k.since IS NULL THEN {first} ELSE k.since::timestamp AT TIME ZONE 'UTC' END AS started
          FROM retention_customer k{many}
         WHERE {whom} AND {fits}
           AND (k.since <= '{today.isoformat()}' OR (k.since IS NULL AND {first} IS NOT NULL))
           AND (k.churned_on IS NULL OR k.churned_on >= '{not_churned_from.isoformat()}')"""


def _fits(rules: ModelRules) -> str:
    if not rules.plans and not rules.tiers:
        return "true"
    lists = [
        f"lower(k.{column}) IN ({', '.join(quoted(one.lower()) for one in given)})"
        for column, given in (("plan", rules.plans), ("tier", rules.tiers))
        if given
    ]
    return f"({' OR '.join(lists)})"


def _case(one: Written) -> str:
    """Which of its cases a signal is in: 1 for the first, 0 for none."""
    whens = " ".join(f"WHEN {case.condition} THEN {place}" for place, case in enumerate(one.cases, start=1))
    return f"CASE {whens} ELSE 0 END" if whens else "0"


def _points(one: Written, place: int) -> str:
    whens = " ".join(
        f"WHEN {number} THEN {case.points:d}" for number, case in enumerate(one.cases, start=1) if case.points
    )
    return f"CASE p.t{place} {whens} ELSE 0 END" if whens else "0"


def _code(one: Written, place: int) -> str:
    whens = " ".join(
        f"WHEN {number} THEN {quoted(case.code)}" for number, case in enumerate(one.cases, start=1) if case.code
    )
    return f"CASE p.t{place} {whens} END"


def _components(rules: ModelRules, written: Sequence[Written]) -> list[str]:
    found = []
    for component in Component.values:
        parts = [
            _points(one, place)
            for place, (placed, one) in enumerate(zip(rules.signals, written, strict=True))
            if placed.component == component
        ]
        if not parts or component not in rules.components:
            found.append(f"0 AS k_{component}")
            continue
        of_component = rules.components[component]
        whole = " + ".join(parts) if of_component.combine == Combine.SUM else f"greatest({', '.join(parts)})"
        found.append(f"least({whole}, {of_component.most:d}) AS k_{component}")
    return found


def _band(rules: ModelRules) -> str:
    return (
        f"CASE WHEN t.total >= {rules.high_from:d} THEN '{Band.HIGH.value}'"
        f" WHEN t.total >= {rules.medium_from:d} THEN '{Band.MEDIUM.value}' ELSE '{Band.LOW.value}' END"
    )


def _reasons(rules: ModelRules, written: Sequence[Written], columns: Mapping[str, str]) -> str:
    """Codes in order of points, those of equal points in the order of the model."""
    rows = []
    for place, (placed, one) in enumerate(zip(rules.signals, written, strict=True)):
        if isinstance(placed.signal, Together):
            rows.append(f"(0, {place}, {placed.signal.condition(columns)})")
        elif any(case.code for case in one.cases):
            rows.append(f"({_points(one, place)}, {place}, {_code(one, place)})")
    if not rows:
        return "'{}'::varchar[]"
    return (
        f"ARRAY(SELECT r.code::varchar FROM (VALUES {', '.join(rows)}) r(points, place, code)"
        " WHERE r.code IS NOT NULL ORDER BY r.points DESC, r.place)"
    )


def _missing(rules: ModelRules, written: Sequence[Written]) -> str:
    bits: dict[int, list[str]] = {}
    for place, (placed, one) in enumerate(zip(rules.signals, written, strict=True)):
        if one.missing:
            bits.setdefault(MISSING_BIT[placed.component or Component.RECENCY], []).append(f"p.m{place}")
    parts = [f"CASE WHEN {' OR '.join(places)} THEN {bit} ELSE 0 END" for bit, places in bits.items()]
    return f"({' + '.join(parts) or '0'})"


def _next(written: Sequence[Written], with_next: bool) -> str:
    if not with_next:
        return "NULL::timestamptz"
    candidates = [one for signal in written for one in signal.nexts]
    candidates.append("(c.churned_on::timestamp AT TIME ZONE 'UTC') + interval '1 microsecond'")
    return f"least({', '.join(candidates)})"
