"""What a request of Segment's HTTP format says. Pure.

Every refusal has a code, by which people find all of a kind, and a sentence that says what to do.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from math import isfinite
from typing import Any, NamedTuple
from uuid import UUID

from contacts.ingest.kinds import NAME_LENGTH, key_of, message_uuid
from contacts.states import IdentityKind

#: Bytes, as Segment has them: of a request (unzipped) and of one event in it.
LARGEST_REQUEST = 500 * 1024
LARGEST_EVENT = 32 * 1024
ID_LENGTH = 255
DEEPEST = 32
BATCH = "batch"
#: What a message of each type is called where the type itself is the event.
VIEWS = {"page": "Page Viewed", "screen": "Screen Viewed"}
EVENT_TYPES = frozenset({"track", *VIEWS})
TYPES = ("track", "identify", "group", "alias", "page", "screen")

#: What can be wrong with an event, as people look for it. The last four are found when it is stored.
CODES = {
    "no_user": "Nobody did it",
    "no_name": "No usable name",
    "no_type": "No type",
    "unknown_type": "Wrong type",
    "no_group": "No group",
    "bad_id": "Wrong id",
    "bad_time": "Wrong time",
    "bad_properties": "Wrong properties",
    "bad_text": "Text that cannot be stored",
    "bad_number": "Number that cannot be stored",
    "too_deep": "Nested too deeply",
    "too_large": "Too large",
    "not_an_object": "No object",
    "bad_property": "A property that counts is wrong",
    "duplicate_id": "Id of another event",
    "identity": "Contradicts who they are",
    "failed": "Could not be stored",
}

_ODD_ESCAPE = re.compile(rb"\\u(?:0000|[dD][89a-fA-F])")
_CONTAINERS = (dict, list)
#: Parts of a message that change when it is sent again.
_OF_THE_SENDING = frozenset({"sentAt", "writeKey"})
_OBJECT = "Each event is a JSON object, in curly brackets."

_encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode
known_key = lru_cache(maxsize=8192)(key_of)


class Malformed(Exception):  # noqa: N818  read as the answer it becomes
    """The request as a whole cannot be read. ``sentence`` says where and what to do."""

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence)
        self.sentence = sentence


class Unreadable(Exception):  # noqa: N818  read as the answer it becomes
    """One message cannot be taken in: ``code`` says which kind of problem it is, ``sentence`` what to do."""

    def __init__(self, code: str, sentence: str) -> None:
        super().__init__(sentence)
        self.code = code
        self.sentence = sentence


class Message(NamedTuple):
    """One message. Ids that it does not have are empty; ``name`` is empty where it is no event.

    ``message_id`` is as it was sent, or stands in for one that was not.
    """

    type: str
    message_id: str
    user_id: str
    anonymous_id: str
    previous_id: str
    group_id: str
    name: str
    properties: Mapping[str, Any]
    traits: Mapping[str, Any]
    occurred_at: datetime

    @property
    def uuid(self) -> UUID:
        """What it is stored under."""
        return message_uuid(self.message_id)

    @property
    def identity(self) -> tuple[str, str]:
        """Whose it is: the user, or the anonymous visitor where no user is named."""
        if self.user_id:
            return IdentityKind.USER.value, self.user_id
        return IdentityKind.ANONYMOUS.value, self.anonymous_id


@dataclass(frozen=True, slots=True)
class Envelope:
    """A request: its messages as they came, when it says it was sent, and the write key in it ("" for none).

    ``odd`` says that something in it may not fit into the database, so that each message must be looked through.
    """

    messages: list[Any]
    sent_at: datetime | None
    write_key: str
    odd: bool


def parse(body: bytes) -> Any:
    """The JSON of a body. Raises Malformed with the place."""
    return _parse(body)[0]


def open_envelope(call: str, body: bytes) -> Envelope:
    """What is in a request to this address (``batch`` or a type). Raises Malformed with the place."""
    parsed, odd = _parse(body)
    if not isinstance(parsed, dict):
        raise Malformed("The body must be a JSON object, in curly brackets.")
    given = parsed.get("writeKey")
    key = given if isinstance(given, str) else ""
    if call != BATCH:
        return Envelope([parsed], None, key, odd)
    messages = parsed.get("batch")
    if not isinstance(messages, list):
        raise Malformed("The body has no list called batch. Put the events in it, or send one to /v1/track.")
    try:
        sent_at = _moment(parsed, "sentAt")
    except Unreadable as problem:
        raise Malformed(problem.sentence) from problem
    return Envelope(messages, sent_at, key, odd)


def _parse(body: bytes) -> tuple[Any, bool]:
    """The JSON of a body, and whether there is anything in it that may not fit into the database.

    That can only be a number beyond all numbers, or a character that is written as an escape: JSON allows no other way
    to write NUL, and UTF-8 none to write half a character.
    """
    infinite: list[str] = []

    def number(text: str) -> float:
        value = float(text)
        if not isfinite(value):
            infinite.append(text)
        return value

    try:
        parsed = json.loads(body, parse_float=number, parse_constant=number)
    except json.JSONDecodeError as problem:
        raise Malformed(
            f"The body is not valid JSON: {problem.msg}, line {problem.lineno}, column {problem.colno}."
        ) from problem
    except UnicodeDecodeError as problem:
        raise Malformed(f"The body is not UTF-8: byte {problem.start + 1} is none of a character.") from problem
    except RecursionError as problem:
        raise Malformed("The body is nested too deeply. Send flatter properties.") from problem
    except ValueError as problem:
        raise Malformed("The body holds a number of thousands of digits. Send it as text.") from problem
    # Another encoding than UTF-8 is read as well, and has a zero byte in it.
    escaped = b"\\u" in body and _ODD_ESCAPE.search(body) is not None
    return parsed, bool(infinite) or escaped or b"\0" in body


def check_size(raw: Any) -> None:
    """Raise Unreadable where the event's own JSON is larger than LARGEST_EVENT."""
    size = len(_encode(raw).encode(errors="replace"))
    if size > LARGEST_EVENT:
        raise Unreadable(
            "too_large",
            f"The event has {size:,} bytes; {LARGEST_EVENT:,} (32 KB) are allowed. Leave out what nobody needs.",
        )


