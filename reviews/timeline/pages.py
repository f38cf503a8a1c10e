"""One page of a timeline, in a fixed number of queries: one for each kind of entry, and one for the events shown."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from contacts.models import Contact
from reviews.timeline.entries import Entry
from reviews.timeline.events import EventLine, event_lines, with_particulars
from reviews.timeline.places import Merged, Place, bound_for, by_day, merge, up_to
from reviews.timeline.sources import SOURCES, wanted

#: How many lines a page has.
SIZE = 40
EVENTS_RANK = 0


@dataclass(frozen=True, slots=True)
class Page:
    """The lines of one page by day (UTC), the newest first, and the place behind which the next page begins."""

    days: list[tuple[date, list[Entry]]]
    following: Place | None

    @property
    def entries(self) -> list[Entry]:
        return [entry for _, of_day in self.days for entry in of_day]


def timeline(
    contact: Contact,
    *,
    after: Place | None = None,
    until: datetime | None = None,
    group: str = "",
    direction: str = "",
    size: int = SIZE,
) -> Page:
    """The newest entries behind a place, or those up to a moment.

    ``group`` is one of `GROUPS` and narrows to that kind, ``direction`` (``in`` or ``out``) to what came from them or
    from us. Empty narrows to nothing.
    """
    if until is not None:
        after = up_to(until)
    lists: list[Sequence[Entry | EventLine]] = []
    if group in ("", "events"):
        lists.append(
            event_lines(
                contact_id=contact.pk,
                rank=EVENTS_RANK,
                bound=bound_for(EVENTS_RANK, after),
                limit=size + 1,
                direction=direction,
            )
        )
    for rank, source in enumerate(SOURCES, EVENTS_RANK + 1):
        if wanted(source, group, direction):
            lists.append(
                source.read(
                    contact,
                    rank=rank,
                    bound=bound_for(rank, after),
                    limit=size + 1,
                    group=group,
                    direction=direction,
                )
            )
    merged: Merged[Entry | EventLine] = merge(lists, size)
    named = with_particulars(line for line in merged.entries if isinstance(line, EventLine))
    entries = [named[one.place] if isinstance(one, EventLine) else one for one in merged.entries]
    return Page(by_day(entries), merged.following)
