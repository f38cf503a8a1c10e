"""A cadence as a file that can be read, compared and reviewed like code. Pure."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields
from decimal import Decimal
from difflib import get_close_matches
from typing import Any
from unicodedata import category

from contacts.states import Channel
from followups.rules.cadence import CadenceRules, Problem, StepRules, Waits, validate_cadence
from followups.rules.segments import Segment

FORMAT = 1
#: What the database keeps of a whole number, of the length of texts, and of an amount.
MOST = 32_767
_AMOUNT = re.compile(r"\d{1,12}(\.\d{1,2})?\Z", re.ASCII)
_NAME = re.compile(r"[-a-zA-Z0-9_]{1,60}\Z", re.ASCII)
#: Control characters and halves of characters, which no text here has.
_UNWRITTEN = {"Cc", "Cs"}
_NUMBERS = (
    "max_attempts",
    "max_days",
    "min_gap_days",
    "nurture_every_days",
    "nurture_most",
    "patience_days",
    "recycle_after_days",
    "recycle_most",
)
_TOP = (
    *_NUMBERS,
    "allow_existing_customers",
    "channels",
    "description",
    "format",
    "high_value_threshold",
    "name",
    "segment",
    "steps",
    "waits",
)
_STEP = (
    "angle",
    "channel",
    "kind",
    "position",
    "pressure",
    "reason_kinds",
    "review_policy",
    "template",
    "word_limit",
)
_LISTS = {"stages": 12, "territories": 100, "sources": 100, "tags": 60}
_SEGMENT = (*_LISTS, "value_from", "value_below")
_WAITS = tuple(one.name for one in fields(Waits))


@dataclass(frozen=True, slots=True)
class CadenceFile:
    """What a file holds: the rules, and the keys of the templates that steps name, by their position."""

    name: str
    description: str
    rules: CadenceRules
    templates: Mapping[int, str] = field(default_factory=dict)


def write_cadence_file(file: CadenceFile) -> str:
    """The file's text: JSON with sorted keys, one line each, so that a change shows as the lines that changed."""
    rules = file.rules
    content = {
        "format": FORMAT,
        "name": file.name,
        "description": file.description,
        "allow_existing_customers": rules.allow_existing_customers,
        "channels": list(rules.channels),
        "high_value_threshold": f"{rules.high_value_threshold:.2f}",
        "waits": {name: getattr(rules.waits, name) for name in _WAITS},
        "segment": {
            **{name: list(getattr(rules.segment, name)) for name in _LISTS},
            "value_from": _written(rules.segment.value_from),
            "value_below": _written(rules.segment.value_below),
        },
        "steps": [
            {
                **{name: getattr(step, name) for name in _STEP if name not in ("reason_kinds", "template")},
                "reason_kinds": list(step.reason_kinds),
                "template": file.templates.get(step.position),
            }
            for step in sorted(rules.steps, key=lambda step: step.position)
        ],
        **{name: getattr(rules, name) for name in _NUMBERS},
    }
    return json.dumps(content, ensure_ascii=False, indent=2, sort_keys=True) + "\n"


def read_cadence_file(text: str) -> CadenceFile | list[Problem]:
    """What the file says; or, where it says anything unknown, missing or wrong, every place and its remedy."""
    try:
        content = json.loads(text, parse_constant=_no_constant, parse_float=Decimal, object_pairs_hook=_each_once)
    except json.JSONDecodeError as error:
        return [Problem(f"line {error.lineno}", f"This is not JSON from column {error.colno} on. Mend it there.")]
    except _Broken as broken:
        return [broken.problem]
    except (ValueError, RecursionError):
        return [Problem("the file", "This is no cadence file. Export a cadence to see what one looks like.")]
    if not isinstance(content, dict):
        return [Problem("the file", "This is no cadence file. Export a cadence to see what one looks like.")]
    if content.get("format") != FORMAT or isinstance(content.get("format"), bool):
        return [Problem("format", f"Only format {FORMAT} is known here. Export the cadence again, from this version.")]
    reader = _Reader()
    file = _read(reader, content)
    if not reader.problems:
        reader.problems += [Problem(_place(one.place), one.sentence) for one in validate_cadence(file.rules)]
    return reader.problems or file


def _read(reader: _Reader, content: dict[str, Any]) -> CadenceFile:
    given = reader.section("", content, _TOP)
    waits = reader.section("waits", given["waits"], _WAITS)
    segment = reader.section("segment", given["segment"], _SEGMENT)
    steps = []
    templates = {}
    for number, row in enumerate(reader.rows("steps", given["steps"]), start=1):
        step, template = _read_step(reader, f"steps.{number}", row)
        steps.append(step)
        if template:
            templates[step.position] = template
    name = reader.text("name", given["name"], most=60)
    if name and not _NAME.match(name):
        reader.add("name", "Use letters, digits, hyphens and underscores only.")
    channels = reader.names("channels", given["channels"], most=10)
    for channel in channels:
        if channel not in Channel.values:
            reader.add("channels", f"There is no channel “{channel}”. Choose from {', '.join(Channel.values)}.")
    return CadenceFile(
        name=name,
        description=reader.text("description", given["description"], most=300, empty=True),
        rules=CadenceRules(
            name=name,
            version=1,
            channels=channels,
            steps=tuple(steps),
            waits=Waits(**{wait: reader.number(f"waits.{wait}", waits[wait]) for wait in _WAITS}),
            high_value_threshold=reader.amount("high_value_threshold", given["high_value_threshold"]) or Decimal(0),
            allow_existing_customers=reader.flag("allow_existing_customers", given["allow_existing_customers"]),
            segment=Segment(
                **{key: _names(reader, f"segment.{key}", segment[key], most) for key, most in _LISTS.items()},
                value_from=reader.amount("segment.value_from", segment["value_from"], empty=True),
                value_below=reader.amount("segment.value_below", segment["value_below"], empty=True),
            ),
            **{key: reader.number(key, given[key]) for key in _NUMBERS},
        ),
        templates=templates,
    )


