"""The monthly review of exceptions: what people decided otherwise, what stopped and why, and what waits longest."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import permission_required
from django.db.models import Min
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from followups import exceptions, services
from followups.exceptions import Month
from followups.models import Closing, Decision, ExceptionsReview, Lead, SeenException
from followups.states import ExceptionKind
from staff.requests import StaffRequest

PAGE = 50
MONTHS = 24
_LARGEST_ID = 2**63 - 1

# What happened to every team's leads is shown, so whoever looks must be allowed to see them.
reader = permission_required(("followups.view_exceptionsreview", "followups.see_every_lead"), raise_exception=True)
worker = permission_required(("followups.change_exceptionsreview", "followups.see_every_lead"), raise_exception=True)
signer = permission_required(("followups.sign_off_exceptions", "followups.see_every_lead"), raise_exception=True)


@dataclass(frozen=True, slots=True)
class Row:
    """A lead of the list: what happened to it, and who looked at it."""

    lead: Lead
    since: datetime | None
    sentences: list[tuple[datetime, str]]
    seen: SeenException | None


@require_GET
@reader
def exceptions_reviews(request: StaffRequest) -> HttpResponse:
    """The months that there is something to review of, the latest first, and who signed them off."""
    now = timezone.now()
    month = Month.at(now)
    firsts = [
        Decision.objects.aggregate(first=Min("decided_at"))["first"],
        Closing.objects.aggregate(first=Min("closed_at"))["first"],
    ]
    first = min((one for one in firsts if one is not None), default=now)
    reviews = {one.month: one for one in ExceptionsReview.objects.select_related("signed_off_by")}
    months: list[tuple[Month, ExceptionsReview | None]] = []
    while len(months) < MONTHS and (not months or month.end > first):
        months.append((month, reviews.get(month.first)))
        month = month.before()
    return render(request, "followups/exceptions_months.html", {"section": "insight", "months": months})


@require_GET
@reader
def exceptions_of(request: StaffRequest, month: str) -> HttpResponse:
    """One month, one kind at a time: what is left to look at, or everything."""
    return _show(request, _month(month))


@require_POST
@worker
def see_exceptions(request: StaffRequest, month: str) -> HttpResponse:
    """These were looked at."""
    found = _month(month)
    ticked = [int(one) for one in request.POST.getlist("lead") if one.isdecimal() and int(one) <= _LARGEST_ID]
    kind = request.POST.get("kind", "")
    remark = request.POST.get("remark", "")
    try:
        seen = services.see_exceptions(
            month=found, kind=kind, lead_ids=ticked, remark=remark, by=request.user, now=timezone.now()
        )
    except services.Refused as refused:
        return _show(request, found, status=422, problem=refused.sentence, remark=remark, ticked=ticked)
    messages.success(request, f"{seen} looked at." if seen > 1 else "Looked at.")
    shown = "&show=all" if request.POST.get("show") == "all" else ""
    return redirect(f"{reverse('followups:exceptions_of', args=[month])}?kind={kind}{shown}")


@require_POST
@signer
def sign_off_exceptions(request: StaffRequest, month: str) -> HttpResponse:
    """The month is done."""
    found = _month(month)
    note = request.POST.get("note", "")
    try:
        services.sign_off_exceptions(month=found, note=note, by=request.user, now=timezone.now())
    except services.Refused as refused:
        return _show(request, found, status=422, problem=refused.sentence, note=note)
    messages.success(request, f"{found.first:%B %Y} is signed off.")
    return redirect("followups:exceptions_of", month)


def _month(text: str) -> Month:
    """A month that has begun. Others have no page."""
    month = Month.of(text)
    if month is None or month.start > timezone.now():
        raise Http404
    return month


def _show(request: StaffRequest, month: Month, *, status: int = 200, **extra: Any) -> HttpResponse:
    now = timezone.now()
    given = request.POST if request.method == "POST" else request.GET
    kind = given.get("kind", "")
    kind = kind if kind in ExceptionKind.values else ExceptionKind.OVERRIDDEN.value
    review = ExceptionsReview.objects.select_related("signed_off_by").filter(month=month.first).first()
    signed = review is not None and review.signed_off_at is not None
    everything = signed or given.get("show") == "all"
    if signed and review is not None:
        rows, following = _signed(review, month, kind, request.GET.get("after", ""), now)
    else:
        rows, following = _listed(review, month, kind, everything, request.GET.get("after", ""), now)
    counted = exceptions.tallies(month, now)
    page = reverse("followups:exceptions_of", args=[month])
    query = f"?kind={kind}{'&show=all' if everything and not signed else ''}"
    context = {
        "section": "insight",
        "month": month,
        "review": review,
        "signed": signed,
        "may_tick": not signed and request.user.has_perm("followups.change_exceptionsreview"),
        "is_over": month.is_over(now),
        "tallies": counted,
        "left": sum(one.left for one in counted),
        "tabs": [
            {"label": one.label, "tally": one.total, "url": f"{page}?kind={one.kind}", "current": one.kind == kind}
            for one in counted
        ],
        "kind": kind,
        "everything": everything,
        "rows": rows,
        "first_url": f"{page}{query}" if request.GET.get("after") else "",
        "next_url": f"{page}{query}&after={following}" if following else "",
        **extra,
    }
    return render(request, "followups/exceptions.html", context, status=status)


def _listed(
    review: ExceptionsReview | None, month: Month, kind: str, everything: bool, after: str, now: datetime
) -> tuple[list[Row], str]:
    """A page of what is found, and the place after it."""
    places = exceptions.places_of(month, kind, now, unseen=not everything, after=_place(after), most=PAGE + 1)
    shown = places[:PAGE]
    ids = [lead for lead, _ in shown]
    seen = {}
    if review is not None:
        of_page = SeenException.objects.filter(review=review, kind=kind, lead__in=ids)
        seen = {one.lead_id: one for one in of_page.select_related("seen_by")}
    following = ""
    if len(places) > PAGE:
        lead, at = shown[-1]
        following = f"{at.astimezone(UTC):%Y%m%dT%H%M%S.%f}_{lead}"
    return _rows(month, kind, now, ids, seen), following


def _signed(review: ExceptionsReview, month: Month, kind: str, after: str, now: datetime) -> tuple[list[Row], str]:
    """A page of what was looked at: that list changes no more, whatever happens to the leads."""
    place = int(after) if after.isdecimal() and int(after) <= _LARGEST_ID else 0
    found = SeenException.objects.filter(review=review, kind=kind, pk__gt=place).select_related("seen_by")
    shown = list(found.order_by("pk")[: PAGE + 1])
    seen = {one.lead_id: one for one in shown[:PAGE]}
    return _rows(month, kind, now, list(seen), seen), str(shown[PAGE - 1].pk) if len(shown) > PAGE else ""


def _rows(month: Month, kind: str, now: datetime, ids: list[int], seen: dict[int, SeenException]) -> list[Row]:
    happened = exceptions.happened(month, kind, now, ids)
    people = exceptions.people_of(happened.values())
    leads = Lead.objects.select_related("contact", "account", "owner").in_bulk(ids)
    return [
        Row(
            leads[lead],
            happened[lead][0].at if lead in happened else None,
            [(one.at, exceptions.say(one, people)) for one in happened.get(lead, [])],
            seen.get(lead),
        )
        for lead in ids
    ]


def _place(text: str) -> tuple[datetime, int] | None:
    """Where the page begins. What makes no sense is the start."""
    moment, _, lead = text.partition("_")
    try:
        at = datetime.strptime(moment, "%Y%m%dT%H%M%S.%f").replace(tzinfo=UTC)
        return at, min(int(lead), _LARGEST_ID)
    except ValueError:
        return None
