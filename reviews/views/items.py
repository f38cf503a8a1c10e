"""One message, and every decision about it: a form that works without JavaScript, and an htmx swap with it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.views.decorators.http import require_GET, require_POST
from django_htmx.http import HttpResponseClientRedirect

from outreach import services as outreach
from outreach import tasks as outreach_tasks
from outreach.models import Draft
from outreach.services import BlockedByGates, NotPermitted, Refused, StaleDraft
from outreach.states import DraftStatus
from reviews import items, services
from reviews.forms import CloseOutForm, EditForm, SetAsideForm, SettleForm, SuppressForm
from reviews.models import ReviewDecision
from reviews.queue import next_after
from reviews.rules import QueuePlace
from reviews.views.requests import StaffRequest, kept_query, reviewer, same_view
from reviews.waking import wake
from staff.forms import PanelForm

Decide = Callable[..., ReviewDecision]


@require_GET
@reviewer
def item(request: StaffRequest, draft_id: int) -> HttpResponse:
    """One message: why this person, why now, what it says, where it goes."""
    return _show(request, _visible(request, draft_id))


@require_POST
@reviewer
def approve(request: StaffRequest, draft_id: int) -> HttpResponse:
    """Approve the text that was on the screen, and nothing else."""
    return _decide(request, draft_id, services.approve, fingerprint=request.POST.get("fingerprint", ""))


@require_POST
@reviewer
def edit(request: StaffRequest, draft_id: int) -> HttpResponse:
    """Change the text; with the second button approve it at once. What was typed is kept even when a check objects."""
    act = services.edit_and_approve if "approve" in request.POST else services.edit
    return _decide_by_form(request, draft_id, act, "edit_form", EditForm(request.POST))


@require_POST
@reviewer
def ask_for_texts(request: StaffRequest, draft_id: int) -> HttpResponse:
    """Ask the language model for two texts to choose from."""
    draft = _visible(request, draft_id)
    try:
        outreach.ask_for_variants(draft_id=draft_id, by=request.user, now=timezone.now())
    except NotPermitted as refused:
        return _show(request, draft, status=403, problem=refused.sentence)
    except Refused as refused:
        return _show(request, draft, status=422, problem=refused.sentence)
    wake(outreach_tasks.compose_texts)
    return _stay(request, draft, "Two texts are being written. They appear here in a moment.")


@require_POST
@reviewer
def use_text(request: StaffRequest, draft_id: int, composition_id: int) -> HttpResponse:
    """Take a text that the language model offers. The gates run on it; it is not approved yet."""
    seen = request.POST.get("fingerprint", "")
    return _decide(request, draft_id, services.use_text, composition_id=composition_id, fingerprint=seen)


@require_POST
@reviewer
def suppress(request: StaffRequest, draft_id: int) -> HttpResponse:
    """Stop writing, as far as the reviewer says."""
    return _decide_by_form(request, draft_id, services.suppress, "suppress_form", SuppressForm(request.POST))


@require_POST
@reviewer
def close_out(request: StaffRequest, draft_id: int) -> HttpResponse:
    """End the lead's follow-up with a disposition, without sending."""
    return _decide_by_form(request, draft_id, services.close_out, "close_form", CloseOutForm(request.POST))


@require_POST
@reviewer
def set_aside(request: StaffRequest, draft_id: int) -> HttpResponse:
    """Do not write now: pause, be reminded, put off, nurture, or take over by hand."""
    return _decide_by_form(request, draft_id, services.set_aside, "aside_form", SetAsideForm(request.POST))


@require_POST
@reviewer
def settle(request: StaffRequest, draft_id: int) -> HttpResponse:
    """Say whether a message that may have left did leave."""
    return _decide_by_form(request, draft_id, _settle, "settle_form", SettleForm(request.POST))


@require_POST
@reviewer
def review_again(request: StaffRequest, draft_id: int) -> HttpResponse:
    """Take up a message that could not be delivered."""
    return _decide(request, draft_id, services.review_again)


def _settle(*, outcome: str, **rest: Any) -> ReviewDecision:
    return services.settle(was_sent=outcome == "sent", send_again=outcome == "send_again", **rest)


def _decide_by_form(request: StaffRequest, draft_id: int, act: Decide, name: str, form: PanelForm) -> HttpResponse:
    if not form.is_valid():
        return _show(request, _visible(request, draft_id), status=422, open_form=name, **{name: form})
    return _decide(request, draft_id, act, name, form, **form.cleaned_data)


