"""Who is to be called next, and what the page of one call shows."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import Count, Q

from contacts.models import Address, Touch
from contacts.states import AddressKind, Channel, Direction, TouchKind
from outreach.models import Call
from outreach.models.calls import CallQuerySet
from outreach.permission import NO_ANSWER, facts_for
from outreach.rules import Refusal, SendFacts, ZoneSource, may_send
from outreach.rules.call_times import ANSWERED, IN_VAIN, WROTE, Best, Heard, Offer, best_time, call_back_offers
from outreach.rules.calling import as_call, outlook
from outreach.rules.sending.words import city
from outreach.services.call_outcomes import kept_as
from outreach.states import CallOutcome, CallStatus
from staff.models import User

PER_PAGE = 25
EARLIER_SHOWN = 10
#: What shows when they answer: so many touches of the last year.
MOST_HEARD = 100
HEARD_FOR = timedelta(days=365)
#: So many calls are looked at for one that may be made now.
MOST_LOOKED_AT = 200
#: Whose calls: key in the address and word.
WHOSE = {"mine": "Mine", "team": "My team's", "free": "Unassigned"}
#: Which calls: those that can be made now, those that come later, those that are over.
WHEN = {"due": "To be made now", "later": "Later", "over": "Made or called off"}

#: What the outcome of a call says about the time of day. Whoever has a wrong number says nothing about them.
_SHOWS: dict[CallOutcome | None, int] = {
    CallOutcome.REACHED: ANSWERED,
    CallOutcome.CALL_BACK: ANSWERED,
    CallOutcome.DO_NOT_CALL: ANSWERED,
    CallOutcome.VOICEMAIL: IN_VAIN,
}

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
    """What whoever calls has before them. ``number`` is empty while they may not be called.

    ``zone`` is UTC where theirs is not known. ``outlook`` says for each outcome what it leads to, ``offers`` are
    moments to call back at, ``best`` is when they most likely answer (None: not known where they live).
    """

    call: Call
    refusal: Refusal | None
    number: str
    there: str
    place: str
    zone: str
    points: list[dict[str, Any]]
    earlier: list[Touch]
    overdue: bool
    outlook: dict[str, str]
    offers: list[Offer]
    best: Best | None


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


def next_best(user: User, now: datetime, *, behind: Call | None = None) -> Iterator[Call]:
    """The calls that this person may make now, the most important first: their own, then those of nobody.

    Behind a call: those that come after it, then all others from the beginning, never the call itself. At most
    `MOST_LOOKED_AT` of each part are looked at, a page at a time.
    """
    waiting = Call.objects.visible_to(user).waiting().filter(due_at__lte=now)
    parts = [waiting.filter(owner=user), waiting.filter(owner__isnull=True)]
    if behind is not None:
        later = Q(rank_at__gt=behind.rank_at) | Q(rank_at=behind.rank_at, pk__gt=behind.pk)
        here = 0 if behind.owner_id == user.pk else 1
        begun = parts[here].exclude(pk=behind.pk)
        parts = [begun.filter(later), *parts[here + 1 :], *parts[:here], begun.exclude(later)]
    for part in parts:
        rows = list(part.order_by("rank_at", "pk")[:MOST_LOOKED_AT])
        for start in range(0, len(rows), PER_PAGE):
            some = rows[start : start + PER_PAGE]
            facts = _facts(some, now)
            yield from (row for row in some if may_send(facts[row.contact_id, row.flow]).refusal is None)


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
    zone, where, hours = zone_of(facts), facts.whereabouts, facts.hours
    return Sheet(
        call=call,
        refusal=refusal if call.status == CallStatus.WAITING else None,
        number=number,
        there=there,
        place=place,
        zone=zone or "UTC",
        points=[{**point, "at": _moment(point.get("at", ""))} for point in call.points],
        earlier=list(earlier[:EARLIER_SHOWN]),
        overdue=call.status == CallStatus.WAITING and call.latest_at < now,
        outlook=outlook(tries=call.tries, now=now, zone=zone, place=where, hours=hours),
        offers=call_back_offers(now, zone=zone or "UTC", place=where, hours=hours),
        best=best_time(now, zone=zone, place=where, hours=hours, heard=_heard(call, now)),
    )


def zone_of(facts: SendFacts) -> str:
    """Their time zone where there is just one that it can be."""
    place = facts.whereabouts
    return place.zones[0] if len(place.zones) == 1 and place.source != ZoneSource.UNKNOWN else ""


def local_time(facts: SendFacts, now: datetime) -> tuple[str, str]:
    """What their clock shows, and where that is; both empty where it is not known."""
    zone = zone_of(facts)
    return (f"{now.astimezone(ZoneInfo(zone)):%H:%M}", city(zone)) if zone else ("", "")


def _heard(call: Call, now: datetime) -> list[Heard]:
    """When they answered and when they did not: calls of ours by their outcome, and everything that came from them."""
    touches = Touch.objects.filter(contact_id=call.contact_id, at__gt=now - HEARD_FOR, at__lte=now).filter(
        Q(direction=Direction.IN) | Q(kind=TouchKind.CALL)
    )
    found = []
    rows = touches.exclude(kind__in=NO_ANSWER).order_by("-at").values_list("at", "direction", "kind", "summary")
    for at, direction, kind, summary in rows[:MOST_HEARD]:
        if kind != TouchKind.CALL:
            found.append(Heard(at, WROTE))
        elif direction == Direction.IN:
            found.append(Heard(at, ANSWERED))
        elif (outcome := kept_as(summary)) in _SHOWS:
            found.append(Heard(at, _SHOWS[outcome]))
    return found


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
