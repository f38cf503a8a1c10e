"""An owner clears items by keyboard: keystrokes for each, and milliseconds from the key to the next item painted.

A real Chromium before the web server as `make demo` runs it, on the same machine. Whoever decides reads first: between
two keys lies a second in which the next item is fetched, as it is in life. Of ten items seven are approved (A), one is
closed out (C, Enter), one snoozed (Z, a word, Enter) and one turned past (J). The time runs from the last key, the one
that decides. Keystrokes are those that do something; letters of a reason are not counted.
"""

from __future__ import annotations

import shutil
import statistics
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any

from django.contrib.auth.models import Group
from django.utils import timezone
from playwright.sync_api import Page, sync_playwright

from benchmarks.database import own_database, settle
from benchmarks.measure import milliseconds, percentile, progress, table
from benchmarks.web import cookie_of, serving
from contacts.models import Address, ConsentRecord, Contact
from followups.models import Attempt, CadenceVersion, Decision, Lead, Sequence
from outreach.models import Draft
from outreach.rendering import fingerprint
from outreach.states import DraftKind, DraftStatus
from staff.models import User

GOAL_P95_SECONDS = 0.150
GOAL_KEYSTROKES = 3
#: So long one looks at an item before one decides. Nobody reads faster, and the next one is fetched meanwhile.
READS_MS = 1_000
_BODY = (
    "Hello Given{number},\n\nyou asked who would use it first. In teams like yours it is mostly the people who answer "
    "customers, two or three to begin with. Would Thursday suit you?\n\nIf you would rather not get these e-mails, "
    "stop them here: [[unsubscribe]]"
)
#: Notes the moment of the deciding key, and of the first frame in which another item is on the screen.
_WATCH = """
(() => {
  const seen = { key: 0, painted: 0, from: "" };
  window.bench = seen;
  const shown = () => document.getElementById("item")?.dataset.item || "";
  document.addEventListener("keydown", (event) => {
    Object.assign(seen, { key: event.timeStamp, painted: 0, from: shown() });
  }, true);
  new MutationObserver(() => {
    if (!seen.key || seen.painted || !shown() || shown() === seen.from) return;
    const now = shown();
    // The frame after the one that is being made has it on the screen.
    requestAnimationFrame(() => requestAnimationFrame((at) => {
      if (!seen.painted && shown() === now) seen.painted = at;
    }));
  }).observe(document, { childList: true, subtree: true });
})();
"""


def measure(items: int) -> dict[str, Any]:
    """Work through so many items."""
    with own_database():
        progress(f"workbench: making {items + 20} items")
        owner = make_waiting(items + 20)
        with serving() as port, _chromium(port, cookie_of(owner)) as page:
            taken = _work(page, items)
        left = Draft.objects.awaiting_review().filter(owner=owner).count()
    found = {
        "items": items,
        "goal_p95_seconds": GOAL_P95_SECONDS,
        "goal_keystrokes": GOAL_KEYSTROKES,
        "still_waiting": left,
        "verbs": {verb: _summary(ones) for verb, ones in taken.items()},
        "all": _summary([one for ones in taken.values() for one in ones]),
    }
    _print(found)
    return found


def make_waiting(many: int) -> User:
    """So many people who agreed to e-mail, and a message to each that waits for its owner, who may approve it."""
    now = timezone.now()
    owner = User.objects.create(username="owner", name="Owner One", email="owner@ours.example")
    Group.objects.get(name="Account owner").user_set.add(owner)
    people = Contact.objects.bulk_create(Contact(name=f"Given{number} Family") for number in range(many))
    Address.objects.bulk_create(
        Address(contact=one, kind="email", value=f"person{one.pk}@company.example", is_primary=True) for one in people
    )
    ConsentRecord.objects.bulk_create(
        ConsentRecord(contact=one, channel="email", status="yes", source="A form", recorded_at=now - timedelta(days=9))
        for one in people
    )
    drafts = []
    for number, one in enumerate(people):
        address, subject, body = f"person{one.pk}@company.example", "Your question", _BODY.format(number=number)
        drafts.append(
            Draft(
                contact=one, owner=owner, kind=DraftKind.FOLLOW_UP, channel="email", address=address, subject=subject,
                body=body, approved_text=body, fingerprint=fingerprint("email", address, subject, body),
                status=DraftStatus.AWAITING_REVIEW, due_at=now - timedelta(hours=many - number), language="en",
                reason_kind="unanswered_question", reason_text="the question they asked", account_name="Company",
                why_now="They asked a question, and nobody answered.",
                evidence=[{"at": now.isoformat(), "what": "They asked", "detail": "Who would use it?", "key": True}],
                unsubscribe_token=f"token{one.pk}",
            )
        )  # fmt: skip
    Draft.objects.bulk_create(drafts)
    _give_leads(drafts, owner, now)
    settle("contacts_contact", "contacts_address", "contacts_consentrecord", "outreach_draft", "staff_user")
    return owner


