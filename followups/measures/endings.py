"""How follow-up ends: stops, hand-offs to nurture, closing notes that were read, and what went stale meanwhile."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, LiteralString

from followups.measures.scope import ENDS, Period, Scope, ask
from followups.rules.measures import Rate

#: The condition under which leads are counted that a person stopped without any of the others.
BY_HAND = "by_hand"

#: `turned`: leads that turned to a decision in the period, with its first reason: that of the decision before is
#: another one. `ended`: those whose follow-up a person ended in the period.
TURNED: LiteralString = """
chosen(id) AS ({chosen}),
turned AS (
    SELECT d.lead_id, d.decision, d.reasons[1] AS condition, min(d.decided_at) AS at
      FROM followups_decision d
      JOIN followups_cadenceversion v ON v.id = d.cadence_version_id
      LEFT JOIN LATERAL (SELECT b.decision, b.reasons FROM followups_decision b
                          WHERE b.lead_id = d.lead_id AND b.id < d.id ORDER BY b.id DESC LIMIT 1) before ON true
     WHERE d.decided_at >= %(start)s AND d.decided_at <= %(until)s AND d.decision IN ('stop', 'nurture')
       AND (before.decision IS DISTINCT FROM d.decision
            OR d.decision = 'stop' AND before.reasons[1] IS DISTINCT FROM d.reasons[1])
       AND (%(cadence)s::bigint IS NULL OR v.cadence_id = %(cadence)s)
       AND d.lead_id IN (SELECT id FROM chosen)
     GROUP BY d.lead_id, d.decision, d.reasons[1]
),
ended AS (
    SELECT o.lead_id, o.disposition, o.at
      FROM (SELECT id, disposition, disposition_at FROM followups_lead WHERE disposition_by_id IS NOT NULL
             UNION
            SELECT lead_id, disposition, closed_at FROM followups_closing WHERE closed_by_id IS NOT NULL
           ) o(lead_id, disposition, at)
     WHERE o.disposition IN ('stopped', 'nurture') AND o.at >= %(start)s AND o.at <= %(until)s
       AND (%(cadence)s::bigint IS NULL
            OR (SELECT v.cadence_id FROM followups_decision d
                  JOIN followups_cadenceversion v ON v.id = d.cadence_version_id
                 WHERE d.lead_id = o.lead_id ORDER BY d.id DESC LIMIT 1) = %(cadence)s)
       AND o.lead_id IN (SELECT id FROM chosen)
)"""


def moments(period: Period, now: datetime) -> dict[str, Any]:
    """What `TURNED`, `CLOSING` and `SILENT` ask for."""
    return {"start": period.start, "until": period.until(now)}


@dataclass(frozen=True, slots=True)
class StopCount:
    """How many leads stopped under one condition: a `DecisionReason`, or `BY_HAND`."""

    condition: str
    leads: int


_STOPS: LiteralString = """
WITH {turned}
SELECT condition, count(*) FROM (
    SELECT lead_id, condition FROM turned WHERE decision = 'stop'
     UNION
    SELECT lead_id, %(by_hand)s FROM ended WHERE disposition = 'stopped') stopped(lead_id, condition)
 GROUP BY condition ORDER BY count(*) DESC, condition
