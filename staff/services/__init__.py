"""Every write about staff, and the one way to write the audit log."""

from staff.services.auditing import record
from staff.services.notices import Told, notify, notify_each
from staff.services.people import (
    create_user,
    deactivate,
    invite,
    refuse_taken,
    remove_team,
    save_team,
    send_invitation,
    set_roles,
    update_user,
)
from staff.services.refusals import Refused

__all__ = [
    "Refused",
    "Told",
    "create_user",
    "deactivate",
    "invite",
    "notify",
    "notify_each",
    "record",
    "refuse_taken",
    "remove_team",
    "save_team",
    "send_invitation",
    "set_roles",
    "update_user",
]
