"""The page about sending: what leaves, what is stopped, what waits, and the rules. One click stops."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import permission_required
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.cache import patch_vary_headers
from django.views.decorators.http import require_GET, require_POST

from outreach.overview import providers, sending_now
from outreach.sending_forms import CapForm, HoursForm, LiftForm, RateForm, StopForm, WarmUpForm
from outreach.services import controlling, lift_stop, stop_sending
from outreach.services.refusals import NotPermitted, Refused
from staff.forms import PanelForm
from staff.requests import StaffRequest

viewer = permission_required("outreach.view_draft", raise_exception=True)
stopper = permission_required("outreach.stop_sending", raise_exception=True)
controller = permission_required("outreach.control_sending", raise_exception=True)
#: What a provider has already is out of our hands, and whoever stops should know it.
HOLDS_FROM_NOW = "Stopped. Nothing more is handed over from now on. What a provider has already is not taken back."


@require_GET
@viewer
def sending(request: StaffRequest) -> HttpResponse:
    """What leaves now and what does not, and why."""
    return _show(request)


@require_POST
@viewer
@stopper
def stop(request: StaffRequest) -> HttpResponse:
    """Throw a switch."""
    return _act(request, stop_sending, StopForm(request.POST), "stop_form", HOLDS_FROM_NOW)


@require_POST
@viewer
@controller
def lift(request: StaffRequest, stop_id: int) -> HttpResponse:
    """Let sending go on."""
    form = LiftForm(request.POST, stop_id=stop_id)
    done = "Sending goes on. What waited for this stop is due now, and every check is made again before it leaves."
    return _act(request, lift_stop, form, f"lift_form_{stop_id}", done, stop_id=stop_id)


@require_POST
@viewer
@controller
def set_hours(request: StaffRequest, channel: str) -> HttpResponse:
    """Other hours for one channel."""
    form = HoursForm(request.POST, channel=channel)
    return _act(request, controlling.set_hours, form, f"hours_form_{channel}", "The hours are kept.", channel=channel)


@require_POST
@viewer
@controller
def set_cap(request: StaffRequest) -> HttpResponse:
    """At most so many messages to one person."""
    return _act(request, controlling.set_cap, CapForm(request.POST), "cap_form", "The cap is kept.")


@require_POST
@viewer
@controller
def remove_cap(request: StaffRequest, cap_id: int) -> HttpResponse:
    """Let a cap go."""
    return _act(request, controlling.remove_cap, None, "", "The cap is removed.", cap_id=cap_id)


@require_POST
@viewer
@controller
def set_rate(request: StaffRequest) -> HttpResponse:
    """So many a minute for one provider."""
    form = RateForm(request.POST, providers=providers())
    return _act(request, controlling.set_rate, form, "rate_form", "The rate is kept.")


@require_POST
@viewer
@controller
def remove_rate(request: StaffRequest, rate_id: int) -> HttpResponse:
    """As many as there are for this provider."""
    return _act(request, controlling.remove_rate, None, "", "The rate is removed.", rate_id=rate_id)


@require_POST
@viewer
@controller
def set_warm_up(request: StaffRequest) -> HttpResponse:
    """How a new sender domain grows."""
    form = WarmUpForm(request.POST)
    return _act(request, controlling.set_warm_up, form, "warm_up_form", "The warm-up is kept.")


@require_POST
@viewer
@controller
def remove_warm_up(request: StaffRequest, domain_id: int) -> HttpResponse:
    """This domain is known by now."""
    return _act(request, controlling.remove_warm_up, None, "", "The warm-up is removed.", domain_id=domain_id)


def _act(
    request: StaffRequest,
    act: Callable[..., object],
    form: PanelForm | None,
    name: str,
    done: str,
    **known: Any,
) -> HttpResponse:
    """Do it and show the page as it then is, or say what stood in the way, with what was typed."""
    extra = {name: form} if form is not None else {}
    if form is not None and not form.is_valid():
        return _show(request, status=422, problem="Nothing was changed. Correct what is marked.", forms=extra)
    chosen = form.cleaned_data if form is not None else {}
    try:
        act(**chosen, **known, by=request.user, now=timezone.now())
    except NotPermitted as refused:
        return _show(request, status=403, problem=refused.sentence)
    except Refused as refused:
        return _show(request, status=409, problem=refused.sentence, forms=extra)
    if request.htmx:
        return _show(request, done=done)
    messages.success(request, done)
    return redirect("outreach:sending")


def _show(
    request: StaffRequest,
    *,
    status: int = 200,
    done: str = "",
    problem: str = "",
    forms: dict[str, PanelForm] | None = None,
) -> HttpResponse:
    before = request.GET.get("before", "")
    context = sending_now(
        now=timezone.now(), before=int(before) if before.isdecimal() and before.isascii() and len(before) < 19 else None
    )
    typed = forms or {}
    context |= {
        "section": "sent",
        "done": done,
        "problem": problem,
        # Only what was typed just now is open.
        "typed": set(typed),
        "stop_form": typed.get("stop_form", StopForm()),
        "stops": [(one, typed.get(f"lift_form_{one.pk}", LiftForm(stop_id=one.pk))) for one in context["stops"]],
        "hours": [
            (one, typed.get(f"hours_form_{one.channel}", HoursForm.of(one)), f"hours_form_{one.channel}" in typed)
            for one in context["hours"]
        ],
        "cap_form": typed.get("cap_form", CapForm()),
        "rate_form": typed.get("rate_form", RateForm(providers=providers())),
        "warm_up_form": typed.get("warm_up_form", WarmUpForm()),
    }
    if request.htmx and not request.htmx.boosted and not request.htmx.history_restore_request:
        # 200 whatever happened: the answer says it in words, and a browser writes every 4xx to its console.
        response = render(request, "outreach/sending.html#sending", context)
    else:
        response = render(request, "outreach/sending.html", context, status=status)
    patch_vary_headers(response, ["HX-Request"])
    return response
