"""A person's inbox inside the customer's own product: messages that were sent in-app, read and put away there."""

from __future__ import annotations

import base64
import json
from datetime import datetime
from typing import Any

from django.db.models import BooleanField, Exists, ExpressionWrapper, OuterRef, Q, QuerySet, Subquery
from django.http import HttpRequest
from django.utils import timezone

from contacts.models import Contact
from contacts.states import Channel
from outreach import services
from outreach.api.answering import Problem, contact_of, endpoint, not_found
from outreach.channels.message import text_with_link, unsubscribe_url
from outreach.models import DeliveryEvent, Draft
from outreach.states import DeliveryKind, DraftStatus

PER_PAGE = 20
MOST_PER_PAGE = 100
#: Where a page ended: whether that message was unread, when it was sent, and its id.
Place = tuple[bool, datetime, int]


def show(request: HttpRequest, user_id: str) -> dict[str, Any]:
    """What this user has not put away: the unread first, then the newest."""
    limit = _limit_in(request.GET.get("limit", ""))
    place = _place_in(request.GET.get("cursor", ""))
    messages = _messages_of(contact_of(user_id))
    page = list(_after(messages, place).order_by("-unread", "-sent_at", "-pk")[: limit + 1])
    return {
        "messages": [_as_json(one) for one in page[:limit]],
        "unread": messages.filter(unread=True).count(),
        "cursor": _place_to_text(page[limit - 1]) if len(page) > limit else None,
    }


def read(request: HttpRequest, user_id: str, message_id: int) -> dict[str, Any]:
    """They read it."""
    return _note(user_id, message_id, DeliveryKind.OPENED, Channel.IN_APP)


def dismiss(request: HttpRequest, user_id: str, message_id: int) -> dict[str, Any]:
    """They put it away: it is not shown any more."""
    return _note(user_id, message_id, DeliveryKind.DISMISSED, Channel.IN_APP)


def opened(request: HttpRequest, user_id: str, message_id: int) -> dict[str, Any]:
    """They came by a push message."""
    return _note(user_id, message_id, DeliveryKind.OPENED, Channel.PUSH)


inbox = endpoint(GET=show)
mark_read = endpoint(POST=read)
mark_dismissed = endpoint(POST=dismiss)
mark_opened = endpoint(POST=opened)


def _note(user_id: str, message_id: int, kind: DeliveryKind, channel: str) -> dict[str, Any]:
    contact = contact_of(user_id)
    # Larger numbers are no ids, and the database would not take them.
    if message_id >= 2**63:
        raise not_found()
    news = services.note_reading(contact=contact, draft_id=message_id, channel=channel, kind=kind, now=timezone.now())
    if news is None:
        raise not_found()
    return {}


def _messages_of(contact: Contact) -> QuerySet[Any]:
    of_message = DeliveryEvent.objects.filter(draft=OuterRef("pk"), machine=False)
    read_at = Subquery(of_message.filter(kind=DeliveryKind.OPENED).order_by("at").values("at")[:1])
    sent = Draft.objects.filter(contact=contact, channel=Channel.IN_APP, status=DraftStatus.SENT)
    return sent.exclude(Exists(of_message.filter(kind=DeliveryKind.DISMISSED))).annotate(
        read_at=read_at, unread=ExpressionWrapper(Q(read_at__isnull=True), output_field=BooleanField())
    )


def _after(messages: QuerySet[Any], place: Place | None) -> QuerySet[Any]:
    if place is None:
        return messages
    unread, moment, message = place
    further = Q(unread=unread) & (Q(sent_at__lt=moment) | Q(sent_at=moment, pk__lt=message))
    return messages.filter(further | Q(unread=False) if unread else further)


def _as_json(draft: Any) -> dict[str, Any]:
    return {
        "id": str(draft.pk),
        "title": draft.subject,
        "text": text_with_link(draft),
        "sent_at": draft.sent_at.isoformat(),
        "read_at": draft.read_at.isoformat() if draft.read_at else None,
        "stop_url": unsubscribe_url(draft),
    }


def _limit_in(text: str) -> int:
    if not text:
        return PER_PAGE
    if not (text.isascii() and text.isdecimal() and len(text) <= 4 and 1 <= int(text) <= MOST_PER_PAGE):
        raise Problem(400, "malformed", f"limit must be a number from 1 to {MOST_PER_PAGE}.")
    return int(text)


def _place_to_text(draft: Any) -> str:
    packed = json.dumps([draft.unread, draft.sent_at.isoformat(), draft.pk], separators=(",", ":"))
    return base64.urlsafe_b64encode(packed.encode()).decode().rstrip("=")


def _place_in(text: str) -> Place | None:
    if not text:
        return None
    try:
        unread, moment_text, message = json.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
        moment = datetime.fromisoformat(moment_text)
    except (ValueError, TypeError):
        moment = None
    if moment is None or moment.tzinfo is None or not isinstance(unread, bool) or not _is_id(message):
        raise Problem(400, "malformed", "The cursor is none of ours. Begin without one.")
    return unread, moment, message


def _is_id(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 < value < 2**63
