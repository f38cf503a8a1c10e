"""Over which days and which leads something is measured."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, LiteralString

from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.models import Q
from psycopg import sql

from followups.models import Lead
from followups.models.leads import LeadQuerySet
from staff.models import User

#: When leads were closed and when they came back: what is over from the record, what stands from the lead itself.
ENDS: LiteralString = """
ends AS NOT MATERIALIZED (
    SELECT lead_id, closed_at, back_at FROM followups_closing WHERE back_at > closed_at
     UNION ALL
    SELECT id, disposition_at, NULL FROM followups_lead WHERE disposition_at IS NOT NULL
)"""
#: Leads nobody may see: a list of none.
_NO_LEADS: LiteralString = "SELECT 0::bigint WHERE false"


@dataclass(frozen=True, slots=True)
class Period:
    """Whole days in UTC, the last one included."""

    first: date
    last: date

    @property
    def start(self) -> datetime:
        return datetime.combine(self.first, time.min, UTC)

    @property
    def end(self) -> datetime:
        """The first moment after it."""
        return datetime.combine(self.last + timedelta(days=1), time.min, UTC)

    def until(self, now: datetime) -> datetime:
        """The moment a measure looks at: the last one of the period, or now while it runs."""
        return min(self.end - timedelta(microseconds=1), now)


@dataclass(frozen=True, slots=True)
class Scope:
    """Which leads, never more than ``user`` may see; without a user all. What is empty limits nothing.

    Stage, territory, source, tags, owner and team are those the lead has now. ``cadence`` is that of the decision or
    message which is counted, so a lead that changed cadence counts for each with what happened under it.
    """

    user: User | None = None
    stage: str = ""
    territory: str = ""
    source: str = ""
    tag: str = ""
    cadence: int | None = None
    owner: int | None = None
    team: int | None = None

    def leads(self) -> LeadQuerySet:
        """The leads, whatever their cadence."""
        leads = Lead.objects.all() if self.user is None else Lead.objects.visible_to(self.user)
        wanted = Q()
        if self.stage:
            wanted &= Q(stage=self.stage)
        if self.territory:
            wanted &= Q(territory__iexact=self.territory)
        if self.source:
            wanted &= Q(source__iexact=self.source)
        if self.tag:
            wanted &= Q(tags__contains=[self.tag])
        if self.owner is not None:
            wanted &= Q(owner=self.owner)
        if self.team is not None:
            wanted &= Q(owner__team=self.team)
        return leads.filter(wanted)


def ask(
    query: LiteralString, scope: Scope, arguments: Mapping[str, Any], **parts: LiteralString
) -> list[tuple[Any, ...]]:
    """The rows of a query in which ``{chosen}`` stands for the ids of the leads in scope, and each part for itself.

    Parts may ask for the leads as well. They stay in the database: one statement, however many they are.
    """
    chosen, values = _chosen(scope)
    leads = sql.SQL(chosen)
    pieces = {name: sql.SQL(part).format(chosen=leads) for name, part in parts.items()}
    composed = sql.SQL(query).format(chosen=leads, **pieces)
    with connection.cursor() as cursor:
        cursor.execute(composed, {"cadence": scope.cadence, **arguments, **values})
        found: list[tuple[Any, ...]] = cursor.fetchall()
    return found


def _chosen(scope: Scope) -> tuple[LiteralString, dict[str, Any]]:
    """The leads as a query with named places for its values, so that it fits into another one."""
    try:
        query, values = scope.leads().order_by().values("pk").query.sql_with_params()
    except EmptyResultSet:
        return _NO_LEADS, {}
    names = [f"chosen_{place}" for place in range(len(values))]
    pieces = query.split("%s")
    text = pieces[0] + "".join(f"%({name})s{piece}" for name, piece in zip(names, pieces[1:], strict=True))
    # Django wrote this text, and every value in it has a place of its own.
    return text, dict(zip(names, values, strict=True))
