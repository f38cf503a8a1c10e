"""Scores kept as they should be: after new events, as time passes, and checked as a whole every night."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime
from math import ceil

from django.conf import settings
from django.db import connection, transaction

from contacts.permission import id_array
from retention import scoring
from retention.models import Score
from retention.services.overriding import close_expired
from retention.services.storing import (
    drop,
    nobody_else,
    not_before_what_is_stored,
    one_at_a_time,
    store,
    take_away_unscored,
)
from retention.states import ChangeCause
from staff.services import record

logger = logging.getLogger("rekindle.retention")

#: Customers in one transaction, about: small enough to keep nobody waiting, large enough to cost little each.
BITE = 5_000
#: From this share of customers on, a rescore asks about everybody when the score changes next.
_MUCH = 0.2
#: Customers in one transaction of a full rescore, at most and at least.
RANGE, LEAST_RANGE = 20_000, 500
#: So many ids of customers that the nightly check corrected are kept with what it reports.
IDS_KEPT = 200


@dataclass(frozen=True, slots=True)
class Refreshed:
    """Customers looked at, those whose score or band changed, overrides that ran out, and whether more is due."""

    customers: int = 0
    changed: int = 0
    expired: int = 0
    more: bool = False


@dataclass(frozen=True, slots=True)
class Rescored:
    """Customers scored, those whose score or band changed, and all that were not stored as they should have been."""

    customers: int = 0
    changed: int = 0
    differing: tuple[int, ...] = ()


@transaction.atomic
def refresh(*, now: datetime, limit: int = BITE, new_ones: bool = True) -> Refreshed:
    """Score again what is due: customers of contacts with news, those that time changes, and those not scored yet.

    One bite, in one transaction: the news is taken away exactly when the scores that follow from it are stored.
    ``limit`` bounds the customers of each of the three kinds; ask again while there is ``more``. Without ``new_ones``
    those whose first day has come are not looked for, which means reading all customers.
    """
    one_at_a_time()
    expired = close_expired(now)
    news, more_news = _take_news(now, limit)
    time_due = _due_by_time(now, limit)
    unscored = _not_scored_yet(now, limit) if new_ones else []
    due = sorted({*news, *time_due, *unscored})
    more = more_news or len(time_due) == limit or len(unscored) == limit
    if not due:
        return Refreshed(expired=expired, more=more)
    # The news is gone with this transaction, so what follows from it must not be too old to be stored.
    at = not_before_what_is_stored(now, due)
    _, changed = _rescore_some(due, at, ChangeCause.REFRESH, touch=True)
    _look_at_playbooks(news, now)
    return Refreshed(customers=len(due), changed=changed, expired=expired, more=more)


def refresh_all_due(*, now: datetime, bites: int = 200, new_ones: bool = True) -> Refreshed:
    """Refresh bite by bite, each a transaction of its own, until nothing is due or ``bites`` were taken."""
    customers = changed = expired = 0
    more = True
    while more and bites:
        one = refresh(now=now, new_ones=new_ones)
        customers, changed, expired = customers + one.customers, changed + one.changed, expired + one.expired
        more, bites = one.more, bites - 1
    return Refreshed(customers=customers, changed=changed, expired=expired, more=more)


def rescore_all(*, now: datetime, cause: ChangeCause) -> Rescored:
    """Score everybody at this moment, and store what differs. Scores of a later moment are left alone.

    Within a transaction all of it is part of that. Otherwise it is done range by range, each in a transaction of its
    own and on a few connections side by side: PostgreSQL does not share such a statement among workers, and a range
    takes the same memory however many customers there are. Interrupted, it has done some of them; it can be repeated.
    """
    if connection.in_atomic_block:
        one_at_a_time()
        return rescore(at=now, cause=cause)
    with nobody_else():
        many_due = is_much_due(now)

        def one_range(between: tuple[int, int]) -> Rescored:
            try:
                with transaction.atomic():
                    return rescore(at=now, cause=cause, between=between, many_due=many_due)
            finally:
                connection.close()

        with ThreadPoolExecutor(settings.SCORE_CONNECTIONS) as side_by_side:
            done = list(side_by_side.map(one_range, _ranges()))
    return Rescored(
        customers=sum(one.customers for one in done),
        changed=sum(one.changed for one in done),
        differing=tuple(pk for one in done for pk in one.differing),
    )


@transaction.atomic
def rescore_some(*, customer_ids: Iterable[int], now: datetime, cause: ChangeCause) -> Rescored:
    """Score these customers at this moment, and store what differs."""
    one_at_a_time()
    ids = sorted(set(customer_ids))
    customers, changed = _rescore_some(ids, now, cause, touch=True)
    return Rescored(customers=customers, changed=changed)


def nightly_check(*, now: datetime) -> Rescored:
    """Refresh what is due, then score everybody anew: nothing may differ. What does is corrected and reported.

    A difference means that a score was not refreshed when it should have been. It is left in the audit log and in the
    log as ids of customers.
    """
    refresh_all_due(now=now)
    found = rescore_all(now=now, cause=ChangeCause.CHECK)
    record(
        action="retention.nightly_check",
        summary=f"{len(found.differing)} of {found.customers} scores were not as they should be",
        detail={
            "customers": found.customers,
            "differing": len(found.differing),
            "changed": found.changed,
            "customer_ids": list(found.differing[:IDS_KEPT]),
        },
    )
    if found.differing:
        logger.error(
            "The nightly check corrected %d scores of %d. Customers: %s",
            len(found.differing),
            found.customers,
            list(found.differing[:IDS_KEPT]),
        )
    return found


def rescore(
    *,
    at: datetime,
    cause: ChangeCause,
    between: tuple[int, int] | None = None,
    many_due: bool | None = None,
    table: str = "everybody",
) -> Rescored:
    """Score everybody, or a range of ids, and store what differs. Inside a transaction while nobody else writes scores.

    Where few are due, when a score changes next is asked only about those that differ: for all others it is known
    already. Where many are, to ask about everybody at once is cheaper than to ask twice.
    """
    drop(table)
    if many_due is None:
        many_due = is_much_due(at)
    customers = scoring.compute(at=at, table=table, with_next=many_due, between=between)
    differing = _differing(table, at) if Score.objects.exists() else []
    changed = 0
    if many_due:
        changed = store(table=table, at=at, cause=cause).changed
    elif differing:
        changed = _rescore_some(differing, at, cause)[1]
    gone = take_away_unscored(table=table, at=at, between=between)
    return Rescored(customers=customers, changed=changed, differing=(*differing, *gone))


def is_much_due(at: datetime) -> bool:
    """Whether time has caught up with many customers, or many were never scored."""
    with connection.cursor() as cursor:
        cursor.execute(_DUE, [at])
        due, everybody = cursor.fetchone()
    return bool(due >= everybody * _MUCH)


def _ranges() -> list[tuple[int, int]]:
    """The ids of all customers in ranges: the first and the last id. As many as there are connections, at least."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM retention_customer")
        (everybody,) = cursor.fetchone()
        each = ceil(everybody / settings.SCORE_CONNECTIONS)
        cursor.execute(_RANGES, [max(min(each, RANGE), LEAST_RANGE)])
        return list(cursor.fetchall())


