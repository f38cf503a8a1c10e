"""What every address of the API has in common: the key, the methods, JSON in and out, refusals in one form."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt

from contacts.models import Contact, Identity
from contacts.states import IdentityKind
from outreach.api import auth

#: The largest request, in bytes. A subscription takes some hundred.
LARGEST_REQUEST = 16_384
_LONGEST_ID = 255


class Problem(Exception):  # noqa: N818  no fault of ours: what the asker is told
    """A request that is not done, with its status, its code, and a sentence that says what to do."""

    def __init__(self, status: int, code: str, sentence: str) -> None:
        super().__init__(sentence)
        self.status = status
        self.code = code
        self.sentence = sentence


Answer = Callable[..., dict[str, Any]]


def endpoint(**answers: Answer) -> Callable[..., HttpResponse]:
    """A view of one address: which function answers which method, such as ``GET=…``.

    Nobody signs in here and no cookie counts: the key is the proof, so no form of another site can use it.
    """

    @csrf_exempt
    @login_not_required
    @never_cache
    @wraps(next(iter(answers.values())))
    def view(request: HttpRequest, **parts: Any) -> HttpResponse:
        try:
            if request.method not in answers:
                raise Problem(405, "method", f"This address knows {', '.join(answers)}.")
            key = auth.key_of(request.headers.get("Authorization", ""))
            if not auth.is_good(key):
                raise Problem(
                    401, "product_key", "The product key is missing, unknown or revoked. Send it as a bearer token."
                )
            if auth.is_too_fast(key):
                raise Problem(429, "too_many", "Too many requests at once. Send this one again in a second.")
            return JsonResponse({"success": True, **answers[str(request.method)](request, **parts)})
        except Problem as problem:
            told = {"success": False, "code": problem.code, "message": problem.sentence}
            headers = {
                405: {"Allow": ", ".join(answers)},
                401: {"WWW-Authenticate": "Bearer"},
                429: {"Retry-After": "1"},
            }
            answer = JsonResponse(told, status=problem.status, headers=headers.get(problem.status))
            # Django would write the address down, and with it what the product calls a person by.
            answer._has_been_logged = True  # type: ignore[attr-defined]  # the mark that Django itself sets
            return answer

    return view


def contact_of(user_id: str) -> Contact:
    """Whose id this is in the product, or in the file of customers. Raises Problem where nobody's.

    Of a contact that became part of another one, it is that one's. Where the two worlds of ids differ, the product's
    own counts.
    """
    if 0 < len(user_id) <= _LONGEST_ID and "\0" not in user_id:
        bound = Identity.objects.filter(
            kind__in=(IdentityKind.USER, IdentityKind.CUSTOMER), value=user_id, contact__isnull=False
        ).select_related("contact__merged_into")
        of_kind = {one.kind: one.contact for one in bound}
        contact = of_kind.get(IdentityKind.USER) or of_kind.get(IdentityKind.CUSTOMER)
        if contact is not None:
            return contact.merged_into or contact
    raise not_found()


def not_found() -> Problem:
    """The same words for whatever is not there, so that nobody learns which ids exist."""
    return Problem(404, "not_found", "There is no such user or message.")


def body_of(request: HttpRequest) -> dict[str, Any]:
    """The JSON object in the request. Raises Problem for anything else."""
    length = str(request.META.get("CONTENT_LENGTH") or "")
    if length.isdecimal() and int(length[:20]) > LARGEST_REQUEST:
        raise _too_large()
    content = request.read(LARGEST_REQUEST + 1)
    if len(content) > LARGEST_REQUEST:
        raise _too_large()
    try:
        said = json.loads(content)
    except (ValueError, RecursionError) as problem:
        raise Problem(400, "malformed", "The body is no JSON.") from problem
    if not isinstance(said, dict):
        raise Problem(400, "malformed", "The body must be a JSON object.")
    return said


def text_in(said: dict[str, Any], name: str, *, most: int) -> str:
    """A text of the request. Raises Problem where it is missing, something else, or too long."""
    value = said.get(name)
    if not isinstance(value, str) or not value.strip() or len(value) > most or "\0" in value:
        raise Problem(400, "malformed", f"{name} must be a text of 1 to {most} characters.")
    return value.strip()


def _too_large() -> Problem:
    return Problem(413, "too_large", f"The request is larger than {LARGEST_REQUEST:,} bytes.")
