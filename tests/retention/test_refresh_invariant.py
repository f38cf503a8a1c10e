"""Whatever happened, in whatever order: scores refreshed bite by bite are those of a full rescore, in every column."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from contacts import services as contacts
from contacts.models import Arrival, Contact, Event
from contacts.services.merging import merge
from contacts.states import MergeKey
from retention import services
from retention.models import Customer, Score, ScoreChange
from tests.retention.making import NOW, draft, everything, make_customer, rescored

pytestmark = pytest.mark.django_db

WHO = 3
NAMES: dict[str, dict[str, Any]] = {
    "visit_logged": {},
    "purchase_made": {},
    "booking_missed": {},
    "payment_failed": {},
    "payment_succeeded": {},
    "subscription_paused": {},
    "email_sent": {},
    "email_opened": {},
    "nps_submitted": {"score": 4},
    "support_ticket_created": {"severity": "high", "ticket_id": "t1"},
    "support_ticket_resolved": {"ticket_id": "t1"},
}

_who = st.integers(0, WHO - 1)
_steps = st.lists(
    st.one_of(
        # Several events of one name, so many days ago, some hours apart; a negative number is still to come.
        st.tuples(st.just("event"), _who, st.sampled_from(sorted(NAMES)), st.integers(-3, 130), st.integers(1, 12)),
        st.tuples(st.just("clock"), st.sampled_from([1, 11, 12, 13, 24 * 7, 24 * 15, 24 * 31])),
        st.tuples(st.just("refresh"), st.integers(1, 4)),
        st.tuples(st.just("merge"), _who, _who),
        st.tuples(st.just("churn"), _who, st.integers(0, 20)),
        st.tuples(st.just("publish"), st.sampled_from(["0.5", "1.5", "2"]), st.integers(20, 60)),
    ),
    min_size=4,
    max_size=14,
)


class World:
    """Three customers and a clock that only goes on."""

    def __init__(self) -> None:
        self.now: datetime = NOW
        self.customers = [make_customer(since=date(2025, 1, 1) if one else None) for one in range(WHO)]

    def event(self, who: int, name: str, days: int, times: int) -> None:
        contact = Customer.objects.get(pk=self.customers[who].pk).contact
        for one in range(times):
            at = self.now - timedelta(days=days, hours=7 * one)
            contacts.record_event(contact=contact, name=name, occurred_at=at, properties=NAMES[name])
            # The clock of this world is not the one that news is stamped with.
            Arrival.objects.filter(due_at__gt=self.now).update(due_at=max(self.now, at))

    def clock(self, hours: int) -> None:
        self.now += timedelta(hours=hours)

    def refresh(self, limit: int) -> None:
        services.refresh(now=self.now, limit=limit)

    def merge(self, survivor: int, merged: int) -> None:
        """What a merge is to scores: events and customers of one contact are the other's from now on."""
        first, second = (Customer.objects.get(pk=self.customers[one].pk).contact for one in (survivor, merged))
        if first == second:
            return
        Event.objects.filter(contact=second).update(contact=first)
        Customer.objects.filter(contact=second).update(contact=first)
        Arrival.objects.create(contact_ids=[first.pk, second.pk], due_at=self.now)

    def churn(self, who: int, days: int) -> None:
        customer = Customer.objects.get(pk=self.customers[who].pk)
        Customer.objects.filter(pk=customer.pk).update(churned_on=self.now.date() + timedelta(days=days))
        Arrival.objects.create(contact_ids=[customer.contact_id], due_at=self.now)

    def publish(self, sensitivity: str, medium: int) -> None:
        services.publish(
            version=draft(recency_sensitivity=sensitivity, medium_from=medium), reason="Try.", by=None, now=self.now
        )


@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(_steps)
def test_refreshed_scores_are_those_of_a_full_rescore(steps: list[tuple[Any, ...]]) -> None:
    with transaction.atomic():
        world = World()
        for deed, *told in steps:
            act: Callable[..., None] = getattr(world, deed)
            act(*told)
        assert not services.refresh_all_due(now=world.now).more
        before = everything()
        assert rescored(world.now).differing == ()
        assert everything() == before
        # And from nothing: all but what remembers the past is the same.
        waiting = {one["customer_id"] for one in before if one["band"] != one["raw_band"]}
        Score.objects.all().delete()
        rescored(world.now)
        assert [_without_past(one, waiting) for one in everything()] == [_without_past(one, waiting) for one in before]
        # The history leads from nothing to what is stored, without a gap.
        for customer in world.customers:
            total: int | None = None
            for change in ScoreChange.objects.filter(customer=customer).order_by("at", "id"):
                if change.cause != "first":
                    assert change.total_before == total
                    parts = change.by_behaviour + change.by_configuration + change.by_missing
                    assert parts == change.total_after - (change.total_before or 0)
                total = change.total_after
        transaction.set_rollback(True)


def _without_past(row: dict[str, Any], waiting: set[int]) -> dict[str, Any]:
    """What the guard keeps in mind aside. A rise that waits also comes due earlier than anything else."""
    past = {"band", "band_since", "above_medium_since", "above_high_since"}
    if row["customer_id"] in waiting:
        past.add("next_change_at")
    return {name: value for name, value in row.items() if name not in past}


def test_the_events_of_a_merged_contact_count_for_the_survivor() -> None:
    """The same through the service that merges, once, so that the world above does not drift from it."""
    world = World()
    world.event(1, "payment_failed", 1, 1)
    world.refresh(10)
    first, second = (one.contact for one in world.customers[1:])
    merge(survivor=second, merged=first, key=MergeKey.ALIAS, at=world.now)
    Arrival.objects.update(due_at=world.now)
    services.refresh_all_due(now=world.now)
    assert Contact.objects.get(pk=first.pk).merged_into_id == second.pk
    assert set(Score.objects.filter(customer__contact=second).values_list("payment", flat=True)) == {25}
    assert rescored(world.now).differing == ()
