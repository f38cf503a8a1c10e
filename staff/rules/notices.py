"""How people are told of what: the choices they have, and what holds until they make one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from staff.states import NotificationKind, Telling


@dataclass(frozen=True, slots=True)
class Choice:
    """How one kind of notice reaches one person. The bell shows all of them anyway."""

    mail: Telling
    slack: Telling


#: Until somebody chooses. What cannot wait until tomorrow comes at once; the rest is in the daily digest.
DEFAULTS: dict[NotificationKind, Choice] = {
    NotificationKind.ASSIGNED: Choice(mail=Telling.DIGEST, slack=Telling.NEVER),
    NotificationKind.HANDED_OVER: Choice(mail=Telling.AT_ONCE, slack=Telling.AT_ONCE),
    NotificationKind.WARNED: Choice(mail=Telling.DIGEST, slack=Telling.AT_ONCE),
    NotificationKind.BREACHED: Choice(mail=Telling.AT_ONCE, slack=Telling.AT_ONCE),
    NotificationKind.HELD_REPLY: Choice(mail=Telling.AT_ONCE, slack=Telling.AT_ONCE),
    NotificationKind.MAYBE_SENT: Choice(mail=Telling.AT_ONCE, slack=Telling.NEVER),
    NotificationKind.UNDELIVERED: Choice(mail=Telling.DIGEST, slack=Telling.NEVER),
    NotificationKind.PLAYBOOK_PAUSED: Choice(mail=Telling.NEVER, slack=Telling.AT_ONCE),
    NotificationKind.SUGGESTION: Choice(mail=Telling.DIGEST, slack=Telling.NEVER),
    NotificationKind.REMINDER: Choice(mail=Telling.DIGEST, slack=Telling.NEVER),
}

#: More than so many lines nobody reads in a mail; the rest is counted.
MOST_LINES = 20


def for_chat(text: str) -> str:
    """Text as a chat message takes it: nothing in it may mention everybody or pretend to be a link."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def chat_message(*, name: str, lines: Sequence[str], link: str) -> str:
    """What stands in the company's channel: for whom it is, what it is, where it leads."""
    shown = [f"• {for_chat(line)}" for line in lines[:MOST_LINES]]
    if more := len(lines) - len(shown):
        shown.append(f"and {more} more")
    return "\n".join([f"*{for_chat(name)}*", *shown, f"<{link}|Open Rekindle>"])


def subject_of(lines: Sequence[str]) -> str:
    """The subject of a mail that tells of these at once."""
    return lines[0] if len(lines) == 1 else f"{len(lines)} notices from Rekindle"


def in_words(counts: Mapping[str, int]) -> str:
    """What waits, in words: "12 messages, 2 calls and 1 intake case wait for you". Empty where nothing does."""
    names = {"draft": "message", "call": "call", "case": "intake case"}
    parts = [
        f"{counts[kind]:,} {word}{'s' if counts[kind] != 1 else ''}" for kind, word in names.items() if counts.get(kind)
    ]
    if not parts:
        return ""
    listed = parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} and {parts[-1]}"
    return f"{listed} {'waits' if sum(counts.values()) == 1 else 'wait'} for you"
