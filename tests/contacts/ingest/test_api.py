"""The HTTP API, as clients meet it."""

from __future__ import annotations

import gzip
import json
import time
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest
import time_machine
from django.test import Client
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from pytest_django import DjangoAssertNumQueries

from contacts.ingest import api, auth
from contacts.ingest.messages import LARGEST_EVENT, LARGEST_REQUEST
from contacts.models import DeadLetter, EventBatch, EventSource
from contacts.services import revoke_source
from tests.contacts.ingest.conftest import Send, basic

pytestmark = pytest.mark.django_db

TRACK = {"userId": "u1", "event": "Class Attended", "messageId": "m1"}


def batch(*messages: Any, **extra: Any) -> dict[str, Any]:
    return {"batch": list(messages), **extra}


def track(number: int, **extra: Any) -> dict[str, Any]:
    return {"type": "track", "userId": f"u{number}", "event": "Visit", "messageId": f"m{number}", **extra}


def test_a_batch_is_kept_as_it_came(send: Send, source: EventSource) -> None:
    answer = send("batch", batch(track(1), track(2)))
    assert (answer.status_code, answer.json()) == (200, {"success": True})
    kept = EventBatch.objects.get()
    assert (kept.source, kept.call, kept.messages, kept.left_out) == (source, "batch", 2, [])
    assert json.loads(bytes(kept.body)) == batch(track(1), track(2))


@pytest.mark.parametrize("call", ["track", "t"])
def test_a_single_message(send: Send, call: str) -> None:
    assert send(call, TRACK).json() == {"success": True}
    assert EventBatch.objects.get().call == "track"


def test_the_key_may_be_in_the_body_and_is_not_kept(send: Send, key: str) -> None:
    assert send("batch", batch(track(1), writeKey=key), key="").status_code == 200
    assert send("batch", batch(track(1), writeKey=key)).status_code == 200
    for kept in EventBatch.objects.all():
        assert key.encode() not in bytes(kept.body)
    assert send("track", {"event": "x", "writeKey": key}, key="").status_code == 400
    assert "writeKey" not in DeadLetter.objects.get().body


@pytest.mark.parametrize("key", ["", "rk_unknown", "\N{SNOWMAN}"])
def test_nobody_gets_in_without_a_key(client: Client, key: str, db: None) -> None:
    headers = {"authorization": basic(key)} if key else {}
    for body in (batch(track(1)), batch(track(1), writeKey=key), batch(track(1), writeKey=5)):
        answer = client.post("/v1/batch", json.dumps(body), content_type="application/json", headers=headers)
        assert (answer.status_code, answer.json()["code"]) == (401, "write_key")
        assert answer["WWW-Authenticate"].startswith("Basic")
    assert not EventBatch.objects.exists()


@pytest.mark.parametrize("header", ["Bearer x", "Basic", "Basic ???", "Basic /w==", "Basic é"])
def test_a_header_that_is_none(send: Send, header: str) -> None:
    assert send("track", TRACK, authorization=header).status_code == 401


def test_a_revoked_key_works_for_a_few_seconds_at_most(
    send: Send, source: EventSource, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = time.monotonic()
    monkeypatch.setattr("contacts.ingest.auth.time", SimpleNamespace(monotonic=lambda: clock))
    assert send("track", TRACK).status_code == 200
    revoke_source(source=source, by=None, at=datetime.now(UTC))
    clock += auth.KNOWN_SECONDS + 0.1
    assert send("track", TRACK).status_code == 401


def test_accepting_asks_the_database_for_little(send: Send, django_assert_num_queries: DjangoAssertNumQueries) -> None:
    """One statement for each request, which is the row itself; the key and the backlog are looked at now and then."""
    send("track", TRACK)
    with django_assert_num_queries(1):
        send("batch", batch(*[track(number) for number in range(100)]))


def test_gzip(send: Send) -> None:
    body = gzip.compress(json.dumps(batch(track(1))).encode())
    assert send("batch", body, **{"content-encoding": "gzip"}).status_code == 200
    assert json.loads(bytes(EventBatch.objects.get().body)) == batch(track(1))


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (gzip.compress(b" " * 200_000_000, 9), 413),
        (gzip.compress(b"{}")[:-4], 400),
        (b"no gzip at all", 400),
        (b"", 400),
    ],
    ids=["bomb", "cut", "none", "empty"],
)
def test_gzip_that_is_wrong(send: Send, body: bytes, status: int) -> None:
    began = time.process_time()
    answer = send("batch", body, **{"content-encoding": "gzip"})
    assert answer.status_code == status
    assert answer.json()["message"].endswith(".")
    # Unzipping all of the bomb takes longer than this.
    assert time.process_time() - began < 0.1


def test_another_encoding(send: Send) -> None:
    answer = send("batch", b"x", **{"content-encoding": "br"})
    assert (answer.status_code, "gzip" in answer.json()["message"]) == (415, True)


def test_a_request_of_501_kb(send: Send) -> None:
    fits = json.dumps(batch(*[track(number, properties={"text": "x" * 900}) for number in range(500)])).encode()
    assert len(fits) < LARGEST_REQUEST
    assert send("batch", fits + b" " * (LARGEST_REQUEST - len(fits))).status_code == 200
    for body in (fits + b" " * (LARGEST_REQUEST - len(fits) + 1), b" " * 501 * 1024):
        answer = send("batch", body)
        assert (answer.status_code, answer.json()["code"]) == (413, "too_large")
        assert send("batch", gzip.compress(body), **{"content-encoding": "gzip"}).status_code == 413
    assert EventBatch.objects.count() == 1


