"""The workbench by keyboard: verbs, the next item before it is asked for, undo, palette, help, and nothing lost."""

from __future__ import annotations

import re

import pytest
from django.conf import settings
from playwright.sync_api import expect

from outreach.models import Draft
from outreach.states import DraftStatus
from reviews.models import EditDraft
from tests.browser.desk import VIEW, ahead, caught, open_first, open_two, ready, shown
from tests.browser.eyes import PHONE, Eyes, findings, too_wide

expect.set_options(timeout=15_000)
pytestmark = [pytest.mark.browser, pytest.mark.django_db]


def test_one_key_approves_and_the_next_item_is_there_before_the_answer(eyes: Eyes) -> None:
    page, draft, following = open_two(eyes)
    answers = caught(page, "approve")
    page.keyboard.press("a")
    # The answer is still on its way: the next item is on the screen, and cannot be decided yet.
    expect(page.locator(f"#item[data-item='{following}'][data-busy]")).to_be_visible()
    expect(page.get_by_role("heading", level=1)).to_be_focused()
    page.keyboard.press("a")
    page.get_by_role("button", name=re.compile("^Approve")).dblclick()
    assert len(answers) == 1
    answers[0].continue_()
    page.unroute_all()
    ready(page, following)
    assert Draft.objects.get(pk=draft.pk).status == DraftStatus.APPROVED
    assert Draft.objects.get(pk=following).status == DraftStatus.AWAITING_REVIEW
    expect(page).to_have_url(re.compile(f"/reviews/{following}/"))
    # And it can be taken back by one key, which shows it again.
    expect(page.locator("#undo")).to_contain_text(re.compile(r"Approved for .+ Leaves in \d+ s\."))
    page.keyboard.press("u")
    ready(page, draft.pk)
    # What somebody else in this browser let go before may be offered now.
    expect(page.locator("#undo")).not_to_contain_text(draft.contact.name)
    assert Draft.objects.get(pk=draft.pk).status == DraftStatus.AWAITING_REVIEW


def test_a_refusal_brings_the_item_back_with_its_reason(eyes: Eyes) -> None:
    page, draft = open_first(eyes)
    ahead(page)
    Draft.objects.filter(pk=draft.pk).update(fingerprint="0" * 64)
    page.keyboard.press("a")
    expect(page.get_by_role("alert").filter(has_text="This changed before you decided")).to_be_visible()
    expect(page).to_have_url(re.compile(f"/reviews/{draft.pk}/"))
    assert shown(page) == draft.pk
    Draft.objects.filter(pk=draft.pk).update(fingerprint=draft.fingerprint)


@pytest.mark.trial
def test_a_server_out_of_reach_puts_the_item_back_and_says_so(eyes: Eyes) -> None:
    page, draft = open_first(eyes)
    ahead(page)
    page.route("**/approve/**", lambda route: route.abort())
    page.keyboard.press("a")
    expect(page.locator("#trouble")).to_be_visible()
    assert shown(page) == draft.pk
    expect(page).to_have_url(re.compile(f"/reviews/{draft.pk}/"))
    assert Draft.objects.get(pk=draft.pk).status == DraftStatus.AWAITING_REVIEW
    page.unroute_all()
    eyes.complaints[:] = [one for one in eyes.complaints if "ERR_FAILED" not in one]


def test_j_and_k_turn_pages_and_the_back_button_returns(eyes: Eyes) -> None:
    page, draft, following = open_two(eyes)
    page.keyboard.press("j")
    ready(page, following)
    expect(page.locator("#worklist [aria-current]")).to_have_attribute("href", re.compile(f"/{following}/"))
    page.keyboard.press("k")
    ready(page, draft.pk)
    page.go_back()
    ready(page, following)
    expect(page.get_by_role("heading", level=1)).to_have_count(1)


def test_each_verb_has_a_button_that_names_its_key_and_opens_at_its_choice(eyes: Eyes) -> None:
    page, _ = open_first(eyes)
    for key, field in [
        ("e", "subject"),
        ("s", "scope"),
        ("c", "outcome"),
        ("z", "until"),
        ("r", "to_user"),
        ("n", "text"),
    ]:
        control = page.locator(f"[data-key={key}]")
        expect(control.locator("kbd")).to_have_text(key.upper())
        page.keyboard.press(key)
        focused = page.locator(":focus")
        if key == "e":
            expect(page.locator("details[data-panel=edit]")).to_have_attribute("open", "")
        else:
            expect(focused).to_have_attribute("name", field)
        page.keyboard.press("Escape")
        expect(control).to_be_focused()
    assert not findings(page)


def test_what_is_typed_is_kept_and_comes_back(eyes: Eyes) -> None:
    page, draft = open_first(eyes)
    page.keyboard.press("e")
    message = page.get_by_label("Message", exact=True)
    message.focus()
    page.keyboard.press("Control+Home")
    page.keyboard.type("Jack and Ana, ")
    # A letter typed is a letter, and no verb.
    assert shown(page) == draft.pk
    expect(page.locator("#kept")).to_contain_text("Kept at")
    assert EditDraft.objects.get(draft=draft).body.startswith("Jack and Ana, ")
    page.reload()
    expect(page.get_by_label("Message", exact=True)).to_have_value(re.compile("^Jack and Ana, "))
    # It is in sight, and the message cannot be approved as if nobody had begun to change it.
    expect(page.get_by_role("button", name=re.compile("^Approve"))).to_have_count(0)
    page.get_by_role("button", name="Throw away").click()
    expect(page.get_by_role("status").filter(has_text="Thrown away")).to_be_visible()
    assert not EditDraft.objects.filter(draft=draft).exists()


