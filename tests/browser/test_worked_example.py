"""The worked example of the source: an agency's lead, silent after a proposal and two follow-ups."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from decimal import Decimal

import pytest
from django.conf import settings
from django.utils import timezone
from playwright.sync_api import Page, expect

from contacts import services as contacts
from followups import services as followups
from followups.models import Lead
from outreach import services as outreach
from outreach.models import Draft
from outreach.states import DraftStatus
from staff.models import User
from tests.browser.eyes import Eyes, picture
from tests.factories import make_user

expect.set_options(timeout=15_000)
pytestmark = [pytest.mark.browser, pytest.mark.django_db]

QUESTION = "Could the relaunch be live before our summer fair?"


def sweep(lead: Lead, now: datetime) -> None:
    list(followups.sweep(now=now, lead_ids=[lead.pk]))


def newest(lead: Lead) -> Draft:
    return Draft.objects.filter(attempt__lead=lead).latest("pk")


def follow_up(lead: Lead, now: datetime) -> Draft:
    """The sweep writes, the owner approves, the message leaves."""
    sweep(lead, now)
    draft = newest(lead)
    outreach.approve(draft_id=draft.pk, fingerprint=draft.fingerprint, by=draft.owner, now=now)
    assert outreach.deliver_one(draft.pk, now) == outreach.Result.SENT
    return newest(lead)


def silent_after_a_proposal(
    owner: User, now: datetime, *, who: str = "Ines Duarte", key: str = "worked-example"
) -> Lead:
    """They asked, we sent the proposal and answered, and wrote twice. They looked at the proposal and said nothing."""
    account = contacts.create_account(external_id=key, name="Kestrel Ceramics", owner=owner)
    contact = contacts.create_contact(name=who, email=f"{key}@kestrel.example", account=account)
    contacts.record_consent(
        contact=contact, channel="email", status="yes", source="The form on our site", at=now - timedelta(days=40)
    )
    sent = now - timedelta(days=31)
    lead = followups.create_lead(
        external_id=key, contact=contact, owner=owner, stage="proposal", proposal_sent_on=sent.date(),
        value=Decimal(8_400), currency="EUR",
    )  # fmt: skip
    talk = (
        (sent - timedelta(days=2), "in", "message", "We need a new site for the studio. Can you make us a proposal?"),
        (sent + timedelta(hours=26), "in", "question", QUESTION),
        (sent + timedelta(hours=30), "out", "message", "Thank you, I will look into the dates."),
    )
    for at, direction, kind, words in talk:
        touch = contacts.record_touch(
            contact=contact, at=at, direction=direction, kind=kind, channel="email", summary=words
        )
        followups.link_touch(lead=lead, touch=touch)
    follow_up(lead, now - timedelta(days=21))
    contacts.record_event(contact=contact, name="proposal_opened", occurred_at=now - timedelta(days=17))
    follow_up(lead, now - timedelta(days=14))
    sweep(lead, now)
    return lead


class Keys:
    """A keyboard that counts. An access key is one stroke: Alt is held, as with a capital letter.

    Playwright's own keyboard sends no character along with Alt, and it is the character that browsers look at.
    """

    def __init__(self, page: Page) -> None:
        self.page, self.session, self.strokes = page, page.context.new_cdp_session(page), 0

    def press_with_alt(self, key: str) -> None:
        self.strokes += 1
        stroke = {"modifiers": 1, "key": key, "code": f"Key{key.upper()}", "windowsVirtualKeyCode": ord(key.upper())}
        for what in ("rawKeyDown", "char", "keyUp"):
            text = {"text": key, "unmodifiedText": key} if what == "char" else {}
            self.session.send("Input.dispatchKeyEvent", {"type": what, **stroke, **text})

    def press(self, key: str) -> None:
        self.strokes += 1
        self.page.keyboard.press(key)


def test_the_owner_sees_why_and_closes_the_loop_in_three_keystrokes(eyes: Eyes) -> None:
    owner = make_user("Account owner", name="Maren Field")
    now = timezone.now()
    lead = silent_after_a_proposal(owner, now)
    note = newest(lead)
    assert (note.kind, note.status) == ("close_loop", DraftStatus.AWAITING_REVIEW)

    page = eyes.page(owner.username)
    page.goto("/reviews/")
    keys = Keys(page)
    keys.press_with_alt("o")
    expect(page).to_have_url(re.compile(f"/reviews/{note.pk}/"))
    main = page.locator("main")
    side = page.get_by_role("complementary", name="Evidence and checks")
    # Last touch, engagement and the attempts before this one are in sight; what is older is one press away.
    expect(main).to_contain_text("The conversation was going, then stopped.")
    expect(side.get_by_role("listitem").filter(has_text=QUESTION)).to_be_visible()
    expect(side.get_by_text("They opened the proposal", exact=True)).to_be_visible()
    expect(side.get_by_text("We followed up", exact=True).filter(visible=True)).to_have_count(2)
    side.get_by_text("3 earlier", exact=True).click()
    # Stage, consent, owner, the cadence's rule, and what the note is.
    for words in ("Proposal", "They agreed to e-mail", "The form on our site"):
        expect(side.get_by_text(words, exact=True)).to_be_visible()
    expect(side.get_by_text("closing note")).to_be_visible()
    expect(main).to_contain_text("Owner Maren Field")
    expect(main).to_contain_text("You are asked because: closing message, silent again")
    expect(main).to_contain_text(re.compile(r"All \d+ checks passed"))
    expect(page.get_by_role("article", name="The message")).to_contain_text("their personal unsubscribe link")
    picture(page, "worked-example")

    # A change of offer or urgency is flagged, with the words marked, and does not get through unseen.
    told = note.body.replace("\n\n", "\n\nOur offer is open only until Friday. ", 1)
    page.locator("summary", has_text="Edit").click()
    page.get_by_label("Message", exact=True).fill(told)
    page.get_by_role("button", name="Save and look again").click()
    flag = page.locator(".finding", has_text="Promise or pressure")
    expect(flag).to_be_visible()
    expect(page.locator("mark", has_text=re.compile("offer|until Friday")).first).to_be_visible()
    page.locator("summary", has_text="Edit").click()
    page.get_by_label("Message", exact=True).fill(note.body)
    page.get_by_role("button", name="Save and look again").click()
    expect(flag).to_have_count(0)

    keys.press_with_alt("a")
    expect(page.locator("#messages")).to_contain_text("Approved")
    assert keys.strokes <= 3
    note = newest(lead)
    assert (note.status, note.decided_by) == (DraftStatus.APPROVED, owner)

    # Nothing leaves while it can be taken back.
    assert outreach.deliver_one(note.pk, timezone.now()) == outreach.Result.HELD
    later = timezone.now() + timedelta(seconds=settings.UNDO_SECONDS + 1)
    assert outreach.deliver_one(note.pk, later) == outreach.Result.SENT
    sweep(lead, later)
    lead.refresh_from_db()
    assert lead.disposition == "no_response"
    page.goto(f"/leads/{lead.pk}/")
    expect(page.locator("main")).to_contain_text(followups.why_it_stopped(lead))


def test_the_owner_closes_out_without_a_message_in_three_keystrokes(eyes: Eyes) -> None:
    owner = make_user("Account owner", name="Edda Field")
    lead = silent_after_a_proposal(owner, timezone.now(), who="Tomas Reis", key="without-a-message")
    note = newest(lead)

    page = eyes.page(owner.username)
    page.goto("/reviews/")
    keys = Keys(page)
    keys.press_with_alt("o")
    expect(page).to_have_url(re.compile(f"/reviews/{note.pk}/"))
    keys.press_with_alt("c")
    expect(page.get_by_role("radio", name="No response", exact=False).first).to_be_focused()
    keys.press("Enter")
    expect(page.locator("#messages")).to_contain_text("Closed")
    assert keys.strokes == 3
    lead.refresh_from_db()
    assert (lead.disposition, lead.disposition_by) == ("no_response", owner)
    assert newest(lead).status == DraftStatus.CLOSED_OUT
    page.goto("/reviews/")
    expect(page.locator("main")).not_to_contain_text("Tomas Reis")
