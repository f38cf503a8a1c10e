"""Leads that were put off come back: on the day that was chosen, or when the cadence says so (followups.md row 9).

The sweep does not wake anybody, so that a second sweep changes nothing; this runs by itself.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from django.db import connection, transaction

from followups.services.closing import MOST_RECYCLED
from staff.services import record

BATCH = 1_000

# Whoever is held by somebody else is left to the next run. Nothing here waits for a row, so nothing stands in its way.
_DUE = """
SELECT l.id
  FROM followups_lead l
  LEFT JOIN LATERAL (
       SELECT d.decision, d.due_at FROM followups_decision d WHERE d.lead_id = l.id ORDER BY d.id DESC LIMIT 1
       ) d ON true
 WHERE l.disposition = 'recycle' AND l.stage NOT IN ('won', 'lost') AND l.disposition_at <= %(now)s
   AND (l.recycle_on <= %(today)s OR (l.recycle_on IS NULL AND d.decision = 'recycle' AND d.due_at <= %(now)s))
 ORDER BY l.id
 LIMIT %(batch)s
   FOR UPDATE OF l SKIP LOCKED
"""

# People put a lead off so many times at most (`closing`). A file that gives it a new day again and again does not count
# as people, yet has to end as well.
_CLOSE = """
WITH worn AS (
  UPDATE followups_lead l
     SET disposition = 'no_response', disposition_at = %(now)s, disposition_by_id = NULL, outcome_id = NULL,
         disposition_reason = %(sentence)s, recycle_on = NULL, updated_at = clock_timestamp()
   WHERE l.id = ANY(%(ids)s) AND l.recycle_on IS NOT NULL AND l.recycled >= %(most)s
RETURNING l.id),
over AS (
  UPDATE followups_closing k SET back_at = %(now)s FROM worn WHERE k.lead_id = worn.id AND k.back_at IS NULL
RETURNING k.lead_id)
SELECT id FROM worn ORDER BY id
"""

_KEEP = """
INSERT INTO followups_closing (lead_id, disposition, reason, closed_at)
SELECT unnest(%(ids)s::bigint[]), 'no_response', %(sentence)s, %(now)s
"""

_WAKE = """
WITH woken AS (
  UPDATE followups_lead l
     SET disposition = '', disposition_at = NULL, disposition_by_id = NULL, disposition_reason = '', outcome_id = NULL,
         recycle_on = NULL, woken_at = %(now)s, recycled = l.recycled + 1, updated_at = clock_timestamp()
   WHERE l.id = ANY(%(ids)s)
RETURNING l.id),
back AS (
  UPDATE followups_closing k SET back_at = %(now)s FROM woken WHERE k.lead_id = woken.id AND k.back_at IS NULL
RETURNING k.lead_id, k.reason, k.closed_by_id),
noted AS (
  INSERT INTO followups_ownernote (lead_id, text, created_at, created_by_id)
  SELECT lead_id, reason, %(now)s, closed_by_id FROM back WHERE reason <> '' AND closed_by_id IS NOT NULL
RETURNING lead_id)
SELECT id FROM woken ORDER BY id
"""

_WORN_OUT = f"It was put off and came back {MOST_RECYCLED} times already, and nothing came back from them."


def wake_recycled(*, now: datetime) -> list[int]:
    """Bring back every lead whose day has come, with its history; the next sweep decides about it with attempts anew.

    What somebody gave as the reason in words becomes a note, so that there is something useful to say. Returns the ids
    of the leads that came back. One that a file puts off after it came back three times is closed instead. A second run
    finds nothing to do.
    """
    woken: list[int] = []
    while True:
        looked_at, back = _wake_some(now)
        woken += back
        if looked_at < BATCH:
            return woken


@transaction.atomic
def _wake_some(now: datetime) -> tuple[int, list[int]]:
    with connection.cursor() as cursor:
        cursor.execute(_DUE, {"now": now, "today": now.astimezone(UTC).date(), "batch": BATCH})
        due = [lead_id for (lead_id,) in cursor.fetchall()]
        if not due:
            return 0, []
        told: dict[str, Any] = {"now": now, "ids": due, "sentence": _WORN_OUT, "most": MOST_RECYCLED}
        cursor.execute(_CLOSE, told)
        closed = [lead_id for (lead_id,) in cursor.fetchall()]
        if closed:
            cursor.execute(_KEEP, told | {"ids": closed})
        due = [lead_id for lead_id in due if lead_id not in set(closed)]
        cursor.execute(_WAKE, told | {"ids": due})
        woken = [lead_id for (lead_id,) in cursor.fetchall()]
    for action, summary, ids in (
        ("followups.wake", f"{len(woken)} leads came back", woken),
        ("followups.close_worn_out", f"{len(closed)} leads were put off too often", closed),
    ):
        if ids:
            record(action=action, summary=summary, detail={"leads": ids, "count": len(ids), "at": now.isoformat()})
    return len(woken) + len(closed), woken