def read(
    raw: Any, *, call: str, received_at: datetime, sent_at: datetime | None = None, place: int = 0, odd: bool = True
) -> Message:
    """What one message says. Raises Unreadable.

    ``call`` is the address it came to, ``sent_at`` when its batch says it was sent; a message's own ``sentAt`` comes
    first. As Segment does, the time of an event is ``timestamp`` moved by how far the sender's clock is off, which is
    the time it was received minus the time it says it was sent; without a timestamp it is the time received.
    ``odd`` is false where its envelope says that all of it fits into the database.
    """
    if type(raw) is not dict:
        raise Unreadable("not_an_object", _OBJECT)
    kind = _type(raw, call)
    user_id, anonymous_id = _id(raw, "userId", odd), _id(raw, "anonymousId", odd)
    previous_id = group_id = name = ""
    if kind == "alias":
        previous_id = _id(raw, "previousId", odd)
        if not (previous_id and user_id):
            raise Unreadable("no_user", "An alias needs previousId, the id until now, and userId, the id from now on.")
    elif not (user_id or anonymous_id):
        raise Unreadable("no_user", "The event says nobody did it. Send userId, or anonymousId for a visitor.")
    properties, traits = _object(raw, "properties"), _object(raw, "traits")
    if kind == "track":
        name = _name(raw, odd)
    elif kind in VIEWS:
        name = VIEWS[kind]
        properties = {part: raw[part] for part in ("name", "category") if _given(raw, part)} | properties
    elif kind == "group":
        group_id = _id(raw, "groupId", odd)
        if not group_id:
            raise Unreadable("no_group", "A group call needs groupId, the id of the account.")
    for where, given in (("properties", properties), ("traits", traits)):
        if odd or _has_levels(given):
            _check_storable(where, given, DEEPEST)
    occurred_at = _occurred(raw, received_at, sent_at)
    return Message(
        kind,
        _message_id(raw, kind, received_at, place, odd),
        user_id,
        anonymous_id,
        previous_id,
        group_id,
        name,
        properties,
        traits,
        occurred_at,
    )


def storable(value: Any, depth: int = 2 * DEEPEST) -> Any:
    """The same in a form that the database can keep, so that a refused event can be shown and repaired.

    NUL becomes ␀, half a character becomes �, numbers that are none or too large become text, and what is nested
    deeper than anybody can read becomes …
    """
    if isinstance(value, str):
        return value.replace("\0", "␀").encode(errors="replace").decode()
    if isinstance(value, dict):
        return {storable(key): storable(one, depth - 1) for key, one in value.items()} if depth else "…"
    if isinstance(value, list):
        return [storable(one, depth - 1) for one in value] if depth else "…"
    return str(value) if type(value) is float and not isfinite(value) else value


def _given(raw: Mapping[str, Any], field: str) -> bool:
    value = raw.get(field)
    return value is not None and value != ""


def _type(raw: Mapping[str, Any], call: str) -> str:
    kind = raw.get("type")
    if kind is None and call != BATCH:
        return call
    if kind is None:
        raise Unreadable("no_type", f"An event in a batch needs a type: {', '.join(TYPES)}.")
    if kind not in TYPES:
        raise Unreadable("unknown_type", f"The type is none that is known. The types are {', '.join(TYPES)}.")
    if call not in (BATCH, kind):
        raise Unreadable("unknown_type", f"The type is {kind}, but it came to /v1/{call}. Send it to /v1/{kind}.")
    return str(kind)


