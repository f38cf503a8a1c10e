"""What contacts allow and refuse.

A refusal and a claim for sending exclude each other: both lock the contact first. Whoever comes second sees what the
first one wrote, so nothing leaves after a refusal was taken down.
"""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.db.models import Q, QuerySet

from contacts.models import Account, ConsentRecord, Contact, Merge, Suppression, SuppressionLift
from contacts.services.errors import Refused
from contacts.services.people import lock_standing, normalised
from contacts.states import ANSWER_SOURCE_PATTERN, Channel, Consent, SuppressionChannel, SuppressionReason
from staff.models import User
from staff.services import record


@transaction.atomic
def record_consent(
    *, contact: Contact, channel: str, status: str, source: str, at: datetime, by: User | None = None
) -> ConsentRecord:
    """Add an answer to "may we write to you on this channel", with where it comes from. The latest counts.

    The very same answer recorded again is not doubled. Of a contact that became part of another one, it counts for
    that one. Raises Refused when there is no such channel or answer.
    """
    if channel not in Channel.values:
        raise Refused(f"{channel} is not a channel. The channels are {', '.join(Channel.values)}.")
    if status not in (Consent.YES, Consent.NO):
        raise Refused(f"{status} is not an answer. Consent is yes or no.")
    contact = lock_standing(contact)
    facts = {"contact": contact, "channel": channel, "status": status, "source": source[:200], "recorded_at": at}
    known = ConsentRecord.objects.filter(**facts, merge__isnull=True).first()
    if known is not None:
        return known
    made = ConsentRecord.objects.create(recorded_by=by, **facts)
    record(action="contacts.record_consent", actor=by, on=contact, detail={"channel": channel, "status": status})
    return made


@transaction.atomic
def suppress(
    *,
    channel: str,
    reason: str,
    at: datetime,
    contact: Contact | None = None,
    account: Account | None = None,
    address: tuple[str, str] | None = None,
    source: str = "",
    note: str = "",
    by: User | None = None,
) -> Suppression:
    """We must not write any more: to a contact, to everybody of an account, or to an address.

    An address is (kind, value) and need not belong to anybody yet. Of a contact that became part of another one, the
    refusal holds for that one.
    ``channel`` is one channel or ``all``. The same suppression taken down again is not doubled, except that none
    rests on one that an answer brought about: that one may be released. Raises Refused when not exactly one target is
    given, or the channel, reason or address is none.
    """
    if sum(target is not None for target in (contact, account, address)) != 1:
        raise Refused("A suppression is for exactly one of a contact, an account or an address.")
    if channel not in SuppressionChannel.values:
        raise Refused(f"{channel} is not a channel. The channels are {', '.join(SuppressionChannel.values)}.")
    if reason not in SuppressionReason.values:
        raise Refused(f"{reason} is not a reason. The reasons are {', '.join(SuppressionReason.values)}.")
    kind, value = "", ""
    if address is not None:
        kind, value = address[0], normalised(*address)
    if account is not None:
        # Two refusals for an account without contacts would otherwise not see each other.
        Account.objects.select_for_update().get(pk=account.pk)
    if contact is not None:
        contact = lock_standing(contact)
    lock_contacts(concerned(contact=contact, account=account, kind=kind, value=value))
    target = {"contact": contact, "account": account, "address_kind": kind, "address_value": value}
    about = concerned(contact=contact, account=account, kind=kind, value=value)
    # What was said before a merge, or copied by it, may end for one of the two with it. What is said now may not.
    merges = Merge.objects.filter(survivor__in=about, undone_at__isnull=True).order_by("-pk")
    before = merges.values_list("moved__last_suppression", flat=True).first() or 0
    known = (
        Suppression.objects.filter(
            ~Q(source__regex=ANSWER_SOURCE_PATTERN) | Q(source=source[:200]),
            **target,
            channel=channel,
            reason=reason,
            lift__isnull=True,
            merge__isnull=True,
            pk__gt=before,
        )
        .order_by("id")
        .first()
    )
    if known is not None:
        return known
    made = Suppression.objects.create(
        **target, channel=channel, reason=reason, at=at, source=source[:200], note=note[:500], created_by=by
    )
    record(action="contacts.suppress", actor=by, on=made, detail={"channel": channel, "reason": reason})
    return made


@transaction.atomic
def lift_suppression(*, suppression: Suppression, reason: str, by: User, at: datetime) -> SuppressionLift:
    """End a suppression, for a reason that is kept. Raises Refused without a reason, or when it was lifted before."""
    if not reason.strip():
        raise Refused("Say why this may be lifted. The reason is kept with it.")
    locked = Suppression.objects.select_for_update(of=("self",)).get(pk=suppression.pk)
    if SuppressionLift.objects.filter(suppression=locked).exists():
        raise Refused("This suppression was lifted before.")
    lift = SuppressionLift.objects.create(suppression=locked, lifted_at=at, lifted_by=by, reason=reason.strip()[:500])
    record(action="contacts.lift_suppression", actor=by, on=locked)
    return lift


def concerned(*, contact: Contact | None, account: Account | None, kind: str, value: str) -> QuerySet[Contact]:
    """The contacts a suppression with this target holds for."""
    if contact is not None:
        return Contact.objects.filter(pk=contact.pk)
    if account is not None:
        return Contact.objects.filter(account=account)
    return Contact.objects.filter(
        pk__in=Contact.objects.filter(addresses__kind=kind, addresses__value=value).values("pk")
    )


def lock_contacts(contacts: QuerySet[Contact]) -> None:
    """Lock these contacts until the transaction ends, in the order of their ids, so that two of us never deadlock."""
    list(contacts.order_by("pk").select_for_update(of=("self",)).values_list("pk", flat=True))
