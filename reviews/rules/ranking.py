"""Why something stands where it stands in a queue, in words (mission.md 6.1).

The order itself is kept by the database: by the moment something is due, brought forward by half an hour for each of
its points. So two things are told: how long it has been due, and what the points are for. What waits rises by itself.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

#: How much earlier one point counts.
A_POINT = timedelta(minutes=30)
_HOUR, _DAY = timedelta(hours=1), timedelta(days=1)


def position_in_words(due_at: datetime, priority_reasons: Sequence[Mapping[str, Any]], now: datetime) -> str:
    """When it is due, and what brings it forward or puts it back, the weightiest first. Two short sentences."""
    return " ".join(part for part in (due_in_words(due_at, now), weight_in_words(priority_reasons)) if part)


def due_in_words(due_at: datetime, now: datetime) -> str:
    """How long ago something was due, or how long it still has: “Due 3 days ago.”"""
    apart = abs(now - due_at)
    if apart < timedelta(minutes=1):
        return "Due now."
    return f"Due {_length(apart)} ago." if due_at < now else f"Due in {_length(apart)}."


def weight_in_words(priority_reasons: Sequence[Mapping[str, Any]]) -> str:
    """What the points are for, and how many days or hours each is worth; empty where there are none."""
    told: dict[bool, list[str]] = {True: [], False: []}
    for reason in sorted(priority_reasons, key=lambda one: -abs(int(one["points"]))):
        points = int(reason["points"])
        if not points:
            continue
        parts = told[points > 0]
        # “earlier” and “later” are said once, with the first of their kind.
        word = "" if parts else " earlier" if points > 0 else " later"
        parts.append(f"{_length(abs(points) * A_POINT)}{word} for {_within(str(reason['what']))}")
    return f"Counts as {', '.join(told[True] + told[False])}." if told[True] or told[False] else ""


def _length(span: timedelta) -> str:
    """A span as people say it: days from two days on, else hours, else minutes."""
    if span >= 2 * _DAY:
        return f"{span // _DAY} days"
    if span >= _DAY:
        return "1 day"
    if span >= _HOUR:
        hours = span // _HOUR
        return "1 hour" if hours == 1 else f"{hours} hours"
    minutes = max(span // timedelta(minutes=1), 1)
    return "1 minute" if minutes == 1 else f"{minutes} minutes"


def _within(words: str) -> str:
    """Words as they stand within a sentence. What begins with two capitals, such as SMS, keeps them."""
    return words if words[1:2].isupper() else words[:1].lower() + words[1:]
