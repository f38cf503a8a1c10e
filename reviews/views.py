"""The screens of the workbench. Each decision is a form that works without JavaScript, and an htmx swap with it."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.contrib.auth.decorators import permission_required
from django.forms import Form
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST
from kombu.exceptions import OperationalError

from followups.models import Lead
from outreach import tasks as outreach_tasks
from outreach.models import Draft
from outreach.services import BlockedByGates, NotPermitted, Refused, StaleDraft
from outreach.states import DraftStatus
from reviews import items, services
from reviews.filters import QueueFilter
from reviews.forms import CloseOutForm, EditForm, SettleForm, SuppressForm
from reviews.queue import next_waiting, page, tally, whose
from reviews.rules import QueuePlace, place_from_text, place_to_text

log = logging.getLogger("rekindle.reviews")
reviewer = permission_required("reviews.review_drafts", raise_exception=True)

TABS = [("mine", "Mine"), ("team", "Team"), ("unassigned", "Unassigned")]
KEPT_FILTERS = ("whose", "q", "kind", "reason_kind", "asked", "channel")


@require_GET
def home(request: HttpRequest) -> HttpResponse:
    """What waits for this person today, and one next step."""
    user = request.user
    context: dict[str, Any] = {"section": "home", "can_review": user.has_perm("reviews.review_drafts")}
    if context["can_review"]:
        drafts = Draft.objects.all()
        waiting = drafts.filter(status=DraftStatus.AWAITING_REVIEW)
        context["tallies"] = [(label, key, tally(whose(user, key, waiting))) for key, label in TABS]
        context["maybe_sent"] = tally(drafts.visible_to(user).filter(status=DraftStatus.UNKNOWN))
        context["next"] = next(iter(page(whose(user, "mine", waiting), None, 1).rows), None)
    if user.has_perm("followups.view_lead"):
        context["leads"] = tally(Lead.objects.visible_to(user))
    return render(request, "reviews/home.html", context)


@reviewer
@require_GET
def queue(request: HttpRequest) -> HttpResponse:
    """The messages that wait for a decision: mine, my team's, or nobody's."""
    user = request.user
    chosen = request.GET.get("whose", "mine")
    chosen = chosen if chosen in dict(TABS) else "mine"
    status = request.GET.get("status") or DraftStatus.AWAITING_REVIEW
    in_status = Draft.objects.filter(status=status)
    narrowed = QueueFilter(request.GET, queryset=whose(user, chosen, in_status))
    drafts = narrowed.qs if narrowed.form.is_valid() else in_status.none()
    shown = page(drafts, place_from_text(request.GET.get("after", "")))
    waiting = Draft.objects.filter(status=DraftStatus.AWAITING_REVIEW)
    kept = _kept(request.GET)
    context = {
        "section": "queue",
        "tabs": [
            {"label": label, "url": f"?{urlencode({'whose': key})}", "current": key == chosen, "tally": tally(whose(user, key, waiting))}
            for key, label in TABS
        ],
        "whose": chosen,
        "filter": narrowed,
        "chips": narrowed.chips(),
        "rows": shown.rows,
        "item_query": f"?{urlencode(kept)}" if kept else "",
        "first_url": _first_page(request.GET) if request.GET.get("after") else "",
        "next_url": _next_page(request.GET, shown.next_place) if shown.next_place else "",
        "filtered": bool(narrowed.chips()) or status != DraftStatus.AWAITING_REVIEW,
    }
    template = "reviews/queue.html#queue-list" if request.htmx and request.htmx.target == "queue-list" else "reviews/queue.html"
    return render(request, template, context)


@reviewer
@require_GET
def item(request: HttpRequest, draft_id: int) -> HttpResponse:
    """One message: why this person, why now, what it says, where it goes."""
    return _show(request, _visible(request, draft_id))


@reviewer
@require_POST
def approve(request: HttpRequest, draft_id: int) -> HttpResponse:
    """Approve the text that was on the screen, and nothing else."""
    return _decide(
        request,
        draft_id,
        lambda now: services.approve(
            draft_id=draft_id, fingerprint=request.POST.get("fingerprint", ""), by=request.user, now=now
        ),
        done="Approved. It leaves in a moment.",
        wakes_delivery=True,
    )


@reviewer
@require_POST
def edit(request: HttpRequest, draft_id: int) -> HttpResponse:
    """Change the text; with the second button approve it at once. What was typed is kept even when a check objects."""
    draft = _visible(request, draft_id)
    form = EditForm(request.POST)
    if not form.is_valid():
        return _show(request, draft, edit_form=form, status=422)
    typed = {key: form.cleaned_data[key] for key in ("fingerprint", "subject", "body")}
    if "approve" not in request.POST:
        return _keep_edit(request, draft, form, typed, note="Your text is kept. Read it once more, then approve it.")
    try:
        services.edit_and_approve(draft_id=draft_id, by=request.user, now=timezone.now(), **typed)
    except BlockedByGates:
        return _keep_edit(request, draft, form, typed, note="Your text is kept, but a check stops it. See the marked words.", status=422)
    except StaleDraft as stale:
        return _stale(request, stale, edit_form=form)
    except NotPermitted as refused:
        return _show(request, draft, edit_form=form, problem=refused.sentence, status=403)
    except Refused as refused:
        return _show(request, draft, edit_form=form, problem=refused.sentence, status=422)
    _wake_delivery(draft_id)
    return _next(request, draft, "Edited and approved. It leaves in a moment.")


@reviewer
@require_POST
def suppress(request: HttpRequest, draft_id: int) -> HttpResponse:
    """Stop writing, as far as the reviewer says."""
    return _decide_by_form(
        request, draft_id, SuppressForm(request.POST), services.suppress, "suppress_form", done="Stopped. The reason is on the record."
    )


@reviewer
@require_POST
def close_out(request: HttpRequest, draft_id: int) -> HttpResponse:
    """End the lead's follow-up with a disposition, without sending."""
    return _decide_by_form(
        request, draft_id, CloseOutForm(request.POST), services.close_out, "close_form", done="Closed out. Nothing was sent."
    )


