"""Two messages for one person at once: which one goes first, and why. Everybody who asks gets the same answer."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

from outreach.rules.sending.facts import Rival
from outreach.states import Flow

#: A message that is due so long after another one still meets it.
NEAR = timedelta(days=1)
#: The reason that goes first: somebody waits for an answer.
_FIRST_REASON = "unanswered_question"
#: What is held by one of these waits for a person, nobody knows how long. Others do not wait for it.
WITHOUT_END = frozenset({"stopped", "time_zone", "not_ready"})
_ORDER = [str(flow) for flow in Flow.values]
_LAST = datetime.max.replace(tzinfo=UTC)


def wins(one: Rival, other: Rival) -> tuple[bool, str]:
    """Whether ``one`` goes before ``other``, and the rule that says so.

    In turn: the flow, in the order of `Flow`; an unanswered question; the higher priority; the earlier approval; and
    where all that is the same, the one that was written first. Of two different messages exactly one wins.
    """
    if _place(one) != _place(other):
        return _place(one) < _place(other), f"{_flow_words(min(_place(one), _place(other)))} goes first."
    if _asks(one) != _asks(other):
        return _asks(one), "The answer to their question goes first."
    if one.priority != other.priority:
        return one.priority > other.priority, "The one with the higher priority goes first."
    if _decided(one) != _decided(other):
        return _decided(one) < _decided(other), "The one that was approved earlier goes first."
    return one.draft_id < other.draft_id, "The one that was written earlier goes first."


def near(rivals: Iterable[Rival], moment: datetime) -> list[Rival]:
    """Those that want to leave by a day after ``moment`` and can."""
    return [
        one
        for one in rivals
        if one.held_by not in WITHOUT_END and (one.not_before is None or one.not_before <= moment + NEAR)
    ]


def first_of(message: Rival, rivals: Iterable[Rival]) -> Rival | None:
    """The rival that goes before the message and before all other rivals; None when the message itself is first."""
    first = message
    for rival in rivals:
        if wins(rival, first)[0]:
            first = rival
    return None if first is message else first


def _place(rival: Rival) -> int:
    return _ORDER.index(rival.flow) if rival.flow in _ORDER else len(_ORDER)


def _flow_words(place: int) -> str:
    return {
        Flow.SERVICE: "A service message",
        Flow.CADENCE: "The follow-up of a lead",
        Flow.PLAYBOOK: "The message of a playbook",
    }[Flow(_ORDER[place])]


def _asks(rival: Rival) -> bool:
    return rival.reason_kind == _FIRST_REASON


def _decided(rival: Rival) -> datetime:
    return rival.decided_at or _LAST
