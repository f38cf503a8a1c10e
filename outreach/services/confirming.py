"""Somebody said stop in an answer. One message tells them that it is done, once, and soon or not at all.

Whoever stops on the page is told by the page; whoever complains is left in peace. The message is a draft like any
other: approved by policy, claimed and sent as everything else, and the only kind that `outreach.rules.may_send` lets
pass the very opt-out that it confirms.
"""

from __future__ import annotations

from datetime import datetime

from django.conf import settings
from django.db import transaction
from django.db.models import Q

from contacts import services as contacts
from contacts.models import ActiveSuppression, Address, Contact, Suppression
from contacts.services.people import normalised
from contacts.states import ADDRESS_KIND_OF_CHANNEL, SuppressionChannel, SuppressionReason
from outreach.brands import identity_of
from outreach.models import Brand, Draft, PolicyApproval
from outreach.rendering import fingerprint as fingerprint_of
from outreach.rules.confirming import CONFIRMED_ON, TOLD_FOR, TOO_LATE_AFTER, confirmation, is_too_late
from outreach.states import DraftKind, DraftStatus, Flow, Writer
from staff.services import record

#: What the source of a stop by the page or by a mail program begins with.
BY_LINK = "Unsubscribe link"
POLICY = "The one message that may follow an opt-out. Its words are fixed, so nobody reads it before it leaves."
TOO_LATE = "It could not leave within a quarter of an hour after they said stop, so it stays away. They are stopped."
TOLD_BY_PAGE = "The page told them that everything is stopped, so nothing more is sent."
#: May have reached them, or still will.
_TELLING = (
    DraftStatus.APPROVED,
    DraftStatus.SENDING,
    DraftStatus.UNKNOWN,
    DraftStatus.SENT,
)


@transaction.atomic
def confirm_by_message(
    *, suppression: Suppression, channel: str, address: str, contact: Contact | None, at: datetime, now: datetime
) -> Draft | None:
    """Tell somebody who said stop by SMS or in an answer by e-mail that it is done. None where nothing is to be told.

    Call it in the transaction that wrote ``suppression``, after what waited was given up. ``at`` is when they said it,
    exactly the moment that the suppression was given if this answer brought it about. Nothing is sent for a stop
    that held before this answer, for any other reason than an opt-out of every channel, to an address that is not
    their present one, more than 15 minutes later, to somebody who was told on this channel within a year, or with
    `OPT_OUT_CONFIRMATIONS` switched off.
    """
    if not settings.OPT_OUT_CONFIRMATIONS or contact is None or channel not in CONFIRMED_ON:
        return None
    if suppression.reason != SuppressionReason.OPTED_OUT or suppression.channel != SuppressionChannel.ALL:
        return None
    # Another moment means that an earlier answer brought it about, or the page, and they know.
    if suppression.at != at or suppression.source.startswith(BY_LINK):
        return None
    if suppression.merge_id is not None or is_too_late(said_at=at, now=now):
        return None
    contact = Contact.objects.select_for_update(of=("self",)).get(pk=contact.pk)
    kind = ADDRESS_KIND_OF_CHANNEL[channel]
    current = (
        Address.objects.filter(contact=contact, kind=kind, is_primary=True).values_list("value", flat=True).first()
    )
    if contact.merged_into_id is not None or current is None or current != _as_stored(kind, address):
        return None
    address = current
    # Stopped at another moment as well, by the page or in another answer: they know.
    if _is_stopped_otherwise(contact, at):
        return None
    # Two answers at once wait for each other at the contact's row, and the second one finds the first one's message.
    if _was_told(contact, channel, address, suppression, now):
        return None
    brand = _brand_of(contact, channel)
    name = identity_of(brand).from_name or (brand.name if brand is not None else "")
    words = confirmation(channel=channel, locale=contact.locale, name=name)
    fingerprint = fingerprint_of(channel, address, words.subject, words.body)
    draft = Draft.objects.create(
        contact=contact,
        kind=DraftKind.CONFIRMATION,
        flow=Flow.SERVICE,
        brand=brand,
        channel=channel,
        address=address,
        language=words.language,
        writer=Writer.TEMPLATE,
        subject=words.subject,
        body=words.body,
        approved_text=words.body,
        fingerprint=fingerprint,
        pressure=0,
        why_now="They said stop",
        evidence=[{"at": at.isoformat(), "what": "They said stop", "detail": ""}],
        status=DraftStatus.APPROVED,
        approved_fingerprint=fingerprint,
        decided_at=now,
        # When they said it. What has no earliest moment to leave at comes first in a round.
        due_at=at,
        not_before=None,
        confirms=suppression,
    )
    PolicyApproval.objects.create(
        draft=draft, fingerprint=fingerprint, policy=POLICY, evidence=draft.evidence, findings=[], approved_at=now
    )
    record(
        action="outreach.confirm_opt_out", on=draft, summary="Confirmation of an opt-out written",
        detail={"contact": contact.pk, "suppression": suppression.pk},
    )  # fmt: skip
    return draft


