"""A quiet lead in one line, for the tables of cases: everything is in order unless a case says otherwise."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

from followups.rules import ChannelState, Evidence, Note, Touch

#: A Wednesday, at noon.
NOW = datetime(2024, 5, 15, 12, tzinfo=UTC)
TODAY = NOW.date()
SECOND = timedelta(seconds=1)
E_MAIL = ChannelState("email", has_address=True, consent="yes")
NO_SMS = ChannelState("sms")


def ago(days: float = 0, **more: float) -> datetime:
    return NOW - timedelta(days=days, **more)


def day(days_ago: int) -> date:
    return TODAY - timedelta(days=days_ago)


def touch(id: int, at: datetime, direction: str = "out", kind: str = "message", **more: Any) -> Touch:
    return Touch(id, at, direction, "email", kind, **more)


def note(id: int = 1, at: datetime | None = None, text: str = "Ask about the new office.") -> Note:
    return Note(id, at or ago(20), text)


def quiet(**facts: Any) -> Evidence:
    """A lead we wrote to eight days ago, without an answer, whose owner left a note: row 11 holds."""
    given: dict[str, Any] = {
        "lead": "L-1",
        "stage": "qualified",
        "owner_id": 7,
        "channels": (E_MAIL, NO_SMS),
        "touches": (touch(1, ago(8)),),
        "notes": (note(),),
    }
    return Evidence(**{**given, **facts})
