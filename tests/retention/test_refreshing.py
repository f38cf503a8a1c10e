"""Scores follow events and time by themselves: what is due is found, scored once, and remembered."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from contacts import services as contacts
from contacts.models import Arrival
from retention import services
from retention.models import Customer, Score, ScoreChange
from retention.states import ChangeCause
from staff.models import AuditEntry
from tests.retention.making import (
    NOW,
    active,
    ago,
    did,
    everything,
    history_of,
    make_customer,
    refreshed,
    rescored,
    score_of,
)

pytestmark = pytest.mark.django_db

#: Every three days until six weeks ago, then never: quiet and without visits, 55 points of noise.
GONE = range(42, 160, 3)


def test_a_customer_without_events_is_scored_by_since_alone() -> None:
    customer = make_customer()
    assert refreshed().customers == 1
    score = score_of(customer)
    assert (score.total, score.recency, score.band, score.as_of) == (30, 30, "low", NOW)
    assert "no_events" in score.reasons
    assert score.missing & 1
    (first,) = history_of(customer)
    assert (first.cause, first.total_before, first.total_after, first.after) == ("first", None, 30, [30, 0, 0, 0, 0])
    assert (first.band_before, first.band_after, first.before) == ("", "low", [])


def test_news_is_scored_once_and_taken_away() -> None:
    customer = active(make_customer())
    assert refreshed().changed == 1
    assert not Arrival.objects.filter(due_at__lte=NOW).exists()
    did(customer, "payment_failed", 1)
    assert (refreshed().customers, refreshed().customers) == (1, 0)
    assert [(one.cause, one.total_before, one.total_after, one.by_behaviour) for one in history_of(customer)] == [
        ("first", None, 0, 0),
        ("refresh", 0, 25, 25),
    ]


def test_news_that_changes_nothing_leaves_no_history() -> None:
    customer = active(make_customer())
    refreshed()
    did(customer, "visit_logged", 0.5)
    assert refreshed(NOW + timedelta(hours=1)).changed == 0
    assert len(history_of(customer)) == 1
    assert score_of(customer).as_of == NOW + timedelta(hours=1)


def test_time_alone_changes_a_score_when_it_says_so_and_not_before() -> None:
    customer = make_customer()
    did(customer, "visit_logged", *range(1, 180, 3))
    refreshed()
    due = score_of(customer).next_change_at
    assert due is not None
    assert NOW < due <= ago(1) + timedelta(days=14, microseconds=1)
    assert refreshed(due - timedelta(microseconds=1)).customers == 0
    assert refreshed(due).customers == 1


def test_an_event_of_the_future_counts_when_its_time_has_come() -> None:
    customer = active(make_customer())
    refreshed()
    at = NOW + timedelta(days=2)
    contacts.record_event(contact=customer.contact, name="payment_failed", occurred_at=at)
    Arrival.objects.update(due_at=at)
    assert refreshed(NOW + timedelta(days=1)).changed == 0
    refreshed(at)
    assert score_of(customer).payment == 25


def test_a_rise_on_noise_waits_for_its_confirmation_and_comes_due_by_itself() -> None:
    customer = active(make_customer())
    refreshed()
    # The visits were somebody else's: what is known of this customer ends six weeks ago.
    customer.contact.events.all().delete()
    did(customer, "visit_logged", *GONE)
    refreshed(NOW + timedelta(minutes=1))
    waiting = score_of(customer)
    assert (waiting.total, waiting.raw_band, waiting.band) == (55, "medium", "low")
    assert waiting.above_medium_since == NOW + timedelta(minutes=1)
    assert waiting.next_change_at == NOW + timedelta(hours=12, minutes=1)
    assert refreshed(NOW + timedelta(hours=12)).customers == 0
    assert refreshed(NOW + timedelta(hours=12, minutes=1)).changed == 1
    confirmed = score_of(customer)
    assert (confirmed.band, confirmed.band_since) == ("medium", NOW + timedelta(hours=12, minutes=1))
    assert [(one.total_after, one.band_after) for one in history_of(customer)][1:] == [(55, "low"), (55, "medium")]


def test_a_payment_acts_at_once() -> None:
    customer = make_customer()
    did(customer, "visit_logged", *GONE)
    refreshed()
    assert score_of(customer).band == "medium"
    did(customer, "payment_failed", 1)
    refreshed(NOW + timedelta(minutes=5))
    assert (score_of(customer).total, score_of(customer).band) == (80, "high")


def test_points_that_come_because_nothing_is_known_count_as_missing_data() -> None:
    customer = make_customer()
    refreshed()
    did(customer, "visit_logged", 1)
    refreshed(NOW + timedelta(minutes=1))
    change = history_of(customer)[-1]
    assert (change.total_before, change.total_after) == (30, 0)
    assert (change.by_behaviour, change.by_configuration, change.by_missing) == (0, 0, -30)


def test_who_churned_is_no_longer_scored_and_keeps_the_history() -> None:
    customer = make_customer()
    refreshed()
    customer.churned_on = NOW.date() + timedelta(days=2)
    customer.save()
    Arrival.objects.create(contact_ids=[customer.contact_id], due_at=NOW)
    refreshed()
    assert score_of(customer).next_change_at == ago(-1.5) + timedelta(microseconds=1)
    refreshed(NOW + timedelta(days=2))
    assert not Score.objects.exists()
    assert len(history_of(customer)) == 1
    assert refreshed(NOW + timedelta(days=3)).customers == 0


def test_who_begins_is_scored_on_that_day() -> None:
    customer = make_customer(since=NOW.date() + timedelta(days=1))
    assert refreshed().customers == 0
    assert refreshed(NOW + timedelta(days=1)).customers == 1
    assert score_of(customer).total == 0


def test_who_has_neither_a_first_day_nor_events_is_not_scored() -> None:
    customer = make_customer(since=None)
    Arrival.objects.create(contact_ids=[customer.contact_id], due_at=NOW)
    refreshed()
    assert not Score.objects.exists()
    did(customer, "visit_logged", 20)
    refreshed()
    assert score_of(customer).recency == 15


def test_news_of_people_who_are_no_customers_is_taken_away() -> None:
    contacts.record_event(contact=contacts.create_contact(name="Ada"), name="visit_logged", occurred_at=ago(1))
    Arrival.objects.update(due_at=NOW)
    assert refreshed() == services.Refreshed()
    assert not Arrival.objects.exists()


def test_it_goes_in_bites_and_says_whether_there_is_more() -> None:
    customers = [make_customer(since=None) for _ in range(5)]
    for customer in customers:
        did(customer, "visit_logged", 1)
    assert [refreshed(limit=2).more for _ in range(3)] == [True, True, False]
    assert Score.objects.count() == 5
    assert refreshed(limit=2) == services.Refreshed()
    for customer in customers:
        did(customer, "payment_failed", 1)
    assert services.refresh_all_due(now=NOW).changed == 5


def test_an_older_moment_never_replaces_a_newer_score() -> None:
    active(make_customer())
    refreshed()
    before = everything()
    services.rescore_all(now=ago(60), cause=ChangeCause.REFRESH)
    assert everything() == before


def test_news_is_not_lost_on_whoever_comes_late() -> None:
    """A refresh that had to wait finds a score of a later moment than its own. It must not drop the news unread."""
    customer = active(make_customer())
    refreshed()
    did(customer, "payment_failed", 70)
    did(customer, "nps_submitted", 1, score=3)
    refreshed(ago(0, minutes=5))
    assert (score_of(customer).support, score_of(customer).as_of) == (5, NOW)


def test_a_full_rescore_changes_nothing_when_all_is_fresh() -> None:
    for _ in range(3):
        active(make_customer())
    make_customer()
    refreshed()
    before = everything()
    assert rescored() == services.Rescored(customers=4)
    assert everything() == before


def test_the_nightly_check_corrects_and_reports_what_was_not_refreshed(caplog: pytest.LogCaptureFixture) -> None:
    wrong, right = active(make_customer()), active(make_customer())
    refreshed()
    Score.objects.filter(customer=wrong).update(total=80, recency=80, raw_band="high", band="high")
    found = services.nightly_check(now=NOW + timedelta(hours=1))
    assert (found.customers, found.differing) == (2, (wrong.pk,))
    assert (score_of(wrong).total, score_of(wrong).band, score_of(right).total) == (0, "low", 0)
    assert history_of(wrong)[-1].cause == "check"
    entry = AuditEntry.objects.get(action="retention.nightly_check")
    assert entry.detail == {"customers": 2, "differing": 1, "changed": 1, "customer_ids": [wrong.pk]}
    assert str(wrong.pk) in caplog.text
    assert services.nightly_check(now=NOW + timedelta(hours=1)).differing == ()


def test_the_number_of_queries_does_not_grow_with_the_customers() -> None:
    def queries(deed: Any) -> int:
        with CaptureQueriesContext(
            connection,
        ) as captured:
            deed()
        return len(captured)

    def customers(number: int) -> None:
        for _ in range(number):
            did(make_customer(), "visit_logged", 20)

    customers(1)
    one, full = queries(refreshed), queries(rescored)
    customers(12)
    assert (queries(refreshed), queries(rescored)) == (one, full)
    assert Score.objects.count() == ScoreChange.objects.count() == Customer.objects.count() == 13
