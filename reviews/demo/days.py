"""Days and times of the sample world, all relative to one moment."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

_SATURDAY = 5
#: At any moment it is night in at least one of them.
_AROUND_THE_WORLD = ("Pacific/Auckland", "Asia/Singapore", "Europe/London", "America/Chicago")
_NIGHT = (22, 7)


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

    def zone_at_night(self) -> str:
        """A time zone in which it is night now."""
        hours = {zone: self.now.astimezone(ZoneInfo(zone)).hour for zone in _AROUND_THE_WORLD}
        return next(zone for zone, hour in hours.items() if hour >= _NIGHT[0] or hour < _NIGHT[1])
