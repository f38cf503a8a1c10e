"""Reads of the review queue: pages by place, never by number, so that page one thousand costs what page one does."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.models import Q, QuerySet

from outreach.models import Draft
from outreach.models.drafts import DraftQuerySet
from reviews.rules import QueuePlace
from staff.models import User

#: Whose messages the queue shows, and what the tab says.
TABS = {"mine": "Mine", "team": "Team", "unassigned": "Unassigned"}
PAGE = 40
IN_ORDER = ("rank_at", "id")
#: Counting beyond this tells nobody anything, and would read the whole table.
COUNT_LIMIT = 100


@dataclass(frozen=True, slots=True)
class QueuePage:
    """One page of the queue and the place where the next one begins, if there is one."""

    rows: list[Draft]
    next_place: QueuePlace | None


def whose(user: User, choice: str, drafts: DraftQuerySet, colleagues: Sequence[int] | None = None) -> DraftQuerySet:
    """Narrow to "mine", "team" (others in my team and in teams I manage) or "unassigned", in the order of the queue.

    ``colleagues`` are those of `colleagues_of` where they are known already; a team asks for them otherwise.
    """
    if choice == "team":
        return _of_colleagues(user, drafts, colleagues).order_by(*IN_ORDER)
    # The owner is the same for all; named first, it lets PostgreSQL read rows of nobody in the order of the index too.
    return drafts.filter(owner=user if choice == "mine" else None).order_by("owner_id", *IN_ORDER)


def _of_colleagues(user: User, drafts: DraftQuerySet, colleagues: Sequence[int] | None) -> DraftQuerySet:
    """What `DraftQuerySet.visible_to` lets somebody see of others. By their ids, so that the plan fits their number."""
    if _sees_every_team(user):
        return drafts.filter(owner__isnull=False).exclude(owner=user)
    return drafts.filter(owner__in=colleagues_of(user) if colleagues is None else colleagues)


def colleagues_of(user: User) -> list[int]:
    """Who is in one's team, and in the teams one manages. Nobody is looked up for whoever sees every team anyway."""
    if _sees_every_team(user):
        return []
    colleagues = User.objects.filter(Q(team__manager=user) | Q(team__isnull=False, team=user.team_id))
    return list(colleagues.exclude(pk=user.pk).order_by().values_list("pk", flat=True))


def _sees_every_team(user: User) -> bool:
    return user.is_superuser or user.has_perm("reviews.review_every_team")


def page(drafts: DraftQuerySet, after: QueuePlace | None, size: int | None = None) -> QueuePage:
    """The ``size`` drafts that follow a place, PAGE unless one says. ``drafts`` come from `whose`, in their order."""
    size = size or PAGE
    ordered = (
        drafts.select_related("contact", "owner")
        .only(
            "id", "review_reasons", "reason_text", "why_now", "rank_at", "due_at", "value", "currency", "account_name",
            "priority_reasons", "snoozed_until", "snooze_reason",
            "contact__name", "owner__name", "owner__username",
        )
    )  # fmt: skip
    if after is None:
        rows = list(ordered[: size + 1])
    else:
        later = Q(rank_at__gt=after.rank_at) | Q(rank_at=after.rank_at, id__gt=after.id)
        # The first condition is one range of the index; the second leaves out what stands at the same moment before.
        rows = list(ordered.filter(later, rank_at__gte=after.rank_at)[: size + 1])
    more = len(rows) > size
    rows = rows[:size]
    last = rows[-1] if rows and more else None
    return QueuePage(rows, QueuePlace(last.rank_at, last.pk) if last else None)


def waiting(now: datetime) -> DraftQuerySet:
    """What waits for a decision and is not snoozed."""
    return Draft.objects.awaiting_review().awake(now)


def arrived_since(drafts: DraftQuerySet, since: datetime, now: datetime) -> int:
    """How many of ``drafts`` came, or came back from a snooze, after a moment. Not counted beyond COUNT_LIMIT."""
    back = Q(snoozed_until__gt=since, snoozed_until__lte=now)
    return drafts.filter(Q(created_at__gt=since) | back).order_by()[:COUNT_LIMIT].count()


def tally(rows: QuerySet[Any]) -> str:
    """How many there are, as shown on a tab: a number, or "99+"."""
    return _in_words(rows[:COUNT_LIMIT].count())


def tallies(counted: Mapping[str, QuerySet[Any]]) -> dict[str, str]:
    """How many rows each has, as shown on a tab: a number, or "99+". One statement for all of them."""
    named: list[str] = []
    parts: list[str] = []
    values: list[Any] = []
    for name, rows in counted.items():
        try:
            statement, given = rows.values("pk")[:COUNT_LIMIT].query.sql_with_params()
        except EmptyResultSet:
            # Django knows that there are none, for instance where nobody else is in the team.
            continue
        named.append(name)
        parts.append(f"(SELECT count(*) FROM ({statement}) AS counted)")  # noqa: S608  what Django wrote
        values += given
    found: dict[str, int] = {}
    if parts:
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT {', '.join(parts)}", values)
            found = dict(zip(named, cursor.fetchone() or (), strict=True))
    return {name: _in_words(found.get(name, 0)) for name in counted}


def _in_words(found: int) -> str:
    return str(found) if found < COUNT_LIMIT else f"{COUNT_LIMIT - 1}+"


def next_after(drafts: DraftQuerySet, place: QueuePlace) -> Draft | None:
    """The draft to show after the one at ``place``: the next in order, else the first there is."""
    following = page(drafts, place, 1).rows or page(drafts, None, 1).rows
    return following[0] if following else None