@reviewer
@require_POST
def settle(request: HttpRequest, draft_id: int) -> HttpResponse:
    """Say whether a message that may have left did leave."""
    draft = _visible(request, draft_id)
    form = SettleForm(request.POST)
    if not form.is_valid():
        return _show(request, draft, settle_form=form, status=422)
    was_sent = form.cleaned_data["was_sent"] == "yes"
    return _decide(
        request,
        draft_id,
        lambda now: services.settle(
            draft_id=draft_id, was_sent=was_sent, reason=form.cleaned_data["reason"], by=request.user, now=now
        ),
        done="Noted as sent." if was_sent else "Noted as not sent.",
    )


def _decide_by_form(
    request: HttpRequest, draft_id: int, form: Form, service: Callable[..., Any], name: str, *, done: str
) -> HttpResponse:
    draft = _visible(request, draft_id)
    if not form.is_valid():
        return _show(request, draft, status=422, **{name: form})
    return _decide(
        request,
        draft_id,
        lambda now: service(draft_id=draft_id, by=request.user, now=now, **form.cleaned_data),
        done=done,
        **{name: form},
    )


def _decide(
    request: HttpRequest, draft_id: int, act: Callable[[Any], Any], *, done: str, wakes_delivery: bool = False, **forms: Form
) -> HttpResponse:
    """Carry out one decision, or show the page as it now is and say what stood in the way."""
    draft = _visible(request, draft_id)
    try:
        act(timezone.now())
    except StaleDraft as stale:
        return _stale(request, stale)
    except NotPermitted as refused:
        return _show(request, draft, problem=refused.sentence, status=403, **forms)
    except Refused as refused:
        return _show(request, _visible(request, draft_id), problem=refused.sentence, status=422, **forms)
    if wakes_delivery:
        _wake_delivery(draft_id)
    return _next(request, draft, done)


