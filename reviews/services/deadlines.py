"""Whoever lets something lie is warned before its deadline; once it has passed, their manager is told."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from django.db import connection, transaction
from django.urls import reverse

from reviews.rules import deadlines as rules
from reviews.rules.deadlines import Limits
from reviews.services.hand_overs import who_is_away
from reviews.states import EscalationStep
from staff.calendars import calendars
from staff.models import Team, User
from staff.rules.hours import Calendar
from staff.services import Told, notify_each
from staff.states import NotificationKind

#: So many rows are dealt with in one transaction.
BATCH = 1000
Kind = Literal["draft", "call", "case"]
KINDS: tuple[Kind, ...] = ("draft", "call", "case")


@dataclass(frozen=True, slots=True)
class Escalated:
    """How many rows somebody was warned of, and how many a manager was told of."""

    warned: int = 0
    escalated: int = 0


@dataclass(frozen=True, slots=True)
class _Hours:
    calendar: Calendar
    hours: Mapping[Kind, float]
    manager: int | None


@dataclass(frozen=True, slots=True)
class _Row:
    pk: int
    owner: int | None
    team: int | None
    began_at: datetime


def escalate(*, now: datetime) -> Escalated:
    """Look at everything that waits: messages, calls and intake cases.

    What passed its deadline is told to the manager and to whose it is, what is close to it to whose it is. Each row is
    told of once a step (`Escalation`), and once more when its time began anew, and each person hears of many rows in
    one notice. A batch is one transaction, so it may be interrupted anywhere, and two at a time tell nobody twice.
    """
    of_team = _hours_of_teams()
    above = _Above(now)
    late = sum(_step(kind, EscalationStep.ESCALATED, of_team, above, now) for kind in KINDS)
    warned = sum(_step(kind, EscalationStep.WARNED, of_team, above, now) for kind in KINDS)
    return Escalated(warned, late)


def _hours_of_teams() -> dict[int | None, _Hours]:
    of_team = calendars()
    usual: dict[Kind, float] = {"draft": rules.REVIEW_HOURS, "case": rules.INTAKE_HOURS}
    found: dict[int | None, _Hours] = {None: _Hours(of_team[None], usual, None)}
    for team in Team.objects.filter(pk__in=[pk for pk in of_team if pk is not None]):
        hours: dict[Kind, float] = {"draft": team.review_hours, "case": team.intake_hours}
        found[team.pk] = _Hours(of_team[team.pk], hours, team.manager_id)
    return found


class _Above:
    """Who is told when something was not done in time."""

    def __init__(self, now: datetime) -> None:
        self.away = frozenset(who_is_away(now))
        self.active = frozenset(User.objects.filter(is_active=True).values_list("pk", flat=True))
        everybody = User.objects.with_perm(
            "reviews.review_every_team", include_superusers=False, backend="django.contrib.auth.backends.ModelBackend"
        )
        self.of_every_team = frozenset(everybody.values_list("pk", flat=True)) - self.away

    def of(self, owner: int | None, manager: int | None) -> frozenset[int]:
        """The team's manager, if that is somebody else who is there; otherwise whoever reviews every team."""
        if manager is not None and manager != owner and manager in self.active and manager not in self.away:
            return frozenset({manager})
        return self.of_every_team - {owner}


def _step(kind: Kind, step: EscalationStep, of_team: Mapping[int | None, _Hours], above: _Above, now: datetime) -> int:
    limits = _limits(kind, of_team, now)
    told, after = 0, 0
    while True:
        with transaction.atomic():
            rows = _found(kind, step, limits, after)
            if rows:
                after = rows[-1].pk
                told += _tell(kind, step, rows, of_team, above, now)
        if len(rows) < BATCH:
            return told


