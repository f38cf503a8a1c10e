"""From a look at a customer to a published model, in a browser: what was named is what moves."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from retention import services
from retention.models import Customer, Score, ScoreTrial, ScoreVersion
from retention.states import ModelStatus
from tests.browser.eyes import Eyes, picture

expect.set_options(timeout=15_000)
pytestmark = [pytest.mark.browser, pytest.mark.django_db, pytest.mark.trial]


def bands() -> dict[int, str]:
    return dict(Score.objects.values_list("customer_id", "band"))


def test_an_owner_reads_why_and_sets_a_band_by_hand(eyes: Eyes) -> None:
    page = eyes.page("retention")
    page.goto("/customers/")
    picture(page, "customers")
    page.locator("table a.row-link").first.click()
    expect(page).to_have_url(re.compile(r"/customers/\d+/$"))
    expect(page.locator(".why").first).to_contain_text("of 100")
    picture(page, "customer")
    customer = Customer.objects.get(pk=int(page.url.rstrip("/").rsplit("/", 1)[1]))
    page.locator("summary", has_text="This flag is wrong").click()
    page.locator("details[open] textarea, details[open] input[type=text]").first.fill("Away until spring.")
    page.get_by_role("button", name="Note it").click()
    expect(page.get_by_text("Away until spring.")).to_be_visible()
    assert customer.feedback.get().note == "Away until spring."


def test_a_model_is_drafted_tried_and_published(eyes: Eyes) -> None:
    published = ScoreVersion.objects.get(model__name="at-risk", status=ModelStatus.PUBLISHED)
    page = eyes.page("retention")
    page.goto(f"/score/{published.pk}/")
    page.get_by_role("button", name="New draft of this").click()
    draft = ScoreVersion.objects.filter(status=ModelStatus.DRAFT).latest("pk")
    page.goto(f"/score/{draft.pk}/edit/")
    page.get_by_label("Recency sensitivity").fill("2")
    page.get_by_role("button", name="Save the draft").click()
    expect(page).to_have_url(re.compile(f"/score/{draft.pk}/$"))
    page.get_by_role("button", name="What would it change?").first.click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("What if")
    trial = ScoreTrial.objects.latest("pk")
    services.run_trial(trial.pk)
    page.reload()
    expect(page.locator("main")).to_contain_text("would change band")
    picture(page, "what-if")
    trial.refresh_from_db()
    named = {one["customer"]: one["to"] for one in trial.result["named"]}
    before = bands()

    page.goto(f"/score/{draft.pk}/publish/")
    page.get_by_label(re.compile("Why|Reason")).fill("The autumn timetable has fewer classes.")
    page.get_by_label("I have read what it changes").check()
    page.get_by_role("button", name=re.compile("^Publish at-risk")).click()
    expect(page.locator("#messages")).to_contain_text("is published")
    after = bands()
    moved = {pk: band for pk, band in after.items() if before[pk] != band}
    assert moved
    assert set(moved.items()) <= set(named.items())
