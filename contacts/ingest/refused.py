"""Pages of the events that were refused: the list, and one with its text to repair."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any, cast

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import permission_required
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.cache import patch_vary_headers
from django.views.decorators.http import require_GET, require_POST

from contacts.ingest.messages import CODES, Malformed, parse
from contacts.models import DeadLetter, EventSource
from contacts.services import Refused
from contacts.services import dead_letters as services
from contacts.states import DeadLetterStatus
from staff.requests import StaffRequest

PAGE = 50
#: How many are replayed by one click, so that nobody waits for a page for minutes.
REPLAYED_AT_ONCE = 500
_LONGEST_BODY = 1_000_000
BADGES = {
    DeadLetterStatus.OPEN: "badge-warn",
    DeadLetterStatus.REPLAYED: "badge-ok",
    DeadLetterStatus.DISCARDED: "badge-quiet",
}

repairer = permission_required("contacts.repair_events", raise_exception=True)


class FilterForm(forms.Form):
    """What the list can be narrowed to."""

    status = forms.ChoiceField(label="State", choices=DeadLetterStatus.choices, required=False)
    source = forms.ModelChoiceField(
        label="Source", queryset=EventSource.objects.order_by("name"), required=False, empty_label="All sources"
    )
    code = forms.ChoiceField(label="Reason", choices=[("", "All reasons"), *CODES.items()], required=False)


class RepairForm(forms.Form):
    """The text of an event, as JSON."""

    body = forms.CharField(
        label="The event",
        max_length=_LONGEST_BODY,
        widget=forms.Textarea(attrs={"rows": 18, "spellcheck": "false", "class": "mono"}),
        help_text="Repair it here. Its time counts from when it was first received.",
    )

    def clean_body(self) -> Any:
        try:
            return parse(self.cleaned_data["body"].encode(errors="replace"))
        except Malformed as malformed:
            raise forms.ValidationError(malformed.sentence) from malformed


@require_GET
@repairer
def dead_letters(request: StaffRequest) -> HttpResponse:
    """The refused events, the latest first; those that wait for somebody unless asked otherwise."""
    form = FilterForm(request.GET if "status" in request.GET else {**request.GET.dict(), "status": "open"})
    chosen: dict[str, Any] = form.cleaned_data if form.is_valid() else {}
    letters = _narrowed(chosen) if form.is_valid() else DeadLetter.objects.none()
    before = request.GET.get("before", "")
    if before.isdecimal() and len(before) < 19:
        letters = letters.filter(pk__lt=int(before))
    rows = list(letters.select_related("source").defer("body", "first_body").order_by("-pk")[: PAGE + 1])
    status = chosen.get("status") or ""
    context = {
        "form": form,
        "rows": rows[:PAGE],
        "status": status,
        "is_open": status == DeadLetterStatus.OPEN,
        "code_label": CODES.get(chosen.get("code") or "", ""),
        "query": _without_place(request.GET).urlencode(),
        "first_url": f"?{_without_place(request.GET).urlencode()}" if before else "",
        "next_url": _next_url(request.GET, rows[PAGE - 1].pk) if len(rows) > PAGE else "",
        "filtered": bool(chosen.get("source") or chosen.get("code")),
        "codes": CODES,
        "none_at_all": not rows and not EventSource.objects.exists(),
    }
    return _answer(request, "contacts/dead_letters.html", "dead-letter-list", context)


@require_GET
@repairer
def dead_letter(request: StaffRequest, letter_id: int) -> HttpResponse:
    """One refused event: why, from where, and its text to repair."""
    return _show(request, letter_id)


@require_POST
@repairer
def replay(request: StaffRequest, letter_id: int) -> HttpResponse:
    """Take the event in, as it stands in the form."""
    form = RepairForm(request.POST)
    if not form.is_valid():
        return _show(request, letter_id, status=422, form=form)
    return _act(request, letter_id, services.replay, "Taken in. It counts from now on.", body=form.cleaned_data["body"])


@require_POST
@repairer
def discard(request: StaffRequest, letter_id: int) -> HttpResponse:
    """Put it aside."""
    return _act(request, letter_id, services.discard, "Discarded.")


@require_POST
@repairer
def reopen(request: StaffRequest, letter_id: int) -> HttpResponse:
    """Take it out again."""
    return _act(request, letter_id, services.reopen, "Open again.")


@require_POST
@repairer
def replay_several(request: StaffRequest) -> HttpResponse:
    """Replay those that are ticked, or, by the other button, all that the filters show."""
    back = QueryDict(request.POST.get("query", ""))
    form = FilterForm({**back.dict(), "status": DeadLetterStatus.OPEN})
    if request.POST.get("which") == "all" and form.is_valid():
        letters = _narrowed(form.cleaned_data)
    else:
        ticked = [int(one) for one in request.POST.getlist("letter") if one.isdecimal() and len(one) < 19]
        letters = DeadLetter.objects.filter(pk__in=ticked, status=DeadLetterStatus.OPEN)
    # The oldest first, as they came: what a person did first is known first.
    found = list(letters.order_by("pk")[: REPLAYED_AT_ONCE + 1])
    done = services.replay_several(letters=found[:REPLAYED_AT_ONCE], by=request.user, now=timezone.now())
    if not found:
        messages.warning(request, "Nothing was chosen. Tick the events to replay.")
    else:
        words = f"Taken in: {done.replayed}. Still refused: {done.still_refused}."
        more = (
            f" Replay again for the rest: {REPLAYED_AT_ONCE} are done at once." if len(found) > REPLAYED_AT_ONCE else ""
        )
        (messages.warning if done.still_refused else messages.success)(request, words + more)
    return redirect(f"{reverse('contacts:dead_letters')}?{_without_place(back).urlencode()}")


def _narrowed(chosen: dict[str, Any]) -> QuerySet[DeadLetter]:
    letters = DeadLetter.objects.filter(status=chosen.get("status") or DeadLetterStatus.OPEN)
    if chosen.get("source"):
        letters = letters.filter(source=chosen["source"])
    if chosen.get("code"):
        letters = letters.filter(code=chosen["code"])
    return letters


def _act(
    request: StaffRequest, letter_id: int, act: Callable[..., DeadLetter], done: str, **extra: Any
) -> HttpResponse:
    """Do it, and show the event as it then is; or say what stood in the way."""
    letter = get_object_or_404(DeadLetter, pk=letter_id)
    try:
        act(letter=letter, by=request.user, now=timezone.now(), **extra)
    except Refused as refused:
        return _show(request, letter_id, status=422, problem=refused.sentence)
    if request.htmx:
        return _show(request, letter_id, done=done)
    messages.success(request, done)
    return redirect("contacts:dead_letter", letter_id)


def _show(request: StaffRequest, letter_id: int, *, status: int = 200, **extra: Any) -> HttpResponse:
    letter = get_object_or_404(DeadLetter.objects.select_related("source", "decided_by"), pk=letter_id)
    body = _pretty(letter.body)
    context = {
        "letter": letter,
        "badge": BADGES[DeadLetterStatus(letter.status)],
        "code_label": CODES.get(letter.code, letter.code),
        "form": RepairForm(initial={"body": body}),
        "body": body,
        "first_body": _pretty(letter.first_body) if letter.first_body is not None else "",
        **extra,
    }
    return _answer(request, "contacts/dead_letter.html", "dead-letter", context, status=status)


def _pretty(body: Any) -> str:
    return json.dumps(body, indent=2, ensure_ascii=False)


def _without_place(query: QueryDict) -> QueryDict:
    rest = query.copy()
    rest.pop("before", None)
    return rest


def _next_url(query: QueryDict, last: int) -> str:
    rest = _without_place(query)
    rest["before"] = str(last)
    return f"?{rest.urlencode()}"


def _answer(
    request: StaffRequest, template: str, partial: str, context: dict[str, Any], *, status: int = 200
) -> HttpResponse:
    """The whole page, or for htmx the part of it that changes, which says in words what went wrong."""
    plain = cast(HttpRequest, request)
    if request.htmx and not request.htmx.boosted and not request.htmx.history_restore_request:
        response = render(plain, f"{template}#{partial}", context)
    else:
        response = render(plain, template, context, status=status)
    patch_vary_headers(response, ["HX-Request"])
    return response
