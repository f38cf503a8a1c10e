"""The addresses of the site, and one page that is signed in, looks like every other, and has nothing on it.

It is the floor of every page: the session, the person, their permissions, the frame and the menu.
"""

from __future__ import annotations

from functools import cache
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.template import engines
from django.urls import include, path
from django.views.decorators.http import require_GET


@cache
def _empty() -> Any:
    return engines["django"].from_string('{% extends "base.html" %}{% block title %}Empty{% endblock %}')


@require_GET
def empty_page(request: HttpRequest) -> HttpResponse:
    """What a signed-in page costs before it says anything."""
    return HttpResponse(_empty().render({}, request))


urlpatterns = [
    path("benchmark/empty/", empty_page),
    path("", include("config.urls")),
]
