"""What people do with a message besides deciding about it: later, by somebody else, and taking an approval back."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction

from outreach import channels
from outreach.models import Draft
from outreach.rendering import one_line
from outreach.services.deciding import LONGEST_REASON, NO_APPROVAL, fresh, locked, require_reviewer
from outreach.services.holding import release_rivals
from outreach.services.refusals import Refused, StaleDraft
from outreach.states import DraftStatus
from staff.models import User
from staff.services import record

#: Whoever does not want to decide within this time puts the lead off, where its history comes along.
LONGEST_SNOOZE = timedelta(days=60)


@transaction.atomic
def snooze(*, draft_id: int, fingerprint: str, until: datetime, reason: str, by: User, now: datetime) -> Draft:
    """Show this message again at ``until``, not among what waits before then. It stays undecided, and can be found.

    Raises StaleDraft, NotPermitted, or Refused without a reason and for a moment that is over or too far away.
    """
    words = one_line(reason)
    if not words:
        raise Refused("Say in a few words what you wait for. It is shown when the message comes back.")
    if until <= now:
        raise Refused("That moment is over. Choose a later one.")
    if until > now + LONGEST_SNOOZE:
        raise Refused(f"Snooze for at most {LONGEST_SNOOZE.days} days. For longer, put the lead off under Not now.")
    draft = _undecided(draft_id, fingerprint, by)
    changed = Draft.objects.filter(pk=draft_id, status=DraftStatus.AWAITING_REVIEW, fingerprint=fingerprint).update(
        snoozed_until=until, snooze_reason=words[:LONGEST_REASON]
    )
    if not changed:
        raise StaleDraft(fresh(draft_id))
    record(
        action="outreach.snooze", actor=by, on=draft, summary="Draft snoozed",
        detail={"until": until.isoformat(), "at": now.isoformat()},
    )  # fmt: skip
    return fresh(draft_id)


@transaction.atomic
def wake_up(*, draft_id: int, by: User, now: datetime) -> Draft:
    """Put a snoozed message back among what waits. Raises StaleDraft where it is decided, Refused where it is awake."""
    draft = locked(draft_id)
    require_reviewer(draft, by)
    if draft.status != DraftStatus.AWAITING_REVIEW:
        raise StaleDraft(draft)
    changed = Draft.objects.filter(
        pk=draft_id, status=DraftStatus.AWAITING_REVIEW, snoozed_until__isnull=False, snoozed_until__gt=now
    ).update(snoozed_until=None, snooze_reason="")
    if not changed:
        raise Refused("It is not snoozed any more. Nothing was changed.")
    record(action="outreach.wake_up", actor=by, on=draft, summary="Snooze ended", detail={"at": now.isoformat()})
    return fresh(draft_id)


@transaction.atomic
def hand_on(*, draft_id: int, fingerprint: str, to: User, by: User, now: datetime) -> Draft:
    """Give an undecided message to a colleague, who decides from then on. Its lead stays with whoever has it.

    Raises StaleDraft, NotPermitted, or Refused for somebody who cannot decide about messages or has it already.
    """
    draft = _undecided(draft_id, fingerprint, by)
    if not to.is_active or not to.has_perm("reviews.review_drafts"):
        raise Refused(f"{to} does not review messages. Choose somebody who does.")
    if draft.owner_id == to.pk:
        raise Refused(f"It is with {to} already. Choose somebody else.")
    changed = Draft.objects.filter(pk=draft_id, status=DraftStatus.AWAITING_REVIEW, fingerprint=fingerprint).update(
        owner=to, snoozed_until=None, snooze_reason=""
    )
    if not changed:
        raise StaleDraft(fresh(draft_id))
    record(
        action="outreach.hand_on", actor=by, on=draft, summary="Draft given to a colleague",
        detail={"from": draft.owner_id, "to": to.pk, "at": now.isoformat()},
    )  # fmt: skip
    return fresh(draft_id)


@transaction.atomic
def take_back(*, draft_id: int, by: User, now: datetime) -> Draft:
    """Undo an approval while it is held for that: the message waits for its decision again, with the text it has.

    One that was to be sent once more may or may not have left before, so it goes back to be settled. Raises StaleDraft
    where it is not approved any more, Refused where the time is over, and NotPermitted.
    """
    draft = locked(draft_id)
    require_reviewer(draft, by)
    if draft.status != DraftStatus.APPROVED:
        raise StaleDraft(draft)
    still = Draft.objects.filter(undo_until__gt=now, pk=draft_id, status=DraftStatus.APPROVED)
    if draft.claimed_at is not None:
        words = f"Whether it was sent is open again. Look for {channels.message_id(draft)}."
        changed = still.update(
            status=DraftStatus.UNKNOWN,
            status_reason=words[:LONGEST_REASON],
            not_before=None,
            undo_until=None,
            held_by="",
        )
    else:
        changed = still.update(**NO_APPROVAL, status=DraftStatus.AWAITING_REVIEW, status_reason="")
    if not changed:
        raise Refused("The time to take it back is over: it may leave at any moment. Suppress it to stop it.")
    release_rivals(contact_ids=[draft.contact_id], now=now)
    record(
        action="outreach.take_back", actor=by, on=draft, summary="Approval taken back", detail={"at": now.isoformat()}
    )
    return fresh(draft_id)


def _undecided(draft_id: int, fingerprint: str, by: User) -> Draft:
    draft = locked(draft_id)
    require_reviewer(draft, by)
    if draft.status != DraftStatus.AWAITING_REVIEW or draft.fingerprint != fingerprint:
        raise StaleDraft(draft)
    return draft
