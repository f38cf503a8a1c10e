"""The list of those in nurture, and the two ways out that a person has."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import permission_required
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from followups import nurture_listing, services
from followups.models import Lead
from followups.states import Disposition
from staff.requests import StaffRequest

viewer = permission_required("followups.view_lead", raise_exception=True)


class ReasonForm(forms.Form):
    """A few words, judged by the service."""

    reason = forms.CharField(max_length=500, required=False)


@require_GET
@viewer
def nurture(request: StaffRequest) -> HttpResponse:
    """Who may fit later, since when, and how far the slow rhythm is."""
    return _list(request)


@require_POST
@viewer
def take_back(request: StaffRequest, lead_id: int) -> HttpResponse:
    """Follow up again, with something to say."""
    lead, now = _may_change(request, lead_id), timezone.now()
    try:
        services.take_back(lead=lead, reason=_reason(request), by=request.user, now=now)
    except services.Refused as refused:
        return _list(request, status=422, problem=refused.sentence, open_lead=lead.pk)
    for _ in services.sweep(now=now, lead_ids=[lead.pk]):
        pass
    messages.success(request, "Taken back into follow-up.")
    return redirect("followups:lead", lead.pk)


@require_POST
@viewer
def close_nurture(request: StaffRequest, lead_id: int) -> HttpResponse:
    """Nobody writes to them any more, for the reason given."""
    lead, reason = _may_change(request, lead_id), _reason(request)
    if lead.disposition != Disposition.NURTURE:
        return _list(request, status=422, problem="This lead is not in nurture any more.")
    if not reason:
        return _list(request, status=422, problem="Say in a few words why it ends here.", open_lead=lead.pk)
    try:
        services.close_out(
            lead=lead, disposition=Disposition.NO_RESPONSE, reason=reason, by=request.user, now=timezone.now()
        )
    except services.Refused as refused:
        return _list(request, status=422, problem=refused.sentence, open_lead=lead.pk)
    messages.success(request, "Closed.")
    return redirect("followups:nurture")


def _reason(request: StaffRequest) -> str:
    form = ReasonForm(request.POST)
    return " ".join(form.cleaned_data["reason"].split()) if form.is_valid() else ""


def _may_change(request: StaffRequest, lead_id: int) -> Lead:
    visible = Lead.objects.visible_to(request.user).select_related("owner__team", "contact")
    lead = get_object_or_404(visible, pk=lead_id)
    if reason := services.why_not_change(lead=lead, user=request.user):
        raise PermissionDenied(reason)
    return lead


def _list(request: StaffRequest, *, status: int = 200, **extra: Any) -> HttpResponse:
    after, now = request.GET.get("after", ""), timezone.now()
    shown = nurture_listing.page(nurture_listing.in_nurture(request.user), after, now)
    context = {
        "section": "leads",
        "rows": [(row, not services.why_not_change(lead=row.lead, user=request.user)) for row in shown.rows],
        "now": now,
        "after": after,
        "following": shown.following,
        **extra,
    }
    return render(request, "followups/nurture.html", context, status=status)
