"""Evidence for many leads at once: a fixed number of queries per batch, however many leads there are.

Plain SQL and tuples instead of model instances: a sweep reads every open lead, and an instance per row would cost more
than the decision itself. What is gathered here is all that a decision may depend on (`followups.rules.Evidence`),
and beside it what a sweep needs to act on the answer (`LeadFacts`).
"""

from __future__ import annotations

import gc
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
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
from followups.rules import ChannelState, Engagement, Evidence, Material, Note, SentAttempt, Touch
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
    attempts: list[StandingAttempt] = field(default_factory=list)
    permissions: dict[str, ChannelPermission] = field(default_factory=dict)


@dataclass(slots=True)
class Gathered:
    """One lead: the facts to decide on and the facts to act with."""

    facts: LeadFacts
    evidence: Evidence


def leads_to_look_at(lead_ids: Iterable[int] | None = None) -> list[int]:
    """Ids of all open leads and of closed ones with an open sequence, in the byte order of their external ids.

    Ids only: a million leads are a few megabytes, and one reading gives a sweep a fixed list however long it takes.
    """
    wanted = None if lead_ids is None else list(lead_ids)
    with connection.cursor() as cursor:
        cursor.execute(_LOOKED_AT, {"ids": wanted})
        return [row[0] for row in cursor.fetchall()]


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
def gather_batch(ids: list[int], now: datetime, shelf: Shelf) -> list[Gathered]:
    """Everything known about these leads, in the order given, by a fixed number of queries."""
    of_leads = {"ids": id_array(ids)}
    rows = read_rows(_LEADS, {**of_leads, "now": now, "today": now.astimezone(UTC).date()})
    contacts = list({row[3] for row in rows})
    touches = read_grouped(_TOUCHES, of_leads, Touch)
    notes = read_grouped(_NOTES, of_leads, Note)
    attempts = read_grouped(_ATTEMPTS, of_leads, StandingAttempt)
    engagements = read_grouped(
        _ENGAGEMENTS,
        {"ids": id_array(contacts), "now": now, "names": list(ENGAGEMENT_EVENTS), "most": _EVENTS_PER_CONTACT},
        lambda event, at, name: Engagement(event, at, ENGAGEMENT_EVENTS[name]),
    )
    duplicates = read_grouped(_DUPLICATES, of_leads, str)
    permissions = permissions_of(contacts)
    states = {contact: _channel_states(found) for contact, found in permissions.items()}
    # A lead may belong to another account than its contact does. What was refused for either counts.
    other_accounts = {row[5] for row in rows if row[5] != row[36] and row[5] is not None}
    elsewhere = read_grouped(_ACCOUNT_SUPPRESSIONS, {"ids": id_array(other_accounts)}, _pair)

    # The columns come in the order of the fields, which a type checker cannot see.
    make_evidence: Callable[..., Evidence] = Evidence
    make_facts: Callable[..., LeadFacts] = LeadFacts
    gathered = []
    for row in rows:
        lead, contact, account = row[0], row[3], row[5]
        written = attempts.get(lead, [])
        left = [attempt for attempt in written if attempt.status in LEFT]
        channels = states.get(contact, ())
        if account != row[36] and account in elsewhere:
            channels = _also_suppressed(channels, elsewhere[account])
        evidence = make_evidence(
            row[1],
            *row[16:36],
            duplicate_of=tuple(sorted(set(duplicates[lead]))) if lead in duplicates else (),
            touches=tuple(touches[lead]) if lead in touches else (),
            attempts=tuple(
                SentAttempt(attempt.sent_at or attempt.claimed_at or now, attempt.reason_kind, attempt.kind)
                for attempt in left
            ),
            channels=channels,
            engagements=tuple(engagements[contact]) if contact in engagements else (),
            materials=shelf.for_lead(row[37], row[16]),
            notes=tuple(notes[lead]) if lead in notes else (),
            spent=frozenset(attempt.evidence_key for attempt in left if attempt.evidence_key),
        )
        facts = make_facts(*row[:16], attempts=written, permissions=permissions.get(contact, {}))
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


_LOOKED_AT = """
SELECT l.id
  FROM followups_lead l
 WHERE (l.stage NOT IN ('won', 'lost')
        OR EXISTS (SELECT 1 FROM followups_sequence s WHERE s.lead_id = l.id AND s.status = 'open'))
   AND (%(ids)s::bigint[] IS NULL OR l.id = ANY(%(ids)s::bigint[]))
 ORDER BY l.external_id COLLATE "C"
"""

