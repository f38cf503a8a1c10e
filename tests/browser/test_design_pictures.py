"""The pictures of docs/design.md: home of each role, and a page of each kind, none wider than its window."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.browser.eyes import PHONE, WIDE, Eyes, findings, picture, too_wide

pytestmark = [pytest.mark.browser, pytest.mark.django_db, pytest.mark.trial]


@pytest.mark.parametrize("who", ["owner", "manager", "concierge", "retention"])
def test_home_of_each_role_in_light_and_on_a_dark_phone(eyes: Eyes, who: str) -> None:
    for theme, size, name in (("light", WIDE, f"home-{who}"), ("dark", PHONE, f"home-{who}-phone")):
        page = eyes.page(who, theme=theme, size=size)
        page.goto("/")
        expect(page.locator("[autofocus]")).to_be_focused()
        assert too_wide(page) == ""
        assert findings(page) == []
        picture(page, name, tall=900)


@pytest.mark.parametrize(
    ("name", "who", "path"),
    [
        ("list", "manager", "/leads/?whose=all"),
        ("tabs", "retention", "/playbooks/"),
        ("form", "retention", "/playbooks/capacity/"),
        ("admin", "manager", "/admin/followups/cadence/"),
        ("empty", "manager", "/plans/"),
    ],
)
def test_pages_of_each_kind(eyes: Eyes, name: str, who: str, path: str) -> None:
    page = eyes.page(who, size=WIDE)
    page.goto(path)
    assert too_wide(page) == ""
    picture(page, f"design-{name}", tall=760)


def test_more_on_a_phone(eyes: Eyes) -> None:
    page = eyes.page("retention", size=PHONE)
    page.goto("/customers/")
    page.locator(".nav-more > summary").click()
    expect(page.get_by_role("navigation", name="Main").get_by_role("link", name="Insight")).to_be_visible()
    picture(page, "design-phone", tall=844)
