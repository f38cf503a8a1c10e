"""Whose undecided messages and calls are, changed for many at once: when somebody is away and when they are back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from django.db import connection

#: What has an owner and waits for a person.
Owned = Literal["draft", "call"]


@dataclass(frozen=True, slots=True)
class Move:
    """One row goes from one person to another."""

    row_id: int
    of_user: int
    to_user: int


_WAITS = {"draft": ("outreach_draft", "awaiting_review"), "call": ("outreach_call", "waiting")}


def change_owners(*, kind: Owned, moves: Sequence[Move]) -> set[int]:
    """Give each row to its new owner, in one statement, and say which changed hands.

    Left alone is what is not undecided any more, belongs to somebody else by now, or is being decided about at this
    very moment: whoever calls again finds the last of these. Call it in a transaction.
    """
    table, status = _WAITS[kind]
    if not moves:
        return set()
    with connection.cursor() as cursor:
        cursor.execute(
            f"""
            WITH move AS (
                SELECT * FROM unnest(%(rows)s::bigint[], %(of)s::bigint[], %(to)s::bigint[]) AS m(id, of_user, to_user)
            ), free AS (
                SELECT o.id, m.to_user
                  FROM {table} o JOIN move m ON m.id = o.id AND m.of_user = o.owner_id
                 WHERE o.status = %(status)s
                 ORDER BY o.id
                   FOR UPDATE OF o SKIP LOCKED
            )
            UPDATE {table} o SET owner_id = free.to_user FROM free WHERE o.id = free.id RETURNING o.id
            """,  # noqa: S608  tables of our own
            {
                "rows": [one.row_id for one in moves],
                "of": [one.of_user for one in moves],
                "to": [one.to_user for one in moves],
                "status": status,
            },
        )
        return {pk for (pk,) in cursor.fetchall()}
