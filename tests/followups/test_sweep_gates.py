"""What a sweep tells the gates: whether it is the first message, what went before it, and the contact's language."""

from __future__ import annotations

import pytest

from contacts import services as contacts
from outreach.rendering import plain_words
from tests.followups.making import ago, day, draft_of, make_lead, send, swept

pytestmark = pytest.mark.django_db


def test_a_draft_knows_whether_it_is_the_first_and_what_went_before_it() -> None:
    lead = make_lead(quote_sent_on=day(20))
    contacts.record_event(contact=lead.contact, name="quote_opened", occurred_at=ago(9))
    swept(now=ago(8))
    first = draft_of(lead)
    # The quote went to them, so this is not the first that they hear of us.
    assert (first.first_message, first.words_before, first.pressure_before) == (False, None, None)
    send(first, at=ago(8))
    contacts.record_event(contact=lead.contact, name="session_started", occurred_at=ago(5))
    swept(now=ago(2))
    second = draft_of(lead)
    assert (second.words_before, second.pressure_before) == (plain_words(first.body), first.pressure)
    assert second.pressure <= first.pressure


def test_the_first_message_of_all_is_known_as_such() -> None:
    unknown = make_lead(quote_sent_on=None, next_step="walk through the plan", next_step_on=day(10))
    known = make_lead(quote_sent_on=None, next_step="walk through the plan", next_step_on=day(10))
    contacts.record_touch(contact=known.contact, at=ago(30), direction="out", kind="call", channel="call")
    swept()
    assert draft_of(unknown).first_message
    assert not draft_of(known).first_message


def test_the_contacts_language_chooses_the_wording_and_is_noted_where_there_is_none() -> None:
    lead = make_lead()
    lead.contact.locale = "de-AT"
    lead.contact.save(update_fields=["locale"])
    swept()
    draft = draft_of(lead)
    assert draft.language == "en"
    assert list(draft.findings.values_list("gate", "severity")) == [("language", "note")]
    assert "language" not in draft.review_reasons
