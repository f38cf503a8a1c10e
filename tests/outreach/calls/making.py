"""People who may be called, and calls that somebody is asked to make."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from contacts import services as contacts
from contacts.models import Contact
from contacts.states import Channel, Consent
from outreach import services
from outreach.models import Call
from outreach.rules.writing import Points
from tests.outreach.world import EARLIER, make_contact

#: A Wednesday, 11 in the morning in London, where the numbers of these tests are from.
NOON = datetime(2026, 5, 20, 10, 0, tzinfo=UTC)
DAY = timedelta(days=1)


def make_callable(**fields: Any) -> Contact:
    """Somebody who agreed to calls."""
    contact = make_contact(**fields)
    contacts.record_consent(
        contact=contact, channel=Channel.CALL, status=Consent.YES, source="A form on our site", at=EARLIER
    )
    return contact


def make_call(contact: Contact | None = None, **fields: Any) -> Call:
    """A call that is due now and promised within two days."""
    asked: dict[str, Any] = {
        "contact_id": (contact or make_callable()).pk,
        "owner_id": None,
        "why": "Three classes missed in 28 days, and they are worth 240 a month.",
        "script": "Ask how they are. Offer a session with their coach.",
        "points": [{"at": EARLIER, "what": "Class missed", "detail": "Spinning"}],
        "priority_reasons": [Points(fields.pop("priority", 5), "What this test says")],
        "due_at": NOON,
        "latest_at": NOON + 2 * DAY,
        "now": NOON,
        **fields,
    }
    return services.ask_for_call(**asked)
