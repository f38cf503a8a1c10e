"""What customers are worth, worked out for all of them in one statement (docs/value.md)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db import connection, transaction

from contacts.states import EventKind
from retention.models import CustomerValue
from retention.rules import value as rules
from retention.states import ValueTier
from staff.services import record


@dataclass(frozen=True, slots=True)
class Recomputed:
    """What came of it. ``left_out`` are purchases in another currency than their customer's."""

    month: date
    written: int
    left_out: int


@transaction.atomic
def recompute_values(*, month: date, now: datetime, only_missing: bool = False) -> Recomputed:
    """Write what every customer was worth at the first moment of the month that ``month`` lies in.

    A second time changes only what has changed since. With ``only_missing`` rows that are there stay as they are, and
    nothing is looked at when nobody lacks one.
    """
    month = month.replace(day=1)
    if only_missing and not _anybody_lacks(month):
        return Recomputed(month, 0, 0)
    at = rules.first_moment(month)
    with connection.cursor() as cursor:
        cursor.execute(
            _WRITE.format(on_conflict=_LEAVE if only_missing else _REPLACE),
            {
                "month": month,
                "at": at,
                "begin": at - timedelta(days=rules.DAYS),
                "first_day": month - timedelta(days=rules.DAYS),
                "purchase": EventKind.PURCHASE_MADE.value,
                "days": rules.DAYS,
                "months": rules.MONTHS,
                "longest": rules.LONGEST_MONTHS,
                "enough": rules.ENOUGH_OF_A_PLAN,
                "high": rules.HIGH_SHARE.numerator,
                "of_high": rules.HIGH_SHARE.denominator,
                "middle": rules.MIDDLE_SHARE.numerator,
                "of_middle": rules.MIDDLE_SHARE.denominator,
                "tier_high": ValueTier.HIGH.value,
                "tier_middle": ValueTier.MIDDLE.value,
                "tier_low": ValueTier.LOW.value,
                "tier_none": ValueTier.NONE.value,
                "now": now,
            },
        )
        written, left_out = cursor.fetchone()
    if not only_missing:
        # Somebody whose leaving became known later was of no worth any more.
        CustomerValue.objects.filter(month=month, customer__churned_on__lte=month).delete()
    record(
        action="retention.values_recomputed",
        summary=f"{month:%Y-%m}: {written} customers",
        detail={"month": month.isoformat(), "written": written, "left_out": left_out},
    )
    return Recomputed(month, written, left_out)


