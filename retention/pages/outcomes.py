"""What became of each step of a version: counted anew for every page, or, of very many, once in an hour."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.core.cache import cache
from django.db import connection

from retention.models import PlaybookVersion
from retention.states import ModelStatus

#: Of so many reasons for leaving a step out the page tells, the commonest first.
REASONS = 3
#: So many steps of enrolments are counted while somebody waits for the page.
AT_ONCE = 50_000
#: Counts of more are kept for so long, in seconds. Each hour's round makes them anew before that.
KEPT = 2 * 3600


@dataclass(frozen=True, slots=True, kw_only=True)
class Came:
    """What became of one step so far. Opened and answered count people, never machines."""

    drafted: int = 0
    sent: int = 0
    opened: int = 0
    answered: int = 0
    called: int = 0
    calls_made: int = 0
    shadowed: int = 0
    skipped: int = 0
    missed: int = 0
    withdrawn: int = 0
    cost: Decimal = Decimal(0)
    why: tuple[tuple[str, int], ...] = ()

    @property
    def reached(self) -> int:
        return self.sent + self.calls_made

    @property
    def on_the_way(self) -> int:
        """Put before somebody, and not yet out."""
        return max(0, self.drafted - self.sent) + max(0, self.called - self.calls_made)


@dataclass(frozen=True, slots=True)
class Counted:
    """By step what became of it. ``at`` is when it was counted, where that was not just now."""

    by_step: Mapping[int, Came]
    at: datetime | None = None


def came_of(version: PlaybookVersion, now: datetime) -> Counted:
    """What became of every step. Two queries more than it takes to see that they are many."""
    if not _are_many(version):
        return Counted(_count(version))
    kept = cache.get(_key(version))
    if kept is None:
        return Counted(_keep(version, now), now)
    return Counted({step: Came(**came) for step, came in kept["by_step"].items()}, kept["at"])


def count_again(*, now: datetime) -> int:
    """Count what is kept anew, for every version in force that has much to count. Returns how many versions have."""
    many = [
        one for one in PlaybookVersion.objects.filter(status=ModelStatus.PUBLISHED).order_by("pk") if _are_many(one)
    ]
    for version in many:
        _keep(version, now)
    return len(many)


def _are_many(version: PlaybookVersion) -> bool:
    with connection.cursor() as cursor:
        cursor.execute(_MANY, {"version": version.pk, "most": AT_ONCE})
        return bool(cursor.fetchone()[0] >= AT_ONCE)


def _keep(version: PlaybookVersion, now: datetime) -> Mapping[int, Came]:
    found = _count(version)
    cache.set(_key(version), {"at": now, "by_step": {step: asdict(came) for step, came in found.items()}}, KEPT)
    return found


def _key(version: PlaybookVersion) -> str:
    return f"retention:came-of-steps:{version.pk}"


def _count(version: PlaybookVersion) -> Mapping[int, Came]:
    given = {"version": version.pk, "reasons": REASONS}
    with connection.cursor() as cursor:
        cursor.execute(_OUTCOMES, given)
        names = [column.name for column in cursor.description][1:]
        counts: dict[int, dict[str, Any]] = {
            row[0]: dict(zip(names, row[1:], strict=True)) for row in cursor.fetchall()
        }
        cursor.execute(_WHY, given)
        why: dict[int, list[tuple[str, int]]] = {}
        for step, words, number in cursor.fetchall():
            why.setdefault(step, []).append((words, number))
    return {step: Came(**found, why=tuple(why.get(step, ()))) for step, found in counts.items()}


_MANY = """
SELECT count(*) FROM (
    SELECT FROM retention_steprun r JOIN retention_playbookstep s ON s.id = r.step_id AND s.version_id = %(version)s
     LIMIT %(most)s) AS each
"""
_OUTCOMES = """
SELECT r.step_id,
       count(*) FILTER (WHERE r.outcome = 'drafted') AS drafted,
       count(*) FILTER (WHERE d.status = 'sent') AS sent,
       count(*) FILTER (WHERE news.opened) AS opened,
       count(*) FILTER (WHERE news.answered) AS answered,
       count(*) FILTER (WHERE r.outcome = 'called') AS called,
       count(*) FILTER (WHERE c.status = 'done') AS calls_made,
       count(*) FILTER (WHERE r.outcome = 'shadowed') AS shadowed,
       count(*) FILTER (WHERE r.outcome = 'skipped') AS skipped,
       count(*) FILTER (WHERE r.outcome = 'missed') AS missed,
       count(*) FILTER (WHERE r.outcome = 'withdrawn') AS withdrawn,
       coalesce(sum(r.cost), 0) AS cost
  FROM retention_steprun r
  JOIN retention_playbookstep s ON s.id = r.step_id AND s.version_id = %(version)s
  LEFT JOIN outreach_draft d ON d.id = r.draft_id
  LEFT JOIN outreach_call c ON c.id = r.call_id
  LEFT JOIN LATERAL (
       SELECT bool_or(v.kind IN ('opened', 'clicked')) AS opened, bool_or(v.kind = 'clicked') AS answered
         FROM outreach_deliveryevent v
        WHERE v.draft_id = r.draft_id AND v.kind IN ('opened', 'clicked') AND NOT v.machine) AS news ON true
 GROUP BY r.step_id
"""
_WHY = """
SELECT step_id, why, number
  FROM (SELECT r.step_id, r.why, count(*) AS number,
               row_number() OVER (PARTITION BY r.step_id ORDER BY count(*) DESC, r.why) AS place
          FROM retention_steprun r
          JOIN retention_playbookstep s ON s.id = r.step_id AND s.version_id = %(version)s
         WHERE r.outcome IN ('skipped', 'missed', 'withdrawn') AND r.why <> ''
         GROUP BY r.step_id, r.why) AS each
 WHERE place <= %(reasons)s
 ORDER BY step_id, place
"""
