"""When people are away, and who decides for them meanwhile."""

from __future__ import annotations

from django.contrib import messages
from django.db.models import Q
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST

from staff import services
from staff.calendars import calendar_of
from staff.forms import AbsentForm, plannable_by
from staff.models import Absence
from staff.requests import StaffRequest
from staff.services import Refused

#: More absences than this nobody looks through on one page.
MOST = 200


@require_http_methods(["GET", "HEAD", "POST"])
def absences(request: StaffRequest) -> HttpResponse:
    """Say when I am away; managers say it of their people too. Below, who is away now and next."""
    me = request.user
    form = AbsentForm(request.POST or None, by=me)
    if request.method == "POST" and form.is_valid():
        told = form.cleaned_data
        user = told.get("user") or me
        try:
            absence = services.add_absence(
                user=user,
                first_on=told["first_on"],
                last_on=told["last_on"],
                reason=told["reason"],
                substitute=told["substitute"],
                by=me,
                now=timezone.now(),
            )
        except Refused as refusal:
            form.add_error(None, refusal.sentence)
        else:
            whose = "You are" if user == me else f"{user} is"
            messages.success(request, f"{whose} away {absence.first_on:%-d %B} to {absence.last_on:%-d %B}.")
            return redirect("staff:absences")
    today = calendar_of(me.team).day_of(timezone.now())
    near = Q(user=me) | Q(user__in=plannable_by(me)) | Q(substitute=me)
    if me.team_id is not None:
        near |= Q(user__team=me.team_id)
    found = Absence.objects.filter(near, last_on__gte=today, user__is_active=True)
    rows = list(found.select_related("user__team", "substitute").order_by("first_on", "pk").distinct()[:MOST])
    return render(
        request,
        "staff/absences.html",
        {
            "form": form,
            "rows": [
                {"absence": one, "now": one.first_on <= today, "mine": services.may_plan(user=one.user, by=me)}
                for one in rows
            ],
            "team": me.team,
            "section": "absences",
        },
        status=422 if form.errors else 200,
    )


@require_POST
def end_absence(request: StaffRequest, absence_id: int) -> HttpResponse:
    """Somebody works again from today on."""
    absence = get_object_or_404(Absence.objects.select_related("user__team"), pk=absence_id)
    try:
        services.end_absence(absence=absence, by=request.user, now=timezone.now())
    except Refused as refusal:
        messages.error(request, refusal.sentence)
    else:
        messages.success(request, "The absence is ended. Work that nobody took up comes back within minutes.")
    return redirect("staff:absences")
