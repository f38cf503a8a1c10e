"""How long an experiment takes people in: until it has as many as it needs, in whole weeks. Pure."""

from __future__ import annotations

from math import ceil

WEEK = 7
#: An experiment that nobody could size takes in four weeks' worth.
USUAL_DAYS = 28
#: Longer than this the world is another one than at the start, whatever was drawn.
LONGEST_DAYS = 182


def days_until_enough(*, required: int, at_once: int, a_day: float) -> int | None:
    """In how many days so many have been let in: some fit at once, the others come day by day. None: never."""
    missing = required - at_once
    if missing <= 0:
        return 0
    return ceil(missing / a_day) if a_day > 0 else None


def enrolment_days(
    *, required: int | None, at_once: int, a_day: float, most: int | None = None, staggered_days: int | None = None
) -> int:
    """For how many days customers are assigned, counted from the first.

    Whole weeks, so that every day of the week counts as often; one week at least, half a year at most, which is also
    the answer where what is needed would never come together. A pilot that takes in fewer than needed (``most``) is
    open until it is full. A staggered rollout ends when its last wave has had its days (``staggered_days``).
    """
    if staggered_days is not None:
        return max(1, staggered_days)
    if required is None:
        return USUAL_DAYS
    wanted = required if most is None else min(required, most)
    days = days_until_enough(required=wanted, at_once=at_once, a_day=a_day)
    if days is None:
        return LONGEST_DAYS
    return min(LONGEST_DAYS, max(WEEK, ceil(days / WEEK) * WEEK))
