"""The gates on stored drafts: what they are shown, how many queries it takes, and what is stopped with words marked."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from contacts.models import Contact
from contacts.services import record_touch
from outreach import services
from outreach.models import Draft, GateFinding
from outreach.services import phrases
from outreach.services.checking import facts_of_draft, findings_of
from outreach.states import DraftStatus
from staff.models import User
from tests.factories import make_user
from tests.outreach.world import EARLIER, NOW, make_contact, make_draft

pytestmark = pytest.mark.django_db
FOOTER = "\n\nIf you would rather not get these e-mails, stop them here: [[unsubscribe]]"


def sent(contact: Contact, owner: User, *, days_ago: int = 3, body: str = "") -> Draft:
    draft = make_draft(contact, owner)
    at = NOW - timedelta(days=days_ago)
    changes: dict[str, Any] = {"status": DraftStatus.SENT, "sent_at": at, "claimed_at": at}
    if body:
        changes["body"] = body
    approval = {"approved_fingerprint": draft.fingerprint, "decided_at": at, "decided_by": owner, "not_before": at}
    Draft.objects.filter(pk=draft.pk).update(**approval, **changes)
    return draft


def edited(draft: Draft, body: str, by: User) -> dict[str, list[str]]:
    """What the gates say about another text for it: the marked words by gate, for findings that stop it."""
    services.edit(draft_id=draft.pk, fingerprint=draft.fingerprint, subject=draft.subject, body=body, by=by, now=NOW)
    draft.refresh_from_db()
    found = GateFinding.objects.filter(draft=draft, fingerprint=draft.fingerprint, severity="block")
    texts = {"subject": draft.subject, "body": draft.body}
    return {one.gate: [texts[span["field"]][span["start"] : span["end"]] for span in one.spans] for one in found}


@pytest.mark.parametrize(
    ("words", "gate", "marked"),
    [
        ("The floor is €990 as you know.", "commitment", ["€990"]),
        ("I've tried to reach you several times.", "guilt", ["tried to reach you several times"]),
        ("Just checking in again.", "checking_in", ["Just checking in"]),
        ("Pay at evil.example/pay as agreed.", "links", ["evil.example/pay"]),
    ],
)
def test_an_edit_that_must_not_leave_is_stopped_with_the_words_marked(words: str, gate: str, marked: list[str]) -> None:
    owner = make_user("Account owner")
    evidence = ({"at": EARLIER.isoformat(), "what": "We sent a quote", "detail": "The floor for €1,200"},)
    draft = make_draft(make_contact(), owner, evidence=evidence)
    assert edited(draft, f"Hello Marta,\n\n{words}\n\nJonas{FOOTER}", owner) == {gate: marked}
    with pytest.raises(services.BlockedByGates):
        services.approve(draft_id=draft.pk, fingerprint=draft.fingerprint, by=owner, now=NOW)


def test_the_value_in_our_books_is_no_price_that_was_named() -> None:
    owner = make_user("Account owner")
    value = {"at": "", "what": "Value", "detail": "1,200 EUR"}
    draft = make_draft(make_contact(), owner, evidence=(value,))
    assert edited(draft, f"Hello Marta,\n\nThe door is €90.\n\nJonas{FOOTER}", owner) == {}
    assert "commitment" in draft.review_reasons


def test_the_queries_are_as_many_whatever_went_before() -> None:
    owner, colleague = make_user("Account owner"), make_user("Account owner", name="Tom Reed")
    manager = make_user("SDR manager")
    contact = make_contact()
    draft = services.deciding.fresh(make_draft(contact, owner).pk)
    with CaptureQueriesContext(connection) as before:
        assert findings_of(draft, now=NOW) == []
    for number in range(5):
        sent(contact, colleague, days_ago=20 + number, body=f"Something else {number} entirely")
        record_touch(contact=contact, at=EARLIER, direction="out", kind="message", channel="email", summary=str(number))
        phrases.add_phrase(gate="tone", phrase=f"synergy {number}", severity="block", by=manager)
        phrases.add_link_host(host=f"docs{number}.northlight.com", by=manager)
    with CaptureQueriesContext(connection) as after:
        findings_of(draft, now=NOW)
    assert len(after) == len(before)


def test_what_a_colleague_sent_lately_is_named() -> None:
    owner, colleague = make_user("Account owner"), make_user("Account owner", name="Tom Reed")
    contact = make_contact()
    sent(contact, colleague, body="Something else entirely")
    sent(contact, owner, body="And something of my own")
    draft = services.deciding.fresh(make_draft(contact, owner).pk)
    (finding,) = findings_of(draft, now=NOW)
    assert (finding.gate, finding.severity) == ("colleague", "review")
    assert "Tom Reed wrote to them on 17 May 2026" in finding.message
    assert findings_of(draft, now=NOW + timedelta(days=5)) == []


def test_managers_phrases_and_hosts_hold_for_drafts_at_once() -> None:
    owner, manager = make_user("Account owner"), make_user("SDR manager")
    draft = make_draft(make_contact(), owner)
    body = f"Hello Marta,\n\nsome synergy: https://docs.northlight.com/a\n\nJonas{FOOTER}"
    assert edited(draft, body, owner) == {"links": ["https://docs.northlight.com/a"]}
    phrases.add_link_host(host="https://northlight.com/any", by=manager)
    row = phrases.add_phrase(gate="tone", phrase="synerg*", severity="block", by=manager, note="Nobody says so.")
    assert edited(draft, f"{body} ", owner) == {"tone": ["synergy"]}
    phrases.retire_phrase(phrase_id=row.pk, by=manager)
    assert edited(draft, f"Well. {body}", owner) == {}


def test_what_was_noted_when_it_was_written_counts_for_every_edit() -> None:
    owner = make_user("Account owner")
    draft = make_draft(make_contact(), owner, first_message=True, words_before=4, pressure_before=1, pressure=2)
    facts = facts_of_draft(draft, now=NOW)
    assert (facts.first_message, facts.words_before, facts.pressure_before) == (True, 4, 1)
    assert set(edited(draft, f"Hello Marta,\n\nwe guarantee results.{' word' * 40}\n\nJonas{FOOTER}", owner)) == {
        "first_promise",
        "falling",
    }


def test_the_locale_of_the_contact_counts() -> None:
    owner, contact = make_user("Account owner"), make_contact()
    Contact.objects.filter(pk=contact.pk).update(locale="de-AT")
    contact.refresh_from_db()
    draft = make_draft(contact, owner)
    assert [(one.gate, one.severity) for one in findings_of(draft, now=NOW)] == [("language", "note")]
    text = "You asked whether it works with your calendar, and it does, with every calendar that we know of."
    edited(draft, f"Hello Marta,\n\n{text}\n\nJonas{FOOTER}", owner)
    assert "language" in draft.review_reasons
