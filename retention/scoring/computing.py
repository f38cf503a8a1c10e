"""Scores into a temporary table, for whatever is to be done with them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.db import connection

from contacts.permission import id_array
from retention.rules.model import ModelRules
from retention.scoring.compiling import statement
from retention.scoring.loading import published

#: From so many customers on, the work is shared among workers.
_MANY = 2_000


def compute(
    *,
    at: datetime,
    rules: Sequence[ModelRules] | None = None,
    everyone_by: ModelRules | None = None,
    customer_ids: Sequence[int] | None = None,
    table: str = "scored",
    with_next: bool = True,
) -> int:
    """Score customers at a moment into a temporary table that ends with the transaction. Gives the number of rows.

    By default by the published models, each customer by the first whose segment fits; ``everyone_by`` scores all by one
    model. ``customer_ids`` limits them. Without ``with_next`` nothing is said of when time alone changes a score,
    which is quicker. The columns are customer_id, version_id, total, the five components, band (before any guard),
    reasons, missing and next_change_at.
    """
    chosen = [everyone_by] if everyone_by is not None else list(published() if rules is None else rules)
    few = customer_ids is not None
    whom = f"k.id = ANY('{id_array(customer_ids)}'::bigint[])" if customer_ids is not None else "true"
    if everyone_by is not None:
        everyone_by = ModelRules(**{**vars(everyone_by), "plans": (), "tiers": ()})
        chosen = [everyone_by]
    selects = [
        statement(one, at, whom=whom, with_next=with_next, before=chosen[:place])
        for place, one in enumerate(chosen)
    ] or [_NOBODY]
    name = connection.ops.quote_name(table)
    with connection.cursor() as cursor:
        for setting in _SETTINGS if few and len(customer_ids or ()) < _MANY else _SETTINGS + _SHARED:
            cursor.execute(setting)
        cursor.execute(f"CREATE TEMP TABLE {name} ON COMMIT DROP AS " + "\nUNION ALL\n".join(selects))
        count: int = cursor.rowcount
        for setting in _SETTINGS if few and len(customer_ids or ()) < _MANY else _SETTINGS + _SHARED:
            cursor.execute(setting.split(" = ")[0].replace("SET LOCAL", "RESET"))
        cursor.execute(f"ALTER TABLE {name} ADD PRIMARY KEY (customer_id)")
        cursor.execute(f"ANALYZE {name}")
    return count


# A range of the index per customer is always right here; the planner cannot know how few of a heap page are wanted,
# and compiling so long a statement anew costs more than it saves.
_SETTINGS = ("SET LOCAL jit = off", "SET LOCAL enable_bitmapscan = off")
_SHARED = (
    "SET LOCAL min_parallel_table_scan_size = 0",
    "SET LOCAL parallel_setup_cost = 0",
    "SET LOCAL parallel_tuple_cost = 0",
)
_NOBODY = """SELECT 0::bigint AS customer_id, 0::bigint AS version_id, 0::smallint AS total, 0::smallint AS recency,
0::smallint AS frequency, 0::smallint AS payment, 0::smallint AS engagement, 0::smallint AS support,
''::varchar AS band, '{}'::varchar[] AS reasons, 0::smallint AS missing, NULL::timestamptz AS next_change_at WHERE false"""