def _names(reader: _Reader, place: str, value: Any, most: int) -> tuple[str, ...]:
    found = reader.names(place, value, most=most)
    if any("," in name for name in found):
        reader.add(place, "A name here has no comma, since the page puts commas between names. Write two names.")
    return found


def _read_step(reader: _Reader, place: str, row: Any) -> tuple[StepRules, str]:
    step = reader.section(place, row, _STEP)
    channel = step["channel"]
    template = step["template"]
    return StepRules(
        position=reader.number(f"{place}.position", step["position"]),
        kind=reader.text(f"{place}.kind", step["kind"], most=10),
        angle=reader.text(f"{place}.angle", step["angle"], most=40),
        word_limit=reader.number(f"{place}.word_limit", step["word_limit"]),
        pressure=reader.number(f"{place}.pressure", step["pressure"]),
        reason_kinds=reader.names(f"{place}.reason_kinds", step["reason_kinds"], most=40),
        channel=None if channel is None else reader.text(f"{place}.channel", channel, most=10),
        review_policy=reader.text(f"{place}.review_policy", step["review_policy"], most=10),
    ), "" if template is None else reader.text(f"{place}.template", template, most=100)


class _Reader:
    """Reads values of a kind and notes what is wrong with them; what is wrong reads as an empty value."""

    def __init__(self) -> None:
        self.problems: list[Problem] = []

    def add(self, place: str, sentence: str) -> None:
        self.problems.append(Problem(place, sentence))

    def section(self, place: str, value: Any, wanted: Iterable[str]) -> dict[str, Any]:
        """A group of values by name: nothing missing, nothing unknown. Missing ones are noted and read as absent."""
        wanted = tuple(wanted)
        if value is _ABSENT:
            return dict.fromkeys(wanted, _ABSENT)
        if not isinstance(value, dict):
            self.add(place, "Write a group of names and values in braces here.")
            return dict.fromkeys(wanted, _ABSENT)
        before = f"{place}." if place else ""
        for name in value.keys() - set(wanted):
            close = get_close_matches(name, wanted, n=1)
            remedy = f"Did you mean “{close[0]}”?" if close else f"Take it out. Known are {', '.join(sorted(wanted))}."
            self.add(f"{before}{_shown(name)}", f"This is not known here. {remedy}")
        for name in sorted(set(wanted) - value.keys()):
            self.add(f"{before}{name}", "This is missing. Add it.")
        self.problems.sort(key=lambda problem: problem.place)
        return {name: value.get(name, _ABSENT) for name in wanted}

    def rows(self, place: str, value: Any) -> list[Any]:
        if value is _ABSENT:
            return []
        if not isinstance(value, list):
            self.add(place, "Write a list in square brackets here.")
            return []
        if len(value) > 100:
            self.add(place, "These are more than 100. Leave some out.")
            return []
        return value

    def number(self, place: str, value: Any) -> int:
        if value is _ABSENT:
            return 0
        if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= MOST:
            self.add(place, f"Write a whole number from 0 to {MOST}.")
            return 0
        return value

    def amount(self, place: str, value: Any, *, empty: bool = False) -> Decimal | None:
        if value is _ABSENT or (value is None and empty):
            return None
        if isinstance(value, bool) or not isinstance(value, str | int | Decimal) or not _AMOUNT.match(str(value)):
            self.add(place, 'Write an amount such as "10000.00"' + (", or null for none." if empty else "."))
            return None
        return Decimal(str(value))

    def flag(self, place: str, value: Any) -> bool:
        if value is not _ABSENT and not isinstance(value, bool):
            self.add(place, "Write true or false.")
        return value is True

    def text(self, place: str, value: Any, *, most: int, empty: bool = False) -> str:
        if value is _ABSENT:
            return ""
        if not isinstance(value, str) or len(value) > most or any(category(sign) in _UNWRITTEN for sign in value):
            self.add(place, f"Write a text in quotes, in one line, of at most {most} characters.")
            return ""
        if not value.strip() and not empty:
            self.add(place, "Write something here.")
            return ""
        return value

    def names(self, place: str, value: Any, *, most: int) -> tuple[str, ...]:
        return tuple(
            self.text(f"{place}.{number}", one, most=most)
            for number, one in enumerate(self.rows(place, value), start=1)
        )


class _Broken(ValueError):  # noqa: N818  what a file is, not a fault of ours
    def __init__(self, place: str, sentence: str) -> None:
        self.problem = Problem(place, sentence)
        super().__init__(sentence)


_ABSENT: Any = object()


def _each_once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, value in pairs:
        if name in found:
            raise _Broken(_shown(name), "This stands twice in one group. Keep one of them.")
        found[name] = value
    return found


def _no_constant(text: str) -> Any:
    raise _Broken("the file", f"{text} is no number. Write one.")


def _shown(name: str) -> str:
    return name[:60] if name.isprintable() else ascii(name)[:60]


def _written(value: Decimal | None) -> str | None:
    return None if value is None else f"{value:.2f}"


def _place(place: str) -> str:
    """A place as the rules name it, as the file has it."""
    return f"segment.{place.removeprefix('segment_')}" if place.startswith("segment_") else place
