"""What a sweep starts from: open and past enrolments of some customers, read for the rules in a few queries."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from django.db import connection
from django.db.models import Sum

from contacts.permission import id_array
from outreach.reach import ANSWERS, BY_MACHINES, SPOKEN
from outreach.states import CallStatus, DraftStatus
from retention.models import StepRun
from retention.rules.playbooks.facts import Past, Rules, Run, UnderWay, Worth
from retention.rules.playbooks.world import DONE, Open, Place, World
from retention.services.capacity import capacity_rules
from retention.services.people import Since, goals
from retention.services.playbooks.loading import of_versions
from retention.states import Arm, EnrolmentEnd, EnrolmentStatus, StepOutcome

#: A message that is not going to leave, whoever decided so.
GIVEN_UP = (DraftStatus.SUPPRESSED, DraftStatus.WITHDRAWN, DraftStatus.CLOSED_OUT)
#: A message that may still leave.
WAITS = (DraftStatus.AWAITING_REVIEW, DraftStatus.APPROVED, DraftStatus.FAILED)


@dataclass(frozen=True, slots=True)
class Loaded:
    """A world, and the rows that stand behind it."""

    world: World
    ids: Mapping[Place, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Terms:
    """What holds for all: the versions in force, how long people wait, what is promised, what offers have cost."""

    versions: tuple[Rules, ...]
    wait: timedelta
    review_within: timedelta
    call_within: timedelta
    spent: Mapping[int, Decimal]

    @classmethod
    def read(cls, versions: tuple[Rules, ...], now: datetime) -> Terms:
        rules = capacity_rules()
        return cls(
            versions=versions,
            wait=timedelta(days=rules.wait_days),
            review_within=timedelta(days=rules.review_days),
            call_within=timedelta(days=rules.call_days),
            spent=_spent_on_offers(now),
        )


def load(customer_ids: Sequence[int], terms: Terms, now: datetime) -> Loaded:
    """The enrolments of these customers as they stand. The queries are as many for one as for thousands."""
    given = {"ids": id_array(customer_ids)}
    with connection.cursor() as cursor:
        cursor.execute(_OPEN, given)
        rows = cursor.fetchall()
        cursor.execute(_PASTS, given)
        ended = cursor.fetchall()
    begun = [row[0] for row in rows if row[7] is not None and row[4] != EnrolmentStatus.HELD_OUT]
    runs = _runs_of(begun)
    since = goals(begun, now) if begun else {}
    rules_of = _rules_of({row[3] for row in rows}, terms, now)
    still: dict[Place, Open] = {}
    ids: dict[Place, int] = {}
    for row in rows:
        place = row[1], row[2]
        ids[place] = row[0]
        still[place] = _open(row, rules_of[row[3]], runs.get(row[0], ()), since.get(row[0]) or Since())
    pasts: dict[int, list[Past]] = defaultdict(list)
    for customer_id, *rest in ended:
        pasts[customer_id].append(_past(*rest))
    world = World(
        open=still,
        pasts={customer_id: tuple(known) for customer_id, known in pasts.items()},
        wait=terms.wait,
        review_within=terms.review_within,
        call_within=terms.call_within,
        offers_spent=terms.spent,
    )
    return Loaded(world, ids)


def note_given_up(customer_ids: Sequence[int]) -> int:
    """Steps whose message or call somebody gave up count as taken back. One statement. Returns how many."""
    with connection.cursor() as cursor:
        cursor.execute(
            _GIVEN_UP,
            {
                "ids": id_array(customer_ids),
                "drafted": StepOutcome.DRAFTED.value,
                "called": StepOutcome.CALLED.value,
                "withdrawn": StepOutcome.WITHDRAWN.value,
                "given_up": [one.value for one in GIVEN_UP],
                "called_off": CallStatus.CALLED_OFF.value,
            },
        )
        return int(cursor.rowcount)


def worth_from(stored: Mapping[str, Any]) -> Worth | None:
    """A stored worth as the rules know it; None where nothing was stored."""
    if not stored:
        return None
    return Worth(
        risk=Decimal(stored["risk"]),
        value=Decimal(stored["value"]),
        uplift=Decimal(stored["uplift"]),
        known=bool(stored["known"]),
        expected=Decimal(stored["expected"]),
    )


def _open(row: tuple[Any, ...], rules: Rules, runs: tuple[Run, ...], since: Since) -> Open:
    pk, customer_id, _, _, status, arm, fitted_at, started_at, expires_at, look_at, waits_for, worth = row
    return Open(
        rules=rules,
        waits_for=waits_for,
        worth=worth_from(json.loads(worth)) if status == EnrolmentStatus.WAITING else None,
        look_at=look_at,
        state=UnderWay(
            id=pk,
            customer_id=customer_id,
            status=EnrolmentStatus(status),
            arm=Arm(arm) if arm else None,
            fitted_at=fitted_at,
            started_at=started_at,
            expires_at=expires_at,
            runs=runs,
            goal_at=since.goal_at,
            active_at=since.active_at,
        ),
    )


def _past(playbook_id: int, began: bool, arm: str, priority: int, ended_at: datetime, end: str) -> Past:
    return Past(
        playbook_id=playbook_id,
        status=EnrolmentStatus.ENDED,
        began=began,
        arm=arm,
        priority=priority,
        ended_at=ended_at,
        end=EnrolmentEnd(end),
    )


def _rules_of(version_ids: set[int], terms: Terms, now: datetime) -> dict[int, Rules]:
    known = {rules.version_id: rules for rules in terms.versions}
    missing = version_ids - known.keys()
    return known | (of_versions(sorted(missing), now) if missing else {})


def _runs_of(enrolment_ids: Iterable[int]) -> dict[int, tuple[Run, ...]]:
    ids = list(enrolment_ids)
    if not ids:
        return {}
    given: dict[str, Any] = {
        "ids": id_array(ids),
        "answers": [one.value for one in ANSWERS],
        "machines": [one.value for one in BY_MACHINES],
        "spoken": [one.value for one in SPOKEN],
    }
    found: dict[int, list[Run]] = defaultdict(list)
    with connection.cursor() as cursor:
        cursor.execute(_RUNS, given)
        for enrolment_id, step_id, position, outcome, at, channel, draft, call, opened in cursor.fetchall():
            run = Run(
                step_id=step_id,
                position=position,
                outcome=StepOutcome(outcome),
                at=at,
                channel=channel,
                opened=opened,
                waits=draft in WAITS or call == CallStatus.WAITING,
            )
            if draft in GIVEN_UP or call == CallStatus.CALLED_OFF:
                run = replace(run, outcome=StepOutcome.WITHDRAWN if run.outcome in DONE else run.outcome, waits=False)
            found[enrolment_id].append(run)
    return {key: tuple(runs) for key, runs in found.items()}


def _spent_on_offers(now: datetime) -> dict[int, Decimal]:
    """What the offers of this month cost, by playbook: those that are out or on their way."""
    month = now.astimezone(UTC).replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    done = StepRun.objects.filter(step__incentive__gt=0, at__gte=month, outcome__in=list(DONE))
    return dict(done.order_by().values_list("enrolment__playbook_id").annotate(spent=Sum("step__incentive")))


_OPEN = """
SELECT id, customer_id, playbook_id, version_id, status, arm, fitted_at, started_at, expires_at, look_at, waits_for,
       worth::text
  FROM retention_enrolment WHERE customer_id = ANY(%(ids)s::bigint[]) AND status <> 'ended' ORDER BY id
