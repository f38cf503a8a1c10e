"""The panel of playbooks on the page of a customer."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta

import pytest
import time_machine
from django.test import Client

from retention.models import Customer
from retention.services import playbooks
from retention.states import EnrolmentEnd, EnrolmentStatus
from staff.models import User
from tests.factories import make_team, make_user
from tests.retention.making import NOW, ago, make_customer
from tests.retention.pages import queries
from tests.retention.playbook_pages.making import came, enrol, in_force

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def clock() -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def owner(client: Client) -> User:
    user = make_user("Account owner", name="Ada Ruiz")
    client.force_login(user)
    return user


def words_of(client: Client, customer: Customer) -> str:
    answer = client.get(f"/customers/{customer.pk}/")
    assert answer.status_code == 200
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.content.decode()))


def test_it_says_which_playbook_commands_why_and_what_is_next(client: Client, owner: User) -> None:
    customer = make_customer(owner=owner)
    came(enrol(in_force(name="rebook"), customer))
    text = words_of(client, customer)
    assert "72 of 100, high: quiet for 34 days, and a payment failed 2 days ago." in text, "as it was when it fitted"
    assert "Book again Left out They came since it began." in text
    assert "A tip (e-mail), with the next sweep" in text
    assert "9.75 EUR: 72% risk, times 387 in three months, times 3.5% assumed uplift" in text


@pytest.mark.trial
def test_what_is_not_due_yet_says_when(client: Client, owner: User) -> None:
    customer = make_customer(owner=owner)
    came(enrol(in_force(), customer, started_at=ago(1)))
    assert "A tip (e-mail), on 14 May at 00:00 at the earliest." in words_of(client, customer)


def test_nobody_treats_a_held_out_customer_unknowingly(client: Client, owner: User) -> None:
    customer = make_customer(owner=owner)
    enrol(in_force(name="rebook"), customer, EnrolmentStatus.HELD_OUT)
    text = words_of(client, customer)
    assert "Held out of Rebook for a measurement until 10 June 2026" in text
    assert "Writing or calling by hand is allowed; it is noted" in text
    assert "Stop for them" not in text


@pytest.mark.trial
def test_waiting_and_earlier_ones_are_told(client: Client, owner: User) -> None:
    customer = make_customer(owner=owner)
    enrol(in_force(), customer, EnrolmentStatus.WAITING, waits_for="Waits for call minutes: 14 others go first.")
    enrol(in_force(), customer, EnrolmentStatus.ENDED, end=EnrolmentEnd.GOAL, end_note="A visit", ended_at=ago(30))
    text = words_of(client, customer)
    assert "Waits for call minutes: 14 others go first." in text
    assert "Goal met: A visit" in text


@pytest.mark.trial
def test_a_playbook_that_stands_still_says_so(client: Client, owner: User) -> None:
    version = in_force()
    customer = make_customer(owner=owner)
    enrol(version, customer)
    playbooks.pause_playbook(playbook=version.playbook, reason="Easter.", by=None, now=NOW)
    text = words_of(client, customer)
    assert "Nothing while the playbook stands still." in text
    assert "Easter." in text


def test_pausing_going_on_and_stopping_for_one_customer(client: Client, owner: User) -> None:
    customer = make_customer(owner=owner)
    enrolment = enrol(in_force(), customer)
    address = f"/customers/{customer.pk}/playbooks/{enrolment.pk}"
    empty = client.post(f"{address}/pause/", {"reason": ""})
    assert empty.status_code == 422
    for what, status in (("pause", "paused"), ("resume", "active"), ("stop", "ended")):
        client.post(f"{address}/{what}/", {"reason": "They asked for it."})
        enrolment.refresh_from_db()
        assert enrolment.status == status
    assert (enrolment.end, enrolment.end_note, enrolment.ended_by) == ("stopped", "They asked for it.", owner)
    stale = client.post(f"{address}/pause/", {"reason": "Once more."})
    assert stale.status_code == 422
    assert "Only what is under way can be paused." in stale.content.decode()


def test_it_cannot_be_done_through_another_customer(client: Client, owner: User) -> None:
    theirs = make_customer(owner=make_user("Account owner", team=make_team()))
    enrolment = enrol(in_force(), theirs)
    mine = make_customer(owner=owner)
    assert client.post(f"/customers/{theirs.pk}/playbooks/{enrolment.pk}/stop/", {"reason": "x"}).status_code == 404
    answer = client.post(f"/customers/{mine.pk}/playbooks/{enrolment.pk}/stop/", {"reason": "x"})
    assert answer.status_code == 422
    enrolment.refresh_from_db()
    assert enrolment.status == "active"


def test_who_may_not_change_it_only_looks(client: Client) -> None:
    customer = make_customer()
    enrolment = enrol(in_force(), customer)
    client.force_login(make_user("SDR manager"))
    assert "Stop for them" not in words_of(client, customer)
    address = f"/customers/{customer.pk}/playbooks/{enrolment.pk}/stop/"
    assert client.post(address, {"reason": "x"}).status_code == 403


def test_the_panel_takes_as_many_queries_for_a_long_history(client: Client, owner: User) -> None:
    customer = make_customer(owner=owner)
    came(enrol(in_force(), customer))
    queries(client, f"/customers/{customer.pk}/")
    before = queries(client, f"/customers/{customer.pk}/")
    for number in range(3):
        ended = NOW - timedelta(days=40 + number)
        one = enrol(in_force(), customer, EnrolmentStatus.ENDED, end=EnrolmentEnd.EXPIRED, ended_at=ended)
        came(one)
    came(customer.enrolments.get(status="active"), position=2)
    assert queries(client, f"/customers/{customer.pk}/") == before
