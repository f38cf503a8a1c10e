"""The daily mail: what waits for somebody, and what they did not want to hear of at once."""

from __future__ import annotations

import logging
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from django.conf import settings
from django.db import connection, transaction
from django.db.models import Q

from reviews.services.deadlines import late_of
from reviews.services.hand_overs import who_is_away
from reviews.services.telling import MOST_FAILURES, NotTaken, Way, chat, mail, mark, waiting_ids
from reviews.work_counts import waiting_of
from staff.calendars import calendars
from staff.models import Notification, NotificationChoice, Preferences, User
from staff.rules.notices import DEFAULTS, MOST_LINES, in_words
from staff.states import Telling

logger = logging.getLogger("rekindle.notices")

#: Over a long weekend nothing is lost; what is older is in the bell.
NEWS_FOR = timedelta(days=7)
#: What waits is counted for so many people in one go.
BATCH = 100
#: Where it is kept on which day somebody had the last one.
_DAYS: dict[Way, str] = {"mail": "digest_sent_on", "slack": "digest_slacked_on"}
#: How often `config.celery` looks whose time has come.
LOOKS_EVERY = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class _Due:
    """Somebody whose time has come, which day it is there, and by which ways they had no digest on that day."""

    user: int
    today: date
    ways: Sequence[Way]


def send_digests(*, now: datetime) -> int:
    """Send the digest to whose time has come: from their hour on, by the clock and on the working days of their team.

    Once a day by mail and once by chat; nobody away gets one, nor anybody for whom there is nothing to say, nor whoever
    has no kind of notice in it. Returns how many left, by either way. Each is a transaction of its own, claimed by its
    day: what fails is tried again for as long as that day lasts, and repeats nothing that left the other way.
    """
    _have_preferences()
    ways: tuple[Way, ...] = ("mail", "slack") if settings.SLACK_WEBHOOK_URL else ("mail",)
    due = _due(now, ways)
    sent = 0
    failures: Counter[Way] = Counter()
    for begin in range(0, len(due), BATCH):
        if all(failures[way] == MOST_FAILURES for way in ways):
            break
        people = due[begin : begin + BATCH]
        ids = [one.user for one in people]
        waiting, late = waiting_of(ids, now), late_of(user_ids=ids, now=now)
        wants = _wants(ids)
        for one in people:
            for way in one.ways:
                # A far side that is away is left alone until the next round. The other may well be there.
                if failures[way] == MOST_FAILURES:
                    continue
                wanted = way in wants[one.user]
                try:
                    if _send(way, one, waiting[one.user], late[one.user], wanted=wanted, now=now):
                        sent += 1
                        failures[way] = 0
                except NotTaken as problem:
                    logger.warning("The digest of user %s did not leave by %s: %s", one.user, way, problem)
                    failures[way] += problem.away
    return sent


def _have_preferences() -> None:
    """Everybody who may sign in has a row to claim."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            INSERT INTO staff_preferences (user_id, digest_at, calendar_digest)
            SELECT person.id, '08:00', '' FROM staff_user person
             WHERE person.is_active AND NOT EXISTS (SELECT 1 FROM staff_preferences p WHERE p.user_id = person.id)
            ON CONFLICT (user_id) DO NOTHING
            """
        )


def _due(now: datetime, ways: Sequence[Way]) -> list[_Due]:
    """Whose time has come. One query for each team that works today.

    The last look of a day is for everybody whose time would come after it: tomorrow that time is ahead again.
    """
    away = who_is_away(now)
    found: list[_Due] = []
    for team, calendar in calendars().items():
        there = now.astimezone(calendar.zone)
        today = there.date()
        if not calendar.works_on(today):
            continue
        until = there.time() if (there + LOOKS_EVERY).date() == today else time.max
        not_yet = Q(*(_not_yet(way, today) for way in ways), _connector=Q.OR)
        people = Preferences.objects.filter(not_yet, user__team=team, user__is_active=True, digest_at__lte=until)
        for user_id, *days in people.order_by("user_id").values_list("user_id", *(_DAYS[way] for way in ways)):
            if user_id not in away:
                last = zip(ways, days, strict=True)
                found.append(_Due(user_id, today, [way for way, day in last if day is None or day < today]))
    return found


def _not_yet(way: Way, today: date) -> Q:
    return Q((_DAYS[way], None)) | Q((f"{_DAYS[way]}__lt", today))


def _wants(ids: Sequence[int]) -> dict[int, frozenset[Way]]:
    """By which ways each person gets a digest: those that have at least one kind of notice in it."""
    choices: defaultdict[int, dict[str, NotificationChoice]] = defaultdict(dict)
    for one in NotificationChoice.objects.filter(user__in=ids):
        choices[one.user_id][one.kind] = one
    ways: tuple[Way, ...] = ("mail", "slack")
    return {
        pk: frozenset(
            way
            for way in ways
            if any(getattr(choices[pk].get(kind, usual), way) == Telling.DIGEST for kind, usual in DEFAULTS.items())
        )
        for pk in ids
    }


@transaction.atomic
def _send(way: Way, one: _Due, waiting: Mapping[str, int], late: int, *, wanted: bool, now: datetime) -> bool:
    """One person's digest by one way; whether it left. What fails takes the claim back with it."""
    mine = Preferences.objects.filter(_not_yet(way, one.today), user=one.user)
    if mine.update(**{_DAYS[way]: one.today}) == 0 or not wanted:
        return False
    user = User.objects.get(pk=one.user)
    if way == "mail" and not user.email:
        return False
    said = in_words(waiting)
    ids, notices = _news(way, one.user, now)
    if not said and not notices:
        return False
    if way == "mail":
        mail(
            user=user, template="reviews/mail/digest.txt", subject=said or "What is new for you", said=said,
            late=late, notices=notices[:MOST_LINES], more=max(len(notices) - MOST_LINES, 0),
        )  # fmt: skip
    else:
        lines = [said] * bool(said) + [f"Past the deadline: {late}"] * bool(late)
        chat(user=user, lines=lines + [notice.title for notice in notices])
    mark(way, ids, now)
    return True


def _news(way: Way, user_id: int, now: datetime) -> tuple[list[int], list[Notification]]:
    ids = waiting_ids(way, user_id, Telling.DIGEST, now - NEWS_FOR)
    return ids, list(Notification.objects.filter(pk__in=ids).order_by("pk"))
