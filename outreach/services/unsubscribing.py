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
from contacts.models import ActiveSuppression, Address, Contact
from contacts.states import ADDRESS_KIND_OF_CHANNEL, SuppressionChannel, SuppressionReason
from outreach.models import Draft, Reply
from outreach.services.confirming import BY_LINK, withdraw_confirmations_of
from outreach.services.deciding import suppress_pending
from outreach.states import ReplyStatus
from staff.services import record

_TOKEN = re.compile(r"[A-Za-z0-9_-]{1,64}")
_FIRST_LOOK = 0.02
_LATER_LOOKS = 0.2
EVERYTHING = Q()


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
    stopped = opt_out(draft=draft, source=f"{BY_LINK} in message {draft.pk}", now=now)
    return Unsubscribed(draft.contact, on_its_way=not wait_until_quiet(contact_ids=stopped))


@transaction.atomic
def opt_out(*, draft: Draft, source: str, now: datetime) -> list[int]:
    """Stop everything for whoever got this message, and give up what waits for them. Returns the contacts concerned.

    For stops that their reader was told of elsewhere: by the page, or by a provider. No message follows.
    """
    ids = lock_concerned(draft)
    kind = ADDRESS_KIND_OF_CHANNEL.get(draft.channel)
    _settle_held_answers(ids, kind or "", draft.address, now)
    common: dict[str, Any] = {
        "channel": SuppressionChannel.ALL,
        "reason": SuppressionReason.OPTED_OUT,
        "at": now,
        "source": source,
    }
    contacts.suppress(contact=Contact.objects.get(drafts=draft), **common)
    if kind is not None:
        contacts.suppress(address=(kind, draft.address), **common)
    suppress_pending(contact_ids=ids, now=now)
    # They said stop in an answer a moment ago, too. What would have told them so comes too late now.
    withdraw_confirmations_of(contact_ids=ids, now=now)
    record(action="outreach.unsubscribe", on=draft, summary="Unsubscribed by link", detail={"contacts": ids})
    return ids


def _settle_held_answers(contact_ids: list[int], kind: str, address: str, now: datetime) -> None:
    """What a person still had to confirm is confirmed by the click, so that nobody releases it any more.

    Comes before the suppression is written: whoever releases an answer at this moment is waited for, and what they
    lifted is then written anew.
    """
    theirs = Q(contact_id__in=contact_ids)
    if kind:
        theirs |= Q(suppression__address_kind=kind, suppression__address_value=address)
    held = Reply.objects.filter(
        theirs, status=ReplyStatus.HELD, suppression__reason=SuppressionReason.OPTED_OUT
    ).values_list("pk", flat=True)
    Reply.objects.filter(pk__in=list(held), status=ReplyStatus.HELD).update(
        status=ReplyStatus.CONFIRMED, decided_at=now, decision_note="They also stopped everything by link."
    )


def lock_concerned(draft: Draft) -> list[int]:
    """Lock the contact of this message and everybody else with its address. Returns their ids.

    A merge may move the message to another contact while this waits for its turn; then everybody is looked for anew.
    """
    kind = ADDRESS_KIND_OF_CHANNEL.get(draft.channel)
    theirs = Draft.objects.filter(pk=draft.pk)
    who = Q(pk__in=theirs.values("contact_id")) | Q(pk__in=theirs.values("contact__merged_into_id"))
    if kind is not None:
        who |= Q(pk__in=Address.objects.filter(kind=kind, value=draft.address).values("contact_id"))
    while True:
        here = transaction.savepoint()
        ids = list(
            Contact.objects.filter(who).order_by("pk").select_for_update(of=("self",)).values_list("pk", flat=True)
        )
        if theirs.filter(contact_id__in=ids).exists():
            return ids
        # Gives the locks back, so that everybody keeps taking them in the order of the ids.
        transaction.savepoint_rollback(here)


def wait_until_quiet(*, contact_ids: Collection[int], among: Q = EVERYTHING) -> bool:
    """Wait until nothing is being sent to these contacts. False when `UNSUBSCRIBE_BARRIER_SECONDS` were not enough.

    ``among`` narrows what is waited for. A send that is older than its lease is not waited for: its process is dead,
    and no send lasts that long.
    """
    deadline = time.monotonic() + settings.UNSUBSCRIBE_BARRIER_SECONDS
    pause = _FIRST_LOOK
    while True:
        alive = timezone.now() - timedelta(seconds=settings.SEND_LEASE_SECONDS)
        under_way = Draft.objects.sending().filter(among, contact_id__in=contact_ids, claimed_at__gte=alive)
        if not under_way.exists():
            return True
        left = deadline - time.monotonic()
        if left <= 0:
            return False
        time.sleep(min(pause, left))
        pause = min(pause * 2, _LATER_LOOKS)
