"""A message inside the customer's own product: nothing leaves. Once sent, the inbox API shows it (outreach.api)."""

from __future__ import annotations

from outreach.channels.message import OutgoingMessage
from outreach.channels.outcomes import Outcome, Sent
from outreach.models import ProductKey

NAME = "in_app"


def not_ready() -> str:
    """Why nobody could read it; nothing when somebody can."""
    if ProductKey.objects.filter(revoked_at__isnull=True).exists():
        return ""
    return "No product reads the inbox yet. Make a key with manage.py create_product_key, and show messages with it."


def put(message: OutgoingMessage) -> Outcome:
    """It is where it is read already."""
    return Sent(message.message_id)
