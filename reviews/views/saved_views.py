"""Filters of a list, kept under a name: which there are, keeping them, and removing them."""

from __future__ import annotations

from dataclasses import dataclass

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST

from outreach.services import Refused
from reviews import services
from reviews.models import SavedView
from reviews.states import ViewOf
from staff.models import Team
from staff.requests import StaffRequest

#: Where each list is.
LISTS = {
    ViewOf.MESSAGES: "reviews:queue",
    ViewOf.CALLS: "reviews:calls",
    ViewOf.INTAKE: "followups:intake",
    ViewOf.LEADS: "followups:leads",
    ViewOf.CUSTOMERS: "retention:customers",
}


@dataclass(frozen=True, slots=True)
class OfferedView:
    """A saved view as it is offered: whether it is what the list shows now, and whether this person may remove it."""

    view: SavedView
    current: bool
    removable: bool


@require_http_methods(["GET", "HEAD", "POST"])
def save_view(request: StaffRequest) -> HttpResponse:
    """The views of a list, of which one more can be kept: what the list shows now, for oneself or for a team."""
    return _keep(request) if request.method == "POST" else _offer(request)


def _offer(request: StaffRequest) -> HttpResponse:
    user, page = request.user, _list(request.GET.get("page", ""))
    try:
        query = services.query_to_keep(request.GET.get("query", ""))
    except ValueError:
        query = ""
    teams = list(services.teams_to_save_for(user))
    views = services.views_of(user, page)
    context = {
        "page": page.value,
        "query": query,
        "list_url": reverse(LISTS[page]),
        "list_label": page.label,
        "teams": teams,
        "offered": [OfferedView(one, one.query == query, services.may_remove(one, user, teams)) for one in views],
    }
    return render(request, "reviews/saved_views.html#views" if request.htmx else "reviews/saved_views.html", context)


def _list(page: str) -> ViewOf:
    return ViewOf(page) if page in ViewOf.values else ViewOf.MESSAGES


def _keep(request: StaffRequest) -> HttpResponse:
    page, query = _list(request.POST.get("page", "")), request.POST.get("query", "")
    team = request.POST.get("team", "")
    try:
        chosen = Team.objects.filter(pk=int(team)).first() if team.isdecimal() and len(team) < 10 else None
        view = services.save_view(
            page=page, name=request.POST.get("name", ""), query=query, by=request.user, team=chosen
        )
    except Refused as refused:
        messages.error(request, refused.sentence)
        return redirect(reverse(LISTS[page]))
    messages.success(request, f"Kept as “{view.name}”{f' for {chosen}' if chosen else ''}.")
    return redirect(f"{reverse(LISTS[page])}?{view.query}")


@require_POST
def remove_view(request: StaffRequest, view_id: int) -> HttpResponse:
    """Forget a view. Nothing else changes."""
    page: str = ViewOf.MESSAGES
    try:
        page = services.remove_view(view_id=view_id, by=request.user)
    except Refused as refused:
        messages.error(request, refused.sentence)
        page = request.POST.get("page", page)
    else:
        messages.success(request, "The view is removed. What it showed stays.")
    return redirect(reverse(LISTS[_list(page)]))
