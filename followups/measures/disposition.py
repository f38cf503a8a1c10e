"""``no_response_disposition_rate``: how many of the silent leads got an outcome somebody can look up."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import LiteralString

from followups.measures.scope import ENDS, Period, Scope, ask
from followups.rules.measures import Rate

#: Silent leads of the period, one row for each, with the cadence under which it entered.
_ENTERED: LiteralString = """,
chosen(id) AS ({chosen}),
entered AS MATERIALIZED (
    SELECT d.lead_id, min(d.decided_at) AS entered_at,
           (array_agg(v.cadence_id ORDER BY d.decided_at, d.id))[1] AS cadence_id
      FROM followups_decision d
      JOIN followups_cadenceversion v ON v.id = d.cadence_version_id
     WHERE d.decided_at >= %(start)s AND d.decided_at < %(end)s AND d.decided_at <= %(now)s
       AND d.trigger <> '' AND d.decision <> 'stand_down'
       AND NOT EXISTS (SELECT FROM ends x WHERE x.lead_id = d.lead_id AND x.closed_at < d.decided_at
                                            AND (x.back_at IS NULL OR x.back_at > d.decided_at))
       AND (%(cadence)s::bigint IS NULL OR v.cadence_id = %(cadence)s)
       AND d.lead_id IN (SELECT id FROM chosen)
     GROUP BY d.lead_id
)"""
#: The same with whether each has its outcome by `until`.
_RATED: LiteralString = """,
latest AS (
    SELECT DISTINCT ON (d.lead_id) d.lead_id, d.decision
      FROM entered e JOIN followups_decision d ON d.lead_id = e.lead_id
     WHERE d.decided_at >= e.entered_at AND d.decided_at >= %(start)s AND d.decided_at <= %(until)s
     ORDER BY d.lead_id, d.decided_at DESC, d.id DESC
),
rated AS MATERIALIZED (
    SELECT e.*, coalesce(l.decision = 'stand_down', false) OR e.lead_id IN (
               SELECT x.lead_id FROM entered n JOIN ends x ON x.lead_id = n.lead_id
                WHERE x.closed_at >= n.entered_at AND x.closed_at <= %(until)s
                  AND (x.back_at IS NULL OR x.back_at > %(until)s)) AS disposed
      FROM entered e LEFT JOIN latest l ON l.lead_id = e.lead_id
)"""
ENTERED: LiteralString = ENDS + _ENTERED
RATED: LiteralString = ENTERED + _RATED


def moments(period: Period, now: datetime) -> dict[str, datetime]:
    """The moments that the queries above ask for."""
    return {"start": period.start, "end": period.end, "until": period.until(now), "now": now}


def no_response_disposition_rate(scope: Scope, period: Period, *, now: datetime) -> Rate:
    """The share of silent leads with a documented outcome.

    Counted are the leads about which a decision was stored in the period that names a trigger and is not `stand_down`;
    the first such decision is when the lead entered. A lead that had its outcome before, and keeps it, does not enter
    again. Of these, a lead has its outcome while it has a disposition of any kind given when it entered or later, or
    while the last decision about it is `stand_down`: they answered, or a next step is agreed. A message that was sent
    is no outcome. Both as of the period's end, or of ``now`` while the period runs.
    """
    query: LiteralString = "WITH {rated} SELECT count(*) FILTER (WHERE disposed), count(*) FROM rated"
    [(count, total)] = ask(query, scope, moments(period, now), rated=RATED)
    return Rate(count, total)


@dataclass(frozen=True, slots=True)
class SegmentRate:
    """The rate of one part: ``by`` is stage, territory, source, tag, cadence, owner or team; ``key`` which one."""

    by: str
    key: str
    label: str
    rate: Rate


_BY_SEGMENT: LiteralString = """
WITH {rated}, told AS (
    SELECT r.lead_id, r.disposed, part.by, part.key, part.label
      FROM rated r
      JOIN followups_lead l ON l.id = r.lead_id
      JOIN followups_cadence c ON c.id = r.cadence_id
      LEFT JOIN staff_user u ON u.id = l.owner_id
      LEFT JOIN staff_team t ON t.id = u.team_id
     CROSS JOIN LATERAL (
            VALUES ('cadence', c.id::text, c.name), ('stage', l.stage, l.stage),
                   ('territory', l.territory, l.territory), ('source', l.source, l.source),
                   ('owner', coalesce(u.id::text, ''), coalesce(nullif(u.name, ''), u.username, '')),
                   ('team', coalesce(t.id::text, ''), coalesce(t.name, ''))
             UNION SELECT 'tag', tag, tag FROM unnest(l.tags) AS tag) AS part(by, key, label)
)
SELECT by, key, min(label), count(*) FILTER (WHERE disposed), count(*)
  FROM told
 GROUP BY by, key
 ORDER BY by, count(*) DESC, min(label), key
