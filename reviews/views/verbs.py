"""Every decision about a message: a form that works without JavaScript, and an htmx swap with it."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from django.http import HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST

from outreach.services import NotPermitted, Refused
from reviews import services
from reviews.forms import (
    CloseOutForm,
    NoteForm,
    ReassignForm,
    SetAsideForm,
    SettleForm,
    SnoozeForm,
    SuppressForm,
)
from reviews.models import ReviewDecision
from reviews.snoozes import moment_of
from reviews.views.deciding import decide, decide_by_form, hold, show, stay, visible
from reviews.views.requests import kept_query, reviewer
from staff.calendars import calendar_of
from staff.models import User
from staff.requests import StaffRequest


@require_POST
@reviewer
def approve(request: StaffRequest, draft_id: int) -> HttpResponse:
    """Approve the text that was on the screen, and nothing else."""
    seen = request.POST.get("fingerprint", "")
    return decide(request, draft_id, services.approve, fingerprint=seen, hold=hold())


@require_POST
@reviewer
def suppress(request: StaffRequest, draft_id: int) -> HttpResponse:
    """Stop writing, as far as the reviewer says."""
    form = SuppressForm(request.POST, flow=visible(request, draft_id).flow)
    return decide_by_form(request, draft_id, services.suppress, "suppress_form", form)


@require_POST
@reviewer
def close_out(request: StaffRequest, draft_id: int) -> HttpResponse:
    """End the lead's follow-up with a disposition, without sending."""
    return decide_by_form(request, draft_id, services.close_out, "close_form", CloseOutForm(request.POST))


@require_POST
@reviewer
def set_aside(request: StaffRequest, draft_id: int) -> HttpResponse:
    """Do not write now: pause, be reminded, put off, nurture, or take over by hand."""
    return decide_by_form(request, draft_id, services.set_aside, "aside_form", SetAsideForm(request.POST))


@require_POST
@reviewer
def settle(request: StaffRequest, draft_id: int) -> HttpResponse:
    """Say whether a message that may have left did leave."""
    return decide_by_form(request, draft_id, _settle, "settle_form", SettleForm(request.POST))


@require_POST
@reviewer
def review_again(request: StaffRequest, draft_id: int) -> HttpResponse:
    """Take up a message that could not be delivered."""
    return decide(request, draft_id, services.review_again)


@require_POST
@reviewer
def snooze(request: StaffRequest, draft_id: int) -> HttpResponse:
    """See it again later."""
    return decide_by_form(request, draft_id, _snooze, "snooze_form", SnoozeForm(request.POST))


@require_POST
@reviewer
def end_snooze(request: StaffRequest, draft_id: int) -> HttpResponse:
    """See it among what waits again."""
    return decide(request, draft_id, services.wake)


@require_POST
@reviewer
def reassign(request: StaffRequest, draft_id: int) -> HttpResponse:
    """Give it to a colleague."""
    draft = visible(request, draft_id)
    form = ReassignForm(request.POST, by=request.user, owner_id=draft.owner_id)
    return decide_by_form(request, draft_id, services.reassign, "reassign_form", form)


@require_POST
@reviewer
def undo(request: StaffRequest, draft_id: int) -> HttpResponse:
    """Take an approval back while the message is held for that."""
    response = decide(request, draft_id, services.undo)
    if request.htmx:
        # Another message may be on the screen by now.
        response["HX-Push-Url"] = reverse("reviews:item", args=[draft_id]) + kept_query(request.GET)
    return response


@require_POST
@reviewer
def add_note(request: StaffRequest, draft_id: int) -> HttpResponse:
    """Tell colleagues something about this person."""
    draft = visible(request, draft_id)
    form = NoteForm(request.POST)
    again = {"open_form": "note_form", "note_form": form}
    if not form.is_valid():
        return show(request, draft, status=422, **again)
    try:
        services.add_note(draft_id=draft_id, text=form.cleaned_data["text"], by=request.user, now=timezone.now())
    except NotPermitted as refused:
        return show(request, draft, status=403, problem=refused.sentence, **again)
    except Refused as refused:
        return show(request, draft, status=422, problem=refused.sentence, **again)
    return stay(request, draft, "Your note is kept.")


def _settle(*, outcome: str, **rest: Any) -> ReviewDecision:
    return services.settle(was_sent=outcome == "sent", send_again=outcome == "send_again", hold=hold(), **rest)


def _snooze(*, until: str, day: date | None, by: User, now: datetime, **rest: Any) -> ReviewDecision:
    calendar = calendar_of(by.team)
    moment = moment_of(until, day, now=now, timezone=calendar.timezone, opens=calendar.opens)
    return services.snooze(until=moment, by=by, now=now, **rest)
