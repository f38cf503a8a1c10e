"""What each role finds in the main menu, and that every link of it leads somewhere."""

from __future__ import annotations

import pytest

from tests.browser.eyes import WIDE, Eyes

pytestmark = [pytest.mark.browser, pytest.mark.django_db]


@pytest.mark.parametrize(
    ("who", "items"),
    [
        ("owner", ["Review queue", "Intake", "Leads", "Customers", "Calls", "Sent mail", "Insight", "Playbooks"]),
        pytest.param(
            "manager",
            [
                *("Review queue", "Intake", "Leads", "Customers", "Sent mail", "Insight", "Data"),
                *("Playbooks", "Score", "Calls", "Cadences"),
            ],
            marks=pytest.mark.trial,
        ),
        pytest.param(
            "concierge",
            ["Intake", "Leads", "Customers", "Calls", "Sent mail", "Playbooks"],
            marks=pytest.mark.trial,
        ),
        pytest.param(
            "retention",
            ["Intake", "Leads", "Customers", "Sent mail", "Insight", "Data", "Playbooks", "Score", "Calls"],
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
