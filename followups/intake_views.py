"""The pages of intake: what has to be cleared up before anybody is written to, and the answers to it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import date, datetime
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import permission_required
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.cache import patch_vary_headers
from django.utils.html import format_html_join
from django.views.decorators.http import require_GET, require_POST

from followups import services
from followups.intake_listing import (
    ASKED,
    IN_A_WORD,
    PROMISES,
    WHOSE,
    Place,
    Row,
    cases,
    counts,
    next_after,
    page,
    page_of_promises,
    place_from,
    promises,
)
from followups.models import IntakeCase, Lead
from followups.services import intake
from followups.services.assigning import teams_to_give_to, whom_to_give_to
from followups.services.intake import Answered, StaleCase
from followups.states import IntakeStatus
from outreach.models import Draft
from outreach.services import NotPermitted
from outreach.services import Refused as OutreachRefused
from staff.models import Team, User
from staff.requests import StaffRequest

viewer = permission_required("followups.view_intakecase", raise_exception=True)
_MOST_AT_ONCE = 100


@require_GET
@viewer
def intake_list(request: StaffRequest) -> HttpResponse:
    """What waits to be cleared up, the oldest first, each with its evidence and its answers."""
    return _list(request, place_from(request.GET))


@require_POST
@viewer
def answer_case(request: StaffRequest, case_id: int, answer: str) -> HttpResponse:
    """One answer to one case. The lead is decided about again at once, so that the case closes."""
    act = _ANSWERS.get(answer)
    if act is None:
        raise Http404
    place = place_from(QueryDict(request.POST.get("query", "")))
    case = get_object_or_404(IntakeCase.objects.filter(lead__in=Lead.objects.visible_to(request.user)), pk=case_id)
    now = timezone.now()
    try:
        answered = act(request, case_id, now)
    except StaleCase as stale:
        return _list(request, place, status=409, stale=stale.sentence, focus=_goes_on(case, place, request.user))
    except NotPermitted as refused:
        raise PermissionDenied(refused.sentence) from refused
    except OutreachRefused as refused:
        typed = {"case": case_id, "answer": answer, "typed": request.POST, "problem": refused.sentence}
        return _list(request, place, status=422, refused=typed, focus=case_id)
    _decide_again(answered.lead_ids, now)
    focus = _goes_on(case, place, request.user)
    still = IntakeCase.objects.filter(pk=focus, lead=case.lead_id).exists()
    return _done(request, place, answered.done + (" Something else about this lead is open." if still else ""), focus)


@require_POST
@viewer
def answer_cases(request: StaffRequest) -> HttpResponse:
    """One answer to several cases, where that is safe: whose leads they are."""
    place = place_from(QueryDict(request.POST.get("query", "")))
    chosen = [int(one) for one in request.POST.getlist("case")[:_MOST_AT_ONCE] if one.isdecimal() and len(one) < 19]
    visible = IntakeCase.objects.filter(pk__in=chosen, lead__in=Lead.objects.visible_to(request.user))
    case_ids = list(visible.values_list("pk", flat=True))
    act = _BULK.get(request.POST.get("what", ""))
    now = timezone.now()
    try:
        if not case_ids:
            raise services.Refused("Tick the leads that you mean, then choose what to do with them.")
        if act is None:
            raise services.Refused("Choose what to do with the leads that you ticked.")
        answered, left = act(request, case_ids, now)
    except NotPermitted as refused:
        raise PermissionDenied(refused.sentence) from refused
    except OutreachRefused as refused:
        return _list(request, place, status=422, problem=refused.sentence)
    _decide_again(answered.lead_ids, now)
    names = dict(visible.filter(pk__in=left).values_list("pk", "lead__external_id"))
    stayed = [f"{names[pk]}: {reason}" for pk, reason in sorted(left.items()) if pk in names]
    return _done(request, place, answered.done, 0, stayed)


Answer = Callable[[StaffRequest, int, datetime], Answered]
Bulk = Callable[[StaffRequest, list[int], datetime], tuple[Answered, dict[int, str]]]


def _plainly(act: Callable[..., Answered], *fields: str) -> Answer:
    """An answer whose fields are taken from the form as they are."""

    def answer(request: StaffRequest, case_id: int, now: datetime) -> Answered:
        given = {name: request.POST.get(name, "") for name in fields}
        return act(case_id=case_id, by=request.user, now=now, **given)

    return answer


def _merge(request: StaffRequest, case_id: int, now: datetime) -> Answered:
    contact, keep, reason = (request.POST.get(name, "") for name in ("contact", "keep", "reason"))
    contact_id = int(contact) if contact.isdecimal() and len(contact) < 19 else 0
    return intake.merge_with(case_id=case_id, contact_id=contact_id, keep=keep, reason=reason, by=request.user, now=now)


def _give(request: StaffRequest, case_id: int, now: datetime) -> Answered:
    owner = _chosen(User.objects.all(), request.POST.get("owner", ""), "Choose who gets the lead.")
    return intake.give(case_id=case_id, owner=owner, by=request.user, now=now)


def _prove(request: StaffRequest, case_id: int, now: datetime) -> Answered:
    try:
        on = date.fromisoformat(request.POST.get("on", ""))
    except ValueError as error:
        raise services.Refused("Give the day on which they agreed, for instance 2026-03-14.") from error
    channel, source = request.POST.get("channel", ""), request.POST.get("source", "")
    return intake.prove_consent(case_id=case_id, channel=channel, source=source, on=on, by=request.user, now=now)


def _only(bulk: Bulk) -> Answer:
    """An answer to several, given to one. What stays as it is was refused then."""

    def answer(request: StaffRequest, case_id: int, now: datetime) -> Answered:
        answered, left = bulk(request, [case_id], now)
        if not left:
            return answered
        case = IntakeCase.objects.select_related("lead").get(pk=case_id)
        if refusal := intake.why_not_settle(lead=case.lead, user=request.user):
            raise NotPermitted(refusal)
        if case.status != IntakeStatus.OPEN:
            raise StaleCase(left[case_id])
        raise services.Refused(left[case_id])

    return answer


def _by_rule(request: StaffRequest, case_ids: list[int], now: datetime) -> tuple[Answered, dict[int, str]]:
    return intake.hand_out_by_rule(case_ids=case_ids, by=request.user, now=now)


def _in_turn(request: StaffRequest, case_ids: list[int], now: datetime) -> tuple[Answered, dict[int, str]]:
    team = _chosen(Team.objects.all(), request.POST.get("team", ""), "Choose the team that takes turns.")
    return intake.hand_out_in_turn(case_ids=case_ids, team=team, by=request.user, now=now)


def _keep_owners(request: StaffRequest, case_ids: list[int], now: datetime) -> tuple[Answered, dict[int, str]]:
    seen = {case_id: request.POST.get(f"seen-{case_id}", "") for case_id in case_ids}
    return intake.keep_owners(seen=seen, by=request.user, now=now)


def _chosen(among: Any, given: str, otherwise: str) -> Any:
    found = among.filter(pk=int(given)).first() if given.isdecimal() and len(given) < 19 else None
    if found is None:
        raise services.Refused(otherwise)
    return found


#: Every answer, by the last word of its address.
_ANSWERS: dict[str, Answer] = {
    "keep-apart": _plainly(intake.keep_apart, "key"),
    "merge": _merge,
    "use-account-territory": _plainly(intake.use_account_territory, "seen"),
    "keep-territory": _plainly(intake.keep_territory, "seen"),
    "give-to-account-owner": _plainly(intake.give_to_account_owner, "seen"),
    "keep-owner": _plainly(intake.keep_owner, "seen"),
    "give": _give,
    "by-rule": _only(_by_rule),
    "in-turn": _only(_in_turn),
    "hand-over": _plainly(intake.hand_over, "reason"),
    "allow-customer": _plainly(intake.allow_customer, "reason"),
    "prove-consent": _prove,
    "ask": _plainly(intake.ask),
    "drop": _plainly(intake.drop, "reason"),
}
_BULK: dict[str, Bulk] = {"by-rule": _by_rule, "in-turn": _in_turn, "keep-owner": _keep_owners}


def _decide_again(lead_ids: Iterable[int], now: datetime) -> None:
    for _ in services.sweep(now=now, lead_ids=list(lead_ids)):
        pass


def _goes_on(case: IntakeCase, place: Place, user: User) -> int:
    """The case to look at next: this lead's, where something is left of it, else the one after it."""
    left = IntakeCase.objects.filter(lead=case.lead_id, status=IntakeStatus.OPEN).values_list("pk", flat=True).first()
    found = cases(user, place)
    if left is not None and found.filter(pk=left).exists():
        return left
    return next_after(found, place, case.pk)


