"""What a page says about itself: still open, left, or taken over."""

from __future__ import annotations

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST

from staff import services
from staff.models import User
from staff.states import ClaimKind

#: Who may have what open. Whose claims count for one row is decided where the row is decided about.
PERMISSION = {
    ClaimKind.MESSAGE: "reviews.review_drafts",
    ClaimKind.CALL: "outreach.make_calls",
    ClaimKind.INTAKE: "followups.view_intakecase",
}


@require_POST
def claim(request: HttpRequest, kind: str, row_id: int) -> HttpResponse:
    """Say that a page is still open; with ``release`` that it was left, with ``take`` that somebody takes it over.

    The answer is the notice of who else has it open, empty where nobody has. A form without a script goes on to
    ``next``. It is no sign of life of the person: a page that was left open ends no later than any other sign-in.
    """
    if kind not in ClaimKind.values or row_id > 2**63 - 1:
        raise Http404
    user = request.user
    assert isinstance(user, User)
    which = ClaimKind(kind)
    if not user.has_perm(PERMISSION[which]):
        raise PermissionDenied
    now = timezone.now()
    held = None
    if "release" in request.POST:
        services.release(kind=which, row_id=row_id, user=user)
    elif "take" in request.POST:
        services.take_over(kind=which, row_id=row_id, user=user, now=now)
    else:
        held = services.claim(kind=which, row_id=row_id, user=user, now=now)
    page = request.POST.get("next", "")
    if page and url_has_allowed_host_and_scheme(page, {request.get_host()}, require_https=request.is_secure()):
        return redirect(page)
    return render(request, "staff/claim.html", {"held": held, "claim_url": request.path, "may_take": True})
