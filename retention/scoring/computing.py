"""Scores into a temporary table, for whatever is to be done with them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from django.db import connection

from contacts.permission import id_array
from retention.rules.model import ModelRules
from retention.scoring.compiling import statement
from retention.scoring.loading import published

#: Up to so many customers the table is not worth counting.
_FEW = 200


def compute(
    *,
    at: datetime,
    rules: Sequence[ModelRules] | None = None,
    everyone_by: ModelRules | None = None,
    customer_ids: Sequence[int] | None = None,
    between: tuple[int, int] | None = None,
    table: str = "scored",
    with_next: bool = True,
) -> int:
    """Score customers at a moment into a temporary table that ends with the transaction. Gives the number of rows.

    By default by the published models, each customer by the first whose segment fits; ``everyone_by`` scores all by one
    model. ``customer_ids`` limits them, or ``between``, the first and the last id. Without ``with_next`` nothing is
    said of when time alone changes a score, which is quicker. The columns are customer_id, version_id, total, the five
    components, band (before any guard), reasons, missing and next_change_at.
    """
    if everyone_by is not None:
        chosen = [replace(everyone_by, plans=(), tiers=())]
    else:
        chosen = list(published() if rules is None else rules)
    if customer_ids is not None and len(chosen) > 1:
        chosen = _needed(chosen, customer_ids)
    name = connection.ops.quote_name(table)
    with connection.cursor() as cursor:
        # Compiling so long a statement to machine code costs more than it saves.
        cursor.execute("SET LOCAL jit = off")
        # A range of the index per customer is always right here; the planner takes heap pages for cheaper.
        cursor.execute("SET LOCAL enable_bitmapscan = off")
        cursor.execute(
            f"CREATE TEMP TABLE {name} ON COMMIT DROP AS {selects(chosen, at, whom(customer_ids, between), with_next)}"
        )
        count: int = cursor.rowcount
        cursor.execute("SET LOCAL enable_bitmapscan = on")
        if count > _FEW:
            # How many there are and that no two are alike is all that a join with it is planned by.
            cursor.execute(f"ANALYZE {name} (customer_id)")
    return count


def _needed(rules: Sequence[ModelRules], customer_ids: Sequence[int]) -> list[ModelRules]:
    """The models that score at least one of these customers: to plan a statement takes longer than to run it for few.

    Each keeps to the customers of its segment that no earlier one takes.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT DISTINCT plan, tier FROM retention_customer WHERE id = ANY(%s::bigint[])", [id_array(customer_ids)]
        )
        segments = cursor.fetchall()
    needed: set[int] = set()
    for plan, tier in segments:
        place = next((place for place, one in enumerate(rules) if one.fits(plan, tier)), None)
        if place is not None:
            # An earlier model whose segment overlaps has to be there, so that its customers are left to it.
            needed.update(range(place + 1) if len(segments) > 1 else (place,))
    return [one for place, one in enumerate(rules) if place in needed]


def whom(customer_ids: Sequence[int] | None = None, between: tuple[int, int] | None = None) -> str:
    """The condition on ``k`` that names these customers, or everybody."""
    if customer_ids is not None:
        return f"k.id = ANY('{id_array(customer_ids)}'::bigint[])"
    return f"k.id BETWEEN {between[0]:d} AND {between[1]:d}" if between else "true"


def selects(rules: Sequence[ModelRules], at: datetime, who: str, with_next: bool) -> str:
    """The one statement that scores these customers, by the first of these models that each one fits."""
    several = id_array(sharing_a_contact(who))
    groups = [(who, False)]
    if several != "{}":
        groups = [
            (f"{who} AND k.id <> ALL('{several}'::bigint[])", False),
            (f"k.id = ANY('{several}'::bigint[])", True),
        ]
    parts = [
        statement(one, at, whom=some, with_next=with_next, sharing=sharing, before=rules[:place])
        for place, one in enumerate(rules)
        for some, sharing in groups
    ]
    return "\nUNION ALL\n".join(parts or [_NOBODY])


def sharing_a_contact(who: str) -> list[int]:
    """Those of these customers whose contact is that of another customer too."""
    some = "" if who == "true" else f"WHERE contact_id IN (SELECT contact_id FROM retention_customer k WHERE {who})"
    with connection.cursor() as cursor:
        cursor.execute(
            f"""SELECT k.id FROM retention_customer k
                  JOIN (SELECT contact_id FROM retention_customer {some} GROUP BY contact_id HAVING count(*) > 1) shared
                    ON shared.contact_id = k.contact_id
                 WHERE {who} ORDER BY k.id"""
        )
        return [pk for (pk,) in cursor.fetchall()]


_NOBODY = """SELECT 0::bigint AS customer_id, 0::bigint AS version_id, 0::smallint AS total, 0::smallint AS recency,
       0::smallint AS frequency, 0::smallint AS payment, 0::smallint AS engagement, 0::smallint AS support,
       ''::varchar AS band, '{}'::varchar[] AS reasons, 0::smallint AS missing, NULL::timestamptz AS next_change_at
 WHERE false"""
