"""Bad weather at the desk: double clicks, the back button, ten tabs, a slow line, no broker, a sign-in that ran out.

Each test has people and messages of its own, so that the sample world stays as the others need it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
from django.conf import settings
from django.contrib.sessions.models import Session
from django.utils import timezone
from playwright.sync_api import Locator, Page, expect

from config.celery import app
from outreach.models import Draft
from outreach.states import DraftStatus
from reviews.models import ReviewDecision
from staff.models import User
from tests.browser.eyes import Eyes
from tests.factories import PASSWORD, make_user
from tests.reviews.world import make_item

expect.set_options(timeout=15_000)
pytestmark = [pytest.mark.browser, pytest.mark.django_db]
#: A port of this machine on which nothing answers.
NOBODY = "redis://127.0.0.1:1/0"


def desk(eyes: Eyes, items: int) -> tuple[User, list[Draft], Page]:
    """An owner with so many messages, the most pressing first, before the first of them."""
    owner = make_user("Account owner")
    for number in range(items):
        make_item(owner, name=f"Person {number}", now=timezone.now())
    drafts = list(Draft.objects.awaiting_review().filter(owner=owner))
    page = eyes.page(owner.username)
    page.goto(f"/reviews/{drafts[0].pk}/")
    return owner, drafts, page


def approve(page: Page) -> Locator:
    return page.get_by_role("button", name=re.compile("^Approve"))


def answered(page: Page) -> None:
    """Wait for the answer: the next message may be on the screen before it, and only the answer lets one undo."""
    expect(page.get_by_role("button", name=re.compile("^Undo"))).to_be_visible()


def news(page: Page) -> Locator:
    """What the page of a message says has just happened to it."""
    return page.locator("#item").get_by_role("status").filter(has_text=re.compile(r"\w"))


def statuses(drafts: list[Draft]) -> list[str]:
    return [Draft.objects.get(pk=draft.pk).status for draft in drafts]


def decisions(draft: Draft) -> list[str]:
    return list(ReviewDecision.objects.filter(draft=draft).values_list("action", flat=True))


def test_a_double_click_decides_once_and_only_what_was_read(eyes: Eyes) -> None:
    _, drafts, page = desk(eyes, 3)
    approve(page).dblclick()
    expect(page).to_have_url(re.compile(f"/reviews/{drafts[1].pk}/"))
    answered(page)
    assert statuses(drafts) == [DraftStatus.APPROVED, DraftStatus.AWAITING_REVIEW, DraftStatus.AWAITING_REVIEW]
    assert decisions(drafts[0]) == ["approve"]
    page.context.close()


def test_back_shows_the_decision_and_offers_no_second_one(eyes: Eyes) -> None:
    _, drafts, page = desk(eyes, 2)
    approve(page).click()
    expect(page).to_have_url(re.compile(f"/reviews/{drafts[1].pk}/"))
    answered(page)
    page.go_back()
    expect(page).to_have_url(re.compile(f"/reviews/{drafts[0].pk}/"))
    expect(page.get_by_role("heading", level=1)).to_have_text("Person 0")
    expect(approve(page)).to_have_count(0)
    page.go_forward()
    expect(approve(page)).to_be_visible()
    assert statuses(drafts) == [DraftStatus.APPROVED, DraftStatus.AWAITING_REVIEW]
    page.context.close()


@pytest.mark.trial
def test_what_was_typed_outlives_the_sign_in(eyes: Eyes) -> None:
    owner, drafts, page = desk(eyes, 1)
    page.locator("summary", has_text=re.compile(r"^\s*Edit")).click()
    typed = drafts[0].body.replace("Hello", "Good evening", 1)
    page.get_by_label("Message", exact=True).fill(typed)
    key = next(one["value"] for one in page.context.cookies() if one["name"] == settings.SESSION_COOKIE_NAME)
    Session.objects.filter(session_key=key).delete()
    page.get_by_role("button", name="Save and look again").click()
    expect(page).to_have_url(re.compile("/account/login/"))
    page.get_by_label("E-mail").or_(page.get_by_label("user name")).first.fill(owner.username)
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    expect(page).to_have_url(re.compile(f"/reviews/{drafts[0].pk}/"))
    expect(page.get_by_label("Message", exact=True)).to_have_value(typed)
    assert Draft.objects.get(pk=drafts[0].pk).body == drafts[0].body, "nothing was decided by a sign-in"
    page.get_by_role("button", name="Save and look again").click()
    expect(news(page)).to_contain_text("Your text is kept")
    assert Draft.objects.get(pk=drafts[0].pk).body == typed
    page.context.close()


@pytest.fixture
def no_broker() -> Iterator[None]:
    """The broker is away for as long as the test lasts."""
    celery: Any = app  # Its stubs know nothing of setting the address, or of the pools that must forget the old one.
    before, celery.conf.broker_url = celery.conf.broker_url, NOBODY
    celery.amqp._producer_pool = celery._pool = None
    yield
    celery.conf.broker_url = before
    celery.amqp._producer_pool = celery._pool = None


@pytest.mark.trial
def test_without_a_broker_an_approval_is_kept(eyes: Eyes, no_broker: None) -> None:
    _, drafts, page = desk(eyes, 2)
    approve(page).click()
    expect(page).to_have_url(re.compile(f"/reviews/{drafts[1].pk}/"))
    expect(page.locator("#trouble")).to_be_hidden()
    answered(page)
    assert statuses(drafts)[0] == DraftStatus.APPROVED
    page.context.close()


@pytest.mark.trial
def test_on_a_slow_line_each_button_counts_once(eyes: Eyes) -> None:
    _, drafts, page = desk(eyes, 3)
    line = page.context.new_cdp_session(page)
    slow = {"offline": False, "latency": 1200, "downloadThroughput": 40_000, "uploadThroughput": 20_000}
    line.send("Network.emulateNetworkConditions", slow)
    for _ in range(4):
        approve(page).first.click(force=True, no_wait_after=True)
    expect(page).to_have_url(re.compile(f"/reviews/{drafts[1].pk}/"))
    answered(page)
    assert statuses(drafts)[0] == DraftStatus.APPROVED
    assert decisions(drafts[0]) == ["approve"]
    assert statuses(drafts)[1:] == [DraftStatus.AWAITING_REVIEW] * 2, "pressed before it could be read"
    page.context.close()


@pytest.mark.trial
def test_a_line_that_breaks_is_said_and_loses_nothing(eyes: Eyes) -> None:
    _, drafts, page = desk(eyes, 2)
    page.locator("summary", has_text=re.compile(r"^\s*Edit")).click()
    typed = drafts[0].body + "\n\nPS: the rooms are open."
    page.get_by_label("Message", exact=True).fill(typed)
    page.context.set_offline(True)
    page.get_by_role("button", name="Save and look again").click()
    expect(page.locator("#trouble")).to_be_visible()
    expect(page.get_by_label("Message", exact=True)).to_have_value(typed)
    page.context.set_offline(False)
    eyes.complaints.clear()  # The browser notes each request that found no line.
    page.get_by_role("button", name="Save and look again").click()
    expect(news(page)).to_contain_text("Your text is kept")
    expect(page.locator("#trouble")).to_be_hidden()
    assert Draft.objects.get(pk=drafts[0].pk).body.endswith("the rooms are open.")
    page.context.close()


@pytest.mark.trial
def test_ten_tabs_at_once_on_ten_messages_and_on_one(eyes: Eyes) -> None:
    _, drafts, first = desk(eyes, 11)
    tabs = [first, *(first.context.new_page() for _ in drafts[1:10])]
    for tab, draft in zip(tabs, drafts, strict=False):
        tab.goto(f"/reviews/{draft.pk}/")
    for tab in reversed(tabs):
        approve(tab).click()
    for tab, draft in zip(tabs, drafts, strict=False):
        expect(tab).not_to_have_url(re.compile(f"/reviews/{draft.pk}/"))
        answered(tab)
    assert statuses(drafts) == [DraftStatus.APPROVED] * 10 + [DraftStatus.AWAITING_REVIEW]
    last = drafts[10]
    for tab in tabs:
        tab.goto(f"/reviews/{last.pk}/")
    for tab in tabs:
        approve(tab).click()
    told = tabs[-1].get_by_role("alert").filter(has_text=re.compile("approved it|before you decided"))
    expect(told.first).to_be_visible()
    assert decisions(last) == ["approve"]
    first.context.close()


def test_three_hundred_filters_in_the_address_harm_nothing(eyes: Eyes) -> None:
    page = eyes.window("owner")
    many = "&".join(
        f"{name}={number}" for number in range(60) for name in ("q", "status", "kind", "whose", f"x{number}")
    )
    answer = page.goto(f"/reviews/?{many}")
    assert answer is not None
    assert answer.status == 200
    assert page.get_by_role("heading", level=1).inner_text() == "Review queue"
