"""What people answered belongs to the lead that was written about, so that the next look at that lead knows of it."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import connection, transaction
from django.db.models.functions import Now

from followups.models import Lead

#: Older answers of somebody without a lead are not looked at again and again.
LOOKED_AT_FOR = timedelta(days=7)

# The lead whose message was answered; else the open lead of that person that was written to last.
_LINK = """
INSERT INTO followups_leadtouch (touch_id, lead_id)
SELECT r.touch_id, l.id
  FROM outreach_reply r
  JOIN contacts_touch t ON t.id = r.touch_id
 CROSS JOIN LATERAL (
       SELECT l.id
         FROM followups_lead l
         LEFT JOIN followups_attempt a ON a.lead_id = l.id
        WHERE l.contact_id = t.contact_id AND (a.draft_id = r.draft_id OR l.stage NOT IN ('won', 'lost'))
        ORDER BY (a.draft_id = r.draft_id) IS TRUE DESC, a.id DESC NULLS LAST, l.id
        LIMIT 1) l
 WHERE r.at >= %(since)s
   AND NOT EXISTS (SELECT 1 FROM followups_leadtouch k WHERE k.touch_id = r.touch_id)
    ON CONFLICT (touch_id) DO NOTHING
RETURNING lead_id
"""


@transaction.atomic
def take_up_answers(*, now: datetime) -> list[int]:
    """Link answers to their leads, all in one statement. Returns the leads that have one more."""
    with connection.cursor() as cursor:
        cursor.execute(_LINK, {"since": now - LOOKED_AT_FOR})
        found = sorted({lead_id for (lead_id,) in cursor.fetchall()})
    if found:
        Lead.objects.filter(pk__in=found).update(updated_at=Now())
    return found
