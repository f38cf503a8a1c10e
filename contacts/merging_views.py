"""Pages about contacts that may be one person: the suspected pairs, the decision about one, and merges to undo."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import permission_required
from django.db.models import Q, QuerySet
from django.http import HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.cache import patch_vary_headers
from django.views.decorators.http import require_GET, require_POST
from django_htmx.http import HttpResponseClientRedirect

from contacts.models import Address, Contact, Merge, SuspectedDuplicate
from contacts.services import Refused
from contacts.services.duplicates import dismiss_duplicate, merge_duplicate, open_duplicates
from contacts.services.merging import preview, undo_merge, why_not_undo
from contacts.states import AddressKind, DuplicateReason, DuplicateStatus
from staff.forms import PanelForm
from staff.requests import StaffRequest

PAIRS_PER_PAGE = 20
MERGES_PER_PAGE = 25
_LARGEST_ID = 2**63 - 1

merger = permission_required("contacts.merge_contacts", raise_exception=True)


class FilterForm(forms.Form):
    """What the list of pairs can be narrowed to."""

    reason = forms.ChoiceField(label="Why", choices=[("", "Any reason"), *DuplicateReason.choices], required=False)


class MergeForm(PanelForm):
    """Why two contacts are one person."""

    area = "merge"
    reason = forms.CharField(
        label="Why they are one person",
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text="Kept with the merge, for whoever looks at it later.",
    )


class UndoForm(PanelForm):
    """Why two contacts are two people after all."""

    reason = forms.CharField(label="Why they are two people", max_length=500, widget=forms.Textarea(attrs={"rows": 2}))

    def __init__(self, *args: Any, merge_id: int, **kwargs: Any) -> None:
        self.area = f"undo-{merge_id}"
        super().__init__(*args, **kwargs)


@dataclass(frozen=True, slots=True)
class Shown:
    """A contact as it stands beside another one."""

    contact: Contact
    emails: tuple[str, ...]
    phones: tuple[str, ...]


@require_GET
@merger
def duplicates(request: StaffRequest) -> HttpResponse:
    """The pairs that wait for a decision, the most alike first, side by side."""
    return _list(request, request.GET)


@require_POST
@merger
def dismiss(request: StaffRequest, pair_id: int) -> HttpResponse:
    """These are two people. Back to the list, at the same place."""
    pair = _pair(pair_id)
    try:
        dismiss_duplicate(pair=pair, by=request.user, now=timezone.now())
    except Refused as refused:
        messages.warning(request, refused.sentence)
    else:
        messages.success(request, f"{pair.first} and {pair.second} are two people. This pair does not come back.")
    place = QueryDict(request.POST.get("query", ""))
    if _is_swap(request):
        return _list(request, place)
    query = place.urlencode()
    return redirect(reverse("contacts:duplicates") + (f"?{query}" if query else ""))


@require_GET
@merger
def duplicate(request: StaffRequest, pair_id: int) -> HttpResponse:
    """One pair: who stays, what would move, and what may be sent afterwards."""
    return _show(request, _pair(pair_id), request.GET.get("keep", ""))


@require_POST
@merger
def merge_pair(request: StaffRequest, pair_id: int) -> HttpResponse:
    """These are one person."""
    pair = _pair(pair_id)
    form = MergeForm(request.POST)
    keep = request.POST.get("keep", "")
    if not form.is_valid():
        return _show(request, pair, keep, status=422, form=form)
    try:
        made = merge_duplicate(
            pair=pair,
            survivor_id=int(keep) if keep.isdecimal() else 0,
            reason=form.cleaned_data["reason"],
            by=request.user,
            now=timezone.now(),
        )
    except Refused as refused:
        return _show(request, _pair(pair_id), keep, status=422, form=form, problem=refused.sentence)
    messages.success(request, f"{made.merged} is part of {made.survivor} now. You can undo it under Merges.")
    address = reverse("contacts:duplicates")
    return HttpResponseClientRedirect(address) if _is_swap(request) else redirect(address)


@require_GET
@merger
def merges(request: StaffRequest) -> HttpResponse:
    """What was merged, the latest first, by whom and why, with a way back."""
    return _merges(request, request.GET.get("before", ""))


@require_POST
@merger
def undo(request: StaffRequest, merge_id: int) -> HttpResponse:
    """They are two people after all."""
    found = get_object_or_404(Merge.objects.select_related("survivor", "merged"), pk=merge_id)
    form = UndoForm(request.POST, merge_id=merge_id)
    before = request.POST.get("before", "")
    if not form.is_valid():
        return _merges(request, before, status=422, undone=form, undone_id=merge_id)
    try:
        undo_merge(merge=found, by=request.user, at=timezone.now(), reason=form.cleaned_data["reason"])
    except Refused as refused:
        return _merges(request, before, status=422, problem=refused.sentence, undone=form, undone_id=merge_id)
    messages.success(request, f"{found.merged} and {found.survivor} are two contacts again.")
    if _is_swap(request):
        return _merges(request, before)
    return redirect(reverse("contacts:merges") + (f"?before={before}" if before.isdecimal() else ""))


def _pair(pair_id: int) -> SuspectedDuplicate:
    return get_object_or_404(SuspectedDuplicate.objects.select_related("first__account", "second__account"), pk=pair_id)


def _list(request: StaffRequest, given: QueryDict) -> HttpResponse:
    form = FilterForm(given)
    reason = form.cleaned_data["reason"] if form.is_valid() else ""
    pairs = open_duplicates().select_related("first__account", "second__account")
    if reason:
        pairs = pairs.filter(reason=reason)
    after = given.get("after", "")
    rows = list(_after(pairs, after)[: PAIRS_PER_PAGE + 1])
    shown = rows[:PAIRS_PER_PAGE]
    people = _people([contact for pair in shown for contact in (pair.first, pair.second)])
    last = shown[-1] if len(rows) > PAIRS_PER_PAGE else None
    context = {
        "form": form,
        "reason": reason,
        "rows": [(pair, [people[pair.first_id], people[pair.second_id]]) for pair in shown],
        "query": _query(reason, after),
        "first_url": "?" + _query(reason) if after else "",
        "next_url": "?" + _query(reason, f"{last.likeness}.{last.pk}") if last else "",
        "none_at_all": not rows and not after and not reason,
    }
    return _answer(request, "contacts/duplicates.html", "duplicate-list", context)


def _after(pairs: QuerySet[SuspectedDuplicate], place: str) -> QuerySet[SuspectedDuplicate]:
    """The pairs after a place in the order of the list, found by the index however far down that is."""
    likeness, _point, pk = place.partition(".")
    if not (likeness.isdecimal() and pk.isdecimal() and int(likeness) <= 100 and int(pk) <= _LARGEST_ID):
        return pairs
    return pairs.filter(Q(likeness__lt=int(likeness)) | Q(likeness=int(likeness), pk__gt=int(pk)))


def _query(reason: str, after: str = "") -> str:
    place = QueryDict(mutable=True)
    if reason:
        place["reason"] = reason
    if after:
        place["after"] = after
    return place.urlencode()


def _people(contacts: Sequence[Contact]) -> dict[int, Shown]:
    """What is shown of each contact, its addresses in one query: the current one first."""
    found: dict[tuple[int, str], list[str]] = {}
    for one in Address.objects.filter(contact__in=contacts).order_by("-is_primary", "pk"):
        found.setdefault((one.contact_id, one.kind), []).append(one.value)
    return {
        contact.pk: Shown(
            contact,
            tuple(found.get((contact.pk, AddressKind.EMAIL.value), ())),
            tuple(found.get((contact.pk, AddressKind.PHONE.value), ())),
        )
        for contact in contacts
    }


def _show(
    request: StaffRequest,
    pair: SuspectedDuplicate,
    keep: str,
    *,
    status: int = 200,
    form: MergeForm | None = None,
    problem: str = "",
) -> HttpResponse:
    stays, goes = (pair.second, pair.first) if keep == str(pair.second_id) else (pair.first, pair.second)
    people = _people([pair.first, pair.second])
    seen = preview(survivor=stays, merged=goes)
    context = {
        "pair": pair,
        "people": [people[pair.first_id], people[pair.second_id]],
        "stays": stays,
        "goes": goes,
        "preview": seen,
        "form": form or MergeForm(),
        "problem": problem,
        "is_open": pair.status == DuplicateStatus.OPEN and not seen.problem,
    }
    return _answer(request, "contacts/duplicate.html", "pair", context, status=status)


def _merges(
    request: StaffRequest,
    before: str,
    *,
    status: int = 200,
    problem: str = "",
    undone: UndoForm | None = None,
    undone_id: int = 0,
) -> HttpResponse:
    found = Merge.objects.select_related("survivor__merged_into", "merged", "merged_by", "undone_by").defer("moved")
    if before.isdecimal() and int(before) <= _LARGEST_ID:
        found = found.filter(pk__lt=int(before))
    else:
        before = ""
    rows = list(found.order_by("-pk")[: MERGES_PER_PAGE + 1])
    shown = rows[:MERGES_PER_PAGE]
    objections = why_not_undo(shown)
    context = {
        "rows": [
            {
                "merge": one,
                "objection": objections[one.pk],
                "form": undone if undone is not None and one.pk == undone_id else UndoForm(merge_id=one.pk),
                "open": one.pk == undone_id,
            }
            for one in shown
        ],
        "problem": problem,
        "before": before,
        "first_url": reverse("contacts:merges") if before else "",
        "next_url": f"?before={shown[-1].pk}" if len(rows) > MERGES_PER_PAGE else "",
    }
    return _answer(request, "contacts/merges.html", "merge-list", context, status=status)


def _is_swap(request: StaffRequest) -> bool:
    return bool(request.htmx) and not request.htmx.boosted and not request.htmx.history_restore_request


def _answer(
    request: StaffRequest, template: str, partial: str, context: dict[str, Any], *, status: int = 200
) -> HttpResponse:
    """The whole page, or for htmx the part of it that changes, which says in words what went wrong."""
    if _is_swap(request):
        response = render(request, f"{template}#{partial}", {**context, "swapped": True})
    else:
        response = render(request, template, context, status=status)
    patch_vary_headers(response, ["HX-Request"])
    return response
