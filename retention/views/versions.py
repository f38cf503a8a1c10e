"""The models that scores come from: their versions, what one says in words, drafts, publishing and retiring."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import permission_required
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from retention import services
from retention.forms.trials import BacktestForm, PublishForm, RetireForm
from retention.forms.versions import EVENT_NAMES, DraftEditor
from retention.models import ScoreModel, ScoreVersion
from retention.outcomes import WhatIfShown, without_names
from retention.rules.signal_words import Described, describe
from retention.rules.words import BANDS, KNOBS, PARTS
from retention.scoring import rules_of
from retention.services import ModelHasProblems, Refused
from retention.signals import Scale, signal_of
from retention.states import Band, Component, Knob, ModelStatus, TrialKind, TrialStatus
from staff.requests import StaffRequest

viewer = permission_required("retention.view_scoreversion", raise_exception=True)
drafter = permission_required("retention.add_scoreversion", raise_exception=True)
editor = permission_required("retention.change_scoreversion", raise_exception=True)
publisher = permission_required("retention.publish_scores", raise_exception=True)

TRIALS = 10
BADGES: dict[str, str] = {
    ModelStatus.DRAFT: "badge-wait",
    ModelStatus.PUBLISHED: "badge-ok",
    ModelStatus.RETIRED: "badge-quiet",
}
TRIAL_BADGES: dict[str, str] = {
    TrialStatus.QUEUED: "badge-wait",
    TrialStatus.RUNNING: "badge-wait",
    TrialStatus.DONE: "badge-ok",
    TrialStatus.FAILED: "badge-stop",
    TrialStatus.CANCELLED: "badge-quiet",
}


@require_GET
@viewer
def score(request: StaffRequest) -> HttpResponse:
    """Every model with its versions, in the order in which they are offered a customer."""
    people = ("versions__created_by", "versions__published_by", "versions__retired_by")
    models = ScoreModel.objects.prefetch_related("versions", *people)
    shown = []
    for model in models:
        versions = sorted(model.versions.all(), key=lambda one: -one.number)
        for version in versions:
            version.model = model
        shown.append({"model": model, "versions": [{"version": one, "badge": BADGES[one.status]} for one in versions]})
    return render(request, "retention/score.html", {"models": shown})


@require_GET
@viewer
def version(request: StaffRequest, version_id: int) -> HttpResponse:
    """One version in words, and what was tried out on it."""
    return show(request, _found(version_id))


@require_POST
@viewer
@drafter
def new_draft(request: StaffRequest, version_id: int) -> HttpResponse:
    """A copy of this version to turn knobs on."""
    draft = services.draft_version(of=_found(version_id), by=request.user)
    messages.success(request, f"{draft.name} is a copy of it. Change what you want to try.")
    return redirect("retention:edit", draft.pk)


@require_http_methods(["GET", "HEAD", "POST"])
@viewer
@editor
def edit(request: StaffRequest, version_id: int) -> HttpResponse:
    """Change the numbers of a draft. Whatever is wrong is said beside it, and nothing is saved until all is right."""
    found = _found(version_id)
    if found.status != ModelStatus.DRAFT:
        messages.warning(request, f"{found.name} is {found.get_status_display().lower()}. Make a new draft of it.")
        return redirect("retention:version", found.pk)
    forms = DraftEditor(found, request.POST if request.method == "POST" else None)
    problems: tuple[str, ...] = ()
    if request.method == "POST" and forms.is_valid():
        try:
            services.edit_version(version=found, changes=forms.changes(), by=request.user)
        except Refused as refused:
            problems = refused.problems if isinstance(refused, ModelHasProblems) else (refused.sentence,)
        else:
            messages.success(request, "Saved. Try it out before you publish it.")
            return redirect("retention:version", found.pk)
    wrong = request.method == "POST"
    context = {"version": found, "forms": forms, "problems": problems, "wrong": wrong, "event_names": EVENT_NAMES}
    return render(request, "retention/edit.html", context, status=422 if wrong else 200)


@require_http_methods(["GET", "HEAD", "POST"])
@viewer
@publisher
def publish(request: StaffRequest, version_id: int) -> HttpResponse:
    """Put a draft in force, after a look at what the latest what-if says of it."""
    found = _found(version_id)
    form = PublishForm(request.POST if request.method == "POST" else None)
    problems: tuple[str, ...] = ()
    if request.method == "POST" and form.is_valid():
        try:
            done = services.publish(
                version=found, reason=form.cleaned_data["reason"], by=request.user, now=timezone.now()
            )
        except Refused as refused:
            problems = refused.problems if isinstance(refused, ModelHasProblems) else (refused.sentence,)
        else:
            moved = len(done.moved)
            words = "1 customer changes" if moved == 1 else f"{moved:,} customers change"
            messages.success(request, f"{found.name} is published. {words} band.")
            return redirect("retention:version", found.pk)
    trial = latest_result(found, TrialKind.WHAT_IF)
    context = {
        "version": found,
        "form": form,
        "problems": problems,
        "trial": trial,
        "what_if": WhatIfShown(trial.shown) if trial else None,
        "replaces": ScoreVersion.objects.filter(model=found.model_id, status=ModelStatus.PUBLISHED).first(),
    }
    return render(request, "retention/publish.html", context, status=422 if request.method == "POST" else 200)


@require_POST
@viewer
def retire(request: StaffRequest, version_id: int) -> HttpResponse:
    """Discard a draft, or take a published version out of force."""
    found = _found(version_id)
    published = found.status == ModelStatus.PUBLISHED
    form = RetireForm(request.POST)
    if published and not form.is_valid():
        return show(request, found, status=422, open_form="retire_form", retire_form=form)
    try:
        reason = form.cleaned_data["reason"] if published else ""
        services.retire_version(version=found, by=request.user, now=timezone.now(), reason=reason)
    except Refused as refused:
        return show(request, found, status=422, open_form="retire_form", retire_form=form, problem=refused.sentence)
    messages.success(request, f"{found.name} is retired." if published else f"{found.name} is discarded.")
    return redirect("retention:score")


def show(request: StaffRequest, found: ScoreVersion, *, status: int = 200, **extra: Any) -> HttpResponse:
    """The page of a version. Also where a trial could not be asked for."""
    trials = found.trials.defer("result").select_related("requested_by")[:TRIALS]
    user = request.user
    scale_of = _scales(found)
    signals = [(one, _described(one, scale_of.get(one.component))) for one in found.signals.all()]
    components = {one.component: one for one in found.components.all()}
    context = {
        "version": found,
        "badge": BADGES[found.status],
        "knobs": [(Knob(name).label, getattr(found, name), KNOBS[name]) for name in Knob.values],
        "components": [
            {
                "label": component.label,
                "looks_at": PARTS[component].looks_at,
                "row": components.get(component),
                "signals": [words for one, words in signals if one.component == component],
            }
            for component in Component
        ],
        "remarks": [words for one, words in signals if not one.component],
        "bands": [
            {"label": Band(one.band).label, "meaning": BANDS[one.band], "row": one, "from": _from(found, one.band)}
            for one in sorted(found.bands.all(), key=lambda row: Band.values.index(row.band), reverse=True)
        ],
        "trials": [{"trial": one, "badge": TRIAL_BADGES[one.status]} for one in trials],
        "turned": any(getattr(found, name) != 1 for name in Knob.values),
        "is_draft": found.status == ModelStatus.DRAFT,
        "is_published": found.status == ModelStatus.PUBLISHED,
        "may_draft": user.has_perm("retention.add_scoreversion"),
        "may_edit": user.has_perm("retention.change_scoreversion"),
        "may_publish": user.has_perm("retention.publish_scores"),
        "backtest_form": BacktestForm(),
        "retire_form": RetireForm(),
        **extra,
    }
    return render(request, "retention/version.html", context, status=status)


def latest_result(of: ScoreVersion, kind: str) -> Any:
    """The latest trial of this kind that has a result, which is ``shown``; None where there is none."""
    return without_names(of.trials.filter(kind=kind, status=TrialStatus.DONE)).first()


def _found(version_id: int) -> ScoreVersion:
    versions = ScoreVersion.objects.select_related("model", "created_by", "published_by", "retired_by")
    return get_object_or_404(versions.prefetch_related("components", "signals", "bands"), pk=version_id)


def _scales(found: ScoreVersion) -> dict[str, Scale]:
    """How each component weighs its signals; nothing where a row was spoiled by hand."""
    try:
        rules = rules_of(found)
    except ValueError:
        return {}
    return {component: rules.scale(component) for component in rules.components}


def _described(row: Any, scale: Scale | None) -> Described:
    """A signal in words. A row that somebody spoiled by hand still has its type, and says what is wrong."""
    try:
        return describe(signal_of(row.type, row.parameters), scale)
    except ValueError as problem:
        return Described(row.type, str(problem), ())


def _from(found: ScoreVersion, band: str) -> int:
    return {Band.HIGH: found.high_from, Band.MEDIUM: found.medium_from}.get(Band(band), 0)
