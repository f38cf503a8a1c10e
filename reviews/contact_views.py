"""The page of one contact: who they are to us, and everything that happened between us."""

from __future__ import annotations

from urllib.parse import urlencode

from django.contrib.auth.decorators import permission_required
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views.decorators.http import require_GET

from contacts.models import Contact
from contacts.states import Direction
from reviews.standing import may_see, standing_of
from reviews.timeline import GROUPS, timeline
from reviews.timeline.places import from_text, to_text
from staff.doors import open_to
from staff.requests import StaffRequest


@require_GET
@permission_required("contacts.view_contact", raise_exception=True)
def contact(request: StaffRequest, contact_id: int) -> HttpResponse:
    """One contact, as far as this person may see it; for others it does not exist."""
    found = get_object_or_404(Contact.objects.select_related("account__owner", "merged_into"), pk=contact_id)
    if not may_see(request.user, found):
        raise Http404
    group, direction = request.GET.get("kind", ""), request.GET.get("from", "")
    kept = {"kind": group if group in GROUPS else "", "from": direction if direction in Direction.values else ""}
    after = request.GET.get("after", "")
    page = timeline(found, after=from_text(after), group=kept["kind"], direction=kept["from"])
    standing = standing_of(found, now=timezone.now())
    linked = [
        *(entry.opens for entry in page.entries if entry.opens),
        *(("lead", lead.pk) for lead in standing.leads),
        *(("customer", one.customer.pk) for one in standing.customers),
    ]
    context = {
        "section": "leads" if standing.leads else "customers" if standing.customers else "",
        "contact": found,
        "standing": standing,
        "days": page.days,
        "open": open_to(request.user, linked),
        "kinds": list(GROUPS.items()),
        "directions": Direction.choices,
        "kind": kept["kind"],
        "direction": kept["from"],
        "narrowed": any(kept.values()),
        "first_url": _address(kept) if after else "",
        "next_url": _address(kept, after=to_text(page.following)) if page.following else "",
        "may_merge": request.user.has_perm("contacts.merge_contacts"),
    }
    return render(request, "reviews/contact.html", context)


def _address(kept: dict[str, str], **more: str) -> str:
    return "?" + urlencode({name: value for name, value in {**kept, **more}.items() if value})
