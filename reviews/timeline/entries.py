"""What stands in a timeline, in words. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal

from contacts.states import SEVERITIES, Direction, EventFlag, EventKind
from reviews.timeline.places import Place

#: What a timeline can be narrowed to.
GROUPS = {
    "events": "Events",
    "conversation": "Conversation",
    "calls": "Calls",
    "notes": "Notes",
    "messages": "Our messages",
    "decisions": "Decisions",
    "scores": "Scores",
    "playbooks": "Playbooks",
    "permission": "Permission",
    "merges": "Merges",
}
#: Events that tell of something we did.
SENT_KINDS = (EventKind.EMAIL_SENT.value, EventKind.SMS_SENT.value)

_SEVERITY = {number: word for word, number in SEVERITIES.items()}
_NOT_COUNTED = {
    EventFlag.TOO_OLD.value: "not counted: dated before 1990",
    EventFlag.FUTURE.value: "not counted: dated more than a year ahead",
}


@dataclass(frozen=True, slots=True)
class Happened:
    """One of several events that stand together."""

    at: datetime
    detail: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One line of a timeline.

    ``direction`` is ``in`` (from them), ``out`` (from us) or empty. ``text`` is longer words that are shown when asked
    for. ``opens`` is what the entry belongs to, a lead, message, reply, call or customer, and its id. ``times`` are
    events that stand together here, the newest first; ``more`` is how many of them are not named.
    """

    place: Place
    group: str
    title: str
    direction: str = ""
    detail: str = ""
    mark: str = ""
    text: str = ""
    opens: tuple[str, int] | None = None
    times: list[Happened] = field(default_factory=list)
    more: int = 0

    @property
    def at(self) -> datetime:
        return self.place.at

    @property
    def from_them(self) -> bool:
        return self.direction == Direction.IN

    @property
    def from_us(self) -> bool:
        return self.direction == Direction.OUT


def event_title(kind: int, title: str) -> str:
    """What an event is called: by what it counts as, else by the name it came with."""
    if kind:
        return str(EventKind(kind).label)
    words = title.replace("_", " ").strip()
    return words[:1].upper() + words[1:]


def why_not_counted(*, kind: int, machine: bool, flag: str, name_kind: int | None) -> str:
    """Why an event has no effect, or nothing where it has one."""
    if kind:
        return ""
    if machine:
        return "not counted: a machine did this"
    if flag:
        return _NOT_COUNTED[flag]
    if name_kind is None:
        return "not counted: nobody has said what this name counts as"
    return "not counted: this name has no effect"


def event_detail(
    *,
    kind: int,
    value: int | None,
    amount: Decimal | None,
    currency: str,
    reference: str,
    properties: Mapping[str, object],
) -> str:
    """The particulars of one event in a few words."""
    parts = []
    if kind in (EventKind.NPS_SUBMITTED, EventKind.SURVEY_SUBMITTED) and value is not None:
        parts.append(f"answer {value}")
    elif kind == EventKind.SUPPORT_TICKET_CREATED and value is not None:
        parts.append(f"severity {_SEVERITY.get(value, 'unknown')}")
    elif kind == EventKind.SESSION_ENDED and value is not None:
        parts.append(f"{value // 60} min" if value >= 60 else f"{value} s")
    if amount is not None:
        parts.append(f"{amount:,.2f} {currency}".strip())
    if reference:
        parts.append(f"ticket {reference}" if kind in _TICKETS else reference)
    elif not kind and properties:
        plain = [(name, value) for name, value in properties.items() if isinstance(value, (str, int, float))]
        # That a machine did it is said beside.
        parts += [f"{name} {value}" for name, value in plain if name != "machine"][:3]
    return ", ".join(parts)


_TICKETS = (EventKind.SUPPORT_TICKET_CREATED, EventKind.SUPPORT_TICKET_RESOLVED, EventKind.SUPPORT_ESCALATED)
