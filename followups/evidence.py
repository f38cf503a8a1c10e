"""Evidence for many leads at once: a fixed number of queries per batch, however many leads there are.

Plain SQL and tuples instead of model instances: a sweep reads every open lead, and an instance per row would cost more
than the decision itself. What is gathered here is all that a decision may depend on (`followups.rules.Evidence`),
and beside it what a sweep needs to act on the answer (`LeadFacts`).
"""

from __future__ import annotations

import gc
from array import array
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any, TypeVar

import psycopg
from django.db import connection
from psycopg.pq import Format

from contacts.permission import ChannelPermission, id_array, permissions_of
from contacts.states import SuppressionChannel
from followups.models import Asset
from followups.rules import ChannelState, Engagement, Evidence, Material, Note, Planned, SentAttempt, Touch
from followups.statements import (
    ACCOUNT_SUPPRESSIONS,
    ATTEMPTS,
    DUPLICATES,
    ENGAGEMENTS,
    LEADS,
    LOOKED_AT,
    NOTES,
    PLANNED,
    RULINGS,
    TOUCHES,
)
from followups.states import EngagementKind
from outreach.states import DraftStatus

T = TypeVar("T")

#: Leads per batch. Large enough that the round trips do not count, small enough to stay below about 50 MB.
BATCH = 5_000

#: Drafts that left, are leaving, or may have left: they count as touches of ours, and their evidence is spent.
LEFT = frozenset({DraftStatus.SENT.value, DraftStatus.SENDING.value, DraftStatus.UNKNOWN.value})
#: Drafts that still wait for a person or for delivery. Their evidence is held, not spent: while nothing changes, the
#: same decision is to come out again.
PENDING = frozenset({DraftStatus.AWAITING_REVIEW.value, DraftStatus.APPROVED.value})

#: Events that show interest, by name in lower case with underscores, and what they mean.
ENGAGEMENT_EVENTS: dict[str, str] = {
    "proposal_opened": EngagementKind.PROPOSAL_OPENED.value,
    "proposal_viewed": EngagementKind.PROPOSAL_OPENED.value,
    "quote_opened": EngagementKind.PROPOSAL_OPENED.value,
    "quote_viewed": EngagementKind.PROPOSAL_OPENED.value,
    "page_viewed": EngagementKind.SITE_RETURNED.value,
    "site_visited": EngagementKind.SITE_RETURNED.value,
    "session_started": EngagementKind.SITE_RETURNED.value,
    "pricing_viewed": EngagementKind.SITE_RETURNED.value,
}
#: The driver's own way to read a time with its zone from text.
_LOADER_OF_TIMES = psycopg.adapters.get_loader(psycopg.adapters.types["timestamptz"].oid, Format.TEXT)
#: The newest of these per contact are enough: one message spends the newest, and makes the older ones old.
_EVENTS_PER_CONTACT = 5
_MATERIALS_PER_LEAD = 10


@dataclass(slots=True)
class StandingAttempt:
    """A message of a cadence that was written for a lead, with where its draft stands."""

    id: int
    sequence_id: int
    kind: str
    position: int
    reason_kind: str
    evidence_key: str
    withdrawn: bool
    draft_id: int
    status: str
    channel: str
    address: str
    sent_at: datetime | None
    claimed_at: datetime | None


@dataclass(slots=True)
class LeadFacts:
    """What a sweep needs about a lead besides the evidence: who to write to, and what already stands.

    `version_id` is the cadence version of the open sequence. A sequence whose close-loop message has left counts as
    ended, whether or not a sweep has written that down yet.
    """

    id: int
    external_id: str
    updated_at: datetime
    contact_id: int
    contact_name: str
    account_id: int | None
    account_name: str
    owner_id: int | None
    owner_name: str
    disposition: str
    disposition_at: datetime | None
    disposition_by_person: bool
    sequence_id: int | None
    version_id: int | None
    decision_id: int | None
    decision_digest: str
    source: str
    tags: list[str]
    attempts: list[StandingAttempt] = field(default_factory=list)
    permissions: dict[str, ChannelPermission] = field(default_factory=dict)


