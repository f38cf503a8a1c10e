"""Who we may talk to, what happened between us, and what they allowed."""

from contacts.models.events import Arrival, DeadLetter, Event, EventBatch, EventName, EventSource, Identity
from contacts.models.imports import ImportFile
from contacts.models.merges import Merge, SuspectedDuplicate
from contacts.models.people import Account, Address, Contact
from contacts.models.permission import ActiveSuppression, ConsentRecord, Suppression, SuppressionLift
from contacts.models.touches import Touch

__all__ = [
    "Account",
    "ActiveSuppression",
    "Address",
    "Arrival",
    "ConsentRecord",
    "Contact",
    "DeadLetter",
    "Event",
    "EventBatch",
    "EventName",
    "EventSource",
    "Identity",
    "ImportFile",
    "Merge",
    "Suppression",
    "SuppressionLift",
    "SuspectedDuplicate",
    "Touch",
]
