"""The record of how following up on a lead ended, kept for ever: one row each time, also when the lead comes back."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime

from followups.models import Closing, Outcome
from staff.models import User


def keep_closing(
    *,
    lead_id: int,
    disposition: str,
    reason: str,
    at: datetime,
    by: User | None = None,
    outcome: Outcome | None = None,
    recycle_on: date | None = None,
) -> Closing:
    """This lead was closed; what had closed it before is over. Call it with the lead held.

    `reason` is what somebody said in words, empty where nobody did; `by` is None where it followed from the facts.
    """
    came_back(lead_ids=[lead_id], at=at)
    return Closing.objects.create(
        lead_id=lead_id,
        disposition=disposition,
        outcome=outcome,
        reason=reason[:500],
        recycle_on=recycle_on,
        closed_at=at,
        closed_by=by,
    )


def came_back(*, lead_ids: Iterable[int], at: datetime) -> int:
    """These leads are followed up again since that moment. Returns how many had been closed."""
    return Closing.objects.filter(lead_id__in=list(lead_ids), back_at=None).update(back_at=at)
