"""One message: why this person, why now, what it says, where it goes."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from reviews.views.deciding import open_item, show, visible
from reviews.views.requests import page_behind, reviewer
from staff.requests import StaffRequest


@require_GET
@reviewer
def item(request: StaffRequest, draft_id: int) -> HttpResponse:
    """One message, as far as somebody may see it."""
    return show(request, visible(request, draft_id))


@require_POST
@reviewer
def seen(request: StaffRequest, draft_id: int) -> HttpResponse:
    """A page that was fetched ahead of time is on the screen now: it is open, and its text was seen.

    Nothing is kept, and nothing answered, about a text that is another one by now: the page is asked for again.
    """
    draft = visible(request, draft_id)
    if request.POST.get("fingerprint") != draft.fingerprint:
        return HttpResponse(status=204)
    now = timezone.now()
    context = {
        "held": open_item(request, draft, now),
        "claim_url": reverse("reviews:claim_message", args=[draft.pk]),
        "claimed_at": now.isoformat(),
        "claim_next": page_behind(request, reverse("reviews:item", args=[draft.pk])),
        "may_take": True,
    }
    return render(request, "staff/claim.html", context)
