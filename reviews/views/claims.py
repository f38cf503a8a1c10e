"""What a page says about itself: still open, left, or taken over."""

from __future__ import annotations

from datetime import datetime

from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST

from outreach.models import Call, Draft
from outreach.rules import may_review
from outreach.services import review_facts
from reviews.views.requests import caller, page_behind, reviewer
from staff import services as staff
from staff.requests import StaffRequest
from staff.states import ClaimKind


@require_POST
@reviewer
def claim_message(request: StaffRequest, draft_id: int) -> HttpResponse:
    """A message that this person may see. Only who may decide about it has it open, or takes it over."""
    draft = get_object_or_404(Draft.objects.visible_to(request.user).select_related("owner__team"), pk=draft_id)
    if "release" not in request.POST and not may_review(review_facts(draft=draft, by=request.user)):
        if "take" in request.POST:
            raise PermissionDenied
        return HttpResponse(status=204)
    return _claim(request, ClaimKind.MESSAGE, draft.pk, reverse("reviews:item", args=[draft.pk]))


@require_POST
@caller
def claim_call(request: StaffRequest, call_id: int) -> HttpResponse:
    """A call that this person may see and make."""
    call = get_object_or_404(Call.objects.visible_to(request.user).only("id"), pk=call_id)
    return _claim(request, ClaimKind.CALL, call.pk, reverse("reviews:call", args=[call.pk]))


def _claim(request: StaffRequest, kind: ClaimKind, row_id: int, home: str) -> HttpResponse:
    """Say that a page is still open; with ``release`` that it was left, with ``take`` that somebody takes it over.

    The answer is the notice of who else has it open, empty where nobody has. Whoever takes it over goes on to ``next``,
    or to ``home``, the page of the row. It is no sign of life of the person: a page that was left open ends no later
    than any other sign-in.
    """
    user, now = request.user, timezone.now()
    held = None
    if "release" in request.POST:
        staff.release(kind=kind, row_id=row_id, user=user, until=_moment(request.POST.get("claimed", "")))
    elif "take" in request.POST:
        staff.take_over(kind=kind, row_id=row_id, user=user, now=now)
        page = request.POST.get("next", "")
        safe = url_has_allowed_host_and_scheme(page, {request.get_host()}, require_https=request.is_secure())
        return redirect(page if page and safe else home)
    else:
        held = staff.claim(kind=kind, row_id=row_id, user=user, now=now)
    context = {
        "held": held,
        "claim_url": request.path,
        "claimed_at": now.isoformat(),
        "claim_next": page_behind(request, home),
        "may_take": True,
        "is_call": kind == ClaimKind.CALL,
    }
    return render(request, "staff/claim.html", context)


def _moment(text: str) -> datetime | None:
    """A moment that a page was told, None for what is none."""
    try:
        found = parse_datetime(text)
    except ValueError:
        return None
    return found if found is not None and found.tzinfo is not None else None
