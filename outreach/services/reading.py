"""What people did with a message where the product itself tells us: read it, put it away, came by it."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from contacts import services as contacts
from contacts.models import Contact
from contacts.states import Channel
from outreach import channels
from outreach.models import DeliveryEvent, Draft
from outreach.states import DeliveryKind, DraftStatus


@transaction.atomic
def note_reading(*, contact: Contact, draft_id: int, channel: str, kind: DeliveryKind, now: datetime) -> bool | None:
    """Write down that they read or put away a message of theirs, once however often it is told.

    Returns whether it is news, and None where they have no such message. A person did it: the product said so.
    """
    # The contact before the draft, as everywhere.
    Contact.objects.select_for_update().get(pk=contact.pk)
    draft = (
        Draft.objects.select_for_update(of=("self",))
        .filter(pk=draft_id, contact=contact, channel=channel, status=DraftStatus.SENT)
        .first()
    )
    if draft is None:
        return None
    if DeliveryEvent.objects.filter(draft=draft, kind=kind, machine=False).exists():
        return False
    DeliveryEvent.objects.create(draft=draft, kind=kind, at=now, provider=channels.provider_of(channel))
    if (channel, kind) == (Channel.PUSH, DeliveryKind.OPENED):
        contacts.record_event(contact=contact, name="push_opened", occurred_at=now, properties={"message": draft.pk})
    return True
