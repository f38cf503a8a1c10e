"""Notices leave by a real mail server and a real webhook, once each, and wait where these are down."""

from __future__ import annotations

import logging
from datetime import time, timedelta
from email.message import Message

import pytest
from aiosmtpd.smtp import SMTP, Envelope, Session
from anymail.exceptions import AnymailRecipientsRefused
from django.core.mail.backends.base import BaseEmailBackend
from pytest_django import Settings

from contacts import services as contacts
from outreach.models import Draft, Reply
from outreach.services import approve, review_again, settle_unknown
from outreach.services import snooze as put_off
from reviews.services.news import tell_news
from reviews.services.telling import Left, tell_at_once
from staff import services as staff
from staff.models import Notification, User
from staff.rules.notices import DEFAULTS, Choice
from staff.states import NotificationKind, Telling
from tests.factories import make_user
from tests.outreach.sink import Sink
from tests.outreach.world import NOW, make_approved, make_contact, make_draft
from tests.reviews.notices.channel import Channel

pytestmark = pytest.mark.django_db
MINUTE = timedelta(minutes=1)


def tell(user: User, kind: NotificationKind = NotificationKind.BREACHED, key: str = "one", title: str = "Late") -> None:
    staff.notify(user_ids=[user.pk], kind=kind, key=key, title=title, url="/reviews/7/", now=NOW)


def text_of(mail: Message) -> str:
    content = mail.get_payload(decode=True)
    assert isinstance(content, bytes)
    return content.decode().replace("\r\n", "\n")


def test_what_is_wanted_at_once_leaves_once_by_both_ways(sink: Sink, channel: Channel) -> None:
    olivia = make_user(name="Olivia Owens")
    tell(olivia, title="2 messages of your team passed their deadline")
    tell(olivia, NotificationKind.HELD_REPLY, "two", "Somebody may have said stop")
    tell(olivia, NotificationKind.SUGGESTION, "three", "That can wait for the digest")
    assert tell_at_once(now=NOW + MINUTE) == Left(1, 1)
    assert tell_at_once(now=NOW + 2 * MINUTE) == Left()
    (mail,) = sink.arrived
    assert (mail["To"], mail["Subject"]) == (olivia.email, "2 notices from Rekindle")
    body = text_of(mail)
    assert body.startswith(
        "Hello Olivia,\n\n2 messages of your team passed their deadline\nhttps://ours.example/reviews/7/"
    )
    assert "That can wait" not in body
    assert "https://ours.example/notices/choices/" in body
    assert channel.texts == [
        "*Olivia Owens*\n• 2 messages of your team passed their deadline\n• Somebody may have said stop\n"
        "<https://ours.example/notices/|Open Rekindle>"
    ]
    left = Notification.objects.filter(mailed_at=NOW + MINUTE, slacked_at=NOW + MINUTE)
    assert left.count() == 2


def test_each_person_chooses(sink: Sink, channel: Channel, settings: Settings) -> None:
    quiet, chatty, nowhere = make_user(), make_user(name="Ida"), make_user()
    User.objects.filter(pk=nowhere.pk).update(email="")
    for user, choice in (
        (quiet, Choice(Telling.NEVER, Telling.NEVER)),
        (chatty, Choice(Telling.NEVER, Telling.AT_ONCE)),
    ):
        staff.choose_notices(user=user, choices=dict.fromkeys(DEFAULTS, choice), digest_at=time(8))
    for user in (quiet, chatty, nowhere):
        tell(user)
    settings.SLACK_WEBHOOK_URL = ""
    assert tell_at_once(now=NOW) == Left()
    settings.SLACK_WEBHOOK_URL = channel.address
    assert tell_at_once(now=NOW) == Left(chatted=2)
    assert sink.arrived == []
    assert [text.partition("\n")[0] for text in channel.texts] == ["*Ida*", f"*{nowhere.name}*"]


def test_what_was_read_or_is_old_is_not_sent(sink: Sink, channel: Channel) -> None:
    user = make_user()
    tell(user)
    assert tell_at_once(now=NOW + timedelta(days=2)) == Left()
    staff.read_notices(user=user, now=NOW)
    assert tell_at_once(now=NOW) == Left()


