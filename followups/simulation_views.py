"""Pages of simulations: asking for one, watching it, and reading what a draft of a cadence would do."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import permission_required
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from followups import services
from followups.answering import answer
from followups.models import CadenceVersion, Simulation
from followups.services.simulating import UNDER_WAY, names_are_kept_until
from followups.simulated import Found, named
from followups.states import DecisionKind, SimulationStatus, VersionStatus
from staff.requests import StaffRequest

viewer = permission_required("followups.view_simulation", raise_exception=True)
starter = permission_required("followups.add_simulation", raise_exception=True)

BADGES: dict[str, str] = {
    SimulationStatus.WAITING: "badge-wait",
    SimulationStatus.RUNNING: "badge-info",
    SimulationStatus.DONE: "badge-ok",
    SimulationStatus.FAILED: "badge-stop",
    SimulationStatus.CANCELLED: "badge-quiet",
}
#: So many of the latest are listed.
LISTED = 50


class SimulationForm(forms.Form):
    """Which draft to try, and for which moment."""

    version = forms.ModelChoiceField(
        label="Draft",
        queryset=CadenceVersion.objects.filter(status=VersionStatus.DRAFT)
        .select_related("cadence")
        .order_by("cadence__name", "number"),
        empty_label="Choose a draft",
        error_messages={"invalid_choice": "This is no draft any more. Choose another one."},
    )
    as_of = forms.DateTimeField(
        label="As of",
        required=False,
        help_text="Empty: now. A day in the past stands for its first moment, UTC.",
        widget=forms.DateInput(attrs={"type": "date"}),
    )


@require_http_methods(["GET", "POST"])
@viewer
def simulate(request: StaffRequest) -> HttpResponse:
    """The latest simulations, and starting another one."""
    if request.method == "GET":
        return _list(request, SimulationForm(initial={"version": request.GET.get("version", "")}))
    if not request.user.has_perm("followups.add_simulation"):
        raise PermissionDenied("You may not simulate cadences.")
    form = SimulationForm(request.POST)
    if not form.is_valid():
        return _list(request, form, status=422)
    try:
        asked = services.request_simulation(
            version=form.cleaned_data["version"],
            as_of=form.cleaned_data["as_of"],
            by=request.user,
            now=timezone.now(),
        )
    except services.Refused as refused:
        form.add_error(None, refused.sentence)
        return _list(request, form, status=422)
    return redirect("followups:simulation", asked.pk)


@require_GET
@viewer
def simulation(request: StaffRequest, simulation_id: int) -> HttpResponse:
    """How far a simulation is, and what came of it."""
    found = _simulation(simulation_id)
    context: dict[str, Any] = {
        "section": "leads",
        "simulation": found,
        "badge": BADGES[found.status],
        "busy": found.status in UNDER_WAY,
        "may_start": request.user.has_perm("followups.add_simulation"),
        "is_draft": found.version.status == VersionStatus.DRAFT,
        "may_open_draft": request.user.is_staff and request.user.has_perm("followups.change_cadenceversion"),
    }
    if found.status == SimulationStatus.DONE:
        until = names_are_kept_until(found)
        context |= {
            "found": Found(found),
            "kept_until": until,
            "named": until is not None and until > timezone.now(),
            "gaps": services.why_not_start(timezone.now()),
        }
    return answer(request, "followups/simulation.html", "simulation", context)


@require_GET
@viewer
def simulated_leads(request: StaffRequest, simulation_id: int) -> HttpResponse:
    """The leads that get one thing now and would get another, or the same, by the draft."""
    found = _simulation(simulation_id)
    now, then = request.GET.get("now", ""), request.GET.get("then", "")
    if found.status != SimulationStatus.DONE or not {now, then} <= set(DecisionKind.values):
        raise Http404("There is no such list in this simulation.")
    after = _place(request.GET.get("after", ""))
    rows, following = named(found, request.user, now=now, then=then, after=after)
    here = reverse("followups:simulated_leads", args=[found.pk])
    cell = {"now": now, "then": then}
    context = {
        "section": "leads",
        "simulation": found,
        "now_label": DecisionKind(now).label,
        "then_label": DecisionKind(then).label,
        "rows": rows,
        "sees_all": request.user.has_perm("followups.see_every_lead"),
        "kept_until": names_are_kept_until(found),
        "first_url": f"{here}?{urlencode(cell)}" if after else "",
        "next_url": f"{here}?{urlencode({**cell, 'after': str(following)})}" if following is not None else "",
    }
    return answer(request, "followups/simulation_leads.html", "simulated", context)


@require_POST
@viewer
@starter
def cancel_simulation(request: StaffRequest, simulation_id: int) -> HttpResponse:
    """Stop a simulation that waits or runs."""
    try:
        services.cancel_simulation(simulation=_simulation(simulation_id), by=request.user, now=timezone.now())
    except services.Refused as refused:
        messages.warning(request, refused.sentence)
    else:
        messages.success(request, "Cancelled.")
    return redirect("followups:simulation", simulation_id)


def _list(request: StaffRequest, form: SimulationForm, *, status: int = 200) -> HttpResponse:
    latest = Simulation.objects.select_related("version__cadence", "requested_by").order_by("-pk")[:LISTED]
    context = {
        "section": "leads",
        "form": form,
        "may_start": request.user.has_perm("followups.add_simulation"),
        "has_drafts": CadenceVersion.objects.filter(status=VersionStatus.DRAFT).exists(),
        "may_see_cadences": request.user.is_staff and request.user.has_perm("followups.view_cadence"),
        "simulations": [{"simulation": one, "badge": BADGES[one.status]} for one in latest],
    }
    return answer(request, "followups/simulations.html", "simulations", context, status=status)


def _simulation(simulation_id: int) -> Simulation:
    return get_object_or_404(Simulation.objects.select_related("version__cadence", "requested_by"), pk=simulation_id)


def _place(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else 0
