"""Whoever stores events, or says whose they are, does so alone: the inbox, imports, mappings, merges.

Otherwise an event could be stored as nobody's at the very moment in which somebody finds out whose it is.
"""

from __future__ import annotations

from django.db import connection

#: The number of the lock in the database.
LOCK = 7203943


def wait_for_turn() -> None:
    """Wait until nobody else stores events. It is our turn until the transaction ends."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [LOCK])
