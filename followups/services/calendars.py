"""Meetings out of calendars become plans with the contacts they name; nobody is made a contact by a calendar.

An entry is found again by its id, so importing it once more changes nothing, and what moved, was cancelled or takes
place no longer changes the plan that stands. A lower sequence number than the one known is old news.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from hashlib import sha256

from django.db import transaction
from django.db.models.functions import Left

from contacts.models import Address, Contact
from contacts.states import AddressKind
from followups.models import PlannedTouch
from followups.services.calendar_files import Entry, ReadCalendar
from followups.services.plans import hold_leads, news_of, stand_down
from followups.states import PlannedKind, PlannedSource
from staff.models import User
from staff.services import record

_SERIES = 32
_FROM_CALENDARS = (PlannedSource.CALENDAR, PlannedSource.WEBHOOK)


@dataclass(slots=True)
class Imported:
    """What came of a calendar. ``refused`` are places in it with the reason.

    ``unknown`` entries name nobody who is a contact, ``over`` ones have passed and were never known; nothing is kept of
    either.
    """

    created: int = 0
    updated: int = 0
    unchanged: int = 0
    refused: list[tuple[int, str]] = field(default_factory=list)
    unknown: int = 0
    over: int = 0

    def summary(self) -> str:
        return f"created={self.created} updated={self.updated} unchanged={self.unchanged} refused={len(self.refused)}"


@dataclass(frozen=True, slots=True)
class _Wanted:
    """What one plan is to say."""

    uid: str
    contact_id: int
    entry: Entry
    for_whom_id: int | None


def import_calendar(
    *, calendar: ReadCalendar, source: str, now: datetime, by: User | None = None, dry_run: bool = False
) -> Imported:
    """Keep the meetings of a calendar that are ahead, one transaction for each that changes something.

    Whoever it names is looked for by e-mail address, and a contact that was merged stands for the one it is part of.
    For whom a plan is, is the member of staff among those named. A dry run counts and writes nothing.
    """
    done = Imported(refused=list(calendar.refused))
    people = {address for entry in calendar.entries for address in entry.people}
    contacts, staff = _contacts_of(people), _staff_of(people)
    heads = {entry.series for entry in calendar.entries} | set(calendar.series)
    known = _known(heads)
    wanted: dict[str, _Wanted] = {}
    for entry in calendar.entries:
        found = {contacts[address]: address for address in sorted(entry.people) if address in contacts}
        if not found:
            done.unknown += 1
            continue
        for_whom = next((staff[address] for address in sorted(entry.people) if address in staff), None)
        for contact_id, address in found.items():
            uid = f"{entry.series}:{entry.occurrence}:{_who(address)}"
            if uid not in wanted or wanted[uid].entry.sequence <= entry.sequence:
                wanted[uid] = _Wanted(uid, contact_id, entry, for_whom)
    today = now.astimezone(UTC).date()
    for one in wanted.values():
        plan = known.get(one.uid)
        if plan is None and one.entry.at.astimezone(UTC).date() < today:
            done.over += 1
        elif plan is None:
            done.created += 1
            if not dry_run:
                _create(one, source, by, now)
        elif one.entry.sequence < plan.sequence_number or not _changes(plan, one, now):
            done.unchanged += 1
        else:
            done.updated += 1
            if not dry_run:
                _change(plan, one, by, now)
    for plan in _no_longer(known.values(), wanted, calendar, now):
        done.updated += 1
        if not dry_run:
            _call_off(plan, by, now)
    return done


def _contacts_of(people: Iterable[str]) -> dict[str, int]:
    """The contact behind each address. A current address says more than a former one, which may be another's now."""
    addresses = Address.objects.filter(kind=AddressKind.EMAIL, value__in=list(people))
    rows = addresses.order_by("is_primary", "-contact_id").values_list("value", "contact_id", "contact__merged_into_id")
    found = {value: contact_id if merged is None else merged for value, contact_id, merged in rows}
    # A contact may have become part of one that became part of another in its turn.
    while merged := {
        pk: into
        for pk, into in Contact.objects.filter(pk__in=set(found.values())).values_list("pk", "merged_into_id")
        if into is not None
    }:
        found = {value: merged.get(contact_id, contact_id) for value, contact_id in found.items()}
    return found


def _staff_of(people: Iterable[str]) -> dict[str, int]:
    rows = User.objects.filter(email__in=list(people), is_active=True).values_list("email", "pk")
    return {email.lower(): pk for email, pk in rows}


