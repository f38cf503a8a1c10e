"""The review queue, and what came into it since one looked."""

from __future__ import annotations

from datetime import datetime
from urllib.parse import urlencode

from django.http import HttpResponse, QueryDict
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET

from outreach.models import Draft
from reviews.filters import SNOOZED, QueueFilter, address_of, kept
from reviews.queue import TABS, arrived_since, colleagues_of, page, whose
from reviews.rows import queue_rows
from reviews.rules import QueuePlace, place_from_text, place_to_text
from reviews.views.deciding import undo_of
from reviews.views.requests import kept_query, reviewer, same_view, tab
from reviews.work_counts import queue_counts
from staff.requests import StaffRequest


@require_GET
@reviewer
def queue(request: StaffRequest) -> HttpResponse:
    """The messages that wait for a decision: mine, my team's, or nobody's."""
    user, now = request.user, timezone.now()
    chosen, colleagues = tab(request.GET), colleagues_of(user)
    narrowed = QueueFilter(request.GET, queryset=whose(user, chosen, Draft.objects.all(), colleagues))
    drafts = narrowed.qs if narrowed.form.is_valid() else Draft.objects.none()
    shown = page(drafts, place_from_text(request.GET.get("after", "")))
    counted = queue_counts(user, now, colleagues)
    items_url, query = reverse("reviews:queue"), kept_query(request.GET)
    context = {
        "section": "queue",
        "tabs": [
            {"label": label, "url": f"?whose={key}", "current": key == chosen, "tally": counted.tallies[key]}
            for key, label in TABS.items()
        ],
        "work_tabs": counted.work,
        "whose": chosen,
        "filter": narrowed,
        "chips": narrowed.chips(),
        "snoozed": narrowed.data.get("status") == SNOOZED,
        "rows": queue_rows(shown.rows, items_url=items_url, query=query, with_owner=chosen == "team", now=now),
        "first_item_url": f"{items_url}{shown.rows[0].pk}/{query}" if shown.rows else "",
        "first_url": (query or "?") if request.GET.get("after") else "",
        "next_url": address_of(request.GET, after=place_to_text(shown.next_place)) if shown.next_place else "",
        "many_url": reverse("reviews:many") + query if len(shown.rows) > 1 else "",
        "undo": undo_of(request, now),
        "arrived_url": _arrived_url(request.GET, now),
        "query": query,
    }
    return render(request, "reviews/queue.html", context)


@require_GET
@reviewer
def arrived(request: StaffRequest) -> HttpResponse:
    """How many came into this view of the queue since it was opened. Asked by the page itself, every few seconds."""
    since = place_from_text(request.GET.get("since", ""))
    if since is None:
        return HttpResponse(status=204)
    count = arrived_since(same_view(request), since.rank_at, timezone.now())
    if not count:
        return HttpResponse(status=204)
    context = {"arrived": count, "queue_url": reverse("reviews:queue") + kept_query(request.GET)}
    return render(request, "reviews/queue.html#arrived", context)


def _arrived_url(given: QueryDict, now: datetime) -> str:
    since = place_to_text(QueuePlace(now, 0))
    return f"{reverse('reviews:arrived')}?{urlencode({**kept(given), 'since': since})}"
