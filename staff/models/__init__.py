"""Who works here, when, what they are told, what they have open, and what everybody did."""

from staff.models.audit import AuditEntry
from staff.models.claims import Claim
from staff.models.notices import Notification, NotificationChoice, Preferences
from staff.models.people import Team, User
from staff.models.time import Absence, Holiday

__all__ = [
    "Absence",
    "AuditEntry",
    "Claim",
    "Holiday",
    "Notification",
    "NotificationChoice",
    "Preferences",
    "Team",
    "User",
]
