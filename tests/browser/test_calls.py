"""Calls in a real browser: one key or one tap keeps what came of them, and nothing is kept by accident."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from contacts import services as contacts
from contacts.models import Contact
from contacts.states import Channel, Consent
from followups.models import PlannedTouch
from outreach import services
from outreach.models import Call
from outreach.states import CallStatus
from staff.models import User
from tests.browser.eyes import PHONE, WIDE, Eyes, findings, picture, too_wide

pytestmark = [pytest.mark.browser, pytest.mark.django_db, pytest.mark.trial]


def call_to_make() -> Call:
    now = timezone.now()
    people = Contact.objects.filter(addresses__kind="phone", addresses__is_primary=True, merged_into__isnull=True)
    contact = people.exclude(suppressions__isnull=False).filter(calls=None).order_by("pk").first()
    assert contact is not None
    contacts.record_consent(contact=contact, channel=Channel.CALL, status=Consent.YES, source="A form", at=now)
    return services.ask_for_call(
        contact_id=contact.pk,
        owner_id=User.objects.get(username="concierge").pk,
        why="Three classes missed in 28 days.",
        script="Ask how they are.",
        due_at=now,
        latest_at=now + timedelta(days=2),
        now=now,
    )


def test_one_key_keeps_what_came_of_a_call_and_another_leads_on(eyes: Eyes) -> None:
    call, page = call_to_make(), eyes.page("concierge")
    page.set_viewport_size(WIDE)
    page.goto(f"/calls/{call.pk}/")
    page.get_by_label("What was said").press_sequentially("2 of them were there")
    page.get_by_role("heading", level=1).click()
    page.keyboard.press("2")
    expect(page.get_by_text("Kept. It comes back")).to_be_visible()
    call.refresh_from_db()
    assert (call.tries, call.note, call.status) == (1, "2 of them were there", CallStatus.WAITING)
    page.keyboard.press("3")
    expect(page.get_by_role("button", name="Call back then")).to_be_visible()
    picture(page, "call, called back")
    assert findings(page) == []
    page.context.close()


def test_on_a_phone_a_promise_is_kept_by_a_tap_and_never_by_enter(eyes: Eyes) -> None:
    call, page = call_to_make(), eyes.page("concierge")
    page.set_viewport_size(PHONE)
    page.goto(f"/calls/{call.pk}/")
    assert too_wide(page) == ""
    page.get_by_role("link", name="Outcome").click()
    page.locator("summary", has_text="You promised something").click()
    field = page.get_by_label("What you promised")
    field.fill("Send the price list")
    field.press("Enter")
    picture(page, "call, phone, promise")
    page.get_by_role("button", name="Reached").click()
    expect(page.get_by_text("What you promised stands under Promised.")).to_be_visible()
    call.refresh_from_db()
    assert (call.status, call.outcome) == (CallStatus.DONE, "reached")
    plan = PlannedTouch.objects.get(title="Send the price list", contact=call.contact)
    page.goto("/calls/")
    assert too_wide(page) == ""
    page.get_by_role("button", name="Done: Send the price list").first.click()
    expect(page.get_by_text("You kept what you promised.")).to_be_visible()
    plan.refresh_from_db()
    assert plan.done_at is not None
    page.context.close()
