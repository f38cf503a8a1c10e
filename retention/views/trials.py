"""What-ifs and backtests: asking for one, watching it, and reading what came of it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import permission_required
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from retention import tasks
from retention.forms.trials import BacktestForm
from retention.models import Customer, ScoreTrial, ScoreVersion
from retention.outcomes import NAMED, BacktestShown, WhatIfShown, named_of, without_names
from retention.services import Refused, trials
from retention.states import ModelStatus, TrialKind, TrialStatus
from retention.views.answers import answer
from retention.views.versions import TRIAL_BADGES, latest_result, show
from retention.waking import wake
from staff.requests import StaffRequest

viewer = permission_required("retention.view_scoreversion", raise_exception=True)
editor = permission_required("retention.change_scoreversion", raise_exception=True)
BUSY = (TrialStatus.QUEUED, TrialStatus.RUNNING)


@require_POST
@viewer
@editor
def what_if(request: StaffRequest, version_id: int) -> HttpResponse:
    """What would publishing this draft do to today's customers?"""
    found = _version(version_id)
    return _ask(request, found, lambda: trials.request_what_if(version=found, by=request.user, now=timezone.now()))


@require_POST
@viewer
@editor
def backtest(request: StaffRequest, version_id: int) -> HttpResponse:
    """How well would this version have told who lapsed?"""
    found = _version(version_id)
    form = BacktestForm(request.POST)
    if not form.is_valid():
        return show(request, found, status=422, open_form="backtest_form", backtest_form=form)
    chosen = form.cleaned_data
    return _ask(
        request,
        found,
        lambda: trials.request_backtest(version=found, by=request.user, now=timezone.now(), **chosen),
        form,
    )


@require_GET
@viewer
def trial(request: StaffRequest, trial_id: int) -> HttpResponse:
    """How far a trial is, and its result."""
    found = _trial(trial_id)
    is_what_if = found.kind == TrialKind.WHAT_IF
    done = found.status == TrialStatus.DONE
    start = _start(request.GET.get("from", ""))
    context = {
        "trial": found,
        "version": found.version,
        "badge": TRIAL_BADGES[found.status],
        "busy": found.status in BUSY,
        "percent": 100 * found.step // found.steps if found.steps else 0,
        "may_cancel": request.user.has_perm("retention.change_scoreversion"),
        "is_draft": found.version.status == ModelStatus.DRAFT,
        "may_publish": request.user.has_perm("retention.publish_scores"),
    }
    if done and is_what_if:
        shown = WhatIfShown(found.shown)
        context |= {
            "what_if": shown,
            "named": _named(request, found.pk, start),
            "previous_url": f"?from={max(0, start - NAMED)}" if start else "",
            "next_url": f"?from={start + NAMED}" if start + NAMED < shown.named else "",
            "summary": f"{start + 1} to {min(start + NAMED, shown.named)} of {shown.named:,}" if shown.named else "",
        }
    elif done:
        published = ScoreVersion.objects.filter(model=found.version.model_id, status=ModelStatus.PUBLISHED).exclude(
            pk=found.version_id
        )
        rival = published.first()
        other = latest_result(rival, TrialKind.BACKTEST) if rival else None
        context |= {
            "backtest": BacktestShown(found.shown),
            "rival": rival,
            "rival_trial": other,
            "rival_backtest": BacktestShown(other.shown) if other else None,
            "same_question": other is not None and other.parameters == found.parameters,
        }
    return answer(request, "retention/trial.html", "trial", context)


@require_POST
@viewer
@editor
def cancel(request: StaffRequest, trial_id: int) -> HttpResponse:
    """Stop a trial that waits or runs."""
    found = _trial(trial_id)
    try:
        trials.cancel_trial(trial=found, by=request.user, now=timezone.now())
    except Refused as refused:
        messages.warning(request, refused.sentence)
    else:
        messages.success(request, "Cancelled.")
    return redirect("retention:trial", trial_id)


@require_POST
@viewer
@editor
def retry(request: StaffRequest, trial_id: int) -> HttpResponse:
    """Let a trial that failed go on where it stopped."""
    found = _trial(trial_id)
    try:
        trials.retry_trial(trial=found, by=request.user, now=timezone.now())
    except Refused as refused:
        messages.warning(request, refused.sentence)
    else:
        wake(tasks.run_trial, found.pk)
    return redirect("retention:trial", trial_id)


def _ask(
    request: StaffRequest, found: ScoreVersion, ask: Callable[[], ScoreTrial], form: BacktestForm | None = None
) -> HttpResponse:
    try:
        asked = ask()
    except Refused as refused:
        extra = {"open_form": "backtest_form", "backtest_form": form} if form is not None else {}
        return show(request, found, status=422, problem=refused.sentence, **extra)
    wake(tasks.run_trial, asked.pk)
    return redirect("retention:trial", asked.pk)


def _version(version_id: int) -> ScoreVersion:
    versions = ScoreVersion.objects.select_related("model", "created_by", "published_by", "retired_by")
    return get_object_or_404(versions.prefetch_related("components", "signals", "bands"), pk=version_id)


def _trial(trial_id: int) -> Any:
    """A trial with its result, but without the names of all who move: there may be a hundred thousand."""
    trials_of_all = without_names(ScoreTrial.objects.select_related("version__model", "requested_by"))
    return get_object_or_404(trials_of_all, pk=trial_id)


def _named(request: StaffRequest, trial_id: int, start: int) -> list[dict[str, object]]:
    """Some of those who move, with the names of those that this person may see."""
    some = named_of(trial_id, start)
    visible = Customer.objects.visible_to(request.user).select_related("contact__account")
    customers = visible.in_bulk([one["customer"] for one in some])
    return [{**one, "known": customers.get(one["customer"])} for one in some]


def _start(text: str) -> int:
    return min(int(text), 10**6) if text.isascii() and text.isdigit() and len(text) < 8 else 0