@dataclass(slots=True)
class Gathered:
    """One lead: the facts to decide on and the facts to act with."""

    facts: LeadFacts
    evidence: Evidence


def leads_to_look_at(lead_ids: Iterable[int] | None = None, after: str = "") -> array[int]:
    """Ids of all open leads and of closed ones with an open sequence, in the byte order of their external ids.

    Those behind the external id `after`; without one all of them. Ids only, as bare numbers: a million leads are 8 MB,
    and one reading gives a sweep a fixed list however long it takes.
    """
    wanted = None if lead_ids is None else list(lead_ids)
    found = array("q")
    # Row after row from the server: a result as a whole would be ten times as large as what is kept of it.
    with connection.chunked_cursor() as cursor:
        cursor.execute(LOOKED_AT, {"ids": wanted, "after": after})
        while rows := cursor.fetchmany(BATCH):
            found.extend(lead_id for (lead_id,) in rows)
    return found


def gather(*, lead_ids: Iterable[int] | None, now: datetime, batch: int = BATCH) -> Iterator[list[Gathered]]:
    """Everything known about the leads to look at, in batches, sorted by external id.

    `lead_ids` limits them; None means all. `now` only bounds what is read (later engagement is left out); what counts
    at a moment is for the rules to say.
    """
    ids = leads_to_look_at(lead_ids)
    shelf = Shelf(now)
    for start in range(0, len(ids), batch):
        yield gather_batch(ids[start : start + batch], now, shelf)


class Shelf:
    """All assets that may be offered on a day, found by industry and stage."""

    def __init__(self, now: datetime) -> None:
        self.links: dict[int, str] = {}
        self._by_industry: dict[str, list[Material]] = defaultdict(list)
        self._by_stage: dict[str, list[Material]] = defaultdict(list)
        self._found: dict[tuple[str, str], tuple[Material, ...]] = {}
        today = now.astimezone(UTC).date()
        for asset in Asset.objects.filter(published_at__lte=now).order_by("-published_at", "-id"):
            if asset.valid_until is not None and asset.valid_until < today:
                continue
            self.links[asset.pk] = asset.link
            what = (asset.pk, asset.title, asset.published_at.astimezone(UTC), asset.valid_until)
            for industry in asset.industries:
                self._by_industry[industry.strip().casefold()].append(Material(*what, "industry"))
            for stage in asset.stages:
                self._by_stage[stage].append(Material(*what, "stage"))

    def for_lead(self, industry: str, stage: str) -> tuple[Material, ...]:
        """The newest assets for an industry or a stage; one that fits both is named by the industry."""
        if not self.links:
            return ()
        key = (industry.strip().casefold(), stage)
        if key not in self._found:
            fitting = {material.id: material for material in self._by_stage.get(stage, [])}
            if key[0]:
                fitting.update((material.id, material) for material in self._by_industry.get(key[0], []))
            newest = sorted(fitting.values(), key=lambda m: (m.published_at, m.id), reverse=True)
            self._found[key] = tuple(newest[:_MATERIALS_PER_LEAD])
        return self._found[key]


@contextmanager
def no_looking_for_cycles() -> Iterator[None]:
    """Leave out looking for cycles while a batch is worked on, which is hundreds of thousands of objects without one.

    To look through them all again and again would take a tenth of a sweep.
    """
    looking = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if looking:
            gc.enable()


