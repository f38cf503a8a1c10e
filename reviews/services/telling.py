"""Notices leave by mail and chat for those who want them at once. The bell has them anyway."""

from __future__ import annotations

import json
import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from smtplib import SMTPRecipientsRefused
from typing import Literal

from django.conf import settings
from django.core.mail import send_mail
from django.db import connection, transaction
from django.template.loader import render_to_string
from django.urls import reverse

from outreach.channels.http import AnswerLostError, NothingSentError, session
from staff.models import Notification, User
from staff.rules.notices import DEFAULTS, chat_message, subject_of
from staff.states import Telling

logger = logging.getLogger("rekindle.notices")

#: What could not leave for so long is no news any more; it stays in the bell.
NEWS_FOR = timedelta(days=1)
#: So many notices of one person go into one mail.
MOST_TOGETHER = 100
#: A far side that failed so often in a row is left alone until the next round.
MOST_FAILURES = 3
CHAT_SECONDS = 10
#: A mail server that closes the connection says this instead of an answer about the address (RFC 5321, 3.8).
CLOSING = 421
Way = Literal["mail", "slack"]


@dataclass(frozen=True, slots=True)
class Left:
    """How many people were told by mail, and how many by chat."""

    mailed: int = 0
    chatted: int = 0


class NotTaken(Exception):  # noqa: N818  an answer of the far side, not a fault of ours
    """The far side did not take it. The words name no address: that of a webhook is a secret.

    ``away`` is whether the far side seems to be away for everybody, and not only to turn down this one address.
    """

    def __init__(self, words: str, *, away: bool = True) -> None:
        self.away = away
        super().__init__(words)


def tell_at_once(*, now: datetime) -> Left:
    """Send what people want to hear of at once. What one person is told by then is one mail and one chat message.

    Whoever is told is claimed by a lock that ends with the transaction: interrupted before it left, it leaves next
    time; of two rounds at once, one tells. What was read in the bell meanwhile is not sent any more.
    """
    mailed = sum(_each("mail", now))
    chatted = sum(_each("slack", now)) if settings.SLACK_WEBHOOK_URL else 0
    return Left(mailed, chatted)


def _each(way: Way, now: datetime) -> list[bool]:
    """For each person whether they were told."""
    told, failures = [], 0
    for user_id in _people(way, now):
        try:
            told.append(_tell(way, user_id, now))
            failures = 0
        except NotTaken as problem:
            logger.warning("Notices of user %s did not leave by %s: %s", user_id, way, problem)
            failures += problem.away
            if failures == MOST_FAILURES:
                break
    return told


@transaction.atomic
def _tell(way: Way, user_id: int, now: datetime) -> bool:
    ids = waiting_ids(way, user_id, Telling.AT_ONCE, now - NEWS_FOR)
    if not ids:
        return False
    user = User.objects.get(pk=user_id)
    notices = list(Notification.objects.filter(pk__in=ids).order_by("pk"))
    if way == "mail":
        mail(
            user=user,
            subject=subject_of([one.title for one in notices]),
            template="reviews/mail/notices.txt",
            notices=notices,
        )
    else:
        chat(user=user, lines=[one.title for one in notices])
    mark(way, ids, now)
    return True


def waiting_ids(way: Way, user_id: int, telling: Telling, since: datetime) -> list[int]:
    """Lock and give the notices of one person that have yet to leave this way. Call it in a transaction."""
    with connection.cursor() as cursor:
        cursor.execute(
            _WAITING.format(sent=_SENT[way], choice=way, what="n.id", end=_OF_ONE),
            {**_defaults(way), "user": user_id, "telling": telling.value, "since": since, "most": MOST_TOGETHER},
        )
        return [pk for (pk,) in cursor.fetchall()]


def mark(way: Way, ids: Sequence[int], now: datetime) -> None:
    """They left."""
    Notification.objects.filter(pk__in=ids).update(**{_SENT[way]: now})


