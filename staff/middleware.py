"""How long a sign-in lasts, and who needs a second factor before anything else."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode, urlsplit

from allauth.mfa.adapter import get_adapter
from allauth.mfa.models import Authenticator
from django.conf import settings
from django.contrib import messages
from django.contrib.auth import REDIRECT_FIELD_NAME, logout
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django_htmx.http import HttpResponseClientRedirect

SIGNED_IN_AT = "signed_in_at"
SEEN_AT = "seen_at"
#: How often the moment somebody was last seen is written down, in seconds. Nobody waits for a write on every request.
SEEN_EVERY_SECONDS = 60

#: What pages ask for by themselves. Somebody who went home leaves them open, and is idle all the same.
BY_THEMSELVES = frozenset({"reviews:claim_message", "reviews:claim_call", "reviews:arrived"})

IDLE_SENTENCE = "You were signed out because nothing happened here for a while. Sign in to go on."
ABSOLUTE_SENTENCE = "You were signed out because you signed in a long time ago. Sign in to go on."
SECOND_FACTOR_SENTENCE = "Your role approves messages, so it needs a second factor. Set one up to go on."

#: What somebody who still has to set up a second factor may use: setting it up, proving who they are, and leaving.
WITHOUT_SECOND_FACTOR = frozenset(
    {
        "account_logout",
        "account_reauthenticate",
        "mfa_activate_totp",
        "mfa_generate_recovery_codes",
        "mfa_index",
        "mfa_reauthenticate",
        "mfa_view_recovery_codes",
        "staff:keys",
        "staff:theme",
    }
)


def is_htmx(request: HttpRequest) -> bool:
    return request.headers.get("HX-Request") == "true"


def lead_to(request: HttpRequest, url: str) -> HttpResponse:
    """A redirect. htmx is told to load the whole page, since it would put the answer into the part it asked for."""
    return HttpResponseClientRedirect(url) if is_htmx(request) else HttpResponseRedirect(url)


def page_to_return_to(request: HttpRequest) -> str:
    """The page the person looks at: this one, or for a form or a part of a page the one it stands on."""
    if is_htmx(request):
        page = request.headers.get("HX-Current-URL", "")
    elif request.method in {"GET", "HEAD"}:
        return request.get_full_path()
    else:
        page = request.headers.get("Referer", "")
    if not url_has_allowed_host_and_scheme(page, allowed_hosts={request.get_host()}):
        return "/"
    parts = urlsplit(page)
    return parts.path + (f"?{parts.query}" if parts.query else "") or "/"


def sign_in_url(request: HttpRequest) -> str:
    return f"{reverse('account_login')}?{urlencode({REDIRECT_FIELD_NAME: page_to_return_to(request)})}"


class SessionLimitMiddleware:
    """Ends a sign-in that was idle for SESSION_IDLE_SECONDS, or that is older than SESSION_ABSOLUTE_SECONDS.

    When somebody was last seen is written at most once a minute, so an idle session may end up to a minute early.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if request.user.is_authenticated:
            if request.resolver_match is None or request.resolver_match.view_name not in BY_THEMSELVES:
                self.note_use(request)
        elif is_htmx(request) and response.get("Location", "").startswith(reverse("account_login")):
            return lead_to(request, sign_in_url(request))
        return response

    def process_view(
        self, request: HttpRequest, view: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> HttpResponse | None:
        # Here and not in __call__, because messages are only ready once all middleware has seen the request.
        sentence = self.why_over(request) if request.user.is_authenticated else ""
        if not sentence:
            return None
        logout(request)
        if not getattr(view, "login_required", True):
            return None
        messages.info(request, sentence)
        return lead_to(request, sign_in_url(request))

    @staticmethod
    def why_over(request: HttpRequest) -> str:
        """Why this sign-in has ended, in a sentence; empty while it holds."""
        now = time.time()
        if now - request.session.get(SIGNED_IN_AT, now) > settings.SESSION_ABSOLUTE_SECONDS:
            return ABSOLUTE_SENTENCE
        if now - request.session.get(SEEN_AT, now) > settings.SESSION_IDLE_SECONDS:
            return IDLE_SENTENCE
        return ""

    @staticmethod
    def note_use(request: HttpRequest) -> None:
        now = int(time.time())
        if SIGNED_IN_AT not in request.session:
            request.session[SIGNED_IN_AT] = now
        if now - request.session.get(SEEN_AT, 0) >= min(SEEN_EVERY_SECONDS, settings.SESSION_IDLE_SECONDS / 4):
            request.session[SEEN_AT] = now


class SecondFactorMiddleware:
    """With REQUIRE_MFA, whoever may approve messages sets up a second factor before anything else, admin included."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(
        self, request: HttpRequest, view: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> HttpResponse | None:
        if not settings.REQUIRE_MFA or not request.user.is_authenticated or not getattr(view, "login_required", True):
            return None
        if request.resolver_match and request.resolver_match.view_name in WITHOUT_SECOND_FACTOR:
            return None
        # A superuser has every permission, so this covers them too.
        if not request.user.has_perm("reviews.review_drafts"):
            return None
        if get_adapter().is_mfa_enabled(request.user, types=[Authenticator.Type.TOTP]):
            return None
        messages.info(request, SECOND_FACTOR_SENTENCE)
        return lead_to(request, reverse("mfa_activate_totp"))
