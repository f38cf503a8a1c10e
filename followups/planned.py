"""What is planned, as it is listed: with a lead, and for a person, what is overdue first."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from django.db.models import DateTimeField, Exists, F, OuterRef, Q, QuerySet, Value
from django.db.models.functions import Coalesce

from followups.models import Lead, PlannedTouch
from staff.models import User

PAGE = 50
#: Where a task without a day stands: after everything that has one.
_SOME_DAY = datetime(9999, 1, 1, tzinfo=UTC)


def planned_for(lead: Lead) -> QuerySet[PlannedTouch]:
    """What is open with this lead, or with its contact as a whole, the next first."""
    plans = PlannedTouch.objects.open().filter(Q(lead=lead) | Q(lead=None), contact=lead.contact_id)
    return plans.select_related("for_whom").order_by(F("at").asc(nulls_last=True), "pk")


def mine(user: User) -> QuerySet[PlannedTouch]:
    """What is open for this person: given to them, or to nobody about a lead of theirs."""
    own = Lead.objects.filter(owner=user, contact=OuterRef("contact"))
    about = Exists(own.filter(pk=OuterRef("lead"))) | (Q(lead=None) & Exists(own))
    return PlannedTouch.objects.open().filter(Q(for_whom=user) | (Q(for_whom=None) & about))


def due(user: User, now: datetime) -> QuerySet[PlannedTouch]:
    """What this person has to see to now: everything of theirs whose time has come, the oldest first."""
    return mine(user).filter(at__lte=now).select_related("contact", "lead").order_by("at", "pk")


@dataclass(frozen=True, slots=True)
class Page:
    """Some plans and the place after which the next page begins (empty: none)."""

    rows: Sequence[PlannedTouch]
    following: str


def page(plans: QuerySet[PlannedTouch], after: str, size: int = PAGE) -> Page:
    """The plans after a place, by keyset: what is longest overdue first, tasks without a day last."""
    ordered = plans.annotate(place=Coalesce("at", Value(_SOME_DAY), output_field=DateTimeField()))
    place = _place(after)
    if place is not None:
        at, pk = place
        ordered = ordered.filter(Q(place__gt=at) | Q(place=at, pk__gt=pk))
    rows = list(ordered.select_related("contact__account", "lead", "for_whom").order_by("place", "pk")[: size + 1])
    last = rows[size - 1] if len(rows) > size else None
    return Page(rows[:size], f"{(last.at or _SOME_DAY).isoformat()}_{last.pk}" if last is not None else "")


def _place(text: str) -> tuple[datetime, int] | None:
    at, _, pk = text.partition("_")
    try:
        place = datetime.fromisoformat(at), int(pk)
    except ValueError:
        return None
    return place if place[0].tzinfo is not None and 0 <= place[1] < 2**63 else None
