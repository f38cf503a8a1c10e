"""What each role finds in the main menu, and that every link of it leads somewhere."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from tests.browser.eyes import PHONE, WIDE, Eyes

pytestmark = [pytest.mark.browser, pytest.mark.django_db]


@pytest.mark.parametrize(
    ("who", "items"),
    [
        (
            "owner",
            [
                *("Home", "Review queue", "Calls", "Intake", "Sent mail", "Leads", "Customers"),
                *("Playbooks", "Insight"),
            ],
        ),
        pytest.param(
            "manager",
            [
                *("Home", "Review queue", "Calls", "Intake", "Sent mail", "Leads", "Customers"),
                *("Playbooks", "Score", "Cadences", "Insight", "Data"),
            ],
            marks=pytest.mark.trial,
        ),
        pytest.param(
            "concierge",
            ["Home", "Calls", "Intake", "Sent mail", "Leads", "Customers", "Playbooks"],
            marks=pytest.mark.trial,
        ),
        pytest.param(
            "retention",
            [
                *("Home", "Calls", "Intake", "Sent mail", "Leads", "Customers"),
                *("Playbooks", "Score", "Insight", "Data"),
            ],
            marks=pytest.mark.trial,
        ),
    ],
)
def test_the_main_navigation_has_what_a_role_works_with(eyes: Eyes, who: str, items: list[str]) -> None:
    page = eyes.window(who)
    page.set_viewport_size(WIDE)
    page.goto("/")
    links = page.get_by_role("navigation", name="Main").get_by_role("link")
    assert links.all_inner_texts() == items
    for link in [one.get_attribute("href") for one in links.all()]:
        answer = page.goto(str(link))
        assert answer is not None
        assert answer.status == 200


def test_a_phone_has_the_rest_of_the_pages_behind_more(eyes: Eyes) -> None:
    page = eyes.window("owner")
    page.set_viewport_size(PHONE)
    page.goto("/")
    main = page.get_by_role("navigation", name="Main")
    # “queue” has no room on a phone: it is in the name of the link all the same.
    expect(main.get_by_role("link")).to_have_text(["Home", "Review queue", "Calls", "Intake"])
    expect(main.get_by_role("link", name="Review queue", exact=True)).to_be_visible()
    main.get_by_text("More", exact=True).click()
    main.get_by_role("link", name="Playbooks").click()
    expect(page).to_have_url(re.compile(r"/playbooks/$"))
