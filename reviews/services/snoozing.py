"""Not now, but soon: a message that is shown again later."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from outreach import services as outreach
from reviews.models import ReviewDecision
from reviews.services.claiming import refuse_claimed
from reviews.services.deciding import record_decision
from reviews.states import ReviewAction
from staff.models import User


@transaction.atomic
def snooze(*, draft_id: int, fingerprint: str, until: datetime, reason: str, by: User, now: datetime) -> ReviewDecision:
    """Show it again at ``until``. Raises Claimed, and the refusals of `outreach.services.snooze`."""
    refuse_claimed(draft_id=draft_id, by=by, now=now)
    draft = outreach.snooze(draft_id=draft_id, fingerprint=fingerprint, until=until, reason=reason, by=by, now=now)
    return record_decision(
        draft, ReviewAction.SNOOZE, by=by, now=now, seen=fingerprint, reason=draft.snooze_reason, until=until
    )


@transaction.atomic
def wake(*, draft_id: int, by: User, now: datetime) -> ReviewDecision:
    """Put it back among what waits. Raises Claimed, and the refusals of `outreach.services.wake_up`."""
    refuse_claimed(draft_id=draft_id, by=by, now=now)
    draft = outreach.wake_up(draft_id=draft_id, by=by, now=now)
    return record_decision(draft, ReviewAction.WAKE, by=by, now=now, seen=draft.fingerprint)
