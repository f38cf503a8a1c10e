"""The review queue."""

from __future__ import annotations

from django.http import HttpResponse, QueryDict
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_GET

from outreach.models import Draft
from reviews.filters import QueueFilter
from reviews.queue import TABS, page, tallies, whose
from reviews.rows import queue_rows
from reviews.rules import place_from_text, place_to_text
from reviews.views.requests import StaffRequest, kept_query, reviewer, tab


@require_GET
@reviewer
def queue(request: StaffRequest) -> HttpResponse:
    """The messages that wait for a decision: mine, my team's, or nobody's."""
    user = request.user
    chosen = tab(request.GET)
    narrowed = QueueFilter(request.GET, queryset=whose(user, chosen, Draft.objects.all()))
    drafts = narrowed.qs if narrowed.form.is_valid() else Draft.objects.none()
    shown = page(drafts, place_from_text(request.GET.get("after", "")))
    found = tallies(user, Draft.objects.awaiting_review())
    items_url, query = reverse("reviews:queue"), kept_query(request.GET)
    context = {
        "tabs": [
            {"label": label, "url": f"?whose={key}", "current": key == chosen, "tally": found[key]}
            for key, label in TABS.items()
        ],
        "whose": chosen,
        "filter": narrowed,
        "chips": narrowed.chips(),
        "rows": queue_rows(shown.rows, items_url=items_url, query=query, with_owner=chosen == "team"),
        "first_item_url": f"{items_url}{shown.rows[0].pk}/{query}" if shown.rows else "",
        "first_url": _address(request.GET, after="") if request.GET.get("after") else "",
        "next_url": _address(request.GET, after=place_to_text(shown.next_place)) if shown.next_place else "",
    }
    return render(request, "reviews/queue.html", context)


def _address(query: QueryDict, *, after: str) -> str:
    """The same page of the queue, from another place on. Empty: from its beginning."""
    rest = query.copy()
    rest.pop("after", None)
    if after:
        rest["after"] = after
    return f"?{rest.urlencode()}"