def _done(request: StaffRequest, place: Place, sentence: str, focus: int, stayed: Iterable[str] = ()) -> HttpResponse:
    if _is_swap(request):
        return _list(request, place, done=sentence, stayed=list(stayed), focus=focus)
    messages.success(request, sentence)
    for one in stayed:
        messages.warning(request, one)
    return redirect(reverse("followups:intake") + place.query(after=place.after))


def _list(
    request: StaffRequest,
    place: Place,
    *,
    status: int = 200,
    focus: int = 0,
    refused: dict[str, Any] | None = None,
    **said: Any,
) -> HttpResponse:
    user, now = request.user, timezone.now()
    waiting = cases(user, place)
    found = counts(waiting)
    may_review = user.has_perm("reviews.review_drafts")
    first_messages = promises(user, place) if may_review else None
    rows: list[Row] = []
    drafts: list[Draft] = []
    if place.reason == PROMISES:
        drafts, following = page_of_promises(first_messages, place.after) if first_messages is not None else ([], 0)
    else:
        shown = page(waiting, place, user, now)
        rows, following = shown.rows, shown.following
    tabs = [("", "Everything", found[""]), *((one.value, IN_A_WORD[one], found[one.value]) for one in ASKED)]
    if first_messages is not None:
        tabs.append((PROMISES, "First promises", first_messages.count()))
    people = format_html_join(
        "", '<option value="{}">{}</option>', ((one.pk, str(one)) for one in whom_to_give_to(user))
    )
    teams = list(teams_to_give_to(user))
    context = {
        "section": "intake",
        "place": place,
        "query": place.query(after=place.after).removeprefix("?"),
        "tabs": [
            {"label": label, "url": place.query(reason=key), "current": key == place.reason, "count": count}
            for key, label, count in tabs
        ],
        "whose": WHOSE.items(),
        "everything_url": place.query(reason="", whose="all", q=""),
        "shows_drafts": place.reason == PROMISES,
        "rows": rows,
        "drafts": drafts,
        "any_in_bulk": any(row.in_bulk for row in rows),
        "people": people,
        "teams": teams,
        "today": now.date(),
        "may_merge": user.has_perm("contacts.merge_contacts"),
        "first_url": place.query() if place.after else "",
        "next_url": place.query(after=following) if following else "",
        "narrowed": bool(place.reason or place.q or place.whose != "all"),
        "focus": focus,
        "refused": refused or {},
        **said,
    }
    if _is_swap(request):
        response = render(request, "followups/intake.html#intake-list", {**context, "swapped": True})
    else:
        response = render(request, "followups/intake.html", context, status=status)
    patch_vary_headers(response, ["HX-Request"])
    return response


def _is_swap(request: StaffRequest) -> bool:
    return bool(request.htmx) and not request.htmx.boosted and not request.htmx.history_restore_request
