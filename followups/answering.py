"""How the pages of this app answer: whole to a browser, in part to htmx."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.utils.cache import patch_vary_headers

from staff.requests import StaffRequest


def answer(
    request: StaffRequest, template: str, partial: str, context: dict[str, Any], *, status: int = 200
) -> HttpResponse:
    """The whole page, or for htmx the part of it that changes, which says in words what went wrong."""
    if request.htmx and not request.htmx.boosted and not request.htmx.history_restore_request:
        response = render(request, f"{template}#{partial}", context)
    else:
        response = render(request, template, context, status=status)
    patch_vary_headers(response, ["HX-Request"])
    return response
