"""The daily mail: once a day, from the hour each person chose, by the clock and on the working days of their team."""

from __future__ import annotations

from datetime import datetime, time, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from pytest_django import Settings

from config.celery import app
from followups.models import Lead
from outreach.models import Call, Draft
from reviews.services.deadlines import escalate
from reviews.services.digests import LOOKS_EVERY, send_digests
from reviews.work_counts import waiting_of
from staff import services as staff
from staff.models import Holiday, Notification, Team, User
from staff.rules.notices import DEFAULTS, Choice
from staff.states import NotificationKind, Telling
from tests.factories import make_team, make_user
from tests.outreach.calls.making import make_call
from tests.outreach.sink import Sink
from tests.outreach.world import NOW, make_draft
from tests.reviews.deadlines.test_escalating import open_case
from tests.reviews.notices.channel import Channel
from tests.reviews.notices.test_telling import text_of

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)
#: A Thursday, when the digest is due in UTC.
MORNING = datetime.combine((NOW + DAY).date(), time(8), NOW.tzinfo)


@pytest.fixture
def owner() -> User:
    return make_user("Account owner", name="Olivia Owens", team=make_team("North"))


def test_it_says_what_waits_and_what_is_new_once_a_day(owner: User, sink: Sink, channel: Channel) -> None:
    for _ in range(2):
        make_draft(owner=owner, due_at=NOW)
    make_call(owner_id=owner.pk, latest_at=NOW + timedelta(hours=2))
    escalate(now=NOW + timedelta(hours=4))
    Notification.objects.all().delete()
    kind = NotificationKind.SUGGESTION
    staff.notify(user_ids=[owner.pk], kind=kind, key="s", title="Two suggestions", url="/suggestions/", now=NOW)
    assert send_digests(now=MORNING - timedelta(minutes=1)) == 0
    assert send_digests(now=MORNING) == 1
    assert send_digests(now=MORNING + timedelta(hours=3)) == 0
    (mail,) = sink.arrived
    assert (mail["To"], mail["Subject"]) == (owner.email, "2 messages and 1 call wait for you")
    body = text_of(mail)
    assert "2 messages and 1 call wait for you. Past the deadline: 1.\nhttps://ours.example/\n" in body
    assert "Two suggestions\nhttps://ours.example/suggestions/" in body
    assert channel.texts == []
    assert send_digests(now=MORNING + DAY) == 1
    assert "Two suggestions" not in text_of(sink.arrived[1])
    # Saturday is free.
    assert send_digests(now=MORNING + 2 * DAY) == 0


def test_only_what_is_to_be_done_now_waits_for_somebody(owner: User) -> None:
    """As on the pages: nothing that was put off, no call before its time, no case of a lead that somebody closed."""
    for _ in range(2):
        make_draft(owner=owner, due_at=NOW)
        make_call(owner_id=owner.pk, due_at=MORNING, latest_at=MORNING)
        open_case(owner)
    snoozed, later, closed = Draft.objects.latest("pk"), Call.objects.latest("pk"), Lead.objects.latest("pk")
    with CaptureQueriesContext(connection) as of_one:
        assert waiting_of([owner.pk], MORNING) == {owner.pk: {"draft": 2, "call": 2, "case": 2}}
    assert len(of_one) == 3
    Draft.objects.filter(pk=snoozed.pk).update(snoozed_until=MORNING + DAY)
    Call.objects.filter(pk=later.pk).update(due_at=MORNING + DAY, latest_at=MORNING + DAY)
    Lead.objects.filter(pk=closed.pk).update(disposition="nurture", disposition_at=NOW)
    assert waiting_of([owner.pk], MORNING) == {owner.pk: {"draft": 1, "call": 1, "case": 1}}
    assert waiting_of([owner.pk], MORNING + DAY)[owner.pk] == {"draft": 2, "call": 2, "case": 1}


def test_it_comes_by_the_clock_of_the_team_and_not_on_its_holidays(owner: User, sink: Sink) -> None:
    Team.objects.update(timezone="America/New_York")
    Holiday.objects.create(team=owner.team, on=MORNING.date(), name="Free")
    make_draft(owner=owner)
    assert send_digests(now=MORNING + timedelta(hours=5)) == 0
    assert send_digests(now=MORNING + DAY + timedelta(hours=3)) == 0
    assert send_digests(now=MORNING + DAY + timedelta(hours=4)) == 1