def test_an_event_of_33_kb(send: Send) -> None:
    large = track(2, properties={"text": "x" * 33 * 1024})
    answer = send("batch", batch(track(1), large, track(3)))
    assert answer.status_code == 413
    assert "others are accepted" in answer.json()["message"]
    assert [one["index"] for one in answer.json()["refused"]] == [1]
    kept = EventBatch.objects.get()
    assert (kept.messages, kept.left_out) == (2, [1])
    letter = DeadLetter.objects.get()
    assert (letter.code, letter.body) == ("too_large", large)
    assert f"{LARGEST_EVENT:,}" in letter.reason

    alone = send("track", large)
    assert (alone.status_code, alone.json()["code"]) == (413, "too_large")
    assert (EventBatch.objects.count(), DeadLetter.objects.count()) == (1, 2)


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (b'{"batch": [', "line 1, column 12"),
        (b"\xff", "UTF-8"),
        (b"[]", "JSON object"),
        (b"{}", "list called batch"),
        (b'{"batch": [], "sentAt": "soon"}', "sentAt"),
        (b"", "no body"),
        (b"[" * 50_000, "nested"),
    ],
)
def test_a_malformed_request_is_told_where(send: Send, body: bytes, words: str) -> None:
    answer = send("batch", body)
    assert (answer.status_code, answer.json()["code"]) == (400, "malformed")
    assert words in answer.json()["message"]
    assert not EventBatch.objects.exists()


def test_one_bad_event_does_not_lose_the_others(send: Send, source: EventSource) -> None:
    sent = "2026-03-01T10:00:00Z"
    answer = send("batch", batch(track(1), {**track(2), "userId": None}, "x", track(4), sentAt=sent))
    assert answer.status_code == 200
    told = answer.json()
    assert told["success"] is True
    assert [(one["index"], one["code"]) for one in told["refused"]] == [(1, "no_user"), (2, "not_an_object")]
    assert EventBatch.objects.get().left_out == [1, 2]
    letters = DeadLetter.objects.order_by("id")
    assert [letter.body for letter in letters] == [{**track(2), "userId": None}, "x"]
    assert {letter.sent_at for letter in letters} == {datetime.fromisoformat(sent)}
    assert {letter.source for letter in letters} == {source}
    assert told["refused"][0]["reason"] == letters[0].reason


def test_a_batch_of_nothing_good_leaves_nothing_to_take_in(send: Send) -> None:
    assert send("batch", batch({"type": "track"})).status_code == 200
    assert (EventBatch.objects.count(), DeadLetter.objects.count()) == (0, 1)
    assert send("batch", batch()).json() == {"success": True}
    assert EventBatch.objects.count() == 0


def test_a_single_bad_message_is_refused_and_kept(send: Send) -> None:
    answer = send("identify", {"traits": {"name": "A\0"}})
    assert (answer.status_code, answer.json()["code"]) == (400, "no_user")
    letter = DeadLetter.objects.get()
    assert letter.body == {"traits": {"name": "A␀"}, "type": "identify"}


def test_senders_are_asked_to_wait_when_too_much_waits(
    send: Send, source: EventSource, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = time.monotonic()
    monkeypatch.setattr("contacts.ingest.api.time", SimpleNamespace(monotonic=lambda: clock))
    EventBatch.objects.create(
        source=source, call="batch", body=b"", messages=api.MOST_WAITING + 1, received_at=datetime.now(UTC)
    )
    answer = send("batch", batch(track(1)))
    assert (answer.status_code, answer["Retry-After"]) == (429, "30")
    assert answer.json()["message"].endswith(".")
    EventBatch.objects.all().delete()
    clock += 3
    assert send("batch", batch(track(1))).status_code == 200


@pytest.mark.parametrize("method", ["get", "head", "put", "patch", "delete"])
def test_other_methods(client: Client, method: str) -> None:
    answer = getattr(client, method)("/v1/batch")
    assert (answer.status_code, answer["Allow"]) == (405, "POST, OPTIONS")


def test_browsers_may_send(client: Client, send: Send) -> None:
    asked = client.options("/v1/t", headers={"origin": "https://shop.example"})
    assert (asked.status_code, asked["Access-Control-Allow-Origin"]) == (204, "*")
    assert "POST" in asked["Access-Control-Allow-Methods"]
    assert "Authorization" in asked["Access-Control-Allow-Headers"]
    assert send("t", TRACK, origin="https://shop.example")["Access-Control-Allow-Origin"] == "*"
    assert send("t", b"{", origin="https://shop.example")["Access-Control-Allow-Origin"] == "*"


def test_the_moment_of_arrival_is_kept(send: Send) -> None:
    with time_machine.travel(datetime(2026, 3, 2, 12, tzinfo=UTC), tick=False):
        send("track", TRACK)
    assert EventBatch.objects.get().received_at - datetime(2026, 3, 2, 12, tzinfo=UTC) < timedelta(seconds=1)


ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters(), max_size=4),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(st.characters(), max_size=4), inner, max_size=3)
    ),
    max_leaves=6,
)
PARTS = st.fixed_dictionaries(
    {},
    optional=dict.fromkeys(("type", "userId", "event", "messageId", "properties", "timestamp", "traits"), ANYTHING),
)


@hypothesis_settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    ANYTHING | PARTS | st.builds(batch, PARTS | ANYTHING, PARTS | st.just(TRACK)), st.sampled_from(["batch", "track"])
)
def test_whatever_json_comes_the_answer_is_an_answer(send: Send, body: Any, call: str) -> None:
    answer = send(call, body)
    assert answer.status_code in {200, 400, 413}
    assert answer.json()["success"] is (answer.status_code == 200)
