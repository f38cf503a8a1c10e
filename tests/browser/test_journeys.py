"""Whole journeys, from the sign-in to the message in the sent mail."""

from __future__ import annotations

import re
from datetime import timedelta
from pathlib import Path

import pytest
import time_machine
from django.conf import settings
from django.utils import timezone
from playwright.sync_api import Page, expect

from contacts.models import ActiveSuppression, ImportFile
from followups.models import Lead
from outreach import services as outreach
from outreach.models import Draft
from outreach.states import DraftStatus
from reviews.demo import DEMO_PASSWORD
from reviews.imports import services as imports
from tests.browser.eyes import Eyes, picture

expect.set_options(timeout=15_000)
pytestmark = [pytest.mark.browser, pytest.mark.django_db]


#: The view of the queue in which a journey works: what goes by e-mail, with a subject to edit.
VIEW = "/reviews/?whose=mine&channel=email"


def waiting() -> list[Draft]:
    """The messages that wait for the owner in this view, the most pressing first."""
    return list(Draft.objects.awaiting_review().filter(owner__username="owner", channel="email"))


def press_until(page: Page, words: str, *, most: int = 40) -> None:
    """Go on with the Tab key until the element with these words has the focus."""
    for _ in range(most):
        if words in page.evaluate(
            "document.activeElement.matches('a, button, summary') ? document.activeElement.innerText : ''"
        ):
            return
        page.keyboard.press("Tab")
    raise AssertionError(f"the keyboard never reaches “{words}”")


def test_an_owner_signs_in_and_works_the_queue_by_keyboard(eyes: Eyes) -> None:
    page = eyes.page()
    page.goto(VIEW)
    expect(page).to_have_url(re.compile("/account/login/"))
    picture(page, "sign-in")
    page.get_by_label("E-mail").or_(page.get_by_label("user name")).first.focus()
    page.keyboard.type("owner")
    page.get_by_label("Password", exact=True).focus()
    page.keyboard.type(DEMO_PASSWORD)
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile("/reviews/"))
    expect(page.get_by_role("heading", level=1)).to_have_text("Review queue")
    picture(page, "queue")

    first, second, *_ = waiting()
    press_until(page, "Start with the first")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(f"/reviews/{first.pk}/"))
    picture(page, "item")
    press_until(page, "Approve")
    page.keyboard.press("Enter")
    # The next message is there by itself, and the keyboard is at its beginning.
    expect(page).to_have_url(re.compile(f"/reviews/{second.pk}/"))
    expect(page.get_by_role("heading", level=1)).to_be_focused()
    expect(page.get_by_role("heading", level=1)).to_have_text(second.contact.name)
    assert second.contact.name in page.title()
    # It is on the screen before the server has answered; once it may be decided, the first one is.
    expect(page.locator(f"#item[data-item='{second.pk}']:not([data-busy])")).to_be_visible()
    assert Draft.objects.get(pk=first.pk).status == DraftStatus.APPROVED

    press_until(page, "Edit")
    page.keyboard.press("Enter")
    page.get_by_label("Message", exact=True).fill(second.body.replace("Hello", "Good morning", 1))
    press_until(page, "Save and approve")
    page.keyboard.press("Enter")
    expect(page).not_to_have_url(re.compile(f"/reviews/{second.pk}/"))
    expect(page.locator("#messages")).to_contain_text("Edited and approved")
    assert Draft.objects.get(pk=second.pk).body.startswith("Good morning")

    # Nothing leaves while it can be taken back.
    with time_machine.travel(timezone.now() + timedelta(seconds=settings.UNDO_SECONDS + 1)):
        outreach.deliver_due(now=timezone.now(), limit=50)
    page.goto("/outbox/")
    expect(page.locator("main")).to_contain_text(second.contact.name)
    picture(page, "outbox")
    assert Draft.objects.get(pk=second.pk).status == DraftStatus.SENT


