"""A playbook as a TOML file: what stands in it, read and written. Pure: values are judged where rows are made of them.

`retention.services.playbooks.files` describes the format with a whole example.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from difflib import get_close_matches
from typing import Any

from contacts.states import EventKind
from retention.rules.playbooks.checks import Problem

FORMAT = 1
#: What a file says about a version: the columns of `retention.models.PlaybookVersion`, in the order they are written.
VERSION_FIELDS = (
    "mode",
    "note",
    "trigger",
    "bands",
    "score_from",
    "score_to",
    "reasons_any",
    "reasons_all",
    "plans",
    "tiers",
    "value_tiers",
    "milestones",
    "days_before",
    "excluded_plans",
    "excluded_tiers",
    "urgent",
    "priority",
    "cooldown_days",
    "lasts_days",
    "goal",
    "goal_kinds",
    "review_minutes",
    "call_minutes",
    "assumed_uplift",
    "uplift_source",
    "pilot_most",
    "offer_budget",
    "offer_min_clv",
    "max_complaint_rate",
    "max_unsubscribe_rate",
    "max_value_decline",
    "max_revenue_decline",
    "gate_min_roi",
    "gate_min_net_each",
    "gate_max_payback_days",
)
#: Other playbooks, by their names.
LINKS = ("excluded_playbooks", "after_playbooks")
STEP_FIELDS = (
    "name",
    "purpose",
    "channel",
    "earliest_hours",
    "latest_hours",
    "condition",
    "audience",
    "angle",
    "script",
    "review",
    "word_limit",
    "pressure",
    "cost",
    "incentive",
)
#: What a file says about the experiment; the draw's salt, the status and the sizes are never in it.
EXPERIMENT_FIELDS = (
    "question",
    "kpi",
    "window_days",
    "holdout_percent",
    "baseline_percent",
    "min_effect",
    "power_percent",
    "alpha_percent",
    "pre_days",
    "staggered",
    "waves",
    "wave_days",
)
_ABOUT = ("name", "title", "description")
_NOT_ONE = "This is no playbook file. Export a playbook to see what one looks like."


@dataclass(frozen=True, slots=True)
class PlaybookFile:
    """What a file holds. Values are as they were written; steps come in their order, ``experiment`` may be missing."""

    name: str
    title: str
    description: str = ""
    values: Mapping[str, Any] = field(default_factory=dict)
    links: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    steps: tuple[Mapping[str, Any], ...] = ()
    experiment: Mapping[str, Any] | None = None


def read_playbook_file(text: str) -> PlaybookFile | list[Problem]:
    """What the file says; or, where its form is wrong, every place and its remedy."""
    try:
        content = tomllib.loads(text, parse_float=Decimal)
    except tomllib.TOMLDecodeError as error:
        return [Problem("the file", f"This is not TOML: {error}. Mend it there.")]
    except (ValueError, ArithmeticError, RecursionError):
        return [Problem("the file", _NOT_ONE)]
    if content.get("format") != FORMAT or isinstance(content.get("format"), bool):
        return [Problem("format", f"Write format = {FORMAT} in the first line: no other one is known here.")]
    found: list[Problem] = []
    top = ("format", *_ABOUT, *VERSION_FIELDS, *LINKS, "step", "experiment")
    _unknown(content, top, "", found)
    about = {name: _text(content.get(name, ""), name, found) for name in _ABOUT}
    for name in ("name", "title"):
        if name not in content:
            found.append(Problem(name, "This is missing. Add it."))
    steps = content.get("step", [])
    if not isinstance(steps, list) or not all(isinstance(row, dict) for row in steps):
        found.append(Problem("step", "Write each step below a line of its own: [[step]]."))
        steps = []
    for number, row in enumerate(steps, start=1):
        _unknown(row, STEP_FIELDS, f"steps.{number}.", found)
    experiment = content.get("experiment")
    if experiment is not None and not isinstance(experiment, dict):
        found.append(Problem("experiment", "Write the experiment below a line of its own: [experiment]."))
        experiment = None
    if experiment is not None:
        _unknown(experiment, EXPERIMENT_FIELDS, "experiment.", found)
    values = {name: content[name] for name in VERSION_FIELDS if name in content}
    if "goal_kinds" in values:
        values["goal_kinds"] = _kinds(values["goal_kinds"], found)
    links = {name: _names(content.get(name, []), name, found) for name in LINKS}
    return found or PlaybookFile(**about, values=values, links=links, steps=tuple(steps), experiment=experiment)


def write_playbook_file(file: PlaybookFile) -> str:
    """The file's text, one value a line and always in the same order, so that a change shows as the lines that changed.

    What is empty (no number, no text, no names) is left out: so it reads as empty again.
    """
    values = dict(file.values)
    if "goal_kinds" in values:
        values["goal_kinds"] = [EventKind(kind).name.lower() for kind in values["goal_kinds"]]
    lines = [f"format = {FORMAT}"]
    lines += _lines({"name": file.name, "title": file.title, "description": file.description}, _ABOUT)
    lines += _lines(values, VERSION_FIELDS)
    lines += _lines({name: list(names) for name, names in file.links.items()}, LINKS)
    for step in file.steps:
        lines += ["", "[[step]]", *_lines(step, STEP_FIELDS)]
    if file.experiment is not None:
        lines += ["", "[experiment]", *_lines(file.experiment, EXPERIMENT_FIELDS)]
    return "\n".join(lines) + "\n"


def _lines(values: Mapping[str, Any], order: Sequence[str]) -> list[str]:
    return [f"{name} = {_written(values[name])}" for name in order if values.get(name) not in (None, "", [], ())]


def _written(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list | tuple):
        return f"[{', '.join(_written(one) for one in value)}]"
    return str(value) if isinstance(value, int | Decimal) else _quoted(str(value))


def _quoted(text: str) -> str:
    """A text in double quotes. Line ends and other signs that may not stand there are written as TOML's escapes."""
    named = {'"': '\\"', "\\": "\\\\", "\n": "\\n", "\t": "\\t", "\r": "\\r"}
    signs = (named.get(one) or (f"\\u{ord(one):04x}" if ord(one) < 32 or ord(one) == 127 else one) for one in text)
    return f'"{"".join(signs)}"'


