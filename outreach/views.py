"""The sent mail, and the page behind every unsubscribe link."""

from __future__ import annotations

import base64
import binascii
import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.conf import settings
from django.contrib.auth.decorators import login_not_required, permission_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_GET, require_http_methods

from contacts.states import Channel
from outreach import services
from outreach.brands import default_brand, identity_of
from outreach.channels import message_id
from outreach.channels.folder import stored_headers
from outreach.channels.message import text_as_sent
from outreach.models import Draft
from outreach.models.drafts import DraftQuerySet
from outreach.states import DraftStatus
from staff.models import User

SENT_PER_PAGE = 25
#: What needs a person is shown whole up to here; more at once means that the mail server itself needs looking at.
MOST_TO_SETTLE = 50

viewer = permission_required("outreach.view_draft", raise_exception=True)


@dataclass(frozen=True, slots=True)
class SentMessage:
    """One row of the sent mail."""

    draft: Draft
    text: str
    headers: str


@require_GET
@viewer
def outbox(request: HttpRequest) -> HttpResponse:
    """What was sent, the newest first; above it what may have been sent and what could not be."""
    drafts = _visible(request)
    place = _place_from_text(request.GET.get("after", ""))
    rows = list(_after(drafts.sent(), place)[: SENT_PER_PAGE + 1])
    shown, more = rows[:SENT_PER_PAGE], len(rows) > SENT_PER_PAGE
    # Settled on their own page in the workbench, where the decision is recorded.
    unsettled = drafts.unsettled().order_by("claimed_at", "pk")[:MOST_TO_SETTLE] if place is None else []
    failed = drafts.filter(status=DraftStatus.FAILED).order_by("-pk")[:MOST_TO_SETTLE] if place is None else []
    usual = default_brand()
    context: dict[str, Any] = {
        "section": "sent",
        "sent": [
            SentMessage(draft, text_as_sent(draft, identity_of(draft.brand or usual)), _headers(draft))
            for draft in shown
        ],
        "unsettled": [*unsettled, *failed],
        "first_url": request.path if place is not None else "",
        "next_url": f"?after={_place_to_text(shown[-1])}" if more else "",
        "is_folder": "://" not in settings.EMAIL_URL,
    }
    return render(request, "outreach/outbox.html", context)


@csrf_exempt
@login_not_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def unsubscribe(request: HttpRequest, token: str) -> HttpResponse:
    """Show what stopping means; a POST stops (RFC 8058: from the page's button or straight from a mail program).

    Nobody signs in, and there is no cookie: whoever got the link may use it, as often as they like. Programs that
    look at links before people do send GET, so GET changes nothing.
    """
    if request.method == "POST":
        done = services.unsubscribe(token=token, now=timezone.now())
        if done is None:
            return unknown_link(request)
        return render(request, "outreach/unsubscribed.html", {"on_its_way": done.on_its_way})
    draft = services.recipient_of(token=token)
    if draft is None:
        return unknown_link(request)
    context = {
        "address": masked(draft.address),
        "already": services.is_unsubscribed(contact_id=draft.contact_id),
        "token": draft.unsubscribe_token,
    }
    return render(request, "outreach/unsubscribe.html", context)


def masked(address: str) -> str:
    """An address that its owner recognises and nobody else can use, such as m…@northlight.example."""
    local, at, domain = address.rpartition("@")
    if at:
        return f"{local[:1]}…@{domain}"
    return f"…{address[-2:]}" if len(address) > 6 else "…"


def unknown_link(request: HttpRequest) -> HttpResponse:
    """The same answer for every link that is none of ours, so that it says nothing about those that are."""
    return render(request, "outreach/unsubscribe_unknown.html", {"contact": settings.FROM_EMAIL}, status=404)


def _visible(request: HttpRequest) -> DraftQuerySet:
    return Draft.objects.visible_to(_user(request)).select_related("brand", "contact", "owner__team", "decided_by")


def _headers(draft: Draft) -> str:
    if draft.channel != Channel.EMAIL or "://" in settings.EMAIL_URL:
        return ""
    return stored_headers(settings.EMAIL_URL, draft.provider_message_id or message_id(draft))


def _after(drafts: DraftQuerySet, place: tuple[datetime, int] | None) -> DraftQuerySet:
    """The rows after a place, found by the index on (-sent_at, -id) however far down the list it is."""
    if place is None:
        return drafts
    moment, row_id = place
    return drafts.filter(sent_at__lte=moment).exclude(sent_at=moment, pk__gte=row_id)


def _place_to_text(draft: Draft) -> str:
    assert draft.sent_at is not None
    packed = json.dumps([draft.sent_at.isoformat(), draft.pk], separators=(",", ":"))
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


def _user(request: HttpRequest) -> User:
    assert isinstance(request.user, User)
    return request.user
