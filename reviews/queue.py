"""Reads of the review queue: pages by place, never by number, so that page one thousand costs what page one does."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import Q, QuerySet

from outreach.models import Draft
from outreach.states import DraftStatus
from reviews.rules import QueuePlace
from staff.models import User

PAGE = 40
#: Counting beyond this tells nobody anything, and would read the whole table.
COUNT_LIMIT = 100


@dataclass(frozen=True, slots=True)
class QueuePage:
    """One page of the queue and the place where the next one begins, if there is one."""

    rows: list[Draft]
    next_place: QueuePlace | None


def whose(user: User, choice: str, drafts: QuerySet[Draft]) -> QuerySet[Draft]:
    """Narrow to "mine", "team" (others in my team and in teams I manage) or "unassigned"."""
    if choice == "team":
        return drafts.visible_to(user).exclude(owner=user).filter(owner__isnull=False)  # type: ignore[attr-defined, no-any-return]
    if choice == "unassigned":
        return drafts.visible_to(user).filter(owner__isnull=True)  # type: ignore[attr-defined, no-any-return]
    return drafts.filter(owner=user)


def page(drafts: QuerySet[Draft], after: QueuePlace | None, size: int = PAGE) -> QueuePage:
    """The ``size`` drafts that follow a place, in queue order."""
    if after is not None:
        drafts = drafts.filter(
            Q(priority__lt=after.priority)
            | Q(priority=after.priority, due_at__gt=after.due_at)
            | Q(priority=after.priority, due_at=after.due_at, id__gt=after.id)
        ).filter(priority__lte=after.priority)
    rows = list(
        drafts.select_related("contact", "owner")
        .only(
            "id", "kind", "channel", "status", "subject", "reason_text", "why_now", "review_reasons", "priority", "due_at",
            "value", "currency", "account_name", "contact__name", "contact__external_id", "owner__name", "owner__username",
        )
        .order_by("-priority", "due_at", "id")[: size + 1]
    )  # fmt: skip
    more = len(rows) > size
    rows = rows[:size]
    last = rows[-1] if rows and more else None
    return QueuePage(rows, QueuePlace(last.priority, last.due_at, last.pk) if last else None)


def tally(drafts: QuerySet[Draft]) -> str:
    """How many there are, as shown on a tab: a number, or "99+"."""
    found = drafts.order_by()[:COUNT_LIMIT].count()
    return str(found) if found < COUNT_LIMIT else f"{COUNT_LIMIT - 1}+"


def next_waiting(user: User, choice: str, drafts: QuerySet[Draft], place: QueuePlace) -> Draft | None:
    """The item to show after one at ``place`` was decided: the next in order, else the first there is."""
    waiting = whose(user, choice, drafts).filter(status=DraftStatus.AWAITING_REVIEW)
    return next(iter(page(waiting, place, 1).rows), None) or next(iter(page(waiting, None, 1).rows), None)
