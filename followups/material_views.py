"""The library of material: what there is to send, for whom, how it was used, and what came back."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import permission_required
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.cache import patch_vary_headers
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from followups import services
from followups.models import Asset, Lead
from followups.states import Stage
from staff.forms import PanelForm
from staff.requests import StaffRequest

PAGE = 25
USES = 20
SHELVES = {"": "On the shelf", "expired": "Off the shelf", "all": "All"}
_LARGEST_ID = 2**63 - 1

reader = permission_required("followups.view_asset", raise_exception=True)
adder = permission_required("followups.add_asset", raise_exception=True)
changer = permission_required("followups.change_asset", raise_exception=True)


class SearchForm(forms.Form):
    """What the list can be narrowed to."""

    q = forms.CharField(
        label="Title, tag or industry", required=False, max_length=100, widget=forms.TextInput(attrs={"type": "search"})
    )
    stage = forms.ChoiceField(label="Stage", required=False, choices=[("", "All stages"), *Stage.choices])
    shelf = forms.ChoiceField(label="Show", required=False, choices=list(SHELVES.items()))


class AssetForm(PanelForm):
    """What is said about one asset. The service judges it."""

    area = "asset"
    title = forms.CharField(label="Title", max_length=200, help_text="They read it in the message.")
    link = forms.CharField(label="Link", max_length=500, widget=forms.URLInput())
    industries = forms.CharField(
        label="Industries", required=False, max_length=1000, help_text="As your accounts have them, commas between."
    )
    stages = forms.MultipleChoiceField(
        label="Stages", required=False, choices=Stage.choices, widget=forms.CheckboxSelectMultiple
    )
    tags = forms.CharField(label="Tags", required=False, max_length=1000, help_text="To find it again, commas between.")
    valid_until = forms.DateField(
        label="Valid until",
        required=False,
        widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}),
        help_text="The last day on which it is worth sending. Empty: for good.",
    )

    def clean_industries(self) -> list[str]:
        return str(self.cleaned_data["industries"]).split(",")

    def clean_tags(self) -> list[str]:
        return str(self.cleaned_data["tags"]).split(",")

    @classmethod
    def of(cls, asset: Asset) -> AssetForm:
        """The form with the asset as it is."""
        return cls(
            initial={
                "title": asset.title,
                "link": asset.link,
                "industries": ", ".join(asset.industries),
                "stages": asset.stages,
                "tags": ", ".join(asset.tags),
                "valid_until": asset.valid_until,
            }
        )


@require_GET
@reader
def material(request: StaffRequest) -> HttpResponse:
    """Everything there is to send, the newest first, with how often it was used and answered."""
    form = SearchForm(request.GET)
    chosen = form.cleaned_data if form.is_valid() else {"q": "", "stage": "", "shelf": ""}
    today = _today()
    found = _narrowed(chosen, today)
    after = _place(request.GET.get("after", ""))
    if after is not None:
        at, pk = after
        found = found.filter(Q(published_at__lt=at) | Q(published_at=at, pk__lt=pk))
    rows = list(found[: PAGE + 1])
    shown = rows[:PAGE]
    used = services.how_used(asset.pk for asset in shown)
    last = shown[-1] if len(rows) > PAGE else None
    context = {
        "section": "leads",
        "form": form,
        "rows": [(one, _for_whom(one), services.is_expired(one, today), used.get(one.pk)) for one in shown],
        "first_url": _address(request, "") if after else "",
        "next_url": _address(request, f"{last.published_at.astimezone(UTC):%Y%m%dT%H%M%S.%f}_{last.pk}")
        if last
        else "",
        "narrowed": any(chosen.values()),
    }
    template = "followups/material.html"
    response = render(request, f"{template}#material-list" if _is_swap(request) else template, context)
    patch_vary_headers(response, ["HX-Request"])
    return response


@require_http_methods(["GET", "POST"])
@adder
def new_material(request: StaffRequest) -> HttpResponse:
    """Put something on the shelf."""
    form = AssetForm(request.POST or None)
    problem = ""
    if request.method == "POST" and form.is_valid():
        try:
            asset = services.create_asset(**form.cleaned_data, published_at=timezone.now(), by=request.user)
        except services.Refused as refused:
            problem = refused.sentence
        else:
            messages.success(request, f"“{asset.title}” is on the shelf.")
            return redirect("followups:asset", asset.pk)
    status = 422 if request.method == "POST" else 200
    context = {"section": "leads", "form": form, "problem": problem}
    return render(request, "followups/material_new.html", context, status=status)


@require_GET
@reader
def asset(request: StaffRequest, asset_id: int) -> HttpResponse:
    """One asset: what it is, on whom it was spent and what they said."""
    return _show(request, get_object_or_404(Asset, pk=asset_id))


@require_POST
@changer
def change_asset(request: StaffRequest, asset_id: int) -> HttpResponse:
    """Correct what is said about it."""
    found = get_object_or_404(Asset, pk=asset_id)
    form = AssetForm(request.POST)
    if not form.is_valid():
        return _show(request, found, status=422, form=form)
    try:
        services.change_asset(asset=found, **form.cleaned_data, by=request.user)
    except services.Refused as refused:
        return _show(request, found, status=422, form=form, problem=refused.sentence)
    messages.success(request, "Changed.")
    return redirect("followups:asset", asset_id)


@require_POST
@changer
def retire_asset(request: StaffRequest, asset_id: int) -> HttpResponse:
    """Take it off the shelf."""
    found = get_object_or_404(Asset, pk=asset_id)
    try:
        services.retire_asset(asset=found, by=request.user, now=timezone.now())
    except services.Refused as refused:
        return _show(request, found, status=422, problem=refused.sentence)
    messages.success(request, f"“{found.title}” is off the shelf.")
    return redirect("followups:asset", asset_id)


def _show(request: StaffRequest, found: Asset, *, status: int = 200, **extra: Any) -> HttpResponse:
    before = request.GET.get("before", "")
    place = int(before) if before.isdecimal() and int(before) <= _LARGEST_ID else None
    visible = Lead.objects.visible_to(request.user)
    spent = services.uses_of(found, visible, before=place, most=USES + 1)
    shown = spent[:USES]
    leads = Lead.objects.select_related("contact", "account").in_bulk([one.lead_id for one in shown])
    context = {
        "section": "leads",
        "asset": found,
        "for_whom": _for_whom(found),
        "expired": services.is_expired(found, _today()),
        "used": services.how_used([found.pk]).get(found.pk),
        "uses": [(leads[one.lead_id], one) for one in shown],
        "first_url": request.path if place else "",
        "next_url": f"?before={shown[-1].draft_id}" if len(spent) > USES else "",
        "form": AssetForm.of(found),
        **extra,
    }
    return render(request, "followups/asset.html", context, status=status)


def _narrowed(chosen: dict[str, str], today: date) -> QuerySet[Asset]:
    found = Asset.objects.order_by("-published_at", "-pk")
    expired = Q(valid_until__lt=today)
    if chosen["shelf"] == "expired":
        found = found.filter(expired)
    elif not chosen["shelf"]:
        found = found.exclude(expired)
    if chosen["stage"]:
        found = found.filter(stages__contains=[chosen["stage"]])
    if words := chosen["q"].strip():
        found = found.filter(Q(title__icontains=words) | Q(tags__icontains=words) | Q(industries__icontains=words))
    return found


def _for_whom(asset: Asset) -> str:
    return ", ".join([*asset.industries, *(Stage(one).label for one in asset.stages if one in Stage.values)])


def _place(text: str) -> tuple[datetime, int] | None:
    """Where the page begins: the moment and number of the asset before it. What makes no sense is the start."""
    moment, _, pk = text.partition("_")
    try:
        at = datetime.strptime(moment, "%Y%m%dT%H%M%S.%f").replace(tzinfo=UTC)
        return at, min(int(pk), _LARGEST_ID)
    except ValueError:
        return None


def _today() -> date:
    return timezone.now().astimezone(UTC).date()


def _address(request: HttpRequest, after: str) -> str:
    rest = request.GET.copy()
    rest.pop("after", None)
    if after:
        rest["after"] = after
    return f"?{rest.urlencode()}"


def _is_swap(request: StaffRequest) -> bool:
    return bool(request.htmx) and not request.htmx.boosted and not request.htmx.history_restore_request
