"""Browsers that take push messages: registered once, moved with the person, ended, and never taken for consent."""

from __future__ import annotations

from typing import Any

import pytest
from pytest_django import Settings

from contacts import services as contacts
from contacts.models import ConsentRecord, Contact
from contacts.states import Channel, Consent
from outreach import services
from outreach.channels import webpush
from outreach.models import PushSubscription
from tests.outreach.api.conftest import Ask
from tests.outreach.api.test_inbox import make_user_of_product
from tests.outreach.channels.browser import Browser, push_key
from tests.outreach.world import EARLIER, NOW

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("at_now")]

BROWSER = Browser()
ENDPOINT = "https://updates.push.services.mozilla.com/wpush/v2/"


def subscription(name: str = "one", **changes: Any) -> dict[str, Any]:
    # As PushSubscription.toJSON() of a browser writes it.
    keys = {"p256dh": BROWSER.p256dh, "auth": BROWSER.auth}
    return {"endpoint": f"{ENDPOINT}{name}", "expirationTime": None, "keys": keys, **changes}


@pytest.fixture
def contact(key: str) -> Contact:
    return make_user_of_product("u1")


def consents(contact: Contact) -> list[tuple[str, str]]:
    records = ConsentRecord.objects.filter(contact=contact, channel=Channel.PUSH).order_by("id")
    return [(one.status, one.source) for one in records]


def test_to_register_a_browser_is_no_consent(ask: Ask, contact: Contact) -> None:
    assert ask("POST", "push/u1", subscription()) == (200, {"success": True, "browsers": 1, "consent": "unknown"})
    assert ask("POST", "push/u1", subscription()) == (200, {"success": True, "browsers": 1, "consent": "unknown"})
    made = PushSubscription.objects.get()
    assert (made.contact, made.endpoint, made.p256dh, made.auth) == (
        contact, f"{ENDPOINT}one", BROWSER.p256dh, BROWSER.auth,
    )  # fmt: skip
    assert consents(contact) == []


def test_consent_is_recorded_with_its_source_once(ask: Ask, contact: Contact) -> None:
    said = subscription(consent={"source": "Bell in the member area"})
    for _ in range(2):
        assert ask("POST", "push/u1", said)[1]["consent"] == "yes"
    assert consents(contact) == [("yes", "Bell in the member area")]


def test_who_said_no_is_not_taken_to_have_agreed_without_saying_when(ask: Ask, contact: Contact) -> None:
    contacts.record_consent(
        contact=contact, channel=Channel.PUSH, status=Consent.NO, source="preference page", at=EARLIER
    )
    status, said = ask("POST", "push/u1", subscription(consent={"source": "The app"}))
    assert (status, said["code"]) == (422, "refused_before")
    assert not PushSubscription.objects.exists()
    before, after = "2026-05-01T09:00:00Z", "2026-05-19T09:00:00+00:00"
    assert ask("POST", "push/u1", subscription(consent={"source": "The app", "at": before}))[1]["consent"] == "no"
    assert ask("POST", "push/u1", subscription(consent={"source": "The app", "at": after}))[1]["consent"] == "yes"


@pytest.mark.parametrize(
    "consent",
    [
        True, "yes", {}, {"source": ""}, {"source": " "}, {"source": 7}, {"source": "x" * 201}, {"source": "a\0"},
        {"source": "The app", "at": "yesterday"}, {"source": "The app", "at": "2026-05-19T09:00:00"},
        {"source": "The app", "at": "2027-05-19T09:00:00Z"}, {"source": "The app", "at": 5},
    ],
)  # fmt: skip
def test_a_consent_without_proof_is_none(ask: Ask, contact: Contact, consent: Any) -> None:
    assert ask("POST", "push/u1", subscription(consent=consent))[0] == 400
    assert consents(contact) == []
    assert not PushSubscription.objects.exists()


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"", 400), (b"{", 400), (b"[]", 400), (b'"x"', 400), (b"\xff", 400), (b"[" * 9000, 400), (b"x" * 20_000, 413),
        ({}, 400), (subscription(keys=None), 400), (subscription(keys={"p256dh": BROWSER.p256dh}), 400),
        (subscription(endpoint=7), 400), (subscription(endpoint="https://x/" + "a" * 1000), 400),
        (subscription(endpoint="https://evil.example/push"), 422),
        (subscription(endpoint="https://169.254.169.254/latest"), 422),
        (subscription(keys={"p256dh": "AAAA", "auth": BROWSER.auth}), 422),
    ],
)  # fmt: skip
def test_what_is_no_browser(ask: Ask, contact: Contact, body: Any, status: int) -> None:
    answer, said = ask("POST", "push/u1", body)
    assert (answer, said["success"]) == (status, False)
    assert not PushSubscription.objects.exists()


def test_a_browser_that_somebody_else_uses_now_is_theirs(ask: Ask, contact: Contact) -> None:
    other = make_user_of_product("u2")
    ask("POST", "push/u1", subscription())
    assert ask("POST", "push/u2", subscription())[1]["browsers"] == 1
    assert PushSubscription.objects.get().contact == other
    # What is somebody else's by now, the one before cannot end.
    assert ask("DELETE", "push/u1", {"endpoint": f"{ENDPOINT}one"})[0] == 200
    assert PushSubscription.objects.get().ended_at is None


def test_a_browser_is_ended_and_may_come_back(ask: Ask, contact: Contact) -> None:
    ask("POST", "push/u1", subscription())
    for _ in range(2):
        assert ask("DELETE", "push/u1", {"endpoint": f"{ENDPOINT}one"}) == (
            200, {"success": True, "browsers": 0, "consent": "unknown"},
        )  # fmt: skip
    assert PushSubscription.objects.get().ended_at is not None
    assert ask("DELETE", "push/u1", {})[0] == 400
    assert ask("POST", "push/u1", subscription())[1]["browsers"] == 1
    again = PushSubscription.objects.get()
    assert (again.ended_at, again.end_reason) == (None, "")


def test_the_oldest_browser_ends_where_there_are_too_many(contact: Contact) -> None:
    for number in range(webpush.MOST_BROWSERS + 2):
        services.register_subscription(
            contact=contact, endpoint=f"{ENDPOINT}{number}", p256dh=BROWSER.p256dh, auth=BROWSER.auth, now=NOW
        )
    ended = PushSubscription.objects.filter(ended_at__isnull=False).order_by("id")
    assert [one.endpoint for one in ended] == [f"{ENDPOINT}0", f"{ENDPOINT}1"]


def test_the_product_learns_the_key_that_browsers_ask_with(ask: Ask, contact: Contact, settings: Settings) -> None:
    assert ask("GET", "push/u1")[1] == {"success": True, "browsers": 0, "consent": "unknown", "public_key": ""}
    settings.VAPID_PRIVATE_KEY = push_key()
    assert ask("GET", "push/u1")[1]["public_key"] == webpush.public_key() != ""
