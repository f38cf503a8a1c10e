"""Two people do not decide about one message at once: whoever has it open goes first, or somebody takes it over."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from outreach.models import Draft
from outreach.rules import may_review
from outreach.services import Refused, review_facts
from outreach.states import DraftStatus
from reviews.models import Opened
from staff import services as staff
from staff.models import User
from staff.services import Held as Held  # services hand it on
from staff.states import ClaimKind

#: Something is left for a person to decide.
TO_DECIDE = (DraftStatus.AWAITING_REVIEW, DraftStatus.APPROVED, DraftStatus.UNKNOWN, DraftStatus.FAILED)


class Claimed(Refused):
    """A colleague has this message open. ``held`` says who, and since when."""

    def __init__(self, held: Held) -> None:
        self.held = held
        super().__init__(f"{held.by} has this open. Nothing was changed. Take it over if you want to decide.")


@transaction.atomic
def open_message(*, draft: Draft, by: User, now: datetime) -> Held | None:
    """``by`` has this message on the screen: it is theirs while nobody else has it, and they have seen its text.

    Returns who else has it open. Whoever may not decide claims nothing, and what has come to its end is nobody's.
    """
    if draft.status not in TO_DECIDE or not may_review(review_facts(draft=draft, by=by)):
        return held_by_colleague(draft=draft, by=by, now=now)
    # The first time counts, and asking twice is harmless.
    Opened.objects.bulk_create(
        [Opened(draft=draft, user=by, fingerprint=draft.fingerprint, at=now)], ignore_conflicts=True
    )
    held = staff.claim(kind=ClaimKind.MESSAGE, row_id=draft.pk, user=by, now=now)
    if held is not None and not _counts(held, draft):
        staff.take_over(kind=ClaimKind.MESSAGE, row_id=draft.pk, user=by, now=now)
        return None
    return held


def held_by_colleague(*, draft: Draft, by: User, now: datetime) -> Held | None:
    """Who else has this message open and may decide about it. Reads only."""
    held = staff.held_by_other(kind=ClaimKind.MESSAGE, row_id=draft.pk, user=by, now=now)
    return held if held is not None and _counts(held, draft) else None


def refuse_claimed(*, draft_id: int, by: User, now: datetime) -> None:
    """Raise `Claimed` while a colleague has this message open.

    Called by every decision but those that stop messages, and those that only add to what is known.
    """
    held = staff.held_by_other(kind=ClaimKind.MESSAGE, row_id=draft_id, user=by, now=now)
    if held is None:
        return
    draft = Draft.objects.select_related("owner__team").filter(pk=draft_id).first()
    if draft is not None and draft.status in TO_DECIDE and _counts(held, draft):
        raise Claimed(held)


def _counts(held: Held, draft: Draft) -> bool:
    """Nobody keeps others from a message about which they may not decide themselves."""
    return may_review(review_facts(draft=draft, by=held.by))
