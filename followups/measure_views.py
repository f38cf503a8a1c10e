"""Insight: what the no-response workflow achieves, who is behind each number, and pilots with their goal."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import permission_required
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from contacts.importing.cells import SafeWriter
from followups import measures, services
from followups.listing import BADGES, REASONS
from followups.measure_charts import curve
from followups.measure_forms import MeasureForm, PilotForm
from followups.measure_tables import CONDITIONS, TABLES, Report, all_tables
from followups.measures import BehindPage, Period, Scope
from followups.models import Pilot
from followups.rules.measures import days_left, distance
from followups.services.pilots import last_counted
from staff.requests import StaffRequest

viewer = permission_required("followups.view_pilot", raise_exception=True)
starter = permission_required("followups.add_pilot", raise_exception=True)
ender = permission_required("followups.change_pilot", raise_exception=True)

#: What a number counts, as the heading above its leads.
HEADINGS = {
    "silent": "Leads that fell silent",
    "open": "Silent leads without an outcome",
    "done": "Silent leads with an outcome",
    "stopped": "Leads that stopped",
    "nurture": "Leads handed over to nurture",
    "closing": "Leads with a closing note",
    "closing_waiting": "Leads whose closing note waits for a decision",
    "closing_decided": "Leads whose closing note a person decided about",
    "closing_unread": "Leads whose closing note got no decision by a person",
    "closing_overtaken": "Leads whose closing note was taken back first",
    "stale_before": "Leads that were stale at the beginning",
    "stale_after": "Leads that were stale at the end",
    "sent": "Leads that got these messages",
    "answered": "Leads that answered these messages",
    "said_no": "Leads that said no after these messages",
    "opted_out": "Leads that opted out after these messages",
    "complained": "Leads that reported these messages as spam",
}
SINCE = {"silent": "Silent since", "open": "Silent since", "done": "Silent since"}
MOST_PILOTS = 100


@require_GET
@viewer
def insight(request: StaffRequest) -> HttpResponse:
    """What there is to look at."""
    return render(request, "followups/measure_index.html", {"section": "insight"})


@require_GET
@viewer
def no_response(request: StaffRequest) -> HttpResponse:
    """Every measure over the days and leads that were chosen."""
    now = timezone.now()
    form = _chosen(request, now)
    context: dict[str, Any] = {"section": "insight", "form": form, "sees_all": _sees_all(request)}
    if form.is_valid():
        report = Report(form.scope, form.period, now=now, address=form.address)
        by_day, *others = all_tables(report)
        context |= {
            "period": form.period,
            "rate": report.rate,
            "links": {what: report.link(what) for what in ("silent", "done", "open")},
            "curve": curve(report.days),
            "by_day": by_day,
            "tables": others,
            "address": form.address,
        }
    return render(request, "followups/measures.html", context)


@require_GET
@viewer
def measure_file(request: StaffRequest, table: str) -> HttpResponse:
    """One of the tables as a file for spreadsheets."""
    if table not in TABLES:
        raise Http404("There is no such table.")
    now = timezone.now()
    form = _chosen(request, now)
    if not form.is_valid():
        return redirect(f"{reverse('followups:no_response')}?{request.GET.urlencode()}")
    [made] = all_tables(Report(form.scope, form.period, now=now, address=form.address), [table])
    return _file(
        f"{table}_{form.period.first:%Y-%m-%d}_{form.period.last:%Y-%m-%d}.csv", made.columns, list(made.lines())
    )


@require_GET
@viewer
def leads_behind(request: StaffRequest) -> HttpResponse:
    """The leads that one number counts."""
    now = timezone.now()
    what, key = request.GET.get("what", ""), request.GET.get("key", "").replace("\0", "")
    if what not in measures.WHAT:
        raise Http404("No number counts this.")
    form = _chosen(request, now)
    if not form.is_valid():
        return redirect(f"{reverse('followups:no_response')}?{request.GET.urlencode()}")
    after = request.GET.get("after", "")
    shown = measures.leads_behind(what, form.scope, form.period, now=now, key=key, after=after)
    context = {
        "section": "insight",
        "heading": HEADINGS[what],
        "part": CONDITIONS.get(key, "") if what == "stopped" else "",
        "since": SINCE.get(what, "Since"),
        "period": form.period,
        "back_url": f"{reverse('followups:no_response')}?{form.address}",
        "rows": _described(shown),
        **_paging(request, shown, after),
    }
    return render(request, "followups/measure_leads.html", context)


@require_GET
@viewer
def pilots(request: StaffRequest) -> HttpResponse:
    """Every pilot, the latest first, and a form to start one."""
    return _pilots(request, PilotForm(initial={"started_on": timezone.now().date()}))


@require_POST
@viewer
@starter
def start_pilot(request: StaffRequest) -> HttpResponse:
    """Try a cadence for some weeks, with a goal."""
    form = PilotForm(request.POST)
    if not form.is_valid():
        return _pilots(request, form, status=422)
    try:
        made = services.start_pilot(**form.cleaned_data, by=request.user, now=timezone.now())
    except services.Refused as refused:
        form.add_error(None, refused.sentence)
        return _pilots(request, form, status=422)
    messages.success(request, "The pilot is set up.")
    return redirect("followups:pilot", made.pk)


@require_GET
@viewer
def pilot(request: StaffRequest, pilot_id: int) -> HttpResponse:
    """Where a pilot stands, how far its goal is, and who is still open."""
    found = get_object_or_404(Pilot.objects.select_related("cadence", "created_by", "ended_by"), pk=pilot_id)
    now = timezone.now()
    scope = Scope(user=request.user, cadence=found.cadence_id)
    period = Period(found.started_on, max(found.started_on, last_counted(found)))
    # A pilot that was ended in the middle of a day stands as it stood then.
    moment = now if found.ended_at is None else min(now, found.ended_at)
    after = request.GET.get("after", "")
    report = Report(scope, period, now=moment, address="")
    shown = measures.leads_behind("open", scope, period, now=moment, after=after)
    today = now.date()
    left = 0 if found.ended_at is not None else days_left(found.started_on, found.days, today)
    context = {
        "section": "insight",
        "pilot": found,
        "period": period,
        "rate": report.rate,
        "goal": f"{found.goal * 100:.1f}".removesuffix(".0"),
        "distance": distance(report.rate, found.goal),
        "days_left": left,
        "over": found.ended_at is not None or left == 0,
        "ahead": today < found.started_on,
        "curve": curve(report.days, found.goal),
        "by_day": TABLES["disposition_by_day"](report),
        "rows": _described(shown),
        "sees_all": _sees_all(request),
        "may_end": request.user.has_perm("followups.change_pilot"),
        **_paging(request, shown, after),
    }
    return render(request, "followups/pilot.html", context)


@require_POST
@viewer
@ender
def end_pilot(request: StaffRequest, pilot_id: int) -> HttpResponse:
    """End a pilot before its time."""
    found = get_object_or_404(Pilot, pk=pilot_id)
    try:
        services.end_pilot(pilot=found, by=request.user, now=timezone.now())
    except services.Refused as refused:
        messages.warning(request, refused.sentence)
    else:
        messages.success(request, "The pilot is over. Its numbers stay as they are.")
    return redirect("followups:pilot", pilot_id)


def _chosen(request: StaffRequest, now: datetime) -> MeasureForm:
    return MeasureForm(request.GET, user=request.user, today=now.date())


def _sees_all(request: StaffRequest) -> bool:
    return request.user.has_perm("followups.see_every_lead")


def _pilots(request: StaffRequest, form: PilotForm, *, status: int = 200) -> HttpResponse:
    today = timezone.now().date()
    found = Pilot.objects.select_related("cadence", "created_by")[:MOST_PILOTS]
    context = {
        "section": "insight",
        "form": form,
        "may_start": request.user.has_perm("followups.add_pilot"),
        "pilots": [
            {
                "pilot": one,
                "goal": f"{one.goal * 100:.1f}".removesuffix(".0"),
                "last": max(one.started_on, last_counted(one)),
                "state": _state(one, today),
            }
            for one in found
        ],
        "most": MOST_PILOTS,
    }
    return render(request, "followups/pilots.html", context, status=status)


def _state(found: Pilot, today: date) -> str:
    if found.ended_at is not None:
        return "Ended"
    left = days_left(found.started_on, found.days, today)
    if not left:
        return "Over"
    return "Begins" if today < found.started_on else f"{left} days left" if left > 1 else "Last day"


def _described(shown: BehindPage) -> list[dict[str, Any]]:
    """The rows of a list of leads, with what was decided last and why, in words."""
    return [
        {
            "lead": one.lead,
            "at": one.at,
            "decision": one.decision,
            "badge": BADGES[one.decision.decision] if one.decision is not None else "badge-quiet",
            "because": ", ".join(REASONS.get(reason, reason) for reason in one.decision.reasons)
            if one.decision is not None
            else "",
        }
        for one in shown.rows
    ]


def _paging(request: StaffRequest, shown: BehindPage, after: str) -> dict[str, str]:
    def address(place: str) -> str:
        rest = request.GET.copy()
        rest.pop("after", None)
        if place:
            rest["after"] = place
        return f"?{rest.urlencode()}"

    return {
        "first_url": address("") if after else "",
        "next_url": address(shown.following) if shown.following else "",
    }


def _file(name: str, columns: tuple[str, ...], lines: list[list[object]]) -> HttpResponse:
    response = HttpResponse(content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    writer = SafeWriter(response, columns)
    for line in lines:
        writer.write(line)
    return response
