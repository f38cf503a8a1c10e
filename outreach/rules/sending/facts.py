"""What decides about one message at the moment of sending, and the answers that there are."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class Consequence(StrEnum):
    """What becomes of a draft that may not leave."""

    KEEP = "keep"  # It stays where it is: not yet, or somebody else has it.
    HOLD = "hold"  # It stays approved, and says what keeps it back and until when.
    REVIEW = "review"  # Back to the reviewer: what was approved is no longer true.
    SUPPRESS = "suppress"  # For good: they do not want it.


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a message does not leave: a code, a sentence for people, what becomes of it, and when it may be tried again.

    ``not_before`` is given for everything that time or somebody else may end.
    """

    code: str
    sentence: str
    consequence: Consequence
    not_before: datetime | None = None


@dataclass(frozen=True, slots=True)
class Verdict:
    """The answer to "may we send?". True when it may go. ``notes`` say what else a reader should know."""

    refusal: Refusal | None = None
    notes: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return self.refusal is None


@dataclass(frozen=True, slots=True)
class SuppressionFact:
    """A suppression that holds for the contact now. ``channel`` may be `all`; ``id`` 0 is one that has no row."""

    channel: str
    reason: str
    at: datetime
    id: int = 0


@dataclass(frozen=True, slots=True)
class StopFact:
    """A stop switch that is thrown (`outreach.states.StopScope`)."""

    scope: str
    since: datetime


@dataclass(frozen=True, slots=True)
class Hours:
    """The hours of a channel in the person's own time: from ``opens`` (included) to ``closes`` (not), whole hours.

    What holds without a word from anybody is narrow.
    """

    opens: int = 8
    closes: int = 21
    on_weekends: bool = True
    on_holidays: bool = False

    @property
    def always(self) -> bool:
        """Whether any moment will do, so that nobody need know where the person is."""
        return self.opens == 0 and self.closes == 24 and self.on_weekends and self.on_holidays


class ZoneSource(StrEnum):
    """How we know a person's time zone, surest first."""

    THEIRS = "theirs"
    PHONE = "phone"
    ACCOUNT = "account"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Whereabouts:
    """Every time zone a person may be in (IANA names), how we know, and the countries whose holidays they may keep."""

    zones: tuple[str, ...] = ()
    source: ZoneSource = ZoneSource.UNKNOWN
    countries: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Cap:
    """At most ``most`` messages to one person in any ``days`` days. Empty channel: counted over all channels."""

    channel: str
    most: int
    days: int


@dataclass(frozen=True, slots=True)
class Departed:
    """A message that left for this person, or may have: when, and by which channel."""

    at: datetime
    channel: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Rival:
    """A message that wants to reach a person soon, as far as it matters for which of two goes first."""

    draft_id: int
    channel: str
    flow: str
    reason_kind: str
    priority: int
    decided_at: datetime | None
    not_before: datetime | None
    held_by: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class SendFacts:
    """Everything that decides about one message at the moment of sending.

    ``text_fingerprint`` is computed anew from what would be sent. ``current_address`` is the contact's present address
    for the channel, empty when there is none; for push and in-app it is the channel's own name while they can be
    reached there. ``replied_at`` is the latest answer from them; out-of-office and automatic replies are no answer.
    ``refused_topic`` is the name of the draft's topic if they refused it. ``paused_until`` is the latest end of a quiet
    time they asked for. ``departed`` are the messages that left within the longest of the ``caps``, confirmations of an
    opt-out left out; ``rivals`` are other messages to them that are approved and due about now. ``confirms`` is the id
    of the suppression that a confirmation is about, and 0 for every other message. Until ``undo_until`` its approval
    can be taken back.
    """

    draft_id: int
    contact_id: int
    kind: str
    flow: str
    channel: str
    address: str
    status: str
    fingerprint: str
    approved_fingerprint: str
    text_fingerprint: str
    now: datetime
    due_at: datetime
    not_before: datetime | None
    undo_until: datetime | None = None
    decided_at: datetime | None
    by_policy: bool
    reason_kind: str
    priority: int
    confirms: int
    consent: str
    suppressions: tuple[SuppressionFact, ...]
    current_address: str
    hard_bounced: bool
    replied_at: datetime | None
    refused_topic: str
    paused_until: datetime | None
    stops: tuple[StopFact, ...]
    caps: tuple[Cap, ...]
    departed: tuple[Departed, ...]
    rivals: tuple[Rival, ...]
    hours: Hours
    whereabouts: Whereabouts

    @property
    def undoable(self) -> bool:
        """Whether its approval can still be taken back."""
        return self.undo_until is not None and self.now < self.undo_until

    @property
    def as_rival(self) -> Rival:
        """This message as the others see it."""
        return Rival(
            draft_id=self.draft_id,
            channel=self.channel,
            flow=self.flow,
            reason_kind=self.reason_kind,
            priority=self.priority,
            decided_at=self.decided_at,
            not_before=self.not_before,
        )
