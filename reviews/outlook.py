"""What the item page says about a message beyond its text: the score of its reader, and what happens untouched."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from django.utils.formats import date_format

from outreach.models import Draft
from outreach.states import DraftStatus
from retention.models import Score
from retention.rules.words import PARTS
from retention.states import Component
from reviews.rules.deadlines import REVIEW_HOURS, deadline
from staff.calendars import calendar_of
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


def _deadline(draft: Draft, owner: User, now: datetime) -> str:
    """By when it is decided by the clock of its owner's team, and who is told otherwise. One query."""
    hours = owner.team.review_hours if owner.team is not None else REVIEW_HOURS
    calendar = calendar_of(owner.team)
    began_at = max(draft.due_at, draft.created_at, draft.snoozed_until or draft.due_at)
    by = deadline(began_at=began_at, hours=hours, calendar=calendar)
    there = by.astimezone(ZoneInfo(calendar.timezone))
    when = f"{date_format(there, 'D j M, H:i')} ({calendar.timezone})"
    if by <= now:
        return f"It was to be decided by {when}. {owner} and their manager are told."
    return f"It is to be decided by {when}. {owner} is warned before, and their manager is told after."


def if_nothing(draft: Draft, now: datetime) -> str:
    """What becomes of it if nobody touches it, in a sentence or two; nothing for what has come to its end."""
    if draft.status == _S.AWAITING_REVIEW:
        if draft.snoozed_until is not None and draft.snoozed_until > now:
            return f"It comes back on {date_format(draft.snoozed_until, 'j M Y, H:i')}. Nothing is sent before."
        if draft.owner is None:
            return "Nothing is sent. It waits here until somebody takes it."
        return f"Nothing is sent. {_deadline(draft, draft.owner, now)}"
    if draft.status == _S.APPROVED:
        if draft.not_before is not None and draft.not_before > now:
            return f"It leaves on {date_format(draft.not_before, 'j M Y, H:i')}, unless something stops it."
        return "It leaves in a moment, unless something stops it."
    if draft.status == _S.UNKNOWN:
        return "It is never sent again by itself. It waits until somebody says whether it left."
    if draft.status == _S.FAILED:
        return "It stays undelivered. Nothing is tried again by itself."
    return ""
