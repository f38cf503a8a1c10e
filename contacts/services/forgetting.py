"""Events are kept for so long and then go: nobody needs every click of somebody for ever."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.conf import settings
from django.db import connection, transaction

from contacts.permission import id_array
from staff.services import record

#: So many events go in one transaction, so that nothing waits long for the rows and indexes it touches.
AT_ONCE = 10_000
#: So many are looked for at once.
LOOKED_FOR = 500_000


def forget_old_events(*, now: datetime) -> int:
    """Delete what happened longer ago than EVENT_RETENTION_DAYS (0 keeps everything). Returns how many events went.

    Those with a date before 1990, which is a mistake, are kept as long by the day they reached us. Killed half-way, it
    goes on the next time. Scores look back 120 days and backtests 90 days more, so nothing that counts goes.
    """
    if not settings.EVENT_RETENTION_DAYS:
        return 0
    before = now - timedelta(days=settings.EVENT_RETENTION_DAYS)
    gone = 0
    while ids := _older_than(before):
        for start in range(0, len(ids), AT_ONCE):
            with transaction.atomic(), connection.cursor() as cursor:
                cursor.execute(
                    "DELETE FROM contacts_event WHERE id = ANY(%s::bigint[])", [id_array(ids[start : start + AT_ONCE])]
                )
                gone += cursor.rowcount
        if len(ids) < LOOKED_FOR:
            break
    if gone:
        record(action="contacts.forget_events", detail={"events": gone, "before": before.date().isoformat()})
    return gone


def _older_than(before: datetime) -> list[int]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT id FROM contacts_event"
            " WHERE occurred_at < %(before)s AND (flag = '' OR received_at < %(before)s) LIMIT %(most)s",
            {"before": before, "most": LOOKED_FOR},
        )
        return [pk for (pk,) in cursor.fetchall()]
