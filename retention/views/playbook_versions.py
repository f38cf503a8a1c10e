"""One version of a playbook: read as it is in force, or edited as a draft, published and retired."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import permission_required
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST

from contacts.states import EventKind
from retention.forms.playbook_drafts import VersionEditor, anchor_of
from retention.forms.playbooks import PublishForm, RetireForm
from retention.models import Experiment, Playbook, PlaybookVersion
from retention.pages.experiments import design_of
from retention.pages.playbook import VERSION_BADGES
from retention.pages.steps import steps_of
from retention.pages.versions import audience_of, limits_of
from retention.rules.playbooks.checks import Grade
from retention.rules.words import REASONS, label_of
from retention.services import Refused, experiments, playbooks
from retention.services.capacity import capacity_rules
from retention.services.playbooks import PlaybookHasProblems
from retention.states import ModelStatus
from staff.requests import StaffRequest

viewer = permission_required("retention.view_playbook", raise_exception=True)
editor = permission_required("retention.change_playbookversion", raise_exception=True)

NOT_SAVED = "Nothing was saved. Correct what is marked below and save again."


@require_http_methods(["GET", "HEAD", "POST"])
@viewer
def version(request: StaffRequest, version_id: int) -> HttpResponse:
    """A draft as a form, for those who may change it; anything else as it is."""
    found = _found(version_id)
    may_edit = request.user.has_perm("retention.change_playbookversion")
    if request.method == "POST":
        return edit(request, version_id)
    if found.status == ModelStatus.DRAFT and may_edit:
        return _show_editor(request, found, _editor(found))
    return show_version(request, found)


@require_POST
@viewer
@editor
def edit(request: StaffRequest, version_id: int) -> HttpResponse:
    """Save a draft as a whole, or add, move or take out a row without saving."""
    found = _found(version_id)
    if found.status != ModelStatus.DRAFT:
        messages.warning(
            request, f"{found.name} is {found.get_status_display().lower()} and stays as it is. Make a new draft of it."
        )
        return redirect("retention:playbook_version", version_id)
    seen = request.POST.get("seen", "")
    if request.POST.get("do", "save") != "save":
        return _show_editor(request, found, _editor(found, request.POST), seen=seen, unsaved=True)
    forms = _editor(found, request.POST)
    if not forms.is_valid():
        return _show_editor(request, found, forms, seen=seen, problem=NOT_SAVED, status=422)
    try:
        playbooks.edit_version(version=found, by=request.user, seen=seen, **forms.changes())
    except PlaybookHasProblems as refused:
        forms.say(refused.problems)
        return _show_editor(request, found, forms, seen=seen, problem=NOT_SAVED, status=422)
    except Refused as refused:
        return _show_editor(request, found, forms, seen=seen, problem=refused.sentence, status=422)
    messages.success(request, "Saved.")
    return redirect("retention:playbook_version", version_id)


@require_POST
@viewer
@permission_required("retention.publish_playbooks", raise_exception=True)
def publish(request: StaffRequest, version_id: int) -> HttpResponse:
    """Put a draft in force. Whoever is under way stays on the version they began."""
    found = _found(version_id)
    form = PublishForm(request.POST)
    if not form.is_valid():
        return _back(request, found, publish_form=form, open_form="publish_form")
    try:
        playbooks.publish(version=found, reason=form.cleaned_data["reason"], by=request.user, now=timezone.now())
    except Refused as refused:
        return _back(
            request, _found(version_id), publish_form=form, open_form="publish_form",
            problem=f"It was not published. {refused.sentence}",
        )  # fmt: skip
    messages.success(request, f"{found.name} is in force. Who fits begins with the next sweep.")
    return redirect("retention:playbook", found.playbook_id)


@require_POST
@viewer
@editor
def retire(request: StaffRequest, version_id: int) -> HttpResponse:
    """Take a version out of force, or discard a draft."""
    found = _found(version_id)
    form = RetireForm(request.POST)
    reason = form.cleaned_data["reason"] if form.is_valid() else ""
    try:
        playbooks.retire(version=found, reason=reason, by=request.user, now=timezone.now())
    except Refused as refused:
        return _back(request, _found(version_id), retire_form=form, open_form="retire_form", problem=refused.sentence)
    was_draft = found.status == ModelStatus.DRAFT
    messages.success(request, f"{found.name} is {'discarded' if was_draft else 'retired'}.")
    return redirect("retention:playbook", found.playbook_id)


def _back(request: StaffRequest, found: PlaybookVersion, **extra: Any) -> HttpResponse:
    """The same page again, with what stood in the way."""
    if found.status == ModelStatus.DRAFT and request.user.has_perm("retention.change_playbookversion"):
        return _show_editor(request, found, _editor(found), status=422, **extra)
    return show_version(request, found, status=422, **extra)


def _editor(found: PlaybookVersion, data: Any = None) -> VersionEditor:
    others = list(Playbook.objects.order_by("title"))
    return VersionEditor(found, experiment=_experiment(found), playbooks=others, data=data)


def _show_editor(
    request: StaffRequest,
    found: PlaybookVersion,
    forms: VersionEditor,
    *,
    seen: str = "",
    status: int = 200,
    **extra: Any,
) -> HttpResponse:
    said = playbooks.problems_of(found)
    context = {
        "version": found,
        "forms": forms,
        "seen": seen or playbooks.fingerprint(found),
        "missing": [(one, anchor_of(one)) for one in said if one.grade is not Grade.NOTE],
        "notes": [(one, anchor_of(one)) for one in said if one.grade is Grade.NOTE],
        "outlook": experiments.why_not_launch(found, timezone.now()) if found.steps.exists() else (),
        "reasons": [(code, label_of(code)) for code in sorted(playbooks.known_reasons() | REASONS.keys())],
        "may_publish": request.user.has_perm("retention.publish_playbooks"),
        "publish_form": PublishForm(),
        **extra,
    }
    return render(request, "retention/playbook_edit.html", context, status=status)


def show_version(request: StaffRequest, found: PlaybookVersion, *, status: int = 200, **extra: Any) -> HttpResponse:
    """A version to read."""
    user = request.user
    experiment = _experiment(found)
    currency = capacity_rules().currency
    context = {
        "version": found,
        "badge": VERSION_BADGES[found.status],
        "steps": steps_of(found, found.steps.order_by("position"), currency),
        "audience": audience_of(found),
        "goal_kinds": [EventKind(kind).label for kind in found.goal_kinds],
        "limits": limits_of(found, currency),
        "experiment": experiment,
        "design": tuple(design_of(experiment)) if experiment is not None else (),
        "is_published": found.status == ModelStatus.PUBLISHED,
        "is_draft": found.status == ModelStatus.DRAFT,
        "may_draft": user.has_perm("retention.add_playbookversion"),
        "may_publish": user.has_perm("retention.publish_playbooks"),
        "retire_form": RetireForm(),
        **extra,
    }
    return render(request, "retention/playbook_version.html", context, status=status)


def _found(version_id: int) -> PlaybookVersion:
    rows = PlaybookVersion.objects.select_related("playbook", "published_by", "retired_by", "created_by")
    return get_object_or_404(rows, pk=version_id)


def _experiment(found: PlaybookVersion) -> Experiment | None:
    return Experiment.objects.filter(version=found).select_related("version__playbook").first()