def withdraw_late_confirmations(*, now: datetime) -> int:
    """Take back what could not leave in time. Returns how many. A round of this may come late: `claim` asks too.

    What a provider refused is put away with it, reason and all: nobody has anything to decide about it.
    """
    late = Q(due_at__lte=now - TOO_LATE_AFTER)
    Draft.objects.filter(late, confirms__isnull=False, status=DraftStatus.FAILED).update(status=DraftStatus.WITHDRAWN)
    return _take_back(late, TOO_LATE, now)


def withdraw_confirmations_of(*, contact_ids: list[int], now: datetime) -> int:
    """Take back what waits for people who have just been told otherwise. Returns how many."""
    return _take_back(Q(contact_id__in=contact_ids), TOLD_BY_PAGE, now)


@transaction.atomic
def _take_back(which: Q, words: str, now: datetime) -> int:
    waiting = Draft.objects.pending().filter(which, confirms__isnull=False)
    ids = list(waiting.order_by("pk").select_for_update(of=("self",)).values_list("pk", flat=True))
    count = (
        Draft.objects.pending().filter(pk__in=ids).update(status=DraftStatus.WITHDRAWN, status_reason=words, held_by="")
    )
    if count:
        record(
            action="outreach.withdraw_confirmations", summary=f"{count} confirmations taken back",
            detail={"drafts": ids[:1000], "at": now.isoformat()},
        )  # fmt: skip
    return count


def _as_stored(kind: str, address: str) -> str:
    """The address as contacts keep it, since an answer brings it in any spelling; empty for what is none."""
    try:
        return normalised(kind, address)
    except contacts.Refused:
        return ""


def _is_stopped_otherwise(contact: Contact, at: datetime) -> bool:
    everything = ActiveSuppression.objects.filter(
        contact=contact, channel=SuppressionChannel.ALL, reason=SuppressionReason.OPTED_OUT
    )
    return everything.exclude(at=at).exists()


def _was_told(contact: Contact, channel: str, address: str, suppression: Suppression, now: datetime) -> bool:
    told = Q(status__in=_TELLING, decided_at__gt=now - TOLD_FOR, channel=channel)
    theirs = Draft.objects.filter(kind=DraftKind.CONFIRMATION)
    return (
        theirs.filter(confirms=suppression).exists()
        or theirs.filter(told & (Q(contact=contact) | Q(address=address))).exists()
    )


def _brand_of(contact: Contact, channel: str) -> Brand | None:
    """In whose name they were written to last; the default one where nothing is known."""
    last = Draft.objects.sent().filter(contact=contact, channel=channel).select_related("brand").first()
    if last is not None and last.brand is not None:
        return last.brand
    return Brand.objects.filter(is_default=True).first()
