"""From rows to decisions to drafts, and back: what happened below decides what comes next."""

from __future__ import annotations

from typing import Any

import pytest

from contacts import services as contacts
from followups import services
from followups.models import Decision, Lead
from tests.factories import make_user
from tests.followups.making import (
    ago,
    day,
    draft_of,
    drafts_of,
    make_account,
    make_contact,
    make_lead,
    make_touch,
    owner_of,
    swept,
)

pytestmark = pytest.mark.django_db


def decided(lead: Lead, **options: Any) -> tuple[str, str]:
    decision = swept(**options)[lead.external_id].decision
    return decision.kind.value, "|".join(decision.reasons)


# --- each decision, from rows --------------------------------------------------------------------------------------


def test_a_waiting_quote_is_followed_up_with_a_draft_for_its_owner() -> None:
    lead = make_lead(value=12_500, currency="EUR", account=make_account(name="Northlight"))

    row = swept()[lead.external_id]

    assert row.as_csv() == {
        "lead": lead.external_id,
        "trigger": "unanswered_quote",
        "decision": "continue",
        "reason": "quote_unanswered",
        "attempts": "0",
        "step": "1",
        "due_at": "2026-05-10T00:00:00+00:00",
        "needs_review": "yes",
        "review_reasons": "high_value|first_message",
    }
    draft = draft_of(lead)
    attempt = draft.attempt
    assert (draft.status, draft.owner, draft.contact) == ("awaiting_review", lead.owner, lead.contact)
    assert (draft.word_limit, draft.pressure, draft.channel) == (90, 3, "email")
    assert draft.address == lead.contact.addresses.get(kind="email").value
    assert draft.account_name == "Northlight"
    assert "Marta" in draft.body
    assert "3 May 2026" in draft.body
    assert draft.review_reasons == ["high_value", "first_message"]
    assert draft.why_now == "The quote has no answer. Quiet since 3 May 2026."
    assert (attempt.kind, attempt.position, attempt.evidence_key) == ("follow_up", 1, "quote:2026-05-03")
    assert attempt.sequence.status == "open"
    assert attempt.decision.explanation == row.explanation


def test_the_reviewer_sees_what_is_known_in_time_order() -> None:
    lead = make_lead(value=900, currency="EUR")
    make_touch(lead, at=ago(30), direction="in", kind="message", summary="We look for a studio.")
    make_touch(lead, at=ago(20), summary="Here is what we can do.")
    swept()

    shown = draft_of(lead).evidence

    dated = [piece["at"] for piece in shown if piece["at"]]
    assert dated == sorted(dated)
    assert [piece["what"] for piece in shown] == [
        "They agreed to e-mail",
        "They wrote",
        "We wrote",
        "We sent a quote",
        "Stage",
        "Value",
        "Cadence",
    ]
    assert ("", "Cadence", "default v1, message 1 of 2") in [(one["at"], one["what"], one["detail"]) for one in shown]
    assert next(piece for piece in shown if piece["what"] == "They agreed to e-mail")["detail"] == "web form"


def test_an_opt_out_stops() -> None:
    lead = make_lead()
    contacts.suppress(contact=lead.contact, channel="all", reason="opted_out", at=ago(1))
    assert decided(lead) == ("stop", "opted_out")
    lead.refresh_from_db()
    assert lead.disposition == "stopped"


def test_a_refusal_for_the_leads_own_account_stops_though_the_contact_belongs_to_another() -> None:
    account, other = make_account(), make_account()
    lead = make_lead(contact=make_contact(account=other), account=account)
    contacts.suppress(account=account, channel="all", reason="legal", at=ago(1))
    assert decided(lead) == ("stop", "legal")


def test_an_expired_opportunity_stops() -> None:
    lead = make_lead(expires_on=day(1))
    assert decided(lead) == ("stop", "expired")
    lead.refresh_from_db()
    assert lead.disposition == "expired"


def test_nobody_can_be_reached_without_an_address() -> None:
    lead = make_lead(contact=make_contact(email="", consent=None))
    assert decided(lead) == ("stop", "unreachable")


def test_an_out_of_office_note_waits_for_the_working_day_after_it() -> None:
    lead = make_lead()
    make_touch(lead, at=ago(3), direction="in", kind="out_of_office", returns_on=day(-2))
    row = swept()[lead.external_id]
    assert (row.decision.kind.value, row.decision.reasons) == ("wait", ("out_of_office",))
    assert row.as_csv()["due_at"] == "2026-05-18T00:00:00+00:00"


def test_an_answer_hands_the_lead_back() -> None:
    lead = make_lead()
    make_touch(lead, at=ago(2), direction="in", kind="answer")
    assert decided(lead) == ("stand_down", "replied")


def test_a_next_step_ahead_is_no_silence() -> None:
    lead = make_lead(next_step="Call them", next_step_on=day(-3))
    assert decided(lead) == ("stand_down", "not_silent")


def test_everything_to_be_cleared_up_first_is_named() -> None:
    account = make_account(owner=make_user(), territory="North")
    make_lead(account=account, stage="won")
    contact = make_contact(consent=None, email="shared@client.example")
    twin = make_contact(email="shared@client.example")
    lead = make_lead(contact=contact, account=account, territory="South")
    assert decided(lead) == (
        "intake",
        "consent_unclear|duplicate|territory_conflict|owner_conflict|existing_customer",
    )
    stored = Decision.objects.get(lead=lead)
    assert stored.evidence["duplicate_of"] == [twin.external_id]


