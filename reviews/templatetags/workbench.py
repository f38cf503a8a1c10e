"""The tabs of the workbench and the saved views of a list, for pages of any app: these know nothing of `reviews`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django import template
from django.utils import timezone

from reviews.models import SavedView
from reviews.services import may_remove, query_to_keep, teams_to_save_for, views_of
from reviews.work_counts import WorkTab, work_tabs
from staff.models import Team, User

register = template.Library()


@dataclass(frozen=True, slots=True)
class OfferedView:
    """A saved view as it is offered: whether it is what the list shows now, and whether this person may remove it."""

    view: SavedView
    current: bool
    removable: bool


@dataclass(frozen=True, slots=True)
class OfferedViews:
    """What can be chosen, what would be kept, and for which teams beside oneself."""

    views: list[OfferedView]
    query: str
    teams: list[Team]


@register.simple_tag
def tabs_of_work(user: User) -> list[WorkTab]:
    """Messages, calls and intake with how much of each waits, as far as this person may see them. One query."""
    return work_tabs(user, timezone.now())


@register.simple_tag(takes_context=True)
def offered_views(context: dict[str, Any], page: str) -> OfferedViews:
    """The saved views of a list. Two queries."""
    request = context["request"]
    user = request.user
    try:
        query = query_to_keep(request.GET.urlencode())
    except ValueError:
        query = ""
    teams = list(teams_to_save_for(user))
    views = [OfferedView(one, one.query == query, may_remove(one, user, teams)) for one in views_of(user, page)]
    return OfferedViews(views, query, teams)
