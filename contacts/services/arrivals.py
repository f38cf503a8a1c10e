"""Saying that something is to be computed anew, because what is known about contacts' events changed."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from django.db import connection

from contacts.permission import id_array

CONTACTS_OF_AN_ARRIVAL = 5000


def announce(*, contact_ids: Iterable[int], now: datetime) -> None:
    """Say that these contacts' events changed: now, and again when those dated in the future come to count.

    Call it after the change, in its transaction. Two statements however many contacts there are.
    """
    ids = id_array(sorted(set(contact_ids)))
    with connection.cursor() as cursor:
        cursor.execute(
            """
            INSERT INTO contacts_arrival (contact_ids, due_at, created_at)
            SELECT array_agg(id ORDER BY id), %(now)s, now()
              FROM (SELECT id, (row_number() OVER (ORDER BY id) - 1) / %(most)s AS part
                      FROM unnest(%(ids)s::bigint[]) AS id) each
             GROUP BY part ORDER BY part
            """,
            {"ids": ids, "now": now, "most": CONTACTS_OF_AN_ARRIVAL},
        )
        # Rounded up to the minute, so that a calendar full of dates makes no row for every second of them.
        cursor.execute(
            """
            INSERT INTO contacts_arrival (contact_ids, due_at, created_at)
            SELECT array_agg(contact_id ORDER BY contact_id), due_at, now()
              FROM (SELECT contact_id, due_at, (row_number() OVER (PARTITION BY due_at ORDER BY contact_id) - 1)
                                               / %(most)s AS part
                      FROM (SELECT DISTINCT contact_id, date_trunc('minute', occurred_at + interval '59.999999 seconds',
                                                                   'UTC') AS due_at
                              FROM contacts_event
                             WHERE contact_id = ANY(%(ids)s::bigint[]) AND occurred_at > %(now)s AND kind <> 0) later
                   ) each
             GROUP BY due_at, part ORDER BY due_at, part
            """,
            {"ids": ids, "now": now, "most": CONTACTS_OF_AN_ARRIVAL},
        )
