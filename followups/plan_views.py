"""What is planned with leads: the list of one's own, done and called off, something new, and calendars."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import permission_required
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from followups import planned, services
from followups.models import Lead, PlannedTouch
from followups.plan_forms import CalendarForm, PlanForm
from followups.states import PlannedSource
from staff.doors import open_to
from staff.requests import StaffRequest

viewer = permission_required("followups.view_lead", raise_exception=True)
changer = permission_required("followups.change_lead", raise_exception=True)
REFUSED_SHOWN = 20


@require_GET
@viewer
def plans(request: StaffRequest) -> HttpResponse:
    """What is planned for this person, what is overdue first."""
    return _list(request)


@require_POST
@viewer
def plan(request: StaffRequest, lead_id: int) -> HttpResponse:
    """Something new is planned with a lead."""
    visible = Lead.objects.visible_to(request.user).select_related("contact__account", "owner__team")
    lead = get_object_or_404(visible, pk=lead_id)
    if reason := services.why_not_change(lead=lead, user=request.user):
        raise PermissionDenied(reason)
    form = PlanForm(request.POST)
    if not form.is_valid():
        return _again(request, lead, form)
    now = timezone.now()
    try:
        services.plan_touch(
            contact=lead.contact, lead=lead, for_whom=lead.owner or request.user, by=request.user, now=now,
            **form.planned(),
        )  # fmt: skip
    except services.Refused as refused:
        return _again(request, lead, form, refused.sentence)
    _look_again([lead.pk])
    messages.success(request, "Planned. Nothing is written while it is ahead.")
    return redirect("followups:lead", lead.pk)


@require_POST
@viewer
def finish_plan(request: StaffRequest, plan_id: int) -> HttpResponse:
    """It took place, or it is done."""
    return _settle(request, plan_id, services.finish_plan, "Done.")


@require_POST
@viewer
def call_off_plan(request: StaffRequest, plan_id: int) -> HttpResponse:
    """It will not take place."""
    return _settle(request, plan_id, services.call_off_plan, "Called off.")


@require_POST
@changer
def import_calendar(request: StaffRequest) -> HttpResponse:
    """Meetings out of a calendar file."""
    form = CalendarForm(request.POST, request.FILES)
    if not form.is_valid():
        return _list(request, form=form, status=422)
    now = timezone.now()
    try:
        calendar = services.read_calendar(form.cleaned_data["file"], now=now)
    except services.Unreadable as refused:
        form.add_error("file", refused.sentence)
        return _list(request, form=form, status=422)
    done = services.import_calendar(calendar=calendar, source=PlannedSource.CALENDAR, now=now, by=request.user)
    return _list(request, imported=done, refused=done.refused[:REFUSED_SHOWN])


def _settle(request: StaffRequest, plan_id: int, act: Callable[..., PlannedTouch], done: str) -> HttpResponse:
    leads = Lead.objects.visible_to(request.user)
    visible = PlannedTouch.objects.filter(contact__leads__in=leads) | PlannedTouch.objects.filter(for_whom=request.user)
    found = get_object_or_404(visible.distinct().select_related("lead__owner__team"), pk=plan_id)
    concerned = _concerned(found)
    if found.for_whom_id != request.user.pk:
        refusals = [services.why_not_change(lead=one, user=request.user) for one in concerned]
        if not refusals or all(refusals):
            raise PermissionDenied(refusals[0] if refusals else "This is planned for somebody else.")
    elif not request.user.has_perm("followups.change_lead"):
        raise PermissionDenied("You may look at this, but not change it.")
    try:
        act(plan=found, by=request.user, now=timezone.now())
    except services.Refused as refused:
        messages.error(request, refused.sentence)
    else:
        _look_again([one.pk for one in concerned])
        messages.success(request, done)
    back = request.POST.get("lead", "")
    if back.isascii() and back.isdecimal() and leads.filter(pk=int(back[:18])).exists():
        return redirect("followups:lead", int(back[:18]))
    return redirect("followups:plans")


def _concerned(found: PlannedTouch) -> list[Lead]:
    leads = Lead.objects.filter(contact=found.contact_id).select_related("owner__team")
    return list(leads if found.lead_id is None else leads.filter(pk=found.lead_id))


def _look_again(lead_ids: list[int]) -> None:
    """Decide at once what follows, so that the page tells the truth."""
    for _ in services.sweep(now=timezone.now(), lead_ids=lead_ids):
        pass


def _again(request: StaffRequest, lead: Lead, form: PlanForm, problem: str = "") -> HttpResponse:
    context = {"section": "leads", "lead": lead, "plan_form": form, "problem": problem}
    return render(request, "followups/plan_again.html", context, status=422)


def _list(request: StaffRequest, *, status: int = 200, form: CalendarForm | None = None, **extra: Any) -> HttpResponse:
    after = request.GET.get("after", "")
    shown = planned.page(planned.mine(request.user), after)
    context = {
        "section": "leads",
        "plans": shown.rows,
        "open": open_to(
            request.user, [door for one in shown.rows for door in (("lead", one.lead_id), ("contact", one.contact_id))]
        ),
        "now": timezone.now(),
        "after": after,
        "following": shown.following,
        "calendar_form": form or CalendarForm(),
        "may_change": request.user.has_perm("followups.change_lead"),
        **extra,
    }
    return render(request, "followups/plans.html", context, status=status)
