"""Filters of lists, kept under a name for oneself or for a team."""

from __future__ import annotations

from collections.abc import Iterable
from urllib.parse import parse_qsl, urlencode

from django.db import transaction
from django.db.models import Q, QuerySet

from outreach.rendering import one_line
from outreach.services import NotPermitted, Refused
from reviews.models import LONGEST_QUERY, SavedView
from reviews.states import ViewOf
from staff.models import Team, User
from staff.services import record

LONGEST_NAME = 60
#: So many views of one list somebody can still choose among; more would hide what waits.
MOST_VIEWS = 20
#: Parts of an address that say where one is, not what one looks at.
_PLACES = frozenset({"after", "since", "page", "csrfmiddlewaretoken"})


def views_of(user: User, page: str) -> QuerySet[SavedView]:
    """The views of one list that somebody can choose: their own, their team's, and those of teams they manage."""
    of_teams = Q(team__manager=user) | Q(team__isnull=False, team=user.team_id)
    return SavedView.objects.filter(Q(user=user) | of_teams, page=page).select_related("team").order_by("name", "id")


def teams_to_save_for(user: User) -> QuerySet[Team]:
    """The teams whose views ``user`` keeps: those they manage; every team for whoever runs the site."""
    return Team.objects.all() if user.is_superuser else Team.objects.filter(manager=user)


def query_to_keep(query: str) -> str:
    """What of an address names the view: its filters, each once, without the page one was on."""
    parts = dict(parse_qsl(query.removeprefix("?"), max_num_fields=200, errors="replace"))
    return urlencode({name: value for name, value in sorted(parts.items()) if name not in _PLACES})


@transaction.atomic
def save_view(*, page: str, name: str, query: str, by: User, team: Team | None = None) -> SavedView:
    """Keep the filters of a list under a name, for oneself or for a team one manages. The same name replaces what it
    stood for. Raises Refused or NotPermitted."""
    if page not in ViewOf.values:
        raise Refused("There is no such list.")
    name = one_line(name)
    if not name:
        raise Refused("Give the view a name.")
    if len(name) > LONGEST_NAME:
        raise Refused(f"The name has {len(name)} characters. Shorten it to {LONGEST_NAME}.")
    if team is not None and not teams_to_save_for(by).filter(pk=team.pk).exists():
        raise NotPermitted("Only the manager of a team keeps views for it. Keep it for yourself.")
    try:
        kept = query_to_keep(query)
    except ValueError as many:
        raise Refused("There are too many filters to keep. Remove some.") from many
    if len(kept) > LONGEST_QUERY:
        raise Refused("The filters are too long to keep. Remove some.")
    # Two views saved at once wait for each other here, so that both count.
    User.objects.select_for_update(no_key=True).get(pk=by.pk)
    mine = SavedView.objects.filter(page=page, user=None if team else by, team=team)
    if mine.exclude(name=name).count() >= MOST_VIEWS:
        raise Refused(f"There are {MOST_VIEWS} views of this list already. Remove one first.")
    view, _ = SavedView.objects.update_or_create(
        user=None if team else by, team=team, page=page, name=name, defaults={"query": kept}
    )
    record(
        action="reviews.save_view", actor=by, on=view, summary="View of a list saved",
        detail={"page": page, "team": team.pk if team else None},
    )  # fmt: skip
    return view


@transaction.atomic
def remove_view(*, view_id: int, by: User) -> str:
    """Forget a view; says of which list it was. Raises Refused where it is gone, NotPermitted where it is another's."""
    view = SavedView.objects.select_related("team").filter(pk=view_id).first()
    if view is None:
        raise Refused("This view was removed already.")
    if not may_remove(view, by, teams_to_save_for(by)):
        raise NotPermitted("This view belongs to somebody else. Only they can remove it.")
    record(
        action="reviews.remove_view", actor=by, on=view, summary="View of a list removed", detail={"page": view.page}
    )
    view.delete()
    return str(view.page)


def may_remove(view: SavedView, by: User, teams: Iterable[Team]) -> bool:
    """Whether somebody may forget this view. ``teams`` are those they keep views for."""
    return view.user_id == by.pk if view.team_id is None else view.team_id in {team.pk for team in teams}
