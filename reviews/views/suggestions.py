"""What reviewers make of the wording and the steps, and what that suggests."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import permission_required
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from followups.models import CadenceVersion
from outreach.services import NotPermitted, Refused
from reviews import learning, services
from reviews.models import Suggestion
from reviews.rules.learning import ENOUGH
from reviews.states import SuggestionKind, SuggestionStatus
from staff.requests import StaffRequest

viewer = permission_required("reviews.view_suggestion", raise_exception=True)
settler = permission_required("reviews.settle_suggestions", raise_exception=True)

#: Settled ones that are shown, the latest.
SETTLED = 20
COLUMNS = [
    {"label": "Where"}, {"label": "As written", "num": True}, {"label": "Changed", "num": True},
    {"label": "Words changed", "num": True}, {"label": "Refused", "num": True}, {"label": "Why refused, lately"},
]  # fmt: skip
#: What accepting does, so that nobody fears that something changes by itself.
WHAT_FOLLOWS = {
    SuggestionKind.CHANGE_WORDING: "Begins a draft version with this text. Somebody approves it before it is used.",
    SuggestionKind.RETIRE_WORDING: "Leads to the wording. You change or retire it there.",
    SuggestionKind.ASK_LESS: "Leads to where the step is set. You change it there.",
    SuggestionKind.ASK_MORE: "Leads to where the step is set. You change it there.",
    SuggestionKind.RAISE_THRESHOLD: "Leads to the playbook. You begin a new version there.",
}


@require_GET
@viewer
def suggestions(request: StaffRequest) -> HttpResponse:
    """Open suggestions with their evidence, the figures behind them, and what was settled."""
    return _page(request)


@require_POST
@settler
def accept_suggestion(request: StaffRequest, suggestion_id: int) -> HttpResponse:
    """Take it up, and go to where the change is made."""
    try:
        suggestion, version = services.accept_suggestion(
            suggestion_id=suggestion_id, by=request.user, now=timezone.now()
        )
    except Refused as refused:
        return _refused(request, refused)
    if version is not None:
        messages.success(request, "A draft version was begun. Look for names and details of one person in it.")
        address = reverse("admin:outreach_templateversion_change", args=[version.pk])
    else:
        messages.success(request, "Accepted. Nothing is changed yet: make the change here.")
        address = _where(suggestion)
    # Whoever has no business there finds what was accepted among the settled ones.
    return redirect(address if request.user.is_staff or not address.startswith("/admin/") else _home())


@require_POST
@settler
def dismiss_suggestion(request: StaffRequest, suggestion_id: int) -> HttpResponse:
    """Leave everything as it is, with a reason."""
    try:
        services.dismiss_suggestion(
            suggestion_id=suggestion_id, reason=request.POST.get("reason", ""), by=request.user, now=timezone.now()
        )
    except Refused as refused:
        return _refused(request, refused)
    messages.success(request, "Dismissed. It comes back only when new decisions speak for it.")
    return redirect(_home())


def _refused(request: StaffRequest, refused: Refused) -> HttpResponse:
    return _page(request, problem=refused.sentence, status=403 if isinstance(refused, NotPermitted) else 409)


def _page(request: StaffRequest, *, problem: str = "", status: int = 200) -> HttpResponse:
    now = timezone.now()
    found = Suggestion.objects.select_related("template", "settled_by")
    steps = [*learning.by_cadence_step(now=now), *learning.by_playbook_step(now=now)]
    context = {
        "section": "insight",
        "problem": problem,
        "open": [
            {"suggestion": one, "follows": WHAT_FOLLOWS[SuggestionKind(one.kind)]}
            for one in found.filter(status=SuggestionStatus.OPEN)
        ],
        "settled": found.exclude(status=SuggestionStatus.OPEN).order_by("-settled_at", "-id")[:SETTLED],
        "tables": [
            {"title": "By wording", "rows": learning.by_wording(now=now)},
            {"title": "By step", "rows": steps},
        ],
        "columns": COLUMNS,
        "days": learning.WINDOW.days,
        "enough": ENOUGH,
        "may_settle": request.user.has_perm("reviews.settle_suggestions"),
    }
    return render(request, "reviews/suggestions.html", context, status=status)


def _home() -> str:
    return reverse("reviews:suggestions")


def _where(suggestion: Suggestion) -> str:
    """The page on which the change is made."""
    _, what, number, *_ = [*suggestion.key.split(":"), "", ""]
    if what == "template":
        return reverse("admin:outreach_template_change", args=[number])
    if what == "cadence":
        latest = CadenceVersion.objects.filter(cadence=int(number)).order_by("-number").first()
        return reverse("admin:followups_cadenceversion_change", args=[latest.pk]) if latest else _home()
    return reverse("retention:playbook", args=[number])
