"""What somebody began to write and did not save, and what happened to the text meanwhile."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from outreach.models import Draft
from reviews.models import EditDraft, ReviewDecision
from reviews.rules import Change, word_diff
from staff.models import User


@dataclass(frozen=True, slots=True)
class Conflict:
    """The text was changed while somebody wrote. Both are told as what they changed in the text both began from.

    ``by`` and ``at`` say who changed it and when, as far as a person did.
    """

    by: User | None
    at: datetime | None
    theirs_subject: list[Change]
    theirs: list[Change]
    yours_subject: list[Change]
    yours: list[Change]


def kept_edit(user: User, draft: Draft) -> EditDraft | None:
    """What ``user`` began to write here."""
    return EditDraft.objects.filter(draft=draft, user=user).first()


def conflict(kept: EditDraft | None, draft: Draft, decisions: list[ReviewDecision]) -> Conflict | None:
    """Where the text is another one than the kept edit began from. ``decisions`` are those about the draft."""
    if kept is None or kept.fingerprint == draft.fingerprint:
        return None
    change = next((one for one in decisions if one.fingerprint_after == draft.fingerprint), None)
    return Conflict(
        by=change.decided_by if change is not None else None,
        at=change.decided_at if change is not None else None,
        theirs_subject=_changed(kept.base_subject, draft.subject),
        theirs=word_diff(kept.base_body, draft.body),
        yours_subject=_changed(kept.base_subject, kept.subject),
        yours=word_diff(kept.base_body, kept.body),
    )


def _changed(before: str, after: str) -> list[Change]:
    return word_diff(before, after) if before != after else []
