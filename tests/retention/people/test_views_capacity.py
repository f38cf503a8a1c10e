"""The page of capacity, and the panel that says how a customer answers."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.template.loader import render_to_string
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from contacts.models import Contact
from retention.models import CapacityRules, WorkCapacity
from retention.reach import reach_of
from retention.services.capacity import add_absence, set_capacity
from retention.states import WorkKind
from staff.models import Absence
from tests.factories import make_user
from tests.outreach.world import make_contact
from tests.retention.making import NOW, make_customer
from tests.retention.pages import queries, signed_in

pytestmark = pytest.mark.django_db
PAGE = reverse("retention:capacity")


def text(response: Any) -> str:
    return " ".join(response.content.decode().split())


def worker(name: str) -> None:
    user = make_user("Concierge", name=name)
    for kind in WorkKind:
        set_capacity(user=user, kind=kind, minutes_a_day=60, weekdays=range(1, 8), by=None)
    today = timezone.now().date()
    add_absence(user=user, first_on=today, last_on=today, reason="Ill", by=None, now=timezone.now())


def test_the_page_takes_as_many_queries_for_many_as_for_one(client: Client) -> None:
    signed_in(client, make_user("Retention manager"))
    worker("Ada")
    client.get(PAGE)  # What is read once for all is read.
    few = queries(client, PAGE)
    for name in ("Ben", "Cleo", "Dan"):
        worker(name)
    assert queries(client, PAGE) == few
    shown = text(client.get(PAGE))
    assert "of 192 minutes are free" not in shown  # Somebody is away today.
    assert "60 minutes, Monday to Sunday" in shown
    assert shown.count("Back to work") == 4
    assert "style=" not in shown


def test_everybody_sees_the_page_and_only_managers_the_forms_of_others(client: Client) -> None:
    worker("Ada")
    owner = make_user("Account owner")
    shown = text(signed_in(client, owner).get(PAGE))
    assert "Set minutes" not in shown
    assert "How time is shared out" not in shown
    assert "Back to work" not in shown
    assert "I am away" in shown


def test_a_manager_sets_minutes_and_rules_and_is_told_what_is_wrong(client: Client) -> None:
    signed_in(client, make_user("Retention manager"))
    who = make_user(name="Ada")
    address = reverse("retention:set_capacity")
    given = {"user": who.pk, "kind": "call", "minutes_a_day": "90", "weekdays": ["1", "3"]}
    assert client.post(address, given).url == PAGE  # type: ignore[attr-defined]
    assert WorkCapacity.objects.get().weekdays == [1, 3]
    assert "90 minutes, Monday, Wednesday" in text(client.get(PAGE))
    refused = client.post(address, {**given, "minutes_a_day": "900"})
    assert refused.status_code == 422
    assert "Minutes a day: from 0 to 720." in text(refused)
    assert 'value="900"' in text(refused)
    rules = reverse("retention:set_capacity_rules")
    fields = {
        "headroom_percent": "30", "review_days": "2", "call_days": "3", "wait_days": "5", "review_minute_cost": "0.7",
        "call_minute_cost": "0.8", "currency": "eur",
    }  # fmt: skip
    assert client.post(rules, fields).status_code == 302
    assert CapacityRules.objects.get().headroom_percent == 30
    wrong = client.post(rules, {**fields, "headroom_percent": "95"})
    assert wrong.status_code == 422
    assert CapacityRules.objects.get().headroom_percent == 30


def test_people_say_that_they_are_away_and_come_back(client: Client) -> None:
    owner, other = make_user("Account owner"), make_user("Account owner")
    signed_in(client, owner)
    today = timezone.now().date()
    days = {"first_on": today + timedelta(days=1), "last_on": today + timedelta(days=3)}
    # Whoever is named in the form, it is about themselves.
    assert client.post(reverse("retention:add_absence"), {**days, "user": other.pk}).status_code == 302
    absence = Absence.objects.get()
    assert absence.user == owner
    theirs = Absence.objects.create(user=other, **days)
    assert client.post(reverse("retention:end_absence", args=[theirs.pk])).status_code == 422
    assert client.post(reverse("retention:end_absence", args=[absence.pk])).status_code == 302
    assert list(Absence.objects.all()) == [theirs]


def test_the_panel_says_which_channel_is_taken_and_why_the_others_are_not() -> None:
    contact = make_contact()
    Contact.objects.filter(pk=contact.pk).update(preferred_channel="sms")
    reach = reach_of(make_customer(contact=contact), NOW)
    assert [(one.label, one.allowed, one.chosen) for one in reach.channels] == [
        ("E-mail", True, False), ("SMS", True, True), ("Push", False, False), ("In-app", False, False),
        ("Call", False, False),
    ]  # fmt: skip
    shown = " ".join(render_to_string("retention/reach.html", {"reach": reach}).split())
    assert "They prefer SMS." in shown
    assert "There is no record that they agreed to push messages." in shown
    assert "0 of 0" in shown
