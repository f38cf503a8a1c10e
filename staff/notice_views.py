"""What somebody is told, and how they want to be told."""

from __future__ import annotations

from urllib.parse import urlencode

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from staff import services
from staff.forms import NoticeChoicesForm
from staff.models import Notification
from staff.requests import StaffRequest

PAGE = 30
#: Longer numbers are no ids, and the database has no room for them.
LONGEST_NUMBER = 18


@require_safe
def notices(request: StaffRequest) -> HttpResponse:
    """What I was told, newest first: what I have not read, or everything. A page begins after the one last seen."""
    every = request.GET.get("show") == "all"
    mine = Notification.objects.filter(user=request.user)
    if not every:
        mine = mine.filter(read_at=None)
    before = request.GET.get("before", "")
    older = before.isascii() and before.isdecimal() and len(before) <= LONGEST_NUMBER
    page = list((mine.filter(pk__lt=int(before)) if older else mine).order_by("-pk")[: PAGE + 1])
    kept = {"show": "all"} if every else {}
    shown = page[:PAGE]
    return render(
        request,
        "staff/notices.html",
        {
            "notices": shown,
            "every": every,
            "next_url": f"?{urlencode(kept | {'before': shown[-1].pk})}" if len(page) > PAGE else "",
            "newest_url": f"?{urlencode(kept)}" if older else "",
            "section": "notices",
        },
    )


@require_safe
def open_notice(request: StaffRequest, notice_id: int) -> HttpResponse:
    """Go to what a notice is about. It counts as read from then on, which is all that this address writes."""
    notice = get_object_or_404(Notification, pk=notice_id, user=request.user)
    if request.method == "GET":
        services.read_notices(user=request.user, ids=[notice.pk], now=timezone.now())
    return HttpResponseRedirect(notice.url)


@require_POST
def read_notices(request: StaffRequest) -> HttpResponse:
    """I have read this one, or all of them."""
    chosen = request.POST.get("notice", "")
    if chosen and not (chosen.isascii() and chosen.isdecimal() and len(chosen) <= LONGEST_NUMBER):
        return redirect("staff:notices")
    count = services.read_notices(user=request.user, ids=[int(chosen)] if chosen else None, now=timezone.now())
    if count and not chosen:
        messages.success(request, "All notices are marked as read.")
    return redirect("staff:notices")


@require_http_methods(["GET", "HEAD", "POST"])
def choose_notices(request: StaffRequest) -> HttpResponse:
    """How I want to be told of each kind of thing, and when my digest comes."""
    user = request.user
    form = NoticeChoicesForm(request.POST or None, user=user)
    if request.method == "POST" and form.is_valid():
        services.choose_notices(user=user, choices=form.choices(), digest_at=form.cleaned_data["digest_at"])
        messages.success(request, "Saved. It holds for the next notice.")
        return redirect("staff:notice_choices")
    context = {"form": form, "team": user.team, "section": "notices"}
    return render(request, "staff/notice_choices.html", context, status=422 if form.errors else 200)
