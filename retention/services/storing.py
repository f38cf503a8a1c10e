"""From computed scores to stored ones, in one statement for any number: the band that holds, and the history."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime

from django.db import connection
from django.db.models import Max

from contacts.permission import id_array
from retention.models import Score
from retention.services.guarding import COMPONENTS, GUARD
from retention.states import ChangeCause

#: Refreshing, rescoring and publishing happen one at a time. Two at once could each store what the other just
#: replaced. A number that no other advisory lock of ours uses.
SCORES_LOCK = 7_210_002


@dataclass(frozen=True, slots=True)
class Stored:
    """How many rows of history were added, and how many scores were written or taken away."""

    changed: int = 0
    written: int = 0


def one_at_a_time() -> None:
    """Wait until nobody else writes scores, and keep others out until the end of the transaction."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [SCORES_LOCK])


@contextmanager
def nobody_else() -> Iterator[None]:
    """Keep everybody else from writing scores across several transactions, on this connection and on others of ours."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock(%s)", [SCORES_LOCK])
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_unlock(%s)", [SCORES_LOCK])


def not_before_what_is_stored(now: datetime, customer_ids: Sequence[int] | None = None) -> datetime:
    """Whoever waited for others may find scores of a later moment than their own, which is then theirs too."""
    scores = Score.objects.all() if customer_ids is None else Score.objects.filter(customer__in=customer_ids)
    latest: datetime | None = scores.aggregate(latest=Max("as_of"))["latest"]
    return max(now, latest) if latest else now


def drop(table: str) -> None:
    """Take a temporary table away, where several are made in one transaction."""
    with connection.cursor() as cursor:
        cursor.execute(f"DROP TABLE IF EXISTS pg_temp.{connection.ops.quote_name(table)}")


def store(*, table: str, at: datetime, cause: ChangeCause, publishing: bool = False, touch: bool = False) -> Stored:
    """Write the scores of a temporary table (`retention.scoring.compute`), never over one of a later moment.

    A row of history is added where the total, a component or the band that holds changed. Scores that are as they were
    are left alone; with ``touch`` they are marked as computed again.
    """
    params: dict[str, str | bool | datetime] = {
        "at": at,
        "cause": cause.value,
        "first": ChangeCause.FIRST.value,
        "publishing": publishing,
        "touch": touch,
    }
    with connection.cursor() as cursor:
        cursor.execute(_STORE.format(table=connection.ops.quote_name(table)), params)
        changed, written = cursor.fetchone()
    return Stored(changed=changed, written=written)


def take_away_unscored(
    *,
    table: str,
    at: datetime,
    customer_ids: Sequence[int] | None = None,
    between: tuple[int, int] | None = None,
) -> list[int]:
    """Delete scores of customers that are no longer scored: they left, or have not begun. Their history stays.

    Gives the customers it was about. ``customer_ids`` or ``between`` say whom the temporary table is about.
    """
    which = "" if customer_ids is None else "AND s.customer_id = ANY(%(ids)s::bigint[])"
    if between:
        which = "AND s.customer_id BETWEEN %(first)s AND %(last)s"
    first, last = between or (0, 0)
    with connection.cursor() as cursor:
        cursor.execute(
            f"""DELETE FROM retention_score s WHERE s.as_of <= %(at)s {which}
                AND NOT EXISTS (SELECT 1 FROM {connection.ops.quote_name(table)} t
                                 WHERE t.customer_id = s.customer_id)
                RETURNING s.customer_id""",  # noqa: S608  our own names
            {"at": at, "ids": id_array(customer_ids or ()), "first": first, "last": last},
        )
        return sorted(pk for (pk,) in cursor.fetchall())


_POINTS = ", ".join(COMPONENTS)
_OLD_POINTS = ", ".join(f"old_{name}" for name in COMPONENTS)
_COLUMNS = (
    "version_id",
    "next_change_at",
    "above_medium_since",
    "above_high_since",
    "band_since",
    "total",
    *COMPONENTS,
    "missing",
    "raw_band",
    "band",
    "reasons",
)
_NEW = ", ".join(f"new_{name}" if name in ("next_change_at", "band_since", "band") else name for name in _COLUMNS)
# Two of the old columns have names of their own, which the guard goes by.
_OLD = ", ".join(
    {"above_medium_since": "above_medium", "above_high_since": "above_high"}.get(name, f"old_{name}")
    for name in _COLUMNS
)

# A rise that time alone confirms, and a band that the guard will move after a model was published, come due like
# anything else that time changes.
_STORE = f"""
WITH looked AS MATERIALIZED (
    SELECT recent.*, risen.*, settled AS new_band,
           CASE WHEN settled = old_band THEN old_band_since ELSE %(at)s END AS new_band_since,
           least(computed_next, confirmed_at, CASE WHEN stepped <> settled THEN %(at)s END) AS new_next_change_at
      FROM (SELECT t.customer_id, t.version_id, t.total, {", ".join(f"t.{name}" for name in COMPONENTS)}, t.missing,
                   t.reasons, t.band AS raw_band, t.next_change_at AS computed_next,
                   s.version_id AS old_version_id, s.total AS old_total,
                   {", ".join(f"s.{name} AS old_{name}" for name in COMPONENTS)}, s.missing AS old_missing,
                   s.reasons AS old_reasons, s.raw_band AS old_raw_band, s.band AS old_band,
                   s.band_since AS old_band_since, s.next_change_at AS old_next_change_at,
                   s.above_medium_since AS above_medium, s.above_high_since AS above_high,
                   v.medium_from, v.high_from, v.fall_margin, v.confirm_hours
              FROM {{table}} t
              JOIN retention_scoreversion v ON v.id = t.version_id
              LEFT JOIN retention_score s ON s.customer_id = t.customer_id
             WHERE s.customer_id IS NULL OR s.as_of <= %(at)s) AS recent
      {GUARD}
), history AS (
    INSERT INTO retention_scorechange
           (customer_id, version_id, at, cause, total_before, total_after, band_before, band_after, before, after,
            reasons, by_behaviour, by_configuration, by_missing)
    SELECT customer_id, version_id, %(at)s, CASE WHEN old_total IS NULL THEN %(first)s ELSE %(cause)s END,
           old_total, total, coalesce(old_band, ''), new_band,
           CASE WHEN old_total IS NULL THEN '{{{{}}}}'::smallint[] ELSE ARRAY[{_OLD_POINTS}] END, ARRAY[{_POINTS}],
           reasons, coalesce(total - old_total, 0) - by_configuration - by_missing, by_configuration, by_missing
      FROM looked
     WHERE old_total IS NULL OR ({_POINTS}, new_band) IS DISTINCT FROM ({_OLD_POINTS}, old_band)
    RETURNING 1
), stored AS (
    INSERT INTO retention_score (customer_id, as_of, {", ".join(_COLUMNS)})
    SELECT customer_id, %(at)s, {_NEW}
      FROM looked
     WHERE %(touch)s OR old_total IS NULL OR ({_NEW}) IS DISTINCT FROM ({_OLD})
    ON CONFLICT (customer_id) DO UPDATE
       SET as_of = excluded.as_of, {", ".join(f"{name} = excluded.{name}" for name in _COLUMNS)}
     WHERE retention_score.as_of <= excluded.as_of
    RETURNING 1
)
SELECT (SELECT count(*) FROM history), (SELECT count(*) FROM stored)
"""  # noqa: S608  our own column names
