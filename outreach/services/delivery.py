"""Approved messages leave, each at most once.

A claim is one transaction: it holds the contact's row, reads what they allow at this moment, and moves the draft from
approved to sending. Only the one whose UPDATE counted goes on to the provider. If the answer is lost, the draft is
`unknown` and stays so until a person has looked: it is never tried again by itself (promises R1 to R3).
"""

from __future__ import annotations

import logging
import secrets
import time
from collections import deque
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
from contacts.models import Contact
from contacts.states import ADDRESS_KIND_OF_CHANNEL, SuppressionReason
from outreach import channels, rules
from outreach.channels import Outcome, OutgoingMessage, Rejected, Sent, TryLater
from outreach.inbound import taking
from outreach.models import Draft
from outreach.permission import facts_for
from outreach.rules import Consequence, Refusal
from outreach.services.deciding import LONGEST_REASON, NO_APPROVAL
from outreach.services.holding import held, release_rivals
from outreach.services.limits import find_room
from outreach.services.push import end_subscriptions
from outreach.services.unsubscribing import opt_out
from outreach.states import DraftStatus
from staff.services import record

log = logging.getLogger("rekindle.outreach")

#: How long a channel that is not set up is left alone before it is looked at again.
NOT_READY_WAIT = timedelta(minutes=15)


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
    A round may last: each message is judged by the moment it would leave at, so the clock goes on from ``now``.
    """
    done = Delivered()
    began = time.monotonic()
    due = deque(Draft.objects.approved_due(now).values_list("pk", flat=True)[:limit])
    while due and not stop():
        result = deliver_one(due.popleft(), now + timedelta(seconds=time.monotonic() - began))
        done.count(result)
        progress(result)
        if result == Result.GONE and due:
            # Another process is at the same place. Side by side they would meet at every message.
            due.rotate(-secrets.randbelow(len(due)))
    return done


def deliver_one(draft_id: int, now: datetime) -> Result:
    """Send one draft if it may leave now, and write down what came of it. Harmless when called again."""
    # Somebody may have said stop a moment ago. While that could not be read, nothing leaves.
    if not taking.catch_up(now=now):
        return Result.HELD
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
    # From here to the end of the transaction nobody can opt this contact out, and whoever just did is waited for.
    theirs = Contact.objects.filter(drafts__pk=draft_id, drafts__status=DraftStatus.APPROVED)
    contact = theirs.select_for_update(of=["self"]).only("pk").first()
    if contact is None:
        return Result.GONE
    # A draft whose contact became part of another one meanwhile is another contact's, who is not locked: next time.
    approved_draft = Draft.objects.filter(pk=draft_id, status=DraftStatus.APPROVED, contact_id=contact.pk)
    draft = approved_draft.select_related("contact", "owner").first()
    if draft is None:
        return Result.GONE
    refusal = rules.why_not_send(facts_for(draft_ids=[draft_id], now=now)[draft_id])
    if refusal is not None:
        return _refuse(draft, refusal, now)
    approved = Draft.objects.approved_due(now).filter(
        pk=draft_id, fingerprint=draft.fingerprint, approved_fingerprint=draft.fingerprint
    )
    trouble = channels.not_ready(draft.channel)
    if trouble:
        not_ready = Refusal("not_ready", trouble, Consequence.HOLD, now + NOT_READY_WAIT)
        return _refuse(draft, not_ready, now)
    # The last question: whoever is counted by a limit leaves, or gives the place back with this transaction.
    no_room = find_room(draft=draft, now=now)
    if no_room is not None:
        return _refuse(draft, Refusal(no_room.code, no_room.sentence, Consequence.HOLD, no_room.not_before), now)
    # The real time, also when `now` is given: the lease of this claim runs by the clock on the wall.
    claimed_at = timezone.now()
    claimed = approved.update(
        status=DraftStatus.SENDING, status_reason="", held_by="", claimed_at=claimed_at, tries=F("tries") + 1
    )
    if not claimed:
        transaction.set_rollback(True)
        return Result.GONE
    return Claim(draft_id, claimed_at, draft.tries + 1, channels.compose(draft))


def _refuse(draft: Draft, refusal: Refusal, now: datetime) -> Result:
    approved = Draft.objects.filter(pk=draft.pk, status=DraftStatus.APPROVED, fingerprint=draft.fingerprint)
    if refusal.consequence == Consequence.KEEP:
        return Result.HELD
    if refusal.consequence == Consequence.HOLD:
        if not approved.update(**held(refusal)):
            return Result.GONE
        # The same cause again, an hour later, is no news.
        if draft.held_by != refusal.code:
            record(action="outreach.hold_send", on=draft, summary="Held", detail={"reason": refusal.code})
        return Result.HELD
    change: dict[str, Any]
    if refusal.consequence == Consequence.SUPPRESS:
        change = {"status": DraftStatus.SUPPRESSED, "held_by": ""}
    else:
        change = {**NO_APPROVAL, "status": DraftStatus.AWAITING_REVIEW}
    if not approved.update(**change, status_reason=refusal.sentence[:LONGEST_REASON]):
        return Result.GONE
    record(action="outreach.refuse_send", on=draft, summary="Not sent", detail={"reason": refusal.code})
    release_rivals(contact_ids=[draft.contact_id], now=now)
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
            "provider": channels.provider_of(claim.message.channel),
            "provider_message_id": outcome.message_id[:255],
            "status_reason": "",
        }
    elif isinstance(outcome, TryLater):
        again = rules.next_try(claim.tries, now)
        if again is not None:
            result = Result.HELD
            change = {
                "status": DraftStatus.APPROVED,
                "not_before": again,
                "held_by": "provider",
                "status_reason": outcome.words,
            }
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
        change = {
            "status": DraftStatus.UNKNOWN,
            "status_reason": outcome.words,
            "provider": channels.provider_of(claim.message.channel),
        }
    change["status_reason"] = change["status_reason"][:LONGEST_REASON]
    bounced = isinstance(outcome, Rejected) and outcome.address_is_dead
    if bounced:
        # Takes the contact's row before the draft's, in the one order that everybody keeps.
        _note_dead_address(claim, now)
    if isinstance(outcome, Rejected) and outcome.opted_out:
        # They told the provider to stop, and it told us: as strict as an unsubscribe link of ours.
        opt_out(draft=Draft.objects.get(pk=claim.draft_id), source=f"The provider of message {claim.draft_id}", now=now)
    if outcome.gone:
        end_subscriptions(ids=outcome.gone, reason="The push service says it is over", now=now)
    if not mine.update(**change):
        log.warning("Draft %s was settled by somebody else before the provider answered.", claim.draft_id)
        return Result.GONE
    draft = Draft.objects.get(pk=claim.draft_id)
    if draft.status == DraftStatus.FAILED:
        release_rivals(contact_ids=[draft.contact_id], now=now)
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