def _limits(kind: Kind, of_team: Mapping[int | None, _Hours], now: datetime) -> dict[int | None, Limits]:
    return {
        team: rules.call_limits(now=now, calendar=one.calendar)
        if kind == "call"
        else rules.limits(now=now, hours=one.hours[kind], calendar=one.calendar)
        for team, one in of_team.items()
    }


def _found(kind: Kind, step: EscalationStep, limits: Mapping[int | None, Limits], after: int) -> list[_Row]:
    """A batch of what reached this step and was not told of yet."""
    late = step == EscalationStep.ESCALATED
    with connection.cursor() as cursor:
        cursor.execute(
            _FOUND.format(
                kind=kind,
                waiting=WAITING[kind],
                steps="'escalated'" if late else "'warned', 'escalated'",
                told_for=_TOLD_FOR[kind],
            ),
            {
                "teams": [team or 0 for team in limits],
                "until": [one.breach if late else one.warn for one in limits.values()],
                "after": after,
                "most": BATCH,
            },
        )
        return [_Row(*row) for row in cursor.fetchall()]


def _tell(
    kind: Kind,
    step: EscalationStep,
    rows: Sequence[_Row],
    of_team: Mapping[int | None, _Hours],
    above: _Above,
    now: datetime,
) -> int:
    late = step == EscalationStep.ESCALATED
    by_pk = {row.pk: row for row in rows}
    hours = {row.pk: of_team.get(row.team, of_team[None]) for row in rows}
    managers = {row.pk: above.of(row.owner, hours[row.pk].manager) if late else frozenset() for row in rows}
    with connection.cursor() as cursor:
        cursor.execute(
            _KEEP.format(kind=kind, told_for=_TOLD_FOR[kind]),
            {
                "rows": [row.pk for row in rows],
                "begun": [row.began_at for row in rows],
                "deadlines": [
                    row.began_at
                    if kind == "call"
                    else rules.deadline(
                        began_at=row.began_at, hours=hours[row.pk].hours[kind], calendar=hours[row.pk].calendar
                    )
                    for row in rows
                ],
                "told": [_only(managers[row.pk]) if late else row.owner for row in rows],
                "step": step.value,
                "now": now,
            },
        )
        # Whatever another sweep told of a moment ago does not come back from the statement.
        kept = [pk for (pk,) in cursor.fetchall()]
    notices: defaultdict[tuple[int, bool], list[int]] = defaultdict(list)
    for pk in kept:
        owner = by_pk[pk].owner
        if owner is not None:
            notices[owner, True].append(pk)
        for manager in managers[pk]:
            notices[manager, False].append(pk)
    # What does not fit into one batch is told of by the first: nobody reads a notice for each thousand.
    more = len(rows) == BATCH
    notify_each(
        told=[
            Told(
                user,
                NotificationKind.BREACHED if late else NotificationKind.WARNED,
                f"{step.value}:{kind}:{'own' if own else 'team'}:{now.isoformat()}",
                rules.late_title(kind, len(pks), own=own, more=more)
                if late
                else rules.warned_title(kind, len(pks), more=more),
                _where(kind, pks, own=own, more=more),
            )
            for (user, own), pks in notices.items()
        ],
        now=now,
    )
    return len(kept)


def _only(people: frozenset[int]) -> int | None:
    return next(iter(people)) if len(people) == 1 else None


def _where(kind: Kind, pks: Sequence[int], *, own: bool, more: bool) -> str:
    """The one item, or the list that all of them are in."""
    if kind == "case":
        return reverse("followups:intake")
    if len(pks) == 1 and not more:
        return reverse("reviews:item" if kind == "draft" else "reviews:call", args=[pks[0]])
    if kind == "call":
        return reverse("reviews:calls")
    return f"{reverse('reviews:queue')}?whose={'mine' if own else 'team'}"