# First the columns of LeadFacts, then those of Evidence from `stage` to `paused_until`, each in the order of its
# fields; last the contact's own account and the industry.
_LEADS = """
SELECT l.id, l.external_id, l.updated_at, c.id, c.name, a.id, coalesce(a.name, ''), l.owner_id, coalesce(o.name, ''),
       l.disposition, l.disposition_at, l.disposition_by_id IS NOT NULL, s.id, s.cadence_version_id,
       d.id, coalesce(d.digest, ''),
       l.stage, l.priority, l.value, l.currency, l.territory, coalesce(a.territory, ''), l.owner_id, a.owner_id,
       l.strategic OR coalesce(a.strategic, false), l.future_fit,
       l.existing_customer
       OR coalesce(c.customer_since <= %(today)s AND (c.churned_on IS NULL OR c.churned_on > %(today)s), false)
       OR EXISTS (SELECT 1 FROM followups_lead w WHERE w.contact_id = c.id AND w.stage = 'won')
       OR EXISTS (SELECT 1 FROM followups_lead w WHERE w.account_id = a.id AND w.stage = 'won')
       OR EXISTS (SELECT 1 FROM contacts_contact k WHERE k.account_id = a.id AND k.customer_since <= %(today)s
                     AND (k.churned_on IS NULL OR k.churned_on > %(today)s)),
       l.next_step, l.next_step_on, l.quote_sent_on, l.proposal_sent_on, l.last_touch_at, l.expires_on, l.recycle_on,
       l.paused_at IS NOT NULL, l.paused_until,
       c.account_id, coalesce(a.industry, '')
  FROM unnest(%(ids)s::bigint[]) WITH ORDINALITY AS wanted(id, place)
  JOIN followups_lead l ON l.id = wanted.id
  JOIN contacts_contact c ON c.id = l.contact_id
  LEFT JOIN contacts_account a ON a.id = coalesce(l.account_id, c.account_id)
  LEFT JOIN staff_user o ON o.id = l.owner_id
  LEFT JOIN followups_sequence s ON s.lead_id = l.id AND s.status = 'open'
        AND NOT EXISTS (SELECT 1 FROM followups_attempt t JOIN outreach_draft m ON m.id = t.draft_id
                         WHERE t.sequence_id = s.id AND t.kind = 'close_loop' AND m.status = 'sent'
                           AND m.sent_at <= %(now)s)
  LEFT JOIN LATERAL (SELECT id, digest FROM followups_decision WHERE lead_id = l.id ORDER BY id DESC LIMIT 1) d ON true
 ORDER BY wanted.place
"""

# Nobody quotes more than a few words of what was said; the whole text stays on the timeline.
_TOUCHES = """
SELECT lt.lead_id, t.id, t.at, t.direction, t.channel, t.kind, t.returns_on, left(t.summary, 300)
  FROM followups_leadtouch lt JOIN contacts_touch t ON t.id = lt.touch_id
 WHERE lt.lead_id = ANY(%(ids)s::bigint[])
"""

_NOTES = "SELECT lead_id, id, created_at, text FROM followups_ownernote WHERE lead_id = ANY(%(ids)s::bigint[])"

_ATTEMPTS = """
SELECT t.lead_id, t.id, t.sequence_id, t.kind, t.position, t.reason_kind, t.evidence_key, t.withdrawn_at IS NOT NULL,
       m.id, m.status, m.channel, m.address, m.sent_at, m.claimed_at
  FROM followups_attempt t JOIN outreach_draft m ON m.id = t.draft_id
 WHERE t.lead_id = ANY(%(ids)s::bigint[])
 ORDER BY t.id
"""

_ENGAGEMENTS = """
SELECT c.id, e.id, e.occurred_at, e.key
  FROM unnest(%(ids)s::bigint[]) AS c(id)
 CROSS JOIN LATERAL (
       SELECT v.id, v.occurred_at, n.key
         FROM contacts_event v JOIN contacts_eventname n ON n.id = v.name_id
        WHERE v.contact_id = c.id AND v.occurred_at <= %(now)s AND NOT v.machine AND v.flag = ''
          AND n.key = ANY(%(names)s)
        ORDER BY v.occurred_at DESC, v.id DESC
        LIMIT %(most)s) e
"""

# Another open lead of the same contact, or another contact with an address of theirs. Former addresses say nothing:
# phone numbers move from person to person.
_DUPLICATES = """
SELECT l.id, other.external_id
  FROM followups_lead l
  JOIN followups_lead other ON other.contact_id = l.contact_id AND other.id <> l.id
 WHERE l.id = ANY(%(ids)s::bigint[]) AND other.stage NOT IN ('won', 'lost')
UNION
SELECT l.id, coalesce(c.external_id, 'contact ' || c.id)
  FROM followups_lead l
  JOIN contacts_address mine ON mine.contact_id = l.contact_id AND mine.is_primary
  JOIN contacts_address theirs ON theirs.kind = mine.kind AND theirs.value = mine.value AND theirs.is_primary
                              AND theirs.contact_id <> mine.contact_id
  JOIN contacts_contact c ON c.id = theirs.contact_id
 WHERE l.id = ANY(%(ids)s::bigint[])
"""

_ACCOUNT_SUPPRESSIONS = """
SELECT s.account_id, s.channel, s.reason
  FROM contacts_suppression s
 WHERE s.account_id = ANY(%(ids)s::bigint[])
   AND NOT EXISTS (SELECT 1 FROM contacts_suppressionlift x WHERE x.suppression_id = s.id)
"""
