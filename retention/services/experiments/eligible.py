"""How many a version is for: now, day by day, and a while ago, when one knows by now what became of them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from django.db import connection

from retention.models import PlaybookVersion
from retention.services.experiments.events import ACTIVE, MONEY, THEIRS
from retention.states import PlaybookTrigger

#: How long we look back for how many begin to fit in a day.
LATELY = timedelta(days=28)
#: So many customers stand for all where each one's whole history has to be counted.
SAMPLE = 2_000


@dataclass(frozen=True, slots=True)
class Demand:
    """``now`` fit at this moment; ``a_day`` begin to fit on a usual day."""

    now: int
    a_day: float


@dataclass(frozen=True, slots=True)
class Baseline:
    """What became of those who fitted at ``at``, within the window, without this playbook. Shares are fractions.

    ``reached`` had an event of the goal, ``stayed`` had not left. ``revenue`` is the mean per customer, ``spread`` its
    standard deviation. All are None where nobody fitted.
    """

    at: datetime
    customers: int
    reached: float | None = None
    stayed: float | None = None
    revenue: float | None = None
    spread: float | None = None


def demand_of(version: PlaybookVersion, now: datetime) -> Demand:
    """How many customers this version is for. Counted by the database; cooldowns and capacity are not looked at.

    A day's number is the mean of the last four weeks, of scores that moved because of what customers did.
    """
    given = _given(version, now)
    if version.trigger == PlaybookTrigger.BIRTHDAY:
        statement = _BIRTHDAYS
    elif version.trigger == PlaybookTrigger.MILESTONE:
        statement = _MILESTONES
    else:
        statement = _AT_RISK
    with connection.cursor() as cursor:
        cursor.execute(statement, given)
        at_once, lately = cursor.fetchone()
    return Demand(now=int(at_once or 0), a_day=float(lately or 0) / LATELY.days)


def baseline_of(version: PlaybookVersion, *, window_days: int, now: datetime) -> Baseline:
    """What those did by themselves who fitted a month ago, or a window ago where that is longer.

    Who fitted then follows from the history of scores; plans, tiers and what customers are worth are those of today.
    Somebody who was in another playbook meanwhile counts as they are: that is what this one is compared with.
    """
    at = now - max(timedelta(days=window_days), timedelta(days=30))
    given = _given(version, now) | {"at": at, "until": at + timedelta(days=window_days)}
    with connection.cursor() as cursor:
        cursor.execute(_BASELINE if version.trigger == PlaybookTrigger.RISK else _BASELINE_OF_ALL, given)
        customers, reached, stayed, revenue, spread = cursor.fetchone()
    if not customers:
        return Baseline(at, 0)
    return Baseline(at, customers, float(reached), float(stayed), float(revenue), float(spread))


def _given(version: PlaybookVersion, now: datetime) -> dict[str, Any]:
    return {
        "now": now,
        "today": now.astimezone(UTC).date(),
        "lately": now - LATELY,
        "bands": list(version.bands),
        "score_from": version.score_from if version.score_from is not None else 0,
        "score_to": version.score_to if version.score_to is not None else 100,
        "any": list(version.reasons_any),
        "all": list(version.reasons_all),
        "plans": [one.lower() for one in version.plans],
        "tiers": [one.lower() for one in version.tiers],
        "not_plans": [one.lower() for one in version.excluded_plans],
        "not_tiers": [one.lower() for one in version.excluded_tiers],
        "values": list(version.value_tiers),
        "milestones": list(version.milestones),
        "days_before": version.days_before,
        "goals": list(version.goal_kinds),
        "sample": SAMPLE,
        "days": LATELY.days,
    }


def _scored(total: str, band: str, reasons: str) -> str:
    """Whether a score fits: band, total and reasons. Empty lists mean: any."""
    return f"""(cardinality(%(bands)s::text[]) = 0 OR {band} = ANY(%(bands)s::text[]))
       AND {total} BETWEEN %(score_from)s AND %(score_to)s
       AND (cardinality(%(any)s::text[]) = 0 OR {reasons}::text[] && %(any)s::text[])
       AND {reasons}::text[] @> %(all)s::text[]"""


#: Customers ``c`` of the segment, who may be written to at all.
_SEGMENT = """
    (c.churned_on IS NULL OR c.churned_on > {day})
    AND (cardinality(%(plans)s::text[]) = 0 OR lower(c.plan) = ANY(%(plans)s::text[]))
    AND (cardinality(%(tiers)s::text[]) = 0 OR lower(c.tier) = ANY(%(tiers)s::text[]))
    AND lower(c.plan) <> ALL(%(not_plans)s::text[]) AND lower(c.tier) <> ALL(%(not_tiers)s::text[])
    AND (cardinality(%(values)s::text[]) = 0 OR coalesce((
        SELECT v.tier FROM retention_customervalue v WHERE v.customer_id = c.id AND v.month <= %(today)s
         ORDER BY v.month DESC LIMIT 1), 'none') = ANY(%(values)s::text[]))
    AND NOT EXISTS (SELECT 1 FROM contacts_active_suppression s
                     WHERE s.contact_id = c.contact_id AND s.channel = 'all')