def _rescore_some(ids: list[int], at: datetime, cause: ChangeCause, *, touch: bool = False) -> tuple[int, int]:
    """Score these and store them: how many were scored, and how many changed."""
    drop("due")
    customers = scoring.compute(at=at, customer_ids=ids, table="due")
    stored = store(table="due", at=at, cause=cause, touch=touch)
    take_away_unscored(table="due", at=at, customer_ids=ids)
    drop("due")
    return customers, stored.changed


def _take_news(now: datetime, limit: int) -> tuple[list[int], bool]:
    """Take away what came in, oldest first: the customers it is about, and whether there is more of it."""
    with connection.cursor() as cursor:
        cursor.execute(_TAKE_NEWS, {"now": now, "limit": limit})
        taken = cursor.fetchall()
        contact_ids = {contact for contacts, _ in taken for contact in contacts}
        cursor.execute(
            "SELECT id FROM retention_customer WHERE contact_id = ANY(%s::bigint[])", [id_array(sorted(contact_ids))]
        )
        customers = [pk for (pk,) in cursor.fetchall()]
    return customers, any(more for _, more in taken)


def _look_at_playbooks(customer_ids: list[int], now: datetime) -> None:
    """Whoever did something is looked at by the next sweep of playbooks: it may be the goal, or a reason to stop."""
    if not customer_ids:
        return
    with connection.cursor() as cursor:
        cursor.execute(_LOOK_AT, {"ids": id_array(customer_ids), "now": now})


