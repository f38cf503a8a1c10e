"""Pages of the quiet leads."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render

from followups.models import Lead


def leads(request: HttpRequest) -> HttpResponse:
    """The leads this person may see."""
    found = Lead.objects.visible_to(request.user).select_related("contact", "account", "owner")[:50]
    return render(request, "followups/leads.html", {"section": "leads", "leads": found})


def lead(request: HttpRequest, lead_id: int) -> HttpResponse:
    """One lead. Somebody else's lead does not exist for a person who may not see it."""
    found = get_object_or_404(Lead.objects.visible_to(request.user).select_related("contact", "account"), pk=lead_id)
    return render(request, "followups/lead.html", {"section": "leads", "lead": found})
