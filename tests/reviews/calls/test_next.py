"""The next best call, for one and for two at once."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta

import pytest
import time_machine
from django.test import Client
from django.urls import reverse

from contacts import services as contacts
from contacts.states import Channel, Consent
from outreach.models import Call
from staff.models import User
from tests.factories import make_team, make_user
from tests.outreach.calls.making import NOON, make_call

pytestmark = pytest.mark.django_db
NEXT = "/calls/next/"


@pytest.fixture(autouse=True)
def at_noon() -> Iterator[None]:
    with time_machine.travel(NOON + timedelta(minutes=1), tick=False):
        yield


@pytest.fixture
def concierge() -> User:
    return make_user("Concierge", team=make_team())


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def page(call: Call) -> str:
    return reverse("reviews:call", args=[call.pk])


def test_ones_own_come_first_then_those_of_nobody_and_round_again(concierge: User) -> None:
    seen = signed_in(concierge)
    free, second, first = (
        make_call(priority=9),
        make_call(owner_id=concierge.pk, priority=1),
        make_call(owner_id=concierge.pk),
    )
    make_call(owner_id=concierge.pk, due_at=NOON + timedelta(hours=1))
    refused = make_call(owner_id=concierge.pk, priority=50)
    contacts.record_consent(contact=refused.contact, channel=Channel.CALL, status=Consent.NO, source="Form", at=NOON)
    found, address = [], NEXT
    for _ in range(4):
        answer = seen.get(address)
        found.append(answer.url)  # type: ignore[attr-defined]  # of a redirect
        address = f"{NEXT}?behind={answer.url.rstrip('/').rpartition('/')[2]}"  # type: ignore[attr-defined]
    assert found == [page(first), page(second), page(free), page(first)]


def test_two_who_ask_at_once_are_led_to_two_people(concierge: User) -> None:
    high, low = make_call(priority=9), make_call()
    colleague = make_user("Concierge", team=concierge.team)
    assert signed_in(concierge).get(NEXT).url == page(high)  # type: ignore[attr-defined]  # of a redirect
    other = signed_in(colleague)
    assert other.get(NEXT).url == page(low)  # type: ignore[attr-defined]
    text = other.get(page(high)).text
    assert re.search(f"{concierge} has had this open since <time [^>]*>10:01<", text)
    assert "tel:" not in text, "of two only one sees the number"
    assert "has it open" in other.get("/calls/?whose=free").text
    given = {"outcome": "reached", "minutes": 3, "tries": 0, "note": "We talked."}
    answer = other.post(page(high) + "outcome/", given)
    assert answer.status_code == 409
    assert "We talked." in answer.text, "nothing typed is lost"
    take = {"take": "1", "next": page(high)}
    assert "tel:" in other.post(reverse("reviews:claim_call", args=[high.pk]), take, follow=True).text
    assert other.post(page(high) + "outcome/", given).status_code == 302


def test_without_anybody_to_call_it_says_so(concierge: User) -> None:
    assert "Nobody else can be called at this moment." in signed_in(concierge).get(NEXT, follow=True).text
    assert signed_in(concierge).get(f"{NEXT}?behind=9{'9' * 40}").status_code == 302


def test_after_an_outcome_the_page_leads_on(concierge: User) -> None:
    seen = signed_in(concierge)
    call, other = make_call(), make_call()
    given = {"outcome": "voicemail", "minutes": 1, "tries": 0}
    text = seen.post(page(call) + "outcome/", given, follow=True).text
    assert "Kept. It comes back tomorrow at 11:01 by the clock there." in text
    assert f"Next call: {other.contact}" in text
