"""The monthly review of exceptions is worked through and signed off."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from django.db import transaction

from followups.exceptions import Month, happened, tallies
from followups.models import ExceptionsReview, SeenException
from followups.services.refusals import Refused
from followups.states import ExceptionKind
from staff.models import User
from staff.services import record

LONGEST_REMARK = 500
LONGEST_NOTE = 1000
MOST_AT_ONCE = 500


@transaction.atomic
def see_exceptions(
    *, month: Month, kind: str, lead_ids: Collection[int], remark: str = "", by: User, now: datetime
) -> int:
    """Somebody looked at these leads, and where they said something it is kept. Returns at how many.

    Twice is once; a later remark replaces an earlier one. Refuses what is no exception of that month and kind, and a
    month that is signed off or has not begun.
    """
    remark = " ".join(remark.split())
    if not lead_ids:
        raise Refused("Nothing is ticked. Tick what you have looked at.")
    if len(lead_ids) > MOST_AT_ONCE:
        raise Refused(f"Tick at most {MOST_AT_ONCE} at once.")
    if len(remark) > LONGEST_REMARK:
        raise Refused(f"The remark has {len(remark)} characters. Shorten it to {LONGEST_REMARK}.")
    if kind not in ExceptionKind.values:
        raise Refused("Choose what was looked at: what was overridden, what stopped or what waits.")
    review = _open_review(month, now)
    wanted = set(lead_ids)
    if happened(month, kind, now, wanted).keys() != wanted:
        raise Refused("The list has changed meanwhile. Look at it again and tick what is on it.")
    SeenException.objects.bulk_create(
        [
            SeenException(review=review, kind=kind, lead_id=lead, remark=remark, seen_at=now, seen_by=by)
            for lead in sorted(wanted)
        ],
        ignore_conflicts=True,
    )
    if remark:
        SeenException.objects.filter(review=review, kind=kind, lead__in=wanted).update(
            remark=remark, seen_at=now, seen_by=by
        )
    record(
        action="followups.see_exceptions",
        actor=by,
        on=review,
        summary="Exceptions looked at",
        detail={"month": str(month), "kind": kind, "leads": len(wanted)},
    )
    return len(wanted)


@transaction.atomic
def sign_off_exceptions(*, month: Month, note: str = "", by: User, now: datetime) -> ExceptionsReview:
    """The month's review is done; from then on nothing about it changes.

    Refuses while something was not looked at, a month that still runs, and whoever may not sign off.
    """
    note = note.strip()
    if not by.has_perm("followups.sign_off_exceptions"):
        raise Refused("You may look, but signing off is for managers.")
    if not month.is_over(now):
        raise Refused(f"{month.first:%B %Y} is not over yet. Sign it off from {month.end:%d %B %Y} on.")
    if len(note) > LONGEST_NOTE:
        raise Refused(f"The note has {len(note)} characters. Shorten it to {LONGEST_NOTE}.")
    review = _open_review(month, now)
    left = [f"{tally.left:,} under “{tally.label}”" for tally in tallies(month, now) if tally.left]
    if left:
        raise Refused(f"Not everything was looked at: {', '.join(left)}. Tick them, then sign off.")
    review.note, review.signed_off_at, review.signed_off_by = note, now, by
    review.save(update_fields=["note", "signed_off_at", "signed_off_by"])
    record(
        action="followups.sign_off_exceptions",
        actor=by,
        on=review,
        summary="Exceptions signed off",
        detail={"month": str(month)},
    )
    return review


def _open_review(month: Month, now: datetime) -> ExceptionsReview:
    """The month's review, held. Refuses one that is signed off and one of a month to come."""
    if month.start > now:
        raise Refused(f"{month.first:%B %Y} has not begun yet.")
    ExceptionsReview.objects.get_or_create(month=month.first)
    review = ExceptionsReview.objects.select_for_update().get(month=month.first)
    if review.signed_off_at is not None:
        raise Refused(
            f"{month.first:%B %Y} was signed off on {review.signed_off_at:%d %B %Y}. Nothing changes any more."
        )
    return review
