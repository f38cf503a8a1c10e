"""Every write about contacts: who they are, what passed between us, what they allowed and refused."""

from contacts.services.errors import Refused
from contacts.services.events import record_event
from contacts.services.history import record_touch
from contacts.services.people import create_account, create_contact, set_address
from contacts.services.permission import lift_suppression, record_consent, suppress
from contacts.services.sources import create_source, revoke_source

__all__ = [
    "Refused",
    "create_account",
    "create_contact",
    "create_source",
    "lift_suppression",
    "record_consent",
    "record_event",
    "record_touch",
    "revoke_source",
    "set_address",
    "suppress",
]
