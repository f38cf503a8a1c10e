"""Calls: who is next, one call with all that is needed to make it, what came of it, and what was promised."""

from __future__ import annotations

import base64
import binascii
import json
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.contrib.auth.decorators import permission_required
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from followups import services as followups
from followups.models import PlannedTouch
from outreach import services as outreach
from outreach.call_queue import WHEN, WHOSE, Place, next_best, queue, sheet, tallies
from outreach.models import Call
from outreach.rules.call_times import moment_in_words
from outreach.services.refusals import NotPermitted, Refused
from outreach.states import CallStatus
from reviews.calls.day import day_of
from reviews.calls.forms import CallOffForm, OutcomeForm
from reviews.calls.pages import desk, lines
from reviews.calls.promises import next_working_day, promises_of
from reviews.services import calling
from reviews.services.calling import KeptCall, OpenElsewhere, keep_call, keep_promise
from reviews.views.requests import caller
from staff.calendars import calendar_of, calendars
from staff.doors import open_to
from staff.requests import StaffRequest
from staff.services import claim, release
from staff.states import ClaimKind

viewer = permission_required("outreach.view_call", raise_exception=True)


@require_GET
@viewer
def calls(request: StaffRequest) -> HttpResponse:
    """Who is to be called, the next best call first; how full the day is, and what was promised."""
    now = timezone.now()
    counted = tallies(request.user, now)
    key = request.GET.get("whose", "")
    if key not in WHOSE:
        key = next((one for one in WHOSE if counted[one]), "mine")
    when = request.GET.get("when", "")
    when = when if when in WHEN else "due"
    after = request.GET.get("after", "")
    found, more = queue(request.user, key=key, when=when, after=_place_from_text(after), now=now)
    of_team = calendars()
    rows = lines(found, request.user, of_team, now)
    kept = {"whose": key} | ({"when": when} if when != "due" else {})
    makes = request.user.has_perm("outreach.make_calls")
    calendar = of_team[request.user.team_id]
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
        "whens": [
            {"label": label, "url": "?" + urlencode({"whose": key, "when": one}), "current": one == when}
            for one, label in WHEN.items()
        ],
        "when": when,
        "rows": rows,
        "first": next((row for row in rows if row.free), None) if when == "due" and not after else None,
        "may_start": makes and bool(counted["mine"] or counted["free"]),
        "may_make": makes,
        "day": day_of(request.user, calendar, now) if makes else None,
        "promises": promises_of(request.user, calendar, now) if makes else [],
        "first_url": f"?{urlencode(kept)}" if after else "",
        "next_url": f"?{urlencode({**kept, 'after': _place_to_text(rows[-1].call)})}" if more else "",
    }
    return render(request, "reviews/calls/calls.html", context)


@require_GET
@viewer
@caller
def next_call(request: StaffRequest) -> HttpResponse:
    """The next best call that may be made now and that nobody else has open. It is this person's from here on.

    ``behind`` is the call they come from. So of two people who ask at once, each gets another call.
    """
    now = timezone.now()
    behind_id = request.GET.get("behind", "")
    behind = None
    if behind_id.isascii() and behind_id.isdecimal():
        behind = Call.objects.visible_to(request.user).filter(pk=int(behind_id[:18])).first()
    if behind is not None:
        release(kind=ClaimKind.CALL, row_id=behind.pk, user=request.user)
    for row in next_best(request.user, now, behind=behind):
        if claim(kind=ClaimKind.CALL, row_id=row.pk, user=request.user, now=now) is None:
            return redirect("reviews:call", row.pk)
    messages.info(request, "Nobody else can be called at this moment. What waits, and why, stands below.")
    return redirect("reviews:calls")


@require_GET
@viewer
def call(request: StaffRequest, call_id: int) -> HttpResponse:
    """One call: who, why, what to talk about, and what came of it. Whether it may be made is asked now.

    Opening it claims it, so that no two people ring the same person; it writes nothing else.
    """
    row = _visible(request, call_id)
    if row.status == CallStatus.WAITING and request.user.has_perm("outreach.make_calls"):
        claim(kind=ClaimKind.CALL, row_id=row.pk, user=request.user, now=timezone.now())
    return _show(request, row)


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
        kept = keep_call(
            call_id=call_id,
            outcome=given["outcome"],
            note=given["note"],
            minutes=given["minutes"],
            back_at=form.back_at(sheet(row, now).zone),
            promise=form.promised(),
            tries_seen=given["tries"],
            by=request.user,
            now=now,
        )
    except (outreach.StaleCall, OpenElsewhere) as stale:
        return _show(request, _visible(request, call_id), status=409, stale=stale.sentence, outcome_form=form)
    except NotPermitted as refused:
        return _show(request, row, status=403, problem=refused.sentence)
    except Refused as refused:
        return _show(request, row, status=422, problem=refused.sentence, outcome_form=form)
    _look_again(kept.plan, now)
    return _done(request, call_id, _kept_in_words(kept, sheet(kept.call, now).zone, now))