"""


def disposition_by_segment(scope: Scope, period: Period, *, now: datetime) -> list[SegmentRate]:
    """The same rate for every cadence, stage, territory, source, tag, owner and team: the largest part of each first.

    A lead counts once in each kind of part, and for every tag it has. An empty key is that of leads without one.
    """
    rows = ask(_BY_SEGMENT, scope, moments(period, now), rated=RATED)
    return [SegmentRate(by, key, label, Rate(count, total)) for by, key, label, count, total in rows]


@dataclass(frozen=True, slots=True)
class Day:
    """Where the rate stood when a day was over."""

    day: date
    rate: Rate


# Every lead adds one to the day it entered, and one to the days on which it got an outcome; one that comes back, or had
# agreed a next step and fell silent again, takes it off. Summed up from day to day, nothing is looked at twice.
_CURVE: LiteralString = """
WITH {entered}, spans AS (
    SELECT e.lead_id, x.closed_at AS since, x.back_at AS till
      FROM entered e JOIN ends x ON x.lead_id = e.lead_id AND x.closed_at >= e.entered_at
     UNION ALL
    SELECT lead_id, since, till FROM (
        SELECT e.lead_id, d.decision, d.decided_at AS since,
               lead(d.decided_at) OVER (PARTITION BY d.lead_id ORDER BY d.decided_at, d.id) AS till
          FROM entered e JOIN followups_decision d ON d.lead_id = e.lead_id
         WHERE d.decided_at >= e.entered_at AND d.decided_at >= %(start)s) calm
     WHERE decision = 'stand_down'
), done AS (
    SELECT unnest(range_agg(tstzrange(since, till))) AS span FROM spans WHERE since <= %(until)s GROUP BY lead_id
), changed AS (
    SELECT (entered_at AT TIME ZONE 'UTC')::date AS day, 1 AS more, 0 AS disposed FROM entered
     UNION ALL
    SELECT (lower(span) AT TIME ZONE 'UTC')::date, 0, 1 FROM done
     UNION ALL
    SELECT (upper(span) AT TIME ZONE 'UTC')::date, 0, -1 FROM done WHERE upper(span) <= %(until)s
)
SELECT d.day::date, sum(coalesce(c.disposed, 0)) OVER days, sum(coalesce(c.more, 0)) OVER days
  FROM generate_series(%(first)s::date, %(last)s::date, '1 day') AS d(day)
  LEFT JOIN (SELECT day, sum(more) AS more, sum(disposed) AS disposed FROM changed GROUP BY day) c
         ON c.day = d.day::date
WINDOW days AS (ORDER BY d.day)
 ORDER BY d.day
"""


def disposition_curve(scope: Scope, period: Period, *, now: datetime) -> list[Day]:
    """`no_response_disposition_rate` at the end of every day of the period up to today, by one statement.

    The last day's is the rate itself. A lead that came back since counts as done on the days before, and as open after.
    """
    last = min(period.last, now.date())
    if last < period.first:
        return []
    arguments = {**moments(period, now), "first": period.first, "last": last}
    rows = ask(_CURVE, scope, arguments, entered=ENTERED)
    return [Day(day, Rate(int(count), int(total))) for day, count, total in rows]
