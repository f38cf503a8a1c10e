"""The daily mail: what waits for somebody, and what they did not want to hear of at once."""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Mapping, Sequence
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
#: How often `config.celery` looks whose time has come.
LOOKS_EVERY = timedelta(minutes=5)


def send_digests(*, now: datetime) -> int:
    """Send the digest to whose time has come: from their hour on, by the clock and on the working days of their team.

    Once a day each; nobody away gets one, nor anybody for whom there is nothing to say, nor whoever has no kind of
    notice in it. Returns how many left. Each person is one transaction, claimed by the day of the last digest.
    """
    _have_preferences()
    due = _due(now)
    sent, failures = 0, 0
    for begin in range(0, len(due), BATCH):
        people = due[begin : begin + BATCH]
        ids = [pk for pk, _today in people]
        waiting, late = waiting_of(ids, now), late_of(user_ids=ids, now=now)
        wants = _wants(ids)
        for user_id, today in people:
            try:
                sent += _send(user_id, today, waiting[user_id], late[user_id], wants[user_id], now)
                failures = 0
            except NotTaken as problem:
                logger.warning("The digest of user %s did not leave: %s", user_id, problem)
                failures += problem.away
                if failures == MOST_FAILURES:
                    return sent
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


def _due(now: datetime) -> list[tuple[int, date]]:
    """Whose time has come, and which day it is there. One query for each team that works today.

    The last look of a day is for everybody whose time would come after it: tomorrow that time is ahead again.
    """
    away = who_is_away(now)
    found: list[tuple[int, date]] = []
    for team, calendar in calendars().items():
        there = now.astimezone(calendar.zone)
        today = there.date()
        if not calendar.works_on(today):
            continue
        until = there.time() if (there + LOOKS_EVERY).date() == today else time.max
        people = Preferences.objects.filter(
            Q(digest_sent_on=None) | Q(digest_sent_on__lt=today),
            user__team=team,
            user__is_active=True,
            digest_at__lte=until,
        )
        found += [(pk, today) for pk in people.order_by("user_id").values_list("user_id", flat=True) if pk not in away]
    return found


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
def _send(
    user_id: int, today: date, waiting: Mapping[str, int], late: int, wants: frozenset[Way], now: datetime
) -> bool:
    """One person's digest; whether anything left. What fails takes the claim back with it."""
    mine = Preferences.objects.filter(Q(digest_sent_on=None) | Q(digest_sent_on__lt=today), user=user_id)
    if mine.update(digest_sent_on=today) == 0:
        return False
    user = User.objects.get(pk=user_id)
    said = in_words(waiting)
    left = False
    if "mail" in wants and user.email:
        ids, notices = _news("mail", user_id, now)
        if said or notices:
            mail(
                user=user, template="reviews/mail/digest.txt", subject=said or "What is new for you", said=said,
                late=late, notices=notices[:MOST_LINES], more=max(len(notices) - MOST_LINES, 0),
            )  # fmt: skip
            mark("mail", ids, now)
            left = True
    if "slack" in wants and settings.SLACK_WEBHOOK_URL:
        ids, notices = _news("slack", user_id, now)
        lines = [said] * bool(said) + [f"Past the deadline: {late}"] * bool(late)
        lines += [one.title for one in notices]
        if lines:
            chat(user=user, lines=lines)
            mark("slack", ids, now)
            left = True
    return left


def _news(way: Way, user_id: int, now: datetime) -> tuple[list[int], list[Notification]]:
    ids = waiting_ids(way, user_id, Telling.DIGEST, now - NEWS_FOR)
    return ids, list(Notification.objects.filter(pk__in=ids).order_by("pk"))
