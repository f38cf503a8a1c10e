"""Refused events: repaired and replayed, discarded, taken back; by people who may, on pages that work for them."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from contacts.ingest import inbox, refused
from contacts.ingest.messages import open_envelope
from contacts.models import Arrival, DeadLetter, Event, EventSource
from contacts.services import Refused, create_source
from contacts.services.dead_letters import discard, reopen, replay, replay_several
from contacts.states import DeadLetterStatus
from staff.models import AuditEntry, User
from tests.factories import make_user

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
GOOD = {"type": "track", "userId": "u1", "event": "Class Attended", "messageId": "m1"}
BAD = {"type": "track", "event": "Class Attended", "messageId": "m1", "timestamp": "2026-03-01T10:00:00Z"}


@pytest.fixture
def manager() -> User:
    return make_user(is_superuser=True, is_staff=True, name="Mira")


@pytest.fixture
def page(client: Client, manager: User) -> Client:
    client.force_login(manager)
    return client


def refuse(source: EventSource, *messages: Any, at: datetime = NOW, **extra: Any) -> list[DeadLetter]:
    body = json.dumps({"batch": messages, **extra}).encode()
    envelope = open_envelope("batch", body)
    inbox.accept(source_id=source.pk, call="batch", body=body, envelope=envelope, received_at=at)
    return list(DeadLetter.objects.order_by("-id")[: len(messages)])[::-1]


def test_a_repaired_event_is_taken_in_with_its_own_time_and_source(source: EventSource, manager: User) -> None:
    [letter] = refuse(source, BAD, sentAt="2026-03-02T11:00:00Z")
    done = replay(letter=letter, body={**BAD, "userId": "u1"}, by=manager, now=NOW + timedelta(days=3))
    event = Event.objects.get()
    assert (event.source, event.received_at) == (source, NOW)
    # The sender's clock was an hour late.
    assert event.occurred_at == datetime(2026, 3, 1, 11, tzinfo=UTC)
    assert (done.status, done.decided_by, done.first_body) == (DeadLetterStatus.REPLAYED, manager, BAD)
    assert done.body == {**BAD, "userId": "u1"}
    entry = AuditEntry.objects.get(action="contacts.replay_event")
    assert (entry.actor, entry.object_id, entry.detail["result"]) == (manager, str(letter.pk), "taken in")


def test_what_is_still_wrong_says_so_and_keeps_the_repair(source: EventSource, manager: User) -> None:
    [letter] = refuse(source, BAD)
    with pytest.raises(Refused, match="name of what happened"):
        replay(letter=letter, body={**BAD, "userId": "u", "event": 5}, by=manager, now=NOW)
    letter.refresh_from_db()
    assert (letter.status, letter.code, letter.first_body) == ("open", "no_name", BAD)
    assert letter.body["userId"] == "u"
    with pytest.raises(Refused):
        replay(letter=letter, body={"type": "track"}, by=manager, now=NOW)
    letter.refresh_from_db()
    assert letter.first_body == BAD, "what the sender sent stays"
    assert not Event.objects.exists()


def test_nothing_is_left_of_a_replay_that_fails(source: EventSource, manager: User) -> None:
    [letter] = refuse(source, BAD)
    wrong = {**GOOD, "event": "nps_submitted", "properties": {"score": 99}}
    with pytest.raises(Refused, match="from 0 to 10"):
        replay(letter=letter, body=wrong, by=manager, now=NOW)
    assert not Arrival.objects.exists()


@pytest.mark.parametrize("body", [None, 5, "text", [1], {"a": "\0"}])
def test_anything_may_be_typed(source: EventSource, manager: User, body: Any) -> None:
    [letter] = refuse(source, BAD)
    with pytest.raises(Refused):
        replay(letter=letter, body=body if body is not None else {}, by=manager, now=NOW)
    letter.refresh_from_db()
    assert letter.status == DeadLetterStatus.OPEN


def test_replaying_twice_and_replaying_what_came_meanwhile(source: EventSource, manager: User) -> None:
    [letter] = refuse(source, BAD)
    refuse(source, GOOD)
    inbox.take_in(now=NOW)
    replay(letter=letter, body=GOOD, by=manager, now=NOW)
    assert Event.objects.count() == 1
    with pytest.raises(Refused, match="Mira was first"):
        replay(letter=letter, body=GOOD, by=manager, now=NOW)


def test_an_identify_can_be_replayed(source: EventSource, manager: User) -> None:
    [letter] = refuse(source, {"type": "identify", "traits": {"email": "ana@example.com", "name": "Ana"}})
    done = replay(letter=letter, body={**letter.body, "userId": "u7"}, by=manager, now=NOW)
    assert done.status == DeadLetterStatus.REPLAYED


def test_discarding_and_taking_back(source: EventSource, manager: User) -> None:
    [letter] = refuse(source, BAD)
    with pytest.raises(Refused):
        reopen(letter=letter, by=manager, now=NOW)
    assert discard(letter=letter, by=manager, now=NOW).status == DeadLetterStatus.DISCARDED
    with pytest.raises(Refused, match="discarded now"):
        discard(letter=letter, by=manager, now=NOW)
    with pytest.raises(Refused, match="discarded now"):
        replay(letter=letter, by=manager, now=NOW)
    back = reopen(letter=letter, by=manager, now=NOW)
    assert (back.status, back.decided_by, back.decided_at) == (DeadLetterStatus.OPEN, None, None)
    assert set(AuditEntry.objects.filter(action__startswith="contacts.").values_list("action", flat=True)) >= {
        "contacts.discard_event",
        "contacts.reopen_event",
    }


def test_replaying_several(source: EventSource, manager: User) -> None:
    letters = refuse(source, BAD, BAD, BAD)
    DeadLetter.objects.filter(pk=letters[1].pk).update(body=GOOD)
    discard(letter=refuse(source, BAD)[0], by=manager, now=NOW)
    done = replay_several(letters=letters, by=manager, now=NOW)
    assert (done.replayed, done.still_refused) == (1, 2)


def test_the_list_has_filters_and_pages(page: Client, source: EventSource, monkeypatch: pytest.MonkeyPatch) -> None:
    other, _ = create_source(name="Shop")
    refuse(source, BAD, "x")
    refuse(other, BAD)
    url = reverse("contacts:dead_letters")
    shown = page.get(url)
    assert len(shown.context["rows"]) == 3
    assert len(page.get(url, {"status": "open", "source": str(other.pk)}).context["rows"]) == 1
    assert len(page.get(url, {"status": "open", "code": "not_an_object"}).context["rows"]) == 1
    assert not page.get(url, {"status": "discarded"}).context["rows"]
    assert not page.get(url, {"status": "nonsense"}).context["rows"]
    monkeypatch.setattr(refused, "PAGE", 2)
    first = page.get(url)
    second = page.get(url + first.context["next_url"])
    assert [row.pk for row in [*first.context["rows"], *second.context["rows"]]] == list(
        DeadLetter.objects.order_by("-id").values_list("id", flat=True)
    )
    assert second.context["next_url"] == ""
    part = page.get(url, headers={"HX-Request": "true"})
    assert b"<html" not in part.content
    assert b'id="dead-letter-list"' in part.content


@pytest.mark.parametrize("number", [1, 40])
def test_the_list_asks_as_much_for_many_as_for_one(
    page: Client, source: EventSource, number: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    refuse(source, *[BAD] * number)
    page.get(reverse("contacts:dead_letters"))
    # Session, person, sources of the filter, the letters with their sources, notices that were not read.
    with django_assert_num_queries(5):
        page.get(reverse("contacts:dead_letters"))


def test_an_empty_list_says_something_useful(page: Client, manager: User) -> None:
    url = reverse("contacts:dead_letters")
    assert b"Nobody sends events yet" in page.get(url).content
    create_source(name="Shop")
    assert b"Every event was taken in" in page.get(url).content
    assert b"Nothing fits these filters" in page.get(url, {"status": "open", "code": "no_user"}).content


def test_repairing_on_the_page(page: Client, source: EventSource) -> None:
    [letter] = refuse(source, BAD)
    url = reverse("contacts:dead_letter", args=[letter.pk])
    assert b"The event says nobody did it" in page.get(url).content
    to = reverse("contacts:replay_dead_letter", args=[letter.pk])

    broken = page.post(to, {"body": '{"a":'})
    assert (broken.status_code, b"line 1, column 6" in broken.content) == (422, True)
    wrong = page.post(to, {"body": json.dumps({**BAD, "userId": ""})})
    assert (wrong.status_code, b"nobody did it" in wrong.content) == (422, True)
    by_htmx = page.post(to, {"body": "{"}, headers={"HX-Request": "true"})
    assert (by_htmx.status_code, b"<html" in by_htmx.content) == (200, False)

    done = page.post(to, {"body": json.dumps(GOOD)}, follow=True)
    assert done.redirect_chain == [(url, 302)]
    assert b"Taken in" in done.content
    assert Event.objects.count() == 1
    assert b"As it first came" in done.content


def test_discarding_on_the_page(page: Client, source: EventSource) -> None:
    [letter] = refuse(source, BAD)
    page.post(reverse("contacts:discard_dead_letter", args=[letter.pk]))
    letter.refresh_from_db()
    assert letter.status == DeadLetterStatus.DISCARDED
    page.post(reverse("contacts:reopen_dead_letter", args=[letter.pk]))
    letter.refresh_from_db()
    assert letter.status == DeadLetterStatus.OPEN


def test_replaying_those_ticked_or_all_of_a_reason(page: Client, source: EventSource) -> None:
    ids = [letter.pk for letter in refuse(source, BAD, BAD, BAD, "x")]
    for place, pk in enumerate(ids):
        DeadLetter.objects.filter(pk=pk).update(body={**GOOD, "messageId": f"m{place}"})
    to = reverse("contacts:replay_dead_letters")
    nothing = page.post(to, {"query": "", "which": "ticked"}, follow=True)
    assert b"Nothing was chosen" in nothing.content
    page.post(to, {"query": "", "which": "ticked", "letter": [ids[0], "x"]})
    assert Event.objects.count() == 1
    answer = page.post(to, {"query": "status=open&code=no_user", "which": "all"}, follow=True)
    assert b"Taken in: 2. Still refused: 0." in answer.content
    assert list(DeadLetter.objects.filter(status="open").values_list("code", flat=True)) == ["not_an_object"]


def test_a_letter_that_is_none(page: Client) -> None:
    for name in ("dead_letter", "replay_dead_letter", "discard_dead_letter"):
        answer = page.get if name == "dead_letter" else page.post
        assert answer(reverse(f"contacts:{name}", args=[999]), {"body": "{}"}).status_code == 404
