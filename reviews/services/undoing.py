"""Taking an approval back while the message is held for that."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction

from outreach import services as outreach
from outreach.models import Draft
from outreach.states import DraftStatus
from reviews.models import ReviewDecision
from reviews.services.deciding import record_decision
from reviews.states import ReviewAction
from staff.models import User

#: UNDO_SECONDS is no longer than this.
LONGEST_HOLD = timedelta(hours=1)
#: What lets a message leave.
APPROVALS = (ReviewAction.APPROVE, ReviewAction.EDIT_APPROVE, ReviewAction.SEND_AGAIN)


@transaction.atomic
def undo(*, draft_id: int, by: User, now: datetime) -> ReviewDecision:
    """The message waits for its decision again. Raises the refusals of `outreach.services.take_back`.

    Nobody needs a claim for it: it can only keep something from leaving.
    """
    draft = outreach.take_back(draft_id=draft_id, by=by, now=now)
    return record_decision(draft, ReviewAction.UNDO, by=by, now=now, seen=draft.fingerprint)


def last_undoable(*, by: User, now: datetime) -> Draft | None:
    """What ``by`` approved or let go again last, while it can still be taken back. Reads only, and only what is new."""
    approvals = ReviewDecision.objects.filter(decided_by=by, decided_at__gt=now - LONGEST_HOLD, action__in=APPROVALS)
    held = approvals.filter(draft__status=DraftStatus.APPROVED, draft__undo_until__gt=now)
    decision = held.select_related("draft__contact").order_by("-decided_at", "-id").first()
    return None if decision is None else decision.draft
