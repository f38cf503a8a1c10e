"""Scores and bands as they would have been kept up to date, in memory: the same rules as a refresh, nothing stored."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection, transaction

from retention.rules.guard import Standing, step
from retention.scoring import compute, published
from retention.states import Band, Component

_COMPONENTS = tuple(component.value for component in Component)
_TABLE = "dry_run_scored"


@dataclass(frozen=True, slots=True)
class Kept:
    """What would be stored of one customer's score: `retention.services.people.Standing`, and what the guard needs."""

    total: int
    band: str
    reasons: tuple[str, ...]
    points: tuple[int, ...]
    standing: Standing
    next_at: datetime | None


class Scores:
    """Everybody's score at one moment after the other, by the models that are published now."""

    def __init__(self, moments: Sequence[datetime]) -> None:
        self.models = published()
        self.thresholds = {model.version_id: model for model in self.models}
        self.of: dict[int, Kept] = {}
        self.moments = moments
        self.news = _news(moments)
        self.place = -1

    def go_on(self) -> tuple[set[int], set[int]]:
        """To the next moment: whose score or band is another one now, and about whom there was news."""
        self.place += 1
        at = self.moments[self.place]
        if self.place == 0:
            return self._score(at, None, _standings_before(at)), set()
        news = set(self.news.get(self.place, ()))
        due = news | {pk for pk, kept in self.of.items() if kept.next_at is not None and kept.next_at <= at}
        due |= _begun(self.moments[self.place - 1], at)
        return (self._score(at, sorted(due), {}) if due else set()), news

    def _score(self, at: datetime, customer_ids: Sequence[int] | None, known: dict[int, Standing]) -> set[int]:
        changed = set()
        rows = self._computed(at, customer_ids)
        for customer_id, version_id, total, reasons, next_at, *points in rows:
            before = self.of.get(customer_id)
            given = {Component(name): value for name, value in zip(_COMPONENTS, points, strict=True)}
            model = self.thresholds[version_id]
            standing = step(before.standing if before else known.get(customer_id), total, given, model, at)
            confirmed = standing.confirmed_at(model)
            kept = Kept(
                total=total,
                band=standing.band,
                reasons=tuple(reasons),
                points=tuple(points),
                standing=standing,
                next_at=min((one for one in (next_at, confirmed) if one is not None), default=None),
            )
            if before is None or (before.points, before.band) != (kept.points, kept.band):
                changed.add(customer_id)
            self.of[customer_id] = kept
        scored = {row[0] for row in rows}
        for customer_id in () if customer_ids is None else customer_ids:
            if customer_id not in scored and self.of.pop(customer_id, None) is not None:
                changed.add(customer_id)
        return changed

    def _computed(self, at: datetime, customer_ids: Sequence[int] | None) -> list[Any]:
        with transaction.atomic():
            compute(at=at, rules=self.models, customer_ids=customer_ids, table=_TABLE)
            with connection.cursor() as cursor:
                cursor.execute(
                    f"SELECT customer_id, version_id, total, reasons, next_change_at, {', '.join(_COMPONENTS)}"  # noqa: S608
                    f" FROM {_TABLE}"
                )
                rows: list[Any] = cursor.fetchall()
                cursor.execute(f"DROP TABLE {_TABLE}")
        return rows


def _news(moments: Sequence[datetime]) -> dict[int, list[int]]:
    """By the place of each moment: the customers who did something between the moment before it and itself."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT width_bucket(e.occurred_at - interval '1 microsecond', %(moments)s::timestamptz[]) AS place,
                   array_agg(DISTINCT k.id)
              FROM contacts_event e JOIN retention_customer k ON k.contact_id = e.contact_id
             WHERE e.occurred_at > %(first)s AND e.occurred_at <= %(last)s AND e.flag = ''
             GROUP BY 1
            """,
            {"moments": list(moments), "first": moments[0], "last": moments[-1]},
        )
        return dict(cursor.fetchall())


def _begun(before: datetime, at: datetime) -> set[int]:
    """Customers whose first day came between two moments. Those without one begin with their first event."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT id FROM retention_customer WHERE since > (%s AT TIME ZONE 'UTC')::date"
            " AND since <= (%s AT TIME ZONE 'UTC')::date",
            [before, at],
        )
        return {pk for (pk,) in cursor.fetchall()}


def _standings_before(at: datetime) -> dict[int, Standing]:
    """Where customers stood just before a moment, by the history of their scores. Who has none is left out."""
    with connection.cursor() as cursor:
        cursor.execute(_BEFORE, {"at": at, "payment": _COMPONENTS.index("payment") + 1,
                                 "support": _COMPONENTS.index("support") + 1})  # fmt: skip
        return {
            customer_id: Standing(Band(band), Band(raw), above_medium, above_high, firm)
            for customer_id, band, raw, above_medium, above_high, firm in cursor.fetchall()
        }


_BEFORE = """
WITH latest AS MATERIALIZED (
    SELECT DISTINCT ON (c.customer_id) c.customer_id, c.band_after, c.total_after, c.after, v.medium_from, v.high_from
      FROM retention_scorechange c JOIN retention_scoreversion v ON v.id = c.version_id
     WHERE c.at < %(at)s
     ORDER BY c.customer_id, c.at DESC, c.id DESC
)
SELECT l.customer_id, l.band_after,
       CASE WHEN l.total_after >= l.high_from THEN 'high' WHEN l.total_after >= l.medium_from THEN 'medium'
            ELSE 'low' END,
       CASE WHEN l.total_after >= l.medium_from THEN above.medium_since END,
       CASE WHEN l.total_after >= l.high_from THEN above.high_since END,
       l.after[%(payment)s] + l.after[%(support)s]
  FROM latest l
 CROSS JOIN LATERAL (
       SELECT max(c.at) FILTER (WHERE c.total_after < l.medium_from) AS below_medium,
              max(c.at) FILTER (WHERE c.total_after < l.high_from) AS below_high
         FROM retention_scorechange c WHERE c.customer_id = l.customer_id AND c.at < %(at)s) below
 CROSS JOIN LATERAL (
       SELECT min(c.at) FILTER (WHERE below_medium IS NULL OR c.at > below_medium) AS medium_since,
              min(c.at) FILTER (WHERE below_high IS NULL OR c.at > below_high) AS high_since
         FROM retention_scorechange c WHERE c.customer_id = l.customer_id AND c.at < %(at)s) above
"""
