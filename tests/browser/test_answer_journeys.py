"""What came back, and what may not leave: as its owner sees it, and decides it by keyboard."""

from __future__ import annotations

import re

import pytest
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import ViewportSize, expect

from contacts.models import ActiveSuppression
from outreach import services as outreach
from outreach.inbound.message import IncomingMessage
from outreach.models import Draft, GateFinding, Reply, TemplateVersion, TopicRefusal
from outreach.states import DraftStatus, ReplyStatus, Severity
from reviews import services as reviews
from staff.models import User
from tests.browser.eyes import PHONE, Eyes, picture
from tests.browser.test_journeys import press_until

pytestmark = [pytest.mark.browser, pytest.mark.django_db, pytest.mark.trial]

#: The message, what the checks say, and what went before, all at once.
TALL: ViewportSize = {"width": 1400, "height": 1120}
#: Name of the picture, words by which the text is found, and the words that are marked last.
STOPPED = {
    "stopped-price": ("990 EUR", "990 EUR"),
    "stopped-guilt": ("you keep ignoring me", "you keep ignoring me"),
    "stopped-checking-in": ("just checking in again", "I am just checking in"),
}


def approved_for_the_owner() -> Draft:
    """A message of the owner's that nothing stands against, approved: the least pressing one."""
    blocked = GateFinding.objects.filter(severity=Severity.BLOCK).values("draft")
    stopped = ActiveSuppression.objects.values("contact")
    mine = Draft.objects.awaiting_review().filter(owner__username="owner", channel="email")
    draft = mine.exclude(pk__in=blocked).exclude(contact__in=stopped).order_by("priority", "-pk")[0]
    by = User.objects.get(username="owner")
    return reviews.approve(draft_id=draft.pk, fingerprint=draft.fingerprint, by=by, now=timezone.now()).draft


def test_who_may_have_said_stop_is_stopped_at_once_and_for_good_when_the_owner_says_so(eyes: Eyes) -> None:
    draft, now = approved_for_the_owner(), timezone.now()
    text = "Hello, I think we have enough mail for now. Please take me off your list. Thank you for your time"
    message = IncomingMessage("email", draft.address, ("answers@ours.example",), text, now, subject="Re: your message")
    reply = outreach.receive_reply(message=message, draft=draft, contact=draft.contact, notice=None, now=now)
    assert reply.status == ReplyStatus.HELD

    page = eyes.window("owner")
    page.goto("/replies/")
    expect(page.get_by_role("heading", name="Did they say stop?")).to_be_visible()
    picture(page, "replies", tall=860)
    press_until(page, draft.contact.name)
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(f"/replies/{reply.pk}/"))
    expect(page.locator("mark").first).to_contain_text("take me off")
    expect(page.locator("main")).to_contain_text("Nothing leaves to them, on any channel")
    press_until(page, "Yes, they said stop")
    page.keyboard.press("Enter")
    expect(page.locator("main")).to_contain_text("This is final")
    assert Reply.objects.get(pk=reply.pk).status == ReplyStatus.CONFIRMED

    page.goto(f"/reviews/{draft.pk}/")
    expect(page.locator("main")).to_contain_text("opted out")
    expect(page.get_by_role("button", name=re.compile("^Approve"))).to_have_count(0)
    assert Draft.objects.get(pk=draft.pk).status == DraftStatus.SUPPRESSED
    assert outreach.deliver_one(draft.pk, timezone.now()) != outreach.Result.SENT


@pytest.mark.parametrize(("name", "found_by", "words"), [(name, *both) for name, both in STOPPED.items()])
def test_a_text_that_nobody_may_send_is_stopped_with_its_words_marked(
    eyes: Eyes, name: str, found_by: str, words: str
) -> None:
    draft = Draft.objects.awaiting_review().get(owner__username="owner", body__contains=found_by)
    page = eyes.window("owner")
    page.set_viewport_size(TALL)
    page.goto(f"/reviews/{draft.pk}/")
    expect(page.locator("mark.mark-block").last).to_have_text(words)
    expect(page.locator(".finding-block")).to_have_count(1)
    expect(page.get_by_role("button", name=re.compile("^Approve"))).to_have_count(0)
    picture(page, name, tall=TALL["height"])


def test_a_wording_that_nobody_may_approve_says_why(eyes: Eyes) -> None:
    version = TemplateVersion.objects.get(template__key="films-after-a-quote")
    page = eyes.window("admin")
    page.goto(reverse("admin:outreach_templateversion_change", args=[version.pk]))
    against = page.locator(".field-against_approval")
    expect(against).to_contain_text("no postal address")
    expect(against).to_contain_text("unsubscribe line is missing")
    expect(page.locator("mark.mark-block")).to_have_text("our final attempt")
    picture(page, "stopped-template", tall=860)


def test_what_waits_says_why_and_what_was_refused_is_not_ticked(eyes: Eyes) -> None:
    page = eyes.window("manager")
    page.goto(reverse("outreach:sending"))
    expect(page.locator("main")).to_contain_text("They asked for quiet")
    picture(page, "sending", tall=900)
    refusal = TopicRefusal.objects.get()
    theirs = Draft.objects.sent().filter(contact=refusal.contact)[0]
    phone = eyes.page(size=PHONE)
    phone.goto(reverse("outreach:preferences", args=[theirs.unsubscribe_token]))
    expect(phone.get_by_label(refusal.topic.name)).not_to_be_checked()
    picture(phone, "preferences-phone", tall=844)
