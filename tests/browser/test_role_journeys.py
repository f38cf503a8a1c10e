"""What each role does all day, in each way of working a page. docs/journeys.md tells them, with the pictures."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from outreach.models import Call, Draft, SendingStop
from outreach.rules.writing import Points
from outreach.states import CallStatus, DraftStatus
from retention.models import ScoreOverride
from reviews.models import Note
from staff.models import User
from tests.browser.eyes import Eyes
from tests.browser.hands import WAYS, Hands
from tests.outreach.calls.making import make_call, make_callable

expect.set_options(timeout=15_000)
pytestmark = [pytest.mark.browser, pytest.mark.django_db]
#: What is noted, and who is called, in each way: all of them work in one world.
NOTED = {
    "keyboard": "Prefers to be written to before noon.",
    "mouse": "Their budget is settled in the first week of a month.",
    "plain": "Decides together with a colleague in Utrecht.",
    "touch": "Was at our open day, and liked it.",
    "dark": "Reads everything on the train.",
}
CALLED = {
    "keyboard": "Juno Abara", "mouse": "Ines Falk", "plain": "Tom Brandt", "touch": "Noor Haddad", "dark": "Leif Sund",
}  # fmt: skip


def number_in(hands: Hands) -> int:
    """Of what the page is about, from its address."""
    found = re.search(r"/(\d+)/", hands.page.url)
    assert found, hands.page.url
    return int(found[1])


def becomes(draft_id: int, status: str, hands: Hands) -> None:
    """Wait for the page to have an answer, then see what the database says."""
    hands.page.wait_for_load_state("networkidle")
    assert Draft.objects.get(pk=draft_id).status == status


def owner(hands: Hands) -> None:
    """Approves a message, takes it back, and changes another before she approves it."""
    hands.go("Review")
    hands.link("^Start with")
    expect(hands.page.get_by_role("button", name=re.compile("^Approve"))).to_be_visible()
    first, at_first = number_in(hands), hands.page.url
    hands.picture("item")
    hands.button("^Approve")
    expect(hands.page).not_to_have_url(at_first)
    expect(hands.page.get_by_role("button", name=re.compile("^Undo"))).to_be_visible()
    expect(hands.page.locator("#undo")).to_contain_text(re.compile("leaves (in|on)", re.IGNORECASE))
    becomes(first, DraftStatus.APPROVED, hands)
    hands.button("^Undo")
    expect(hands.page).to_have_url(re.compile(f"/reviews/{first}/"))
    becomes(first, DraftStatus.AWAITING_REVIEW, hands)

    hands.open("Edit")
    body = Draft.objects.get(pk=first).body
    hands.write("Message", body.replace("Hello", "Good morning", 1))
    hands.button("^Save and approve")
    expect(hands.page.locator("#messages")).to_contain_text("Edited and approved")
    becomes(first, DraftStatus.APPROVED, hands)
    assert Draft.objects.get(pk=first).body.startswith("Good morning")


def manager(hands: Hands) -> None:
    """Leaves a note for colleagues beside a message, stops what goes into the product, and lets it go on."""
    hands.go("Review")
    hands.link("^Team")
    hands.link("^Start with")
    expect(hands.page.get_by_role("button", name=re.compile("^Approve"))).to_be_visible()
    words = NOTED[hands.way]
    hands.open("Note")
    hands.write("Note about this person", words)
    hands.button("^Add the note")
    note = hands.page.locator("main").get_by_text(words)
    expect(note).to_be_visible()
    assert Note.objects.filter(text=words).exists()
    note.scroll_into_view_if_needed()
    hands.picture("note")

    hands.go("Sent mail")
    hands.link("^Sending")
    hands.open("Stop and say why")
    hands.page.get_by_label("What to stop").select_option(label="In-app")
    # Something else may be stopped already, and asks why it may go on.
    panel = hands.page.locator("main details[open]", has_text="Stop and say why")
    hands.fill(panel.get_by_label("Why"), "The texts need another look.")
    hands.button("^Stop$")
    stop = hands.page.get_by_role("region", name="In-app: stopped")
    expect(stop).to_be_visible()
    if hands.way == "mouse":
        hands.picture("stopped")
    hands.fill(stop.get_by_label("Why it may go on"), "The texts are fine.")
    hands.act(stop.get_by_role("button", name=re.compile("^Let it go on")))
    expect(stop).to_have_count(0)
    kept = SendingStop.objects.latest("pk")
    assert (kept.reason, kept.lift_reason) == ("The texts need another look.", "The texts are fine.")


def concierge(hands: Hands) -> None:
    """Finds whom to call, and keeps what came of it with one press."""
    now, name = timezone.now(), CALLED[hands.way]
    missed = [{"at": now - timedelta(days=days), "what": "Class missed", "detail": "Spinning"} for days in (23, 16, 9)]
    call = make_call(
        make_callable(name=name), now=now, due_at=now - timedelta(days=9), latest_at=now + timedelta(days=1),
        points=missed, priority_reasons=[Points(400, "High value")],
        owner_id=User.objects.get(username="concierge").pk,
    )  # fmt: skip
    hands.go("Calls")
    hands.link(name)
    expect(hands.page.get_by_role("heading", level=1)).to_contain_text(name)
    for part in ("Why this person, why now", "What to talk about", "What you might say", "Earlier calls"):
        expect(hands.page.get_by_role("heading", name=part)).to_be_visible()
    expect(hands.page.locator("main")).to_contain_text(re.compile(r"It is \d\d:\d\d there"))
    hands.picture("call")
    hands.write("What was said", "Comes on Friday.")
    hands.button("^Reached")
    # The page itself says it where it stays; without JavaScript the server leads on and says it at the top.
    expect(hands.page.locator("main").get_by_role("status").filter(has_text="Kept.")).to_be_visible()
    assert Call.objects.get(pk=call.pk).status == CallStatus.DONE


def retention(hands: Hands) -> None:
    """Corrects the band of a customer by what he knows, lets the score decide again, and looks at a playbook."""
    hands.go("Customers")
    hands.act(hands.page.get_by_role("table").get_by_role("link").filter(visible=True).first)
    expect(hands.page.get_by_text("Set the band").first).to_be_visible()
    customer = number_in(hands)
    hands.picture("customer")
    hands.open("Set the band")
    hands.choose("Low")
    hands.write("Until", f"{timezone.now().year + 1}-05-01")
    hands.write("What do you know that the score does not?", "They are on a long trip.")
    hands.button("^Set the band")
    expect(hands.page.get_by_role("button", name="Let the score decide again")).to_be_visible()
    assert ScoreOverride.objects.filter(customer=customer, ended_at=None).exists()
    hands.button("^Let the score decide again")
    expect(hands.page.get_by_role("button", name="Let the score decide again")).to_have_count(0)
    assert not ScoreOverride.objects.filter(customer=customer, ended_at=None).exists()
    hands.go("Playbooks")
    hands.act(hands.page.locator("main table").get_by_role("link").filter(visible=True).first)
    expect(hands.page.get_by_role("heading", name="How it goes")).to_be_visible()
    if hands.way == "mouse":
        hands.picture("playbook")


JOURNEYS: dict[str, Callable[[Hands], None]] = {
    "owner": owner, "manager": manager, "concierge": concierge, "retention": retention,
}  # fmt: skip
#: Walked in every run; the others are trials. Each costs seconds, and test_journeys.py walks an owner's in every run.
ALWAYS: set[tuple[str, str]] = set()


def every_journey() -> Iterator[Any]:
    for who in JOURNEYS:
        for way in WAYS:
            marks = [] if (who, way) in ALWAYS else [pytest.mark.trial]
            yield pytest.param(who, way, id=f"{who}, {way}", marks=marks)


@pytest.mark.parametrize(("who", "way"), list(every_journey()))
def test_the_day_of(eyes: Eyes, who: str, way: str) -> None:
    hands = Hands(eyes, who, way)
    hands.sign_in()
    JOURNEYS[who](hands)
    hands.leave()
