"""What Celery wakes us up for. Tasks carry ids only, and each is harmless when it runs twice."""

from __future__ import annotations

import logging
import time

from celery import shared_task
from django.utils import timezone

from outreach import services
from outreach.inbound import imap
from outreach.inbound.taking import take_in
from outreach.services import limits

log = logging.getLogger("rekindle.outreach")

#: Bounds of one round, so that other work gets its turn and a worker that is asked to stop is never kept long.
MOST_PER_ROUND = 200
LONGEST_ROUND_SECONDS = 5
MOST_OPINIONS = 5


@shared_task
def deliver_due() -> None:
    """Send a bounded batch of what is due. The next round takes up what is left."""
    end = time.monotonic() + LONGEST_ROUND_SECONDS
    services.deliver_due(now=timezone.now(), limit=MOST_PER_ROUND, stop=lambda: time.monotonic() > end)


@shared_task
def deliver_one(draft_id: int) -> None:
    """Send one message now if it may leave: asked for right after its approval, to spare the wait for the round."""
    services.deliver_one(draft_id, timezone.now())


@shared_task
def look_again_at_holds() -> None:
    """Say anew when what is held may go, should its cause have ended or changed."""
    services.look_again(now=timezone.now())


@shared_task
def mark_lost_sends() -> None:
    """Show sends without an answer to a person."""
    services.mark_lost_sends(timezone.now())


@shared_task
def take_in_notices() -> None:
    """Read what providers and mailboxes sent, until nothing waits or it is time for other work."""
    end = time.monotonic() + LONGEST_ROUND_SECONDS
    while take_in(now=timezone.now(), limit=MOST_PER_ROUND).total and time.monotonic() < end:
        pass


@shared_task
def fetch_mail() -> None:
    """Fetch answers from the mailbox, where one is set."""
    try:
        imap.fetch()
    except imap.CannotFetch as problem:
        log.warning("%s", problem.sentence)


@shared_task
def note_sends() -> None:
    """Note sent messages as events of their readers."""
    services.note_sends(now=timezone.now())


@shared_task
def weigh_complaints() -> None:
    """Stop e-mail where too many reported it. Two reports at the same moment do not see each other; this sees both."""
    services.note_complaint(now=timezone.now())


@shared_task
def forget_departures() -> None:
    """Remove the counts of minutes and days that are long over."""
    limits.forget_departures(now=timezone.now())


@shared_task
def empty_old_notices() -> None:
    """Remove what old notices said."""
    services.empty_old_notices(now=timezone.now())


@shared_task
def compose_texts() -> None:
    """Ask the language model for the texts that wait, and end those whose worker died."""
    end = time.monotonic() + LONGEST_ROUND_SECONDS
    services.give_up_lost(now=timezone.now())
    services.compose_waiting(now=timezone.now(), stop=lambda: time.monotonic() > end)


@shared_task
def withdraw_late_confirmations() -> None:
    """Let no confirmation of an opt-out leave late."""
    services.withdraw_late_confirmations(now=timezone.now())


@shared_task
def ask_second_opinions() -> None:
    """Ask the language model about answers that the rules were unsure about. It can only add a hold."""
    services.ask_second_opinions(now=timezone.now(), limit=MOST_OPINIONS)
