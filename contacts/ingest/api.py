"""Segment's HTTP API: what its clients, and RudderStack's, send their events to (interface.md, "HTTP, machines").

200 means that the events are in the database for good. They become events in the timeline seconds later (`inbox`).
"""

from __future__ import annotations

import json
import time
import zlib
from collections.abc import Sequence
from datetime import UTC, datetime

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt

from contacts.ingest import inbox
from contacts.ingest.auth import key_in_header, source_id_of
from contacts.ingest.inbox import Rejected
from contacts.ingest.messages import BATCH, LARGEST_REQUEST, Malformed, open_envelope

#: Above this many messages in the inbox, senders are asked to wait.
MOST_WAITING = 1_000_000
RETRY_AFTER_SECONDS = 30
#: How long the last look at the inbox counts, in seconds.
_LOOKED_SECONDS = 2.0
_SUCCESS = b'{"success": true}'
_METHODS = "POST, OPTIONS"
_BROWSERS = {"Access-Control-Allow-Origin": "*"}
_PREFLIGHT = {
    "Access-Control-Allow-Methods": _METHODS,
    # AnonymousId is a header of RudderStack's browser client.
    "Access-Control-Allow-Headers": "Authorization, Content-Type, Content-Encoding, AnonymousId",
    "Access-Control-Max-Age": "86400",
}
_last_look: tuple[float, bool] = (0.0, False)


class _Refused(Exception):  # noqa: N818  the answer to a request
    def __init__(self, status: int, code: str, sentence: str) -> None:
        super().__init__(sentence)
        self.status = status
        self.code = code
        self.sentence = sentence


@csrf_exempt
@login_not_required
def receive(request: HttpRequest, call: str) -> HttpResponse:
    """Accept a batch, or one message of the type that the address names."""
    if request.method == "OPTIONS":
        return HttpResponse(status=204, headers=_BROWSERS | _PREFLIGHT)
    if request.method != "POST":
        answer = _answer(405, "method", "Send events with POST.")
        answer["Allow"] = _METHODS
        return answer
    try:
        return _accept(request, call)
    except _Refused as refused:
        answer = _answer(refused.status, refused.code, refused.sentence)
    except Malformed as malformed:
        answer = _answer(400, "malformed", malformed.sentence)
    if answer.status_code == 401:
        answer["WWW-Authenticate"] = 'Basic realm="write key"'
    elif answer.status_code == 429:
        answer["Retry-After"] = str(RETRY_AFTER_SECONDS)
    return answer


def _accept(request: HttpRequest, call: str) -> HttpResponse:
    key = key_in_header(request.headers.get("Authorization", ""))
    # A key in the header is looked at before the body, so that strangers cannot make us work.
    source_id = source_id_of(key)
    if key and source_id is None:
        raise _no_such_key()
    body = _body_of(request)
    envelope = open_envelope(call, body)
    if source_id is None:
        key = envelope.write_key
        source_id = source_id_of(key)
        if source_id is None:
            raise _no_such_key()
    if _is_behind():
        raise _Refused(429, "behind", "Too many events wait here already. Send these again later.")
    if envelope.write_key == key:
        # The key itself is never kept, not even for the moment until the events are taken in.
        body = body.replace(envelope.write_key.encode(), b"")
    rejected = inbox.accept(source_id=source_id, call=call, body=body, envelope=envelope, received_at=datetime.now(UTC))
    if rejected:
        return _partly(call, rejected)
    return HttpResponse(_SUCCESS, content_type="application/json", headers=_BROWSERS)


def _body_of(request: HttpRequest) -> bytes:
    """The body, unzipped; never more than LARGEST_REQUEST of it is in memory."""
    length = str(request.META.get("CONTENT_LENGTH") or "")
    if length.isdecimal() and int(length[:20]) > LARGEST_REQUEST:
        raise _too_large()
    body = request.read(LARGEST_REQUEST + 1)
    encoding = request.headers.get("Content-Encoding", "identity").strip().lower()
    if encoding in ("gzip", "x-gzip"):
        body = _unzipped(body)
    elif encoding not in ("identity", ""):
        raise _Refused(415, "encoding", "The body may be zipped with gzip, or not at all.")
    if len(body) > LARGEST_REQUEST:
        raise _too_large()
    if not body.strip():
        raise Malformed("The request has no body. Send the event as JSON, with its length in Content-Length.")
    return body


def _unzipped(body: bytes) -> bytes:
    unzip = zlib.decompressobj(wbits=zlib.MAX_WBITS | 16)
    try:
        # Whatever it says it holds: one byte more than is allowed is enough to know.
        plain = unzip.decompress(body, LARGEST_REQUEST + 1)
    except zlib.error as problem:
        raise Malformed("The body says it is gzip, but cannot be unzipped.") from problem
    if len(plain) <= LARGEST_REQUEST and not unzip.eof:
        raise Malformed("The gzip body ends too early. Send it again.")
    return plain


def _is_behind() -> bool:
    global _last_look
    now = time.monotonic()
    looked_at, behind = _last_look
    if now - looked_at > _LOOKED_SECONDS:
        behind = inbox.waiting(MOST_WAITING + 1) > MOST_WAITING
        _last_look = now, behind
    return behind


def _partly(call: str, rejected: Sequence[Rejected]) -> HttpResponse:
    """Something could not be accepted; it is kept among the refused events, where it can be repaired."""
    too_large = [one for one in rejected if one.code == "too_large"]
    if call != BATCH:
        return _answer(413 if too_large else 400, rejected[0].code, rejected[0].reason)
    told = [{"index": one.place, "code": one.code, "reason": one.reason} for one in rejected]
    if not too_large:
        return _json(200, {"success": True, "refused": told})
    return _json(
        413,
        {
            "success": False,
            "code": "too_large",
            "message": "At least one event is too large. All others are accepted: do not send the batch again.",
            "refused": told,
        },
    )


def _no_such_key() -> _Refused:
    return _Refused(
        401,
        "write_key",
        "The write key is missing, unknown or revoked. Send it as the user name of basic authentication.",
    )


def _too_large() -> _Refused:
    return _Refused(
        413,
        "too_large",
        f"The request is larger than {LARGEST_REQUEST:,} bytes (500 KB, unzipped). Send smaller batches.",
    )


def _answer(status: int, code: str, sentence: str) -> HttpResponse:
    """A refusal in the form that Segment's clients log."""
    return _json(status, {"success": False, "code": code, "message": sentence})


def _json(status: int, told: dict[str, object]) -> HttpResponse:
    return HttpResponse(json.dumps(told), status=status, content_type="application/json", headers=_BROWSERS)