def _give_leads(drafts: list[Draft], owner: User, now: datetime) -> None:
    """Make each message the first of a quiet lead: only what belongs to a lead can be closed out."""
    version = CadenceVersion.objects.latest("pk")
    leads = Lead.objects.bulk_create(
        Lead(contact_id=one.contact_id, owner=owner, external_id=f"L{one.pk}", stage="qualified") for one in drafts
    )
    sequences = Sequence.objects.bulk_create(
        Sequence(lead=lead, cadence_version=version, started_at=now) for lead in leads
    )
    decisions = Decision.objects.bulk_create(
        Decision(
            lead=lead, cadence_version=version, decided_at=now, decision="continue", rule=9, evidence={}, digest="0"
        )
        for lead in leads
    )
    Attempt.objects.bulk_create(
        Attempt(sequence=sequence, lead=lead, decision=decision, draft=draft, kind="follow_up", position=1)
        for draft, lead, sequence, decision in zip(drafts, leads, sequences, decisions, strict=True)
    )


@contextmanager
def _chromium(port: int, cookie: str) -> Iterator[Page]:
    name, _, value = cookie.partition("=")
    url = f"http://127.0.0.1:{port}"
    system = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=system, args=["--no-sandbox", "--disable-gpu"])
        context = browser.new_context(base_url=url, viewport={"width": 1400, "height": 900})
        context.add_cookies([{"name": name, "value": value, "url": url}])
        context.add_init_script(_WATCH)
        try:
            yield context.new_page()
        finally:
            browser.close()


def _work(page: Page, items: int) -> dict[str, list[tuple[float, int]]]:
    """Decide about one item after the other. Seconds and keystrokes of each, by verb."""
    taken: dict[str, list[tuple[float, int]]] = {"approve": [], "close out": [], "snooze": [], "next": []}
    page.goto("/reviews/")
    page.get_by_role("link", name="Start with the first").click()
    for number in range(items):
        page.locator("#item:not([data-busy])").wait_for()
        page.wait_for_timeout(READS_MS)
        verb, keys = _verb(number)
        here = page.locator("#item").get_attribute("data-item")
        for key in keys:
            if key == "Enter" and verb == "snooze":
                page.get_by_label("What you wait for").fill("Budget")
            page.keyboard.press(key)
        page.wait_for_function("(here) => window.bench.painted && window.bench.from === here", arg=here)
        seconds = page.evaluate("(window.bench.painted - window.bench.key) / 1000")
        taken[verb].append((seconds, len(keys)))
    return taken


def _verb(number: int) -> tuple[str, list[str]]:
    if number % 10 == 3:
        return "close out", ["c", "Enter"]
    if number % 10 == 5:
        return "snooze", ["z", "Enter"]
    if number % 10 == 6:
        return "next", ["j"]
    return "approve", ["a"]


def _summary(taken: list[tuple[float, int]]) -> dict[str, Any]:
    if not taken:
        return {}
    seconds = [one for one, _ in taken]
    return {
        "items": len(taken),
        "p50_seconds": statistics.median(seconds),
        "p95_seconds": percentile(seconds, 0.95),
        "most_seconds": max(seconds),
        "keystrokes": statistics.mean(keys for _, keys in taken),
    }


def _print(found: dict[str, Any]) -> None:
    rows = {**found["verbs"], "all": found["all"]}
    table(
        f"{found['items']} items by keyboard: from the key to the next item painted, milliseconds (goal: p95 below "
        f"{milliseconds(GOAL_P95_SECONDS)}, at most {GOAL_KEYSTROKES} keystrokes)",
        ["verb", "items", "p50", "p95", "most", "keystrokes"],
        [
            [
                name,
                str(one["items"]),
                *(milliseconds(one[f"{which}_seconds"]) for which in ("p50", "p95", "most")),
                f"{one['keystrokes']:.1f}",
            ]
            for name, one in rows.items()
            if one
        ],
    )