def late_of(*, user_ids: Iterable[int], now: datetime) -> Counter[int]:
    """How many things of each person wait past their deadline, as it was told.

    What was put off since then has a later deadline, and is not late before that one has passed too.
    """
    users, of_team = list(user_ids), _hours_of_teams()
    counts: Counter[int] = Counter()
    with connection.cursor() as cursor:
        for kind in KINDS:
            limits = _limits(kind, of_team, now)
            cursor.execute(
                f"""
                SELECT waiting.owner_id, count(*) FROM ({WAITING[kind]}) AS waiting
                  JOIN staff_user person ON person.id = waiting.owner_id
                  JOIN unnest(%(teams)s::bigint[], %(until)s::timestamptz[]) AS l(team, until)
                    ON l.team = coalesce(person.team_id, 0)
                  JOIN reviews_escalation e ON e.{kind}_id = waiting.id AND e.step = 'escalated'
                 WHERE waiting.owner_id = ANY(%(users)s) AND waiting.began_at <= l.until GROUP BY 1
                """,  # noqa: S608  parts of our own
                {
                    "users": users,
                    "teams": [team or 0 for team in limits],
                    "until": [one.breach for one in limits.values()],
                },
            )
            counts.update(dict(cursor.fetchall()))
    return counts


# What waits, whose it is, and since when its time runs; of a call, when it was promised by.
WAITING: dict[Kind, str] = {
    "draft": """
        SELECT id, owner_id, greatest(due_at, created_at, snoozed_until) AS began_at
          FROM outreach_draft WHERE status = 'awaiting_review'""",
    "call": "SELECT id, owner_id, latest_at AS began_at FROM outreach_call WHERE status = 'waiting'",
    "case": """
        SELECT c.id, l.owner_id, c.opened_at AS began_at
          FROM followups_intakecase c JOIN followups_lead l ON l.id = c.lead_id
         WHERE c.status = 'open' AND l.disposition = ''""",
}
# Up to which beginning somebody was told. What was put off after it, or promised for later, is watched anew; a call has
# no beginning but the moment it was promised by.
_TOLD_FOR: dict[Kind, str] = {"draft": "e.at", "call": "e.deadline", "case": "e.at"}
_FOUND = """
SELECT waiting.id, waiting.owner_id, person.team_id, waiting.began_at
  FROM ({waiting}) AS waiting
  LEFT JOIN staff_user person ON person.id = waiting.owner_id
  JOIN unnest(%(teams)s::bigint[], %(until)s::timestamptz[]) AS l(team, until) ON l.team = coalesce(person.team_id, 0)
 WHERE waiting.id > %(after)s AND waiting.began_at <= l.until
   AND NOT EXISTS (SELECT 1 FROM reviews_escalation e WHERE e.{kind}_id = waiting.id AND e.step IN ({steps})
                     AND {told_for} >= waiting.began_at)
 ORDER BY waiting.id LIMIT %(most)s
"""
# The row of what was told before its time began anew is written over; a sweep beside this one finds it written.
_KEEP = """
WITH found AS (
    SELECT * FROM unnest(%(rows)s::bigint[], %(begun)s::timestamptz[], %(deadlines)s::timestamptz[], %(told)s::bigint[])
                  AS f(row_id, began_at, deadline, told)
), earlier AS (
    SELECT e.id, found.deadline, found.told
      FROM reviews_escalation e JOIN found ON found.row_id = e.{kind}_id
     WHERE e.step = %(step)s AND {told_for} < found.began_at
     ORDER BY e.id
       FOR UPDATE OF e
), again AS (
    UPDATE reviews_escalation e SET deadline = earlier.deadline, at = %(now)s, told_id = earlier.told
      FROM earlier WHERE e.id = earlier.id
    RETURNING e.{kind}_id
), first AS (
    INSERT INTO reviews_escalation ({kind}_id, step, deadline, at, told_id)
    SELECT row_id, %(step)s, deadline, %(now)s, told FROM found
    ON CONFLICT ({kind}_id, step) DO NOTHING
    RETURNING {kind}_id
)
SELECT * FROM again UNION ALL SELECT * FROM first
"""
