"""Keeping the filters of a list under a name."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.http import require_POST

from outreach.services import Refused
from reviews import services
from reviews.states import ViewOf
from reviews.views.requests import StaffRequest
from staff.models import Team

#: Where each list is.
LISTS = {
    ViewOf.MESSAGES: "reviews:queue",
    ViewOf.CALLS: "reviews:calls",
    ViewOf.INTAKE: "followups:intake",
    ViewOf.LEADS: "followups:leads",
    ViewOf.CUSTOMERS: "retention:customers",
}


@require_POST
def save_view(request: StaffRequest) -> HttpResponse:
    """Keep what the list shows now, for oneself or for a team."""
    page, query = request.POST.get("page", ""), request.POST.get("query", "")
    if page not in ViewOf.values:
        page = ViewOf.MESSAGES
    team = request.POST.get("team", "")
    try:
        chosen = Team.objects.filter(pk=int(team)).first() if team.isdecimal() and len(team) < 10 else None
        view = services.save_view(
            page=page, name=request.POST.get("name", ""), query=query, by=request.user, team=chosen
        )
    except Refused as refused:
        messages.error(request, refused.sentence)
        return redirect(reverse(LISTS[ViewOf(page)]))
    messages.success(request, f"Kept as “{view.name}”{f' for {chosen}' if chosen else ''}.")
    return redirect(f"{reverse(LISTS[ViewOf(page)])}?{view.query}")


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
    return redirect(reverse(LISTS[ViewOf(page) if page in ViewOf.values else ViewOf.MESSAGES]))
