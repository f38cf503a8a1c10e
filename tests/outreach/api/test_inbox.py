"""The inbox that the customer's product shows: whose messages, in which order, read and put away once."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.test import Client

from contacts.models import Contact, Event, Identity
from contacts.services.merging import merge
from contacts.states import Channel, IdentityKind, MergeKey
from outreach import services
from outreach.api.openapi import described
from outreach.models import DeliveryEvent, Draft
from outreach.rendering import fingerprint
from outreach.states import DeliveryKind, DraftKind, DraftStatus
from tests.outreach.api.conftest import Ask
from tests.outreach.world import EARLIER, NOW, make_contact, make_draft

pytestmark = pytest.mark.django_db


def make_user_of_product(user_id: str, kind: str = IdentityKind.USER) -> Contact:
    contact = make_contact(consent=False)
    Identity.objects.create(kind=kind, value=user_id, contact=contact)
    return contact


def sent(contact: Contact, title: str = "Your question", at: datetime = NOW, channel: str = Channel.IN_APP) -> Draft:
    """A message that left on this channel, as delivery leaves it behind."""
    text = fingerprint(channel, channel, title, "Yes, it does.")
    return Draft.objects.create(
        contact=contact, kind=DraftKind.FOLLOW_UP, channel=channel, address=channel, subject=title,
        body="Yes, it does.", fingerprint=text, approved_fingerprint=text, decided_at=EARLIER, due_at=EARLIER,
        status=DraftStatus.SENT, sent_at=at,
    )  # fmt: skip


@pytest.fixture
def contact(key: str) -> Contact:
    return make_user_of_product("u1")


def titles(said: Any) -> list[str]:
    return [one["title"] for one in said["messages"]]


def test_a_message_as_the_product_shows_it(ask: Ask, contact: Contact) -> None:
    draft = sent(contact)
    assert ask("GET", "inbox/u1") == (
        200,
        {
            "success": True,
            "messages": [
                {
                    "id": str(draft.pk),
                    "title": "Your question",
                    "text": "Yes, it does.",
                    "sent_at": "2026-05-20T09:00:00+00:00",
                    "read_at": None,
                    "stop_url": f"https://rekindle.example/u/{draft.unsubscribe_token}",
                }
            ],
            "unread": 1,
            "cursor": None,
        },
    )


def test_only_what_was_sent_to_this_user_in_the_product_is_there(ask: Ask, contact: Contact) -> None:
    other = make_user_of_product("u2")
    sent(other, "Somebody else's")
    sent(contact, "A mail", channel=Channel.EMAIL)
    sent(contact, "A push", channel=Channel.PUSH)
    make_draft(contact)
    assert ask("GET", "inbox/u1")[1]["messages"] == []
    foreign = Draft.objects.get(subject="Somebody else's")
    for deed in ("read", "dismiss"):
        assert ask("POST", f"inbox/u1/{foreign.pk}/{deed}")[0] == 404
        for mine in Draft.objects.filter(contact=contact):
            assert ask("POST", f"inbox/u1/{mine.pk}/{deed}")[0] == 404
        assert ask("POST", f"inbox/u1/{2**70}/{deed}")[0] == 404
    assert not DeliveryEvent.objects.exists()


def test_the_unread_come_first_then_the_newest_and_what_is_put_away_is_gone(ask: Ask, contact: Contact) -> None:
    a, b, c, d = (sent(contact, title, NOW + timedelta(minutes=number)) for number, title in enumerate("ABCD"))
    assert titles(ask("GET", "inbox/u1")[1]) == ["D", "C", "B", "A"]
    assert ask("POST", f"inbox/u1/{d.pk}/read") == (200, {"success": True})
    assert ask("POST", f"inbox/u1/{b.pk}/read")[0] == 200
    assert ask("POST", f"inbox/u1/{c.pk}/dismiss")[0] == 200
    said = ask("GET", "inbox/u1")[1]
    assert (titles(said), said["unread"]) == (["A", "D", "B"], 1)
    assert [one["read_at"] is None for one in said["messages"]] == [True, False, False]
    assert str(a.pk) == said["messages"][0]["id"]


@pytest.mark.parametrize(("deed", "kind"), [("read", DeliveryKind.OPENED), ("dismiss", DeliveryKind.DISMISSED)])
def test_told_twice_is_known_once(ask: Ask, contact: Contact, deed: str, kind: str) -> None:
    draft = sent(contact)
    with time_machine.travel(NOW + timedelta(hours=1), tick=False):
        assert ask("POST", f"inbox/u1/{draft.pk}/{deed}") == (200, {"success": True})
    assert ask("POST", f"inbox/u1/{draft.pk}/{deed}") == (200, {"success": True})
    event = DeliveryEvent.objects.get()
    assert (event.kind, event.machine, event.provider, event.at) == (kind, False, "in_app", NOW + timedelta(hours=1))


def test_a_machine_that_opened_it_read_nothing(ask: Ask, contact: Contact) -> None:
    draft = sent(contact)
    DeliveryEvent.objects.create(draft=draft, kind=DeliveryKind.OPENED, at=NOW, machine=True)
    assert ask("GET", "inbox/u1")[1]["unread"] == 1
    ask("POST", f"inbox/u1/{draft.pk}/read")
    assert ask("GET", "inbox/u1")[1]["unread"] == 0


def test_pages_hold_everything_once(ask: Ask, contact: Contact) -> None:
    drafts = [sent(contact, str(number), NOW + timedelta(minutes=number // 2)) for number in range(7)]
    for draft in drafts[::3]:
        services.note_reading(
            contact=contact, draft_id=draft.pk, channel=Channel.IN_APP, kind=DeliveryKind.OPENED, now=NOW
        )
    whole = titles(ask("GET", "inbox/u1")[1])
    pages, cursor = [], ""
    while cursor is not None:
        said = ask("GET", f"inbox/u1?limit=2&cursor={cursor}")[1]
        assert len(said["messages"]) <= 2
        pages += titles(said)
        cursor = said["cursor"]
    assert pages == whole
    assert len(whole) == 7
    assert whole[-3:] == ["6", "3", "0"]


@pytest.mark.parametrize(
    "query",
    [
        "limit=0", "limit=101", "limit=x", "limit=-1", "limit=٣", "cursor=x", "cursor=W10", "cursor=W3RydWUsMSwyXQ",
        "cursor=WzEsIjIwMjYtMDUtMjBUMDk6MDA6MDArMDA6MDAiLDFd", "cursor=W3RydWUsIjIwMjYtMDUtMjAiLDFd",
        "cursor=W3RydWUsIjIwMjYtMDUtMjBUMDk6MDA6MDArMDA6MDAiLHRydWVd", "cursor=%00", "cursor=%FF%FE",
    ],
)  # fmt: skip
def test_a_page_that_is_none(ask: Ask, contact: Contact, query: str) -> None:
    status, said = ask("GET", f"inbox/u1?{query}")
    assert (status, said["code"]) == (400, "malformed")


def test_the_number_of_queries_does_not_grow(ask: Ask, contact: Contact, django_assert_max_num_queries: Any) -> None:
    sent(contact)
    ask("GET", "inbox/u1")
    for number in range(12):
        sent(contact, str(number))
    with django_assert_max_num_queries(3):
        assert len(ask("GET", "inbox/u1")[1]["messages"]) == 13


def test_a_user_of_the_file_of_customers_and_one_that_was_merged(ask: Ask, key: str) -> None:
    customer, survivor = make_user_of_product("c1", IdentityKind.CUSTOMER), make_user_of_product("u9")
    draft = sent(customer)
    assert ask("GET", "inbox/c1")[1]["unread"] == 1
    merge(survivor=survivor, merged=customer, key=MergeKey.ALIAS, at=NOW)
    for user in ("c1", "u9"):
        assert [one["id"] for one in ask("GET", f"inbox/{user}")[1]["messages"]] == [str(draft.pk)]
    # The product's own word for a user counts before the file's.
    make_user_of_product("c1")
    assert ask("GET", "inbox/c1")[1]["messages"] == []


def test_whatever_a_user_is_called(ask: Ask, key: str) -> None:
    for user_id in ("auth0|5f7c", "org/4/user/7", "müller@x.example", "openapi"):
        draft = sent(make_user_of_product(user_id))
        assert ask("GET", f"inbox/{user_id}")[1]["unread"] == 1
        assert ask("POST", f"inbox/{user_id}/{draft.pk}/read")[0] == 200
    Identity.objects.create(kind=IdentityKind.ANONYMOUS, value="a1", contact=make_contact())
    Identity.objects.create(kind=IdentityKind.USER, value="nobody")
    assert ask("GET", "inbox/a1")[0] == ask("GET", "inbox/nobody")[0] == 404


def test_a_push_message_that_was_opened_is_an_event_of_theirs(ask: Ask, contact: Contact) -> None:
    draft = sent(contact, channel=Channel.PUSH)
    for _ in range(2):
        assert ask("POST", f"push/u1/{draft.pk}/opened") == (200, {"success": True})
    assert DeliveryEvent.objects.get().provider == "webpush"
    assert Event.objects.get(contact=contact).name.key == "push_opened"
    assert ask("POST", f"push/u1/{sent(contact).pk}/opened")[0] == 404


def test_no_answer_is_kept_by_anybody_on_the_way(
    client: Client, contact: Contact, key: str, caplog: pytest.LogCaptureFixture
) -> None:
    answer = client.get("/v1/inbox/u1", headers={"authorization": f"Bearer {key}"})
    assert "no-store" in answer["Cache-Control"]
    assert "Access-Control-Allow-Origin" not in answer
    assert "Set-Cookie" not in answer
    client.get("/v1/inbox/marta@northlight.example", headers={"authorization": f"Bearer {key}"})
    assert "marta" not in caplog.text


def test_the_document_describes_every_address(client: Client, ask: Ask, contact: Contact) -> None:
    document = client.get("/v1/inbox/openapi.json").json()
    assert document == described()
    draft = sent(contact)
    for path, methods in document["paths"].items():
        address = path.removeprefix("/v1/").format(user_id="u1", message_id=draft.pk)
        known = {name.upper() for name in methods} & {"GET", "POST", "DELETE"}
        for method in ("GET", "POST", "DELETE"):
            assert (ask(method, address)[0] != 405) is (method in known), f"{method} {path}"
    sent(contact)
    listed = ask("GET", "inbox/u1")[1]
    schemas = document["components"]["schemas"]
    assert set(listed) == set(schemas["inbox"]["properties"])
    assert set(listed["messages"][0]) == set(schemas["message"]["properties"])
    assert set(ask("GET", "push/u1")[1]) == set(schemas["browsers"]["properties"])
