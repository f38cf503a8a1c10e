"""Not faster than a provider takes messages, and not more than a new sender domain may send in a day.

What was handed over is counted in rows of `Departures`, one for each minute of a provider and each day (UTC) of a
domain, by an upsert that adds one only while there is room. Whoever counts holds the row until the end of the
transaction, so that the limits hold over any number of workers, and a claim that is rolled back gives its place back.

A message that finds no room is told when to come again: the first window that not as many have been sent to already.
So ten thousand messages that wait come back one minute's worth at a time, and not all of them every minute.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from django.db import connection, transaction

from contacts.states import Channel
from outreach import channels
from outreach.brands import brand_of
from outreach.models import Departures, Draft
from outreach.rules.warmup import WarmUp, limit_on

MINUTE = timedelta(minutes=1)
DAY = timedelta(days=1)
#: Windows that are over tell nothing but history, and the history is in the drafts.
KEPT = timedelta(days=2)
#: So many windows ahead a place is looked for; whoever finds none comes back after the last of them.
_FURTHEST = 100

# Both kinds of limits in one query. Nearly always there are none, and then it is the only one.
_LIMITS = """
    SELECT provider, NULL::date, per_minute, NULL::numeric, 0 FROM outreach_providerrate WHERE provider = %s
    UNION ALL
    SELECT domain, began_on, first_day, growth, most_a_day FROM outreach_senderdomain WHERE %s
"""
_TAKE = """
    INSERT INTO outreach_departures AS d (key, "window", count) VALUES (%s, %s, 1)
    ON CONFLICT (key, "window") DO UPDATE SET count = d.count + 1 WHERE d.count < %s
    RETURNING count
"""


@dataclass(frozen=True, slots=True)
class NoRoom:
    """Why a message waits: a code (`rate` or `warm_up`), a sentence, and when to try again."""

    code: str
    sentence: str
    not_before: datetime


@dataclass(frozen=True, slots=True)
class _Limit:
    """One limit on the message at hand. Its key names the provider or domain; what waits has a key of its own."""

    code: str
    name: str
    length: timedelta
    per_minute: int = 0
    warm_up: WarmUp | None = None

    @property
    def key(self) -> str:
        return f"{self.code}:{self.name}"

    def most_in(self, window: datetime) -> int | None:
        return limit_on(window.date(), self.warm_up) if self.warm_up is not None else self.per_minute

    def window_of(self, moment: datetime) -> datetime:
        start = moment.astimezone(UTC).replace(second=0, microsecond=0)
        return start if self.length == MINUTE else start.replace(hour=0, minute=0)

    def sentence(self, most: int) -> str:
        if self.warm_up is not None:
            return f"The limit of {most} a day for {self.name} is reached. As a new sender it grows from day to day."
        return f"The limit of {most} a minute for {self.name} is reached."


@transaction.atomic(savepoint=False)
def find_room(*, draft: Draft, now: datetime) -> NoRoom | None:
    """Count this message as one that leaves at ``now``; or, where a limit is reached, count nothing and say so.

    The last step of a claim, inside its transaction: the place is held while that is open, and given back with it.
    Without limits it asks the database once.
    """
    # A day before a minute, and what leaves before what waits: everybody takes the rows in this order.
    taken: list[tuple[_Limit, datetime]] = []
    for limit in _limits_on(draft):
        window = limit.window_of(now)
        most = limit.most_in(window)
        if most is None:
            continue
        if not _take(limit.key, window, most):
            for one, its_window in taken:
                _give_back(one.key, its_window)
            return NoRoom(limit.code, limit.sentence(most), _next_place(limit, window))
        taken.append((limit, window))
    return None


def forget_departures(*, now: datetime) -> int:
    """Remove the counts of windows that are over for two days, as a set. Returns how many."""
    return Departures.objects.filter(window__lt=now - KEPT).delete()[0]


def forget_places(*, name: str) -> None:
    """Forget who was told to come when, because the limit on this provider or domain changed."""
    Departures.objects.filter(key__in=[_waiting(f"{code}:{name}") for code in ("rate", "warm_up")]).delete()


def _limits_on(draft: Draft) -> list[_Limit]:
    provider = channels.provider_of(draft.channel)
    with connection.cursor() as cursor:
        cursor.execute(_LIMITS, [provider, draft.channel == Channel.EMAIL])
        rows = cursor.fetchall()
    rates = [_Limit("rate", name, MINUTE, per_minute=most) for name, began_on, most, *_ in rows if began_on is None]
    domains = [
        _Limit("warm_up", name, DAY, warm_up=WarmUp(began_on, first_day, growth, most_a_day))
        for name, began_on, first_day, growth, most_a_day in rows
        if began_on is not None
    ]
    if domains:
        ours = brand_of(draft).domain
        domains = [one for one in domains if one.name == ours]
    return [*domains, *rates]


def _take(key: str, window: datetime, most: int) -> bool:
    with connection.cursor() as cursor:
        cursor.execute(_TAKE, [key, window, most])
        return cursor.fetchone() is not None


def _give_back(key: str, window: datetime) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            'UPDATE outreach_departures SET count = count - 1 WHERE key = %s AND "window" = %s', [key, window]
        )


def _next_place(limit: _Limit, full: datetime) -> datetime:
    """The beginning of the first later window that has not been promised to as many as it takes."""
    key = _waiting(limit.key)
    # They fill one after the other, so the search begins at the last one that somebody was sent to.
    latest = Departures.objects.filter(key=key, window__gt=full).order_by("-window").values_list("window", flat=True)
    window = latest.first() or full + limit.length
    for _ in range(_FURTHEST):
        most = limit.most_in(window)
        if most is None or _take(key, window, most):
            return window
        window += limit.length
    return window


def _waiting(key: str) -> str:
    return f"waiting:{key}"
