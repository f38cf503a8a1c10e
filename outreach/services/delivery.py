"""Approved messages leave, each at most once.

A claim is one transaction: it holds the contact's row, reads what they allow at this moment, and moves the draft from
approved to sending. Only the one whose UPDATE counted goes on to the provider. If the answer is lost, the draft is
`unknown` and stays so until a person has looked: it is never tried again by itself (promises R1 to R3).
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import F
from django.utils import timezone

from contacts import services as contacts
from contacts.models import ActiveSuppression, Contact, Touch
from contacts.permission import permissions_of
from contacts.states import ADDRESS_KIND_OF_CHANNEL, Direction, SuppressionReason, TouchKind
from outreach import channels, rules
from outreach.channels import Outcome, OutgoingMessage, Rejected, Sent, TryLater
from outreach.models import Draft
from outreach.rendering import fingerprint as fingerprint_of
from outreach.rules import Consequence, Refusal, SendFacts, SuppressionFact
from outreach.services.deciding import LONGEST_REASON, NO_APPROVAL
from outreach.states import DraftStatus
from staff.services import record

log = logging.getLogger("rekindle.outreach")

#: How long a channel that is not set up is left alone before it is looked at again.
NOT_READY_WAIT = timedelta(minutes=15)
_NO_ANSWER = (TouchKind.OUT_OF_OFFICE, TouchKind.AUTO_REPLY)


class Result(StrEnum):
    """What became of one draft in one round. HELD: it stays for later or for a person; GONE: somebody else had it."""

    SENT = "sent"
    HELD = "held"
    REFUSED = "refused"
    FAILED = "failed"
    GONE = "gone"


@dataclass(slots=True)
class Delivered:
    """What a round of delivery did, in numbers of messages.

    Held stays for later or for a person to settle; refused was not allowed to leave; failed was turned down by the
    provider.
    """

    sent: int = 0
    held: int = 0
    refused: int = 0
    failed: int = 0

    def count(self, result: Result) -> None:
        """Add one message."""
        if result != Result.GONE:
            setattr(self, result.value, getattr(self, result.value) + 1)

    def __str__(self) -> str:
        return f"sent {self.sent} held {self.held} refused {self.refused} failed {self.failed}"


@dataclass(frozen=True, slots=True)
class Claim:
    """The right to hand one message over, once. ``claimed_at`` tells this claim from all others of the draft."""

    draft_id: int
    claimed_at: datetime
    tries: int
    message: OutgoingMessage = field(repr=False)


def deliver_due(
    *,
    now: datetime,
    limit: int,
    stop: Callable[[], bool] = lambda: False,
    progress: Callable[[Result], None] = lambda _result: None,
) -> Delivered:
    """Send what is approved and due, the longest due first, at most ``limit``; one transaction and one call for each.

    Any number of processes may do this at once. ``stop`` is asked before each message; one that has begun is finished.
    """
    done = Delivered()
    for draft_id in list(Draft.objects.approved_due(now).values_list("pk", flat=True)[:limit]):
        if stop():
            break
        result = deliver_one(draft_id, now)
        done.count(result)
        progress(result)
    return done


def deliver_one(draft_id: int, now: datetime) -> Result:
    """Send one draft if it may leave now, and write down what came of it. Harmless when called again."""
    claimed = claim(draft_id, now)
    if isinstance(claimed, Result):
        return claimed
    # Outside the transaction: a slow provider must not hold the contact's row.
    outcome = channels.hand_over(claimed.message)
    return _settle(claimed, outcome, now)


def mark_lost_sends(now: datetime) -> int:
    """Turn sends without an answer for `SEND_LEASE_SECONDS` into `unknown`, for a person. Returns how many."""
    lost = Draft.objects.sending().filter(claimed_at__lt=now - timedelta(seconds=settings.SEND_LEASE_SECONDS))
    count = 0
    for draft in lost.order_by("pk"):
        with transaction.atomic():
            words = f"Sending broke off, so it may have arrived or not. Look for {channels.message_id(draft)}."
            changed = Draft.objects.filter(pk=draft.pk, status=DraftStatus.SENDING, claimed_at=draft.claimed_at).update(
                status=DraftStatus.UNKNOWN, status_reason=words[:LONGEST_REASON]
            )
            if changed:
                record(action="outreach.mark_lost_send", on=draft, summary="Sending broke off")
                count += 1
    return count


@transaction.atomic
def claim(draft_id: int, now: datetime) -> Claim | Result:
    """Take the right to hand this draft over, or say why nobody may. Whoever takes it and breaks off leaves it lost."""
    contact_id = (
        Draft.objects.filter(pk=draft_id, status=DraftStatus.APPROVED).values_list("contact_id", flat=True).first()
    )
    if contact_id is None:
        return Result.GONE
    # From here to the end of the transaction nobody can opt this contact out, and whoever just did is waited for.
    Contact.objects.select_for_update().get(pk=contact_id)
    # A draft whose contact became part of another one meanwhile is another contact's, who is not locked: next time.
    approved_draft = Draft.objects.filter(pk=draft_id, status=DraftStatus.APPROVED, contact_id=contact_id)
    draft = approved_draft.select_related("contact", "owner").first()
    if draft is None:
        return Result.GONE
    refusal = rules.why_not_send(_facts(draft, now))
    if refusal is not None:
        return _refuse(draft, refusal)
    approved = Draft.objects.filter(
        pk=draft_id, status=DraftStatus.APPROVED, fingerprint=draft.fingerprint, approved_fingerprint=draft.fingerprint
    )
    trouble = channels.not_ready(draft.channel)
    if trouble:
        approved.update(status_reason=trouble[:LONGEST_REASON], not_before=now + NOT_READY_WAIT)
        return Result.HELD
    # The real time, also when `now` is given: the lease of this claim runs by the clock on the wall.
    claimed_at = timezone.now()
    claimed = approved.update(status=DraftStatus.SENDING, status_reason="", claimed_at=claimed_at, tries=F("tries") + 1)
    if not claimed:
        return Result.GONE
    return Claim(draft_id, claimed_at, draft.tries + 1, channels.compose(draft))


def _facts(draft: Draft, now: datetime) -> SendFacts:
    permission = permissions_of([draft.contact_id])[draft.contact_id][draft.channel]
    replies = Touch.objects.filter(contact_id=draft.contact_id, direction=Direction.IN).exclude(kind__in=_NO_ANSWER)
    return SendFacts(
        channel=draft.channel,
        address=draft.address,
        status=draft.status,
        fingerprint=draft.fingerprint,
        approved_fingerprint=draft.approved_fingerprint,
        text_fingerprint=fingerprint_of(draft.channel, draft.address, draft.subject, draft.body),
        now=now,
        not_before=draft.not_before,
        decided_at=draft.decided_at,
        consent=permission.consent,
        suppressions=tuple(
            SuppressionFact(one.channel, one.reason, one.at)
            for one in ActiveSuppression.objects.filter(contact_id=draft.contact_id)
        ),
        current_address=permission.address,
        hard_bounced=permission.hard_bounced,
        replied_at=replies.order_by("-at").values_list("at", flat=True).first(),
    )


def _refuse(draft: Draft, refusal: Refusal) -> Result:
    approved = Draft.objects.filter(pk=draft.pk, status=DraftStatus.APPROVED, fingerprint=draft.fingerprint)
    change: dict[str, Any]
    if refusal.consequence == Consequence.SUPPRESS:
        change = {"status": DraftStatus.SUPPRESSED}
    elif refusal.consequence == Consequence.REVIEW:
        change = {**NO_APPROVAL, "status": DraftStatus.AWAITING_REVIEW}
    else:
        return Result.HELD
    if not approved.update(**change, status_reason=refusal.sentence[:LONGEST_REASON]):
        return Result.GONE
    record(action="outreach.refuse_send", on=draft, summary="Not sent", detail={"reason": refusal.code})
    return Result.REFUSED


@transaction.atomic
def _settle(claim: Claim, outcome: Outcome, now: datetime) -> Result:
    # A sweep may have given this send up for lost while we were waiting. We have the answer, so nobody has to look.
    mine = Draft.objects.filter(
        pk=claim.draft_id, status__in=[DraftStatus.SENDING, DraftStatus.UNKNOWN], claimed_at=claim.claimed_at
    )
    change: dict[str, Any]
    if isinstance(outcome, Sent):
        result = Result.SENT
        change = {
            "status": DraftStatus.SENT,
            "sent_at": now,
            "provider_message_id": outcome.message_id[:255],
            "status_reason": "",
        }
    elif isinstance(outcome, TryLater):
        again = rules.next_try(claim.tries, now)
        if again is not None:
            result = Result.HELD
            change = {"status": DraftStatus.APPROVED, "not_before": again, "status_reason": outcome.words}
        else:
            result = Result.FAILED
            change = {
                "status": DraftStatus.FAILED,
                "status_reason": f"Given up after {claim.tries} tries. {outcome.words}",
            }
    elif isinstance(outcome, Rejected):
        result = Result.FAILED
        change = {"status": DraftStatus.FAILED, "status_reason": outcome.words}
    else:
        result = Result.HELD
        change = {"status": DraftStatus.UNKNOWN, "status_reason": outcome.words}
    change["status_reason"] = change["status_reason"][:LONGEST_REASON]
    bounced = isinstance(outcome, Rejected) and outcome.address_is_dead
    if bounced:
        # Takes the contact's row before the draft's, in the one order that everybody keeps.
        _note_dead_address(claim, now)
    if not mine.update(**change):
        log.warning("Draft %s was settled by somebody else before the provider answered.", claim.draft_id)
        return Result.GONE
    draft = Draft.objects.get(pk=claim.draft_id)
    record(
        action=f"outreach.{draft.status}", on=draft, summary=draft.get_status_display(), detail={"tries": claim.tries}
    )
    return result


def _note_dead_address(claim: Claim, now: datetime) -> None:
    kind = ADDRESS_KIND_OF_CHANNEL.get(claim.message.channel)
    if kind is not None:
        contacts.suppress(
            address=(kind, claim.message.to_address),
            channel=claim.message.channel,
            reason=SuppressionReason.HARD_BOUNCE,
            at=now,
            source="Mail server",
        )
