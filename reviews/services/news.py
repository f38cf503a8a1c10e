"""What people are told because of how something stands: no step of theirs made it so, and nobody else says it."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import connection
from django.urls import reverse

from staff.models import User
from staff.services import Told, notify_each
from staff.states import NotificationKind

#: What is older was told, or is no news any more.
NEWS_OF = timedelta(days=2)
#: So many of a kind in one round; the rest follows in the next.
MOST = 1000


def tell_news(*, now: datetime) -> int:
    """Tell whose it is: of a message that may have left or not, or could not be delivered, of an answer that may have
    said stop, and of a message that was put off until now. Returns how many notices are new.

    What belongs to nobody, or to somebody who left, is told to whoever reviews every team. Each thing is told once, so
    it may run at any time.
    """
    found: list[tuple[NotificationKind, int, int | None, str]] = []
    with connection.cursor() as cursor:
        for kind, statement in _NEWS.items():
            cursor.execute(statement, {"now": now, "since": now - NEWS_OF, "most": MOST})
            found += [(kind, row_id, owner, key) for row_id, owner, key in cursor.fetchall()]
    if not found:
        return 0
    everybody = User.objects.with_perm(
        "reviews.review_every_team", include_superusers=False, backend="django.contrib.auth.backends.ModelBackend"
    )
    chiefs = list(everybody.values_list("pk", flat=True)) if any(row[2] is None for row in found) else []
    return notify_each(
        told=[
            Told(user, kind, key, _TITLES[kind], _where(kind, row_id))
            for kind, row_id, owner, key in found
            for user in ([owner] if owner is not None else chiefs)
        ],
        now=now,
    )


def _where(kind: NotificationKind, row_id: int) -> str:
    if kind == NotificationKind.HELD_REPLY:
        return reverse("outreach:reply", args=[row_id])
    return reverse("reviews:item", args=[row_id])


_TITLES = {
    NotificationKind.MAYBE_SENT: "A message may have left or not. Find out, and say which",
    NotificationKind.UNDELIVERED: "A message could not be delivered",
    NotificationKind.HELD_REPLY: "Somebody may have said stop. Nothing leaves until you say whether they did",
    NotificationKind.REMINDER: "A message you put off waits for you again",
}
# Notices pass over whoever left, so what is theirs counts as nobody's. What belongs to nobody is found again as long as
# it is news; telling it twice does nothing.
_STATEMENT = """
SELECT id, owner_id, key
  FROM (SELECT o.id, person.id AS owner_id, '{kind}:' || {key} AS key
          FROM {table} o LEFT JOIN staff_user person ON person.id = o.owner_id AND person.is_active
         WHERE {news}) AS news
 WHERE owner_id IS NULL OR NOT EXISTS (SELECT 1 FROM staff_notification n
                                        WHERE n.user_id = news.owner_id AND n.key = news.key)
 ORDER BY id DESC LIMIT %(most)s
"""
# Each try is news of its own: what a person has sent again may fail or get lost again.
_TRY = "o.id || ':' || extract(epoch FROM o.claimed_at)::bigint"
_NEWS = {
    kind: _STATEMENT.format(kind=kind.value, table=table, key=key, news=news)
    for kind, table, key, news in (
        (NotificationKind.MAYBE_SENT, "outreach_draft", _TRY, "o.status = 'unknown' AND o.claimed_at > %(since)s"),
        (NotificationKind.UNDELIVERED, "outreach_draft", _TRY, "o.status = 'failed' AND o.claimed_at > %(since)s"),
        (NotificationKind.HELD_REPLY, "outreach_reply", "o.id", "o.status = 'held' AND o.at > %(since)s"),
        (
            NotificationKind.REMINDER,
            "outreach_draft",
            # Put off a second time it is another reminder.
            "o.id || ':' || extract(epoch FROM o.snoozed_until)::bigint",
            "o.status = 'awaiting_review' AND o.snoozed_until > %(since)s AND o.snoozed_until <= %(now)s",
        ),
    )
}
