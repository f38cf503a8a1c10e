"""What the list of calls and the page of one call show, from every part of the product."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from outreach.call_queue import Listed, Sheet, sheet
from outreach.models import Call
from outreach.rules import Refusal
from outreach.states import CallOutcome, CallStatus
from reviews.calls.clock import Clock, clock_of
from reviews.models import Note
from reviews.rules.ranking import position_in_words
from staff.calendars import calendars
from staff.models import User
from staff.rules.hours import Calendar
from staff.services import Held, held_by_other, held_by_others
from staff.states import ClaimKind

NOTES_SHOWN = 5
#: The outcomes in the order in which they stand on the page; the number is the key.
ORDER = (
    CallOutcome.REACHED,
    CallOutcome.VOICEMAIL,
    CallOutcome.CALL_BACK,
    CallOutcome.WRONG_NUMBER,
    CallOutcome.DO_NOT_CALL,
)


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the list: the call, their clock, the clock of the promise, and who else has it open."""

    call: Call
    there: str
    place: str
    refusal: Refusal | None
    overdue: bool
    clock: Clock
    held: Held | None

    @property
    def free(self) -> bool:
        """Whether it can be started now by whoever looks at it."""
        return self.refusal is None and self.held is None and self.call.status == CallStatus.WAITING


@dataclass(frozen=True, slots=True)
class Choice:
    """One outcome to choose: its key on the keyboard, and what it leads to."""

    value: str
    label: str
    key: str
    words: str


@dataclass(frozen=True, slots=True)
class Desk:
    """Everything before whoever makes one call. ``position`` says why it stands where it stands in the list.

    ``starts_at`` is when it is best made, for a calendar.
    """

    sheet: Sheet
    clock: Clock
    position: str
    held: Held | None
    notes: Sequence[Note]
    outcomes: Sequence[Choice]
    starts_at: datetime


def lines(rows: Sequence[Listed], user: User, of_team: Mapping[int | None, Calendar], now: datetime) -> list[Line]:
    """Lines of the list, in one more query whatever their number. ``of_team`` are the hours of all teams."""
    held = held_by_others(kind=ClaimKind.CALL, row_ids=[row.call.pk for row in rows], user=user, now=now)
    return [
        Line(
            row.call, row.there, row.place, row.refusal, row.overdue,
            clock_of(row.call.latest_at, now, of_team[_team_of(row.call, user)]), held.get(row.call.pk),
        )
        for row in rows
    ]  # fmt: skip


def desk(call: Call, user: User, now: datetime) -> Desk:
    """One call. Reads only: who opens it claims it elsewhere."""
    shown = sheet(call, now)
    waiting = call.status == CallStatus.WAITING
    best = shown.best.next_at if shown.best is not None else None
    return Desk(
        sheet=shown,
        clock=clock_of(call.latest_at, now, calendars()[_team_of(call, user)]),
        position=position_in_words(call.due_at, call.priority_reasons, now),
        held=held_by_other(kind=ClaimKind.CALL, row_id=call.pk, user=user, now=now) if waiting else None,
        notes=list(Note.objects.filter(contact=call.contact_id).select_related("by")[:NOTES_SHOWN]),
        outcomes=[Choice(one, one.label, str(key), shown.outlook[one]) for key, one in enumerate(ORDER, start=1)],
        starts_at=max(best or now, call.due_at),
    )


def _team_of(call: Call, user: User) -> int | None:
    """Whose hours count: those of whoever calls; of a call of nobody's, those of whoever looks at it."""
    return call.owner.team_id if call.owner is not None else user.team_id
