"""Changing the text: what is typed is kept while one types, and shown beside what a colleague made of it meanwhile."""

from __future__ import annotations

from types import SimpleNamespace

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_POST

from outreach import services as outreach
from outreach import tasks as outreach_tasks
from outreach.services import NotPermitted, Refused
from reviews import services
from reviews.forms import EditForm, KeptForm
from reviews.views.deciding import decide, decide_by_form, hold, show, stay, visible
from reviews.views.requests import kept_query, reviewer
from reviews.waking import wake
from staff.requests import StaffRequest


@require_POST
@reviewer
def edit(request: StaffRequest, draft_id: int) -> HttpResponse:
    """Change the text; with the second button approve it at once. What was typed is kept even when a check objects."""
    form = EditForm(request.POST)
    if "approve" not in request.POST:
        return decide_by_form(request, draft_id, services.edit, "edit_form", form)
    if not form.is_valid():
        return show(request, visible(request, draft_id), status=422, open_form="edit_form", edit_form=form)
    return decide(request, draft_id, services.edit_and_approve, "edit_form", form, **form.cleaned_data, hold=hold())


@require_POST
@reviewer
def keep_edit(request: StaffRequest, draft_id: int) -> HttpResponse:
    """Keep what is typed so far. A page asks for it by itself, a moment after one stops typing and when it is left."""
    draft = visible(request, draft_id)
    form = KeptForm(request.POST)
    if not form.is_valid():
        return HttpResponse("The text is not kept: what was sent is incomplete.", status=422, content_type="text/plain")
    try:
        kept = services.keep_edit(draft_id=draft_id, by=request.user, now=timezone.now(), **form.cleaned_data)
    except Refused as refused:
        return HttpResponse(refused.sentence, status=422, content_type="text/plain")
    context = {"item": SimpleNamespace(kept_edit=kept), "draft": draft, "query": kept_query(request.GET)}
    return render(request, "reviews/kept.html", context)


@require_POST
@reviewer
def drop_edit(request: StaffRequest, draft_id: int) -> HttpResponse:
    """Throw away what one typed: the text is what it is."""
    draft = visible(request, draft_id)
    dropped = services.drop_edit(draft_id=draft_id, by=request.user)
    return stay(request, draft, "Thrown away. This is the text as it stands." if dropped else "Nothing was kept.")


@require_POST
@reviewer
def use_mine(request: StaffRequest, draft_id: int) -> HttpResponse:
    """Go on with what one typed, although a colleague changed the text meanwhile."""
    draft = visible(request, draft_id)
    seen = request.POST.get("fingerprint", "")
    try:
        services.use_mine(draft_id=draft_id, fingerprint=seen, by=request.user, now=timezone.now())
    except Refused as refused:
        return show(request, visible(request, draft_id), status=409, stale=refused.sentence, open_form="edit_form")
    return show(request, draft, note="Your text stands in the form. Save it when it is right.", open_form="edit_form")


@require_POST
@reviewer
def ask_for_texts(request: StaffRequest, draft_id: int) -> HttpResponse:
    """Ask the language model for two texts to choose from."""
    draft = visible(request, draft_id)
    try:
        outreach.ask_for_variants(draft_id=draft_id, by=request.user, now=timezone.now())
    except NotPermitted as refused:
        return show(request, draft, status=403, problem=refused.sentence)
    except Refused as refused:
        return show(request, draft, status=422, problem=refused.sentence)
    wake(outreach_tasks.compose_texts)
    return stay(request, draft, "Two texts are being written. They appear here in a moment.")


@require_POST
@reviewer
def use_text(request: StaffRequest, draft_id: int, composition_id: int) -> HttpResponse:
    """Take a text that the language model offers. The gates run on it; it is not approved yet."""
    seen = request.POST.get("fingerprint", "")
    return decide(request, draft_id, services.use_text, composition_id=composition_id, fingerprint=seen)
