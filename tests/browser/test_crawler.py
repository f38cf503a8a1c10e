"""Every link, as every role: each leads to a page, and the browser complains about none (issue 7, “Must show”)."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page

from tests.browser.eyes import WIDE, Eyes
from tests.browser.walking import Walk, tab_round, unnamed

pytestmark = [pytest.mark.browser, pytest.mark.django_db]
ROLES = ("owner", "manager", "concierge", "retention")


def found_at(page: Page, address: str) -> list[str]:
    """What is wrong with the page that is shown."""
    return [f"{address}: {one}" for one in unnamed(page)]


@pytest.mark.parametrize(
    "who", [pytest.param(who, marks=[pytest.mark.trial] if who in ("manager", "concierge") else []) for who in ROLES]
)
def test_the_main_pages_of_each_role(eyes: Eyes, who: str) -> None:
    """Everything that the menu and the home of somebody lead to, one of a kind."""
    page = eyes.window(who)
    page.set_viewport_size(WIDE)
    page.goto("/")
    menu = page.get_by_role("navigation", name="Main").get_by_role("link")
    links = dict.fromkeys(["/", *(str(one.get_attribute("href")) for one in menu.all())])
    wrong = []
    for link in links:
        answer = page.goto(link)
        assert answer is not None
        assert answer.status == 200, link
        wrong += found_at(page, link)
    assert wrong == []


@pytest.mark.trial
@pytest.mark.parametrize("who", [*ROLES, "admin", None])
def test_every_link_as_every_role(eyes: Eyes, who: str | None) -> None:
    page = eyes.page(who)
    page.goto("/")
    walk, wrong = Walk(page), []
    for address in walk.pages():
        wrong += found_at(page, address)
    refused = [one for one, status in walk.seen.items() if status >= 400]
    failed = [f"{walk.seen[one]} {one}, linked from {walk.found_on.get(one)}" for one in refused]
    assert failed == []
    assert wrong == []
    # Whoever is not signed in sees the sign-in and what belongs to it, and nothing else.
    assert len(walk.seen) > 100 if who else len(walk.seen) < 10
    page.context.close()


@pytest.mark.parametrize(
    ("who", "path"),
    [
        ("owner", "/"),
        ("owner", "item"),
        *(
            pytest.param(who, path, marks=pytest.mark.trial)
            for who, path in (
                ("owner", "/reviews/"), ("manager", "/intake/"), ("manager", "/import/"), ("manager", "/sending/"),
                ("concierge", "/calls/"), ("retention", "/customers/"), ("retention", "/score/"), ("owner", "/leads/"),
                ("retention", "/playbooks/"), (None, "/account/login/"),
            )
        ),
    ],
)  # fmt: skip
def test_the_keyboard_gets_everywhere_and_out_again(eyes: Eyes, who: str | None, path: str) -> None:
    page = eyes.page(who)
    page.goto("/reviews/" if path == "item" else path)
    if path == "item":
        page.get_by_role("link", name=re.compile("^Start with")).first.click()
        page.get_by_role("button", name=re.compile("^Approve")).first.wait_for()
    assert tab_round(page) == []
    assert [one for one in tab_round(page, "Shift+Tab") if one.startswith(("stuck", "no end"))] == []
    page.context.close()
