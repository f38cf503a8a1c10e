"""Verbs with a form turn to the next item as fast as Approve does, and bring back what was typed when refused."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from outreach.models import Draft
from outreach.states import DraftStatus
from reviews.models import EditDraft
from tests.browser.desk import ahead, caught, next_pk, open_first, open_two, ready, shown
from tests.browser.eyes import Eyes

pytestmark = [pytest.mark.browser, pytest.mark.django_db]


def test_a_verb_with_a_form_paints_the_next_item_before_the_answer(eyes: Eyes) -> None:
    page, draft, following = open_two(eyes)
    answers = caught(page, "snooze")
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
    # The wider stops hold whatever became of the text.
    page.locator("[name=scope][value=sequence]").check()
    page.get_by_label("In a few words").locator("visible=true").fill("They moved away")
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert").filter(has_text="This changed before you decided")).to_be_visible()
    expect(page).to_have_url(re.compile(f"/reviews/{draft.pk}/"))
    assert shown(page) == draft.pk
    expect(page.get_by_label("In a few words").locator("visible=true")).to_have_value("They moved away")
    assert Draft.objects.get(pk=draft.pk).status == DraftStatus.AWAITING_REVIEW
    Draft.objects.filter(pk=draft.pk).update(fingerprint=draft.fingerprint)


def test_what_is_pressed_before_the_answer_waits_for_it(eyes: Eyes) -> None:
    """The address and the message on the screen stay together, and Undo takes back what was approved last."""
    page, draft, following = open_two(eyes)
    answers = caught(page, "approve")
    page.keyboard.press("a")
    expect(page.locator(f"#item[data-item='{following}'][data-busy]")).to_be_visible()
    after = next_pk(page)
    page.keyboard.press("j")
    page.keyboard.press("j")
    assert shown(page) == following, "the answer about the first is still on its way"
    answers[0].continue_()
    ready(page, after)
    expect(page).to_have_url(re.compile(f"/reviews/{after}/"))
    expect(page.locator("#undo")).to_contain_text(f"Approved for {draft.contact.name}")
    page.keyboard.press("k")
    ready(page, following)
    ahead(page)
    page.keyboard.press("a")
    expect(page.locator(f"#item[data-item='{after}'][data-busy]")).to_be_visible()
    page.keyboard.press("u")
    answers[1].continue_()
    ready(page, following)
    page.unroute_all()
    assert Draft.objects.get(pk=following).status == DraftStatus.AWAITING_REVIEW
    assert Draft.objects.get(pk=draft.pk).status == DraftStatus.APPROVED
    page.get_by_role("button", name=re.compile("^Undo")).click()
    ready(page, draft.pk)
    assert Draft.objects.get(pk=draft.pk).status == DraftStatus.AWAITING_REVIEW


def test_a_decision_that_could_not_be_looked_ahead_of_is_sent_once(eyes: Eyes) -> None:
    """On a slow line the next message arrives after the first press: it must not carry a second one."""
    page, draft, following = open_two(eyes)
    page.route(f"**/reviews/{following}/*", lambda route: route.abort(), times=1)
    page.reload()
    answers = caught(page, "approve")
    button = page.get_by_role("button", name=re.compile("^Approve"))
    button.click()
    page.evaluate(
        "window.htmx.trigger(document.body, 'htmx:afterSettle', {elt: document.body})"
    )  # It looks ahead again.
    ahead(page)
    button.click()
    page.keyboard.press("a")
    page.keyboard.press("j")
    assert len(answers) == 1
    answers[0].continue_()
    page.unroute_all()
    ready(page, following)
    expect(page).to_have_url(re.compile(f"/reviews/{following}/"))
    page.go_back()
    ready(page, draft.pk)
    expect(button).to_have_count(0)
    eyes.complaints[:] = [one for one in eyes.complaints if "ERR_FAILED" not in one]
    page.get_by_role("button", name=re.compile("^Undo")).click()
    ready(page, draft.pk)
    expect(button).to_be_visible()


def test_what_was_typed_this_moment_is_kept_before_anything_is_decided(eyes: Eyes) -> None:
    """A text that somebody began to correct does not leave without the correction."""
    page, draft, _ = open_two(eyes)
    page.keyboard.press("e")
    page.get_by_label("Message", exact=True).fill(f"{draft.body}\n\nThe rooms are open again.")
    page.keyboard.press("Escape")
    page.keyboard.press("a")
    expect(page.get_by_role("alert").filter(has_text="You began to change this text")).to_be_visible()
    assert shown(page) == draft.pk
    expect(page.get_by_label("Message", exact=True)).to_have_value(re.compile("open again"))
    assert Draft.objects.get(pk=draft.pk).status == DraftStatus.AWAITING_REVIEW
    assert EditDraft.objects.get(draft=draft).body.endswith("open again.")
    page.get_by_role("button", name="Throw away").click()
    expect(page.get_by_role("button", name=re.compile("^Approve"))).to_be_visible()