def mail(*, user: User, subject: str, template: str, **shown: object) -> None:
    """Send one mail to one person. An address that is refused for good counts as told: the bell has it.

    Raises NotTaken where it could not be handed over.
    """
    body = render_to_string(
        template,
        {
            "user": user,
            "site": settings.PUBLIC_URL,
            "choices": f"{settings.PUBLIC_URL}{reverse('staff:notice_choices')}",
            **shown,
        },
    )
    try:
        send_mail(subject, body, None, [user.email])
    except AnswerLostError:
        logger.warning("The provider's answer about a mail to user %s got lost", user.pk)
    except Exception as problem:
        # Servers, providers and folders each fail in their own way. Whatever it was, this one person is told later,
        # unless their address is refused for good.
        refusal = _refusal(problem)
        if refusal != "for good":
            raise NotTaken(type(problem).__name__, away=not refusal) from problem
        logger.warning("The address of user %s is refused for good", user.pk)


def _refusal(problem: Exception) -> Literal["for good", "for now", ""]:
    """Whether it was the address of this one person that was refused. Empty where it was anything else."""
    if isinstance(problem, SMTPRecipientsRefused):
        codes = {code for code, _said in problem.recipients.values()}
        if CLOSING in codes:
            return ""
        # A full mailbox and greylisting come as a refusal too, with a code that says: later.
        return "for good" if all(500 <= code < 600 for code in codes) else "for now"
    if isinstance(problem, ValueError):
        # What cannot be written into the head of a mail never came to a server.
        return "for now"
    # Loaded here: it takes a while, and most installations use a mail server.
    from anymail.exceptions import AnymailRecipientsRefused

    return "for good" if isinstance(problem, AnymailRecipientsRefused) else ""


def chat(*, user: User, lines: Sequence[str]) -> None:
    """Write to the company's channel what one person is told. Raises NotTaken where it was not taken.

    Where the answer got lost it counts as taken: better not told twice than told for ever.
    """
    link = f"{settings.PUBLIC_URL}{reverse('staff:notices')}"
    text = chat_message(name=str(user), lines=lines, link=link)
    body = json.dumps({"text": text, "unfurl_links": False}).encode()
    try:
        answer = session(seconds=CHAT_SECONDS).post(
            settings.SLACK_WEBHOOK_URL, data=body, headers={"Content-Type": "application/json; charset=utf-8"}
        )
    except NothingSentError as problem:
        raise NotTaken("not reached") from problem
    except AnswerLostError:
        logger.warning("The chat's answer about notices of user %s got lost", user.pk)
        return
    if not 200 <= answer.status_code < 300:
        raise NotTaken(f"answered {answer.status_code}")


def _people(way: Way, now: datetime) -> list[int]:
    with connection.cursor() as cursor:
        cursor.execute(
            _WAITING.format(sent=_SENT[way], choice=way, what="DISTINCT n.user_id", end=_OF_ALL),
            {**_defaults(way), "telling": Telling.AT_ONCE.value, "since": now - NEWS_FOR},
        )
        return [pk for (pk,) in cursor.fetchall()]


def _defaults(way: Way) -> dict[str, list[str]]:
    return {"kinds": [kind.value for kind in DEFAULTS], "usual": [getattr(one, way).value for one in DEFAULTS.values()]}


_SENT: dict[Way, str] = {"mail": "mailed_at", "slack": "slacked_at"}
_WAITING = """
SELECT {what}
  FROM staff_notification n
  JOIN staff_user person ON person.id = n.user_id AND person.is_active AND ('{choice}' <> 'mail' OR person.email <> '')
  JOIN unnest(%(kinds)s::text[], %(usual)s::text[]) AS usual(kind, telling) ON usual.kind = n.kind
  LEFT JOIN staff_notificationchoice c ON c.user_id = n.user_id AND c.kind = n.kind
 WHERE n.{sent} IS NULL AND n.read_at IS NULL AND n.at > %(since)s
   AND coalesce(c.{choice}, usual.telling) = %(telling)s {end}
"""
_OF_ONE = "AND n.user_id = %(user)s ORDER BY n.id LIMIT %(most)s FOR UPDATE OF n SKIP LOCKED"
_OF_ALL = "ORDER BY 1"
