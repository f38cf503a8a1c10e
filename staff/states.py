"""The words that people who work here are described with."""

from django.db.models import TextChoices


class Role(TextChoices):
    """What somebody does here. Each is a group of the same name; a migration of `reviews` says what it may do."""

    ACCOUNT_OWNER = "Account owner", "Account owner"
    SDR_MANAGER = "SDR manager", "SDR manager"
    CONCIERGE = "Concierge", "Concierge"
    RETENTION_MANAGER = "Retention manager", "Retention manager"


#: Roles whose work includes pages of the admin: cadences, templates and playbooks are edited there.
ROLES_WITH_ADMIN: frozenset[str] = frozenset({Role.SDR_MANAGER, Role.RETENTION_MANAGER})


class Theme(TextChoices):
    """The colours of the pages, kept in a cookie of this name in lower case."""

    SYSTEM = "system", "As the system"
    LIGHT = "light", "Light"
    DARK = "dark", "Dark"


class ClaimKind(TextChoices):
    """What can be open in front of one person."""

    MESSAGE = "message", "Message"
    CALL = "call", "Call"


class NotificationKind(TextChoices):
    """What somebody may be told of."""

    ASSIGNED = "assigned", "Something was given to you"
    HANDED_OVER = "handed_over", "You stand in for somebody"
    WARNED = "warned", "Something is close to its deadline"
    BREACHED = "breached", "Something in your team passed its deadline"
    HELD_REPLY = "held_reply", "Somebody may have said stop"
    MAYBE_SENT = "maybe_sent", "A message may have left or not"
    UNDELIVERED = "undelivered", "A message could not be delivered"
    PLAYBOOK_PAUSED = "playbook_paused", "A playbook was paused"
    SUGGESTION = "suggestion", "A suggestion from what reviewers changed"
    REMINDER = "reminder", "Something you put off is due"


class Telling(TextChoices):
    """When somebody is told by mail or by chat."""

    NEVER = "never", "Never"
    DIGEST = "digest", "In the daily digest"
    AT_ONCE = "at_once", "At once"


class HandOverRule(TextChoices):
    """Who gets the work of somebody who is absent and named nobody."""

    MANAGER = "manager", "The team's manager"
    TEAM = "team", "Colleagues in turn, the least loaded first"
    NOBODY = "nobody", "It waits"
