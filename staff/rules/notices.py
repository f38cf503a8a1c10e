"""How people are told of what: the choices they have, and what holds until they make one."""

from __future__ import annotations

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
