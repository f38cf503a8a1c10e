"""The pages of calls, and the calls they need to stand on."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

from django.urls import reverse
from django.utils import timezone

from contacts import services as contacts
from contacts.models import Contact
from contacts.states import Channel, Consent
from outreach import services
from outreach.models import Call
from outreach.states import CallOutcome
from reviews.services.calling import Promise, keep_call
from staff.models import User


def one_that(**has: object) -> Callable[[], str]:
    def find() -> str:
        return reverse("reviews:call", args=[Call.objects.filter(**has).latest("pk").pk])

    return find


CALL_PAGES: list[tuple[str, str | None, Callable[[], str]]] = [
    ("calls", "concierge", lambda: reverse("reviews:calls")),
    ("calls, later", "owner", lambda: reverse("reviews:calls") + "?when=later"),
    ("calls, over", "retention", lambda: reverse("reviews:calls") + "?when=over&whose=team"),
    ("call", "concierge", one_that(status="waiting")),
    ("call, made", "concierge", one_that(status="done")),
    ("calls in a calendar", "concierge", lambda: reverse("reviews:call_calendar")),
]
POSTED_TO_CALLS = {"keep_outcome", "call_off", "finish_promise", "new_calendar", "end_call_calendar"}
NO_PAGE_OF_CALLS = {
    "reviews:next_call": "leads to the next best call: tests/reviews/calls",
    "reviews:call_file": "a file",
    "reviews:call_feed": "only calendars ask there: tests/reviews/calls",
}


def rare_calls() -> None:
    """A call to be made, one that nobody answered, and one that was made, in which something was promised."""
    now = timezone.now()
    concierge = User.objects.get(username="concierge")
    people = Contact.objects.filter(addresses__kind="phone", addresses__is_primary=True, merged_into__isnull=True)
    free = people.exclude(suppressions__isnull=False).order_by("pk").distinct()[:3]
    for contact, outcome in zip(free, (CallOutcome.REACHED, CallOutcome.VOICEMAIL, None), strict=True):
        contacts.record_consent(contact=contact, channel=Channel.CALL, status=Consent.YES, source="A form", at=now)
        call = services.ask_for_call(
            contact_id=contact.pk,
            owner_id=None,
            why="Three classes missed in 28 days. Worth 240 a month.",
            script="Ask how they are. Offer a session with their coach.",
            points=[{"at": now - timedelta(days=9), "what": "Class missed", "detail": "Morning flow"}],
            due_at=now,
            latest_at=now + timedelta(days=2),
            now=now,
        )
        if outcome:
            promise = Promise("Send the price list", now.date() + timedelta(days=3)) if outcome == "reached" else None
            keep_call(
                call_id=call.pk, outcome=outcome, note="Comes on Friday.", minutes=4, promise=promise, by=concierge,
                now=now,
            )  # fmt: skip
