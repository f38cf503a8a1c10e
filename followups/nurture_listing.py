"""Who is in nurture, and how far the slow rhythm is with each."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q, QuerySet

from followups import services
from followups.evidence import Gathered, Shelf, gather_batch
from followups.models import Lead
from followups.rules import NurtureState, nurture_state, say_moment
from followups.services.choosing import Cadences
from followups.states import Disposition, EngagementKind
from staff.models import User

PAGE = 25


@dataclass(frozen=True, slots=True)
class Nurtured:
    """One lead in nurture. ``reacted`` says what they did last since our last message, empty where they did nothing."""

    lead: Lead
    state: NurtureState
    waiting: bool
    reacted: str


@dataclass(frozen=True, slots=True)
class Page:
    rows: list[Nurtured]
    following: str


def in_nurture(user: User) -> QuerySet[Lead]:
    """The leads in nurture that this person may see."""
    return Lead.objects.visible_to(user).filter(disposition=Disposition.NURTURE)


def page(leads: QuerySet[Lead], after: str, now: datetime, size: int = PAGE) -> Page:
    """Those in nurture after a place, who came first first; a fixed number of queries for a page."""
    place = _place(after)
    if place is not None:
        at, pk = place
        leads = leads.filter(Q(disposition_at__gt=at) | Q(disposition_at=at, pk__gt=pk))
    found = list(
        leads.select_related("contact__account", "account", "owner__team", "disposition_by").order_by(
            "disposition_at", "pk"
        )[: size + 1]
    )
    shown = found[:size]
    gathered = {one.facts.id: one for one in gather_batch([lead.pk for lead in shown], now, Shelf(now))}
    known = Cadences(services.published_version(), services.segmented_versions())
    chosen = {pk: known.version_for(one) for pk, one in gathered.items()}
    known.read(chosen.values())
    rows = [_row(lead, gathered[lead.pk], known, chosen[lead.pk], now) for lead in shown if lead.pk in gathered]
    last = shown[-1] if len(found) > size else None
    if last is None or last.disposition_at is None:
        return Page(rows, "")
    return Page(rows, f"{last.disposition_at.isoformat()}_{last.pk}")


def _row(lead: Lead, one: Gathered, known: Cadences, version_id: int, now: datetime) -> Nurtured:
    state = nurture_state(one.evidence, known.of(version_id).rules, now)
    since = [event for event in one.evidence.engagements if state.last_at is None or event.at > state.last_at]
    latest = max(since, key=lambda event: (event.at, event.id), default=None)
    reacted = ""
    if latest is not None:
        what = EngagementKind(latest.what).label if latest.what in EngagementKind.values else latest.what
        reacted = f"They {what} on {say_moment(latest.at)}"
    waiting = any(attempt.kind == "nurture" and attempt.status == "awaiting_review" for attempt in one.facts.attempts)
    return Nurtured(lead, state, waiting, reacted)


def _place(text: str) -> tuple[datetime, int] | None:
    at, _, pk = text.partition("_")
    try:
        place = datetime.fromisoformat(at), int(pk)
    except ValueError:
        return None
    return place if place[0].tzinfo is not None and 0 <= place[1] < 2**63 else None