def _id(raw: Mapping[str, Any], field: str, odd: bool) -> str:
    value = raw.get(field)
    if value is None:
        return ""
    if type(value) is int or type(value) is float:
        if odd:
            _check_storable(field, value, DEEPEST)
        value = str(value)
    elif type(value) is not str:
        raise Unreadable("bad_id", f"{field} must be text or a number.")
    value = value.strip()
    if len(value) > ID_LENGTH:
        raise Unreadable("bad_id", f"{field} has {len(value)} characters; {ID_LENGTH} are allowed.")
    if odd:
        _check_storable(field, value, DEEPEST)
    return value


def _message_id(raw: Mapping[str, Any], kind: str, received_at: datetime, place: int, odd: bool) -> str:
    """The sender's id. Without one, a digest of the message stands in, so that sending it again is no second event.

    A message with neither an id nor a time could be two that happen to be alike: then the moment it was received, and
    its place in the batch, tell them apart.
    """
    given = _id(raw, "messageId", odd)
    if given:
        return given
    told = {name: value for name, value in raw.items() if name not in _OF_THE_SENDING} | {"type": kind}
    text = json.dumps(told, sort_keys=True)
    if not (_given(raw, "timestamp") or _given(raw, "originalTimestamp")):
        text = f"{text}{received_at.isoformat()}/{place}"
    return str(UUID(bytes=hashlib.sha256(text.encode()).digest()[:16]))


def _name(raw: Mapping[str, Any], odd: bool) -> str:
    name = raw.get("event")
    if type(name) is not str:
        raise Unreadable("no_name", "A track call needs event, the name of what happened, as text.")
    name = name.strip()
    if len(name) > NAME_LENGTH:
        raise Unreadable("no_name", f"The name of the event has {len(name)} characters; {NAME_LENGTH} are allowed.")
    if odd:
        _check_storable("event", name, DEEPEST)
    if not known_key(name):
        raise Unreadable("no_name", "The name of the event is empty. Say what happened, for instance Order Completed.")
    return name


def _object(raw: Mapping[str, Any], field: str) -> dict[str, Any]:
    value = raw.get(field)
    if value is None:
        return {}
    if type(value) is not dict:
        raise Unreadable("bad_properties", f"{field} must be a JSON object, in curly brackets.")
    return value


def _has_levels(given: Mapping[str, Any]) -> bool:
    for value in given.values():  # noqa: SIM110  twice as quick, for every event
        if type(value) in _CONTAINERS:
            return True
    return False


def _check_storable(where: str, value: Any, depth: int) -> None:
    kind = type(value)
    if kind is str:
        if "\0" in value:
            raise Unreadable("bad_text", f"{_short(where)} holds a NUL character, which cannot be stored. Remove it.")
        if not value.isascii():
            try:
                value.encode()
            except UnicodeEncodeError as problem:
                raise Unreadable(
                    "bad_text", f"{_short(where)} holds half a character (a lone surrogate). Remove it."
                ) from problem
    elif kind is dict or kind is list:
        if not depth:
            raise Unreadable("too_deep", f"{_short(where)} is nested too deeply. {DEEPEST} levels are allowed.")
        if kind is dict:
            for key, one in value.items():
                if "\0" in key or not key.isascii():
                    _check_storable(f"A name in {where}", key, depth)
                if type(one) is not bool and one is not None:
                    _check_storable(f"{where}.{key}", one, depth - 1)
        else:
            for one in value:
                _check_storable(where, one, depth - 1)
    elif kind is float and not isfinite(value):
        raise Unreadable("bad_number", f"{_short(where)} is no number, or too large to be stored. Send it as text.")


def _short(where: str) -> str:
    return str(storable(where if len(where) <= 120 else f"{where[:119]}…"))


def _occurred(raw: Mapping[str, Any], received_at: datetime, sent_at: datetime | None) -> datetime:
    at = _moment(raw, "timestamp") or _moment(raw, "originalTimestamp")
    sent = _moment(raw, "sentAt") or sent_at
    if at is None:
        return received_at
    if sent is None:
        return at
    try:
        return at + (received_at - sent)
    except OverflowError as problem:
        raise Unreadable("bad_time", "timestamp and sentAt lie thousands of years apart. Correct them.") from problem


def _moment(raw: Mapping[str, Any], field: str) -> datetime | None:
    value = raw.get(field)
    if value is None or value == "":
        return None
    try:
        found = datetime.fromisoformat(value)
        return found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)
    except (TypeError, ValueError, OverflowError) as problem:
        raise Unreadable(
            "bad_time", f"{field} is not a time. Write it as 2026-03-01T09:30:00Z, or leave it out."
        ) from problem
