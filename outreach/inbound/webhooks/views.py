"""Where providers tell us things. The answer 200 means that it is in the database for good."""

from __future__ import annotations

import logging
import time

from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt
from kombu.exceptions import OperationalError

from outreach import tasks
from outreach.inbound import notices
from outreach.inbound.webhooks.bodies import Refused, give_back, unpacked, wire_bytes
from outreach.inbound.webhooks.sources import Source, source_of_mail, source_of_sms
from outreach.states import NoticeKind

log = logging.getLogger("rekindle.inbound")

#: The clock looks every two seconds by itself. A worker is woken at most this often, and left alone for a while when
#: the broker does not answer, so that no provider waits for it.
_WAKE_AGAIN = 0.5
_LEAVE_ALONE = 30.0
_next_wake = 0.0


@csrf_exempt
@login_not_required
def mail_news(request: HttpRequest, provider: str) -> HttpResponse:
    """What became of an e-mail of ours."""
    return _receive(request, source_of_mail(provider, NoticeKind.TRACKING))


@csrf_exempt
@login_not_required
def mail_message(request: HttpRequest, provider: str) -> HttpResponse:
    """An e-mail to us."""
    return _receive(request, source_of_mail(provider, NoticeKind.INBOUND))


@csrf_exempt
@login_not_required
def sms_news(request: HttpRequest, provider: str) -> HttpResponse:
    """What became of a text message of ours."""
    return _receive(request, source_of_sms(provider, NoticeKind.TRACKING, request.path))


@csrf_exempt
@login_not_required
def sms_message(request: HttpRequest, provider: str) -> HttpResponse:
    """A text message to us. Twilio would send words in the answer back as a message, so it is empty."""
    answer = _receive(request, source_of_sms(provider, NoticeKind.INBOUND, request.path))
    if answer.status_code == 200 and provider == "twilio" and request.method == "POST":
        return HttpResponse("<Response/>", content_type="text/xml")
    return answer


def _receive(request: HttpRequest, source: Source | None) -> HttpResponse:
    # What is not connected does not exist: without a secret nothing could be proven.
    if source is None or not source.is_connected():
        raise Http404
    if request.method == "HEAD":
        # Some providers look in this way whether the address exists.
        return HttpResponse()
    if request.method != "POST":
        refused = _answer(405, "Send it with POST.")
        refused["Allow"] = "POST, HEAD"
        return refused
    try:
        arrived = _proven(request, source)
    except Refused as problem:
        if problem.status == 401:
            log.warning("A request to %s is not proven; nothing of it was kept", request.path)
        return _answer(problem.status, problem.sentence)
    if notices.keep(arrived, received_at=timezone.now()):
        _wake()
    return HttpResponse()


def _proven(request: HttpRequest, source: Source) -> list[notices.Arrived]:
    if request.content_type not in source.types:
        raise Refused(400, f"The content type must be {' or '.join(source.types)}.")
    if not source.may_come_in(request):
        raise _forged()
    wire = wire_bytes(request)
    body = unpacked(request, wire)
    give_back(request, body)
    if not source.is_proven(request, wire):
        raise _forged()
    return source.events(request, body)


def _forged() -> Refused:
    return Refused(401, "The signature or the password is missing, wrong or too old. Nothing was kept.")


def _answer(status: int, sentence: str) -> HttpResponse:
    return HttpResponse(f"{sentence}\n", status=status, content_type="text/plain; charset=utf-8")


def _wake() -> None:
    """Have it read at once. Without a broker it is read a little later."""
    global _next_wake
    now = time.monotonic()
    if now < _next_wake:
        return
    _next_wake = now + _WAKE_AGAIN
    try:
        tasks.take_in_notices.delay()
    except (OperationalError, RuntimeError, OSError):
        _next_wake = time.monotonic() + _LEAVE_ALONE
        log.warning("Nobody could be woken to read what came in: the broker does not answer")