"""


def stops_by_condition(scope: Scope, period: Period, *, now: datetime) -> list[StopCount]:
    """How many leads stopped in the period, by condition.

    A lead stops when a decision `stop` is stored whose condition (its first reason) the decision before did not have;
    it counts once for each condition. Beside these, leads that a person stopped by hand.
    """
    rows = ask(_STOPS, scope, {**moments(period, now), "by_hand": BY_HAND}, turned=TURNED)
    return [StopCount(condition, leads) for condition, leads in rows]


NURTURED: LiteralString = """
SELECT lead_id, min(at) AS at FROM (
    SELECT lead_id, at FROM turned WHERE decision = 'nurture'
     UNION ALL
    SELECT lead_id, at FROM ended WHERE disposition = 'nurture') handed
 GROUP BY lead_id"""
_NURTURED: LiteralString = "WITH {turned} SELECT count(*) FROM ({nurtured}) handed"


def nurture_handoffs(scope: Scope, period: Period, *, now: datetime) -> int:
    """How many leads moved to nurture in the period.

    By a stored decision `nurture` where the decision before was another one, or by a person who closed the lead so.
    Each lead counts once.
    """
    [(leads,)] = ask(_NURTURED, scope, moments(period, now), turned=TURNED, nurtured=NURTURED)
    return int(leads)


@dataclass(frozen=True, slots=True)
class CloseLoopReviews:
    """What became of the closing notes written in the period.

    ``unread`` left, or may leave, without a person having decided: always nought, or something is wrong. ``overtaken``
    were taken back because the lead moved first; nobody had to decide about them. ``median`` and ``slowest_tenth`` are
    the times to a decision that half, and nine of ten, did not exceed.
    """

    written: int
    decided: int
    waiting: int
    unread: int
    overtaken: int
    median: timedelta | None
    slowest_tenth: timedelta | None

    @property
    def rate(self) -> Rate:
        """The owner review rate: closing notes that a person decided about, of those that were not overtaken."""
        return Rate(self.decided, self.written - self.overtaken)


CLOSING: LiteralString = """
chosen(id) AS ({chosen}),
closing AS (
    SELECT a.lead_id, d.decided_at AS at, m.decided_by_id IS NOT NULL OR closed.at IS NOT NULL AS decided,
           coalesce(closed.at, m.decided_at) AS decided_at, m.status = 'awaiting_review' AS waits,
           m.status IN ('withdrawn', 'suppressed', 'closed_out') AS given_up
      FROM followups_attempt a
      JOIN followups_decision d ON d.id = a.decision_id
      JOIN followups_cadenceversion v ON v.id = d.cadence_version_id
      JOIN outreach_draft m ON m.id = a.draft_id
      -- Whoever closes the lead on its page decides about the note that waits for it.
      LEFT JOIN LATERAL (SELECT x.closed_at AS at FROM followups_closing x
                          WHERE x.lead_id = a.lead_id AND x.closed_by_id IS NOT NULL
                            AND x.closed_at = a.withdrawn_at AND m.decided_by_id IS NULL LIMIT 1) closed ON true
     WHERE a.kind = 'close_loop' AND d.decided_at >= %(start)s AND d.decided_at <= %(until)s
       AND (%(cadence)s::bigint IS NULL OR v.cadence_id = %(cadence)s)
       AND a.lead_id IN (SELECT id FROM chosen)
)"""
_CLOSING: LiteralString = """
WITH {closing}
SELECT count(*), count(*) FILTER (WHERE decided), count(*) FILTER (WHERE NOT decided AND waits),
       count(*) FILTER (WHERE NOT decided AND NOT waits AND NOT given_up),
       count(*) FILTER (WHERE NOT decided AND given_up),
       percentile_cont(0.5) WITHIN GROUP (ORDER BY greatest(decided_at - at, '0')) FILTER (WHERE decided),
       percentile_cont(0.9) WITHIN GROUP (ORDER BY greatest(decided_at - at, '0')) FILTER (WHERE decided)
  FROM closing
