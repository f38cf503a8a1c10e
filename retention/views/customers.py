"""The list of customers, and one customer: how much at risk, why, and what people say about that."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import permission_required
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from retention import services
from retention.filters import CustomerFilter
from retention.forms.customers import OverrideForm, WrongForm
from retention.forms.playbooks import PauseOneForm, ResumeForm, StopOneForm
from retention.listing import SORTS, TABS, customers, page, tallies
from retention.models import Customer
from retention.pages.commanding import Command, Standing, command_of
from retention.profile import profile
from retention.reach import reach_of
from retention.services import enrolling
from retention.views.answers import answer
from staff.doors import open_to
from staff.forms import PanelForm
from staff.requests import StaffRequest
from staff.services import Refused

viewer = permission_required("retention.view_customer", raise_exception=True)
overrider = permission_required("retention.override_scores", raise_exception=True)
stopper = permission_required("retention.change_enrolments", raise_exception=True)

#: What somebody may do about the playbook of one customer.
ENROLMENT_FORMS: dict[str, type[PanelForm]] = {"pause": PauseOneForm, "resume": ResumeForm, "stop": StopOneForm}


@require_GET
@viewer
def everyone(request: StaffRequest) -> HttpResponse:
    """The customers this person may see, those most at risk first, by band."""
    now = timezone.now()
    seen = customers(request.user, now)
    narrowed = CustomerFilter(request.GET, queryset=seen, user=request.user, now=now)
    tab = request.GET.get("band", "")
    tab = tab if tab in TABS else "all"
    sort = request.GET.get("sort", "")
    sort = sort if sort in SORTS else "risk"
    after = request.GET.get("after", "")
    found = narrowed.qs if narrowed.form.is_valid() else narrowed.queryset.none()
    counted = tallies(found)
    band = TABS[tab][1]
    tabbed = found if band is None else found.filter(in_force=band)
    shown = page(tabbed, among=seen, sort=sort, after=after, now=now)
    chips = narrowed.chips()
    context = {
        "tabs": [
            {"label": label, "url": _address(request, band=key), "tally": counted[key], "current": key == tab}
            for key, (label, _) in TABS.items()
        ],
        "tab": tab,
        "sort": sort,
        "sorts": SORTS,
        "sort_label": SORTS[sort],
        "filter": narrowed,
        "chips": chips,
        "rows": shown.rows,
        "first_url": _address(request, band=tab) if after else "",
        "next_url": _address(request, band=tab, after=shown.following) if shown.following else "",
        "none_at_all": not shown.rows and not Customer.objects.exists(),
    }
    return answer(request, "retention/customers.html", "customer-list", context)


@require_GET
@viewer
def customer(request: StaffRequest, customer_id: int) -> HttpResponse:
    """One customer: the score in words, what it is made of, how it moved, what they are worth, what they did."""
    return _show(request, _visible(request, customer_id))


@require_POST
@viewer
@overrider
def override(request: StaffRequest, customer_id: int) -> HttpResponse:
    """Somebody of us knows better, for a while."""
    form = OverrideForm(request.POST)

    def act(one: Customer) -> None:
        chosen = form.cleaned_data
        services.override(
            customer=one,
            band=chosen["band"],
            reason=chosen["reason"],
            expires_at=chosen["until"],
            by=request.user,
            now=timezone.now(),
        )

    return _act(request, customer_id, act, "The band is set.", "override_form", form)


@require_POST
@viewer
@overrider
def end_override(request: StaffRequest, customer_id: int) -> HttpResponse:
    """The score decides again."""

    def act(one: Customer) -> None:
        services.end_override(customer=one, by=request.user, now=timezone.now())

    return _act(request, customer_id, act, "The score decides again.")


@require_POST
@viewer
@overrider
def flag_wrong(request: StaffRequest, customer_id: int) -> HttpResponse:
    """The score says something that is not so."""
    form = WrongForm(request.POST)

    def act(one: Customer) -> None:
        services.flag_wrong(customer=one, note=form.cleaned_data["note"], by=request.user, now=timezone.now())

    return _act(request, customer_id, act, "Noted. Backtests will count it.", "wrong_form", form)


@require_POST
@viewer
@stopper
def pause_playbook(request: StaffRequest, customer_id: int, enrolment_id: int) -> HttpResponse:
    """No step is taken for this customer until somebody resumes."""
    return _about_enrolment(request, customer_id, enrolment_id, "pause", enrolling.pause, "Paused for this customer.")


@require_POST
@viewer
@stopper
def resume_playbook(request: StaffRequest, customer_id: int, enrolment_id: int) -> HttpResponse:
    """The playbook goes on for this customer."""
    return _about_enrolment(request, customer_id, enrolment_id, "resume", enrolling.resume, "It goes on.")


@require_POST
@viewer
@stopper
def stop_playbook(request: StaffRequest, customer_id: int, enrolment_id: int) -> HttpResponse:
    """The playbook ends for this customer."""
    return _about_enrolment(request, customer_id, enrolment_id, "stop", enrolling.stop, "Stopped for this customer.")


def _about_enrolment(
    request: StaffRequest, customer_id: int, enrolment_id: int, what: str, service: Callable[..., Any], done: str
) -> HttpResponse:
    form = ENROLMENT_FORMS[what](request.POST, auto_id=f"{what}_{enrolment_id}_%s")

    def act(one: Customer) -> None:
        if not one.enrolments.filter(pk=enrolment_id).exists():
            raise services.Refused("This playbook is not one of this customer. Look at what is open below.")
        service(enrolment_id=enrolment_id, reason=form.cleaned_data["reason"], by=request.user, now=timezone.now())

    return _act(request, customer_id, act, done, f"{what}_{enrolment_id}", form)


def _act(
    request: StaffRequest,
    customer_id: int,
    act: Callable[[Customer], None],
    done: str,
    name: str = "",
    form: PanelForm | None = None,
) -> HttpResponse:
    """Do it and show the customer as it then is, or say what stood in the way, with what was typed."""
    found = _visible(request, customer_id)
    extra = {"open_form": name, name: form} if form is not None else {}
    if form is not None and not form.is_valid():
        return _show(request, found, status=422, **extra)
    try:
        act(found)
    except Refused as refused:
        return _show(request, _visible(request, customer_id), status=422, problem=refused.sentence, **extra)
    if request.htmx:
        return _show(request, _visible(request, customer_id), done=done)
    messages.success(request, done)
    return redirect("retention:customer", customer_id)


def _visible(request: StaffRequest, customer_id: int) -> Customer:
    """A customer that this person may see. Others do not exist for them."""
    visible = Customer.objects.visible_to(request.user).select_related(
        "contact__account", "owner__team", "score__version__model"
    )
    return get_object_or_404(visible, pk=customer_id)


def _show(request: StaffRequest, found: Customer, *, status: int = 200, **extra: Any) -> HttpResponse:
    now = timezone.now()
    user = request.user
    command = command_of(found, now=now) if user.has_perm("retention.view_enrolment") else None
    context = {
        "profile": profile(found, now=now),
        "customer": found,
        "reach": reach_of(found, now),
        "command": command,
        "open": open_to(user, command.doors if command else ()),
        "standings": _standings(command, extra, may=user.has_perm("retention.change_enrolments")) if command else [],
        "override_form": OverrideForm(),
        "wrong_form": WrongForm(),
        **extra,
    }
    return answer(request, "retention/customer.html", "customer", context, status=status)


def _standings(command: Command, extra: dict[str, Any], *, may: bool) -> list[tuple[Standing, dict[str, Any] | None]]:
    """Each open enrolment with its forms, one of them perhaps as it was sent; without forms for who only looks."""
    opened = extra.get("open_form", "")
    rows: list[tuple[Standing, dict[str, Any] | None]] = []
    for one in command.standings:
        forms: dict[str, Any] = {"open": ""}
        for what, kind in ENROLMENT_FORMS.items():
            name = f"{what}_{one.enrolment.pk}"
            forms[what] = extra.get(name) or kind(auto_id=f"{name}_%s")
            if name == opened:
                forms["open"] = what
        rows.append((one, forms if may else None))
    return rows


def _address(request: StaffRequest, *, band: str, after: str = "") -> str:
    rest = request.GET.copy()
    for key in ("after", "band"):
        rest.pop(key, None)
    for key in [key for key, value in rest.items() if not value]:
        del rest[key]
    if band != "all":
        rest["band"] = band
    if after:
        rest["after"] = after
    return f"?{rest.urlencode()}"