@require_POST
@viewer
@caller
def call_off(request: StaffRequest, call_id: int) -> HttpResponse:
    """Nobody needs to make it."""
    row = _visible(request, call_id)
    form = CallOffForm(request.POST)
    if not form.is_valid():
        return _show(request, row, status=422, problem="Nothing was changed. Say why.", off_form=form)
    reason = form.cleaned_data["reason"]
    try:
        done = calling.call_off(call_id=call_id, reason=reason, by=request.user, now=timezone.now())
    except OpenElsewhere as elsewhere:
        return _show(request, _visible(request, call_id), status=409, stale=elsewhere.sentence, off_form=form)
    if not done:
        return _show(request, _visible(request, call_id), status=409, stale="This call is over already.")
    return _done(request, call_id, "Called off. Nobody makes this call.")


@require_POST
@viewer
@caller
def finish_promise(request: StaffRequest, plan_id: int) -> HttpResponse:
    """What was promised is done."""
    plan = get_object_or_404(PlannedTouch, pk=plan_id, for_whom=request.user)
    now = timezone.now()
    try:
        done = keep_promise(plan=plan, by=request.user, now=now)
    except Refused as refused:
        messages.error(request, refused.sentence)
    else:
        _look_again(done, now)
        messages.success(request, "Done. You kept what you promised.")
    return redirect("reviews:calls")


def _kept_in_words(kept: KeptCall, zone: str, now: datetime) -> str:
    if kept.call.status == CallStatus.WAITING:
        words = f"Kept. It comes back {moment_in_words(kept.call.due_at, now, zone)} by the clock there."
    elif kept.call.status == CallStatus.CALLED_OFF:
        words = "Kept as a call that took place. It had been called off meanwhile, so nobody calls again."
    else:
        words = "Kept. This call is done."
    if kept.plan is not None:
        words += " What you promised stands under Promised."
    return f"{words} {kept.not_planned}".strip()


def _look_again(plan: PlannedTouch | None, now: datetime) -> None:
    """Decide at once what follows for their leads, so that pages tell the truth."""
    if plan is None:
        return
    leads = list(plan.contact.leads.values_list("pk", flat=True))
    if leads:
        for _ in followups.sweep(now=now, lead_ids=leads):
            pass


def _done(request: StaffRequest, call_id: int, words: str) -> HttpResponse:
    if request.htmx:
        return _show(request, _visible(request, call_id), done=words)
    messages.success(request, words)
    return redirect("reviews:call", call_id)


def _show(request: StaffRequest, row: Call, *, status: int = 200, **extra: Any) -> HttpResponse:
    now = timezone.now()
    shown = desk(row, request.user, now)
    may_make = request.user.has_perm("outreach.make_calls")
    at_hand = row.status == CallStatus.WAITING and row.due_at <= now and shown.sheet.refusal is None and may_make
    calendar = calendar_of(request.user.team)
    to_make = may_make and row.status == CallStatus.WAITING
    # What came of a call is corrected in its form also where it was called off meanwhile: it took place.
    corrects = may_make and row.status == CallStatus.CALLED_OFF and "problem" in extra and "outcome_form" in extra
    context = {
        "section": "calls",
        "desk": shown,
        "sheet": shown.sheet,
        "call": row,
        "open": open_to(request.user, [("contact", row.contact_id)]),
        "may_make": may_make,
        # Of two who look at one call, only one sees the number.
        "number": shown.sheet.number if may_make and shown.held is None else "",
        # It may be made at this moment, so this page says again and again that it is open.
        "at_hand": at_hand,
        "claimed_at": now.isoformat(),
        "to_make": to_make,
        "to_keep": to_make or corrects,
        "next_one": next(next_best(request.user, now, behind=row), None) if may_make and not at_hand else None,
        "outcome_form": OutcomeForm.fresh(tries=row.tries, promise_on=next_working_day(calendar, now)),
        "off_form": CallOffForm(),
        **extra,
    }
    if request.htmx and not request.htmx.boosted and not request.htmx.history_restore_request:
        # 200 whatever happened: the answer says it in words, and a browser writes every 4xx to its console.
        return render(request, "reviews/calls/call.html#call", context)
    return render(request, "reviews/calls/call.html", context, status=status)


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
