"""The business hours of teams, read for `staff.rules.hours`."""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Iterable
from datetime import date
from functools import cache
from zoneinfo import available_timezones

from staff.models import Holiday, Team
from staff.rules.hours import DEFAULT_CALENDAR, Calendar

logger = logging.getLogger("rekindle.staff")


@cache
def time_zones() -> frozenset[str]:
    """The names of all time zones. Finding them walks through a folder of files, which no page should wait for."""
    return frozenset(available_timezones())


def calendar_of(team: Team | None) -> Calendar:
    """The hours of one team and its holidays; without a team, weekdays from nine to five in UTC. One query."""
    days = Holiday.objects.filter(team=None)
    if team is not None:
        days |= Holiday.objects.filter(team=team)
    return _calendar(team, days.values_list("on", flat=True))


def calendars() -> dict[int | None, Calendar]:
    """The hours of every team by its id, and under None those of people without one. Two queries."""
    days: defaultdict[int | None, list[date]] = defaultdict(list)
    for team_id, on in Holiday.objects.values_list("team_id", "on"):
        days[team_id].append(on)
    found: dict[int | None, Calendar] = {None: _calendar(None, days[None])}
    for team in Team.objects.all():
        found[team.pk] = _calendar(team, days[None] + days[team.pk])
    return found


def _calendar(team: Team | None, holidays: Iterable[date]) -> Calendar:
    if team is None:
        return Calendar(holidays=frozenset(holidays))
    zone = team.timezone
    if zone not in time_zones():
        # The form refuses it. Should the name have gone since, the deadlines of the team go on.
        logger.warning("Team %s has a time zone that does not exist; UTC is taken for it", team.pk)
        zone = DEFAULT_CALENDAR.timezone
    return Calendar(zone, frozenset(team.work_days), team.opens, team.closes, frozenset(holidays))
