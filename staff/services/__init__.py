"""Every write about staff, and the one way to write the audit log."""

from staff.services.absences import add_absence, end_absence, may_plan, remove_holiday, save_holiday
from staff.services.auditing import record
from staff.services.claims import (
    CLAIM_SECONDS,
    Held,
    claim,
    forget_claims,
    held_by_other,
    held_by_others,
    release,
    take_over,
)
from staff.services.notices import Told, choose_notices, forget_notices, notify, notify_each, read_notices
from staff.services.people import (
    create_user,
    deactivate,
    invite,
    refuse_taken,
    remove_second_factor,
    remove_team,
    save_team,
    send_invitation,
    set_roles,
    update_user,
)
from staff.services.refusals import Refused

__all__ = [
    "CLAIM_SECONDS",
    "Held",
    "Refused",
    "Told",
    "add_absence",
    "choose_notices",
    "claim",
    "create_user",
    "deactivate",
    "end_absence",
    "forget_claims",
    "forget_notices",
    "held_by_other",
    "held_by_others",
    "invite",
    "may_plan",
    "notify",
    "notify_each",
    "read_notices",
    "record",
    "refuse_taken",
    "release",
    "remove_holiday",
    "remove_second_factor",
    "remove_team",
    "save_holiday",
    "save_team",
    "send_invitation",
    "set_roles",
    "take_over",
    "update_user",
]
