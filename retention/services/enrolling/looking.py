"""Whom a sweep looks at: those with news, those whose moment has come, everybody once a day, and the first in line."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from django.db import connection, transaction

from retention.rules.playbooks.facts import Rules
from retention.services.storing import SCORES_LOCK
from retention.states import Band, PlaybookTrigger

#: Customers in one part of a sweep.
BITE = 5_000
#: The first in line are looked at again in every sweep: so many of each kind, and so many once all of a kind began.
IN_LINE, MORE_IN_LINE = 200, 5_000


@dataclass(frozen=True, slots=True)
class Due:
    """What there is to do: look at everybody, at those with news, at those whose moment has come, at who waits."""

    full: bool
    changed: bool
    due: bool
    waiting: bool
    in_force: bool

    @property
    def nothing(self) -> bool:
        return not (self.full or self.changed or self.due or self.waiting)


def what_is_due(now: datetime) -> Due:
    """One query, whatever the number of customers and enrolments."""
    with connection.cursor() as cursor:
        cursor.execute(_DUE, {"now": now, "today": _day(now)})
        full, changed, due, waiting, in_force = cursor.fetchone()
    return Due(full=full and in_force, changed=changed, due=due, waiting=waiting, in_force=in_force)


def changed_customers(now: datetime) -> tuple[list[int], int | None]:
    """Customers whose score or override changed since the last sweep, and the last change that this covers.

    While somebody writes scores, a change with a smaller number may appear later. Then nothing is covered: the same
    changes are read again next time, which does no harm.
    """
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [SCORES_LOCK])
        alone = cursor.fetchone()[0]
        cursor.execute("SELECT coalesce(max(id), 0) FROM retention_scorechange")
        last = cursor.fetchone()[0]
        cursor.execute(_CHANGED, {"last": last, "now": now})
        return [pk for (pk,) in cursor.fetchall()], last if alone else None


def due_customers(now: datetime, after: int, limit: int = BITE) -> list[int]:
    """Customers with an enrolment whose moment has come, in order of their ids."""
    with connection.cursor() as cursor:
        cursor.execute(_LOOK_AT, {"now": now, "after": after, "limit": limit})
        return [pk for (pk,) in cursor.fetchall()]


def everybody(versions: Iterable[Rules], now: datetime) -> list[int]:
    """Customers whom one of these versions might be for, and all who wait. What needs more than the score to say is
    left to the rules.
    """
    conditions, given = [], {"now": now, "today": _day(now)}
    for number, rules in enumerate(versions):
        condition, more = _might_fit(rules, f"v{number}", now)
        conditions.append(condition)
        given |= more
    with connection.cursor() as cursor:
        cursor.execute(_EVERYBODY.format(fits=" OR ".join(conditions) or "false"), given)
        return [pk for (pk,) in cursor.fetchall()]


def first_in_line(limit: int) -> dict[tuple[Any, ...], list[int]]:
    """Who waits and goes first, so many of each kind: same playbook, same band, same value, so the same needs."""
    found: dict[tuple[Any, ...], list[int]] = {}
    with connection.cursor() as cursor:
        cursor.execute(_IN_LINE, {"limit": limit})
        for customer_id, *kind in cursor.fetchall():
            found.setdefault(tuple(kind), []).append(customer_id)
    return found


def bites(ids: Sequence[int], size: int = BITE) -> Iterable[Sequence[int]]:
    for start in range(0, len(ids), size):
        yield ids[start : start + size]


def _might_fit(rules: Rules, name: str, now: datetime) -> tuple[str, dict[str, Any]]:
    parts: list[str] = ["true"]
    given: dict[str, Any] = {}
    if rules.bands:
        parts.append(f"coalesce(o.band, s.band, '{Band.LOW.value}') = ANY(%({name}_bands)s)")
        given[f"{name}_bands"] = sorted(band.value for band in rules.bands)
    if rules.score_from is not None:
        parts.append(f"coalesce(s.total, 0) >= %({name}_from)s")
        given[f"{name}_from"] = rules.score_from
    if rules.score_to is not None:
        parts.append(f"coalesce(s.total, 0) <= %({name}_to)s")
        given[f"{name}_to"] = rules.score_to
    if rules.reasons_any:
        parts.append(f"s.reasons && %({name}_any)s::varchar[]")
        given[f"{name}_any"] = sorted(rules.reasons_any)
    if rules.reasons_all:
        parts.append(f"s.reasons @> %({name}_all)s::varchar[]")
        given[f"{name}_all"] = sorted(rules.reasons_all)
    if rules.trigger == PlaybookTrigger.BIRTHDAY:
        days = {
            (now + timedelta(days=ahead)).astimezone(UTC).strftime("%m-%d") for ahead in range(rules.days_before + 1)
        }
        # Who was born on 29 February has it on the 28th in other years.
        days |= {"02-29"} & {"02-29" if "02-28" in days else ""}
        parts.append(f"to_char(c.birthday, 'MM-DD') = ANY(%({name}_days)s)")
        given[f"{name}_days"] = sorted(days)
    return f"({' AND '.join(parts)})", given


def _day(now: datetime) -> datetime:
    return now.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)


# A playbook that was published or resumed since the last full look is for people of whom there will be no news.
_DUE = """
SELECT coalesce(w.full_at < greatest(%(today)s::timestamptz,
                    (SELECT max(v.published_at) FROM retention_playbookversion v WHERE v.status = 'published'),
                    (SELECT max(p.resumed_at) FROM retention_playbookpause p)), true),
       EXISTS (SELECT FROM retention_scorechange c WHERE c.id > coalesce(w.seen_change, 0))
       OR EXISTS (SELECT FROM retention_scoreoverride o
                   WHERE o.created_at > w.swept_at OR (o.ended_at > w.swept_at AND o.ended_at <= %(now)s)),
       EXISTS (SELECT FROM retention_enrolment e WHERE e.look_at <= %(now)s),
       EXISTS (SELECT FROM retention_playbook b
                WHERE EXISTS (SELECT FROM retention_enrolment e WHERE e.playbook_id = b.id AND e.status = 'waiting')),
       EXISTS (SELECT FROM retention_playbookversion v WHERE v.status = 'published')
  FROM (SELECT 1) AS one LEFT JOIN retention_playbooksweep w ON w.id = 1
