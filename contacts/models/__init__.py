"""Who we may talk to, what happened between us, and what they allowed."""

from contacts.models.events import Event, Touch
from contacts.models.imports import ImportFile
from contacts.models.people import Account, Address, Contact
from contacts.models.permission import ActiveSuppression, ConsentRecord, Suppression, SuppressionLift

__all__ = [
    "Account",
    "ActiveSuppression",
    "Address",
    "ConsentRecord",
    "Contact",
    "Event",
    "ImportFile",
    "Suppression",
    "SuppressionLift",
    "Touch",
]
