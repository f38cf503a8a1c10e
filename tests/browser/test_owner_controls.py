"""What an owner does with a lead by its page and from the queue: each panel opens, fits, and does what it says."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from followups.models import Lead
from outreach.models import Draft
from tests.browser.eyes import PHONE, WIDE, Eyes, findings, picture, too_wide

pytestmark = [pytest.mark.browser, pytest.mark.django_db, pytest.mark.trial]


def test_every_panel_of_a_lead_fits_and_a_lead_is_put_off_and_opened_again(eyes: Eyes) -> None:
    draft = Draft.objects.awaiting_review().filter(owner__username="owner", attempt__isnull=False).latest("id")
    lead = Lead.objects.get(attempts__draft=draft)
    page = eyes.page("owner")
    page.goto(f"/leads/{lead.pk}/")
    for label in ("Add a note", "Close out", "Stop", "Not now", "Pause:", "Remind me", "Take over", "Put off,"):
        page.set_viewport_size(WIDE)
        page.locator("summary", has_text=label).first.click()
        for size in (WIDE, PHONE):
            page.set_viewport_size(size)
            assert too_wide(page) == "", label
            picture(page, f"lead, {label}, {size['width']}")
    assert findings(page) == []
    page.set_viewport_size(WIDE)
    panel = page.locator("details.prior[open] form")
    panel.locator("input[type=date]").fill("2100-01-01")
    panel.get_by_label("Why").fill("Their budget is decided then.")
    panel.get_by_role("button", name="Put it off").click()
    expect(page.get_by_text("Put off.", exact=True)).to_be_visible()
    expect(page.locator("main")).to_contain_text("Their budget is decided then. Comes back on 1 January 2100.")
    picture(page, "lead, put off")
    page.get_by_role("button", name="Open again").click()
    expect(page.locator("main")).to_contain_text("Their budget is decided then. Came back on")
    page.context.close()


def test_a_message_is_set_aside_from_the_queue(eyes: Eyes) -> None:
    draft = Draft.objects.awaiting_review().filter(owner__username="owner", attempt__isnull=False).latest("id")
    page = eyes.page("owner")
    page.goto(f"/reviews/{draft.pk}/")
    for label in ("Close out", "Not now"):
        page.set_viewport_size(WIDE)
        page.locator("summary", has_text=label).first.click()
        for size in (WIDE, PHONE):
            page.set_viewport_size(size)
            assert too_wide(page) == "", label
            picture(page, f"item, {label}, {size['width']}")
    page.set_viewport_size(WIDE)
    assert findings(page) == []
    page.get_by_label("Take over", exact=False).check()
    page.locator("details[open] form").get_by_label("In a few words").fill("I call them")
    page.get_by_role("button", name="Set it aside").click()
    expect(page.locator(".messages, main").get_by_text("Taken over by hand.").first).to_be_visible()
    draft.refresh_from_db()
    assert draft.status == "withdrawn"
    page.context.close()