def _due_by_time(now: datetime, limit: int) -> list[int]:
    due = Score.objects.filter(next_change_at__lte=now).order_by("next_change_at")
    return list(due.values_list("customer_id", flat=True)[:limit])


def _not_scored_yet(now: datetime, limit: int) -> list[int]:
    """Customers whose first day has come. Those without one begin with their first event, which is news."""
    with connection.cursor() as cursor:
        cursor.execute(_NOT_SCORED_YET, {"today": now.astimezone(UTC).date(), "limit": limit})
        return [pk for (pk,) in cursor.fetchall()]


def _differing(table: str, at: datetime) -> list[int]:
    with connection.cursor() as cursor:
        cursor.execute(_DIFFERING.format(table=connection.ops.quote_name(table)), [at, at])
        return [pk for (pk,) in cursor.fetchall()]


# Whole rows until there are enough contacts: a row names up to 5,000 of them.
_TAKE_NEWS = """
WITH oldest AS MATERIALIZED (
    SELECT id, due_at, cardinality(contact_ids) AS contacts FROM contacts_arrival
     WHERE due_at <= %(now)s ORDER BY due_at, id LIMIT %(limit)s FOR UPDATE SKIP LOCKED
), counted AS (
    SELECT id, sum(contacts) OVER (ORDER BY due_at, id) - contacts AS before, count(*) OVER () AS rows FROM oldest
), bite AS (
    SELECT id, count(*) OVER () < rows OR rows = %(limit)s AS more FROM counted WHERE before < %(limit)s
)
DELETE FROM contacts_arrival a USING bite WHERE a.id = bite.id RETURNING a.contact_ids, bite.more
"""
_LOOK_AT = """
UPDATE retention_enrolment SET look_at = %(now)s
 WHERE customer_id = ANY(%(ids)s::bigint[]) AND status <> 'ended' AND look_at > %(now)s
"""
_NOT_SCORED_YET = """
SELECT c.id FROM retention_customer c
 WHERE c.since <= %(today)s AND (c.churned_on IS NULL OR c.churned_on > %(today)s)
   AND NOT EXISTS (SELECT 1 FROM retention_score s WHERE s.customer_id = c.id)
 ORDER BY c.id LIMIT %(limit)s
"""
# A score that is missing is as due as one can be.
_DUE = """
SELECT everybody.count - (SELECT count(*) FROM retention_score WHERE next_change_at > %s OR next_change_at IS NULL),
       everybody.count
  FROM (SELECT count(*) FROM retention_customer) AS everybody
"""
_RANGES = """
SELECT min(id), max(id)
  FROM (SELECT id, (row_number() OVER (ORDER BY id) - 1) / %s AS part FROM retention_customer) AS each
 GROUP BY part ORDER BY part
"""
_SAME = "version_id, total, recency, frequency, payment, engagement, support, missing, reasons"
_DIFFERING = f"""
SELECT t.customer_id FROM {{table}} t LEFT JOIN retention_score s ON s.customer_id = t.customer_id
 WHERE s.customer_id IS NULL OR (s.as_of <= %s AND (s.next_change_at <= %s
       OR ({", ".join(f"s.{one}" for one in _SAME.split(", "))}) IS DISTINCT FROM
          ({", ".join(f"t.{one}" for one in _SAME.split(", "))})))
 ORDER BY t.customer_id
"""  # noqa: S608  our own column names
