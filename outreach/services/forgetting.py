"""What came in raw is not kept for ever."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import connection, transaction

from outreach.states import NoticeStatus
from staff.services import record

#: So many are emptied in one transaction.
AT_ONCE = 1000
_EMPTY = """
WITH due AS (
    SELECT id FROM outreach_providernotice
     WHERE id > %(after)s AND status = ANY(%(over)s) AND received_at < %(before)s AND body <> ''
     ORDER BY id LIMIT %(most)s FOR UPDATE SKIP LOCKED
), emptied AS (
    UPDATE outreach_providernotice n SET body = '' FROM due WHERE n.id = due.id RETURNING n.id
)
SELECT count(*), max(id) FROM emptied
"""


def empty_old_notices(*, now: datetime) -> int:
    """Remove what notices said that were dealt with and came longer ago than NOTICE_RETENTION_DAYS (0 keeps it).

    Returns how many. The rows stay, and with them what each is called: the same thing sent again is still known. What
    waits or could not be read keeps what it said. Killed half-way, it goes on the next time.
    """
    if not settings.NOTICE_RETENTION_DAYS:
        return 0
    before = now - timedelta(days=settings.NOTICE_RETENTION_DAYS)
    values: dict[str, Any] = {
        "over": [NoticeStatus.DONE.value, NoticeStatus.IGNORED.value],
        "before": before,
        "most": AT_ONCE,
    }
    emptied = after = count = 0
    while True:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(_EMPTY, {**values, "after": after})
            count, last = (int(number or 0) for number in cursor.fetchone())
        emptied += count
        if count < AT_ONCE:
            break
        after = last
    if emptied:
        record(
            action="outreach.empty_notices", summary=f"{emptied} notices emptied",
            detail={"count": emptied, "before": before.date().isoformat()},
        )  # fmt: skip
    return emptied
