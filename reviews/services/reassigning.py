"""Giving a message to a colleague."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.db.models import Q, QuerySet
from django.urls import reverse

from outreach import services as outreach
from outreach.services import Refused
from reviews.models import HandOver, ReviewDecision
from reviews.services.claiming import refuse_claimed
from reviews.services.deciding import record_decision
from reviews.states import ReviewAction
from staff import services as staff
from staff.models import User
from staff.states import NotificationKind

MAY_REVIEW = "reviews.review_drafts"
LONGEST_REASON = 300


def colleagues_of(user: User) -> QuerySet[User]:
    """Whom ``user`` may give messages to: who reviews messages in the same team, its manager, and whom they manage.

    Whoever reviews every team chooses among everybody.
    """
    reviewers = User.objects.with_perm(MAY_REVIEW, backend="django.contrib.auth.backends.ModelBackend")
    if not user.has_perm("reviews.review_every_team"):
        near = Q(pk=user.pk) | Q(team__manager=user)
        if user.team_id is not None:
            near |= Q(team=user.team_id) | Q(managed_teams=user.team_id)
        reviewers = reviewers.filter(near)
    return reviewers.order_by("name", "id").distinct()


@transaction.atomic
def reassign(*, draft_id: int, fingerprint: str, to_user: User, reason: str, by: User, now: datetime) -> ReviewDecision:
    """Give an undecided message to ``to_user``, who is told of it.

    Raises Claimed, Refused for somebody whom ``by`` may not give it to, and the refusals of
    `outreach.services.hand_on`.
    """
    refuse_claimed(draft_id=draft_id, by=by, now=now)
    if not colleagues_of(by).filter(pk=to_user.pk).exists():
        raise Refused(f"You cannot give messages to {to_user}. Choose somebody of your team.")
    draft = outreach.hand_on(draft_id=draft_id, fingerprint=fingerprint, to=to_user, by=by, now=now)
    # From here on it is theirs: should they be away, it comes back to them and not to whose it was before.
    HandOver.objects.filter(draft=draft_id, ended_at=None).update(ended_at=now)
    decision = record_decision(
        draft, ReviewAction.REASSIGN, by=by, now=now, seen=fingerprint, reason=reason.strip()[:LONGEST_REASON],
        to_user=to_user,
    )  # fmt: skip
    if to_user != by:
        staff.notify(
            user_ids=[to_user.pk],
            kind=NotificationKind.ASSIGNED,
            key=f"reassigned-{decision.pk}",
            title=f"{by} gave you a message to decide",
            url=reverse("reviews:item", args=[draft_id]),
            now=now,
        )
    return decision
