"""Calls: who is next, one call with all that is needed to make it, and what came of it."""

from __future__ import annotations

import base64
import binascii
import json
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.contrib.auth.decorators import permission_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST
from django_htmx.middleware import HtmxDetails

from outreach import services
from outreach.call_forms import CallOffForm, OutcomeForm
from outreach.call_queue import WHEN, WHOSE, Place, queue, sheet, tallies
from outreach.models import Call
from outreach.services.refusals import NotPermitted, Refused
from outreach.states import CallStatus
from staff.models import User

viewer = permission_required("outreach.view_call", raise_exception=True)
caller = permission_required("outreach.make_calls", raise_exception=True)


class StaffRequest(HttpRequest):
    """A request by somebody signed in, as the middleware leaves it."""

    user: User
    htmx: HtmxDetails


@require_GET
@viewer
def calls(request: StaffRequest) -> HttpResponse:
    """Who is to be called, the next best call first."""
    now = timezone.now()
    counted = tallies(request.user, now)
    key = request.GET.get("whose", "")
    if key not in WHOSE:
        key = next((one for one in WHOSE if counted[one]), "mine")
    when = request.GET.get("when", "")
    when = when if when in WHEN else "due"
    after = request.GET.get("after", "")
    rows, more = queue(request.user, key=key, when=when, after=_place_from_text(after), now=now)
    kept = {"whose": key} | ({"when": when} if when != "due" else {})
    context: dict[str, Any] = {
        "section": "calls",
        "tabs": [
            {
                "label": label,
                "tally": counted[one],
                "url": "?" + urlencode({**kept, "whose": one}),
                "current": one == key,
            }
            for one, label in WHOSE.items()
        ],
        "whose": key,
        "when": when,
        "whens": WHEN,
        "rows": rows,
        "first": next((row for row in rows if row.refusal is None), None) if when == "due" and not after else None,
        "first_url": f"?{urlencode(kept)}" if after else "",
        "next_url": f"?{urlencode({**kept, 'after': _place_to_text(rows[-1].call)})}" if more else "",
    }
    return render(request, "outreach/calls.html", context)


@require_GET
@viewer
def call(request: StaffRequest, call_id: int) -> HttpResponse:
    """One call: who, why, what to talk about, and what came of it. Whether it may be made is asked now."""
    return _show(request, _visible(request, call_id))


@require_POST
@viewer
@caller
def keep_outcome(request: StaffRequest, call_id: int) -> HttpResponse:
    """It was made."""
    row = _visible(request, call_id)
    form = OutcomeForm(request.POST)
    if not form.is_valid():
        problem = "Nothing was kept. Correct what is marked."
        return _show(request, row, status=422, problem=problem, outcome_form=form)
    now = timezone.now()
    given = form.cleaned_data
    try:
        kept = services.keep_outcome(
            call_id=call_id,
            outcome=given["outcome"],
            note=given["note"],
            minutes=given["minutes"],
            back_at=form.back_at(sheet(row, now).zone),
            tries_seen=given["tries"],
            by=request.user,
            now=now,
        )
    except services.StaleCall as stale:
        return _show(request, _visible(request, call_id), status=409, stale=stale.sentence)
    except NotPermitted as refused:
        return _show(request, row, status=403, problem=refused.sentence)
    except Refused as refused:
        return _show(request, row, status=422, problem=refused.sentence, outcome_form=form)
    done = "Kept. It comes back later." if kept.status == CallStatus.WAITING else "Kept. This call is done."
    return _done(request, call_id, done)


@require_POST
@viewer
@caller
def call_off(request: StaffRequest, call_id: int) -> HttpResponse:
    """Nobody needs to make it."""
    row = _visible(request, call_id)
    form = CallOffForm(request.POST)
    if not form.is_valid():
        return _show(request, row, status=422, problem="Nothing was changed. Say why.", off_form=form)
    reason = f"{request.user}: {form.cleaned_data['reason']}"
    if not services.call_off(call_ids=[call_id], reason=reason, now=timezone.now(), by=request.user):
        return _show(request, _visible(request, call_id), status=409, stale="This call is over already.")
    return _done(request, call_id, "Called off. Nobody makes this call.")


def _done(request: StaffRequest, call_id: int, words: str) -> HttpResponse:
    if request.htmx:
        return _show(request, _visible(request, call_id), done=words)
    messages.success(request, words)
    return redirect("outreach:call", call_id)


def _show(request: StaffRequest, row: Call, *, status: int = 200, **extra: Any) -> HttpResponse:
    shown = sheet(row, timezone.now())
    context = {
        "section": "calls",
        "sheet": shown,
        "call": row,
        "may_make": request.user.has_perm("outreach.make_calls"),
        "outcome_form": OutcomeForm(initial={"tries": row.tries}),
        "off_form": CallOffForm(),
        **extra,
    }
    if request.htmx and not request.htmx.boosted and not request.htmx.history_restore_request:
        # 200 whatever happened: the answer says it in words, and a browser writes every 4xx to its console.
        return render(request, "outreach/call.html#call", context)
    return render(request, "outreach/call.html", context, status=status)


def _visible(request: StaffRequest, call_id: int) -> Call:
    rows = Call.objects.visible_to(request.user).select_related("contact__account", "owner", "done_by")
    return get_object_or_404(rows, pk=call_id)


def _place_to_text(row: Call) -> str:
    packed = json.dumps([row.rank_at.isoformat(), row.pk], separators=(",", ":"))
    return base64.urlsafe_b64encode(packed.encode()).decode().rstrip("=")


def _place_from_text(text: str) -> Place | None:
    """Read a place back. What is none, such as an address typed by hand, means the beginning."""
    try:
        moment_text, row_id = json.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
        moment = datetime.fromisoformat(moment_text)
    except (binascii.Error, ValueError, TypeError):
        return None
    return (moment, row_id) if moment.tzinfo is not None and isinstance(row_id, int) and 0 <= row_id < 2**63 else None
