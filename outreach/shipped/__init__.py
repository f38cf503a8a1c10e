"""The approved language that comes with Rekindle, as data: one TOML file per useful reason and one for the close-loop,
and below ``playbooks`` one for each playbook that is shipped.

A file of a reason holds, for e-mail and SMS, the default cadence's two steps; one of a playbook a message for each
step and channel. Managers may add their own wording; these stay as they were shipped, each a version that can be told
apart.
"""

import re
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib import resources

from outreach.rendering import UNSUBSCRIBE_TOKEN, placeholders

REASON_KINDS = (
    "unanswered_question",
    "open_next_step",
    "quote_unanswered",
    "proposal_unanswered",
    "new_engagement",
    "new_material",
    "owner_note",
)
REMIND = "remind"
ANOTHER_ANGLE = "another_angle"
CLOSE_LOOP = "close_loop"
CHANNELS = ("email", "sms")
#: Playbooks reach people in the app as well.
PLAYBOOK_CHANNELS = (*CHANNELS, "push", "in_app")

# What a template may ask for, with what the value says.
PLACEHOLDERS: Mapping[str, str] = {
    "first_name": "First name of the contact; may be missing, so give a fallback: {first_name|}",
    "sender_name": "Name of the owner who writes",
    "account_name": "Name of the contact's account; may be missing",
    "next_step": "The next step as it was written down",
    "next_step_on": "The day it was planned for, such as 3 May",
    "question": "Their question in their own words",
    "quote_on": "The day of the quote, such as 3 May",
    "proposal_on": "The day of the proposal, such as 3 May",
    "engagement": "What they did, to go on after “you”, such as opened our proposal",
    "material_title": "Title of the new material",
    "material_link": "Its address",
    "note": "The owner's note, worded for the contact",
    # Playbooks (docs/playbooks.md). Each may be missing: give a fallback, unless the message is wrong without it.
    "plan": "Their plan, as it was imported",
    "last_activity": "The day they were last active, such as 3 May 2026",
    "quiet_days": "How many days ago that is, such as 34",
    "visits_before": "How often they have been active so far, such as 52",
    "value_summary": "That, with since when, such as 52 times since May 2025",
    "milestone": "The round number they reached, such as 50",
    "offer": "What the step offers, such as 15.00 EUR",
    "booking_link": "Where people book: the setting BOOKING_URL",
    "payment_link": "Where people try a payment again: the setting PAYMENT_URL",
}
OPTIONAL = frozenset({"first_name", "account_name"})

_ANGLE = re.compile(r"[a-z][a-z_]{2,39}")
_FIELDS = {"key", "name", "channel", "angle", "reason_kind", "subject", "body", "tags"}


class BrokenTemplateError(ValueError):
    """A shipped file says something that cannot be a template; the message names the file and the place."""


@dataclass(frozen=True)
class ShippedTemplate:
    """One message: ``angle`` is the step it is for, ``reason_kind`` the useful reason it gives (empty: any)."""

    key: str
    name: str
    channel: str
    angle: str
    reason_kind: str
    subject: str
    body: str
    tags: tuple[str, ...]
    language: str = "en"


def load() -> list[ShippedTemplate]:
    """All templates of the default cadence in the order of reasons, steps and channels, each checked.

    Raises ``BrokenTemplateError`` for a missing or unknown field, an unknown word, or a key that is used twice.
    """
    templates: list[ShippedTemplate] = []
    for stem in (*REASON_KINDS, CLOSE_LOOP):
        templates += parse(resources.files(__name__).joinpath(f"{stem}.toml").read_text("utf-8"), f"{stem}.toml")
    return _each_once(templates)


def load_for_playbooks() -> list[ShippedTemplate]:
    """All templates of the shipped playbooks, each checked. Raises ``BrokenTemplateError``."""
    templates: list[ShippedTemplate] = []
    folder = resources.files(__name__).joinpath("playbooks")
    for file in sorted((one for one in folder.iterdir() if one.name.endswith(".toml")), key=lambda one: one.name):
        templates += parse(file.read_text("utf-8"), file.name, for_playbook=True)
    return _each_once(templates)


