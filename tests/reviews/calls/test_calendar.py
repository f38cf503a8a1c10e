"""Calls in a calendar: as a file, and at a private address."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date, timedelta

import pytest
import time_machine
from django.test import Client
from django.urls import reverse
from icalendar import Calendar
from pytest_django import DjangoAssertNumQueries

from followups import services as followups
from followups.models import PlannedTouch
from followups.states import PlannedKind
from outreach import services as outreach
from outreach.models import Call
from outreach.states import CallOutcome
from reviews.calls.files import feed_of
from reviews.calls.promises import promises_of
from reviews.services.calling import Promise, keep_call
from staff.calendars import calendar_of
from staff.models import AuditEntry, Preferences, User
from staff.services.calendar_feeds import new_calendar_secret, whose_calendar
from tests.factories import make_team, make_user
from tests.followups.making import make_lead
from tests.outreach.calls.making import NOON, make_call

pytestmark = pytest.mark.django_db
PAGE = "/calls/calendar/"


@pytest.fixture(autouse=True)
def at_noon() -> Iterator[None]:
    with time_machine.travel(NOON + timedelta(minutes=1), tick=False):
        yield


@pytest.fixture
def concierge() -> User:
    return make_user("Concierge", team=make_team())


@pytest.fixture
def seen(client: Client, concierge: User) -> Client:
    client.force_login(concierge)
    return client


def entries(text: bytes) -> dict[str, str]:
    return {str(one["SUMMARY"]): str(one["UID"]) for one in Calendar.from_ical(text).walk("VEVENT")}


def test_a_file_says_when_and_whom_but_neither_number_nor_why(seen: Client) -> None:
    call = make_call()
    answer = seen.get(reverse("reviews:call_file", args=[call.pk]))
    assert answer["Content-Type"].startswith("text/calendar")
    (event,) = Calendar.from_ical(answer.content).walk("VEVENT")
    assert str(event["SUMMARY"]).startswith(f"Call {call.contact}")
    assert event.decoded("DTSTART") == NOON + timedelta(minutes=1)
    assert str(event["URL"]).endswith(f"/calls/{call.pk}/")
    assert call.contact.addresses.get(kind="phone").value.encode() not in answer.content
    assert call.why.encode() not in answer.content
    outreach.call_off(call_ids=[call.pk], reason="Done.", now=NOON)
    assert seen.get(reverse("reviews:call_file", args=[call.pk])).status_code == 404


def test_the_private_address_is_shown_once_and_opens_ones_own_calls(seen: Client, concierge: User) -> None:
    mine = make_call(owner_id=concierge.pk, due_at=NOON + timedelta(hours=2))
    other = make_call(owner_id=make_user("Concierge", team=concierge.team).pk)
    kept = make_call()
    keep_call(
        call_id=kept.pk, outcome=CallOutcome.REACHED, note="", minutes=1, by=concierge, now=NOON,
        promise=Promise("Send the price list", date(2026, 5, 22)),
    )  # fmt: skip
    text = seen.post(PAGE + "new/").text
    (path,) = re.findall(r"/calls/feed/[\w-]+\.ics", text)
    secret = path.rpartition("/")[2].removesuffix(".ics")
    assert secret not in seen.get(PAGE).text
    assert not AuditEntry.objects.filter(summary__contains=secret).exists()
    assert Preferences.objects.get(user=concierge).calendar_digest != secret
    feed = Client().get(path)
    assert feed.status_code == 200
    assert set(entries(feed.content)) == {f"Call {mine.contact}", f"Send the price list ({kept.contact})"}
    assert f"call-{other.pk}@" not in feed.text
    assert seen.post(PAGE + "end/", follow=True).status_code == 200
    assert Client().get(path).status_code == 404


def test_a_secret_opens_nothing_once_it_was_replaced_or_its_owner_left(concierge: User) -> None:
    first = new_calendar_secret(user=concierge)
    second = new_calendar_secret(user=concierge)
    assert (whose_calendar(first), whose_calendar(second)) == (None, concierge)
    assert whose_calendar("") is None
    concierge.groups.clear()
    assert Client().get(reverse("reviews:call_feed", args=[second])).status_code == 404
    concierge.is_active = False
    concierge.save()
    assert whose_calendar(second) is None


def test_the_feed_holds_no_words_that_are_for_colleagues(concierge: User) -> None:
    """A reminder that somebody wrote for themselves, a lead they took over, and what intake asks of them."""
    put_off, taken, asked = (make_lead(owner=concierge) for _ in range(3))
    at = NOON + timedelta(days=1)
    followups.remind(lead=put_off, at=at, title="They cannot pay this quarter", by=concierge, now=NOON)
    followups.take_over(lead=taken, reason="Their manager is leaving them", by=concierge, now=NOON)
    followups.plan_touch(
        contact=asked.contact, lead=asked, kind=PlannedKind.TASK, title="Ask them whether we may write", at=at,
        for_whom=concierge, by=concierge, now=NOON,
    )  # fmt: skip
    assert PlannedTouch.objects.open().filter(for_whom=concierge).count() == 3
    assert entries(feed_of(concierge, NOON)) == {}
    assert promises_of(concierge, calendar_of(concierge.team), NOON) == []


def test_a_tried_call_moves_in_the_calendar_and_none_costs_more_queries(
    concierge: User, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    call = make_call(owner_id=concierge.pk)
    keep_call(call_id=call.pk, outcome=CallOutcome.VOICEMAIL, note="", minutes=1, by=concierge, now=NOON)
    call = Call.objects.get(pk=call.pk)
    for _ in range(3):
        make_call(owner_id=concierge.pk)
    with django_assert_num_queries(2):
        found = Calendar.from_ical(feed_of(concierge, NOON)).walk("VEVENT")
    moved = next(one for one in found if str(one["UID"]).startswith(f"call-{call.pk}@"))
    assert (moved["SEQUENCE"], moved.decoded("DTSTART")) == (1, call.due_at)