"""


def close_loop_reviews(scope: Scope, period: Period, *, now: datetime) -> CloseLoopReviews:
    """How many of the closing notes written in the period a person decided about, and how long that took.

    Decided means approved, suppressed, closed out or withdrawn by somebody, or given up because somebody closed the
    lead, whenever that was. The time runs from the decision that asked for the note.
    """
    [row] = ask(_CLOSING, scope, moments(period, now), closing=CLOSING)
    return CloseLoopReviews(*row)


@dataclass(frozen=True, slots=True)
class StaleLeads:
    """Open leads that were silent for too long, when the period began and when it ended; ``still`` were both times."""

    before: int
    after: int
    still: int
    open_before: int
    open_after: int

    @property
    def reduction(self) -> Rate | None:
        """The share by which they became fewer; None where they became more."""
        return Rate(self.before - self.after, self.before) if self.after <= self.before else None


#: Every touch is read once: their last answer before each of the two moments, and our first one after that.
_SILENT: LiteralString = """,
chosen(id) AS ({chosen}),
talk AS MATERIALIZED (
    SELECT k.lead_id, t.at, t.direction = 'in' AS theirs
      FROM followups_leadtouch k JOIN contacts_touch t ON t.id = k.touch_id
     WHERE t.kind NOT IN ('out_of_office', 'auto_reply') AND t.at <= %(until)s
       AND k.lead_id IN (SELECT id FROM chosen)
     UNION ALL
    SELECT a.lead_id, m.sent_at, false
      FROM followups_attempt a JOIN outreach_draft m ON m.id = a.draft_id
     WHERE m.status = 'sent' AND m.sent_at <= %(until)s AND a.lead_id IN (SELECT id FROM chosen)
     UNION ALL
    SELECT l.id, o.at, false
      FROM followups_lead l
     CROSS JOIN unnest(ARRAY[l.quote_sent_on::timestamp AT TIME ZONE 'UTC',
                             l.proposal_sent_on::timestamp AT TIME ZONE 'UTC', l.last_touch_at]) AS o(at)
     WHERE o.at <= %(until)s AND l.id IN (SELECT id FROM chosen)
),
theirs AS (
    SELECT lead_id, max(at) FILTER (WHERE at <= %(start)s) AS before, max(at) AS after
      FROM talk WHERE theirs GROUP BY lead_id
),
ours AS (
    SELECT t.lead_id, min(t.at) FILTER (WHERE t.at <= %(start)s AND (h.before IS NULL OR t.at >= h.before)) AS before,
           min(t.at) FILTER (WHERE h.after IS NULL OR t.at >= h.after) AS after
      FROM talk t LEFT JOIN theirs h ON h.lead_id = t.lead_id
     WHERE NOT t.theirs
     GROUP BY t.lead_id
),
-- By which version each lead was judged at either moment, looked up once each.
judged AS MATERIALIZED (
    SELECT w.after, w.at, c.id AS lead_id,
           coalesce(
            (SELECT d.cadence_version_id FROM followups_decision d WHERE d.lead_id = c.id AND d.decided_at <= w.at
              ORDER BY d.id DESC LIMIT 1),
            (SELECT p.id FROM followups_cadenceversion p JOIN followups_cadence c ON c.id = p.cadence_id
              WHERE c.name = 'default' AND p.status = 'published')) AS version_id
      FROM (VALUES (false, %(start)s::timestamptz), (true, %(until)s::timestamptz)) AS w(after, at)
     CROSS JOIN chosen c
),
silent AS (
    SELECT w.after, l.id AS lead_id, opened.at,
           coalesce(opened.at < w.at - make_interval(days => v.max_days::int), false) AS stale
      FROM judged w
      JOIN followups_lead l ON l.id = w.lead_id
      LEFT JOIN ours ON ours.lead_id = l.id
     CROSS JOIN LATERAL (SELECT CASE WHEN w.after THEN ours.after ELSE ours.before END) first(at)
     CROSS JOIN LATERAL (SELECT CASE WHEN first.at IS NOT NULL AND l.woken_at <= w.at
                                     THEN greatest(first.at, l.woken_at) ELSE first.at END) opened(at)
      JOIN followups_cadenceversion v ON v.id = w.version_id
     WHERE NOT EXISTS (SELECT FROM ends x WHERE x.lead_id = l.id AND x.closed_at <= w.at
                                            AND (x.back_at IS NULL OR x.back_at > w.at))
       AND (l.stage NOT IN ('won', 'lost')
            OR EXISTS (SELECT FROM ends x WHERE x.lead_id = l.id AND x.closed_at > w.at))
       AND (%(cadence)s::bigint IS NULL OR v.cadence_id = %(cadence)s)
)"""
SILENT: LiteralString = ENDS + _SILENT
_STALE: LiteralString = """
WITH {silent}, led AS (
    SELECT bool_or(stale) FILTER (WHERE NOT after) AS before, bool_or(stale) FILTER (WHERE after) AS after
      FROM silent GROUP BY lead_id
)
SELECT count(*) FILTER (WHERE before), count(*) FILTER (WHERE after), count(*) FILTER (WHERE before AND after),
       count(before), count(after)
  FROM led
"""


def stale_leads(scope: Scope, period: Period, *, now: datetime) -> StaleLeads:
    """Open leads silent for longer than their cadence's most days, at the period's beginning and at its end (or now).

    Open at a moment is a lead without a disposition by then and neither won nor lost. Its silence begins with our first
    touch after their last answer (messages, quotes and proposals count, automatic replies do not), or when it came back
    from being put off. The cadence is that of the last decision by then, else the default. The reduction is the share
    by which they became fewer.
    """
    [row] = ask(_STALE, scope, moments(period, now), silent=SILENT)
    return StaleLeads(*row)
