"""Verbs with a form turn to the next item as fast as Approve does, and bring back what was typed when refused."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Route, expect

from outreach.models import Draft
from outreach.states import DraftStatus
from tests.browser.eyes import Eyes
from tests.browser.test_workbench import ahead, next_pk, open_first, ready, shown

pytestmark = [pytest.mark.browser, pytest.mark.django_db]


def test_a_verb_with_a_form_paints_the_next_item_before_the_answer(eyes: Eyes) -> None:
    page, draft = open_first(eyes)
    ahead(page)
    following = next_pk(page)
    answers: list[Route] = []
    page.route("**/snooze/**", lambda route: answers.append(route))
    page.keyboard.press("z")
    page.get_by_label("What you wait for").fill("Their budget")
    page.keyboard.press("Enter")
    expect(page.locator(f"#item[data-item='{following}'][data-busy]")).to_be_visible()
    answers[0].continue_()
    page.unroute_all()
    ready(page, following)
    # The answer was short: it says what was done, and the list beside the item has one less.
    expect(page.locator("#messages")).to_contain_text("Snoozed until")
    expect(page.locator(f"#worklist a[href*='/reviews/{draft.pk}/']")).to_have_count(0)
    expect(page.locator("#worklist [aria-current]")).to_have_attribute("href", re.compile(f"/{following}/"))
    expect(page).to_have_url(re.compile(f"/reviews/{following}/"))
    assert Draft.objects.get(pk=draft.pk).snooze_reason == "Their budget"
    Draft.objects.filter(pk=draft.pk).update(snoozed_until=None, snooze_reason="")


def test_a_refused_verb_brings_the_item_back_with_what_was_typed(eyes: Eyes) -> None:
    page, draft = open_first(eyes)
    ahead(page)
    Draft.objects.filter(pk=draft.pk).update(fingerprint="0" * 64)
    page.keyboard.press("s")
    page.get_by_label("In a few words").locator("visible=true").fill("They moved away")
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert").filter(has_text="This changed before you decided")).to_be_visible()
    expect(page).to_have_url(re.compile(f"/reviews/{draft.pk}/"))
    assert shown(page) == draft.pk
    expect(page.get_by_label("In a few words").locator("visible=true")).to_have_value("They moved away")
    assert Draft.objects.get(pk=draft.pk).status == DraftStatus.AWAITING_REVIEW
    Draft.objects.filter(pk=draft.pk).update(fingerprint=draft.fingerprint)