def test_who_is_second_sees_what_the_first_one_did(eyes: Eyes) -> None:
    draft = waiting()[0]
    owner, manager = eyes.page("owner"), eyes.page("manager")
    for page in (owner, manager):
        page.goto(f"/reviews/{draft.pk}/")
    # The owner has it open, so the manager says first that she decides.
    manager.get_by_role("button", name="Take it over").click()
    expect(manager.get_by_role("button", name="Take it over")).to_have_count(0)
    manager.get_by_role("button", name=re.compile("^Approve")).click()
    expect(manager.locator("#messages")).to_contain_text("Approved")
    owner.get_by_role("button", name=re.compile("^Approve")).click()
    stale = owner.get_by_role("alert").filter(has_text="This changed before you decided")
    expect(stale).to_contain_text("Gareth Penrose approved it")
    expect(owner.get_by_role("button", name=re.compile("^Approve"))).to_have_count(0)
    assert Draft.objects.get(pk=draft.pk).decided_by.username == "manager"  # type: ignore[union-attr]


def test_without_javascript_everything_is_decided_by_plain_forms(eyes: Eyes) -> None:
    page = eyes.page("owner", java_script_enabled=False)
    page.goto(VIEW)
    first, second, *_ = waiting()
    page.get_by_role("link", name="Start with the first").click()
    page.get_by_role("button", name=re.compile("^Approve")).click()
    expect(page).to_have_url(re.compile(f"/reviews/{second.pk}/"))
    assert Draft.objects.get(pk=first.pk).status == DraftStatus.APPROVED
    page.locator("summary", has_text="Close out").click()
    page.get_by_label("No response").check()
    page.get_by_role("button", name="Close out without sending").click()
    expect(page.locator("#messages")).to_contain_text("Closed out")
    assert Draft.objects.get(pk=second.pk).status == DraftStatus.CLOSED_OUT


def test_the_unsubscribe_page_shows_and_only_its_button_acts(eyes: Eyes) -> None:
    held = ActiveSuppression.objects.values("contact_id")
    draft = Draft.objects.sent().filter(channel="email").exclude(contact_id__in=held)[0]
    page = eyes.page()
    page.goto(f"/u/{draft.unsubscribe_token}")
    assert not ActiveSuppression.objects.filter(contact_id=draft.contact_id).exists()
    page.get_by_role("button").click()
    page.wait_for_load_state()
    assert ActiveSuppression.objects.filter(contact_id=draft.contact_id, reason="opted_out").exists()


def test_a_manager_imports_a_file_after_a_look_at_what_it_would_do(eyes: Eyes, tmp_path: Path) -> None:
    file = tmp_path / "leads.csv"
    rows = [f"spring-{number},lead{number}@brightquay.example,Ines Duarte,proposal,{number}000" for number in range(8)]
    file.write_text("\n".join(["id,email,name,stage,value", *rows, "spring-9,,Nobody,unheard-of,1"]) + "\n")
    page = eyes.page("manager")
    page.goto("/import/")
    page.locator("input[type=file]").set_input_files(file)
    page.locator("[name=kind][value=leads]").or_(page.locator("select[name=kind]")).first.evaluate(
        "e => { if (e.tagName === 'SELECT') e.value = 'leads'; else e.checked = true; }"
    )
    page.get_by_role("button", name="Go on to the columns").click()
    page.locator("select[name=map_external_id]").select_option("id")
    page.get_by_role("button", name="Show what would happen").click()
    upload = ImportFile.objects.latest("id")
    expect(page).to_have_url(re.compile(f"/import/{upload.pk}/$"))
    # No worker runs beside the tests, so its work is done here.
    imports.check(upload.pk)
    page.reload()
    expect(page.locator("main")).to_contain_text("unheard-of")
    picture(page, "import-preview")
    assert not Lead.objects.filter(external_id="spring-1").exists()
    page.get_by_role("button", name=re.compile("Import")).last.click()
    page.wait_for_load_state()
    imports.run(upload.pk)
    page.reload()
    assert Lead.objects.filter(external_id__startswith="spring-").count() == 8


def test_a_lead_is_paused_and_goes_on(eyes: Eyes) -> None:
    lead = Lead.objects.get(attempts__draft=waiting()[0])
    page = eyes.page("owner")
    page.goto(f"/leads/{lead.pk}/")
    picture(page, "lead")
    page.locator("summary", has_text="Not now").click()
    page.locator("summary", has_text="Pause").click()
    page.get_by_role("button", name="Pause follow-up").click()
    expect(page.get_by_role("button", name="Resume")).to_be_visible()
    lead.refresh_from_db()
    assert lead.paused_at is not None
    page.get_by_role("button", name="Resume").click()
    expect(page.get_by_role("button", name="Resume")).to_have_count(0)
    lead.refresh_from_db()
    assert lead.paused_at is None
