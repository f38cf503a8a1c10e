"""The facts a decision is taken from, and how they are stored beside it.

Evidence holds facts only. Nothing in it changes because time passes, so the digest of a lead's evidence changes exactly
when something happened, and a stored decision can be taken again from its stored evidence at its stored moment.
"""

import hashlib
import json
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any


@dataclass(frozen=True, slots=True)
class Touch:
    """Something said or done between them and us. `returns_on` belongs to an out-of-office note."""

    id: int
    at: datetime
    direction: str
    channel: str
    kind: str
    returns_on: date | None = None
    summary: str = ""


@dataclass(frozen=True, slots=True)
class SentAttempt:
    """A message of a cadence that left, is leaving, or may have left.

    `reason_kind` is the useful reason it was written for (empty for a close loop); `kind` is the kind of step.
    `touch_id` names the touch that records the same message, so that it is not counted twice.
    """

    at: datetime
    reason_kind: str = ""
    kind: str = "follow_up"
    touch_id: int | None = None


@dataclass(frozen=True, slots=True)
class ChannelState:
    """Whether one channel can and may be used now. Suppression and consent count whatever the moment asked about."""

    channel: str
    has_address: bool = False
    consent: str = "unknown"
    suppressed_by: tuple[str, ...] = ()
    hard_bounced: bool = False


@dataclass(frozen=True, slots=True)
class Engagement:
    """Something they did on their own. `what` is an `EngagementKind`; `machine` marks scanners and prefetchers."""

    id: int
    at: datetime
    what: str
    machine: bool = False


@dataclass(frozen=True, slots=True)
class Material:
    """An approved asset tagged for this lead. `why` says by which tag it fits, such as “industry” or “stage”."""

    id: int
    title: str
    published_at: datetime
    valid_until: date | None = None
    why: str = ""


@dataclass(frozen=True, slots=True)
class Note:
    """Something the owner wrote down about this lead."""

    id: int
    at: datetime
    text: str


@dataclass(frozen=True, slots=True)
class Planned:
    """A meeting, call, task or reminder that is neither done nor called off. A task may have no time."""

    id: int
    kind: str
    title: str = ""
    at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Evidence:
    """Everything known about one lead that a decision may depend on.

    `lead` is the lead's external id. Times are aware; days are UTC days. `strategic` and `existing_customer` hold for
    the lead, its contact or its account. `spent` are the keys of useful reasons that a message already used.
    `settled` are conflicts that a person has ruled on, by key. `woken_at` is when it last came back from being put off,
    `recycled` how often that was.
    """

    lead: str
    stage: str
    priority: str = ""
    value: Decimal | None = None
    currency: str = ""
    territory: str = ""
    account_territory: str = ""
    owner_id: int | None = None
    account_owner_id: int | None = None
    strategic: bool = False
    future_fit: bool = False
    existing_customer: bool = False
    next_step: str = ""
    next_step_on: date | None = None
    quote_sent_on: date | None = None
    proposal_sent_on: date | None = None
    last_touch_at: datetime | None = None
    expires_on: date | None = None
    recycle_on: date | None = None
    paused: bool = False
    paused_until: datetime | None = None
    duplicate_of: tuple[str, ...] = ()
    touches: tuple[Touch, ...] = ()
    attempts: tuple[SentAttempt, ...] = ()
    channels: tuple[ChannelState, ...] = ()
    engagements: tuple[Engagement, ...] = ()
    materials: tuple[Material, ...] = ()
    notes: tuple[Note, ...] = ()
    spent: frozenset[str] = frozenset()
    planned: tuple[Planned, ...] = ()
    settled: frozenset[str] = frozenset()
    woken_at: datetime | None = None
    recycled: int = 0