"""
_OF_TODAY, _OF_THEN = _SEGMENT.format(day="%(today)s"), _SEGMENT.format(day="(%(at)s AT TIME ZONE 'UTC')::date")
_AT_RISK = f"""
SELECT (SELECT count(*) FROM retention_score s JOIN retention_customer c ON c.id = s.customer_id
         WHERE {_scored("s.total", "s.band", "s.reasons")} AND {_OF_TODAY}),
       (SELECT count(DISTINCT m.customer_id) FROM retention_scorechange m
          JOIN retention_customer c ON c.id = m.customer_id
         WHERE m.at > %(lately)s AND m.at <= %(now)s AND m.cause IN ('refresh', 'check')
           AND {_scored("m.total_after", "m.band_after", "m.reasons")}
           AND NOT ((cardinality(%(bands)s::text[]) = 0 OR m.band_before = ANY(%(bands)s::text[]))
                    AND m.total_before BETWEEN %(score_from)s AND %(score_to)s
                    AND cardinality(%(any)s::text[]) = 0 AND cardinality(%(all)s::text[]) = 0)
           AND {_OF_TODAY})
"""  # noqa: S608  parts of our own
_BIRTHDAYS = f"""
SELECT count(*) FILTER (WHERE to_char(p.birthday, 'MM-DD') = to_char(%(today)s::date + %(days_before)s, 'MM-DD')),
       count(*) * %(days)s / 365.25
  FROM retention_customer c JOIN contacts_contact p ON p.id = c.contact_id
 WHERE p.birthday IS NOT NULL AND {_OF_TODAY}
"""  # noqa: S608  parts of our own
# Each one's whole history has to be counted, so a sample stands for all of them.
_MILESTONES = f"""
WITH every AS (SELECT greatest(1, count(*) / %(sample)s) AS nth FROM retention_customer),
counted AS (
    SELECT (SELECT count(*) FROM contacts_event e
             WHERE e.contact_id = c.contact_id AND {ACTIVE} AND e.occurred_at <= %(lately)s) AS before,
           (SELECT count(*) FROM contacts_event e
             WHERE e.contact_id = c.contact_id AND {ACTIVE} AND e.occurred_at <= %(now)s) AS after
      FROM retention_customer c, every WHERE c.id %% every.nth = 0 AND {_OF_TODAY}
)
SELECT 0, count(*) FILTER (WHERE EXISTS (
           SELECT 1 FROM unnest(%(milestones)s::int[]) AS m WHERE before < m AND m <= after)) * max(every.nth)
  FROM counted, every
"""  # noqa: S608  parts of our own
_OUTCOME = f"""
SELECT count(*), avg(reached::int),
       avg((c.churned_on IS NULL OR c.churned_on > (%(until)s AT TIME ZONE 'UTC')::date)::int),
       avg(revenue), coalesce(stddev_samp(revenue), 0)
  FROM fitted JOIN retention_customer c ON c.id = fitted.id
 CROSS JOIN LATERAL (
    SELECT coalesce(bool_or(e.kind = ANY(%(goals)s::int[])), false) AS reached,
           coalesce(sum(e.amount) FILTER (WHERE {MONEY}), 0) AS revenue
      FROM contacts_event e
     WHERE e.contact_id = c.contact_id AND e.occurred_at >= %(at)s AND e.occurred_at < %(until)s AND {THEIRS}) AS became
"""  # noqa: S608  parts of our own
_BASELINE = f"""
WITH fitted AS MATERIALIZED (
    SELECT c.id FROM retention_customer c
     CROSS JOIN LATERAL (
        SELECT m.total_after, m.band_after, m.reasons FROM retention_scorechange m
         WHERE m.customer_id = c.id AND m.at <= %(at)s ORDER BY m.at DESC, m.id DESC LIMIT 1) AS was
     WHERE {_scored("was.total_after", "was.band_after", "was.reasons")} AND {_OF_THEN}
)
{_OUTCOME}
"""  # noqa: S608  parts of our own
_BASELINE_OF_ALL = f"""
WITH fitted AS MATERIALIZED (SELECT c.id FROM retention_customer c WHERE {_OF_THEN})
{_OUTCOME}
"""  # noqa: S608  parts of our own
