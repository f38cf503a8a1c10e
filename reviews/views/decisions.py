"""What was decided, by whom, when and why: the list, one decision, one person's, and the file."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django.contrib.auth.decorators import permission_required
from django.db.models import QuerySet
from django.http import Http404, HttpResponse, StreamingHttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_safe

from reviews import decisions as reading
from reviews.decision_forms import DecisionFilterForm
from reviews.models import ReviewDecision
from reviews.rules import word_diff
from reviews.states import ReviewAction
from staff.models import User
from staff.requests import StaffRequest
from staff.services import record

reader = permission_required("reviews.view_reviewdecision", raise_exception=True)

FILTERS = ("by", "action", "template", "first", "last", "draft")
BADGES = {
    ReviewAction.APPROVE: "badge-ok",
    ReviewAction.EDIT_APPROVE: "badge-ok",
    ReviewAction.SUPPRESS: "badge-stop",
    ReviewAction.CLOSE_OUT: "badge-stop",
    ReviewAction.EDIT: "badge-info",
    ReviewAction.UNDO: "badge-warn",
}


@require_safe
@reader
def decisions(request: StaffRequest) -> HttpResponse:
    """Every decision this person may see, the newest first."""
    form = DecisionFilterForm(request.GET, user=request.user)
    found = _found(request, form)
    kept = _kept(request)
    context = {
        "section": "insight",
        "form": form,
        "filtered": bool(kept),
        "file_url": reverse("reviews:export_decisions") + (f"?{urlencode(kept)}" if kept else ""),
        **_rows(request, found, kept, ("When", "Who", "What", "About", "Text", "Why")),
    }
    return render(request, "reviews/decisions.html", context)


@require_safe
@reader
def decisions_of(request: StaffRequest, user_id: int) -> HttpResponse:
    """One person's history, with what they mostly do."""
    person = get_object_or_404(User.objects.select_related("team"), pk=user_id)
    if not reading.may_ask_about(request.user, person):
        raise Http404("They decided about nothing that you may see.")
    found = reading.decisions_for(request.user).filter(decided_by=person)
    context = {
        "section": "insight",
        "person": person,
        "figures": reading.figures_of(found, now=timezone.now()),
        "days": reading.FIGURES_OF.days,
        "file_url": f"{reverse('reviews:export_decisions')}?{urlencode({'by': person.pk})}",
        **_rows(request, found, {}, ("When", "What", "About", "Text", "Why")),
    }
    return render(request, "reviews/decisions_of.html", context)


@require_safe
@reader
def decision(request: StaffRequest, decision_id: int) -> HttpResponse:
    """One decision: what was on the screen, what was changed, what the checks said, and why."""
    related = reading.decisions_for(request.user).select_related(
        "decided_by", "to_user", "draft__contact", "draft__template_version__template"
    )
    one = get_object_or_404(related, pk=decision_id)
    changed = bool(one.fingerprint_after) and one.fingerprint_after != one.fingerprint_seen
    context: dict[str, Any] = {
        "section": "insight",
        "decision": one,
        "badge": BADGES.get(ReviewAction(one.action), "badge-quiet"),
        "changed": reading.changed_in_words(one),
        "subject": word_diff(one.subject_before, one.subject_after) if changed else [],
        "body": word_diff(one.body_before, one.body_after) if changed else [],
    }
    return render(request, "reviews/decision.html", context)


@require_safe
@reader
def export_decisions(request: StaffRequest) -> HttpResponse | StreamingHttpResponse:
    """The decisions of the list as a file for spreadsheets. That somebody took it along is on the audit log."""
    form = DecisionFilterForm(request.GET, user=request.user)
    if not form.is_valid():
        return redirect(f"{reverse('reviews:decisions')}?{urlencode(_kept(request))}")
    found = _found(request, form)
    if request.method == "GET":
        record(
            action="reviews.export_decisions", actor=request.user, summary="Decisions exported", detail=_kept(request)
        )
    response = StreamingHttpResponse(reading.as_file(found), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="decisions_{timezone.now():%Y-%m-%d}.csv"'
    return response


def _found(request: StaffRequest, form: DecisionFilterForm) -> QuerySet[ReviewDecision]:
    if not form.is_valid():
        return ReviewDecision.objects.none()
    chosen = form.cleaned_data
    by: User | None = chosen["by"]
    return reading.narrowed(
        reading.decisions_for(request.user),
        by=by,
        action=chosen["action"],
        first_on=chosen["first"],
        last_on=chosen["last"],
        draft_id=chosen["draft"],
        template_id=chosen["template"].pk if chosen["template"] else None,
    )


def _kept(request: StaffRequest) -> dict[str, str]:
    return {name: request.GET[name][:100] for name in FILTERS if request.GET.get(name)}


def _rows(
    request: StaffRequest, found: QuerySet[ReviewDecision], kept: dict[str, str], columns: tuple[str, ...]
) -> dict[str, Any]:
    after = request.GET.get("after", "")
    rows, following = reading.page(found, reading.place(after))
    return {
        "columns": [{"label": label} for label in columns],
        "rows": [
            {
                "decision": one,
                "badge": BADGES.get(ReviewAction(one.action), "badge-quiet"),
                "changed": reading.changed_in_words(one),
            }
            for one in rows
        ],
        "newest_url": f"?{urlencode(kept)}" if after else "",
        "next_url": f"?{urlencode(kept | {'after': str(following)})}" if following else "",
    }
