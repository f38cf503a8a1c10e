"""Work of people who are away goes to whoever stands in, and what nobody took up comes back (mission.md 6.5)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.db import connection, transaction
from django.db.models import Count
from django.urls import reverse

from contacts.permission import id_array
from outreach.models import Call, Draft
from outreach.services.owning import Move, Owned, change_owners
from outreach.states import CallStatus, DraftStatus
from reviews.models import HandOver
from reviews.rules.standing_in import Team as Standing
from reviews.rules.standing_in import share_out, who_stands_in
from staff.calendars import calendars
from staff.models import Absence, Team, User
from staff.services import Told, notify_each, record
from staff.services.claims import LEASE
from staff.states import HandOverRule, NotificationKind

#: So many rows change hands in one transaction.
BATCH = 1000
MAY = {"draft": "reviews.review_drafts", "call": "outreach.make_calls"}
_KINDS: tuple[Owned, ...] = ("draft", "call")


@dataclass(frozen=True, slots=True)
class HandedOver:
    """How many messages and calls went to somebody else, and how many went back."""

    given: int = 0
    back: int = 0


@dataclass(frozen=True, slots=True)
class _Away:
    user: int
    name: str
    absence: int
    substitute: int | None
    last_on: date
    team: int | None


def hand_over(*, now: datetime) -> HandedOver:
    """One look at who is away today, by the clock of their team, and at who is back.

    What waits of somebody away goes to their substitute or as their team says; what was handed over and not touched
    goes back once they work again. Each batch is one transaction, so it may be interrupted anywhere: the next look
    goes on. What somebody has open at that moment stays until then.
    """
    away = who_is_away(now)
    back = sum(_give_back(kind, away, now) for kind in _KINDS)
    given = sum(_give(kind, away, now) for kind in _KINDS) if away else 0
    return HandedOver(given, back)


def who_is_away(now: datetime) -> dict[int, _Away]:
    """Everybody who does not work today, as it is today where their team is. Three queries."""
    of_team = calendars()
    day = timedelta(days=1)
    near = Absence.objects.filter(first_on__lte=now.date() + day, last_on__gte=now.date() - day)
    found: dict[int, _Away] = {}
    for one in near.select_related("user").order_by("id"):
        today = of_team.get(one.user.team_id, of_team[None]).day_of(now)
        if one.first_on <= today <= one.last_on:
            found[one.user_id] = _Away(
                one.user_id, str(one.user), one.pk, one.substitute_id, one.last_on, one.user.team_id
            )
    return found


# --- to whoever stands in


def _give(kind: Owned, away: Mapping[int, _Away], now: datetime) -> int:
    people = _stand_ins(kind, away)
    loads = _loads(kind, {one for several in people.values() for one in several})
    given, after = 0, 0
    while people:
        with transaction.atomic():
            rows = _waiting(kind, people, after, now)
            if rows:
                after = rows[-1][0]
                given += _give_batch(kind, rows, people, loads, away, now)
        if len(rows) < BATCH:
            break
    return given


def _stand_ins(kind: Owned, away: Mapping[int, _Away]) -> dict[int, tuple[int, ...]]:
    """For everybody away who can be stood in for: by whom."""
    able = User.objects.with_perm(MAY[kind], backend="django.contrib.auth.backends.ModelBackend")
    there = {pk: team for pk, team in able.values_list("pk", "team_id") if pk not in away}
    teams = {
        team.pk: Standing(
            HandOverRule(team.hand_over), team.manager_id, [pk for pk, theirs in there.items() if theirs == team.pk]
        )
        for team in Team.objects.filter(pk__in={one.team for one in away.values() if one.team is not None})
    }
    found = {
        one.user: who_stands_in(
            away=one.user,
            substitute=one.substitute,
            team=teams.get(one.team) if one.team is not None else None,
            there=there.keys(),
        )
        for one in away.values()
    }
    return {user: people for user, people in found.items() if people}


def _loads(kind: Owned, people: Collection[int]) -> Counter[int]:
    rows: Any = (
        Draft.objects.filter(status=DraftStatus.AWAITING_REVIEW)
        if kind == "draft"
        else Call.objects.filter(status=CallStatus.WAITING)
    )
    counted = rows.filter(owner__in=people).order_by().values_list("owner").annotate(count=Count("pk"))
    return Counter(dict(counted))


def _waiting(kind: Owned, of_users: Iterable[int], after: int, now: datetime) -> list[tuple[int, int]]:
    """Ids and owners of a batch of what waits for these people and nobody has open."""
    with connection.cursor() as cursor:
        cursor.execute(
            _WAITING[kind],
            {"users": id_array(of_users), "after": after, "now": now, "seen": now - LEASE, "most": BATCH},
        )
        return [(pk, owner) for pk, owner in cursor.fetchall()]


def _give_batch(
    kind: Owned,
    rows: list[tuple[int, int]],
    people: Mapping[int, tuple[int, ...]],
    loads: Counter[int],
    away: Mapping[int, _Away],
    now: datetime,
) -> int:
    to = share_out(rows=[(pk, people[owner]) for pk, owner in rows], loads=loads)
    moves = [Move(pk, owner, to[pk]) for pk, owner in rows]
    moved = change_owners(kind=kind, moves=moves)
    done = [one for one in moves if one.row_id in moved]
    loads.update(one.to_user for one in done)
    with connection.cursor() as cursor:
        cursor.execute(
            _KEEP[kind],
            {
                "rows": [one.row_id for one in done],
                "of": [one.of_user for one in done],
                "to": [one.to_user for one in done],
                "absences": [away[one.of_user].absence for one in done],
                "now": now,
            },
        )
    notify_each(
        told=[
            Told(
                to_user,
                NotificationKind.HANDED_OVER,
                f"handed_over:{away[of_user].absence}",
                f"You stand in for {away[of_user].name} until {away[of_user].last_on:%-d %B}. Their work is with you.",
                reverse("reviews:queue" if kind == "draft" else "reviews:calls"),
            )
            for of_user, to_user in sorted({(one.of_user, one.to_user) for one in done})
        ],
        now=now,
    )
    _record("reviews.hand_over", kind, done)
    return len(done)


# --- and back


def _give_back(kind: Owned, away: Mapping[int, _Away], now: datetime) -> int:
    back, after = 0, 0
    while True:
        with transaction.atomic(), connection.cursor() as cursor:
            given: dict[str, Any] = {
                "away": id_array(away),
                "after": after,
                "now": now,
                "seen": now - LEASE,
                "most": BATCH,
            }
            cursor.execute(_TO_END[kind], given)
            rows = cursor.fetchall()
            if rows:
                after = rows[-1][0]
                back += _end_batch(kind, rows, now)
        if len(rows) < BATCH:
            return back


def _end_batch(kind: Owned, rows: list[tuple[int, int, int, int, bool, bool]], now: datetime) -> int:
    """``rows``: hand-over, row, of whom, with whom, whether it is over anyway, whether somebody has it open."""
    untouched = {row: (pk, Move(row, to, of)) for pk, row, of, to, over, open_now in rows if not over and not open_now}
    moved = change_owners(kind=kind, moves=[move for _pk, move in untouched.values()])
    went_back = [pk for row, (pk, _move) in untouched.items() if row in moved]
    done = [move for row, (_pk, move) in untouched.items() if row in moved]
    kept = [pk for pk, _row, _of, _to, over, _open in rows if over]
    HandOver.objects.filter(pk__in=went_back).update(ended_at=now, went_back=True)
    HandOver.objects.filter(pk__in=kept).update(ended_at=now)
    notify_each(
        told=[
            Told(
                user,
                NotificationKind.ASSIGNED,
                f"handed_back:{now:%Y-%m-%d}",
                "Welcome back. What nobody took up while you were away is with you again.",
                reverse("reviews:queue" if kind == "draft" else "reviews:calls"),
            )
            for user in sorted({one.to_user for one in done})
        ],
        now=now,
    )
    _record("reviews.hand_back", kind, done)
    return len(done)


def _record(action: str, kind: Owned, moves: Iterable[Move]) -> None:
    for (of_user, to_user), count in sorted(Counter((one.of_user, one.to_user) for one in moves).items()):
        record(
            action=action,
            summary=f"{count} {'message' if kind == 'draft' else 'call'}{'s' if count != 1 else ''}",
            detail={"from": of_user, "to": to_user, f"{kind}s": count},
        )


_NOT_OPEN = """NOT EXISTS (SELECT 1 FROM staff_claim c
                            WHERE c.kind = '{claim}' AND c.row_id = o.id AND c.seen > %(seen)s)"""
_WAITING = {
    "draft": f"""
