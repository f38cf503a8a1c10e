"""At the desk: the first message of a view is open, and the next one is fetched or painted."""

from __future__ import annotations

import re
from typing import Any

from playwright.sync_api import Page, Route, expect

from outreach.models import Draft
from tests.browser.eyes import Eyes

#: The view in which these journeys work. Others approve e-mails of the owner; these belong to their team.
VIEW = "?whose=team"


def waiting() -> list[Draft]:
    """What waits in that view and may be approved, the most pressing first: of leads, which have every verb."""
    found = Draft.objects.awaiting_review().exclude(owner__username="manager").exclude(owner=None)
    found = found.filter(attempt__isnull=False)
    return list(found.filter(snoozed_until=None).exclude(findings__severity="block").distinct())


def open_first(eyes: Eyes, **options: Any) -> tuple[Page, Draft]:
    page = eyes.page("manager", **options) if options else eyes.window("manager")
    draft = waiting()[0]
    page.goto(f"/reviews/{draft.pk}/{VIEW}")
    return page, draft


def shown(page: Page) -> int:
    return int(page.locator("#item").get_attribute("data-item") or 0)


def ready(page: Page, pk: int | None = None) -> None:
    """Wait until the server has answered for the item on the screen, so that its verbs act."""
    which = f"#item[data-item='{pk}']" if pk else "#item"
    expect(page.locator(f"{which}:not([data-busy])")).to_be_visible()


def next_pk(page: Page) -> int:
    found = re.search(r"/reviews/(\d+)/", page.locator("[data-turn=next]").get_attribute("href") or "")
    assert found is not None
    return int(found[1])


def ahead(page: Page) -> None:
    """Wait until the next item has been fetched."""
    page.wait_for_function(
        "() => performance.getEntriesByType('resource').some("
        "(one) => document.querySelector('[data-turn=next]')?.href === one.name && one.responseEnd > 0)"
    )


def caught(page: Page, verb: str) -> list[Route]:
    """From now on each request that carries out this verb, for the test to let go on when it likes."""
    held: list[Route] = []
    page.route(f"**/{verb}/**", lambda route: held.append(route))
    return held


def open_two(eyes: Eyes) -> tuple[Page, Draft, int]:
    """The first message is open and the one after it, whose id is the last of the three, is fetched."""
    page, draft = open_first(eyes)
    ahead(page)
    return page, draft, next_pk(page)
