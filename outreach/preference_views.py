"""The page where somebody who got a message chooses what they get. The link is the proof, as for unsubscribing."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render
from django.utils import timezone
from django.utils.dateparse import parse_date
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from contacts.states import ADDRESS_KIND_OF_CHANNEL
from outreach import services
from outreach.brands import brand_of
from outreach.rules.preferences import LONGEST_PAUSE, QUESTION
from outreach.services import Choices, Preferences
from outreach.views import masked, unknown_link


@dataclass(frozen=True, slots=True)
class Box:
    """One thing to tick, with what is said about it."""

    name: str
    label: str
    help: str
    on: bool
    checked: bool


@csrf_exempt
@login_not_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def preferences(request: HttpRequest, token: str) -> HttpResponse:
    """Show what holds for whoever got this link; a POST saves what they chose.

    Nobody signs in, and there is no cookie. Looking changes nothing, since programs look at links before people do,
    and neither does a POST that does not come from this page's form.
    """
    now = timezone.now()
    if request.method != "POST":
        known = services.preferences_of(token=token, now=now)
        return _page(request, known, now) if known is not None else unknown_link(request)
    choices, problem = _choices(request.POST), ""
    try:
        saved = services.save_preferences(token=token, choices=choices, now=now)
    except ValueError as refused:
        known, problem = services.preferences_of(token=token, now=now), str(refused)
        return _page(request, known, now, choices=choices, problem=problem) if known else unknown_link(request)
    if saved is None:
        return unknown_link(request)
    return _page(request, saved.preferences, now, saved=True, on_its_way=saved.on_its_way)


def _page(
    request: HttpRequest,
    known: Preferences,
    now: datetime,
    *,
    choices: Choices | None = None,
    problem: str = "",
    saved: bool = False,
    on_its_way: bool = False,
) -> HttpResponse:
    """What holds now; with a ``problem``, what they had chosen, so that they need not choose it again."""
    channels = [
        Box(
            one.channel,
            one.words,
            masked(one.address) if one.address else "",
            one.on,
            one.channel in choices.channels if choices else one.on,
        )
        for one in known.channels
        if not one.locked
    ]
    topics = [
        Box(one.key, one.name, one.description, one.on, one.key in choices.topics if choices else one.on)
        for one in known.topics
    ]
    context: dict[str, Any] = {
        "token": known.draft.unsubscribe_token,
        "known": known,
        "address": masked(known.draft.address) if known.draft.channel in ADDRESS_KIND_OF_CHANNEL else "",
        "question": QUESTION,
        "channels": channels,
        "locked": [one.words for one in known.channels if one.locked],
        "topics": topics,
        "pause": choices.pause if choices is not None else "",
        "pause_day": choices.pause_day if choices is not None else None,
        "first_day": now.date() + timedelta(days=1),
        "last_day": now.date() + LONGEST_PAUSE,
        "write_to": brand_of(known.draft).from_email,
        "problem": problem,
        "saved": saved,
        "on_its_way": on_its_way,
    }
    return render(request, "outreach/preferences.html", context, status=422 if problem else 200)


def _choices(posted: QueryDict) -> Choices:
    def names(field: str) -> frozenset[str]:
        return frozenset(posted.getlist(field))

    pause, day = posted.get("pause", ""), _day(posted.get("pause_day", ""))
    # Whoever enters a day and forgets the mark beside it wants quiet until then.
    if not pause and posted.get("pause_day", "").strip():
        pause = "day"
    return Choices(
        channels_shown=names("channel_shown"),
        channels_shown_on=names("channel_on"),
        channels=names("channel"),
        topics_shown=names("topic_shown"),
        topics_shown_on=names("topic_on"),
        topics=names("topic"),
        pause=pause,
        pause_day=day,
    )


def _day(text: str) -> date | None:
    try:
        return parse_date(text.strip())
    except ValueError:
        return None
