"""The list of leads: whose, in which order, page by page, with what was decided last."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from django.db.models import DecimalField, Exists, OuterRef, Q, QuerySet, Subquery, Value
from django.db.models.functions import Coalesce

from followups.models import Decision, Lead, Sequence
from followups.states import DecisionKind, DecisionReason, ReasonKind, SequenceStatus
from staff.models import User

TABS = {"mine": "Mine", "team": "Team", "unassigned": "Unassigned", "all": "All"}
PAGE = 50

#: How each decision looks in the list.
BADGES: dict[str, str] = {
    DecisionKind.CONTINUE: "badge-next",
    DecisionKind.CHANGE_ANGLE: "badge-next",
    DecisionKind.CLOSE_OUT: "badge-next",
    DecisionKind.WAIT: "badge-wait",
    DecisionKind.STAND_DOWN: "badge-ok",
    DecisionKind.INTAKE: "badge-warn",
    DecisionKind.STOP: "badge-stop",
    DecisionKind.NURTURE: "badge-quiet",
    DecisionKind.RECYCLE: "badge-quiet",
}
#: Decisions that a message follows from.
BEGINS = frozenset({DecisionKind.CONTINUE.value, DecisionKind.CHANGE_ANGLE.value, DecisionKind.CLOSE_OUT.value})
REASONS: dict[str, str] = dict([*ReasonKind.choices, *DecisionReason.choices])


def whose(user: User, tab: str) -> QuerySet[Any]:
    """The leads of one tab, never more than this person may see, each with the id of its latest decision.

    `worth` is the value to sort by; a lead without one comes last.
    """
    leads = Lead.objects.visible_to(user)
    if tab == "mine":
        leads = leads.filter(owner=user)
    elif tab == "unassigned":
        leads = leads.filter(owner=None)
    elif tab == "team":
        team = Q(owner__team__manager=user)
        if user.team_id is not None:
            team |= Q(owner__team=user.team_id)
        leads = leads.filter(team)
    latest = Decision.objects.filter(lead=OuterRef("pk")).order_by("-id").values("pk")[:1]
    return leads.annotate(
        latest_decision=Subquery(latest),
        under_way=Exists(Sequence.objects.filter(lead=OuterRef("pk"), status=SequenceStatus.OPEN)),
        worth=Coalesce("value", Value(Decimal(-1)), output_field=DecimalField(max_digits=14, decimal_places=2)),
    )


@dataclass(frozen=True, slots=True)
class Listed:
    """One line of the list: a lead and what was decided last."""

    lead: Lead
    decision: Decision | None

    @property
    def would_begin(self) -> bool:
        """Whether a sequence follows from the decision and none is under way."""
        if self.decision is None or self.lead.disposition:
            return False
        return self.decision.decision in BEGINS and not getattr(self.lead, "under_way")  # noqa: B009

    @property
    def badge(self) -> str:
        return BADGES[self.decision.decision] if self.decision is not None else "badge-quiet"

    @property
    def ended(self) -> str:
        """How its follow-up ended, as the company calls it; empty while it is open."""
        if self.lead.outcome is not None:
            return self.lead.outcome.label
        return str(self.lead.get_disposition_display()) if self.lead.disposition else ""

    @property
    def until(self) -> date | datetime | None:
        """When a lead that is put off comes back: the day chosen, or else when the cadence says so."""
        if self.lead.recycle_on is not None or self.decision is None:
            return self.lead.recycle_on
        return self.decision.due_at if self.decision.decision == DecisionKind.RECYCLE else None

    @property
    def because(self) -> str:
        return ", ".join(REASONS.get(one, one) for one in self.decision.reasons) if self.decision is not None else ""


@dataclass(frozen=True, slots=True)
class Page:
    """Some leads, the most valuable first, and the place after which the next page begins (empty: none)."""

    rows: list[Listed]
    following: str


def page(leads: QuerySet[Any], after: str, size: int = PAGE) -> Page:
    """The leads after a place, by keyset: as quick on the thousandth page as on the first. No place is the start."""
    place = _place(after)
    if place is not None:
        worth, pk = place
        leads = leads.filter(Q(worth__lt=worth) | Q(worth=worth, pk__gt=pk))
    found = list(leads.select_related("contact", "account", "owner", "outcome").order_by("-worth", "pk")[: size + 1])
    latest: dict[int, int | None] = {lead.pk: getattr(lead, "latest_decision") for lead in found[:size]}  # noqa: B009
    decisions = Decision.objects.defer("evidence").in_bulk([pk for pk in latest.values() if pk is not None])
    rows = [Listed(lead, decisions.get(latest[lead.pk] or 0)) for lead in found[:size]]
    following = f"{_worth(found[size - 1])}_{found[size - 1].pk}" if len(found) > size else ""
    return Page(rows, following)


def _worth(lead: Lead) -> Decimal:
    return Decimal(-1) if lead.value is None else lead.value


def _place(text: str) -> tuple[Decimal, int] | None:
    worth, _, pk = text.partition("_")
    try:
        place = Decimal(worth), int(pk)
    except (InvalidOperation, ValueError):
        return None
    return place if place[0].is_finite() and 0 <= place[1] < 2**63 and abs(place[0]) < 10**14 else None