def _each_once(templates: list[ShippedTemplate]) -> list[ShippedTemplate]:
    seen: set[str] = set()
    for template in templates:
        if template.key in seen:
            raise BrokenTemplateError(f"The key {template.key} is used twice. Give one of the templates another key.")
        seen.add(template.key)
    return templates


def parse(text: str, source: str, *, for_playbook: bool = False) -> list[ShippedTemplate]:
    """The templates of one file; ``source`` names it in errors. The angles of playbooks are their own."""
    try:
        rows = tomllib.loads(text).get("template", [])
    except tomllib.TOMLDecodeError as error:
        raise BrokenTemplateError(f"{source} cannot be read: {error}") from error
    fault = _fault_for_playbook if for_playbook else _fault
    return [_template(row, f"{source}, template {number}", fault) for number, row in enumerate(rows, start=1)]


def _template(row: Mapping[str, object], place: str, fault_of: Callable[[ShippedTemplate], str]) -> ShippedTemplate:
    if set(row) != _FIELDS:
        wrong = ", ".join(sorted(set(row) ^ _FIELDS))
        raise BrokenTemplateError(f"{place}: these fields are missing or unknown: {wrong}.")
    tags = row["tags"]
    if not isinstance(tags, list) or not all(isinstance(tag, str) for tag in tags):
        raise BrokenTemplateError(f"{place}: tags must be a list of words.")
    words = {name: value for name, value in row.items() if isinstance(value, str)}
    if len(words) != len(_FIELDS) - 1:
        raise BrokenTemplateError(f"{place}: every field but tags must be text.")
    template = ShippedTemplate(
        key=words["key"],
        name=words["name"],
        channel=words["channel"],
        angle=words["angle"],
        reason_kind=words["reason_kind"],
        subject=words["subject"].strip(),
        body=words["body"].strip(),
        tags=tuple(str(tag) for tag in tags),
    )
    if fault := fault_of(template):
        raise BrokenTemplateError(f"{place}: {fault}")
    return template


def _fault(template: ShippedTemplate) -> str:
    kinds = ("",) if template.angle == CLOSE_LOOP else REASON_KINDS
    faults = {
        f"the channel must be one of {', '.join(CHANNELS)}.": template.channel not in CHANNELS,
        "the angle must be remind, another_angle or close_loop.": template.angle
        not in (REMIND, ANOTHER_ANGLE, CLOSE_LOOP),
        f"the reason {template.reason_kind or '(none)'} does not go with this angle.": template.reason_kind
        not in kinds,
    }
    return next((fault for fault, holds in faults.items() if holds), "") or _fault_in_words(template)


def _fault_for_playbook(template: ShippedTemplate) -> str:
    faults = {
        f"the channel must be one of {', '.join(PLAYBOOK_CHANNELS)}.": template.channel not in PLAYBOOK_CHANNELS,
        "the angle must be a few words with _ between them.": not _ANGLE.fullmatch(template.angle),
        "the wording of a playbook goes with any reason: leave it empty.": bool(template.reason_kind),
    }
    return next((fault for fault, holds in faults.items() if holds), "") or _fault_in_words(template)


def _fault_in_words(template: ShippedTemplate) -> str:
    unknown = placeholders(f"{template.subject}\n{template.body}") - set(PLACEHOLDERS)
    faults = {
        "the key, the name or the text is empty.": not (template.key and template.name and template.body),
        f"unknown placeholders: {', '.join(sorted(unknown))}.": bool(unknown),
        "an e-mail or push message needs a subject and a text message has none.": bool(template.subject)
        != (template.channel != "sms"),
        f"an e-mail needs {UNSUBSCRIBE_TOKEN} in its last line.": template.channel == "email"
        and UNSUBSCRIBE_TOKEN not in template.body.splitlines()[-1],
    }
    return next((fault for fault, holds in faults.items() if holds), "")


__all__ = [
    "ANOTHER_ANGLE",
    "CHANNELS",
    "CLOSE_LOOP",
    "OPTIONAL",
    "PLACEHOLDERS",
    "PLAYBOOK_CHANNELS",
    "REASON_KINDS",
    "REMIND",
    "BrokenTemplateError",
    "ShippedTemplate",
    "load",
    "load_for_playbooks",
    "parse",
]
