"""One at a time: whoever turns messages into events, and whoever changes whose events they are."""

from __future__ import annotations

from django.db import connection

#: The advisory lock of all that stores events and of all that moves them from one contact to another.
LOCK = 7203943


def wait_for_turn() -> None:
    """Wait until nobody else stores or moves events, and hold that until the transaction ends.

    Without it an event could be stored for a contact that became part of another one a moment before.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [LOCK])