"""
_PASTS = """
SELECT e.customer_id, e.playbook_id, e.started_at IS NOT NULL, e.arm, v.priority, e.ended_at, e."end"
  FROM retention_enrolment e JOIN retention_playbookversion v ON v.id = e.version_id
 WHERE e.customer_id = ANY(%(ids)s::bigint[]) AND e.status = 'ended' ORDER BY e.id
"""
_RUNS = """
SELECT r.enrolment_id, r.step_id, s.position, r.outcome, coalesce(d.sent_at, d.claimed_at, c.done_at, r.at), r.channel,
       d.status, c.status,
       EXISTS (SELECT FROM outreach_deliveryevent e
                WHERE e.draft_id = r.draft_id AND NOT e.machine AND e.kind = ANY(%(answers)s))
       OR EXISTS (SELECT FROM outreach_reply p WHERE p.draft_id = r.draft_id AND p.label <> ALL(%(machines)s))
       OR coalesce(c.outcome = ANY(%(spoken)s), false)
  FROM retention_steprun r
  JOIN retention_playbookstep s ON s.id = r.step_id
  LEFT JOIN outreach_draft d ON d.id = r.draft_id
  LEFT JOIN outreach_call c ON c.id = r.call_id
 WHERE r.enrolment_id = ANY(%(ids)s::bigint[])
 ORDER BY r.enrolment_id, s.position
"""
_GIVEN_UP = """
UPDATE retention_steprun r SET outcome = %(withdrawn)s, why = left(found.why, 300)
  FROM (SELECT r.id, coalesce(d.status_reason, c.status_reason) AS why
          FROM retention_enrolment e
          JOIN retention_steprun r ON r.enrolment_id = e.id AND r.outcome IN (%(drafted)s, %(called)s)
          LEFT JOIN outreach_draft d ON d.id = r.draft_id
          LEFT JOIN outreach_call c ON c.id = r.call_id
         WHERE e.customer_id = ANY(%(ids)s::bigint[]) AND e.status <> 'ended'
           AND (d.status = ANY(%(given_up)s) OR c.status = %(called_off)s)) found
 WHERE r.id = found.id
"""
