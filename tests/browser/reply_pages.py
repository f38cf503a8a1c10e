"""The pages of what came back, and the answers they need to stand on."""

from __future__ import annotations

from collections.abc import Callable

from django.urls import reverse
from django.utils import timezone

from outreach import services
from outreach.inbound.message import IncomingMessage
from outreach.models import Draft, Reply

_HELD = "Hello,\n\nplease take me off your list. And who gave you my address?\n\nMarta"
_QUOTED = "\n\nOn Mon, 4 May 2026 at 09:12, Ola Berg <ola@ours.example> wrote:\n> You have had our quote."
_ANSWERS = (_HELD + _QUOTED, "Does the plan stop in May?", "STOP", "No thanks, we went with somebody else.")


def one_that(**has: str) -> Callable[[], str]:
    def find() -> str:
        return reverse("outreach:reply", args=[Reply.objects.filter(**has).latest("pk").pk])

    return find


REPLY_PAGES: list[tuple[str, str | None, Callable[[], str]]] = [
    ("replies", "manager", lambda: reverse("outreach:replies")),
    ("replies, all", "owner", lambda: reverse("outreach:replies") + "?show=all"),
    ("replies, none of this kind", "owner", lambda: reverse("outreach:replies") + "?label=auto_reply"),
    ("reply, held", "manager", one_that(status="held", label="opt_out")),
    ("reply, to be read", "manager", one_that(status="open")),
    ("reply, confirmed", "concierge", one_that(status="confirmed")),
]
POSTED_TO_REPLIES = {"confirm_reply", "release_reply", "settle_reply", "relabel_reply"}


def rare_replies() -> None:
    """An opt-out with a question, a question, a single word, and a no."""
    now = timezone.now()
    sent = (
        Draft.objects.filter(status="sent", channel="email").select_related("contact").order_by("-pk")[: len(_ANSWERS)]
    )
    for draft, text in zip(sent, _ANSWERS, strict=True):
        message = IncomingMessage(
            "email", draft.address, ("answers@rekindle.example",), text, now, subject=f"Re: {draft.subject}"
        )
        services.receive_reply(message=message, draft=draft, contact=draft.contact, notice=None, now=now)
    # Nobody's, so that everybody sees them.
    Reply.objects.update(owner=None)
