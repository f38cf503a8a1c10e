"""From a row of a file of events to a finished line for COPY.

Files of events have millions of rows, so everything that repeats down a column is worked out once and remembered, and
a row goes to the database as text, with all that counts read out of it already.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any, NamedTuple

from django.db import connection

from contacts.importing import parsers
from contacts.importing.cells import unguard
from contacts.importing.describe import MakeLine
from contacts.importing.parsers import REMEMBERED, Parser, quoted
from contacts.importing.reading import Layout
from contacts.importing.staging import escaped
from contacts.ingest.kinds import (
    EARLIEST,
    LATEST_AHEAD,
    MONEY,
    NAME_LENGTH,
    WITH_PARTICULARS,
    is_machine,
    key_of,
    message_uuid,
    particulars,
)
from contacts.states import EventFlag

#: What a line holds, with its types, in this order.
STAGED = {
    "customer": "text",
    "name": "text",
    "key": "text",
    "occurred_at": "timestamptz",
    "event": "uuid",
    "own_id": "boolean",
    "kind": "smallint",
    "value": "smallint",
    "amount": "numeric",
    "currency": "text",
    "reference": "text",
    "machine": "boolean",
    "flag": "text",
    "properties": "jsonb",
}
#: The fields that are properties too. Anything else that a file has is one as well, by the name of its column.
CHECKED: Mapping[str, Callable[[parsers.Ways], Parser]] = {"amount": parsers.amount, "currency": parsers.currency}
_NO_PROPERTIES = frozenset({"customer", "name", "occurred_at", "message_id", "properties"})
_BEFORE_TIME, _IN_TIME = frozenset({"", "T", " "}), frozenset({"", ":"})
_NEVER = datetime(1, 1, 1, tzinfo=UTC)
_NUL = re.compile(r"(?<!\\)(?:\\\\)*\\u0000")
_NUMBER = re.compile(r"-?(?:0|[1-9]\d{0,14})(?:\.\d{1,15})?", re.ASCII)
_UUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.ASCII)
_TRUTHS = {"true": "true", "false": "false"}
_NO_PARTICULARS = "\\N\t\\N\t\t"
_encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), sort_keys=True, allow_nan=False).encode
_LONGEST_ID = 255


class _Name(NamedTuple):
    """A name as it came, ready for COPY with its key; the key; and the kind it counts as."""

    staged: str
    key: str
    kind: int


class _Remembered(dict[str, Any]):
    """What each text of a column was made into. The latest so many; raises what ``make`` raises."""

    def __init__(self, make: Callable[[str], Any]) -> None:
        super().__init__()
        self._make = make

    def __missing__(self, text: str) -> Any:
        if len(self) >= REMEMBERED:
            self.clear()
        found = self[text] = self._make(text)
        return found


def plain(cell: str) -> str:
    """The text of a cell, without what a spreadsheet or a careless export put around it."""
    return unguard(cell).strip() if cell[:1] == "'" else cell.strip()


def literal(cell: str) -> str:
    """A cell as JSON; "" if it is empty. What is plainly a number, or true or false, is that, and the rest text."""
    text = plain(cell)
    if _NUMBER.fullmatch(text):
        return text
    return _TRUTHS.get(text.lower()) or (_encode(text) if text else "")


def read_object(cell: str) -> dict[str, Any]:
    """The properties in a cell, as JSON. Raises ValueError with a sentence."""
    try:
        found = json.loads(cell)
    except (ValueError, RecursionError):
        found = None
    if not isinstance(found, dict):
        raise ValueError(f'{quoted(cell)} is not a JSON object such as {{"plan": "gold"}}.')
    return found


def _as_json(properties: Mapping[str, Any]) -> str:
    """Properties as text that PostgreSQL takes. Raises ValueError with a sentence."""
    try:
        text = _encode(properties)
        text.encode()
    except (ValueError, RecursionError):
        raise ValueError("It holds a number or a character that cannot be stored. Take it out.") from None
    if "\\u0000" in text and _NUL.search(text):
        raise ValueError("It holds a NUL character. Take it out.")
    return text


def _about(label: str, make: Callable[[str], Any]) -> Callable[[str], Any]:
    """The same, where a refusal names the column."""

    def parse(cell: str) -> Any:
        try:
            return make(cell)
        except ValueError as problem:
            raise ValueError(f"Column {label}: {problem}") from None

    return parse


def _customer(label: str) -> Callable[[str], str]:
    words = parsers.words(most=200)(parsers.Ways())

    def parse(cell: str) -> str:
        text = plain(cell)
        if not text:
            raise ValueError("An event needs a customer. Where there is none, leave the row out.")
        return escaped(str(words(text)))

    return _about(label, parse)


def _name(label: str) -> Callable[[str], _Name]:
    words = parsers.words(most=NAME_LENGTH)(parsers.Ways())
    with connection.cursor() as cursor:
        cursor.execute("SELECT key, coalesce(kind, 0) FROM contacts_eventname ORDER BY id FOR SHARE")
        kinds = dict(cursor.fetchall())

    def parse(cell: str) -> _Name:
        text = str(words(plain(cell)))
        key = key_of(text)
        if not key:
            raise ValueError("An event needs a name, such as visit_logged.")
        return _Name(f"{escaped(text)}\t{escaped(key)}", key, kinds.get(key, 0))

    return _about(label, parse)


def _moments(label: str, parse: Parser, *, iso: bool) -> Callable[[str], tuple[datetime, str]]:
    """From a cell to a time, and the same as text. ISO times, which seldom repeat, are read without a detour."""
    read = datetime.fromisoformat
    slow = _about(label, parse)

    def moment(cell: str) -> tuple[datetime, str]:
        if iso and cell[4:5] == "-" and cell[7:8] == "-" and cell[10:11] in _BEFORE_TIME and cell[13:14] in _IN_TIME:
            try:
                found = read(cell)
            except ValueError:
                found = _NEVER
            if 1900 <= found.year <= 2200:
                zone = found.tzinfo
                if zone is UTC:
                    return found, cell
                found = found.replace(tzinfo=UTC) if zone is None else found.astimezone(UTC)
                return found, found.isoformat()
        text = plain(cell)
        if not text:
            raise ValueError(f"Column {label} is empty.")
        found = slow(text)
        return found, found.isoformat()

    return moment


def _property_columns(
    layout: Layout, places: Mapping[str, int], labels: Mapping[str, str], ways: parsers.Ways
) -> list[tuple[str, int, str, _Remembered]]:
    """The columns that are properties, by name: name, place, what stands before its value in JSON, and its values."""
    found = {name: place for name, place in places.items() if name not in _NO_PROPERTIES} | dict(layout.others)
    columns = []
    for name, place in sorted(found.items()):
        make: Callable[[str], str] = literal
        if name in CHECKED:
            make = _about(labels[name], _checked(CHECKED[name](ways)))
        columns.append((name, place, f",{_encode(name)}:", _Remembered(make)))
    return columns


def _checked(parse: Parser) -> Callable[[str], str]:
    def make(cell: str) -> str:
        text = plain(cell)
        return literal(str(parse(text))) if text else ""

    return make


def _merged(
    text: str, label: str, columns: list[tuple[str, int, _Remembered]], cells: list[str]
) -> tuple[dict[str, Any], str]:
    """The properties in a cell together with those in columns. What the cell says itself counts.

    So does money under another name: an amount beside a revenue is left aside.
    """
    try:
        found = read_object(text)
        has_money = any(found.get(name) not in (None, "") for name in MONEY)
        for name, place, literals in columns:
            told = literals[cells[place]]
            if told and name not in found and not (name == "amount" and has_money):
                found[name] = json.loads(told)
        return found, _as_json(found)
    except ValueError as problem:
        raise ValueError(f"Column {label}: {problem}") from None


def _particulars(kind: int, properties: Mapping[str, Any]) -> str:
    read = particulars(kind, properties)
    value = "\\N" if read.value is None else read.value
    amount = "\\N" if read.amount is None else read.amount
    return f"{value}\t{amount}\t{read.currency}\t{escaped(read.reference)}"


def _id(cell: str) -> tuple[str, str]:
    """What an event is stored under, "" where the row names no id; and whether it does, for COPY."""
    text = plain(cell)
    if not text:
        return "", "f"
    if len(text) > _LONGEST_ID:
        raise ValueError(f"Column message_id: {quoted(text)} is longer than {_LONGEST_ID} characters.")
    return str(message_uuid(text)), "t"


def make_lines(layout: Layout) -> MakeLine:
    """The function that makes a line of a row with this layout. Names count as they do at this moment.

    The names are held until the transaction ends, so that one which is mapped meanwhile counts these events too.
    """
    constants = list(layout.constants.items())
    width = 1 + max([-1, *layout.places.values(), *layout.others.values()])
    # Constants stand behind the cells of every row, and are read from there like any other.
    places = dict(layout.places) | {name: width + number for number, (name, _) in enumerate(constants)}
    behind = [text for _, text in constants]
    labels = {name: layout.labels.get(name, name) for name in places}
    ways, now = layout.options.ways(), layout.options.now
    latest = now + LATEST_AHEAD

    customers = _Remembered(_customer(labels["customer"]))
    names = _Remembered(_name(labels["name"]))
    moments = _moments(labels["occurred_at"], parsers.moment(ways), iso=not ways.date_format)
    customer_at, name_at, moment_at = places["customer"], places["name"], places["occurred_at"]
    id_at, object_at = places.get("message_id", -1), places.get("properties", -1)
    columns = _property_columns(layout, places, labels, ways)
    machine_at = next((place for name, place, _, _ in columns if name == "machine"), -1)
    parts_of = [(prefix, place, literals) for _, place, prefix, literals in columns]
    by_name = [(name, place, literals) for name, place, _, literals in columns]
    counted_of: dict[tuple[int, str], str] = {}
    is_uuid = _UUID.fullmatch
    label_of_object = labels.get("properties", "properties")
    md5 = hashlib.md5

    def make(line: int, cells: list[str]) -> str:
        if behind:
            cells = cells + behind
        customer = customers[cells[customer_at]]
        staged_name, key, kind = names[cells[name_at]]
        at, occurred_at = moments(cells[moment_at])

        found: dict[str, Any] | None = None
        if object_at >= 0 and (text := plain(cells[object_at])):
            found, properties = _merged(text, label_of_object, by_name, cells)
            machine = is_machine(found)
        else:
            properties = "{"
            for prefix, place, literals in parts_of:
                if told := literals[cells[place]]:
                    properties += prefix + told
            properties = "{" + properties[2:] + "}"
            machine = machine_at >= 0 and is_machine({"machine": plain(cells[machine_at])})

        flag = ""
        if at < EARLIEST:
            flag = EventFlag.TOO_OLD.value
        elif at > latest:
            flag = EventFlag.FUTURE.value
        counted = _NO_PARTICULARS
        if machine or flag:
            kind = 0
        elif kind in WITH_PARTICULARS:
            known = counted_of.get((kind, properties))
            if known is None:
                if found is None:
                    found = {name: plain(cells[place]) for name, place, _ in by_name}
                if len(counted_of) >= REMEMBERED:
                    counted_of.clear()
                known = counted_of[kind, properties] = _particulars(kind, found)
            counted = known

        event = cells[id_at] if id_at >= 0 else ""
        own_id = "t"
        if not is_uuid(event):
            event, own_id = _id(event)
            if not event:
                told = f"{customer}\x1f{key}\x1f{at.isoformat()}\x1f{properties}"
                event = md5(told.encode(), usedforsecurity=False).hexdigest()
        if "\\" in properties:
            properties = properties.replace("\\", "\\\\")
        return (
            f"{line}\t\t{customer}\t{staged_name}\t{occurred_at}\t{event}\t{own_id}\t{kind}\t{counted}"
            f"\t{'t' if machine else 'f'}\t{flag}\t{properties}\n"
        )

    return make
