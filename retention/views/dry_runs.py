"""Dry runs of playbooks: asking for one, watching it, and reading what would have happened."""

from __future__ import annotations

from datetime import UTC, timedelta

from django.contrib import messages
from django.contrib.auth.decorators import permission_required
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from retention import tasks
from retention.forms.dry_runs import DryRunForm
from retention.models import PlaybookTrial, PlaybookVersion
from retention.rules.playbooks.report import report_from
from retention.run_reports import shown
from retention.services import Refused, dry_runs
from retention.states import TrialStatus
from retention.views.answers import answer
from retention.views.versions import TRIAL_BADGES
from retention.waking import wake
from staff.requests import StaffRequest

viewer = permission_required("retention.view_playbooktrial", raise_exception=True)
asker = permission_required("retention.add_playbooktrial", raise_exception=True)
BUSY = (TrialStatus.QUEUED, TrialStatus.RUNNING)
#: So many earlier ones are listed.
EARLIER = 20


@require_http_methods(["GET", "HEAD", "POST"])
@viewer
@asker
def dry_run(request: StaffRequest, version_id: int) -> HttpResponse:
    """Ask what a version would have done in some days that are over."""
    version = get_object_or_404(PlaybookVersion.objects.select_related("playbook"), pk=version_id)
    now = timezone.now()
    yesterday = now.astimezone(UTC).date() - timedelta(days=1)
    form = DryRunForm(request.POST or None, initial={"first_on": yesterday - timedelta(days=29), "last_on": yesterday})
    problem = ""
    if request.method == "POST" and form.is_valid():
        try:
            asked = dry_runs.request_dry_run(version=version, by=request.user, now=now, **form.cleaned_data)
        except Refused as refused:
            problem = refused.sentence
        else:
            wake(tasks.run_dry_run, asked.pk)
            return redirect("retention:playbook_trial", asked.pk)
    earlier = version.trials.select_related("requested_by").defer("result")[:EARLIER]
    context = {
        "section": "playbooks",
        "version": version,
        "form": form,
        "problem": problem,
        "earlier": [{"trial": one, "badge": TRIAL_BADGES[one.status]} for one in earlier],
    }
    status = 422 if problem or form.errors else 200
    return render(request, "retention/dry_run_ask.html", context, status=status)


@require_GET
@viewer
def trial(request: StaffRequest, trial_id: int) -> HttpResponse:
    """How far a dry run is, and what it found."""
    found = _trial(trial_id)
    context = {
        "section": "playbooks",
        "trial": found,
        "version": found.version,
        "badge": TRIAL_BADGES[found.status],
        "busy": found.status in BUSY,
        "may_ask": request.user.has_perm("retention.add_playbooktrial"),
        "shown": shown(report_from(found.result), request.user) if found.status == TrialStatus.DONE else None,
    }
    return answer(request, "retention/dry_run.html", "trial", context)


@require_POST
@viewer
@asker
def cancel(request: StaffRequest, trial_id: int) -> HttpResponse:
    """Stop a dry run that waits or runs."""
    found = _trial(trial_id)
    try:
        dry_runs.cancel_dry_run(trial=found, by=request.user, now=timezone.now())
    except Refused as refused:
        messages.warning(request, refused.sentence)
    else:
        messages.success(request, "Cancelled.")
    return redirect("retention:playbook_trial", trial_id)


@require_POST
@viewer
@asker
def retry(request: StaffRequest, trial_id: int) -> HttpResponse:
    """Let a dry run that failed begin again."""
    found = _trial(trial_id)
    try:
        dry_runs.retry_dry_run(trial=found, by=request.user, now=timezone.now())
    except Refused as refused:
        messages.warning(request, refused.sentence)
    else:
        wake(tasks.run_dry_run, found.pk)
    return redirect("retention:playbook_trial", trial_id)


def _trial(trial_id: int) -> PlaybookTrial:
    rows = PlaybookTrial.objects.select_related("version__playbook", "requested_by")
    return get_object_or_404(rows, pk=trial_id)