def _keep_edit(
    request: HttpRequest, draft: Draft, form: EditForm, typed: dict[str, str], *, note: str, status: int = 200
) -> HttpResponse:
    try:
        services.edit(draft_id=draft.pk, by=request.user, now=timezone.now(), **typed)
    except StaleDraft as stale:
        return _stale(request, stale, edit_form=form)
    except NotPermitted as refused:
        return _show(request, draft, edit_form=form, problem=refused.sentence, status=403)
    except Refused as refused:
        return _show(request, draft, edit_form=form, problem=refused.sentence, status=422)
    return _show(request, _visible(request, draft.pk), note=note, status=status)


def _visible(request: HttpRequest, draft_id: int) -> Draft:
    drafts = Draft.objects.visible_to(request.user).select_related("contact__account", "owner", "decided_by", "template_version__template")
    return get_object_or_404(drafts, pk=draft_id)


def _show(request: HttpRequest, draft: Draft, *, status: int = 200, **extra: Any) -> HttpResponse:
    seen = {"fingerprint": draft.fingerprint}
    kept = _kept(request.GET)
    context = {
        "section": "queue",
        "item": items.item_for(request.user, draft),
        "draft": draft,
        "gate_count": items.GATE_COUNT,
        "edit_form": EditForm(initial={**seen, "subject": draft.subject, "body": draft.body}),
        "suppress_form": SuppressForm(initial=seen),
        "close_form": CloseOutForm(initial=seen),
        "settle_form": SettleForm(),
        "query": f"?{urlencode(kept)}" if kept else "",
        **extra,
    }
    context["open_form"] = next((name for name in ("edit_form", "suppress_form", "close_form") if name in extra), "")
    template = "reviews/item.html#item" if request.htmx else "reviews/item.html"
    response = render(request, template, context, status=status)
    if request.htmx:
        response["HX-Push-Url"] = reverse("reviews:item", args=[draft.pk]) + str(context["query"])
    return response


def _stale(request: HttpRequest, stale: StaleDraft, **extra: Any) -> HttpResponse:
    """Somebody was faster, or the text is another one: nothing happened; here is the fresh item."""
    return _show(request, _visible(request, stale.draft.pk), status=409, stale=stale.sentence, **extra)


def _next(request: HttpRequest, decided: Draft, done: str) -> HttpResponse:
    """Go on to the next item in the same view of the queue, or back to the queue when there is none."""
    messages.success(request, done)
    kept = _kept(request.GET)
    chosen = kept.get("whose", "mine")
    narrowed = QueueFilter(QueryDict(urlencode(kept)), queryset=Draft.objects.all())
    drafts = narrowed.qs if narrowed.form.is_valid() else Draft.objects.all()
    following = next_waiting(request.user, chosen, drafts, QueuePlace(decided.priority, decided.due_at, decided.pk))
    query = f"?{urlencode(kept)}" if kept else ""
    if following is None:
        address = reverse("reviews:queue") + query
        return HttpResponse(headers={"HX-Redirect": address}) if request.htmx else redirect(address)
    if request.htmx:
        return _show(request, _visible(request, following.pk), moved_on=True)
    return HttpResponseRedirect(reverse("reviews:item", args=[following.pk]) + query)


def _wake_delivery(draft_id: int) -> None:
    """Tell a worker. If the broker is down nothing is lost: the row is approved, and the next sweep finds it."""
    try:
        outreach_tasks.deliver_one.delay(draft_id)
    except OperationalError:
        log.warning("The broker did not answer; draft %s waits for the next sweep.", draft_id)


def _kept(query: QueryDict) -> dict[str, str]:
    return {key: query[key] for key in KEPT_FILTERS if query.get(key)}


def _first_page(query: QueryDict) -> str:
    rest = query.copy()
    rest.pop("after", None)
    return f"?{rest.urlencode()}"


def _next_page(query: QueryDict, place: QueuePlace) -> str:
    rest = query.copy()
    rest["after"] = place_to_text(place)
    return f"?{rest.urlencode()}"
