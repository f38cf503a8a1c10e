"""Pages of the quiet leads: the list, and one lead with what can be done about it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import permission_required
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.cache import patch_vary_headers
from django.views.decorators.http import require_GET, require_POST

from followups import services
from followups.filters import LeadFilter
from followups.forms import NoteForm, OutcomeForm, PauseForm, PutOffForm, RemindForm, StopForm, TagsForm, TakeOverForm
from followups.listing import BADGES, REASONS, TABS, page, whose
from followups.models import Lead
from followups.plan_forms import PlanForm
from followups.planned import planned_for
from followups.states import Disposition
from outreach.states import DraftStatus
from staff.doors import open_to
from staff.forms import PanelForm
from staff.requests import StaffRequest

viewer = permission_required("followups.view_lead", raise_exception=True)


@require_GET
@viewer
def leads(request: StaffRequest) -> HttpResponse:
    """The leads this person may see, the most valuable first, with what was decided last."""
    user = request.user
    tab = request.GET.get("whose", "")
    if tab not in TABS:
        tab = "all" if user.has_perm("followups.see_every_lead") else "mine"
    listed = whose(user, tab)
    narrowed = LeadFilter(request.GET, queryset=listed)
    after = request.GET.get("after", "")
    shown = page(narrowed.qs if narrowed.form.is_valid() else listed.none(), after)
    chips = narrowed.chips()
    # Asked only where something would begin: in a house that is ready every such lead is under way.
    gaps = services.why_not_start(timezone.now()) if any(row.would_begin for row in shown.rows) else []
    context = {
        "section": "leads",
        "gaps": gaps,
        "tabs": [{"label": label, "url": f"?whose={key}", "current": key == tab} for key, label in TABS.items()],
        "whose": tab,
        "filter": narrowed,
        "chips": chips,
        "rows": shown.rows,
        "put_off": narrowed.shows_days_to_come_back,
        "first_url": _address(request, after="") if after else "",
        "next_url": _address(request, after=shown.following) if shown.following else "",
        "none_at_all": not shown.rows and not chips and not after and not Lead.objects.exists(),
    }
    return _answer(request, "followups/leads.html", "lead-list", context)


@require_GET
@viewer
def lead(request: StaffRequest, lead_id: int) -> HttpResponse:
    """One lead: what is known, what is decided and why, what was written, what can be done."""
    return _show(request, _visible(request, lead_id))


@require_POST
@viewer
def pause(request: StaffRequest, lead_id: int) -> HttpResponse:
    """Nothing is written for a while."""
    return _act_by_form(request, lead_id, services.pause, "pause_form", PauseForm(request.POST), "Paused.")


@require_POST
@viewer
def resume(request: StaffRequest, lead_id: int) -> HttpResponse:
    """Follow-up goes on."""
    return _act(request, lead_id, services.resume, "Resumed.")


@require_POST
@viewer
def add_note(request: StaffRequest, lead_id: int) -> HttpResponse:
    """A reason to write, in the owner's words."""
    return _act_by_form(request, lead_id, services.add_note, "note_form", NoteForm(request.POST), "Noted.")


@require_POST
@viewer
def close_out(request: StaffRequest, lead_id: int) -> HttpResponse:
    """The follow-up ends here."""
    return _act_by_form(request, lead_id, services.close_out, "close_form", OutcomeForm(request.POST), "Closed.")


@require_POST
@viewer
def put_off(request: StaffRequest, lead_id: int) -> HttpResponse:
    """Not now: come back on a day, or keep in touch slowly."""
    return _act_by_form(request, lead_id, services.put_off, "put_off_form", PutOffForm(request.POST), "Put off.")


@require_POST
@viewer
def take_over(request: StaffRequest, lead_id: int) -> HttpResponse:
    """Somebody follows up by hand."""
    form = TakeOverForm(request.POST)
    return _act_by_form(request, lead_id, services.take_over, "take_over_form", form, "It is yours now.")


@require_POST
@viewer
def remind(request: StaffRequest, lead_id: int) -> HttpResponse:
    """A reminder on a day, and nothing before."""
    form = RemindForm(request.POST)
    return _act_by_form(request, lead_id, services.remind, "remind_form", form, "You will be reminded.")


@require_POST
@viewer
def set_tags(request: StaffRequest, lead_id: int) -> HttpResponse:
    """What sets this lead apart, for cadences and for finding it again."""
    return _act_by_form(request, lead_id, services.set_tags, "tags_form", TagsForm(request.POST), "Tags kept.")


@require_POST
@viewer
def reopen(request: StaffRequest, lead_id: int) -> HttpResponse:
    """Follow up again after all."""
    return _act(request, lead_id, services.reopen, "Open again.")


@require_POST
@viewer
def stop_writing(request: StaffRequest, lead_id: int) -> HttpResponse:
    """They do not want to hear from us, or must not."""
    form = StopForm(request.POST)
    return _act_by_form(request, lead_id, services.stop, "stop_form", form, "Stopped.")


