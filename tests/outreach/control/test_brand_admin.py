"""Brands and topics in the admin: kept with their refusals, and what is only looked at stays as it is."""

from __future__ import annotations

import html
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from pytest_django import Settings

from outreach.models import Brand, Template, Topic
from outreach.services import NotPermitted, Refused
from outreach.services.brands import save_brand, save_topic
from staff.models import AuditEntry, User
from tests.factories import make_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def manager(client: Client) -> User:
    user = make_user("SDR manager", is_staff=True)
    client.force_login(user)
    return user


def write(client: Client, model: str, row: Any = None, **values: str) -> str:
    """What the admin says after a form was sent."""
    name, args = ("change", [row.pk]) if row else ("add", [])
    answer = client.post(reverse(f"admin:outreach_{model}_{name}", args=args), values, follow=True)
    assert answer.status_code == 200
    return html.unescape(answer.content.decode())


def test_a_brand_is_kept_and_what_changed_is_named_without_its_contents(client: Client, manager: User) -> None:
    write(client, "brand", key="north", name="Northern Line", from_email="hello@north.example")
    brand = Brand.objects.get(key="north")
    write(client, "brand", brand, key="north", name="Northern Line", from_email="new@north.example")
    entries = AuditEntry.objects.filter(action="outreach.save_brand", object_id=str(brand.pk)).order_by("id")
    assert [(one.actor, one.detail["changed"]) for one in entries][1] == (manager, ["from_email"])
    assert "north.example" not in str([one.detail for one in entries])


def test_a_new_default_takes_the_place_of_the_one_before(client: Client, manager: User) -> None:
    old = Brand.objects.get(is_default=True)
    text = write(client, "brand", old, key="default", name="Our team")
    assert "There must be a default brand." in text
    write(client, "brand", key="north", name="Northern Line", is_default="on", postal_address="2 New Street")
    assert Brand.objects.get(is_default=True).key == "north"


def test_wording_in_use_keeps_its_sender(client: Client, manager: User, settings: Settings) -> None:
    brand = Brand.objects.create(key="north", name="Northern Line", postal_address="2 New Street")
    Template.objects.filter(key="close-loop-email").update(brand=brand)
    text = write(client, "brand", brand, key="north", name="Northern Line")
    assert "Wording in use would lose what it was approved with. Northern Line has no postal address." in text
    assert Brand.objects.get(pk=brand.pk).postal_address == "2 New Street"
    settings.POSTAL_ADDRESS = ""
    with pytest.raises(Refused, match="Our team has no postal address"):
        save_brand(brand=Brand.objects.get(is_default=True), by=manager)


def test_wording_in_use_gets_no_brand_that_lacks_something(client: Client, manager: User) -> None:
    brand = Brand.objects.create(key="north", name="Northern Line")
    template = Template.objects.get(key="close-loop-email")
    inline = {"versions-TOTAL_FORMS": "0", "versions-INITIAL_FORMS": "0"}
    text = write(client, "template", template, name=template.name, brand=str(brand.pk), tags="", **inline)
    assert "Northern Line has no postal address" in text
    template.refresh_from_db()
    assert template.brand is None


def test_a_topic_is_kept(client: Client, manager: User) -> None:
    write(client, "topic", key="events", name="Events", position="4", active="on")
    topic = Topic.objects.get(key="events")
    write(client, "topic", topic, key="events", name="Our events", position="4")
    topic.refresh_from_db()
    assert (topic.name, topic.active) == ("Our events", False)
    entry = AuditEntry.objects.filter(action="outreach.save_topic").latest("id")
    assert entry.detail == {"changed": ["name", "active"]}


def test_others_write_neither() -> None:
    owner = make_user("Account owner")
    with pytest.raises(NotPermitted):
        save_brand(brand=Brand.objects.get(is_default=True), by=owner)
    with pytest.raises(NotPermitted):
        save_topic(topic=Topic(key="events", name="Events"), by=owner)
    assert not AuditEntry.objects.filter(action__in=["outreach.save_brand", "outreach.save_topic"]).exists()


@pytest.mark.parametrize(
    "model",
    [
        "channelrules", "contactcap", "providerrate", "senderdomain", "sendingstop", "departures", "policyapproval",
        "deliveryevent",
    ],
)  # fmt: skip
def test_the_rest_is_only_looked_at(client: Client, model: str) -> None:
    client.force_login(make_user(is_superuser=True, is_staff=True))
    assert client.get(reverse(f"admin:outreach_{model}_changelist")).status_code == 200
    assert client.get(reverse(f"admin:outreach_{model}_add")).status_code == 403
