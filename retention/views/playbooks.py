"""Playbooks: which run, who is in them, what must not get worse, and pausing, resuming and scaling them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import permission_required
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from retention.forms.playbooks import CloneForm, NewPlaybookForm, PauseForm, ResumeForm, ScaleForm
from retention.gauges import gauges
from retention.models import Playbook, PlaybookVersion
from retention.pages.members import REMARKS, STATUSES, members
from retention.pages.playbook import VERSION_BADGES, told
from retention.pages.playbooks import TABS, listed
from retention.services import Refused, experiments, playbooks
from retention.services.capacity import times
from retention.states import EnrolmentStatus
from retention.views.answers import answer
from retention.views.versions import TRIAL_BADGES
from staff.forms import PanelForm
from staff.requests import StaffRequest

viewer = permission_required("retention.view_playbook", raise_exception=True)
drafter = permission_required("retention.add_playbookversion", raise_exception=True)
pauser = permission_required("retention.pause_playbooks", raise_exception=True)
scaler = permission_required("retention.scale_playbooks", raise_exception=True)


@require_GET
@viewer
def everything(request: StaffRequest) -> HttpResponse:
    """Every playbook: who is in it, what holds it back, and the one thing to do next."""
    now = timezone.now()
    found = listed(now=now)
    tab = request.GET.get("show", "")
    tab = tab if tab in TABS else "all"
    context = {
        "tabs": [
            {
                "label": label,
                "url": "?" if key == "all" else f"?show={key}",
                "tally": sum(key in one.tabs() for one in found),
                "current": key == tab,
            }
            for key, label in TABS.items()
        ],
        "tab": tab,
        "rows": [one for one in found if tab in one.tabs()],
        "none_at_all": not found,
        "gauges": gauges(times(now)),
        "new_form": NewPlaybookForm(),
    }
    return answer(request, "retention/playbooks.html", "playbook-list", context)


@require_GET
@viewer
def playbook(request: StaffRequest, playbook_id: int) -> HttpResponse:
    """One playbook: its steps, who is where, guardrails, versions, and whether it may be for everybody."""
    return _show(request, _found(playbook_id))


@require_POST
@viewer
@drafter
def create(request: StaffRequest) -> HttpResponse:
    """A new playbook, as an empty draft."""
    form = NewPlaybookForm(request.POST)
    if form.is_valid():
        try:
            draft = playbooks.create_playbook(by=request.user, **form.cleaned_data)
        except Refused as refused:
            form.add_error("name", refused.sentence)
        else:
            messages.success(request, f"{draft.name} is a draft. Say whom it is for, and what it does.")
            return redirect("retention:playbook_version", draft.pk)
    return render(request, "retention/playbook_new.html", {"form": form}, status=422)


@require_POST
@viewer
@drafter
def new_version(request: StaffRequest, playbook_id: int) -> HttpResponse:
    """A draft of the next version: a copy of the newest one, or of the one that is named."""
    found = _found(playbook_id)
    asked = request.POST.get("of", "")
    of = get_object_or_404(found.versions.select_related("playbook"), pk=int(asked)) if asked.isdecimal() else None
    try:
        draft = playbooks.draft_version(of=of, playbook=found, by=request.user)
    except Refused as refused:
        return _show(request, found, status=422, problem=refused.sentence)
    messages.success(request, f"{draft.name} is a draft. Nothing begins with it until it is published.")
    return redirect("retention:playbook_version", draft.pk)


@require_http_methods(["GET", "HEAD", "POST"])
@viewer
@drafter
def clone(request: StaffRequest, version_id: int) -> HttpResponse:
    """A playbook of its own that begins as a copy of this version."""
    version = get_object_or_404(PlaybookVersion.objects.select_related("playbook"), pk=version_id)
    form = CloneForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            draft = playbooks.clone_playbook(of=version, by=request.user, **form.cleaned_data)
        except Refused as refused:
            form.add_error("name", refused.sentence)
        else:
            messages.success(request, f"{draft.name} is a draft with the same steps and rules.")
            return redirect("retention:playbook_version", draft.pk)
    status = 422 if form.is_bound else 200
    return render(request, "retention/playbook_new.html", {"form": form, "version": version}, status=status)


@require_POST
@viewer
@pauser
def pause(request: StaffRequest, playbook_id: int) -> HttpResponse:
    """Nobody enters and no step is taken, until somebody lets it go on. What waits to leave is taken back."""
    form = PauseForm(request.POST)

    def act(found: Playbook) -> str:
        playbooks.pause_playbook(
            playbook=found, reason=form.cleaned_data["reason"], by=request.user, now=timezone.now()
        )
        return "It is paused. What waited to leave was taken back."

    return _act(request, playbook_id, act, "pause_form", form)


@require_POST
@viewer
@pauser
def resume(request: StaffRequest, playbook_id: int) -> HttpResponse:
    """It goes on. After a guardrail this is a person's decision, with a reason."""
    form = ResumeForm(request.POST)

    def act(found: Playbook) -> str:
        playbooks.resume_playbook(
            playbook=found, reason=form.cleaned_data["reason"], by=request.user, now=timezone.now()
        )
        return "It goes on with the next sweep."

    return _act(request, playbook_id, act, "resume_form", form)


