"""What the item page says about a message beyond its text: the score of its reader, and what happens untouched."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.utils.formats import date_format

from outreach.models import Draft
from outreach.states import DraftStatus
from retention.models import Score
from retention.rules.words import PARTS
from retention.states import Component
from staff.models import User

_S = DraftStatus


@dataclass(frozen=True, slots=True)
class ScoreBar:
    """One part of the score of the person written to: ``points`` of ``most``, and what it looks at."""

    label: str
    points: int
    most: int
    looks_at: str

    @property
    def percent(self) -> int:
        """How full the bar is."""
        return round(100 * self.points / self.most) if self.most else 0


def score_bars(user: User, draft: Draft) -> list[ScoreBar]:
    """The parts of the highest score among the customers whom this message is for; none for a lead without one.

    Two queries. Only for who may see customers.
    """
    if not user.has_perm("retention.view_customer"):
        return []
    scores = Score.objects.filter(customer__contact=draft.contact_id).select_related("version")
    score = scores.order_by("-total", "customer_id").first()
    if score is None:
        return []
    most = dict(score.version.components.values_list("component", "max_points"))
    return [
        ScoreBar(part.label, int(getattr(score, part.value)), most.get(part.value, 0), PARTS[part].looks_at)
        for part in Component
    ]


def if_nothing(draft: Draft, now: datetime) -> str:
    """What becomes of it if nobody touches it, in a sentence or two; nothing for what has come to its end."""
    if draft.status == _S.AWAITING_REVIEW:
        if draft.snoozed_until is not None and draft.snoozed_until > now:
            return f"It comes back on {date_format(draft.snoozed_until, 'j M Y, H:i')}. Nothing is sent before."
        if draft.owner is None:
            return "Nothing is sent. It waits here until somebody takes it."
        return f"Nothing is sent. When its time to be decided is over, {draft.owner} is told, then their manager."
    if draft.status == _S.APPROVED:
        if draft.not_before is not None and draft.not_before > now:
            return f"It leaves on {date_format(draft.not_before, 'j M Y, H:i')}, unless something stops it."
        return "It leaves in a moment, unless something stops it."
    if draft.status == _S.UNKNOWN:
        return "It is never sent again by itself. It waits until somebody says whether it left."
    if draft.status == _S.FAILED:
        return "It stays undelivered. Nothing is tried again by itself."
    return ""
