"""Sweeps that follow others: nothing twice, what people and drafts did in between, and every decision replayed."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from contacts import services as contacts
from followups import services
from followups.models import Attempt, Decision, Lead, Sequence
from outreach import services as outreach
from outreach.models import Draft
from staff.models import AuditEntry
from tests.followups.making import (
    NOW,
    ago,
    day,
    draft_of,
    drafts_of,
    everything_written,
    make_account,
    make_lead,
    make_touch,
    owner_of,
    send,
    swept,
)

pytestmark = pytest.mark.django_db


def decided(lead: Lead, **options: Any) -> tuple[str, str]:
    decision = swept(**options)[lead.external_id].decision
    return decision.kind.value, "|".join(decision.reasons)


# --- again and again ----------------------------------------------------------------------------------------------


def test_a_second_sweep_writes_nothing_and_says_the_same() -> None:
    make_lead()
    make_lead(future_fit=True, quote_sent_on=day(60))
    make_lead(owner=None)
    make_lead(quote_sent_on=day(60))
    first = [row.as_csv() for row in services.sweep(now=NOW)]
    before, audited = everything_written(), AuditEntry.objects.count()

    rows = list(services.sweep(now=NOW))

    assert [row.as_csv() for row in rows] == first
    assert not any(row.changed for row in rows)
    assert everything_written() == before
    assert AuditEntry.objects.count() == audited


def test_a_dry_run_writes_nothing_and_says_the_same() -> None:
    make_lead()
    make_lead(quote_sent_on=day(60))
    before = everything_written()
    dry = [row.as_csv() for row in services.sweep(now=NOW, dry_run=True)]
    assert everything_written() == before
    assert [row.as_csv() for row in services.sweep(now=NOW)] == dry
    assert [row.as_csv() for row in services.sweep(now=NOW, dry_run=True)] == dry


def test_time_alone_stores_no_new_decision() -> None:
    lead = make_lead()
    swept()
    swept(now=NOW + timedelta(hours=6))
    assert Decision.objects.filter(lead=lead).count() == 1


def test_what_a_person_wrote_into_a_draft_stays() -> None:
    lead = make_lead()
    swept()
    draft = draft_of(lead)
    outreach.edit(
        draft_id=draft.pk,
        fingerprint=draft.fingerprint,
        subject="About the quote",
        body="Hello Marta,\n\nmy own words about your quote.\n\n[[unsubscribe]]",
        by=owner_of(lead),
        now=NOW,
    )
    swept(now=NOW + timedelta(hours=1))
    assert drafts_of(lead) == ["awaiting_review"]
    assert "my own words" in draft_of(lead).body


def test_one_lead_can_be_swept_alone() -> None:
    first, second = make_lead(), make_lead()
    assert list(swept(lead_ids=[second.pk])) == [second.external_id]
    assert drafts_of(first) == []


# --- what happened below ------------------------------------------------------------------------------------------


def test_a_whole_silence_remind_another_angle_close_the_loop() -> None:
    lead = make_lead(quote_sent_on=day(20))
    contacts.record_event(contact=lead.contact, name="quote_opened", occurred_at=ago(9))
    swept(now=ago(8))
    send(draft_of(lead), at=ago(8))
    sent_first = draft_of(lead).attempt.reason_kind

    assert decided(lead, now=ago(6))[0] == "wait"
    contacts.record_event(contact=lead.contact, name="session_started", occurred_at=ago(5))
    row = swept(now=ago(2))[lead.external_id]
    assert (row.decision.step, row.decision.attempts, sent_first) == ("2", 1, "quote_unanswered")
    second = draft_of(lead)
    assert (second.word_limit, second.attempt.position, second.attempt.evidence_key[:6]) == (60, 2, "event:")
    assert second.review_reasons[0] == "second_silence"
    send(second, at=ago(2))

    later = NOW + timedelta(days=4)
    row = swept(now=later)[lead.external_id]
    assert (row.decision.kind.value, row.decision.reasons) == ("close_out", ("attempts_spent",))
    last = draft_of(lead)
    assert last.kind == "close_loop"
    send(last, at=later)

    swept(now=later + timedelta(minutes=15))
    sequence = Sequence.objects.get(lead=lead)
    lead.refresh_from_db()
    assert (sequence.status, sequence.disposition, lead.disposition) == ("ended", "no_response", "no_response")
    before = everything_written()
    swept(now=later + timedelta(days=30))
    assert drafts_of(lead) == ["sent", "sent", "sent"]
    assert everything_written()[1:3] == before[1:3]


def test_what_a_message_said_is_not_said_again() -> None:
    lead = make_lead(quote_sent_on=day(20), proposal_sent_on=day(19))
    swept(now=ago(8))
    send(draft_of(lead), at=ago(8))
    row = swept()[lead.external_id]
    assert row.decision.reasons == ("proposal_unanswered",)


def test_a_message_that_may_have_left_counts_as_sent() -> None:
    lead = make_lead()
    swept(now=ago(1))
    draft = draft_of(lead)
    outreach.approve(draft_id=draft.pk, fingerprint=draft.fingerprint, by=owner_of(lead), now=ago(1))
    Draft.objects.filter(pk=draft.pk).update(status="unknown", claimed_at=ago(1))
    assert decided(lead) == ("wait", "too_soon")
    assert drafts_of(lead) == ["unknown"]


def test_a_reply_withdraws_what_waits_and_ends_the_sequence() -> None:
    lead = make_lead()
    swept()
    make_touch(lead, at=NOW + timedelta(hours=1), direction="in", kind="answer")

    assert decided(lead, now=NOW + timedelta(hours=2)) == ("stand_down", "replied")

    sequence = Sequence.objects.get(lead=lead)
    attempt = Attempt.objects.get(lead=lead)
    assert drafts_of(lead) == ["withdrawn"]
    assert draft_of(lead).status_reason == "They wrote last. Normal follow-up is on."
    assert (sequence.status, sequence.disposition) == ("ended", "handed_over")
    assert attempt.withdrawn_at is not None


def test_an_approved_message_is_withdrawn_too() -> None:
    lead = make_lead()
    swept()
    draft = draft_of(lead)
    outreach.approve(draft_id=draft.pk, fingerprint=draft.fingerprint, by=owner_of(lead), now=NOW)
    make_touch(lead, at=NOW + timedelta(hours=1), direction="in", kind="answer")
    swept(now=NOW + timedelta(hours=2))
    assert drafts_of(lead) == ["withdrawn"]


def test_an_opt_out_withdraws_what_waits() -> None:
    lead = make_lead()
    swept()
    contacts.suppress(contact=lead.contact, channel="email", reason="opted_out", at=NOW)
    assert decided(lead) == ("stop", "opted_out")
    assert drafts_of(lead) == ["withdrawn"]
    assert Sequence.objects.get(lead=lead).disposition == "stopped"


def test_a_better_reason_replaces_the_draft() -> None:
    lead = make_lead()
    swept()
    make_touch(lead, at=ago(11), direction="in", kind="question", summary="Which paper do you use?")
    assert decided(lead) == ("continue", "unanswered_question")
    assert drafts_of(lead) == ["withdrawn", "awaiting_review"]
    assert Attempt.objects.filter(lead=lead, withdrawn_at=None).count() == 1


def test_a_new_address_gets_a_new_draft() -> None:
    lead = make_lead()
    swept()
    contacts.set_address(contact=lead.contact, kind="email", value="new@client.example")
    swept()
    assert drafts_of(lead) == ["withdrawn", "awaiting_review"]
    assert draft_of(lead).address == "new@client.example"


def test_a_draft_given_up_below_frees_its_evidence() -> None:
    lead = make_lead()
    swept()
    outreach.withdraw(draft_ids=[draft_of(lead).pk], reason="Not now.", now=NOW)
    swept()
    assert drafts_of(lead) == ["withdrawn", "awaiting_review"]
    keys = list(Attempt.objects.filter(lead=lead).order_by("pk").values_list("evidence_key", "withdrawn_at"))
    assert keys == [("quote:2026-05-03", NOW), ("quote:2026-05-03", None)]


def test_a_message_that_could_not_be_delivered_is_not_written_again() -> None:
    lead = make_lead()
    swept()
    draft = draft_of(lead)
    outreach.approve(draft_id=draft.pk, fingerprint=draft.fingerprint, by=owner_of(lead), now=NOW)
    Draft.objects.filter(pk=draft.pk).update(status="failed")
    swept()
    assert drafts_of(lead) == ["failed"]


def test_the_first_message_of_a_silence_without_any_touch_has_its_own_place() -> None:
    """A missed next step with no touch of ours: our first message becomes the opening, so the next is step 1 again."""
    lead = make_lead(quote_sent_on=None, next_step="Send the plan", next_step_on=day(20))
    swept(now=ago(10))
    send(draft_of(lead), at=ago(10))
    services.add_note(lead=lead, text="They hired a new head of sales.", by=owner_of(lead), now=ago(3))
    row = swept()[lead.external_id]
    assert (row.decision.step, row.decision.attempts) == ("1", 0)
    assert list(Attempt.objects.filter(lead=lead).order_by("pk").values_list("position", flat=True)) == [1, 2]


# --- closed by people ---------------------------------------------------------------------------------------------


def test_a_closed_lead_is_left_alone_until_they_write() -> None:
    lead = make_lead()
    swept()
    services.close_out(lead=lead, disposition="nurture", reason="Budget next year", by=owner_of(lead), now=NOW)
    swept(now=NOW + timedelta(minutes=15))
    assert drafts_of(lead) == ["withdrawn"]
    assert Sequence.objects.get(lead=lead).disposition == "nurture"

    make_touch(lead, at=NOW + timedelta(days=1), direction="in", kind="message", summary="We have a budget.")
    swept(now=NOW + timedelta(days=2))
    lead.refresh_from_db()
    assert lead.disposition == ""
    make_touch(lead, at=NOW + timedelta(days=3))
    services.add_note(lead=lead, text="They asked for July.", by=owner_of(lead), now=NOW + timedelta(days=4))
    swept(now=NOW + timedelta(days=14))
    assert drafts_of(lead) == ["withdrawn", "awaiting_review"]


def test_a_reopened_lead_is_followed_up_again() -> None:
    lead = make_lead()
    services.close_out(lead=lead, disposition="documented", reason="They merge.", by=owner_of(lead), now=ago(1))
    swept()
    assert drafts_of(lead) == []
    services.reopen(lead=lead, by=owner_of(lead), now=NOW)
    swept()
    assert drafts_of(lead) == ["awaiting_review"]


def test_what_a_sweep_put_down_goes_with_its_cause() -> None:
    lead = make_lead(quote_sent_on=day(60), future_fit=True)
    swept()
    lead.refresh_from_db()
    assert lead.disposition == "nurture"
    Lead.objects.filter(pk=lead.pk).update(future_fit=False)
    swept()
    lead.refresh_from_db()
    assert lead.disposition == ""
    assert draft_of(lead).kind == "close_loop"


def test_a_waived_closing_note_ends_like_a_sent_one() -> None:
    lead = make_lead(quote_sent_on=day(60))
    swept()
    services.waive_close_loop(lead=lead, reason="I met them.", by=owner_of(lead), now=NOW)
    sequence = Sequence.objects.get(lead=lead)
    lead.refresh_from_db()
    assert (sequence.disposition, lead.disposition, drafts_of(lead)) == ("no_response", "no_response", ["withdrawn"])
    swept()
    assert drafts_of(lead) == ["withdrawn"]


# --- versions, order, replay --------------------------------------------------------------------------------------


def test_an_open_sequence_keeps_the_version_it_began_with() -> None:
    lead = make_lead()
    swept()
    version = services.new_draft_version(cadence=services.published_version().cadence, by=None)
    version.wait_unanswered_quote = 100
    version.save()
    services.publish_version(version=version, by=None, now=NOW)
    begun_later = make_lead()
    assert decided(lead)[0] == "continue"
    assert decided(begun_later) == ("continue", "quote_unanswered")
    assert swept()[begun_later.external_id].decision.trigger == "no_reply"
    assert swept()[lead.external_id].decision.trigger == "unanswered_quote"


def test_another_cadence_can_be_tried() -> None:
    account = make_account()
    make_lead(account=account, stage="won")
    lead = make_lead(account=account)
    version = services.clone_cadence(
        base=services.published_version(), name="customers-too", changes={"allow_existing_customers": True}, by=None
    )
    services.publish_version(version=version, by=None, now=NOW)
    assert decided(lead, dry_run=True) == ("intake", "existing_customer")
    assert decided(lead, dry_run=True, cadence="customers-too") == ("continue", "quote_unanswered")


def test_a_step_that_leaves_routine_to_itself_is_approved_at_once() -> None:
    version = services.clone_cadence(base=services.published_version(), name="quick", changes={}, by=None)
    version.steps.update(review_policy="never")
    services.publish_version(version=version, by=None, now=NOW)
    plain, big = make_lead(value=100), make_lead(value=50_000)
    rows = swept(cadence="quick")
    assert rows[plain.external_id].as_csv()["needs_review"] == "no"
    assert rows[big.external_id].as_csv()["review_reasons"] == "high_value"
    assert (drafts_of(plain), drafts_of(big)) == (["approved"], ["awaiting_review"])


def test_rows_come_in_byte_order() -> None:
    for external_id in ("b", "B", "a10", "a2", "ä", "Z"):
        make_lead(external_id=external_id)
    assert list(swept(batch=2)) == ["B", "Z", "a10", "a2", "b", "ä"]


def test_every_stored_decision_can_be_taken_again() -> None:
    account = make_account(industry="retail", territory="North", strategic=True)
    services.create_asset(title="Shops", link="https://ours.example/shops", published_at=ago(2), industries=["retail"])
    lead = make_lead(account=account, value="12500.50", territory="South")
    make_touch(lead, at=ago(20), direction="in", kind="question", summary="What about {braces} and “quotes”?")
    make_lead(account=account, quote_sent_on=None, last_touch_at=ago(8))
    quiet = make_lead(quote_sent_on=day(60))
    away = make_lead()
    make_touch(away, at=ago(3), direction="in", kind="out_of_office", returns_on=day(-2))
    refused = make_lead()
    contacts.suppress(contact=refused.contact, channel="all", reason="complaint", at=ago(1))
    paused = make_lead()
    services.pause(lead=paused, until=ago(-3), reason="", by=owner_of(paused), now=ago(1))
    swept(now=ago(4))
    send(draft_of(quiet), at=ago(4))
    swept()

    stored = list(Decision.objects.select_related("cadence_version__cadence"))
    assert {row.decision for row in stored} >= {"continue", "close_out", "wait", "stop", "intake"}
    for row in stored:
        answer = services.answer_of(again := services.replay(row), again.review_reasons)
        assert answer == {field: getattr(row, field) for field in answer}


def test_decided_in_the_past_as_it_stood_then() -> None:
    lead = make_lead()
    make_touch(lead, at=ago(1), direction="in", kind="answer")
    contacts.record_event(contact=lead.contact, name="page_viewed", occurred_at=ago(1))
    assert decided(lead, now=ago(2), dry_run=True) == ("continue", "quote_unanswered")
    assert decided(lead, dry_run=True) == ("stand_down", "replied")


def test_progress_is_told_from_none_to_all() -> None:
    for _ in range(3):
        make_lead()
    told: list[tuple[int, int]] = []
    list(services.sweep(now=NOW, progress=lambda done, total: told.append((done, total))))
    assert told == [(0, 3), (3, 3)]
