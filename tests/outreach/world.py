"""People and drafts to test with, made through the services, so that no impossible state can be made."""

from __future__ import annotations

from datetime import UTC, datetime
from itertools import count
from typing import Any

from contacts import services as contacts
from contacts.models import Contact
from contacts.states import Channel, Consent
from outreach import rules, services
from outreach.models import Draft
from outreach.rules import DraftRequest, Wording
from outreach.rules.writing import Points
from outreach.states import DraftKind
from staff.models import User

NOW = datetime(2026, 5, 20, 9, 0, tzinfo=UTC)
EARLIER = datetime(2026, 5, 4, 9, 0, tzinfo=UTC)
_numbers = count(1)

EMAIL = Wording(
    version_id=0,
    key="test-email",
    channel=Channel.EMAIL,
    angle="remind",
    reason_kind="unanswered_question",
    language="en",
    subject="Your question about {account_name|our work}",
    body=(
        "Hello {first_name|},\n\nyou asked us: “{question}” Yes, and the short guide below shows how.\n\n"
        "{sender_name}\n\n"
        "If you would rather not get these e-mails, stop them here: [[unsubscribe]]"
    ),
)
SMS = Wording(
    version_id=0,
    key="test-sms",
    channel=Channel.SMS,
    angle="remind",
    reason_kind="unanswered_question",
    language="en",
    subject="",
    body="Hello {first_name|}, {sender_name} here. Yes, it works with your calendar. Reply STOP to stop.",
)
QUESTION = "Does it work with our calendar?"


def make_contact(*, name: str = "Marta Lindqvist", email: str = "", phone: str = "", consent: bool = True) -> Contact:
    number = next(_numbers)
    contact = contacts.create_contact(
        name=name, email=email or f"marta{number}@northlight.example", phone=phone or f"+4411749{60000 + number}"
    )
    if consent:
        for channel in (Channel.EMAIL, Channel.SMS):
            contacts.record_consent(
                contact=contact, channel=channel, status=Consent.YES, source="A form on our site", at=EARLIER
            )
    return contact


def request_for(contact: Contact, owner: User | None, *, channel: str = Channel.EMAIL, **changes: Any) -> DraftRequest:
    kind = "phone" if channel == Channel.SMS else "email"
    if "priority" in changes:
        changes["priority_reasons"] = (Points(changes.pop("priority"), "What this test says"),)
    fields: dict[str, Any] = {
        "contact_id": contact.pk,
        "channel": channel,
        "address": contact.addresses.get(kind=kind, is_primary=True).value,
        "kind": DraftKind.FOLLOW_UP,
        "angle": "remind",
        "due_at": EARLIER,
        "reason_kind": "unanswered_question",
        "reason_text": f"They asked: {QUESTION}",
        "why_now": "No reply since 1 May",
        "values": {"first_name": "Marta", "sender_name": owner.name if owner else "Rekindle", "question": QUESTION},
        "evidence": ({"at": EARLIER.isoformat(), "what": "They asked", "detail": QUESTION},),
        "owner_id": owner.pk if owner else None,
        "consent": "yes",
        "review_reasons": ("first_message",),
        "sender_name": owner.name if owner else "",
        "recipient_first_name": "Marta",
    }
    return DraftRequest(**{**fields, **changes})


def make_draft(
    contact: Contact | None = None, owner: User | None = None, *, channel: str = Channel.EMAIL, **changes: Any
) -> Draft:
    """A draft that awaits review and that no gate objects to."""
    request = request_for(contact or make_contact(), owner, channel=channel, **changes)
    written = rules.write(wording=SMS if channel == Channel.SMS else EMAIL, request=request)
    # The wording above is no row in the database.
    written = rules.WrittenText(
        written.subject, written.body, written.approved_text, written.fingerprint, None, written.findings
    )
    return services.store_draft(request=request, written=written, now=NOW)


def make_approved(contact: Contact | None = None, owner: User | None = None, **changes: Any) -> Draft:
    """A draft that somebody approved: its owner, or Rekindle itself where there is none."""
    if owner is None:
        changes.setdefault("review_reasons", ())
    draft = make_draft(contact, owner, **changes)
    return services.approve(draft_id=draft.pk, fingerprint=draft.fingerprint, by=owner, now=NOW)
