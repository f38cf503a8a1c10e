"""Somebody says stop. Once they are told that it is done, nothing more leaves (promise R3)."""

from __future__ import annotations

import re
import time
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from contacts import services as contacts
from contacts.models import ActiveSuppression, Contact
from contacts.states import ADDRESS_KIND_OF_CHANNEL, SuppressionChannel, SuppressionReason
from outreach.models import Draft
from outreach.services.deciding import suppress_pending
from staff.services import record

_TOKEN = re.compile(r"[A-Za-z0-9_-]{1,64}")
_FIRST_LOOK = 0.02
_LATER_LOOKS = 0.2


@dataclass(frozen=True, slots=True)
class Unsubscribed:
    """An opt-out that holds. ``on_its_way``: one message was with the provider already and did not finish in time."""

    contact: Contact
    on_its_way: bool


def recipient_of(*, token: str) -> Draft | None:
    """The message whose link this is, or None. Changes nothing."""
    if not _TOKEN.fullmatch(token):
        return None
    return Draft.objects.select_related("contact").filter(unsubscribe_token=token).first()


def is_unsubscribed(*, contact_id: int) -> bool:
    """Whether they already stopped everything."""
    return ActiveSuppression.objects.filter(
        contact_id=contact_id, channel=SuppressionChannel.ALL, reason=SuppressionReason.OPTED_OUT
    ).exists()


def unsubscribe(*, token: str, now: datetime) -> Unsubscribed | None:
    """Stop every message from us, on every channel, to whoever got this link. None for an unknown link.

    Taken in the strictest sense: it holds for the person and for the address, so that a second record of the same
    person is stopped too. Doing it again changes nothing. The answer waits for sends under way, at most
    `UNSUBSCRIBE_BARRIER_SECONDS`; call it outside a transaction, since the opt-out must be visible while it waits.
    """
    draft = recipient_of(token=token)
    if draft is None:
        return None
    stopped = _opt_out(draft, now)
    return Unsubscribed(draft.contact, on_its_way=not wait_until_quiet(contact_ids=stopped))


def wait_until_quiet(*, contact_ids: Collection[int]) -> bool:
    """Wait until nothing is being sent to these contacts. False when `UNSUBSCRIBE_BARRIER_SECONDS` were not enough.

    A send that is older than its lease is not waited for: its process is dead, and no send lasts that long.
    """
    deadline = time.monotonic() + settings.UNSUBSCRIBE_BARRIER_SECONDS
    pause = _FIRST_LOOK
    while True:
        alive = timezone.now() - timedelta(seconds=settings.SEND_LEASE_SECONDS)
        if not Draft.objects.sending().filter(contact_id__in=contact_ids, claimed_at__gte=alive).exists():
            return True
        left = deadline - time.monotonic()
        if left <= 0:
            return False
        time.sleep(min(pause, left))
        pause = min(pause * 2, _LATER_LOOKS)


@transaction.atomic
def _opt_out(draft: Draft, now: datetime) -> list[int]:
    kind = ADDRESS_KIND_OF_CHANNEL.get(draft.channel)
    concerned = Contact.objects.filter(pk=draft.contact_id)
    if kind is not None:
        with_address = Q(addresses__kind=kind, addresses__value=draft.address)
        concerned = Contact.objects.filter(
            Q(pk=draft.contact_id) | Q(pk__in=Contact.objects.filter(with_address).values("pk"))
        )
    ids = list(concerned.order_by("pk").select_for_update(of=("self",)).values_list("pk", flat=True))
    common: dict[str, Any] = {
        "channel": SuppressionChannel.ALL,
        "reason": SuppressionReason.OPTED_OUT,
        "at": now,
        "source": f"Unsubscribe link in message {draft.pk}",
    }
    contacts.suppress(contact=draft.contact, **common)
    if kind is not None:
        contacts.suppress(address=(kind, draft.address), **common)
    suppress_pending(contact_ids=ids, now=now)
    record(action="outreach.unsubscribe", on=draft, summary="Unsubscribed by link", detail={"contacts": ids})
    return ids
