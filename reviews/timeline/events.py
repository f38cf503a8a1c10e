"""Events in a timeline: those of one name on one day stand together."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime

from django.db import connection

from contacts.models import Event
from contacts.states import Direction
from reviews.timeline.entries import SENT_KINDS, Entry, Happened, event_detail, event_title, why_not_counted
from reviews.timeline.places import Bound, Place

#: How many events of one line are named one by one.
NAMED = 20

# Which days to read is found by one index probe a day, from the newest backwards, so that a page costs the same however
# long the history is. Days are read whole: then a line says how often something happened that day, and the next page
# does not say it again.
_LINES = """
WITH RECURSIVE day(at, number) AS (
    SELECT (SELECT max(occurred_at) FROM contacts_event
             WHERE contact_id = %(contact)s AND occurred_at <= %(at)s AND {wanted}), 1
    UNION ALL
    SELECT (SELECT max(occurred_at) FROM contacts_event
             WHERE contact_id = %(contact)s AND occurred_at < date_trunc('day', day.at, 'UTC') AND {wanted}), number + 1
      FROM day WHERE day.at IS NOT NULL AND number < %(days)s
), line AS (
    SELECT e.name_id, e.kind, e.machine, e.flag, count(*) AS times, max(e.occurred_at) AS at,
           (array_agg(e.id ORDER BY e.occurred_at DESC, e.id DESC))[1:%(named)s] AS ids
      FROM contacts_event e
     WHERE e.contact_id = %(contact)s
       AND e.occurred_at >= (SELECT date_trunc('day', min(at), 'UTC') FROM day)
       AND e.occurred_at < date_trunc('day', %(at)s::timestamptz, 'UTC') + interval '1 day' AND {wanted}
     GROUP BY date_trunc('day', e.occurred_at, 'UTC'), e.name_id, e.kind, e.machine, e.flag
)
SELECT line.kind, line.machine, line.flag, line.times, line.at, line.ids, name.title, name.kind
  FROM line JOIN contacts_eventname name ON name.id = line.name_id
 WHERE line.at < %(at)s OR (line.at = %(at)s AND line.ids[1] < %(below)s)
 ORDER BY line.at DESC, line.ids[1] DESC
 LIMIT %(limit)s
"""
_WANTED = {
    "": "true",
    Direction.IN: f"NOT machine AND kind NOT IN ({', '.join(map(str, SENT_KINDS))})",
    Direction.OUT: f"kind IN ({', '.join(map(str, SENT_KINDS))})",
}
#: Adding a day to the greatest date there is would be too much for the database.
_LATEST = datetime.fromisoformat("9999-01-01T00:00:00+00:00")


@dataclass(frozen=True, slots=True)
class EventLine:
    """A line of events, before its events are looked at one by one."""

    entry: Entry
    ids: tuple[int, ...]
    times: int

    @property
    def place(self) -> Place:
        return self.entry.place


def event_lines(*, contact_id: int, rank: int, bound: Bound, limit: int, direction: str = "") -> list[EventLine]:
    """The newest lines of events behind a place, at most ``limit``. One query.

    One day more than there are lines to find is read: of the day of the place, everything may have been shown.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            _LINES.format(wanted=_WANTED[direction]),
            {
                "contact": contact_id,
                "at": min(bound.at, _LATEST),
                "below": bound.below,
                "days": limit + 1,
                "named": NAMED,
                "limit": limit,
            },
        )
        return [
            EventLine(
                Entry(
                    place=Place(at, rank, ids[0]),
                    group="events",
                    direction=_direction(kind, machine),
                    title=event_title(kind or name_kind or 0, title),
                    mark=why_not_counted(kind=kind, machine=machine, flag=flag, name_kind=name_kind),
                ),
                tuple(ids),
                times,
            )
            for kind, machine, flag, times, at, ids, title, name_kind in cursor.fetchall()
        ]


def with_particulars(lines: Iterable[EventLine]) -> dict[Place, Entry]:
    """The lines of one page with what is known about each event. One query."""
    lines = list(lines)
    found = Event.objects.in_bulk([pk for line in lines for pk in line.ids])
    entries = {}
    for line in lines:
        happened = [Happened(found[pk].occurred_at, _detail(found[pk])) for pk in line.ids if pk in found]
        if line.times > 1:
            entry = replace(
                line.entry,
                title=f"{line.entry.title}, {line.times} times",
                times=happened,
                more=line.times - len(happened),
            )
        else:
            entry = replace(line.entry, detail=happened[0].detail if happened else "")
        entries[line.place] = entry
    return entries


def _direction(kind: int, machine: bool) -> str:
    if machine:
        return ""
    return Direction.OUT.value if kind in SENT_KINDS else Direction.IN.value


def _detail(event: Event) -> str:
    return event_detail(
        kind=event.kind,
        value=event.value,
        amount=event.amount,
        currency=event.currency,
        reference=event.reference,
        properties=event.properties,
    )
