"""What a message says, and every way in which it can be wrong."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contacts.ingest.messages import (
    BATCH,
    CODES,
    DEEPEST,
    LARGEST_EVENT,
    Malformed,
    Message,
    Unreadable,
    check_size,
    open_envelope,
    parse,
    read,
    storable,
)

RECEIVED = datetime(2026, 3, 2, 12, tzinfo=UTC)
GOOD = {"type": "track", "userId": "u1", "event": "Class Attended", "messageId": "m1"}


def message(**changes: Any) -> Message:
    return read({**GOOD, **changes}, call=BATCH, received_at=RECEIVED)


def problem(raw: Any, call: str = BATCH) -> Unreadable:
    with pytest.raises(Unreadable) as caught:
        read(raw, call=call, received_at=RECEIVED)
    return caught.value


def nested(levels: int) -> Any:
    value: Any = 1
    for _ in range(levels):
        value = {"in": value}
    return value


def test_a_track_message() -> None:
    found = message(userId=17, properties={"class": "flow"}, messageId="3b241101-e2bb-4255-8caf-4136c566a962")
    assert found.identity == ("user", "17")
    assert (found.type, found.name, found.properties) == ("track", "Class Attended", {"class": "flow"})
    assert found.uuid == UUID("3b241101-e2bb-4255-8caf-4136c566a962")
    assert found.occurred_at == RECEIVED


@pytest.mark.parametrize(
    ("call", "raw", "name", "properties"),
    [
        ("track", {"event": " Order  Completed "}, "Order  Completed", {}),
        ("page", {"name": "Prices", "category": "Docs"}, "Page Viewed", {"name": "Prices", "category": "Docs"}),
        ("page", {"name": "Prices", "properties": {"name": "Own"}}, "Page Viewed", {"name": "Own"}),
        ("screen", {"name": "Start"}, "Screen Viewed", {"name": "Start"}),
    ],
)
def test_the_address_says_the_type(call: str, raw: Any, name: str, properties: Any) -> None:
    found = read({"anonymousId": "a", **raw}, call=call, received_at=RECEIVED)
    assert (found.type, found.name, found.properties) == (call, name, properties)
    assert found.identity == ("anonymous", "a")


def test_what_says_who_somebody_is() -> None:
    identify = read(
        {"userId": "u", "anonymousId": "a", "traits": {"email": "e"}}, call="identify", received_at=RECEIVED
    )
    assert (identify.user_id, identify.anonymous_id, identify.traits) == ("u", "a", {"email": "e"})
    group = read({"userId": "u", "groupId": 5}, call="group", received_at=RECEIVED)
    assert group.group_id == "5"
    alias = read({"previousId": "a", "userId": "u"}, call="alias", received_at=RECEIVED)
    assert (alias.previous_id, alias.user_id) == ("a", "u")


@pytest.mark.parametrize(
    ("raw", "code", "words"),
    [
        (None, "not_an_object", "JSON object"),
        ([], "not_an_object", "JSON object"),
        ({**GOOD, "type": None}, "no_type", "needs a type"),
        ({**GOOD, "type": "trak"}, "unknown_type", "The types are"),
        ({**GOOD, "type": ["track"]}, "unknown_type", "The types are"),
        ({**GOOD, "userId": None}, "no_user", "anonymousId"),
        ({**GOOD, "userId": "  "}, "no_user", "anonymousId"),
        ({**GOOD, "userId": True}, "bad_id", "userId"),
        ({**GOOD, "userId": {"id": 1}}, "bad_id", "userId"),
        ({**GOOD, "userId": "x" * 256}, "bad_id", "256"),
        ({**GOOD, "userId": "a\0b"}, "bad_text", "userId holds a NUL"),
        ({**GOOD, "userId": float("nan")}, "bad_number", "userId"),
        ({**GOOD, "messageId": []}, "bad_id", "messageId"),
        ({**GOOD, "event": None}, "no_name", "event"),
        ({**GOOD, "event": 5}, "no_name", "event"),
        ({**GOOD, "event": " _-- "}, "no_name", "empty"),
        ({**GOOD, "event": "e" * 101}, "no_name", "101"),
        ({**GOOD, "event": "a\0b"}, "bad_text", "event holds a NUL"),
        ({**GOOD, "properties": []}, "bad_properties", "properties must be"),
        ({**GOOD, "properties": "x"}, "bad_properties", "properties must be"),
        ({**GOOD, "properties": {"note": {"text": ["a\0"]}}}, "bad_text", "properties.note.text"),
        ({**GOOD, "properties": {"a\0": 1}}, "bad_text", "A name in properties"),
        ({**GOOD, "properties": {"note": "\ud800"}}, "bad_text", "surrogate"),
        ({**GOOD, "properties": {"total": float("inf")}}, "bad_number", "properties.total"),
        ({**GOOD, "properties": {"total": float("nan")}}, "bad_number", "properties.total"),
        ({**GOOD, "properties": nested(DEEPEST + 1)}, "too_deep", "nested"),
        ({**GOOD, "timestamp": "yesterday"}, "bad_time", "timestamp is not a time"),
        ({**GOOD, "timestamp": 1700000000}, "bad_time", "timestamp is not a time"),
        ({**GOOD, "timestamp": "0001-01-01T00:00:00+14:00"}, "bad_time", "timestamp is not a time"),
        ({**GOOD, "timestamp": "9999-01-01T00:00:00Z", "sentAt": "0001-01-01T00:00:00Z"}, "bad_time", "apart"),
        ({**GOOD, "sentAt": {}}, "bad_time", "sentAt is not a time"),
        ({"type": "alias", "userId": "u"}, "no_user", "previousId"),
        ({"type": "alias", "previousId": "u", "anonymousId": "a"}, "no_user", "previousId"),
        ({"type": "group", "userId": "u"}, "no_group", "groupId"),
        ({"type": "identify", "userId": "u", "traits": 5}, "bad_properties", "traits must be"),
        ({"type": "identify", "userId": "u", "traits": {"name": "\0"}}, "bad_text", "traits.name"),
    ],
)
def test_what_is_wrong_is_said(raw: Any, code: str, words: str) -> None:
    found = problem(raw)
    assert (found.code, words in found.sentence) == (code, True), found.sentence
    assert code in CODES


def test_a_message_at_the_wrong_address() -> None:
    assert "/v1/identify" in problem({"type": "identify", "userId": "u"}, call="track").sentence


@pytest.mark.parametrize(
    "properties", [nested(DEEPEST - 1), {"big": 10**400, "a": None, "b": True, "c": "line\nline", "d": "é", "é": [1.5]}]
)
def test_everything_usual_can_be_stored(properties: Any) -> None:
    assert message(properties=properties).properties == properties


@pytest.mark.parametrize(
    ("times", "occurred"),
    [
        ({}, RECEIVED),
        ({"timestamp": ""}, RECEIVED),
        ({"timestamp": "2026-03-01T09:30:00Z"}, datetime(2026, 3, 1, 9, 30, tzinfo=UTC)),
        ({"timestamp": "2026-03-01T09:30:00.250+02:00"}, datetime(2026, 3, 1, 7, 30, 0, 250_000, tzinfo=UTC)),
        ({"timestamp": "2026-03-01"}, datetime(2026, 3, 1, tzinfo=UTC)),
        ({"originalTimestamp": "2026-03-01T09:30:00Z"}, datetime(2026, 3, 1, 9, 30, tzinfo=UTC)),
        # The sender's clock is an hour behind: it says 11:00 when it is 12:00 here.
        (
            {"timestamp": "2026-03-02T10:00:00Z", "sentAt": "2026-03-02T11:00:00Z"},
            datetime(2026, 3, 2, 11, tzinfo=UTC),
        ),
        ({"sentAt": "2026-03-02T11:00:00Z"}, RECEIVED),
        ({"timestamp": "1970-01-01T00:00:00Z"}, datetime(1970, 1, 1, tzinfo=UTC)),
        ({"timestamp": "2099-01-01T00:00:00Z"}, datetime(2099, 1, 1, tzinfo=UTC)),
    ],
)
def test_when_it_happened(times: dict[str, str], occurred: datetime) -> None:
    assert message(**times).occurred_at == occurred


def test_the_sending_of_the_batch_corrects_times_and_a_message_knows_better() -> None:
    sent_at = RECEIVED - timedelta(hours=2)
    raw = {**GOOD, "timestamp": "2026-03-01T00:00:00Z"}
    late = read(raw, call=BATCH, received_at=RECEIVED, sent_at=sent_at)
    assert late.occurred_at == datetime(2026, 3, 1, 2, tzinfo=UTC)
    own = read({**raw, "sentAt": RECEIVED.isoformat()}, call=BATCH, received_at=RECEIVED, sent_at=sent_at)
    assert own.occurred_at == datetime(2026, 3, 1, tzinfo=UTC)


def test_without_an_id_a_message_sent_again_is_the_same_but_only_if_it_has_a_time() -> None:
    timed = {"type": "track", "userId": "u", "event": "e", "timestamp": "2026-03-01T00:00:00Z"}
    later = RECEIVED + timedelta(minutes=1)
    first = read(timed, call=BATCH, received_at=RECEIVED).message_id
    again = {**timed, "sentAt": later.isoformat(), "writeKey": "k"}
    assert read(again, call=BATCH, received_at=later, place=3).message_id == first
    assert read({**timed, "event": "f"}, call=BATCH, received_at=RECEIVED).message_id != first
    untimed = {"type": "track", "userId": "u", "event": "e"}
    ids = {
        read(untimed, call=BATCH, received_at=at, place=place).message_id
        for at, place in [(RECEIVED, 0), (RECEIVED, 1), (later, 0)]
    }
    assert len(ids) == 3


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (b'{"a": ', "line 1, column 7"),
        (b"", "line 1"),
        (b"\xff\xfe\xfd", "UTF-8"),
        (b"[" * 100_000, "nested too deeply"),
        (b"1" * 5000, "thousands of digits"),
    ],
)
def test_a_body_that_is_no_json(body: bytes, words: str) -> None:
    with pytest.raises(Malformed) as caught:
        parse(body)
    assert words in caught.value.sentence


@pytest.mark.parametrize(
    ("call", "body", "words"),
    [
        (BATCH, b"[]", "JSON object"),
        ("track", b'"x"', "JSON object"),
        (BATCH, b"{}", "list called batch"),
        (BATCH, b'{"batch": {}}', "list called batch"),
        (BATCH, b'{"batch": [], "sentAt": "now"}', "sentAt is not a time"),
    ],
)
def test_a_request_that_holds_no_messages(call: str, body: bytes, words: str) -> None:
    with pytest.raises(Malformed) as caught:
        open_envelope(call, body)
    assert words in caught.value.sentence


def test_the_size_of_an_event_is_that_of_its_own_json() -> None:
    fits = {"a": ""}
    fits["a"] = "x" * (LARGEST_EVENT - len(json.dumps(fits, separators=(",", ":"))))
    check_size(fits)
    with pytest.raises(Unreadable) as caught:
        check_size({"a": fits["a"] + "x"})
    assert caught.value.code == "too_large"
    assert "32,769 bytes" in caught.value.sentence


ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters(), max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(st.characters(), max_size=5), inner, max_size=3)
    ),
    max_leaves=8,
)
FIELDS = [
    "type",
    "userId",
    "anonymousId",
    "messageId",
    "event",
    "properties",
    "traits",
    "timestamp",
    "sentAt",
    "groupId",
]


@given(st.dictionaries(st.sampled_from(FIELDS), ANYTHING | st.just("track") | st.just("2026-01-01")) | ANYTHING)
def test_whatever_comes_is_read_or_refused_with_a_sentence(raw: Any) -> None:
    refused: Unreadable | None = None
    found: Message | None = None
    try:
        found = read(raw, call="track", received_at=RECEIVED)
    except Unreadable as problem:
        refused = problem
    if found is not None:
        text = json.dumps(found.properties, allow_nan=False)
        assert "\\u0000" not in text.replace("\\\\", "")
    else:
        assert refused is not None
        assert refused.code in CODES
        assert refused.sentence.endswith(".")


@given(st.dictionaries(st.text(st.characters(), max_size=5), ANYTHING), st.booleans())
def test_an_envelope_knows_whether_its_messages_must_be_looked_through(properties: Any, ascii_only: bool) -> None:
    """What is not odd fits without being looked at; the short way and the long way never differ."""
    text = json.dumps({**GOOD, "properties": properties}, ensure_ascii=ascii_only)
    try:
        envelope = open_envelope("track", text.encode())
    except (UnicodeEncodeError, Malformed):
        return
    if not envelope.odd:
        found = read(envelope.messages[0], call="track", received_at=RECEIVED, odd=False)
        assert read(envelope.messages[0], call="track", received_at=RECEIVED, odd=True) == found


@pytest.mark.parametrize(
    ("value", "odd"),
    [
        (b'"plain"', False),
        (b'"\\u00e9"', False),
        (b'"\\u0000"', True),
        (b'"\\ud83d\\ude00"', True),
        (b"1e999", True),
        (b"NaN", True),
        (b"-Infinity", True),
        (b"1.5", False),
    ],
)
def test_what_is_odd(value: bytes, odd: bool) -> None:
    assert open_envelope("track", b'{"userId": "u", "properties": {"a": ' + value + b"}}").odd is odd


@given(ANYTHING)
def test_whatever_is_kept_for_repair_can_be_stored(value: Any) -> None:
    text = json.dumps(storable(value), ensure_ascii=False, allow_nan=False)
    assert "\\u0000" not in text.replace("\\\\", "")
    text.encode()
