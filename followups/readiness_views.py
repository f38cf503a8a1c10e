"""The page that says whether the no-response workflow is ready, and what to do where it is not."""

from __future__ import annotations

from django.contrib.auth.decorators import permission_required
from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_GET

from followups import services
from followups.models import Lead
from staff.requests import StaffRequest

#: How each state of a condition looks.
BADGES: dict[str, tuple[str, str]] = {
    "ok": ("badge-ok", "In order"),
    "gap": ("badge-stop", "Nothing new begins"),
    "look": ("badge-warn", "Worth a look"),
    "info": ("badge-info", "To know"),
}
CONTRADICTING_SHOWN = 20


@require_GET
@permission_required("followups.view_lead", raise_exception=True)
def readiness(request: StaffRequest) -> HttpResponse:
    """Every condition with its state, what was measured and the remedy. Nothing on it can be ticked."""
    now = timezone.now()
    found = [*services.conditions(now), *services.known_about_leads()]
    contradicting = services.contradicting(Lead.objects.visible_to(request.user), now).select_related("contact")
    context = {
        "section": "leads",
        "conditions": [(one, *BADGES[one.state]) for one in found],
        "gaps": [one for one in found if one.state == "gap"],
        "contradicting": contradicting.order_by("disposition_at", "pk")[:CONTRADICTING_SHOWN],
    }
    return render(request, "followups/readiness.html", context)
