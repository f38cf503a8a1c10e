"""The data files of the sample world as plain values."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from importlib import resources
from typing import Any


def read(name: str) -> dict[str, Any]:
    """One data file by its path below this folder."""
    place = resources.files(__package__)
    for part in name.split("/"):
        place = place.joinpath(part)
    return tomllib.loads(place.read_text("utf-8"))


@dataclass(frozen=True, slots=True)
class TouchLine:
    """One touch of a story: how many days before now, who, what, and which list of words it takes its summary from."""

    days: int
    direction: str
    kind: str
    line: str
    channel: str

    @classmethod
    def of(cls, text: str) -> TouchLine:
        days, direction, kind, line, *channel = text.split()
        usual = {"call": "call", "note": ""}.get(kind, "email")
        return cls(int(days), direction, kind, line, channel[0] if channel else usual)


@dataclass(frozen=True, slots=True, kw_only=True)
class Story:
    """What happened with some leads. The fields are explained at the top of stories/to_write.toml."""

    name: str
    leads: int
    expect: str
    stage: str
    touches: tuple[TouchLine, ...]
    afterwards: tuple[TouchLine, ...] = ()
    history: tuple[tuple[int, str], ...] = ()
    heard: tuple[tuple[int, str], ...] = ()
    events: tuple[int, ...] = ()
    notes: tuple[int, ...] = ()
    where: str = ""
    owner: str = ""
    worth: str = ""
    locale: str = ""
    spread: int = 0
    then: str = ""
    becomes: str = ""
    stopped: str = ""
    consent: str = "yes"
    together: str = ""
    priority: str = ""
    pause_reason: str = ""
    paused_in: int | None = None
    quote_ago: int | None = None
    proposal_ago: int | None = None
    next_step_ago: int | None = None
    next_step_in: int | None = None
    back_in: int | None = None
    recycle_in: int | None = None
    expires_ago: int | None = None
    strategic: bool = False
    large: bool = False
    future_fit: bool = False
    unowned: bool = False
    elsewhere: bool = False
    other_owner: bool = False
    mistyped: bool = False
    bounced: bool = False
    asleep: bool = False

    @property
    def is_closed(self) -> bool:
        """Whether the deal was over long ago, so that no sweep looks at it."""
        return self.expect == "closed"

    @property
    def loses_address(self) -> bool:
        """Whether their only address turns out to be nobody's, or somebody else's."""
        return any(what in ("bounced", "wrong_person") for _, what in self.heard)

    @classmethod
    def of(cls, row: dict[str, Any]) -> Story:
        fields = dict(row)
        for name in ("touches", "afterwards"):
            fields[name] = tuple(TouchLine.of(text) for text in fields.get(name, ()))
        for name in ("history", "heard"):
            lines = [text.partition(" ") for text in fields.get(name, ())]
            fields[name] = tuple((int(days), what) for days, _, what in lines)
        fields["events"] = tuple(int(days) for days in fields.get("events", ()))
        fields["notes"] = tuple(fields.get("notes", ()))
        return cls(**fields)


def stories() -> list[Story]:
    """All stories, in the order of the files."""
    return [
        Story.of(row)
        for name in ("to_write", "to_wait", "to_stop", "to_hear")
        for row in read(f"stories/{name}.toml")["story"]
    ]
