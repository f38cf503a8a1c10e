"""Browsers and apps that push messages go to: registered by the customer's product, ended by it or their service."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from django.db import transaction

from contacts.models import Contact
from outreach.channels import webpush
from outreach.models import PushSubscription
from outreach.services.refusals import Refused
from staff.services import record

#: More browsers than these nobody uses: the oldest ends when a new one comes.
MOST_ACTIVE = webpush.MOST_BROWSERS
LONGEST_ENDPOINT = 1000


@transaction.atomic
def register_subscription(
    *, contact: Contact, endpoint: str, p256dh: str, auth: str, now: datetime
) -> tuple[PushSubscription, bool]:
    """Push messages to this contact go to this browser too. Returns the subscription and whether it is new to them.

    The same again changes nothing. A browser that somebody else used before is this contact's from now on, as it is
    they who sit before it. It is no consent: that is recorded by itself. Raises Refused for what is no subscription.
    """
    if len(endpoint) > LONGEST_ENDPOINT:
        raise Refused(f"The endpoint has {len(endpoint)} characters; {LONGEST_ENDPOINT} are allowed.")
    if problem := webpush.problem_with(endpoint, p256dh, auth):
        raise Refused(problem)
    # Two requests at once with the same browser, or of the same person, come one after the other.
    contact = Contact.objects.select_for_update().get(pk=contact.pk)
    keys = {"p256dh": p256dh, "auth": auth}
    made, is_new = PushSubscription.objects.get_or_create(endpoint=endpoint, defaults={"contact": contact, **keys})
    known = PushSubscription.objects.select_for_update().get(pk=made.pk)
    if not is_new:
        wanted = {"contact_id": contact.pk, **keys, "ended_at": None, "end_reason": ""}
        if all(getattr(known, name) == value for name, value in wanted.items()):
            return known, False
        is_new = known.contact_id != contact.pk or known.ended_at is not None
        PushSubscription.objects.filter(pk=known.pk).update(**wanted)
        known.refresh_from_db()
    record(action="outreach.register_push", on=known, detail={"contact": contact.pk})
    active = PushSubscription.objects.filter(contact=contact, ended_at__isnull=True).order_by("-id")
    surplus = list(active.exclude(pk=known.pk).values_list("pk", flat=True)[MOST_ACTIVE - 1 :])
    end_subscriptions(ids=surplus, reason="Newer browsers came", now=now)
    return known, is_new


@transaction.atomic
def end_subscription(*, contact: Contact, endpoint: str, now: datetime) -> bool:
    """Nothing more is pushed to this browser of the contact. Returns whether there was one."""
    ids = PushSubscription.objects.filter(contact=contact, endpoint=endpoint, ended_at__isnull=True)
    return end_subscriptions(ids=list(ids.values_list("pk", flat=True)), reason="The product ended it", now=now) > 0


@transaction.atomic
def end_subscriptions(*, ids: Collection[int], reason: str, now: datetime) -> int:
    """End these, those that are not over yet. Returns how many were."""
    ended = 0
    for subscription in PushSubscription.objects.filter(pk__in=list(ids), ended_at__isnull=True).order_by("pk"):
        change = {"ended_at": now, "end_reason": reason[:200]}
        if PushSubscription.objects.filter(pk=subscription.pk, ended_at__isnull=True).update(**change):
            record(action="outreach.end_push", on=subscription, detail={"reason": reason})
            ended += 1
    return ended