@no_looking_for_cycles()
def gather_batch(ids: Sequence[int], now: datetime, shelf: Shelf) -> list[Gathered]:
    """Everything known about these leads, in the order given, by a fixed number of queries."""
    of_leads = {"ids": id_array(ids)}
    rows = read_rows(LEADS, {**of_leads, "now": now, "today": now.astimezone(UTC).date()})
    contacts = list({row[3] for row in rows})
    touches = read_grouped(TOUCHES, of_leads, Touch)
    notes = read_grouped(NOTES, of_leads, Note)
    attempts = read_grouped(ATTEMPTS, of_leads, StandingAttempt)
    engagements = read_grouped(
        ENGAGEMENTS,
        {"ids": id_array(contacts), "now": now, "names": list(ENGAGEMENT_EVENTS), "most": _EVENTS_PER_CONTACT},
        lambda event, at, name: Engagement(event, at, ENGAGEMENT_EVENTS[name]),
    )
    duplicates = read_grouped(DUPLICATES, of_leads, str)
    planned = read_grouped(PLANNED, of_leads, Planned)
    rulings = read_grouped(RULINGS, of_leads, str)
    permissions = permissions_of(contacts)
    states = {contact: _channel_states(found) for contact, found in permissions.items()}
    # A lead may belong to another account than its contact does. What was refused for either counts.
    other_accounts = {row[5] for row in rows if row[5] != row[40] and row[5] is not None}
    elsewhere = read_grouped(ACCOUNT_SUPPRESSIONS, {"ids": id_array(other_accounts)}, _pair)

    # The columns come in the order of the fields, which a type checker cannot see.
    make_evidence: Callable[..., Evidence] = Evidence
    make_facts: Callable[..., LeadFacts] = LeadFacts
    gathered = []
    for row in rows:
        lead, contact, account = row[0], row[3], row[5]
        written = attempts.get(lead, [])
        left = [attempt for attempt in written if attempt.status in LEFT]
        channels = states.get(contact, ())
        if account != row[40] and account in elsewhere:
            channels = _also_suppressed(channels, elsewhere[account])
        evidence = make_evidence(
            row[1],
            *row[18:38],
            duplicate_of=tuple(sorted(set(duplicates[lead]))) if lead in duplicates else (),
            touches=tuple(touches[lead]) if lead in touches else (),
            attempts=tuple(
                SentAttempt(attempt.sent_at or attempt.claimed_at or now, attempt.reason_kind, attempt.kind)
                for attempt in left
            ),
            channels=channels,
            engagements=tuple(engagements[contact]) if contact in engagements else (),
            materials=shelf.for_lead(row[41], row[18]),
            notes=tuple(notes[lead]) if lead in notes else (),
            spent=frozenset(attempt.evidence_key for attempt in left if attempt.evidence_key),
            planned=tuple(planned[lead]) if lead in planned else (),
            settled=frozenset(rulings[lead]) if lead in rulings else frozenset(),
            woken_at=row[38],
            recycled=row[39],
        )
        facts = make_facts(*row[:18], attempts=written, permissions=permissions.get(contact, {}))
        gathered.append(Gathered(facts, evidence))
    return gathered


def read_rows(sql: str, arguments: dict[str, Any]) -> list[tuple[Any, ...]]:
    """The rows of a query, its times in UTC."""
    with connection.cursor() as cursor:
        # Django reads every time by a class written in Python, which took longer than the queries. On a connection in
        # UTC, as Django keeps it, the driver's own gives the same values in a sixth of the time.
        if _LOADER_OF_TIMES is not None and connection.timezone_name == "UTC":
            cursor.cursor.adapters.register_loader("timestamptz", _LOADER_OF_TIMES)
        cursor.execute(sql, arguments)
        rows: list[tuple[Any, ...]] = cursor.fetchall()
    return rows


def read_grouped(sql: str, arguments: dict[str, Any], make: Callable[..., T]) -> dict[int, list[T]]:
    """The rows of a query by their first column, each made from the others."""
    found: dict[int, list[T]] = {}
    for key, *values in read_rows(sql, arguments):
        found.setdefault(key, []).append(make(*values))
    return found


def _pair(channel: str, reason: str) -> tuple[str, str]:
    return channel, reason


# A few dozen differ, and tens of thousands are asked for.
_state = lru_cache(maxsize=1024)(ChannelState)


def _channel_states(permissions: dict[str, ChannelPermission]) -> tuple[ChannelState, ...]:
    return tuple(
        _state(channel, found.has_address, found.consent, found.suppressed_by, found.hard_bounced)
        for channel, found in permissions.items()
    )


def _also_suppressed(states: tuple[ChannelState, ...], refused: list[tuple[str, str]]) -> tuple[ChannelState, ...]:
    """The same channels, with what was refused for an account on them or on all."""
    return tuple(
        replace(
            state,
            suppressed_by=tuple(
                sorted(
                    {*state.suppressed_by}
                    | {reason for channel, reason in refused if channel in (SuppressionChannel.ALL, state.channel)}
                )
            ),
        )
        for state in states
    )
