"""The record of how following up on a lead ended, kept for ever: one row each time, also when the lead comes back."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime

from django.db import connection

from followups.models import Closing, Outcome
from staff.models import User
from staff.services import record

# Deals that fell silent and were won or lost before anything was written: no sweep looks at them again.
_END_CLOSED_DEALS = """
WITH ended AS (
    UPDATE followups_lead l
       SET disposition = l.stage, disposition_at = %(now)s, disposition_by_id = NULL, outcome_id = NULL,
           disposition_reason = 'The deal was ' || l.stage || ' before anything was written.'
     WHERE l.id IN (
           SELECT c.id FROM followups_lead c
            WHERE c.stage IN ('won', 'lost') AND c.disposition = ''
              AND (%(ids)s::bigint[] IS NULL OR c.id = ANY(%(ids)s::bigint[]))
              AND EXISTS (SELECT FROM followups_decision d WHERE d.lead_id = c.id AND d.trigger <> '')
              AND NOT EXISTS (SELECT FROM followups_sequence s WHERE s.lead_id = c.id AND s.status = 'open')
              FOR UPDATE SKIP LOCKED)
 RETURNING l.id, l.stage, l.disposition_reason
), settled AS (
    UPDATE followups_intakecase i SET status = 'settled', settled_at = %(now)s, answer = ended.disposition_reason
      FROM ended WHERE i.lead_id = ended.id AND i.status = 'open'
)
INSERT INTO followups_closing (lead_id, disposition, reason, closed_at)
SELECT id, stage, disposition_reason, %(now)s FROM ended
    ON CONFLICT DO NOTHING
"""


def keep_closing(
    *,
    lead_id: int,
    disposition: str,
    reason: str,
    at: datetime,
    by: User | None = None,
    outcome: Outcome | None = None,
    recycle_on: date | None = None,
) -> Closing:
    """This lead was closed; what had closed it before is over. Call it with the lead held.

    `reason` is what somebody said in words, empty where nobody did; `by` is None where it followed from the facts.
    """
    came_back(lead_ids=[lead_id], at=at)
    return Closing.objects.create(
        lead_id=lead_id,
        disposition=disposition,
        outcome=outcome,
        reason=reason[:500],
        recycle_on=recycle_on,
        closed_at=at,
        closed_by=by,
    )


def came_back(*, lead_ids: Iterable[int], at: datetime) -> int:
    """These leads are followed up again since that moment. Returns how many had been closed."""
    return Closing.objects.filter(lead_id__in=list(lead_ids), back_at=None).update(back_at=at)


def end_closed_deals(*, now: datetime, lead_ids: Iterable[int] | None = None) -> int:
    """Write the end of silent leads whose deal was won or lost before a sequence began. Returns how many.

    A sequence under way is ended by the sweep, which looks at it; these it would never look at again.
    """
    with connection.cursor() as cursor:
        cursor.execute(_END_CLOSED_DEALS, {"now": now, "ids": None if lead_ids is None else list(lead_ids)})
        ended: int = cursor.rowcount
    if ended:
        record(action="followups.end_closed_deals", summary="Deals closed elsewhere", detail={"count": ended})
    return ended