def _known(heads: Iterable[str]) -> dict[str, PlannedTouch]:
    """The plans that came of these series before, whichever way they came."""
    plans = PlannedTouch.objects.filter(source__in=_FROM_CALENDARS).annotate(head=Left("uid", _SERIES))
    return {plan.uid: plan for plan in plans.filter(head__in=list(heads)).order_by("-pk")}


def _who(address: str) -> str:
    # By the address, not by the contact: two contacts at one meeting may turn out to be one person.
    return sha256(address.encode("utf-8", "surrogatepass")).hexdigest()[:16]


def _changes(plan: PlannedTouch, one: _Wanted, now: datetime) -> bool:
    entry = one.entry
    if entry.cancelled != (plan.called_off_at is not None):
        return True
    same = (plan.at, plan.title, plan.sequence_number) == (entry.at, entry.title, entry.sequence)
    return not same or (plan.for_whom_id is None and one.for_whom_id is not None)


@transaction.atomic
def _create(one: _Wanted, source: str, by: User | None, now: datetime) -> None:
    leads, entry = hold_leads(contact_id=one.contact_id, lead_id=None), one.entry
    plan, created = PlannedTouch.objects.get_or_create(
        contact_id=one.contact_id,
        source=source,
        uid=one.uid,
        defaults={
            "kind": PlannedKind.MEETING,
            "title": entry.title,
            "at": entry.at,
            "for_whom_id": one.for_whom_id,
            "sequence_number": entry.sequence,
            "created_at": now,
            "created_by": by,
            # Kept although it will not take place: an older word that it does, may still be on its way.
            "called_off_at": now if entry.cancelled else None,
        },
    )
    if not created:
        return
    if not entry.cancelled:
        stand_down(leads, plan, by=by, now=now)
    _audit("followups.import_plan", plan, by)


@transaction.atomic
def _change(plan: PlannedTouch, one: _Wanted, by: User | None, now: datetime) -> None:
    leads, entry = hold_leads(contact_id=plan.contact_id, lead_id=plan.lead_id), one.entry
    current = PlannedTouch.objects.select_for_update().get(pk=plan.pk)
    if current.sequence_number > entry.sequence:
        return
    moved = current.at != entry.at
    current.at, current.title, current.sequence_number = entry.at, entry.title, entry.sequence
    current.for_whom_id = current.for_whom_id or one.for_whom_id
    current.called_off_at = (current.called_off_at or now) if entry.cancelled else None
    if moved and entry.at > now:
        current.done_at = current.done_by = None
    current.save()
    if current.called_off_at is None and current.done_at is None and entry.at > now:
        stand_down(leads, current, by=by, now=now)
    else:
        news_of(leads)
    _audit("followups.change_plan", current, by)


def _no_longer(
    known: Iterable[PlannedTouch], wanted: dict[str, _Wanted], calendar: ReadCalendar, now: datetime
) -> list[PlannedTouch]:
    """Plans ahead that a newer word on their entry leaves out: another day of the week, or somebody not invited."""
    today = now.astimezone(UTC).date()
    times: dict[str, int] = defaultdict(lambda: -1)
    for entry in calendar.entries:
        times[f"{entry.series}:{entry.occurrence}"] = max(times[f"{entry.series}:{entry.occurrence}"], entry.sequence)
    gone = []
    for plan in known:
        over = plan.done_at is not None or plan.called_off_at is not None
        if over or plan.uid in wanted or plan.at is None or plan.at.astimezone(UTC).date() < today:
            continue
        said = max(calendar.series.get(plan.uid[:_SERIES], -1), times[plan.uid.rpartition(":")[0]])
        if said >= plan.sequence_number:
            gone.append(plan)
    return gone


@transaction.atomic
def _call_off(plan: PlannedTouch, by: User | None, now: datetime) -> None:
    leads = hold_leads(contact_id=plan.contact_id, lead_id=plan.lead_id)
    if PlannedTouch.objects.open().filter(pk=plan.pk).update(called_off_at=now):
        news_of(leads)
        _audit("followups.call_off_plan", plan, by)


def _audit(action: str, plan: PlannedTouch, by: User | None) -> None:
    detail = {"contact": plan.contact_id, "at": None if plan.at is None else plan.at.isoformat()}
    record(action=action, actor=by, on=plan, summary="From a calendar", detail=detail)