SELECT o.id, o.owner_id FROM outreach_draft o
 WHERE o.status = 'awaiting_review' AND o.owner_id = ANY(%(users)s::bigint[]) AND o.id > %(after)s
   AND (o.snoozed_until IS NULL OR o.snoozed_until <= %(now)s) AND {_NOT_OPEN.format(claim="message")}
 ORDER BY o.id LIMIT %(most)s
""",  # noqa: S608  parts of our own
    "call": f"""
SELECT o.id, o.owner_id FROM outreach_call o
 WHERE o.status = 'waiting' AND o.owner_id = ANY(%(users)s::bigint[]) AND o.id > %(after)s
   AND {_NOT_OPEN.format(claim="call")}
 ORDER BY o.id LIMIT %(most)s
""",  # noqa: S608  parts of our own
}
# What was with one stand-in and goes to the next keeps whose it was: it goes back to them.
_KEEP_ROWS = """
INSERT INTO reviews_handover (absence_id, {kind}_id, of_user_id, to_user_id, at, went_back)
SELECT absence, row_id, of_user, to_user, %(now)s, false
  FROM unnest(%(rows)s::bigint[], %(of)s::bigint[], %(to)s::bigint[], %(absences)s::bigint[])
       AS moved(row_id, of_user, to_user, absence)
