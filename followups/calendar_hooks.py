"""Where a calendar system tells us of meetings (docs/calendars.md). The answer 200 means that it is kept for good."""

from __future__ import annotations

import json
import logging

from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt

from followups import services
from followups.states import PlannedSource
from outreach.inbound.webhooks.bodies import JSON, Refused, unpacked, wire_bytes
from outreach.inbound.webhooks.sources import GenericSource

log = logging.getLogger("rekindle.inbound")

CALENDAR = "text/calendar"
_SOURCE = GenericSource("generic-calendar", "calendar", types=(JSON, CALENDAR))


@csrf_exempt
@login_not_required
def calendar_entries(request: HttpRequest) -> HttpResponse:
    """One entry as JSON, or a calendar. Sent twice, it changes nothing the second time."""
    # What is not connected does not exist: without a secret nothing could be proven.
    if not _SOURCE.is_connected():
        raise Http404
    if request.method == "HEAD":
        return HttpResponse()
    if request.method != "POST":
        refused = _answer(405, "Send it with POST.")
        refused["Allow"] = "POST, HEAD"
        return refused
    now = timezone.now()
    try:
        body = _proven(request)
        if request.content_type == CALENDAR:
            calendar = services.read_calendar(body, now=now)
        else:
            calendar = services.read_entry(_object(body))
    except Refused as problem:
        if problem.status == 401:
            log.warning("A request to %s is not proven; nothing of it was kept", request.path)
        return _answer(problem.status, problem.sentence)
    except services.Unreadable as problem:
        return _answer(400, f"{problem.sentence} Nothing was kept.")
    done = services.import_calendar(calendar=calendar, source=PlannedSource.WEBHOOK, now=now)
    counts = {"created": done.created, "updated": done.updated, "unchanged": done.unchanged}
    refused_entries = [{"entry": number, "why": why} for number, why in done.refused]
    return JsonResponse({**counts, "refused": refused_entries})


def _proven(request: HttpRequest) -> bytes:
    """The body, once it is sure who sent it. Raises Refused."""
    if request.content_type not in _SOURCE.types:
        raise Refused(400, f"The content type must be {' or '.join(_SOURCE.types)}.")
    forged = Refused(401, "The signature is missing, wrong or too old. Nothing was kept.")
    if not _SOURCE.may_come_in(request):
        raise forged
    wire = wire_bytes(request)
    if not _SOURCE.is_proven(request, wire):
        raise forged
    return unpacked(request, wire)


def _object(body: bytes) -> dict[str, object]:
    try:
        given = json.loads(body)
    except (ValueError, RecursionError) as problem:
        raise Refused(400, "The body is no JSON.") from problem
    if not isinstance(given, dict):
        raise Refused(400, "The body is not one entry.")
    return given


def _answer(status: int, sentence: str) -> HttpResponse:
    return HttpResponse(f"{sentence}\n", status=status, content_type="text/plain; charset=utf-8")
