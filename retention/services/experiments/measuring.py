"""What came of everybody who was assigned, both arms alike and whatever was sent: intention to treat."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import connection, transaction
from django.db.models import QuerySet

from contacts.permission import id_array
from retention.models import Experiment
from retention.services.experiments.contaminating import find_contamination
from retention.services.experiments.events import ACTIVE, MONEY, THEIRS
from retention.states import ExperimentStatus

#: Assignments in one transaction: small enough to keep nobody waiting, large enough to cost little each.
BITE = 20_000
#: Revenue after the window is that of so many days.
LATER_DAYS = 30
#: The last of the three spans that say who is active.
LAST_ACTIVE_DAYS = 90


@dataclass(frozen=True, slots=True)
class Measured:
    """``looked_at`` assignments were not settled, ``changed`` differ from before, ``settled`` are so for good."""

    experiments: int = 0
    looked_at: int = 0
    changed: int = 0
    settled: int = 0
    contaminated: int = 0


def measured_days(experiment: Experiment) -> int:
    """The days in which goal and revenue count: the window; in a staggered rollout all its waves, if that is longer."""
    if experiment.staggered:
        return max(experiment.window_days, experiment.waves * experiment.wave_days)
    return experiment.window_days


def settled_after(experiment: Experiment) -> timedelta:
    """How long after somebody was assigned nothing about them changes any more."""
    return timedelta(days=max(measured_days(experiment) + LATER_DAYS, LAST_ACTIVE_DAYS))


def measure(*, now: datetime, experiment_id: int | None = None) -> Measured:
    """Say for every assignment that is not settled what came of it until now, and mark who was reached otherwise.

    Nothing but time and what people did decides: a message that waits, was rejected or left out changes nothing, and
    whoever was treated counts as treated. Machines never click. What is known is the same however often this is
    asked, so it may be interrupted and repeated; it goes in bites, each a transaction of its own.
    """
    done = [_measure(experiment, now) for experiment in _to_measure(experiment_id)]
    return Measured(
        experiments=len(done),
        looked_at=sum(one.looked_at for one in done),
        changed=sum(one.changed for one in done),
        settled=sum(one.settled for one in done),
        contaminated=sum(one.contaminated for one in done),
    )


def _to_measure(experiment_id: int | None) -> QuerySet[Experiment]:
    """Those that run, and those decided: what comes after a decision is worth knowing too."""
    found = Experiment.objects.exclude(status=ExperimentStatus.DRAFT).select_related("version").order_by("pk")
    return found if experiment_id is None else found.filter(pk=experiment_id)


def _measure(experiment: Experiment, now: datetime) -> Measured:
    with connection.cursor() as cursor:
        cursor.execute(_UNSETTLED, [experiment.pk])
        ids = [pk for (pk,) in cursor.fetchall()]
    given: dict[str, Any] = {
        "experiment": experiment.pk,
        "now": now,
        "goals": list(experiment.version.goal_kinds),
        "window": timedelta(days=measured_days(experiment)),
        "later": timedelta(days=measured_days(experiment) + LATER_DAYS),
        "settled_after": settled_after(experiment),
    }
    changed = settled = 0
    for start in range(0, len(ids), BITE):
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(_MEASURE, given | {"ids": id_array(ids[start : start + BITE])})
            bite = cursor.fetchone()
            changed, settled = changed + bite[0], settled + bite[1]
    contaminated = find_contamination(experiment=experiment, now=now) if ids else 0
    return Measured(looked_at=len(ids), changed=changed, settled=settled, contaminated=contaminated)


# By contact, so that a bite reads neighbouring rows of the big table of events.
_UNSETTLED = """
SELECT id FROM retention_assignment WHERE experiment_id = %s AND settled_at IS NULL ORDER BY contact_id, id
"""
_COLUMNS = (
    "contacted_at, clicked_at, converted_at, left_on, revenue, later_revenue, active_30, active_60, active_90, cost,"
    " settled_at"
)


def _active(after: int, until: int) -> str:
    """Whether they did anything between these days; NULL while it may still come."""
    span = f"e.occurred_at > a.assigned_at + interval '{after} days'"
    span += f" AND e.occurred_at <= a.assigned_at + interval '{until} days'"
    return (
        f"CASE WHEN a.assigned_at + interval '{until} days' <= %(now)s"
        f" THEN coalesce(bool_or(true) FILTER (WHERE {ACTIVE} AND {span}), false) END"
    )


_MEASURE = f"""
WITH became AS MATERIALIZED (
    SELECT a.id, ours.contacted_at, ours.clicked_at, did.converted_at,
           CASE WHEN c.churned_on BETWEEN (a.assigned_at AT TIME ZONE 'UTC')::date
                     AND least((a.assigned_at + %(window)s), %(now)s)::date THEN c.churned_on END AS left_on,
           did.revenue, did.later_revenue, did.active_30, did.active_60, did.active_90, coalesce(ours.cost, 0) AS cost,
           CASE WHEN a.assigned_at + %(settled_after)s <= %(now)s THEN %(now)s::timestamptz END AS settled_at
      FROM unnest(%(ids)s::bigint[]) AS due (id)
      JOIN retention_assignment a ON a.id = due.id
      JOIN retention_customer c ON c.id = a.customer_id
     CROSS JOIN LATERAL (
        SELECT min(e.occurred_at) FILTER (WHERE e.kind = ANY(%(goals)s::int[])
                                            AND e.occurred_at <= a.assigned_at + %(window)s) AS converted_at,
               coalesce(sum(e.amount) FILTER (WHERE {MONEY}
                                            AND e.occurred_at <= a.assigned_at + %(window)s), 0) AS revenue,
               coalesce(sum(e.amount) FILTER (WHERE {MONEY} AND e.occurred_at > a.assigned_at + %(window)s
                                            AND e.occurred_at <= a.assigned_at + %(later)s), 0) AS later_revenue,
               {_active(0, 30)} AS active_30, {_active(30, 60)} AS active_60, {_active(60, 90)} AS active_90
          FROM contacts_event e
         WHERE e.contact_id = c.contact_id AND e.occurred_at > a.assigned_at AND e.occurred_at <= %(now)s
           AND e.occurred_at <= a.assigned_at + %(settled_after)s AND {THEIRS}) AS did
     CROSS JOIN LATERAL (
        SELECT sum(r.cost) FILTER (WHERE r.outcome <> 'shadowed' AND r.at <= %(now)s
                                     AND n.started_at <= a.assigned_at + %(window)s) AS cost,
               min(coalesce(d.sent_at, k.done_at)) FILTER (WHERE coalesce(d.sent_at, k.done_at) <= span.ends_at)
                   AS contacted_at,
               min(click.at) FILTER (WHERE click.at <= span.ends_at) AS clicked_at
          FROM (SELECT least(%(now)s, a.assigned_at + %(window)s) AS ends_at) AS span
          JOIN retention_enrolment n ON n.customer_id = a.customer_id AND n.experiment_id = a.experiment_id
          JOIN retention_steprun r ON r.enrolment_id = n.id
          LEFT JOIN outreach_draft d ON d.id = r.draft_id AND d.status = 'sent'
          LEFT JOIN outreach_call k ON k.id = r.call_id AND k.status = 'done'
          LEFT JOIN LATERAL (SELECT min(v.at) AS at FROM outreach_deliveryevent v
                              WHERE v.draft_id = d.id AND v.kind = 'clicked' AND NOT v.machine) AS click
                 ON true) AS ours
     WHERE a.experiment_id = %(experiment)s AND a.settled_at IS NULL
), written AS (
    UPDATE retention_assignment a
       SET ({_COLUMNS}) = (SELECT {", ".join(f"b.{one.strip()}" for one in _COLUMNS.split(","))})
      FROM became b
     WHERE a.id = b.id AND ({", ".join(f"a.{one.strip()}" for one in _COLUMNS.split(","))})
           IS DISTINCT FROM ({", ".join(f"b.{one.strip()}" for one in _COLUMNS.split(","))})
    RETURNING a.settled_at
)
SELECT count(*), count(settled_at) FROM written
"""  # noqa: S608  parts of our own