ON CONFLICT ({kind}_id) WHERE ended_at IS NULL DO UPDATE SET to_user_id = excluded.to_user_id, at = excluded.at
"""
_KEEP = {kind: _KEEP_ROWS.format(kind=kind) for kind in _KINDS}
# Over is what was decided, went on to somebody else, or was taken up by whoever stood in: changed, noted or begun.
_ENDS = """
SELECT h.id, o.id, h.of_user_id, h.to_user_id,
       o.status <> '{waits}' OR o.owner_id IS DISTINCT FROM h.to_user_id OR NOT person.is_active
           OR EXISTS (SELECT 1 FROM staff_auditentry a
                       WHERE a.object_type = 'outreach.{kind}' AND a.object_id = o.id::text
                         AND a.actor_id = h.to_user_id AND a.at >= h.at)
           OR EXISTS (SELECT 1 FROM reviews_note n
                       WHERE n.contact_id = o.contact_id AND n.by_id = h.to_user_id AND n.at >= h.at)
           OR {begun} AS over,
       NOT {not_open} AS open_now
  FROM reviews_handover h
  JOIN outreach_{kind} o ON o.id = h.{kind}_id
  JOIN staff_user person ON person.id = h.of_user_id
 WHERE h.ended_at IS NULL AND h.of_user_id <> ALL(%(away)s::bigint[]) AND h.id > %(after)s
 ORDER BY h.id LIMIT %(most)s
   FOR UPDATE OF h SKIP LOCKED
"""
_TO_END = {
    "draft": _ENDS.format(
        kind="draft",
        waits="awaiting_review",
        begun="EXISTS (SELECT 1 FROM reviews_editdraft e WHERE e.draft_id = o.id AND e.user_id = h.to_user_id)",
        not_open=_NOT_OPEN.format(claim="message"),
    ),
    "call": _ENDS.format(kind="call", waits="waiting", begun="false", not_open=_NOT_OPEN.format(claim="call")),
}