@require_POST
@viewer
@scaler
def scale(request: StaffRequest, playbook_id: int) -> HttpResponse:
    """It is for everybody from now on, once the gate is open."""
    form = ScaleForm(request.POST)

    def act(found: Playbook) -> str:
        experiments.scale(playbook=found, reason=form.cleaned_data["reason"], by=request.user, now=timezone.now())
        return "It is for everybody now. Guardrails go on."

    return _act(request, playbook_id, act, "scale_form", form)


def _act(
    request: StaffRequest, playbook_id: int, act: Callable[[Playbook], str], name: str, form: PanelForm
) -> HttpResponse:
    """Do it and show the playbook as it then is, or say what stood in the way, with what was typed."""
    found = _found(playbook_id)
    if not form.is_valid():
        return _show(request, found, status=422, open_form=name, **{name: form})
    try:
        done = act(found)
    except Refused as refused:
        return _show(request, _found(playbook_id), status=422, problem=refused.sentence, open_form=name, **{name: form})
    if request.htmx:
        return _show(request, _found(playbook_id), done=done)
    messages.success(request, done)
    return redirect("retention:playbook", playbook_id)


def _found(playbook_id: int) -> Playbook:
    return get_object_or_404(Playbook.objects.select_related("owner", "scaled_by"), pk=playbook_id)


def _show(request: StaffRequest, found: Playbook, *, status: int = 200, **extra: Any) -> HttpResponse:
    shown = told(found, now=timezone.now())
    who = request.GET.get("who", "")
    # Somebody who has not chosen sees people, not an empty list, where there are any.
    peopled = next((one for one in STATUSES if shown.inside[one]), EnrolmentStatus.ACTIVE.value)
    who = who if who in STATUSES else peopled
    at = request.GET.get("at", "")
    step_id = int(at) if at.isdecimal() and len(at) < 18 else None
    after = request.GET.get("after", "")
    page = members(found, user=request.user, status=who, step_id=step_id, after=after)
    context = {
        "told": shown,
        "playbook": found,
        "version_badges": VERSION_BADGES,
        "versions": [{"version": one, "badge": VERSION_BADGES[one.status]} for one in shown.versions],
        "dry_runs": [{"trial": one, "badge": TRIAL_BADGES[one.status]} for one in shown.dry_runs],
        "who_tabs": [
            {
                "key": key,
                "label": label,
                "tally": shown.inside[key],
                "url": f"?who={key}#who",
                "current": key == who,
            }
            for key, label in STATUSES.items()
        ],
        "who": who,
        "may_have_got": who not in (EnrolmentStatus.WAITING, EnrolmentStatus.HELD_OUT),
        "remark_label": REMARKS.get(who, ""),
        "at": at if step_id is not None else "",
        "members": page.rows,
        "first_url": _address(who, step_id) if after else "",
        "next_url": _address(who, step_id, page.following) if page.following else "",
        "some_hidden": not request.user.has_perm("retention.see_every_customer"),
        "pause_form": PauseForm(),
        "resume_form": ResumeForm(),
        "scale_form": ScaleForm(),
        **extra,
    }
    return answer(request, "retention/playbook.html", "playbook", context, status=status)


def _address(who: str, step_id: int | None, after: str = "") -> str:
    step = "" if step_id is None else f"&at={step_id}"
    return f"?who={who}{step}{f'&after={after}' if after else ''}#who"