def to_json(evidence: Evidence) -> dict[str, Any]:
    """The evidence as plain JSON. Lists are put in one order, so equal facts give equal JSON however they were read."""
    return {
        "lead": evidence.lead,
        "stage": evidence.stage,
        "priority": evidence.priority,
        "value": None if evidence.value is None else str(evidence.value),
        "currency": evidence.currency,
        "territory": evidence.territory,
        "account_territory": evidence.account_territory,
        "owner_id": evidence.owner_id,
        "account_owner_id": evidence.account_owner_id,
        "strategic": evidence.strategic,
        "future_fit": evidence.future_fit,
        "existing_customer": evidence.existing_customer,
        "next_step": evidence.next_step,
        "next_step_on": _iso(evidence.next_step_on),
        "quote_sent_on": _iso(evidence.quote_sent_on),
        "proposal_sent_on": _iso(evidence.proposal_sent_on),
        "last_touch_at": _utc(evidence.last_touch_at),
        "expires_on": _iso(evidence.expires_on),
        "recycle_on": _iso(evidence.recycle_on),
        "paused": evidence.paused,
        "paused_until": _utc(evidence.paused_until),
        "duplicate_of": sorted(evidence.duplicate_of),
        "touches": [
            {
                "id": touch.id,
                "at": _utc(touch.at),
                "direction": touch.direction,
                "channel": touch.channel,
                "kind": touch.kind,
                "returns_on": _iso(touch.returns_on),
                "summary": touch.summary,
            }
            for touch in sorted(evidence.touches, key=lambda touch: (touch.at, touch.id))
        ],
        "attempts": [
            {
                "at": _utc(attempt.at),
                "reason_kind": attempt.reason_kind,
                "kind": attempt.kind,
                "touch_id": attempt.touch_id,
            }
            for attempt in sorted(evidence.attempts, key=lambda a: (a.at, a.reason_kind, a.kind, a.touch_id or 0))
        ],
        "channels": [
            {
                "channel": state.channel,
                "has_address": state.has_address,
                "consent": state.consent,
                "suppressed_by": sorted(state.suppressed_by),
                "hard_bounced": state.hard_bounced,
            }
            for state in sorted(evidence.channels, key=lambda state: state.channel)
        ],
        "engagements": [
            {"id": event.id, "at": _utc(event.at), "what": event.what, "machine": event.machine}
            for event in sorted(evidence.engagements, key=lambda event: (event.at, event.id))
        ],
        "materials": [
            {
                "id": material.id,
                "title": material.title,
                "published_at": _utc(material.published_at),
                "valid_until": _iso(material.valid_until),
                "why": material.why,
            }
            for material in sorted(evidence.materials, key=lambda material: (material.published_at, material.id))
        ],
        "notes": [
            {"id": note.id, "at": _utc(note.at), "text": note.text}
            for note in sorted(evidence.notes, key=lambda note: (note.at, note.id))
        ],
        "spent": sorted(evidence.spent),
        **_seldom(evidence),
    }


def _seldom(evidence: Evidence) -> dict[str, Any]:
    """What most leads do not have is left out where it is not there: what was stored before it existed stays equal."""
    found: dict[str, Any] = {}
    if evidence.planned:
        found["planned"] = [
            {"id": one.id, "kind": one.kind, "title": one.title, "at": _utc(one.at)}
            for one in sorted(evidence.planned, key=lambda one: one.id)
        ]
    if evidence.settled:
        found["settled"] = sorted(evidence.settled)
    if evidence.woken_at is not None:
        found["woken_at"] = _utc(evidence.woken_at)
    if evidence.recycled:
        found["recycled"] = evidence.recycled
    return found


def from_json(data: dict[str, Any]) -> Evidence:
    """Evidence as it was stored by `to_json`.

    Raises KeyError, TypeError or ValueError when `data` is something else.
    """
    return Evidence(
        **{
            **data,
            "value": None if data["value"] is None else Decimal(data["value"]),
            **{name: _day(data[name]) for name in _DAYS},
            "last_touch_at": _moment(data["last_touch_at"]),
            "paused_until": _moment(data["paused_until"]),
            "duplicate_of": tuple(data["duplicate_of"]),
            "touches": tuple(
                Touch(**{**row, "at": datetime.fromisoformat(row["at"]), "returns_on": _day(row["returns_on"])})
                for row in data["touches"]
            ),
            "attempts": tuple(
                SentAttempt(**{**row, "at": datetime.fromisoformat(row["at"])}) for row in data["attempts"]
            ),
            "channels": tuple(
                ChannelState(**{**row, "suppressed_by": tuple(row["suppressed_by"])}) for row in data["channels"]
            ),
            "engagements": tuple(
                Engagement(**{**row, "at": datetime.fromisoformat(row["at"])}) for row in data["engagements"]
            ),
            "materials": tuple(
                Material(
                    **{
                        **row,
                        "published_at": datetime.fromisoformat(row["published_at"]),
                        "valid_until": _day(row["valid_until"]),
                    }
                )
                for row in data["materials"]
            ),
            "notes": tuple(Note(**{**row, "at": datetime.fromisoformat(row["at"])}) for row in data["notes"]),
            "spent": frozenset(data["spent"]),
            "planned": tuple(Planned(**{**row, "at": _moment(row["at"])}) for row in data.get("planned", ())),
            "settled": frozenset(data.get("settled", ())),
            "woken_at": _moment(data.get("woken_at")),
            "recycled": data.get("recycled", 0),
        }
    )


def digest(evidence: Evidence) -> str:
    """SHA-256 of the evidence as canonical JSON, in hex: the same facts always give the same 64 characters."""
    return digest_of_json(to_json(evidence))


def digest_of_json(data: dict[str, Any]) -> str:
    """The digest of evidence already turned into JSON, for callers that store both."""
    text = json.dumps(data, sort_keys=True, separators=(",", ":"), ensure_ascii=True)
    return hashlib.sha256(text.encode()).hexdigest()


_DAYS = ("next_step_on", "quote_sent_on", "proposal_sent_on", "expires_on", "recycle_on")


def _iso(value: date | None) -> str | None:
    return None if value is None else value.isoformat()


def _utc(value: datetime | None) -> str | None:
    return None if value is None else value.astimezone(UTC).isoformat()


def _day(text: str | None) -> date | None:
    return None if text is None else date.fromisoformat(text)


def _moment(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text)