def _unknown(row: Mapping[str, Any], known: Iterable[str], before: str, found: list[Problem]) -> None:
    known = tuple(known)
    for name in row.keys() - set(known):
        close = get_close_matches(name, known, n=1)
        remedy = f"Did you mean “{close[0]}”?" if close else f"Take it out. Known are {', '.join(known)}."
        shown = name if name.isprintable() else ascii(name)
        found.append(Problem(f"{before}{shown[:60]}", f"This is not known here. {remedy}"))
    found.sort(key=lambda problem: problem.where)


def _text(value: Any, where: str, found: list[Problem]) -> str:
    if isinstance(value, str):
        return value.strip()
    found.append(Problem(where, "Write a text in quotes."))
    return ""


def _names(value: Any, where: str, found: list[Problem]) -> tuple[str, ...]:
    if isinstance(value, list) and all(isinstance(one, str) for one in value):
        return tuple(value)
    found.append(Problem(where, "Write names in quotes, in square brackets, with commas between."))
    return ()


def _kinds(value: Any, found: list[Problem]) -> list[int]:
    by_name = {kind.name.lower(): kind.value for kind in EventKind}
    kinds = []
    for name in _names(value, "goal_kinds", found):
        if name in by_name:
            kinds.append(by_name[name])
            continue
        close = get_close_matches(name, by_name, n=1)
        remedy = f"Did you mean “{close[0]}”?" if close else f"Choose from {', '.join(by_name)}."
        found.append(Problem("goal_kinds", f"There is no kind of event “{name}”. {remedy}"))
    return kinds
