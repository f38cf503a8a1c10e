"""Experiments: what is asked, how it stands, what it brought, and deciding it."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import permission_required
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from retention.forms.playbooks import DecideForm
from retention.models import Experiment
from retention.pages.experiments import listed, told
from retention.services import Refused, experiments
from retention.views.answers import StaffRequest, answer

viewer = permission_required("retention.view_playbook", raise_exception=True)
decider = permission_required("retention.decide_experiments", raise_exception=True)


@require_GET
@viewer
def everything(request: StaffRequest) -> HttpResponse:
    """Every experiment, those that run first, each with what it says so far."""
    return render(request, "retention/experiments.html", {"rows": listed(now=timezone.now())})


@require_GET
@viewer
def experiment(request: StaffRequest, experiment_id: int) -> HttpResponse:
    """One experiment: its design, its sample, its result with charts and tables, and its money."""
    return _show(request, _found(experiment_id))


@require_POST
@viewer
@decider
def decide(request: StaffRequest, experiment_id: int) -> HttpResponse:
    """What follows from it, and why. It is decided once."""
    found = _found(experiment_id)
    form = DecideForm(request.POST)
    if not form.is_valid():
        return _show(request, found, status=422, decide_form=form, open_form="decide_form")
    try:
        experiments.decide(experiment=found, by=request.user, now=timezone.now(), **form.cleaned_data)
    except Refused as refused:
        fresh = _found(experiment_id)
        return _show(request, fresh, status=422, decide_form=form, open_form="decide_form", problem=refused.sentence)
    if request.htmx:
        return _show(request, _found(experiment_id), done="Decided.")
    messages.success(request, "Decided. Whoever was assigned is measured to the end all the same.")
    return redirect("retention:experiment", experiment_id)


def _found(experiment_id: int) -> Experiment:
    rows = Experiment.objects.select_related("version__playbook", "decided_by")
    return get_object_or_404(rows, pk=experiment_id)


def _show(request: StaffRequest, found: Experiment, *, status: int = 200, **extra: Any) -> HttpResponse:
    context = {"told": told(found, now=timezone.now()), "experiment": found, "decide_form": DecideForm(), **extra}
    return answer(request, "retention/experiment.html", "experiment", context, status=status)
