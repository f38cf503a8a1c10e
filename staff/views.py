"""Pages about the people who work here: their colours, and what everybody did."""

from __future__ import annotations

from urllib.parse import urlencode

from django.conf import settings
from django.contrib.auth.decorators import permission_required
from django.http import HttpRequest, HttpResponse, HttpResponseBadRequest, HttpResponseRedirect
from django.shortcuts import render
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST, require_safe

from staff.forms import AuditFilterForm, KeysForm, ThemeForm
from staff.models import AuditEntry

AUDIT_PAGE = 50
YEAR_SECONDS = 365 * 24 * 3600


@require_POST
def choose_theme(request: HttpRequest) -> HttpResponse:
    """Remember the colours on this computer and go back to the page they were chosen on."""
    form = ThemeForm(request.POST)
    if not form.is_valid():
        return HttpResponseBadRequest("The colours are system, light or dark.", content_type="text/plain")
    return _remember(request, "theme", form.cleaned_data["theme"])


@require_POST
def choose_keys(request: HttpRequest) -> HttpResponse:
    """Remember on this computer whether single keys act, and go back to the page it was chosen on."""
    form = KeysForm(request.POST)
    if not form.is_valid():
        return HttpResponseBadRequest("Single keys are on or off.", content_type="text/plain")
    return _remember(request, "keys", form.cleaned_data["keys"])


def _remember(request: HttpRequest, name: str, value: str) -> HttpResponse:
    """Keep a choice in a cookie for a year and go back to the page it was made on."""
    page = request.POST.get("next", "")
    safe = url_has_allowed_host_and_scheme(page, allowed_hosts={request.get_host()}, require_https=request.is_secure())
    response = HttpResponseRedirect(page if safe else "/")
    response.set_cookie(
        name,
        value,
        max_age=YEAR_SECONDS,
        httponly=True,
        samesite="Lax",
        secure=settings.SESSION_COOKIE_SECURE,
    )
    return response


@require_safe
@permission_required("staff.view_auditentry", raise_exception=True)
def read_audit_log(request: HttpRequest) -> HttpResponse:
    """What everybody did, newest first. A page begins after the entry last seen, so a long log costs no more."""
    form = AuditFilterForm(request.GET)
    chosen = form.cleaned_data if form.is_valid() else {}
    entries = AuditEntry.objects.select_related("actor").matching(
        action=chosen.get("action"), actor=chosen.get("actor")
    )
    before = request.GET.get("before", "")
    older = entries.before(int(before)) if before.isdecimal() and len(before) < 19 else entries
    page = list(older[: AUDIT_PAGE + 1])
    kept = {name: request.GET[name] for name in ("action", "actor") if request.GET.get(name)}
    next_url = f"?{urlencode(kept | {'before': page[AUDIT_PAGE - 1].pk})}" if len(page) > AUDIT_PAGE else ""
    return render(
        request,
        "staff/audit.html",
        {
            "form": form,
            "entries": page[:AUDIT_PAGE],
            "next_url": next_url,
            "newest_url": f"?{urlencode(kept)}" if before else "",
            "filtered": bool(kept),
            "columns": [{"label": label} for label in ("When", "Who", "What", "On", "Details")],
        },
    )
