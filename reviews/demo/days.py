"""Days and times of the sample world, all relative to one moment."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

_SATURDAY = 5


@dataclass(frozen=True, slots=True)
class Days:
    """Dates seen from ``now``. Work is done on working days: what would fall on a weekend lies on the Friday before."""

    now: datetime

    def ago(self, days: int) -> date:
        """The working day at or up to two days before ``days`` days ago."""
        day = self.now.astimezone(UTC).date() - timedelta(days=days)
        return day - timedelta(days=max(day.weekday() - _SATURDAY + 1, 0))

    def ahead(self, days: int) -> date:
        """The working day at or up to two days after ``days`` days from now."""
        day = self.now.astimezone(UTC).date() + timedelta(days=days)
        return day + timedelta(days=7 - day.weekday() if day.weekday() >= _SATURDAY else 0)

    def moment(self, days: int, hour: int, minute: int = 0) -> datetime:
        """A time of that working day, in UTC; never later than ``now``."""
        return min(datetime.combine(self.ago(days), time(hour, minute), UTC), self.now)
