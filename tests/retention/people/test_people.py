"""Customers as playbooks see them: what is read, that nobody else's doing counts, and how fast."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

import pytest
from django.db import connection
from django.db.models import F
from django.test.utils import CaptureQueriesContext

from contacts import services as contacts
from contacts.models import Contact, Identity
from contacts.permission import outlines_of, permissions_of
from contacts.states import ADDRESS_KIND_OF_CHANNEL, Channel, Consent, EventKind, IdentityKind, SuppressionReason
from outreach import services as outreach
from outreach.models import Call, DeliveryEvent, Draft, PushSubscription, Reply
from outreach.reach import openness_of
from outreach.rules import Consequence
from outreach.states import CallOutcome, CallStatus, DeliveryKind, Flow, ReplyLabel, ReplyStatus
from retention.models import CustomerValue, Enrolment, Playbook, PlaybookVersion
from retention.rules.playbooks.facts import Person
from retention.services.people import Since, goals, people
from retention.states import Band, EnrolmentStatus, ValueTier
from tests.factories import make_user
from tests.outreach.world import make_contact, make_draft
from tests.retention.making import NOW, active, ago, did, make_customer, refreshed

pytestmark = pytest.mark.django_db


def one(customer: Any, **options: Any) -> Person:
    return people([customer.pk], NOW, **options)[customer.pk]


def test_what_is_known_of_a_customer() -> None:
    customer = make_customer(plan="Gold", tier="A", mrr=Decimal(40), currency="EUR")
    Contact.objects.filter(pk=customer.contact_id).update(preferred_channel="sms", birthday=date(1990, 5, 20))
    did(customer, "visit_logged", 3, 9, 80)
    did(customer, "app_opened", 59)
    did(customer, "payment_failed", 2)
    refreshed()
    CustomerValue.objects.create(
        customer=customer, month=date(2026, 4, 1), monthly_revenue=35, clv=700, currency="EUR", tier="high", months=12,
        computed_at=NOW,
    )  # fmt: skip
    CustomerValue.objects.create(
        customer=customer, month=date(2026, 6, 1), monthly_revenue=1, clv=1, currency="EUR", tier="low", months=12,
        computed_at=NOW,
    )  # fmt: skip
    found = one(customer)
    assert (found.plan, found.tier, found.currency, found.preferred_channel) == ("Gold", "A", "EUR", "sms")
    assert [found.monthly_revenue, found.clv] == [35, 700]
    assert found.value_tier == ValueTier.HIGH
    assert (found.last_activity_at, found.activities, found.app_user) == (ago(3), 4, True)
    assert (found.payment_failed_at, found.birthday, found.left) == (ago(2), date(1990, 5, 20), False)
    assert (found.total, found.band, found.reasons[0]) == (customer.score.total, customer.score.band, "payment_failed")
    did(customer, "payment_succeeded", 1)
    assert one(customer).payment_failed_at is None
    # A moment that is over: only what had happened by then, and the score that is given.
    given = {customer.pk: SimpleNamespace(total=61, band="high", reasons=["quiet"])}
    then = people([customer.pk, 10**9], ago(5), scores=given)
    assert list(then) == [customer.pk]
    was = then[customer.pk]
    assert (was.total, was.band, was.reasons) == (61, Band.HIGH, ("quiet",))
    assert (was.last_activity_at, was.activities, was.payment_failed_at) == (ago(9), 3, None)
    assert people([customer.pk], ago(5), scores={})[customer.pk].band == Band.LOW


def test_somebody_who_left_is_gone_from_the_first_moment_of_that_day() -> None:
    customer = make_customer(churned_on=NOW.date())
    midnight = NOW.replace(hour=0)
    assert one(customer).left
    assert not people([customer.pk], midnight)[customer.pk].left


def test_events_of_another_customer_of_the_same_contact_do_not_count() -> None:
    first = make_customer()
    second = make_customer(contact=first.contact)
    did(first, "visit_logged", 9)
    contacts.record_event(contact=first.contact, name="visit_logged", occurred_at=ago(2), properties={})
    other = Identity.objects.create(kind=IdentityKind.CUSTOMER, value=second.external_id, contact=first.contact)
    first.contact.events.filter(occurred_at=ago(2)).update(identity=other)
    found = people([first.pk, second.pk], NOW)
    assert (found[first.pk].activities, found[first.pk].last_activity_at) == (1, ago(9))
    assert (found[second.pk].activities, found[second.pk].last_activity_at) == (2, ago(2))


def a_world_of_refusals() -> list[int]:
    """Contacts who differ in everything that opens or closes a channel."""
    made = [make_contact(), make_contact(consent=False), make_contact(phone="")]
    for reason, channel in (
        (SuppressionReason.OPTED_OUT, "email"),
        (SuppressionReason.LEGAL, "all"),
        (SuppressionReason.HARD_BOUNCE, "email"),
        (SuppressionReason.MANUAL, "call"),
    ):
        contact = make_contact()
        contacts.suppress(contact=contact, channel=channel, reason=reason, at=ago(3))
        made.append(contact)
    no, here = make_contact(), make_contact()
    for channel in Channel:
        contacts.record_consent(contact=no, channel=channel, status=Consent.NO, source="Said so", at=ago(2))
        contacts.record_consent(contact=here, channel=channel, status=Consent.YES, source="Said so", at=ago(2))
    PushSubscription.objects.create(contact=here, endpoint="https://push.example/1")
    Identity.objects.create(kind=IdentityKind.USER, value="u1", contact=here)
    return [contact.pk for contact in (*made, no, here)]


def test_a_channel_is_open_exactly_where_the_code_that_sends_refuses_nothing_for_good() -> None:
    ids = a_world_of_refusals()
    night = NOW.replace(hour=2)
    found = openness_of(ids)
    seen = set()
    for channel in Channel:
        verdicts = outreach.may_write_to(contact_ids=ids, channel=channel, flow=Flow.PLAYBOOK, now=night)
        for contact, verdict in verdicts.items():
            refusal = verdict.refusal
            is_open = refusal is None or refusal.consequence == Consequence.HOLD
            assert is_open == (channel not in found[contact].closed), (channel, refusal)
            seen.add((is_open, refusal.code if refusal else ""))
    assert {code for is_open, code in seen if not is_open} >= {
        "consent", "suppressed_opted_out", "suppressed_legal", "suppressed_manual",
    }  # fmt: skip
    assert any(is_open for is_open, _ in seen)
    assert [found[contact].stopped for contact in ids] == [False] * 4 + [True] + [False] * 4


def test_the_outline_of_permissions_says_the_same_as_they_do() -> None:
    ids = a_world_of_refusals()
    whole, outlines = permissions_of(ids), outlines_of(ids)
    assert list(outlines) == ids
    for contact, outline in outlines.items():
        of_channels = [whole[contact][channel] for channel in Channel.values]
        assert list(outline.consents) == [one.consent for one in of_channels]
        assert outline.refused == any(one.suppressed_by for one in of_channels)
        for channel, kind in ADDRESS_KIND_OF_CHANNEL.items():
            assert (kind in outline.kinds) == bool(whole[contact][channel].address)
    assert {outline.refused for outline in outlines.values()} == {True, False}
    assert len(set(outlines.values())) > 3


def test_messages_they_answered_count_and_machines_do_not() -> None:
    contact = make_contact()
    customer = make_customer(contact=contact)
    owner = make_user()
    for number, days in enumerate((1, 2, 3, 4, 200)):
        draft = make_draft(contact, owner)
        Draft.objects.filter(pk=draft.pk).update(
            status="sent", sent_at=ago(days), claimed_at=ago(days), decided_at=ago(days),
            approved_fingerprint=F("fingerprint"),
        )  # fmt: skip
        if number == 0:
            DeliveryEvent.objects.create(draft=draft, kind=DeliveryKind.OPENED, at=ago(1), machine=True)
        if number in (1, 4):
            DeliveryEvent.objects.create(draft=draft, kind=DeliveryKind.CLICKED, at=ago(days))
        if number in (2, 3):
            Reply.objects.create(
                contact=contact, draft=draft, channel="email", at=ago(1), confidence=1, status=ReplyStatus.SETTLED,
                label=ReplyLabel.ANSWER if number == 2 else ReplyLabel.OUT_OF_OFFICE,
            )  # fmt: skip
    for outcome in (CallOutcome.REACHED, CallOutcome.VOICEMAIL):
        Call.objects.create(
            contact=contact, why="Ask", due_at=ago(2), latest_at=ago(1), created_at=ago(3), status=CallStatus.DONE,
            outcome=outcome, done_at=ago(1),
        )  # fmt: skip
    reach = one(customer).reach
    assert (reach["email"].sent, reach["email"].answered) == (4, 2)
    assert (reach["call"].sent, reach["call"].answered) == (2, 1)
    assert (reach["sms"].sent, reach["email"].allowed, reach["email"].why_not) == (0, True, "")
    assert reach["push"].why_not


def test_goals_count_from_the_moment_somebody_was_let_in() -> None:
    playbook = Playbook.objects.create(name="come-back", title="Come back")
    version = PlaybookVersion.objects.create(
        playbook=playbook, number=1, goal="Books", goal_kinds=[EventKind.BOOKING_MADE.value]
    )

    def enrolled(customer: Any, started: float | None) -> int:
        at = None if started is None else ago(started)
        return Enrolment.objects.create(
            customer=customer, contact=customer.contact, playbook=playbook, version=version, fitted_at=ago(30),
            status=EnrolmentStatus.WAITING if at is None else EnrolmentStatus.ACTIVE, started_at=at,
            expires_at=NOW + timedelta(days=9),
        ).pk  # fmt: skip

    back, seen, silent, waiting = (active(make_customer()) if n == 3 else make_customer() for n in range(4))
    did(back, "booking_made", 11, 4, 2)
    did(back, "visit_logged", 5)
    did(seen, "visit_logged", 3)
    ids = [enrolled(back, 10), enrolled(seen, 10), enrolled(silent, 10), enrolled(waiting, None)]
    assert goals(ids, NOW) == {
        ids[0]: Since(ago(4), ago(5)),
        ids[1]: Since(None, ago(3)),
        ids[2]: Since(None, None),
    }
    assert goals(ids, ago(4.5))[ids[0]] == Since(None, ago(5))


def test_many_are_read_in_as_many_queries_as_one(django_assert_num_queries: Any) -> None:
    customers = [active(make_customer()) for _ in range(3)]
    refreshed()
    with django_assert_num_queries(12) as few:
        people([customers[0].pk], NOW)
    with django_assert_num_queries(len(few)):
        found = people([customer.pk for customer in customers], NOW)
    assert len(found) == 3


@pytest.mark.trial
def test_ten_thousand_are_read_at_once() -> None:
    with connection.cursor() as cursor:
        cursor.execute("""
            INSERT INTO contacts_contact (id, name, timezone, locale, preferred_channel, created_at, updated_at)
            SELECT n, 'Person ' || n, '', '', '', now(), now() FROM generate_series(1, 10000) n;
            INSERT INTO contacts_address (contact_id, kind, value, is_primary, created_at)
            SELECT n, 'email', n || '@theirs.example', true, now() FROM generate_series(1, 10000) n;
            INSERT INTO contacts_consentrecord (contact_id, channel, status, source, recorded_at)
            SELECT n, 'email', 'yes', 'Form', now() FROM generate_series(1, 10000) n;
            INSERT INTO retention_customer
                   (id, external_id, contact_id, since, plan, tier, currency, created_at, updated_at)
            SELECT n, 'C' || n, n, '2025-01-01', '', '', 'EUR', now(), now() FROM generate_series(1, 10000) n;
            INSERT INTO contacts_event
                   (contact_id, name_id, kind, occurred_at, received_at, machine, flag, currency, reference, properties)
            SELECT n, 1, 1 + (n + d) % 7, '2026-05-13'::timestamptz - d * interval '2 days', now(), false,
                   '', '', '', '{}'
              FROM generate_series(1, 10000) n, generate_series(1, 60) d;
            ANALYZE contacts_contact, contacts_address, contacts_consentrecord, retention_customer, contacts_event;
        """)
    with CaptureQueriesContext(connection) as few:
        people(range(1, 4), NOW)
    with CaptureQueriesContext(connection) as many:
        found = people(range(1, 10001), NOW)
    assert len(found) == 10000
    assert found[5].activities == 60
    # They are read five thousand at a time.
    assert len(many) == 2 * len(few)
