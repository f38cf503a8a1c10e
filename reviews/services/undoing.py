"""Taking an approval back while the message is held for that."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from outreach import services as outreach
from outreach.models import Draft
from outreach.states import DraftStatus
from reviews.models import ReviewDecision
from reviews.services.deciding import record_decision
from reviews.states import ReviewAction
from staff.models import User


@transaction.atomic
def undo(*, draft_id: int, by: User, now: datetime) -> ReviewDecision:
    """The message waits for its decision again. Raises the refusals of `outreach.services.take_back`.

    Nobody needs a claim for it: it can only keep something from leaving.
    """
    draft = outreach.take_back(draft_id=draft_id, by=by, now=now)
    return record_decision(draft, ReviewAction.UNDO, by=by, now=now, seen=draft.fingerprint)


def last_undoable(*, by: User, now: datetime) -> Draft | None:
    """What ``by`` approved last, while it can still be taken back. Reads only."""
    held = Draft.objects.filter(decided_by=by, status=DraftStatus.APPROVED, undo_until__gt=now)
    return held.select_related("contact").order_by("-decided_at", "-id").first()
