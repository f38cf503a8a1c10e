"""What a page says about itself: still open, left, or taken over."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST

from outreach.models import Call, Draft
from reviews.views.requests import caller, reviewer
from staff import services as staff
from staff.requests import StaffRequest
from staff.states import ClaimKind


@require_POST
@reviewer
def claim_message(request: StaffRequest, draft_id: int) -> HttpResponse:
    """A message that this person may see. Whether their claim counts is asked where it is decided about."""
    draft = get_object_or_404(Draft.objects.visible_to(request.user).only("id"), pk=draft_id)
    return _claim(request, ClaimKind.MESSAGE, draft.pk)


@require_POST
@caller
def claim_call(request: StaffRequest, call_id: int) -> HttpResponse:
    """A call that this person may see and make."""
    call = get_object_or_404(Call.objects.visible_to(request.user).only("id"), pk=call_id)
    return _claim(request, ClaimKind.CALL, call.pk)


def _claim(request: StaffRequest, kind: ClaimKind, row_id: int) -> HttpResponse:
    """Say that a page is still open; with ``release`` that it was left, with ``take`` that somebody takes it over.

    The answer is the notice of who else has it open, empty where nobody has. A form without a script goes on to
    ``next``. It is no sign of life of the person: a page that was left open ends no later than any other sign-in.
    """
    user, now = request.user, timezone.now()
    held = None
    if "release" in request.POST:
        staff.release(kind=kind, row_id=row_id, user=user)
    elif "take" in request.POST:
        staff.take_over(kind=kind, row_id=row_id, user=user, now=now)
    else:
        held = staff.claim(kind=kind, row_id=row_id, user=user, now=now)
    page = request.POST.get("next", "")
    if page and url_has_allowed_host_and_scheme(page, {request.get_host()}, require_https=request.is_secure()):
        return redirect(page)
    return render(request, "staff/claim.html", {"held": held, "claim_url": request.path, "may_take": True})
