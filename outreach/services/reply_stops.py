"""What an answer stops: whom and where, and what is let go when it is released."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Q

from contacts import services as contacts
from contacts.models import Address, Contact, Suppression
from contacts.services.people import normalised
from contacts.states import ADDRESS_KIND_OF_CHANNEL, ANSWER_SOURCE, Channel, SuppressionChannel, SuppressionReason
from outreach.models import Draft, Reply
from outreach.states import ReplyLabel, ReplyStatus
from staff.models import User

#: Labels that stop something until a person has looked, with the reason of the suppression.
STOPPING: dict[str, str] = {
    ReplyLabel.OPT_OUT: SuppressionReason.OPTED_OUT,
    ReplyLabel.EXPLICIT_NO: SuppressionReason.EXPLICIT_NO,
    ReplyLabel.WRONG_PERSON: SuppressionReason.MANUAL,
}


def stop_for(reply: Reply, now: datetime) -> Suppression | None:
    """Stop what this answer asks for: the person and the address, as far as they are known. None if neither is.

    Who is not the person we meant is not to be written to at that address; the person we meant may be, elsewhere.
    """
    reason = STOPPING[reply.label]
    made: list[Suppression] = []
    common: dict[str, Any] = {"reason": reason, "at": reply.at, "source": source_of(reply)}
    kind = ADDRESS_KIND_OF_CHANNEL.get(reply.channel, "")
    addresses = addresses_of(kind, address_or_nothing(kind, reply.sender), reply.draft)
    if reply.label == ReplyLabel.WRONG_PERSON:
        channels = [Channel.SMS, Channel.CALL] if kind and reply.channel != Channel.EMAIL else [reply.channel]
        for address in addresses:
            made += [contacts.suppress(address=address, channel=channel, **common) for channel in channels]
    else:
        if reply.contact is not None:
            made.append(contacts.suppress(contact=reply.contact, channel=SuppressionChannel.ALL, **common))
        made += [contacts.suppress(address=one, channel=SuppressionChannel.ALL, **common) for one in addresses]
    return made[0] if made else None


def stops_of(reply: Reply) -> list[Suppression]:
    """The suppressions that this answer brought about and that still hold.

    The moment is asked for too: a file from elsewhere may name an answer of the same number as its source.
    """
    own = Suppression.objects.filter(source=source_of(reply), at=reply.at)
    return list(own.filter(lift__isnull=True, merge__isnull=True).order_by("pk"))


def lift(reply: Reply, stops: list[Suppression], reason: str, by: User, now: datetime) -> None:
    """Lift what one hold stopped. Another answer that rests on the same suppression stops them anew, for itself."""
    for stop in stops:
        contacts.lift_suppression(suppression=stop, reason=reason, by=by, at=now)
    holding = (ReplyStatus.HELD, ReplyStatus.CONFIRMED)
    for other in Reply.objects.filter(suppression__in=stops, status__in=holding).exclude(pk=reply.pk).order_by("pk"):
        again = stop_for(other, now)
        if again is not None:
            Reply.objects.filter(pk=other.pk).update(suppression=again)


def source_of(reply: Reply) -> str:
    """How a suppression says which answer brought it about."""
    return f"{ANSWER_SOURCE}{reply.pk}"


def lock_everybody(contact: Contact | None, addresses: Iterable[tuple[str, str]]) -> list[int]:
    """Lock the contact and everybody else with one of these addresses, in the order of their ids. Returns the ids."""
    who = Q(pk__in=[])
    if contact is not None:
        who |= Q(pk=contact.pk) | Q(pk__in=Contact.objects.filter(pk=contact.pk).values("merged_into_id"))
    for kind, value in addresses:
        who |= Q(pk__in=Address.objects.filter(kind=kind, value=value).values("contact_id"))
    while True:
        here = transaction.savepoint()
        ids = list(
            Contact.objects.filter(who).order_by("pk").select_for_update(of=("self",)).values_list("pk", flat=True)
        )
        if contact is None or standing(contact, ids) is not None:
            return ids
        # It became part of another one while we waited. Give the locks back, so that the order is kept.
        transaction.savepoint_rollback(here)


def standing(contact: Contact | None, among: list[int] | None = None) -> Contact | None:
    """The contact, or the one it became part of; None where that is not one of ``among``."""
    if contact is None:
        return None
    now = Contact.objects.select_related("merged_into").get(pk=contact.pk)
    standing = now.merged_into or now
    return standing if among is None or standing.pk in among else None


def addresses_of(kind: str, sender: str, draft: Draft | None) -> list[tuple[str, str]]:
    """Where they wrote from, and where we had written to."""
    if not kind:
        return []
    values = [sender]
    if draft is not None and ADDRESS_KIND_OF_CHANNEL.get(draft.channel) == kind:
        values.append(address_or_nothing(kind, draft.address))
    return [(kind, value) for value in dict.fromkeys(values) if value]


def address_or_nothing(kind: str, value: str) -> str:
    """The address as it is stored, or "" where it is none."""
    if not kind or not value:
        return ""
    try:
        return normalised(kind, value)
    except contacts.Refused:
        return ""
