"""Calls in a calendar: one as a file, or all of one's own at an address that only its owner knows."""

from __future__ import annotations

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST, require_safe

from outreach.models import Call
from reviews.calls.files import CONTENT_TYPE, feed_of, file_of
from reviews.calls.pages import desk
from reviews.views.calls import viewer
from reviews.views.requests import caller
from staff.requests import StaffRequest
from staff.services.calendar_feeds import end_calendar, has_calendar, new_calendar_secret, whose_calendar


@require_GET
@viewer
@caller
def call_file(request: StaffRequest, call_id: int) -> HttpResponse:
    """One call that waits, as a file for a calendar, at the best moment for it."""
    waiting = Call.objects.visible_to(request.user).waiting().select_related("contact__account", "owner")
    row = get_object_or_404(waiting, pk=call_id)
    now = timezone.now()
    answer = HttpResponse(
        file_of(row, starts_at=desk(row, request.user, now).starts_at, now=now), content_type=CONTENT_TYPE
    )
    answer["Content-Disposition"] = f'attachment; filename="call-{row.pk}.ics"'
    return answer


@require_GET
@viewer
@caller
def call_calendar(request: StaffRequest) -> HttpResponse:
    """Whether there is a private calendar, and how to get one."""
    return _page(request)


@require_POST
@viewer
@caller
def new_calendar(request: StaffRequest) -> HttpResponse:
    """A new address. It is shown in this one answer and kept nowhere."""
    secret = new_calendar_secret(user=request.user)
    answer = _page(request, settings.PUBLIC_URL + reverse("reviews:call_feed", args=[secret]))
    answer["Cache-Control"] = "no-store"
    return answer


@require_POST
@viewer
@caller
def end_call_calendar(request: StaffRequest) -> HttpResponse:
    """The address opens nothing any more."""
    if end_calendar(user=request.user):
        messages.success(request, "Your private calendar ended. Its address opens nothing any more.")
    return redirect("reviews:call_calendar")


@require_safe
@login_not_required
def call_feed(request: HttpRequest, secret: str) -> HttpResponse:
    """The calls and promises of whoever has this secret, for a program that asks again and again.

    Gone with the secret, with the account, and with the right to make calls.
    """
    user = whose_calendar(secret)
    if user is None or not user.has_perm("outreach.make_calls"):
        raise Http404
    answer = HttpResponse(feed_of(user, timezone.now()), content_type=CONTENT_TYPE)
    answer["Cache-Control"] = "private, max-age=300"
    return answer


def _page(request: StaffRequest, address: str = "") -> HttpResponse:
    context = {"section": "calls", "address": address, "has_one": has_calendar(request.user)}
    return render(request, "reviews/calls/calendar.html", context)
