"""The palette: type a few letters, go there. Without a script it is a page with a search."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from reviews import palette as ways
from staff.requests import StaffRequest

LONGEST = 100


@require_GET
def palette(request: StaffRequest) -> HttpResponse:
    """Pages this role may open, people and accounts by name. The verbs of a page are added in the page itself."""
    words = request.GET.get("q", "").replace("\0", "").strip()[:LONGEST]
    context = {
        "words": words,
        "section": "",
        "groups": [
            {"name": name, "ways": found}
            for name, found in (
                ("Pages", ways.pages_for(request.user, words)),
                ("People", ways.people_for(request.user, words)),
                ("Accounts", ways.accounts_for(request.user, words)),
            )
            if found
        ],
    }
    template = "reviews/palette.html#palette-found" if request.htmx else "reviews/palette.html"
    return render(request, template, context)