def test_two_open_leads_of_one_contact_may_be_one() -> None:
    contact = make_contact()
    first, second = make_lead(contact=contact), make_lead(contact=contact)
    assert decided(first) == ("intake", "duplicate")
    assert Decision.objects.get(lead=second).evidence["duplicate_of"] == [first.external_id]


def test_a_lead_of_nobody_goes_to_intake() -> None:
    assert decided(make_lead(owner=None)) == ("intake", "unowned")


@pytest.mark.parametrize(("churned_on", "decision"), [(None, "intake"), (day(1), "continue"), (day(-1), "intake")])
def test_a_customer_is_one_until_they_leave(churned_on: object, decision: str) -> None:
    lead = make_lead(contact=make_contact(customer_since=day(300), churned_on=churned_on))
    assert decided(lead)[0] == decision


def test_a_customer_in_the_same_account_counts() -> None:
    account = make_account()
    make_contact(account=account, customer_since=day(300))
    assert decided(make_lead(account=account)) == ("intake", "existing_customer")


def test_a_paused_lead_waits() -> None:
    lead = make_lead()
    services.pause(lead=lead, until=ago(-4), reason="On holiday", by=owner_of(lead), now=ago(1))
    assert decided(lead) == ("wait", "paused")


def test_our_own_fresh_touch_waits() -> None:
    lead = make_lead()
    make_touch(lead, at=ago(2))
    assert decided(lead) == ("wait", "too_soon")


@pytest.mark.parametrize(
    ("fields", "decision"),
    [({"future_fit": True}, "nurture"), ({"recycle_on": day(-90)}, "recycle"), ({}, "close_out")],
)
def test_after_enough_attempts(fields: dict[str, Any], decision: str) -> None:
    lead = make_lead(quote_sent_on=day(30), **fields)
    make_touch(lead, at=ago(20))
    make_touch(lead, at=ago(10))
    assert decided(lead) == (decision, "attempts_spent")
    lead.refresh_from_db()
    assert lead.disposition == ("" if decision == "close_out" else decision)
    assert drafts_of(lead) == (["awaiting_review"] if decision == "close_out" else [])


def test_a_closing_note_is_always_reviewed() -> None:
    lead = make_lead(quote_sent_on=day(60))
    row = swept()[lead.external_id]
    assert (row.decision.kind.value, row.decision.reasons) == ("close_out", ("sequence_expired",))
    assert row.decision.review_reasons == ("close_loop", "first_message")
    assert draft_of(lead).kind == "close_loop"
    assert draft_of(lead).word_limit == 40


def test_without_a_reason_it_waits_for_one_and_a_note_is_one() -> None:
    lead = make_lead(quote_sent_on=None, last_touch_at=ago(8))
    assert decided(lead) == ("wait", "no_useful_reason")
    services.add_note(lead=lead, text="Their new office opens in June.", by=owner_of(lead), now=ago(hours=1))
    assert decided(lead) == ("continue", "owner_note")
    assert "Their new office opens in June" in draft_of(lead).body


def test_interest_is_a_reason_and_a_scanner_is_not() -> None:
    lead = make_lead(quote_sent_on=None, last_touch_at=ago(8))
    contacts.record_event(contact=lead.contact, name="proposal_opened", occurred_at=ago(1), machine=True)
    contacts.record_event(contact=lead.contact, name="invoice_paid", occurred_at=ago(1))
    assert decided(lead) == ("wait", "no_useful_reason")
    contacts.record_event(contact=lead.contact, name="Page Viewed", occurred_at=ago(1))
    assert decided(lead) == ("continue", "new_engagement")
    assert "came back to the site" in draft_of(lead).body


@pytest.mark.parametrize(
    ("tags", "decision"),
    [
        ({"industries": [" Retail "]}, "continue"),
        ({"stages": ["proposal"]}, "continue"),
        ({"industries": ["medical"], "stages": ["won"]}, "wait"),
    ],
)
def test_material_for_their_industry_or_stage_is_a_reason(tags: dict[str, Any], decision: str) -> None:
    account = make_account(industry="retail")
    lead = make_lead(account=account, quote_sent_on=None, last_touch_at=ago(8))
    services.create_asset(title="Small shops online", link="https://ours.example/shops", published_at=ago(2), **tags)
    assert decided(lead)[0] == decision
    if decision == "continue":
        assert "https://ours.example/shops" in draft_of(lead).body


def test_material_that_is_no_longer_valid_is_none() -> None:
    lead = make_lead(quote_sent_on=None, last_touch_at=ago(8))
    services.create_asset(
        title="Spring", link="https://ours.example/s", published_at=ago(2), stages=["proposal"], valid_until=day(1)
    )
    assert decided(lead) == ("wait", "no_useful_reason")


def test_their_question_comes_before_everything_else() -> None:
    lead = make_lead(quote_sent_on=None)
    make_touch(lead, at=ago(9), direction="in", kind="question", summary="Do you ship to Norway?")
    make_touch(lead, at=ago(8))
    assert decided(lead) == ("continue", "unanswered_question")
    assert "Do you ship to Norway?" in draft_of(lead).body


def test_closed_leads_are_looked_at_only_while_a_sequence_is_open() -> None:
    lead = make_lead()
    swept()
    Lead.objects.filter(pk=lead.pk).update(stage="won")
    assert decided(lead) == ("stop", "won")
    assert drafts_of(lead) == ["withdrawn"]
    lead.refresh_from_db()
    assert lead.disposition == "won"
    assert lead.external_id not in swept()