@pytest.mark.trial
def test_a_sign_in_that_ran_out_loses_nothing_typed(eyes: Eyes) -> None:
    page, draft = open_first(eyes)
    page.keyboard.press("n")
    page.get_by_label("Note about this person").fill("Asked for Anna, not for Anne.")
    kept = next(one for one in page.context.cookies() if one["name"] == settings.SESSION_COOKIE_NAME)
    page.context.clear_cookies(name=kept["name"])
    page.get_by_role("button", name="Add the note").click()
    expect(page).to_have_url(re.compile("/account/login/"))
    page.context.add_cookies(  # signed in again
        [{"name": kept["name"], "value": kept["value"], "domain": kept["domain"], "path": kept["path"]}]
    )
    page.goto(f"/reviews/{draft.pk}/{VIEW}")
    expect(page.get_by_label("Note about this person")).to_have_value("Asked for Anna, not for Anne.")
    page.get_by_role("button", name="Add the note").click()
    expect(page.locator("#item-notes")).to_contain_text("Asked for Anna")


def test_the_palette_goes_to_pages_and_people_and_presses_verbs(eyes: Eyes) -> None:
    page, draft = open_first(eyes)
    page.keyboard.press("Control+k")
    palette = page.get_by_role("dialog", name="Go to")
    expect(palette.get_by_role("button", name="Suppress")).to_be_visible()
    expect(palette.get_by_role("link", name="Review queue")).to_be_visible()
    assert not findings(page)
    page.keyboard.type("reassign")
    expect(palette.get_by_role("link")).to_have_count(0)
    page.keyboard.press("Enter")
    expect(palette).to_be_hidden()
    expect(page.locator("[name=to_user]")).to_be_focused()
    page.keyboard.press("Escape")
    page.keyboard.press("Control+k")
    page.keyboard.type(draft.contact.name)
    person = palette.get_by_role("link", name=re.compile(re.escape(draft.contact.name))).first
    # What was found for the first letters of the name may begin with somebody else.
    expect(palette.get_by_role("link").first).to_contain_text(draft.contact.name)
    page.keyboard.press("ArrowDown")
    expect(person).to_be_focused()
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(f"/contacts/{draft.contact_id}/"))


def test_help_lists_the_keys_of_the_page_and_holds_the_focus_until_it_closes(eyes: Eyes) -> None:
    page, draft = open_first(eyes)
    page.keyboard.press("?")
    sheet = page.get_by_role("dialog", name="Keys")
    for word in ("Next", "Approve", "Edit", "Suppress", "Close out", "Snooze", "Reassign", "Note"):
        expect(sheet.locator("#keys-here")).to_contain_text(word)
    assert not findings(page)
    # Keys of the page rest while the sheet is open, and the focus does not leave it for what lies beneath.
    page.keyboard.press("a")
    for _ in range(6):
        page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement === document.body || !!document.activeElement.closest('dialog')")
    page.keyboard.press("Escape")
    expect(sheet).to_be_hidden()
    assert Draft.objects.get(pk=draft.pk).status == DraftStatus.AWAITING_REVIEW


@pytest.mark.trial
def test_single_keys_can_be_switched_off_and_on(eyes: Eyes) -> None:
    page, draft = open_first(eyes)
    page.keyboard.press("?")
    page.get_by_role("dialog").get_by_role("button", name="Switch single keys off").click()
    expect(page.locator("body[data-keys=off]")).to_be_visible()
    page.keyboard.press("a")
    page.keyboard.press("e")
    expect(page.locator("details[data-panel=edit]")).not_to_have_attribute("open", "")
    assert Draft.objects.get(pk=draft.pk).status == DraftStatus.AWAITING_REVIEW
    page.locator(".user-menu summary").click()
    page.get_by_role("button", name="Switch single keys on").click()
    expect(page.locator("body:not([data-keys=off])")).to_be_visible()
    page.keyboard.press("e")
    expect(page.locator("details[data-panel=edit]")).to_have_attribute("open", "")


@pytest.mark.trial
def test_the_keyboard_reaches_every_control_and_leaves_the_page_again(eyes: Eyes) -> None:
    page, _ = open_first(eyes)
    page.evaluate("document.body.focus()")
    reached: list[str] = []
    for _ in range(90):
        page.keyboard.press("Tab")
        one = page.evaluate(
            """() => {
              const on = document.activeElement;
              if (on === document.body) return "";
              const { outlineStyle } = getComputedStyle(on);
              return `${on.dataset.key || on.tagName} ${outlineStyle !== "none"}`;
            }"""
        )
        if not one:
            break
        assert one.endswith(" true"), f"no focus to see on {one}"
        reached.append(one.split()[0])
    else:
        raise AssertionError("the focus never leaves the page")
    assert {"a", "e", "s", "c", "z", "r", "n", "j"} <= set(reached)


def test_a_usual_item_is_on_one_screen(eyes: Eyes) -> None:
    page, _ = open_first(eyes)
    for selector in (".why", ".message", ".desk-side .evidence", "#item-verbs"):
        box = page.locator(selector).first.bounding_box()
        assert box is not None
        assert box["y"] + box["height"] <= 900, selector
    assert not too_wide(page)


@pytest.mark.trial
def test_on_a_phone_four_verbs_and_more_stand_at_the_bottom(eyes: Eyes) -> None:
    page, _ = open_first(eyes, size=PHONE, has_touch=True, is_mobile=True)
    bar = page.locator("#item-verbs")
    box = bar.bounding_box()
    assert box is not None
    assert box["y"] + box["height"] == pytest.approx(PHONE["height"], abs=1)
    expect(bar.locator("[data-key=z]")).to_be_hidden()
    bar.get_by_text("More", exact=True).tap()
    bar.locator("[data-key=z]").tap()
    expect(bar.get_by_label("What you wait for")).to_be_visible()
    assert not too_wide(page)
    assert not findings(page)
