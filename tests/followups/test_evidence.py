"""Evidence: the same number of queries for five leads as for five hundred, and nothing of one lead in another's."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from pytest_django import DjangoAssertNumQueries

from contacts import services as contacts
from followups import services
from followups.evidence import gather, leads_to_look_at
from followups.models import Lead
from followups.rules import Evidence, digest, from_json, to_json
from tests.factories import make_user
from tests.followups.making import (
    NOW,
    ago,
    day,
    draft_of,
    make_account,
    make_contact,
    make_lead,
    make_touch,
    owner_of,
    send,
    swept,
)

pytestmark = pytest.mark.django_db

#: For one batch, in a test's own transaction.
QUERIES_OF_A_DRY_RUN = 29


def make_many(number: int) -> None:
    """Leads with everything that evidence is made of, set-based, since only their number matters here."""
    pattern = make_lead(owner=make_user(), account=make_account(industry="retail"))
    make_touch(pattern, at=ago(12), direction="in", kind="question", summary="What is in the plan?")
    with connection.cursor() as cursor:
        cursor.execute(
            """
            WITH people AS (
                INSERT INTO contacts_contact (external_id, name, timezone, locale, preferred_channel, created_at,
                                              updated_at)
                SELECT 'many' || i, 'Person ' || i, '', '', '', now(), now() FROM generate_series(1, %(number)s) i
                RETURNING id),
            reached AS (
                INSERT INTO contacts_address (contact_id, kind, value, is_primary, created_at)
                SELECT id, 'email', 'many' || id || '@client.example', true, now() FROM people),
            asked AS (
                INSERT INTO contacts_consentrecord (contact_id, channel, status, source, recorded_at)
                SELECT id, 'email', 'yes', 'form', now() FROM people),
            seen AS (
                INSERT INTO contacts_event (contact_id, name_id, kind, occurred_at, machine, flag, currency, reference,
                                            properties, received_at)
                SELECT id, (SELECT id FROM contacts_eventname WHERE key = 'page_viewed'), 0, %(yesterday)s, false, '',
                       '', '', '{}', now() FROM people),
            said AS (
                INSERT INTO contacts_touch (contact_id, at, direction, channel, kind, summary, created_at)
                SELECT id, %(before)s, 'out', 'email', 'message', 'Hello', now() FROM people RETURNING id, contact_id),
            leads AS (
                INSERT INTO followups_lead (external_id, contact_id, owner_id, territory, stage, priority, currency,
                    source, next_step, future_fit, existing_customer, strategic, paused_reason, disposition,
                    disposition_reason, created_at, updated_at)
                SELECT 'many' || id, id, %(owner)s, '', 'qualified', '', '', '', '', false, false, false, '', '', '',
                       now(), now()
                  FROM people RETURNING id, contact_id)
            INSERT INTO followups_leadtouch (touch_id, lead_id)
            SELECT said.id, leads.id FROM said JOIN leads USING (contact_id)
            """,
            {"number": number, "yesterday": ago(1), "before": ago(8), "owner": pattern.owner_id},
        )
        # What other tests took back leaves pages without rows. Where the server has counted those by itself, it takes
        # the tables for empty and joins every row with every other, for most of a minute.
        cursor.execute(
            "ANALYZE contacts_contact, contacts_address, contacts_consentrecord, contacts_event, contacts_touch,"
            " followups_lead, followups_leadtouch"
        )


def gathered(**options: Any) -> dict[str, Evidence]:
    return {one.facts.external_id: one.evidence for batch in gather(lead_ids=None, now=NOW, **options) for one in batch}


@pytest.mark.parametrize("number", [5, 500])
def test_gathering_takes_a_fixed_number_of_queries(
    number: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    make_many(number)
    with django_assert_num_queries(14):
        assert len(gathered()) == number + 1


@pytest.mark.parametrize("number", [5, 500])
def test_a_dry_run_takes_a_fixed_number_of_queries(number: int) -> None:
    make_many(number)
    with CaptureQueriesContext(connection) as counted:
        rows = swept(dry_run=True)
    assert len(rows) == number + 1
    assert sum(row.decision.kind.value == "continue" for row in rows.values()) == number + 1
    assert len(counted) == QUERIES_OF_A_DRY_RUN


def test_everything_known_arrives() -> None:
    owner, boss = make_user("Account owner"), make_user()
    account = make_account(industry="Retail", territory="North", strategic=True, owner=boss)
    contact = make_contact(account=account, phone="+442079460000")
    services.create_asset(title="Shops", link="https://ours.example/s", published_at=ago(2), industries=["retail"])
    lead = make_lead(
        contact=contact,
        owner=owner,
        value="1200.50",
        currency="EUR",
        territory="South",
        priority="A",
        next_step="Call",
        next_step_on=day(2),
        proposal_sent_on=day(9),
        last_touch_at=ago(12),
        expires_on=day(-20),
        recycle_on=day(-30),
        future_fit=True,
    )
    touch = make_touch(lead, at=ago(30), direction="in", kind="question", summary="How much?")
    note = services.add_note(lead=lead, text="They grow.", by=owner, now=ago(1))
    event = contacts.record_event(contact=contact, name="quote_opened", occurred_at=ago(3))
    contacts.record_event(contact=contact, name="quote_opened", occurred_at=ago(-3))
    contacts.suppress(contact=contact, channel="sms", reason="hard_bounce", at=ago(4))

    found = gathered()[lead.external_id]

    assert (found.stage, found.priority, str(found.value), found.currency) == ("proposal", "A", "1200.50", "EUR")
    assert (found.territory, found.account_territory) == ("South", "North")
    assert (found.owner_id, found.account_owner_id, found.strategic) == (owner.pk, boss.pk, True)
    assert (found.next_step, found.next_step_on, found.quote_sent_on) == ("Call", day(2), day(10))
    assert (found.proposal_sent_on, found.last_touch_at, found.expires_on) == (day(9), ago(12), day(-20))
    assert (found.recycle_on, found.future_fit, found.existing_customer, found.paused) == (day(-30), True, False, False)
    assert [(one.id, one.kind, one.summary) for one in found.touches] == [(touch.pk, "question", "How much?")]
    assert [(one.id, one.text) for one in found.notes] == [(note.pk, "They grow.")]
    assert [(one.id, one.what) for one in found.engagements] == [(event.pk, "proposal_opened")]
    assert [(one.title, one.why) for one in found.materials] == [("Shops", "industry")]
    states = {one.channel: one for one in found.channels}
    assert (states["email"].has_address, states["email"].consent, states["email"].suppressed_by) == (True, "yes", ())
    assert (states["sms"].has_address, states["sms"].consent, states["sms"].hard_bounced) == (True, "unknown", True)
    assert digest(from_json(to_json(found))) == digest(found)


def test_what_was_sent_is_an_attempt_and_spends_its_evidence() -> None:
    lead = make_lead()
    swept()
    assert gathered()[lead.external_id].spent == frozenset()
    send(draft_of(lead), at=NOW)
    found = gathered()[lead.external_id]
    assert found.spent == {"quote:2026-05-03"}
    assert [(one.at, one.reason_kind, one.kind) for one in found.attempts] == [(NOW, "quote_unanswered", "follow_up")]


def test_evidence_of_one_lead_is_not_anothers() -> None:
    first, second = make_lead(), make_lead()
    make_touch(first, at=ago(1))
    services.add_note(lead=first, text="Mine.", by=owner_of(first), now=ago(1))
    contacts.suppress(contact=first.contact, channel="all", reason="legal", at=ago(1))
    found = gathered()[second.external_id]
    assert (found.touches, found.notes) == ((), ())
    assert all(not state.suppressed_by for state in found.channels)


def test_a_former_address_of_somebody_makes_no_duplicate() -> None:
    former = make_contact(phone="+442079460001")
    contacts.set_address(contact=former, kind="phone", value="+442079460002")
    lead = make_lead(contact=make_contact(phone="+442079460001"))
    twin = make_lead(contact=make_contact(phone="+442079460002"))
    assert gathered()[lead.external_id].duplicate_of == ()
    assert gathered()[twin.external_id].duplicate_of == (former.external_id,)


def test_a_lifted_refusal_is_none() -> None:
    account = make_account()
    lead = make_lead(account=account)
    refusal = contacts.suppress(account=account, channel="all", reason="manual", at=ago(1))
    states = gathered()[lead.external_id].channels
    assert {state.suppressed_by for state in states} == {("manual",)}
    contacts.lift_suppression(suppression=refusal, reason="A mistake", by=make_user(), at=NOW)
    assert {state.suppressed_by for state in gathered()[lead.external_id].channels} == {()}


def test_batches_join_without_gaps() -> None:
    for _ in range(5):
        make_lead()
    assert list(gathered(batch=2)) == list(gathered()) == sorted(Lead.objects.values_list("external_id", flat=True))


def test_only_open_leads_and_open_sequences_are_looked_at() -> None:
    leads = {stage: make_lead(stage=stage) for stage in ("new", "qualified", "proposal", "negotiation", "won", "lost")}
    assert set(leads_to_look_at()) == {lead.pk for stage, lead in leads.items() if stage not in ("won", "lost")}
    assert list(leads_to_look_at([leads["won"].pk, leads["new"].pk])) == [leads["new"].pk]
