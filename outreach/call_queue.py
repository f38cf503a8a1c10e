"""Who is to be called next, and what the page of one call shows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import Count, Q

from contacts.models import Address, Touch
from contacts.states import AddressKind, Channel, TouchKind
from outreach.models import Call
from outreach.models.calls import CallQuerySet
from outreach.permission import facts_for
from outreach.rules import Refusal, SendFacts, ZoneSource, may_send
from outreach.rules.calling import as_call
from outreach.rules.sending.words import city
from outreach.states import CallStatus
from staff.models import User

PER_PAGE = 25
EARLIER_SHOWN = 10
#: Whose calls: key in the address and word.
WHOSE = {"mine": "Mine", "team": "My team's", "free": "Unassigned"}
#: Which calls: those that can be made now, those that come later, those that are over.
WHEN = {"due": "To be made now", "later": "Later", "over": "Made or called off"}

Place = tuple[datetime, int]


@dataclass(frozen=True, slots=True)
class Listed:
    """One line of the list. ``there`` is the time where they live, empty where that is not known."""

    call: Call
    there: str
    place: str
    refusal: Refusal | None
    overdue: bool


@dataclass(frozen=True, slots=True)
class Sheet:
    """What whoever calls has before them. ``number`` is empty while they may not be called."""

    call: Call
    refusal: Refusal | None
    number: str
    there: str
    place: str
    zone: str
    points: list[dict[str, Any]]
    earlier: list[Touch]
    overdue: bool


def whose(calls: CallQuerySet, user: User, key: str) -> CallQuerySet:
    """Those of one tab."""
    if key == "mine":
        return calls.filter(owner=user)
    if key == "free":
        return calls.filter(owner__isnull=True)
    return calls.filter(owner__isnull=False).exclude(owner=user)


def tallies(user: User, now: datetime) -> dict[str, int]:
    """How many calls are due under each tab, in one query."""
    due = Call.objects.visible_to(user).waiting().filter(due_at__lte=now)
    return due.aggregate(
        mine=Count("pk", filter=Q(owner=user)),
        free=Count("pk", filter=Q(owner__isnull=True)),
        team=Count("pk", filter=Q(owner__isnull=False) & ~Q(owner=user)),
    )


def queue(user: User, *, key: str, when: str, after: Place | None, now: datetime) -> tuple[list[Listed], bool]:
    """A page of calls, the most important first, and whether more follow. The number of queries is fixed."""
    calls = whose(Call.objects.visible_to(user), user, key)
    if when == "over":
        calls = calls.exclude(status=CallStatus.WAITING)
    else:
        calls = calls.waiting().filter(**{"due_at__lte" if when == "due" else "due_at__gt": now})
    if after is not None:
        rank_at, pk = after
        calls = calls.filter(Q(rank_at__gt=rank_at) | Q(rank_at=rank_at, pk__gt=pk))
    rows = list(calls.select_related("contact__account", "owner").order_by("rank_at", "pk")[: PER_PAGE + 1])
    return listed(rows[:PER_PAGE], now), len(rows) > PER_PAGE


def listed(rows: Sequence[Call], now: datetime) -> list[Listed]:
    """Calls with where they would ring, and whether they may be made now."""
    facts = _facts(rows, now)
    return [
        Listed(
            row,
            *local_time(facts[row.contact_id, row.flow], now),
            as_call(may_send(facts[row.contact_id, row.flow]).refusal) if row.status == CallStatus.WAITING else None,
            row.status == CallStatus.WAITING and row.latest_at < now,
        )
        for row in rows
    ]


def sheet(call: Call, now: datetime) -> Sheet:
    """One call as whoever makes it sees it. The number is shown only while they may be called."""
    facts = _facts([call], now)[call.contact_id, call.flow]
    refusal = as_call(may_send(facts).refusal)
    there, place = local_time(facts, now)
    number = ""
    if refusal is None and call.status == CallStatus.WAITING:
        phones = Address.objects.filter(contact_id=call.contact_id, kind=AddressKind.PHONE, is_primary=True)
        number = phones.values_list("value", flat=True).first() or ""
    earlier = Touch.objects.filter(contact_id=call.contact_id, kind=TouchKind.CALL).order_by("-at", "-pk")
    return Sheet(
        call=call,
        refusal=refusal if call.status == CallStatus.WAITING else None,
        number=number,
        there=there,
        place=place,
        zone=zone_of(facts) or "UTC",
        points=[{**point, "at": _moment(point.get("at", ""))} for point in call.points],
        earlier=list(earlier[:EARLIER_SHOWN]),
        overdue=call.status == CallStatus.WAITING and call.latest_at < now,
    )


def zone_of(facts: SendFacts) -> str:
    """Their time zone where there is just one that it can be."""
    place = facts.whereabouts
    return place.zones[0] if len(place.zones) == 1 and place.source != ZoneSource.UNKNOWN else ""


def local_time(facts: SendFacts, now: datetime) -> tuple[str, str]:
    """What their clock shows, and where that is; both empty where it is not known."""
    zone = zone_of(facts)
    return (f"{now.astimezone(ZoneInfo(zone)):%H:%M}", city(zone)) if zone else ("", "")


def _facts(rows: Sequence[Call], now: datetime) -> dict[tuple[int, str], SendFacts]:
    found = {}
    for flow in sorted({row.flow for row in rows}):
        asked = {row.contact_id for row in rows if row.flow == flow}
        for contact, facts in facts_for(contact_ids=asked, channel=Channel.CALL, flow=flow, now=now).items():
            found[contact, flow] = facts
    return found


def _moment(text: str) -> datetime | str:
    """When something happened, where the point says so in a way we can read."""
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        return text
    return found if found.tzinfo is not None else found.replace(tzinfo=UTC)
