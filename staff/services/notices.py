"""Telling people of things: in the bell at once, and by mail and chat as each of them chose."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, time, timedelta

from django.db import connection, transaction

from staff.models import Notification, NotificationChoice, Preferences, User
from staff.rules.notices import Choice
from staff.services.auditing import record
from staff.states import NotificationKind

LONGEST_TITLE: int = Notification._meta.get_field("title").max_length or 0
LONGEST_URL: int = Notification._meta.get_field("url").max_length or 0
LONGEST_KEY: int = Notification._meta.get_field("key").max_length or 0
#: Whatever somebody was told goes so long afterwards, read or not.
KEPT_FOR = timedelta(days=90)


@dataclass(frozen=True, slots=True)
class Told:
    """What one person is told. ``key`` says what it is about: the same person never hears of one key twice."""

    user_id: int
    kind: NotificationKind
    key: str
    title: str
    url: str


def notify(*, user_ids: Iterable[int], kind: NotificationKind, key: str, title: str, url: str, now: datetime) -> int:
    """Tell these people one thing, each of them once. Returns how many had not been told of ``key`` before.

    ``title`` and ``url`` must name no contact, since they go into mails and chat messages; ``url`` is a path of this
    site. Accounts that are closed are passed over. Write it in the transaction of what it tells of.
    """
    return notify_each(told=[Told(user_id, kind, key, title, url) for user_id in set(user_ids)], now=now)


def notify_each(*, told: Iterable[Told], now: datetime) -> int:
    """Tell many people many things in one statement. Otherwise as `notify`."""
    rows = list(told)
    for one in rows:
        if not one.url.startswith("/") or one.url.startswith("//") or len(one.url) > LONGEST_URL:
            raise ValueError("The address of a notice is a path of this site.")
        if not one.key or len(one.key) > LONGEST_KEY:
            raise ValueError(f"The key of a notice has 1 to {LONGEST_KEY} characters.")
    if not rows:
        return 0
    with connection.cursor() as cursor:
        cursor.execute(
            """
            INSERT INTO staff_notification (user_id, kind, key, title, url, at)
            SELECT told.user_id, told.kind, told.key, told.title, told.url, %(now)s
              FROM unnest(%(users)s::bigint[], %(kinds)s::text[], %(keys)s::text[], %(titles)s::text[],
                          %(urls)s::text[]) AS told(user_id, kind, key, title, url)
              JOIN staff_user person ON person.id = told.user_id AND person.is_active
             ORDER BY told.user_id, told.key
            ON CONFLICT (user_id, key) DO NOTHING
            """,
            {
                "now": now,
                "users": [one.user_id for one in rows],
                "kinds": [str(NotificationKind(one.kind).value) for one in rows],
                "keys": [one.key for one in rows],
                # One line: it becomes the subject of a mail.
                "titles": [" ".join(one.title.split())[:LONGEST_TITLE] for one in rows],
                "urls": [one.url for one in rows],
            },
        )
        return int(cursor.rowcount)


def read_notices(*, user: User, now: datetime, ids: Iterable[int] | None = None) -> int:
    """Somebody has read these notices of theirs, or all. Returns how many they had not read before."""
    mine = Notification.objects.filter(user=user, read_at=None)
    if ids is not None:
        mine = mine.filter(pk__in=list(ids))
    return mine.update(read_at=now)


@transaction.atomic
def choose_notices(*, user: User, choices: Mapping[NotificationKind, Choice], digest_at: time) -> None:
    """Keep how somebody wants to be told of each kind of thing, and when their daily digest comes."""
    NotificationChoice.objects.bulk_create(
        [
            NotificationChoice(user=user, kind=NotificationKind(kind), mail=one.mail, slack=one.slack)
            for kind, one in choices.items()
        ],
        update_conflicts=True,
        unique_fields=["user", "kind"],
        update_fields=["mail", "slack"],
    )
    Preferences.objects.update_or_create(user=user, defaults={"digest_at": digest_at})
    record(action="staff.choose_notices", actor=user, on=user)


def forget_notices(*, now: datetime, batch: int = 5000) -> int:
    """Delete what people were told long ago, a batch at a time. Returns how many rows went."""
    gone = 0
    while True:
        old = Notification.objects.filter(at__lt=now - KEPT_FOR).order_by("id").values_list("pk", flat=True)
        ids = list(old[:batch])
        gone += Notification.objects.filter(pk__in=ids).delete()[0]
        if len(ids) < batch:
            return gone
