"""What the pages of the workbench share: who asks, whose work it is, and the view of the queue they came from."""

from __future__ import annotations

from urllib.parse import urlsplit

from django.contrib.auth.decorators import permission_required
from django.http import QueryDict

from outreach.models import Draft
from outreach.models.drafts import DraftQuerySet
from reviews.filters import QueueFilter, address_of
from reviews.queue import TABS, whose
from staff.requests import StaffRequest

reviewer = permission_required("reviews.review_drafts", raise_exception=True)
caller = permission_required("outreach.make_calls", raise_exception=True)


def same_view(request: StaffRequest) -> DraftQuerySet:
    """What the queue shows with the tab and filters that the reviewer came from."""
    drafts = whose(request.user, tab(request.GET), Draft.objects.all())
    narrowed = QueueFilter(request.GET, queryset=drafts)
    return narrowed.qs if narrowed.form.is_valid() else drafts.none()


def tab(query: QueryDict) -> str:
    chosen = query.get("whose", "mine")
    return chosen if chosen in TABS else "mine"


def kept_query(query: QueryDict) -> str:
    """The view of the queue that somebody came from, as an address leads back to it."""
    return address_of(query)


def page_behind(request: StaffRequest, home: str) -> str:
    """The page that asks by itself, with its filters, where it is the one at ``home``; else that one."""
    here = (request.htmx.current_url_abs_path if request.htmx else None) or home
    return here if urlsplit(here).path == home else home