def _act_by_form(
    request: StaffRequest, lead_id: int, act: Callable[..., object], name: str, form: PanelForm, done: str
) -> HttpResponse:
    if not form.is_valid():
        return _show(request, _may_change(request, lead_id), status=422, open_form=name, **{name: form})
    return _act(request, lead_id, act, done, name, form, **form.cleaned_data)


def _act(
    request: StaffRequest,
    lead_id: int,
    act: Callable[..., object],
    done: str,
    name: str = "",
    form: PanelForm | None = None,
    **chosen: Any,
) -> HttpResponse:
    """Do it, decide again at once, and show the lead as it then is; or say what stood in the way."""
    found = _may_change(request, lead_id)
    now = timezone.now()
    try:
        act(lead=found, by=request.user, now=now, **chosen)
    except services.Refused as refused:
        extra = {"open_form": name, name: form} if form is not None else {}
        return _show(request, _visible(request, lead_id), status=422, problem=refused.sentence, **extra)
    for _ in services.sweep(now=now, lead_ids=[lead_id]):
        pass
    if request.htmx:
        return _show(request, _visible(request, lead_id), done=done)
    messages.success(request, done)
    return redirect("followups:lead", lead_id)


def _visible(request: StaffRequest, lead_id: int) -> Lead:
    """A lead that this person may see. Others do not exist for them."""
    visible = Lead.objects.visible_to(request.user).select_related(
        "contact__account", "account", "owner__team", "paused_by", "disposition_by", "outcome"
    )
    return get_object_or_404(visible, pk=lead_id)


def _may_change(request: StaffRequest, lead_id: int) -> Lead:
    found = _visible(request, lead_id)
    if reason := services.why_not_change(lead=found, user=request.user):
        raise PermissionDenied(reason)
    return found


def _show(request: StaffRequest, found: Lead, *, status: int = 200, **extra: Any) -> HttpResponse:
    now = timezone.now()
    considered = services.consider(lead=found, now=now)
    decision = considered.decision
    sequence = found.sequences.select_related("cadence_version__cadence").order_by("-id").first()
    under_way = sequence is not None and sequence.ended_at is None
    would_begin = decision.drafts and not under_way and not found.disposition
    attempts = list(found.attempts.select_related("draft").order_by("-id")[:20])
    context = {
        "section": "leads",
        "lead": found,
        "account": found.account or found.contact.account,
        "decision": decision,
        "decision_label": decision.kind.label,
        "decision_badge": BADGES[decision.kind.value],
        "trigger_label": decision.trigger.label if decision.trigger else "",
        "because": [REASONS.get(one, one) for one in decision.reasons],
        "explanation": considered.explanation,
        "timeline": [{**piece, "at": _moment(piece["at"])} for piece in considered.shown if piece["at"]],
        "facts": [piece for piece in considered.shown if not piece["at"]],
        "attempts": attempts,
        "open": open_to(request.user, [("message", one.draft_id) for one in attempts]),
        "waiting": next((one for one in attempts if one.draft.status == DraftStatus.AWAITING_REVIEW), None),
        "sequence": sequence,
        "gaps": services.why_not_start(now) if would_begin else [],
        "history": found.decisions.defer("evidence").order_by("-id")[:10],
        "why_not_change": services.why_not_change(lead=found, user=request.user),
        # What a sweep put down follows from the facts, so there is nothing to take back.
        "can_reopen": found.disposition_by is not None or found.disposition == Disposition.NO_RESPONSE,
        "stopped": services.why_it_stopped(found),
        "spent": services.spent_on(found),
        "planned": planned_for(found)[:20],
        "plan_form": PlanForm(),
        "pause_form": PauseForm(),
        "note_form": NoteForm(),
        "remind_form": RemindForm(),
        "put_off_form": PutOffForm(),
        "take_over_form": TakeOverForm(),
        "close_form": OutcomeForm(),
        "stop_form": StopForm(),
        "tags_form": TagsForm(initial={"tags": ", ".join(found.tags)}),
        **extra,
    }
    return _answer(request, "followups/lead.html", "lead", context, status=status)


def _answer(
    request: StaffRequest, template: str, partial: str, context: dict[str, Any], *, status: int = 200
) -> HttpResponse:
    """The whole page, or for htmx the part of it that changes, which says in words what went wrong."""
    if request.htmx and not request.htmx.boosted and not request.htmx.history_restore_request:
        response = render(request, f"{template}#{partial}", context)
    else:
        response = render(request, template, context, status=status)
    patch_vary_headers(response, ["HX-Request"])
    return response


def _moment(text: str) -> datetime | date:
    return datetime.fromisoformat(text).astimezone(UTC) if "T" in text else date.fromisoformat(text)


def _address(request: StaffRequest, *, after: str) -> str:
    rest = request.GET.copy()
    rest.pop("after", None)
    if after:
        rest["after"] = after
    return f"?{rest.urlencode()}"
