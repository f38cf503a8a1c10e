"""The start page."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_GET

from followups import planned
from outreach.models import Draft, Reply
from reviews.queue import TABS, page, tallies, tally, whose
from reviews.views.requests import StaffRequest

#: How many of the next messages the start page names.
COMING = 5


@require_GET
def home(request: StaffRequest) -> HttpResponse:
    """What waits for this person today, and one next step."""
    user = request.user
    context: dict[str, Any] = {"section": "home"}
    if user.has_perm("followups.view_lead"):
        due = planned.due(user, timezone.now())
        if plans := list(due[: planned.DUE_SHOWN]):
            context |= {"due_plans": plans, "due_tally": tally(due)}
    if user.has_perm("reviews.review_drafts"):
        waiting = Draft.objects.awaiting_review()
        found = tallies(user, waiting)
        context["tallies"] = [(label, key, found[key]) for key, label in TABS.items()]
        context["maybe_sent"] = tally(Draft.objects.visible_to(user).unsettled())
        if user.has_perm("outreach.view_reply"):
            context["held_replies"] = tally(Reply.objects.visible_to(user).held())
        context["coming"] = page(whose(user, "mine", waiting), None, COMING).rows
    return render(request, "reviews/home.html", context)
