"""When a message that a provider refused for now is tried again."""

from __future__ import annotations

from datetime import datetime, timedelta

#: After this many refused tries a person has to look. With the waits below that is about half a day.
MOST_TRIES = 6
_FIRST_WAIT = timedelta(minutes=5)
_LONGEST_WAIT = timedelta(hours=6)


def next_try(tries: int, now: datetime) -> datetime | None:
    """When to try again after ``tries`` refused tries, or None for no more.

    The first wait is 5 minutes, each further one twice as long, up to 6 hours.
    """
    if tries >= MOST_TRIES:
        return None
    doublings: int = 2 ** max(tries - 1, 0)
    return now + min(_FIRST_WAIT * doublings, _LONGEST_WAIT)
