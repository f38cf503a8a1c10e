"""The start page."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_GET

from reviews.home import calendar_for, needs_of, news_for, reckon, won_by
from staff.requests import StaffRequest


@require_GET
def home(request: StaffRequest) -> HttpResponse:
    """What needs this person now, what changed since they were last here, and what they won this week."""
    user, now = request.user, timezone.now()
    calendar = calendar_for(user)
    days = reckon(now, calendar)
    needs = needs_of(user, now, calendar)
    context: dict[str, Any] = {
        "section": "home",
        "needs": needs,
        "first": needs[0] if needs else None,
        "days": days,
        "news": news_for(user, days.since),
        "won": won_by(user, days.week),
        "has_a_role": bool(user.get_all_permissions()),
        "of_everybody": user.has_perm("reviews.review_every_team"),
    }
    return render(request, "reviews/home.html", context)
