"""What people have time for: how much of it is taken, who works when, and who waits for what."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import permission_required
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from retention.forms.capacity import WEEKDAYS, AbsenceForm, MinutesForm, RulesForm
from retention.gauges import gauges
from retention.rules.capacity import USUAL_REVIEW_MINUTES, Hours
from retention.rules.playbooks.throttle import ORDER_IN_WORDS
from retention.services import Refused
from retention.services import capacity as services
from retention.states import WorkKind
from staff.models import Absence
from staff.requests import StaffRequest

viewer = permission_required("retention.view_playbook", raise_exception=True)
planner = permission_required("retention.change_workcapacity", raise_exception=True)
ruler = permission_required("retention.change_capacityrules", raise_exception=True)


@require_GET
@viewer
def capacity(request: StaffRequest) -> HttpResponse:
    """How many minutes are free for each kind of work, and what people wait for."""
    return _show(request)


@require_POST
@viewer
@planner
def set_capacity(request: StaffRequest) -> HttpResponse:
    """Say how many minutes somebody has."""
    form = MinutesForm(request.POST)

    def act(chosen: dict[str, Any]) -> str:
        row = services.set_capacity(by=request.user, **chosen)
        return f"{row.user}: {row.minutes_a_day} minutes a day for {row.get_kind_display().lower()}."

    return _act(request, form, act, "minutes_form")


@require_POST
@viewer
@ruler
def set_capacity_rules(request: StaffRequest) -> HttpResponse:
    """Change how time is shared out."""
    form = RulesForm(request.POST, instance=services.capacity_rules())

    def act(chosen: dict[str, Any]) -> str:
        services.set_rules(changes=chosen, by=request.user)
        return "Saved. It holds from the next sweep on."

    return _act(request, form, act, "rules_form")


@require_POST
@viewer
def add_absence(request: StaffRequest) -> HttpResponse:
    """Say when somebody is away; people without more rights say so of themselves."""
    form = AbsenceForm(request.POST, everybody=_plans(request))

    def act(chosen: dict[str, Any]) -> str:
        absence = services.add_absence(by=request.user, now=timezone.now(), **{"user": request.user, **chosen})
        return f"{absence.user} is away {absence}."

    return _act(request, form, act, "absence_form")


@require_POST
@viewer
def end_absence(request: StaffRequest, absence_id: int) -> HttpResponse:
    """Somebody works again from today on."""
    absence = get_object_or_404(Absence, pk=absence_id)
    try:
        services.end_absence(absence=absence, by=request.user, now=timezone.now())
    except Refused as refused:
        return _show(request, status=422, problem=refused.sentence)
    messages.success(request, "The absence is ended.")
    return redirect("retention:capacity")


def _act(request: StaffRequest, form: forms.BaseForm, act: Callable[[dict[str, Any]], str], name: str) -> HttpResponse:
    if not form.is_valid():
        return _show(request, status=422, problem="Nothing was saved. Correct what is marked below.", **{name: form})
    try:
        done = act(form.cleaned_data)
    except Refused as refused:
        return _show(request, status=422, problem=refused.sentence, **{name: form})
    messages.success(request, done)
    return redirect("retention:capacity")


def _show(request: StaffRequest, *, status: int = 200, **extra: Any) -> HttpResponse:
    shown = services.overview(timezone.now())
    plans = _plans(request)
    context = {
        "overview": shown,
        "gauges": gauges(shown.times),
        "workers": [
            {
                "worker": one,
                "hours": [
                    {"kind": kind, "words": _words(one.hours.get(kind)), "open": one.waiting[kind]} for kind in WorkKind
                ],
            }
            for one in shown.workers
        ],
        "kinds": WorkKind.choices,
        "usual_minutes": USUAL_REVIEW_MINUTES,
        "order": ORDER_IN_WORDS,
        "plans": plans,
        "minutes_form": MinutesForm() if plans else None,
        "absence_form": AbsenceForm(everybody=plans),
        "rules_form": (
            RulesForm(instance=shown.rules) if request.user.has_perm("retention.change_capacityrules") else None
        ),
        "section": "playbooks",
        **extra,
    }
    return render(request, "retention/capacity.html", context, status=status)


def _plans(request: StaffRequest) -> bool:
    return request.user.has_perm("retention.change_workcapacity")


def _words(hours: Hours | None) -> str:
    """For instance "60 minutes, Monday to Friday"."""
    if hours is None or not hours.minutes_a_day:
        return "None"
    days = sorted(hours.weekdays)
    if len(days) > 2 and days == list(range(days[0], days[-1] + 1)):
        when = f"{WEEKDAYS[days[0] - 1]} to {WEEKDAYS[days[-1] - 1]}"
    else:
        when = ", ".join(WEEKDAYS[day - 1] for day in days)
    return f"{hours.minutes_a_day} minutes, {when}"