def test_where_the_far_side_is_down_it_leaves_later(
    sink: Sink, channel: Channel, settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    people = [make_user() for _ in range(5)]
    for user in people:
        tell(user)
    port, settings.EMAIL_PORT, channel.status = settings.EMAIL_PORT, 1, 503
    with caplog.at_level(logging.WARNING, "rekindle.notices"):
        assert tell_at_once(now=NOW) == Left()
    # After three in a row both are left alone, and the log says of whom, but no address.
    assert len(caplog.records) == 6
    assert "answered 503" in caplog.text
    assert channel.address not in caplog.text
    assert people[0].email not in caplog.text
    settings.EMAIL_PORT, channel.status = port, 200
    assert tell_at_once(now=NOW + MINUTE) == Left(5, 5)
    assert len(sink.arrived) == len(channel.texts) == 5


def test_an_address_that_is_refused_for_good_is_not_tried_for_ever(sink: Sink) -> None:
    tell(make_user())
    sink.at_rcpt = "550 no such person"
    tell_at_once(now=NOW)
    sink.at_rcpt = ""
    tell_at_once(now=NOW + MINUTE)
    assert sink.arrived == []


def test_an_address_that_is_refused_for_now_is_tried_again_and_keeps_nobody_else_waiting(
    sink: Sink, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Three have no address that could be written, then four a full mailbox, which says nothing about the server."""
    for number in range(3):
        User.objects.filter(pk=make_user().pk).update(email=f"Marta {number} <")
    full, last = {make_user().email for _ in range(4)}, make_user()
    for user in User.objects.order_by("pk"):
        tell(user)
    answer = sink.handle_RCPT

    async def mostly_full(server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]) -> str:
        if address in full:
            return "452 mailbox full"
        return await answer(server, session, envelope, address, options)

    monkeypatch.setattr(sink, "handle_RCPT", mostly_full)
    assert tell_at_once(now=NOW) == Left(1)
    assert [mail["To"] for mail in sink.arrived] == [last.email]
    full.clear()
    assert tell_at_once(now=NOW + MINUTE) == Left(4)
    assert tell_at_once(now=NOW + 2 * MINUTE) == Left()


class RefusingProvider(BaseEmailBackend):
    """A provider that knows of every address that it is dead."""

    def send_messages(self, email_messages: object) -> int:
        raise AnymailRecipientsRefused


@pytest.mark.usefixtures("sink")
def test_an_address_that_a_provider_refuses_for_good_is_not_tried_for_ever(settings: Settings) -> None:
    tell(make_user())
    settings.EMAIL_BACKEND = f"{__name__}.{RefusingProvider.__name__}"
    assert tell_at_once(now=NOW) == Left(1)
    assert tell_at_once(now=NOW + MINUTE) == Left()


def test_a_chat_whose_answer_got_lost_is_not_told_again(channel: Channel) -> None:
    tell(make_user())
    channel.status = 0
    tell_at_once(now=NOW)
    channel.status = 200
    tell_at_once(now=NOW + MINUTE)
    assert len(channel.texts) == 1


# --- news


def test_news_is_told_once_to_whose_it_is_or_to_those_who_see_every_team() -> None:
    owner, chief = make_user("Account owner"), make_user("SDR manager")
    unknown, failed, snoozed = make_approved(owner=owner), make_approved(owner=owner), make_draft(owner=owner)
    Draft.objects.filter(pk=unknown.pk).update(status="unknown", claimed_at=NOW)
    Draft.objects.filter(pk=failed.pk).update(status="failed", claimed_at=NOW, owner=None)
    put_off(
        draft_id=snoozed.pk, fingerprint=snoozed.fingerprint, until=NOW + MINUTE, reason="At lunch", by=owner, now=NOW
    )
    contact = make_contact()
    stop = contacts.suppress(contact=contact, channel="all", reason="opted_out", at=NOW)
    reply = Reply.objects.create(
        contact=contact, owner=owner, channel="email", at=NOW, label="opt_out", confidence=1, status="held",
        suppression=stop,
    )  # fmt: skip
    assert tell_news(now=NOW) == 3
    assert tell_news(now=NOW + 2 * MINUTE) == 1
    assert tell_news(now=NOW + 3 * MINUTE) == 0
    assert set(Notification.objects.values_list("user", "kind", "url")) == {
        (owner.pk, "maybe_sent", f"/reviews/{unknown.pk}/"),
        (chief.pk, "undelivered", f"/reviews/{failed.pk}/"),
        (owner.pk, "held_reply", f"/replies/{reply.pk}/"),
        (owner.pk, "reminder", f"/reviews/{snoozed.pk}/"),
    }
    assert not any("Marta" in title for title in Notification.objects.values_list("title", flat=True))
    # Put off a second time, it is told of a second time.
    snoozed.refresh_from_db()
    put_off(
        draft_id=snoozed.pk, fingerprint=snoozed.fingerprint, until=NOW + 9 * MINUTE, reason="Out", by=owner, now=NOW
    )
    assert tell_news(now=NOW + 9 * MINUTE) == 1


def test_a_message_that_gets_lost_or_fails_again_is_told_of_again() -> None:
    owner = make_user("Account owner")
    lost, failed = make_approved(owner=owner), make_approved(owner=owner)
    Draft.objects.filter(pk=lost.pk).update(status="unknown", claimed_at=NOW)
    Draft.objects.filter(pk=failed.pk).update(status="failed", claimed_at=NOW)
    assert tell_news(now=NOW + MINUTE) == 2
    settle_unknown(draft_id=lost.pk, was_sent=False, send_again=True, by=owner, now=NOW + MINUTE, reason="Not there")
    review_again(draft_id=failed.pk, by=owner, now=NOW + MINUTE)
    approve(draft_id=failed.pk, fingerprint=failed.fingerprint, by=owner, now=NOW + MINUTE)
    assert tell_news(now=NOW + 2 * MINUTE) == 0
    Draft.objects.filter(pk=lost.pk).update(status="unknown", claimed_at=NOW + 2 * MINUTE)
    Draft.objects.filter(pk=failed.pk).update(status="failed", claimed_at=NOW + 2 * MINUTE)
    assert tell_news(now=NOW + 3 * MINUTE) == 2
    assert tell_news(now=NOW + 4 * MINUTE) == 0
    told = Notification.objects.order_by("pk").values_list("kind", "url")
    assert [*told].count(("maybe_sent", f"/reviews/{lost.pk}/")) == 2
    assert [*told].count(("undelivered", f"/reviews/{failed.pk}/")) == 2


def test_news_about_the_work_of_somebody_who_left_is_told_to_those_who_see_every_team() -> None:
    """The one who left is told nothing. Without this nobody would know of an answer that may have said stop."""
    gone, chief = make_user("Account owner"), make_user("SDR manager")
    Draft.objects.filter(pk=make_approved(owner=gone).pk).update(status="unknown", claimed_at=NOW)
    User.objects.filter(pk=gone.pk).update(is_active=False)
    assert tell_news(now=NOW) == 1
    assert tell_news(now=NOW + MINUTE) == 0
    assert list(Notification.objects.values_list("user", "kind")) == [(chief.pk, "maybe_sent")]
