"""Experiments: what is asked, how it stands, what it brought, and deciding it."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import permission_required
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from retention.forms.playbook_drafts import DesignForm, of_experiment
from retention.forms.playbooks import DecideForm
from retention.models import Experiment
from retention.pages.experiments import design_of, listed, told
from retention.services import Refused, experiments
from retention.services.playbooks import PlaybookHasProblems
from retention.states import ExperimentStatus
from retention.views.answers import answer
from staff.requests import StaffRequest

viewer = permission_required("retention.view_playbook", raise_exception=True)
designer = permission_required("retention.publish_playbooks", raise_exception=True)
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


@require_http_methods(["GET", "HEAD", "POST"])
@viewer
@designer
def design(request: StaffRequest, experiment_id: int) -> HttpResponse:
    """Change what is asked and how, until the first customer is assigned; after that, why nothing changes."""
    found = _found(experiment_id)
    before = of_experiment(found)
    if request.method != "POST":
        return _show_design(request, found, DesignForm(initial=before))
    form = DesignForm(request.POST)
    if not form.is_valid():
        return _show_design(request, found, form, status=422, problem="Correct what is marked below and save again.")
    changes = {name: value for name, value in form.values().items() if value != before[name]}
    if not changes:
        messages.info(request, "Nothing was changed: the design is as it was.")
        return redirect("retention:experiment", experiment_id)
    try:
        experiments.edit_design(experiment=found, changes=changes, by=request.user, now=timezone.now())
    except PlaybookHasProblems as refused:
        for one in refused.problems:
            column = one.where.partition(".")[2]
            form.add_error(column if column in form.fields else None, one.sentence)
        return _show_design(request, found, form, status=422, problem="Correct what is marked below and save again.")
    except Refused as refused:
        return _show_design(request, _found(experiment_id), form, status=422, problem=refused.sentence)
    messages.success(request, "The design is changed. It is locked when the first customer begins.")
    return redirect("retention:experiment", experiment_id)


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


def _show_design(
    request: StaffRequest, found: Experiment, form: DesignForm, *, status: int = 200, problem: str = ""
) -> HttpResponse:
    context = {
        "experiment": found,
        "form": form,
        "locked": found.status != ExperimentStatus.DRAFT,
        "design": list(design_of(found)),
        "problem": problem,
    }
    return render(request, "retention/experiment_design.html", context, status=status)
