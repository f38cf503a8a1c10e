"""Whoever was held out and reached all the same: marked, and still counted as held out."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from django.db import connection, transaction

from contacts.permission import id_array
from retention.models import Experiment
from retention.services.refusals import Refused, told
from staff.services import record

#: As long as the column.
LONGEST_WORDS = 200


@transaction.atomic
def note_contamination(
    *, what: str, now: datetime, contact_ids: Iterable[int] | None = None, customer_ids: Iterable[int] | None = None
) -> int:
    """Mark those of these people who are held out now: something of ours reached them. Returns how many.

    Call it where that is decided: another playbook takes them because it is urgent, a cadence or a person writes to
    them, they get an offer. What is not told is found by the daily reading. Whoever is marked stays in their arm
    (intention to treat), is counted apart, and the first reason stays. People who are treated are never marked: what
    else reaches them reaches both arms alike, as far as we can tell.

    Refuses to be told neither contacts nor customers, and no reason.
    """
    if contact_ids is None and customer_ids is None:
        raise Refused("Say whom it reached: contacts or customers.")
    what = told(what, "what reached them")[:LONGEST_WORDS]
    with connection.cursor() as cursor:
        cursor.execute(
            _NOTE,
            {
                "what": what,
                "now": now,
                "contacts": id_array(sorted(set(contact_ids or ()))),
                "customers": id_array(sorted(set(customer_ids or ()))),
            },
        )
        marked = sorted(pk for (pk,) in cursor.fetchall())
    if marked:
        record(
            action="retention.contaminated",
            summary=f"{len(marked)} held out were reached all the same",
            detail={"assignments": marked[:1000], "count": len(marked), "what": what, "at": now.isoformat()},
        )
    return len(marked)


@transaction.atomic
def find_contamination(*, experiment: Experiment, now: datetime) -> int:
    """Mark whoever is held out and got a message, a call or any other touch from us in the window. Returns how many.

    The one message that confirms an opt-out does not count: it offers nothing. Nobody is marked who is settled.
    """
    if experiment.staggered:
        return 0
    given: dict[str, Any] = {
        "experiment": experiment.pk,
        "now": now,
        "window": timedelta(days=experiment.window_days),
    }
    with connection.cursor() as cursor:
        cursor.execute(_FIND, given)
        marked = int(cursor.rowcount)
    if marked:
        record(
            action="retention.contaminated",
            on=experiment,
            summary=f"{marked} held out were reached all the same",
            detail={"count": marked, "at": now.isoformat()},
        )
    return marked


_NOTE = """
UPDATE retention_assignment a SET contaminated_at = %(now)s, contamination = %(what)s
  FROM retention_experiment x
 WHERE x.id = a.experiment_id AND a.arm = 'holdout' AND a.contaminated_at IS NULL AND a.settled_at IS NULL
   AND a.assigned_at <= %(now)s AND a.assigned_at + make_interval(days => x.window_days) > %(now)s
   AND (a.contact_id = ANY(%(contacts)s::bigint[]) OR a.customer_id = ANY(%(customers)s::bigint[]))
RETURNING a.id
"""
_FIND = """
UPDATE retention_assignment a SET contaminated_at = found.at, contamination = found.what
  FROM (SELECT h.id, first.at, first.what FROM retention_assignment h
          JOIN retention_customer c ON c.id = h.customer_id
         CROSS JOIN LATERAL (
            SELECT d.sent_at AS at, CASE d.flow WHEN 'cadence' THEN 'A follow-up of a lead was sent.'
                                                ELSE 'A playbook wrote to them.' END AS what, 1 AS place
              FROM outreach_draft d
             WHERE d.contact_id = c.contact_id AND d.claimed_at >= h.assigned_at AND d.status = 'sent'
               AND d.flow <> 'service' AND d.sent_at >= h.assigned_at
               AND d.sent_at < least(h.assigned_at + %(window)s, %(now)s)
             UNION ALL
            SELECT k.done_at, 'They were called.', 2 FROM outreach_call k
             WHERE k.contact_id = c.contact_id AND k.status = 'done' AND k.done_at >= h.assigned_at
               AND k.done_at < least(h.assigned_at + %(window)s, %(now)s)
             UNION ALL
            SELECT t.at, CASE t.kind WHEN 'call' THEN 'They were called.' WHEN 'quote' THEN 'They got a quote.'
                                     WHEN 'proposal' THEN 'They got a proposal.'
                                     ELSE 'Somebody of us wrote to them.' END, 3
              FROM contacts_touch t
             WHERE t.contact_id = c.contact_id AND t.direction = 'out' AND t.kind <> 'note' AND t.at >= h.assigned_at
               AND t.at < least(h.assigned_at + %(window)s, %(now)s)
             ORDER BY place, at LIMIT 1) AS first
         WHERE h.experiment_id = %(experiment)s AND h.arm = 'holdout' AND h.contaminated_at IS NULL
           AND h.settled_at IS NULL) AS found
 WHERE a.id = found.id
"""
