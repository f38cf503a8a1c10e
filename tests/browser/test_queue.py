"""The queue while somebody reads it: what arrives is said and moves nothing; a view is kept; several are approved."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.browser.eyes import PHONE, WIDE, Eyes, findings, too_wide
from tests.factories import make_user
from tests.outreach.world import make_contact, make_draft

pytestmark = [pytest.mark.browser, pytest.mark.django_db]


def test_what_arrives_moves_nothing_and_is_there_when_asked_for(eyes: Eyes) -> None:
    owner = make_user("Account owner", name="Quentin Vale")
    make_draft(make_contact(name="Ana Reader"), owner)
    page = eyes.page(owner.username)
    page.clock.install()
    page.goto("/reviews/")
    first = page.get_by_role("link", name="Ana Reader")
    first.focus()
    place = first.bounding_box()

    make_draft(make_contact(name="Bo Arrived"), owner)
    with page.expect_response("**/reviews/arrived/**"):
        page.clock.fast_forward(21_000)
    line = page.get_by_text("One new item.")
    expect(line).to_be_visible()
    expect(first).to_be_focused()
    expect(page.get_by_role("link", name="Bo Arrived")).to_have_count(0)
    assert first.bounding_box() == place
    page.get_by_role("link", name="Show it").click()
    expect(page.get_by_role("link", name="Bo Arrived")).to_be_visible()


def test_a_view_is_kept_and_several_that_were_read_are_approved_by_keyboard(eyes: Eyes) -> None:
    owner = make_user("Account owner", name="Quirin Vale")
    for name in ("Cy Read", "Dee Unread"):
        make_draft(make_contact(name=name), owner)
    page = eyes.page(owner.username)
    page.goto("/reviews/?channel=email")
    page.locator("summary", has_text="Views").press("Enter")
    page.get_by_label("Keep what is shown as").fill("By mail")
    assert findings(page) == []
    for size in (PHONE, WIDE):
        page.set_viewport_size(size)
        assert too_wide(page) == ""
    page.get_by_label("Keep what is shown as").press("Enter")
    page.locator("summary", has_text="Views").press("Enter")
    expect(page.locator("#views a[aria-current]", has_text="By mail")).to_be_visible()
    page.keyboard.press("Escape")

    page.get_by_role("link", name="Cy Read").press("Enter")
    expect(page.get_by_role("heading", level=1)).to_contain_text("Cy Read")
    page.goto("/reviews/many/")
    expect(page.get_by_label("Approve the message to Dee Unread")).to_be_disabled()
    expect(page.get_by_label("Approve the message to Cy Read")).to_be_checked()
    page.get_by_role("button", name="Approve those ticked").press("Enter")
    expect(page.get_by_text("One message is approved.")).to_be_visible()
    expect(page.get_by_label("Approve the message to Cy Read")).to_have_count(0)