def _decide(
    request: StaffRequest, draft_id: int, act: Decide, name: str = "", form: PanelForm | None = None, **chosen: Any
) -> HttpResponse:
    """Carry out one decision and go on, or show the item as it now is and say what stood in the way.

    ``form`` is what was typed, under the ``name`` the page knows it by: a refusal shows it again.
    """
    before = _visible(request, draft_id)
    typed = {"open_form": name, name: form} if form is not None else {}
    try:
        decision = act(draft_id=draft_id, by=request.user, now=timezone.now(), **chosen)
    except StaleDraft as stale:
        if form is not None:
            # What was typed stays, and counts for the text that is on the screen from now on.
            form.data = {**form.cleaned_data, "fingerprint": stale.draft.fingerprint}
        return _show(request, _visible(request, draft_id), status=409, stale=stale.sentence, **typed)
    except BlockedByGates as blocked:
        # A text that was edited is kept by now, with what the checks said about it.
        return _show(request, _visible(request, draft_id), status=422, problem=blocked.sentence)
    except NotPermitted as refused:
        return _show(request, before, status=403, problem=refused.sentence, **typed)
    except Refused as refused:
        return _show(request, before, status=422, problem=refused.sentence, **typed)
    after = _visible(request, draft_id)
    if after.status == DraftStatus.APPROVED:
        wake(outreach_tasks.deliver_one, draft_id)
    if after.status == DraftStatus.AWAITING_REVIEW:
        note = (
            "Taken up again."
            if act is services.review_again
            else "Your text is kept. Read it once more, then approve it."
        )
        return _stay(request, after, note)
    messages.success(request, _what_happens(decision, after))
    return _go_on(request, QueuePlace(before.rank_at, before.pk))


def _what_happens(decision: ReviewDecision, draft: Draft) -> str:
    done = str(decision.get_action_display())
    if draft.status != DraftStatus.APPROVED:
        return f"{done}."
    if draft.not_before is not None and draft.not_before > timezone.now():
        return f"{done}. It leaves on {date_format(draft.not_before, 'j M Y, H:i')}."
    return f"{done}. It leaves in a moment."


def _visible(request: StaffRequest, draft_id: int) -> Draft:
    drafts = Draft.objects.visible_to(request.user).select_related(
        "contact", "owner__team", "decided_by", "template_version__template"
    )
    return get_object_or_404(drafts, pk=draft_id)


def _show(request: StaffRequest, draft: Draft, *, status: int = 200, **extra: Any) -> HttpResponse:
    seen = {"fingerprint": draft.fingerprint}
    context = {
        "item": items.item_for(request.user, draft),
        "draft": draft,
        "edit_form": EditForm(initial={**seen, "subject": draft.subject, "body": draft.body}),
        "suppress_form": SuppressForm(initial=seen),
        "close_form": CloseOutForm(initial=seen),
        "aside_form": SetAsideForm(initial=seen),
        "settle_form": SettleForm(),
        "query": kept_query(request.GET),
        **extra,
    }
    if request.htmx:
        # htmx gets 200 whatever happened: the answer says it in words, and a browser writes every 4xx to its console,
        # where it would hide real faults.
        return render(request, "reviews/item.html#item", context)
    return render(request, "reviews/item.html", context, status=status)


def _stay(request: StaffRequest, draft: Draft, note: str) -> HttpResponse:
    """The same item again, after something changed that is no final decision."""
    if request.htmx:
        return _show(request, draft, note=note)
    messages.info(request, note)
    return redirect(reverse("reviews:item", args=[draft.pk]) + kept_query(request.GET))


def _go_on(request: StaffRequest, place: QueuePlace) -> HttpResponse:
    """The next item in the same view of the queue, or the queue when nothing waits in it."""
    query = kept_query(request.GET)
    following = next_after(same_view(request), place)
    if following is None:
        address = reverse("reviews:queue") + query
        return HttpResponseClientRedirect(address) if request.htmx else redirect(address)
    address = reverse("reviews:item", args=[following.pk]) + query
    if not request.htmx:
        return redirect(address)
    response = _show(request, _visible(request, following.pk), moved_on=True)
    response["HX-Push-Url"] = address
    return response