def _anybody_lacks(month: date) -> bool:
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT EXISTS (
                SELECT id FROM retention_customer WHERE churned_on IS NULL OR churned_on > %(month)s
                EXCEPT SELECT customer_id FROM retention_customervalue WHERE month = %(month)s)
            """,
            {"month": month},
        )
        found: bool = cursor.fetchone()[0]
    return found


_LEAVE = "DO NOTHING"
_REPLACE = """DO UPDATE SET monthly_revenue = excluded.monthly_revenue, clv = excluded.clv,
    currency = excluded.currency, tier = excluded.tier, months = excluded.months, computed_at = excluded.computed_at
    WHERE (retention_customervalue.monthly_revenue, retention_customervalue.clv, retention_customervalue.currency,
           retention_customervalue.tier, retention_customervalue.months)
       IS DISTINCT FROM (excluded.monthly_revenue, excluded.clv, excluded.currency, excluded.tier, excluded.months)"""
_WRITE = """
WITH purchase AS MATERIALIZED (
    SELECT k.id AS customer_id, k.currency AS own, e.occurred_at, e.amount, e.currency
    FROM contacts_event e JOIN retention_customer k ON k.contact_id = e.contact_id
    WHERE e.kind = %(purchase)s AND e.occurred_at < %(at)s
      -- Only those without a day of beginning are looked at from the first purchase on.
      AND (e.occurred_at >= %(begin)s OR k.since IS NULL)
      AND NOT EXISTS (
        SELECT 1 FROM contacts_identity i JOIN retention_customer o ON o.external_id = i.value
        WHERE i.id = e.identity_id AND o.contact_id = k.contact_id AND o.id <> k.id)
), recent AS (
    SELECT * FROM purchase WHERE occurred_at >= %(begin)s
), paid_in AS (
    SELECT DISTINCT ON (customer_id) customer_id, currency
    FROM (SELECT customer_id, currency, count(*) AS times FROM recent WHERE own = '' AND currency <> ''
          GROUP BY 1, 2) AS counted
    ORDER BY customer_id, times DESC, currency COLLATE "C"
), known AS (
    SELECT k.id, k.plan, k.mrr, k.churned_on, coalesce(nullif(k.currency, ''), paid_in.currency, '') AS currency,
           coalesce(k.since, first.started) AS started
    FROM retention_customer k
    LEFT JOIN paid_in ON paid_in.customer_id = k.id
    LEFT JOIN (SELECT customer_id, min(occurred_at AT TIME ZONE 'UTC')::date AS started
               FROM purchase GROUP BY 1) AS first ON first.customer_id = k.id
), there AS (
    SELECT plan, coalesce(churned_on <= %(month)s, false) AS has_left,
           greatest(0, least(churned_on, %(month)s) - greatest(started, %(first_day)s)) AS days
    FROM known WHERE started < %(month)s AND (churned_on IS NULL OR churned_on > %(first_day)s)
), plans AS (
    SELECT plan, count(*) AS customers, sum(days) AS days, count(*) FILTER (WHERE has_left) AS lost
    FROM there GROUP BY plan
), every_plan AS (
    SELECT coalesce(sum(days), 0) AS days, coalesce(sum(lost), 0) AS lost FROM plans
), revenue AS (
    SELECT k.id, k.plan, k.currency, spans.months,
           round(greatest(coalesce(k.mrr, bought.amount / spans.months, 0), 0), 2) AS monthly
    FROM known k
    LEFT JOIN (SELECT r.customer_id, sum(r.amount) AS amount FROM recent r JOIN known c ON c.id = r.customer_id
               WHERE r.currency IN ('', c.currency) GROUP BY 1) AS bought ON bought.customer_id = k.id
    CROSS JOIN LATERAL (SELECT CASE WHEN k.started IS NULL THEN %(months)s ELSE
        greatest(1, ceil(least(%(days)s, %(month)s - k.started) * %(months)s / %(days)s::numeric))::int END AS months
    ) AS spans
    WHERE k.churned_on IS NULL OR k.churned_on > %(month)s
), valued AS (
    SELECT r.id, r.currency, r.months, r.monthly,
           -- Times first and divided last, with digits to spare, so that nothing is rounded but the result.
           round(least(r.monthly * %(longest)s,
               (r.monthly * (stay.days * %(months)s + 2 * %(days)s))::numeric(60, 20) / (%(days)s * (stay.lost + 1))
           ), 2) AS clv
    FROM revenue r LEFT JOIN plans p ON p.plan = r.plan AND p.customers >= %(enough)s CROSS JOIN every_plan a
    CROSS JOIN LATERAL (SELECT coalesce(p.days, a.days) AS days, coalesce(p.lost, a.lost) AS lost) AS stay
), ranked AS (
    SELECT v.*, 2 * (rank() OVER worth - 1) + count(*) OVER (PARTITION BY currency, clv) - 1 AS twice_middle,
           count(*) FILTER (WHERE clv > 0) OVER (PARTITION BY currency) AS everybody
    FROM valued v WINDOW worth AS (PARTITION BY currency ORDER BY clv DESC)
), written AS (
    INSERT INTO retention_customervalue (customer_id, month, monthly_revenue, clv, currency, tier, months, computed_at)
    SELECT id, %(month)s, monthly, clv, currency, CASE
               WHEN clv = 0 THEN %(tier_none)s
               WHEN twice_middle * %(of_high)s < 2 * %(high)s * everybody THEN %(tier_high)s
               WHEN twice_middle * %(of_middle)s < 2 * %(middle)s * everybody THEN %(tier_middle)s
               ELSE %(tier_low)s END, months, %(now)s
    FROM ranked
    ON CONFLICT (customer_id, month) {on_conflict}
    RETURNING 1
)
SELECT (SELECT count(*) FROM written),
       (SELECT count(*) FROM recent r JOIN revenue k ON k.id = r.customer_id WHERE r.currency NOT IN ('', k.currency))
"""
