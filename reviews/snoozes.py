"""The moments one can snooze until. Pure: they are reckoned by the clock of the team."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.db.models import TextChoices


class Snooze(TextChoices):
    HOUR = "hour", "In an hour"
    LATER = "later", "In four hours"
    TOMORROW = "tomorrow", "Tomorrow morning"
    WEEK = "week", "Monday morning"
    DAY = "day", "On a day"


def moment_of(choice: str, day: date | None, *, now: datetime, timezone: str, opens: time) -> datetime:
    """When a message comes back. Mornings are when the team opens, by its own clock.

    Raises ValueError for `Snooze.DAY` without a day.
    """
    if choice == Snooze.HOUR:
        return now + timedelta(hours=1)
    if choice == Snooze.LATER:
        return now + timedelta(hours=4)
    zone = ZoneInfo(timezone)
    today = now.astimezone(zone).date()
    if choice == Snooze.TOMORROW:
        day = today + timedelta(days=1)
    elif choice == Snooze.WEEK:
        day = today + timedelta(days=7 - today.weekday())
    elif day is None:
        raise ValueError("A day is needed.")
    # Whoever names today after the team has opened means a moment that is over, and is told so by the service.
    return datetime.combine(day, opens, zone)
