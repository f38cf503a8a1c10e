"""What came back: who may have said stop first, then what waits to be read. One answer, one clear next step."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Callable
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.contrib.auth.decorators import permission_required
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from contacts.models import ActiveSuppression
from outreach import services
from outreach.marking import segments
from outreach.models import Draft, Reply
from outreach.models.inbound import ReplyQuerySet
from outreach.reply_forms import NoteForm, RelabelForm, ReleaseForm, ReplyFilterForm
from outreach.services.refusals import NotPermitted, Refused
from outreach.states import DraftKind, ReplyStatus
from staff.doors import open_to
from staff.forms import PanelForm
from staff.requests import StaffRequest

PER_PAGE = 25
#: Held answers are shown whole up to here; a count above them says how many there are.
MOST_HELD = 50
MOST_COUNTED = 1000

viewer = permission_required("outreach.view_reply", raise_exception=True)
decider = permission_required("outreach.answer_replies", raise_exception=True)

_DONE = {
    "confirm": "They said stop, and it stays so. Nothing more is sent to them.",
    "release": "Released. They may be written to again; what had been given up stays so.",
    "settle": "Marked as read.",
    "relabel": "Kept. It counts as what you said.",
}


@require_GET
@viewer
def replies(request: StaffRequest) -> HttpResponse:
    """What came back, held ones first."""
    everything = request.GET.get("show") == "all"
    form = ReplyFilterForm(request.GET)
    label = form.cleaned_data["label"] if form.is_valid() else ""
    visible = Reply.objects.visible_to(request.user).select_related("contact", "owner")
    needs = visible.needs_somebody()
    counted = needs[:MOST_COUNTED].count()
    shown = visible if everything else visible.filter(status=ReplyStatus.OPEN)
    held: ReplyQuerySet | list[Reply] = []
    place = _place_from_text(request.GET.get("after", ""))
    if label:
        shown = shown.filter(label=label)
    if place is None and not everything:
        held = visible.held().order_by("-at", "-id")
        if label:
            held = held.filter(label=label)
        held = list(held[:MOST_HELD])
    rows = list(_after(shown.order_by("-at", "-id"), place)[: PER_PAGE + 1])
    rows, more = rows[:PER_PAGE], len(rows) > PER_PAGE
    kept = {"show": "all"} if everything else {}
    kept |= {"label": label} if label else {}
    context: dict[str, Any] = {
        "section": "sent",
        "everything": everything,
        "waiting": f"{MOST_COUNTED}+" if counted >= MOST_COUNTED else counted,
        "held": held,
        "rows": rows,
        "form": form,
        "label": label,
        "first_url": f"?{urlencode(kept)}" if place is not None else "",
        "next_url": f"?{urlencode({**kept, 'after': _place_to_text(rows[-1])})}" if more else "",
    }
    return render(request, "outreach/replies.html", context)


@require_GET
@viewer
def reply(request: StaffRequest, reply_id: int) -> HttpResponse:
    """One answer: what they wrote, what it was taken for, and what follows."""
    return _show(request, _visible(request, reply_id))


@require_POST
@viewer
@decider
def confirm(request: StaffRequest, reply_id: int) -> HttpResponse:
    """They did say stop."""
    return _act(request, reply_id, "confirm", services.confirm_opt_out, NoteForm(request.POST))


@require_POST
@viewer
@decider
def release(request: StaffRequest, reply_id: int) -> HttpResponse:
    """They did not say stop."""
    return _act(request, reply_id, "release", services.release_hold, ReleaseForm(request.POST))


@require_POST
@viewer
@decider
def settle(request: StaffRequest, reply_id: int) -> HttpResponse:
    """It was read."""
    return _act(request, reply_id, "settle", services.settle_reply, NoteForm(request.POST))


@require_POST
@viewer
@decider
def relabel(request: StaffRequest, reply_id: int) -> HttpResponse:
    """It is something else."""
    return _act(request, reply_id, "relabel", services.relabel, RelabelForm(request.POST))


def _act(request: StaffRequest, reply_id: int, name: str, act: Callable[..., Reply], form: PanelForm) -> HttpResponse:
    """Do it and show the answer as it then is, or say what stood in the way, with what was typed."""
    before = _visible(request, reply_id)
    typed = {"open_form": name, f"{name}_form": form}
    if not form.is_valid():
        return _show(request, before, status=422, problem="Nothing was changed. Correct what is marked.", **typed)
    try:
        act(reply_id=reply_id, by=request.user, now=timezone.now(), **form.cleaned_data)
    except services.StaleReply as stale:
        return _show(request, _visible(request, reply_id), status=409, stale=stale.sentence)
    except NotPermitted as refused:
        return _show(request, before, status=403, problem=refused.sentence)
    except Refused as refused:
        return _show(request, before, status=422, problem=refused.sentence, **typed)
    if request.htmx:
        return _show(request, _visible(request, reply_id), done=_DONE[name])
    messages.success(request, _DONE[name])
    return redirect("outreach:reply", reply_id)


def _show(request: StaffRequest, row: Reply, *, status: int = 200, **extra: Any) -> HttpResponse:
    marked = [(int(one["start"]), int(one["end"]), "review") for one in row.spans]
    # The person and their address are stopped by a row each; to a reader it is one stop.
    theirs = ActiveSuppression.objects.filter(contact_id=row.contact_id).order_by("at") if row.contact_id else []
    stops = list({(one.channel, one.reason, one.at): one for one in theirs}.values())
    told = (
        row.suppression_id
        and Draft.objects.filter(kind=DraftKind.CONFIRMATION, confirms__source=f"Reply {row.pk}")
        .order_by("-pk")
        .first()
    )
    context = {
        "section": "sent",
        "reply": row,
        "open": open_to(request.user, [("contact", row.contact_id), ("message", row.draft_id)]),
        "pieces": segments(row.text, marked),
        "quoted": row.whole_text if row.whole_text.strip() != row.text.strip() else "",
        "stops": stops,
        "told": told,
        "given_up": Draft.objects.filter(contact_id=row.contact_id, status="suppressed", created_at__lte=row.at).count()
        if row.contact_id and row.suppression_id
        else 0,
        "may_decide": request.user.has_perm("outreach.answer_replies"),
        "confirm_form": NoteForm(),
        "settle_form": NoteForm(),
        "release_form": ReleaseForm(),
        "relabel_form": RelabelForm(initial={"label": row.label}),
        **extra,
    }
    if request.htmx and not request.htmx.boosted and not request.htmx.history_restore_request:
        # 200 whatever happened: the answer says it in words, and a browser writes every 4xx to its console.
        return render(request, "outreach/reply.html#reply", context)
    return render(request, "outreach/reply.html", context, status=status)


def _visible(request: StaffRequest, reply_id: int) -> Reply:
    rows = Reply.objects.visible_to(request.user).select_related(
        "contact", "draft", "owner", "decided_by", "suppression"
    )
    return get_object_or_404(rows, pk=reply_id)


def _after(rows: ReplyQuerySet, place: tuple[datetime, int] | None) -> ReplyQuerySet:
    """The rows after a place, found by the index on (-at, -id) however far down the list it is."""
    if place is None:
        return rows
    moment, row_id = place
    return rows.filter(at__lte=moment).exclude(at=moment, pk__gte=row_id)


def _place_to_text(row: Reply) -> str:
    packed = json.dumps([row.at.isoformat(), row.pk], separators=(",", ":"))
    return base64.urlsafe_b64encode(packed.encode()).decode().rstrip("=")


def _place_from_text(text: str) -> tuple[datetime, int] | None:
    """Read a place back. What is none, such as an address typed by hand, means the beginning."""
    try:
        moment_text, row_id = json.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
        moment = datetime.fromisoformat(moment_text)
    except (binascii.Error, ValueError, TypeError):
        return None
    if moment.tzinfo is None or not isinstance(row_id, int) or not 0 <= row_id < 2**63:
        return None
    return moment, row_id