"""
_CHANGED = """
SELECT customer_id FROM retention_scorechange, retention_playbooksweep w
 WHERE w.id = 1 AND retention_scorechange.id > w.seen_change AND retention_scorechange.id <= %(last)s
 UNION
SELECT o.customer_id FROM retention_scoreoverride o, retention_playbooksweep w
 WHERE w.id = 1 AND w.swept_at IS NOT NULL
   AND (o.created_at > w.swept_at OR (o.ended_at > w.swept_at AND o.ended_at <= %(now)s))
 ORDER BY 1
"""
_LOOK_AT = """
SELECT DISTINCT customer_id FROM retention_enrolment
 WHERE look_at <= %(now)s AND customer_id > %(after)s ORDER BY customer_id LIMIT %(limit)s
"""
_EVERYBODY = """
SELECT k.id FROM retention_customer k
  JOIN contacts_contact c ON c.id = k.contact_id
  LEFT JOIN retention_score s ON s.customer_id = k.id
  LEFT JOIN retention_scoreoverride o
    ON o.customer_id = k.id AND o.created_at <= %(now)s AND o.expires_at > %(now)s AND o.ended_at IS NULL
 WHERE (k.churned_on IS NULL OR k.churned_on >= %(today)s::date) AND ({fits})
 UNION
SELECT e.customer_id FROM retention_enrolment e WHERE e.status = 'waiting'
 ORDER BY 1
"""
_IN_LINE = """
SELECT customer_id, playbook_id, band, value_tier
  FROM (SELECT e.customer_id, e.playbook_id, e.why->>'band' AS band, e.why->>'value_tier' AS value_tier, e.rank,
               row_number() OVER (PARTITION BY e.playbook_id, e.why->>'band', e.why->>'value_tier'
                                  ORDER BY e.rank DESC, e.fitted_at, e.customer_id) AS place
          FROM retention_enrolment e WHERE e.status = 'waiting') line
 WHERE place <= %(limit)s ORDER BY customer_id
"""
