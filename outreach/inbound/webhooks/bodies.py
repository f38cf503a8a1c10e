"""The body of a request from a stranger: never more of it in memory than is allowed, however it is packed."""

from __future__ import annotations

import json
import re
import zlib
from email import policy
from email.parser import BytesParser
from typing import Any

from django.http import HttpRequest, QueryDict
from django.utils.datastructures import MultiValueDict

from outreach.inbound.mail import LARGEST_MAIL

LARGEST_REQUEST = LARGEST_MAIL
#: Fields and files of one form. A mail with its attachments has far fewer.
_MOST_FIELDS = 500
JSON = "application/json"
FORMS = ("application/x-www-form-urlencoded", "multipart/form-data")
_BOUNDARY = re.compile(r'boundary="?([^";,\s]{1,200})"?', re.IGNORECASE)


class Refused(Exception):  # noqa: N818  the answer to a request
    """Nothing is kept. ``status`` is the HTTP status, ``sentence`` says why to whoever looks after the other side."""

    def __init__(self, status: int, sentence: str) -> None:
        super().__init__(sentence)
        self.status = status
        self.sentence = sentence


def wire_bytes(request: HttpRequest) -> bytes:
    """The body as it was sent. Raises Refused (413) as soon as it is known to be too large."""
    length = str(request.META.get("CONTENT_LENGTH") or "")
    if length.isdecimal() and int(length[:20]) > LARGEST_REQUEST:
        raise _too_large()
    body: bytes = request.read(LARGEST_REQUEST + 1)
    if len(body) > LARGEST_REQUEST:
        raise _too_large()
    return body


def unpacked(request: HttpRequest, body: bytes) -> bytes:
    """The body, unzipped if it says so; one that would become too large is not unzipped to its end."""
    encoding = request.headers.get("Content-Encoding", "identity").strip().lower()
    if encoding in {"identity", ""}:
        return body
    if encoding not in {"gzip", "x-gzip"}:
        raise Refused(400, "The body may be zipped with gzip, or not at all.")
    unzip = zlib.decompressobj(wbits=zlib.MAX_WBITS | 16)
    try:
        plain = unzip.decompress(body, LARGEST_REQUEST + 1)
    except zlib.error as problem:
        raise Refused(400, "The body says it is gzip, but cannot be unzipped.") from problem
    if len(plain) > LARGEST_REQUEST:
        raise _too_large()
    if not unzip.eof:
        raise Refused(400, "The gzip body ends too early. Send it again.")
    return plain


def give_back(request: HttpRequest, body: bytes) -> None:
    """Let others read the body from the request, as anymail's views do; the fields of a form too."""
    request._body = body  # where Django keeps what was read
    if request.content_type in FORMS:
        fields, files = form_of(request, body)
        posted = QueryDict(mutable=True, encoding="utf-8")
        for name, values in fields.items():
            posted.setlist(name, values)
        request._post, request._files = posted, MultiValueDict()  # type: ignore[attr-defined]
        request.form = {"fields": fields, "files": files}  # type: ignore[attr-defined]


def form_of(request: HttpRequest, body: bytes) -> tuple[dict[str, list[str]], list[dict[str, Any]]]:
    """The fields of a form, and the name, type and size of each file in it, whose content is dropped."""
    if request.content_type == FORMS[0]:
        try:
            sent = QueryDict(body, encoding="utf-8")
        except (UnicodeDecodeError, ValueError) as problem:
            raise Refused(400, "The form could not be read.") from problem
        except Exception as problem:
            if type(problem).__name__ == "TooManyFieldsSent":
                raise Refused(400, "The form has too many fields.") from problem
            raise
        return {name: [str(one) for one in values] for name, values in sent.lists()}, []
    kind = request.headers.get("Content-Type", "")
    boundary = _BOUNDARY.search(kind)
    if boundary is None or body.count(b"--" + boundary[1].encode("ascii", "replace")) > _MOST_FIELDS:
        raise Refused(400, "The form has no boundary, or too many fields.")
    whole: Any = BytesParser(policy=policy.compat32).parsebytes(
        b"Content-Type: " + kind.encode("ascii", "replace") + b"\r\n\r\n" + body
    )
    found: list[tuple[str, bytes]] = []
    files: list[dict[str, Any]] = []
    for part in whole.get_payload() if whole.is_multipart() else []:
        name = part.get_param("name", header="content-disposition")
        content = part.get_payload(decode=True)
        if part.get_param("filename", header="content-disposition") is not None:
            files.append(
                {
                    "field": str(name), "name": str(part.get_filename() or ""), "type": part.get_content_type(),
                    "size": len(content) if isinstance(content, bytes) else 0,
                }
            )  # fmt: skip
        elif isinstance(name, str) and isinstance(content, bytes):
            found.append((name, content))
    charsets = _charsets(found)
    fields: dict[str, list[str]] = {}
    for name, content in found:
        fields.setdefault(name, []).append(_decoded(content, charsets.get(name)))
    return fields, files


def _charsets(found: list[tuple[str, bytes]]) -> dict[str, str]:
    """SendGrid says in a field of its own in which charset each of the others is."""
    given = next((content for name, content in found if name == "charsets"), b"{}")
    try:
        read = json.loads(given)
    except ValueError:
        return {}
    return {str(name): str(value) for name, value in read.items()} if isinstance(read, dict) else {}


def _decoded(content: bytes, charset: str | None) -> str:
    try:
        return content.decode(charset or "utf-8", "replace")
    except (LookupError, ValueError):
        return content.decode("utf-8", "replace")


def _too_large() -> Refused:
    return Refused(413, f"The request is larger than {LARGEST_REQUEST:,} bytes (10 MB, unzipped).")
