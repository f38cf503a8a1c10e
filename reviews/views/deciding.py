"""One message on a page: finding it, showing it, carrying out a decision about it, and going on to the next."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django_htmx.http import HttpResponseClientRedirect

from outreach import tasks as outreach_tasks
from outreach.models import Draft
from outreach.services import BlockedByGates, FourEyes, NotPermitted, Refused, StaleDraft
from outreach.states import LEFT, DraftStatus
from reviews import items, services
from reviews.forms import (
    CloseOutForm,
    EditForm,
    NoteForm,
    ReassignForm,
    SetAsideForm,
    SettleForm,
    SnoozeForm,
    SuppressForm,
)
from reviews.models import Note, ReviewDecision
from reviews.queue import next_after
from reviews.rules import QueuePlace
from reviews.services import Claimed
from reviews.states import ReviewAction
from reviews.views.requests import kept_query, same_view
from reviews.waking import wake
from reviews.worklist import worklist
from staff.doors import open_to
from staff.forms import PanelForm
from staff.requests import StaffRequest

Decide = Callable[..., ReviewDecision]

NOTES_SHOWN = 20
#: The cookie of a browser in which something was let go lately. Only there the queue asks what can be taken back.
LET_GO = "let_go"
#: What is said about a message that stays on the page after something changed.
STAYS = {
    ReviewAction.EDIT: "Your text is kept. Read it once more, then approve it.",
    ReviewAction.REVIEW_AGAIN: "Taken up again.",
    ReviewAction.UNDO: "Taken back. It is not sent, and waits for a decision again.",
    ReviewAction.WAKE: "It is among what waits again.",
}


@dataclass(frozen=True, slots=True)
class Undo:
    """What somebody approved last and can still take back: ``draft`` is its id, ``leaves`` says when it would go."""

    draft: int
    name: str
    seconds: int
    leaves: str


def hold() -> timedelta:
    """For how long an approval can be taken back."""
    return timedelta(seconds=settings.UNDO_SECONDS)


def visible(request: StaffRequest, draft_id: int) -> Draft:
    """The message, or 404 for whoever may not see it."""
    drafts = Draft.objects.visible_to(request.user).select_related(
        "contact", "owner__team", "decided_by", "template_version__template"
    )
    return get_object_or_404(drafts, pk=draft_id)


def show(request: StaffRequest, draft: Draft, *, status: int = 200, **extra: Any) -> HttpResponse:
    """The page of one message. Whoever may decide about it has it open from now on, unless a colleague has.

    That is all a GET writes: who has it open and that this text was on their screen. A page that is fetched ahead of
    time (`is_ahead`) writes nothing.
    """
    user, now = request.user, timezone.now()
    claim = open_item(request, draft, now)
    item = items.item_for(user, draft, view=same_view(request), claim=claim)
    seen = {"fingerprint": draft.fingerprint}
    kept = item.kept_edit
    typed = {"fingerprint": kept.fingerprint, "subject": kept.subject, "body": kept.body} if kept else None
    context = {
        "item": item,
        "draft": draft,
        "open": open_to(user, [("lead", item.lead.pk)] if item.lead else ()),
        "edit_form": EditForm(initial=typed or {**seen, "subject": draft.subject, "body": draft.body}),
        "suppress_form": SuppressForm(initial=seen, flow=draft.flow),
        "close_form": CloseOutForm(initial=seen),
        "aside_form": SetAsideForm(initial=seen),
        "settle_form": SettleForm(),
        "snooze_form": SnoozeForm(initial=seen),
        "reassign_form": ReassignForm(initial=seen, by=user, owner_id=draft.owner_id),
        "note_form": NoteForm(),
        "notes": Note.objects.filter(contact=draft.contact_id).select_related("by")[:NOTES_SHOWN],
        "query": kept_query(request.GET),
        **extra,
    }
    if "undo" not in context:
        context["undo"] = undo_of(request, now, shown=item)
    if not is_ahead(request):
        context["claimed_at"] = now.isoformat()
    if request.htmx:
        # htmx gets 200 whatever happened: the answer says it in words, and a browser writes every 4xx to its console,
        # where it would hide real faults.
        return render(request, "reviews/item.html#item", context)
    return render(request, "reviews/item.html", context, status=status)


def is_ahead(request: StaffRequest) -> bool:
    """Whether a page is fetched before anybody looks at it."""
    asked = (request.headers.get(name, "") for name in ("X-Prefetch", "Sec-Purpose", "Purpose"))
    return any(word == "1" or "prefetch" in word for word in asked)


def open_item(request: StaffRequest, draft: Draft, now: datetime) -> services.Held | None:
    """Have it open, and keep that this text was seen. Says who else has it open."""
    if is_ahead(request):
        return services.held_by_colleague(draft=draft, by=request.user, now=now)
    return services.open_message(draft=draft, by=request.user, now=now)


def undo_of(request: StaffRequest, now: datetime, *, shown: items.Item | None = None) -> Undo | None:
    """What can be taken back now: what this person let go last in this browser, else the message that is shown."""
    draft = services.last_undoable(by=request.user, now=now) if request.COOKIES.get(LET_GO) else None
    if draft is None and shown is not None and shown.approved and shown.why_not_decide is None:
        draft = shown.draft
    return undo_for(draft, now) if draft is not None else None


def undo_for(draft: Draft, now: datetime) -> Undo | None:
    """How this message can be taken back, None once it cannot."""
    if draft.undo_until is None or draft.undo_until <= now:
        return None
    seconds = max(1, round((draft.undo_until - now).total_seconds()))
    return Undo(draft.pk, draft.contact.name, seconds, leaves_in_words(draft, now))


def remember_undo(response: HttpResponse) -> HttpResponse:
    """Let the next pages of this browser ask what can be taken back, for as long as anything can be."""
    response.set_cookie(
        LET_GO, "1", max_age=hold(), secure=settings.SESSION_COOKIE_SECURE, httponly=True, samesite="Lax"
    )
    return response


def leaves_in_words(draft: Draft, now: datetime) -> str:
    """When an approved message goes."""
    if draft.not_before is None or draft.not_before <= now:
        return "It leaves in a moment."
    if draft.undo_until is not None and draft.not_before <= draft.undo_until:
        return f"It leaves in {max(1, round((draft.not_before - now).total_seconds()))} seconds."
    return f"It leaves on {date_format(draft.not_before, 'j M Y, H:i')}."


def decide_by_form(request: StaffRequest, draft_id: int, act: Decide, name: str, form: PanelForm) -> HttpResponse:
    """`decide` with what was typed, or the page again with what is wrong with it."""
    if not form.is_valid():
        return show(request, visible(request, draft_id), status=422, open_form=name, **{name: form})
    return decide(request, draft_id, act, name, form, **form.cleaned_data)


def decide(
    request: StaffRequest, draft_id: int, act: Decide, name: str = "", form: PanelForm | None = None, **chosen: Any
) -> HttpResponse:
    """Carry out one decision and go on, or show the item as it now is and say what stood in the way.

    ``form`` is what was typed, under the ``name`` the page knows it by: a refusal shows it again.
    """
    before = visible(request, draft_id)
    typed = {"open_form": name, name: form} if form is not None else {}
    now = timezone.now()
    try:
        decision = act(draft_id=draft_id, by=request.user, now=now, **chosen)
    except (StaleDraft, Claimed) as refused:
        _keep_typed(request, draft_id, name, form, now)
        fresh = visible(request, draft_id)
        if form is not None:
            # What was typed stays, and counts for the text that is on the screen from now on.
            form.data = {**form.cleaned_data, "fingerprint": fresh.fingerprint}
        said = "claimed" if isinstance(refused, Claimed) else "stale"
        return show(request, fresh, status=409, **{said: refused.sentence}, **typed)
    except BlockedByGates as blocked:
        # A text that was edited is kept by now, with what the checks said about it.
        return show(request, visible(request, draft_id), status=422, problem=blocked.sentence)
    except FourEyes as alone:
        # So is one with another price, for the colleague who approves it.
        return show(request, visible(request, draft_id), status=403, problem=alone.sentence)
    except NotPermitted as refused:
        return show(request, before, status=403, problem=refused.sentence, **typed)
    except Refused as refused:
        return show(request, visible(request, draft_id), status=422, problem=refused.sentence, **typed)
    after = decision.draft
    after.refresh_from_db()
    after.contact = before.contact
    if after.status == DraftStatus.APPROVED:
        wait = (after.undo_until - now).total_seconds() if after.undo_until is not None else 0
        wake(outreach_tasks.deliver_one, draft_id, after_seconds=wait)
    undoable = undo_for(after, now)
    note = STAYS.get(ReviewAction(decision.action))
    if note is not None:
        return stay(request, visible(request, draft_id), note)
    said = what_happens(decision, after)
    if said:
        # What can be undone is said by the line with Undo as well; the page then shows only that one.
        messages.success(request, said, extra_tags="said-below" if undoable else "")
    place = QueuePlace(before.rank_at, before.pk)
    return go_on(request, place) if undoable is None else remember_undo(go_on(request, place, undo=undoable))


def _keep_typed(request: StaffRequest, draft_id: int, name: str, form: PanelForm | None, now: datetime) -> None:
    """What somebody wrote is not lost because a colleague was quicker."""
    if name != "edit_form" or form is None:
        return
    wrote = {key: form.cleaned_data[key] for key in ("fingerprint", "subject", "body")}
    services.keep_edit(draft_id=draft_id, by=request.user, now=now, **wrote)


def what_happens(decision: ReviewDecision, draft: Draft) -> str:
    """What was done, for the next page to say."""
    done = str(decision.get_action_display())
    if decision.action == ReviewAction.SNOOZE and decision.until is not None:
        return f"{done} until {date_format(timezone.localtime(decision.until), 'j M Y, H:i')}."
    if decision.action == ReviewAction.REASSIGN:
        return f"{done}: {decision.to_user}."
    if decision.action == ReviewAction.SUPPRESS and draft.status in LEFT:
        return f"{done}, from now on. This message had left already."
    if draft.status != DraftStatus.APPROVED:
        return f"{done}."
    return f"{done}. {leaves_in_words(draft, timezone.now())}"


def stay(request: StaffRequest, draft: Draft, note: str) -> HttpResponse:
    """The same item again, after something changed that is no final decision."""
    if request.htmx:
        return show(request, draft, note=note)
    messages.info(request, note)
    return redirect(reverse("reviews:item", args=[draft.pk]) + kept_query(request.GET))


def go_on(request: StaffRequest, place: QueuePlace, **extra: Any) -> HttpResponse:
    """The next item in the same view of the queue, or the queue when nothing waits in it."""
    query = kept_query(request.GET)
    following = next_after(same_view(request), place)
    if following is None:
        address = reverse("reviews:queue") + query
        return HttpResponseClientRedirect(address) if request.htmx else redirect(address)
    address = reverse("reviews:item", args=[following.pk]) + query
    if not request.htmx:
        return redirect(address)
    draft = visible(request, following.pk)
    painted = request.headers.get("X-Painted") == f"{draft.pk} {draft.fingerprint}"
    response = _turned(request, draft, address, **extra) if painted else show(request, draft, moved_on=True, **extra)
    response["HX-Push-Url"] = address
    return response


def _turned(request: StaffRequest, draft: Draft, address: str, undo: Undo | None = None) -> HttpResponse:
    """The next item is on the screen already, with this text: it was fetched ahead. Only what may differ is answered.

    The page is open from now on, as by `show`.
    """
    now = timezone.now()
    context = {
        "draft": draft,
        "held": open_item(request, draft, now),
        "claim_url": reverse("reviews:claim_message", args=[draft.pk]),
        "claimed_at": now.isoformat(),
        "claim_next": address,
        "item": {"worklist": worklist(same_view(request), draft).rows},
        "undo": undo or undo_of(request, now),
        "query": kept_query(request.GET),
    }
    return render(request, "reviews/item_turned.html", context)