def test_a_time_after_the_last_look_of_the_day_comes_with_that_look(owner: User, sink: Sink) -> None:
    """Midnight in Kolkata is half past six in the evening in UTC: the last look is at 18:25."""
    Team.objects.update(timezone="Asia/Kolkata")
    usual = {kind: Choice(one.mail, one.slack) for kind, one in DEFAULTS.items()}
    staff.choose_notices(user=owner, choices=usual, digest_at=time(23, 58))
    make_draft(owner=owner)
    looks = app.conf.beat_schedule["send daily digests"]["schedule"].minute
    assert looks == set(range(0, 60, LOOKS_EVERY // timedelta(minutes=1)))
    evening = MORNING.replace(hour=18, minute=0)
    sent = [send_digests(now=evening + minute * timedelta(minutes=1)) for minute in range(40) if minute in looks]
    assert sent == [0, 0, 0, 0, 0, 1, 0, 0]


def test_who_is_away_has_nothing_to_do_or_wants_none_gets_none(owner: User, sink: Sink) -> None:
    idle, unwilling, gone = make_user(), make_user("Account owner"), make_user(is_active=False)
    at_once = Choice(Telling.AT_ONCE, Telling.NEVER)
    staff.choose_notices(user=unwilling, choices=dict.fromkeys(DEFAULTS, at_once), digest_at=time(8))
    for user in (owner, unwilling, gone):
        make_draft(owner=user)
    staff.add_absence(user=owner, first_on=MORNING.date(), last_on=MORNING.date(), by=None, now=NOW)
    assert send_digests(now=MORNING) == 0
    assert idle.preferences.digest_sent_on == MORNING.date()
    assert send_digests(now=MORNING + DAY) == 1
    assert [mail["To"] for mail in sink.arrived] == [owner.email]


def test_where_the_server_is_down_it_comes_later_and_by_chat_for_whoever_chose_that(
    owner: User, sink: Sink, channel: Channel, settings: Settings
) -> None:
    chatty = make_user(name="Ida")
    by_chat = Choice(Telling.NEVER, Telling.DIGEST)
    staff.choose_notices(user=chatty, choices=dict.fromkeys(DEFAULTS, by_chat), digest_at=time(7, 30))
    make_draft(owner=owner)
    make_draft(owner=chatty)
    port, settings.EMAIL_PORT = settings.EMAIL_PORT, 1
    assert send_digests(now=MORNING) == 1
    assert channel.texts == ["*Ida*\n• 1 message waits for you\n<https://ours.example/notices/|Open Rekindle>"]
    settings.EMAIL_PORT = port
    assert send_digests(now=MORNING + timedelta(minutes=5)) == 1
    assert len(sink.arrived) == 1


@pytest.mark.parametrize("down", ["mail", "chat"])
def test_where_one_way_is_down_the_other_is_neither_repeated_nor_held_up(
    down: str, sink: Sink, channel: Channel, settings: Settings
) -> None:
    """Four people want both. The round does not end for anybody because one way failed three times in a row."""
    both = Choice(Telling.DIGEST, Telling.DIGEST)
    for _ in range(4):
        user = make_user("Account owner")
        staff.choose_notices(user=user, choices=dict.fromkeys(DEFAULTS, both), digest_at=time(8))
        make_draft(owner=user)
        staff.notify(
            user_ids=[user.pk], kind=NotificationKind.SUGGESTION, key="s", title="Two suggestions", url="/s/", now=NOW
        )
    port = settings.EMAIL_PORT
    if down == "mail":
        settings.EMAIL_PORT = 1
    else:
        channel.status = 503
    half = (0, 4) if down == "mail" else (4, 0)
    for minute, left in (0, 4), (5, 0):
        assert send_digests(now=MORNING + timedelta(minutes=minute)) == left
        assert (len(sink.arrived), len(channel.texts)) == half
    settings.EMAIL_PORT, channel.status = port, 200
    assert send_digests(now=MORNING + timedelta(minutes=10)) == 4
    assert send_digests(now=MORNING + timedelta(minutes=15)) == 0
    assert (len(sink.arrived), len(channel.texts)) == (4, 4)
    assert all("Two suggestions" in text for text in [*channel.texts, *map(text_of, sink.arrived)])


def test_people_with_nothing_to_hear_are_counted_together(owner: User, sink: Sink) -> None:
    """What waits is counted for all of them at once; each then costs the claim of their day."""

    def queries(number: int, day: int) -> int:
        for _ in range(number):
            make_draft(owner=make_user("Account owner"))
        with CaptureQueriesContext(connection) as captured:
            send_digests(now=MORNING + day * DAY)
        return sum("outreach_draft" in query["sql"] for query in captured)

    assert queries(1, 0) == queries(6, 1)
