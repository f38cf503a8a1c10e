"""Scores as rows: everybody at a moment, stored on the way where that is wanted, read out in a stream."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from django.db import connection, transaction

from retention import scoring
from retention.models import Score, ScoreVersion
from retention.rules.model import ModelRules
from retention.services.publishing import sound
from retention.services.refreshing import rescore, rescore_some
from retention.services.storing import drop, one_at_a_time
from retention.states import ChangeCause

#: Rows that are fetched and held at a time.
_AT_ONCE = 5_000
_TABLE = "scores_shown"
_COMPUTED = "scores_computed"


class ScoreRow(NamedTuple):
    """One customer's score at the moment asked about, the band being that of the number (scoring.md, "Output")."""

    customer: str
    total: int
    band: str
    recency: int
    frequency: int
    payment: int
    engagement: int
    support: int
    reasons: list[str]


@dataclass(frozen=True, slots=True)
class Shown:
    """How many were scored, how many stored scores changed, how many are of a later moment, and the rows."""

    customers: int
    changed: int
    newer: int
    rows: Iterator[ScoreRow]


@contextmanager
def shown(
    *, at: datetime, customer_ids: Sequence[int] | None = None, version: ScoreVersion | None = None, write: bool
) -> Iterator[Shown]:
    """Score everybody, or these customers, at a moment. Rows come sorted by customer, byte by byte.

    With ``version``, which may be a draft, everybody is scored by that one, whoever it is for, and nothing is stored.
    With ``write`` scores are stored, but for customers whose stored score is of a later moment. Refuses a version with
    problems (`ModelHasProblems`).
    """
    rules = sound(version) if version else None
    with transaction.atomic():
        customers, changed = _put_aside(at, customer_ids, rules, write=write and rules is None)
        newer = Score.objects.filter(as_of__gt=at)
        newer_ones = (newer if customer_ids is None else newer.filter(customer__in=customer_ids)).count()
    # Whoever reads may be slow. What was stored is stored by now, and nobody waits for them.
    try:
        yield Shown(customers, changed, newer_ones, _rows())
    finally:
        drop(_TABLE)


def _put_aside(
    at: datetime, customer_ids: Sequence[int] | None, rules: ModelRules | None, *, write: bool
) -> tuple[int, int]:
    """Score into a table that outlives the transaction: how many were scored, and how many stored scores changed."""
    drop(_COMPUTED)
    changed = 0
    if write:
        one_at_a_time()
    if write and customer_ids is None:
        found = rescore(at=at, cause=ChangeCause.REFRESH, table=_COMPUTED)
        customers, changed = found.customers, found.changed
    else:
        customers = scoring.compute(
            at=at, everyone_by=rules, customer_ids=customer_ids, table=_COMPUTED, with_next=False
        )
        if write and customer_ids is not None:
            changed = rescore_some(customer_ids=customer_ids, now=at, cause=ChangeCause.REFRESH).changed
    drop(_TABLE)
    with connection.cursor() as cursor:
        cursor.execute(_KEEP)
    drop(_COMPUTED)
    return customers, changed


def _rows() -> Iterator[ScoreRow]:
    connected: Any = connection
    with connected.chunked_cursor() as cursor:
        cursor.execute(f'SELECT {", ".join(ScoreRow._fields)} FROM {_TABLE} ORDER BY customer COLLATE "C"')  # noqa: S608
        while rows := cursor.fetchmany(_AT_ONCE):
            yield from map(ScoreRow._make, rows)


_KEEP = f"""
CREATE TEMP TABLE {_TABLE} AS
SELECT c.external_id AS customer, t.total, t.band, t.recency, t.frequency, t.payment, t.engagement, t.support, t.reasons
  FROM {_COMPUTED} t JOIN retention_customer c ON c.id = t.customer_id
"""  # noqa: S608  our own table names
