"""The SQL, the rules in Python and scoring.md read aloud agree on every component of every customer."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection, transaction

from contacts.models import Event, EventName, Identity
from contacts.states import IdentityKind
from retention.models import Customer
from retention.rules.model import Knobs, ModelRules
from retention.rules.score import is_scored, score
from retention.scoring import compute, published
from retention.scoring.computing import selects
from tests.retention.filling import clear, fill, histories
from tests.retention.plain_reading import ORDER, Row
from tests.retention.plain_reading import score as read_aloud
from tests.retention.worlds import AT, Person, world

pytestmark = [pytest.mark.django_db, pytest.mark.trial]
KNOBS = [
    (Decimal("1"), Decimal("1"), Decimal("1")),
    (Decimal("0.5"), Decimal("2"), Decimal("0.5")),
    (Decimal("2"), Decimal("0.7"), Decimal("1.5")),
    (Decimal("1.35"), Decimal("0.5"), Decimal("2")),
]


def at_risk() -> ModelRules:
    return next(one for one in published() if one.name == "at-risk-v1")


def rows(**options: Any) -> dict[str, tuple[Any, ...]]:
    """external id → the whole row that the SQL gives"""
    with transaction.atomic(), connection.cursor() as cursor:
        compute(**options)
        cursor.execute(
            "SELECT c.external_id, s.total, s.band, s.recency, s.frequency, s.payment, s.engagement, s.support,"
            " s.reasons, s.missing, s.next_change_at FROM scored s JOIN retention_customer c ON c.id = s.customer_id"
        )
        found = {row[0]: (*row[1:8], tuple(row[8]), *row[9:]) for row in cursor.fetchall()}
        cursor.execute("DROP TABLE scored")
    return found


def expected(people: list[Person], knobs: tuple[Decimal, Decimal, Decimal]) -> dict[str, Row]:
    s, w, m = knobs
    read = {one.key: read_aloud(one.events, one.since, one.churned_on, AT, s=s, w=w, m=m) for one in people}
    return {key: row for key, row in read.items() if row is not None}


@pytest.mark.parametrize("batch", [0, *(pytest.param(batch, marks=pytest.mark.trial) for batch in range(1, 10))])
def test_sql_gives_what_the_document_says(batch: int) -> None:
    """50 worlds of 500 customers, each with one of four settings of the knobs; most of them among the trials."""
    rules = at_risk()
    for seed in range(batch * 5, batch * 5 + 5):
        knobs = KNOBS[seed % len(KNOBS)]
        people = world(seed, 500)
        fill(people)
        found = rows(at=AT, everyone_by=replace(rules, knobs=Knobs(*knobs)), with_next=bool(seed % 2))
        wanted = expected(people, knobs)
        assert found.keys() == wanted.keys()
        for key, row in wanted.items():
            assert found[key][:8] == tuple(row), (seed, key)
        clear()


def test_every_reason_occurs_in_these_worlds() -> None:
    """Else the worlds would not have tested it."""
    seen: set[str] = set()
    for seed in range(3):
        for row in expected(world(seed, 500), KNOBS[0]).values():
            seen.update(row.reasons)
    assert seen == set(ORDER)


@pytest.mark.parametrize("name", ["at-risk-v1", "infrequent-v1"])
def test_sql_gives_what_the_rules_say(name: str) -> None:
    """The reading in Python, which explains scores to people, is the same for every model."""
    rules = next(one for one in published() if one.name == name)
    for seed, sensitivity in ((101, "1"), (102, "0.8"), (103, "1.7")):
        rules = replace(rules, knobs=Knobs(Decimal(sensitivity), Decimal("1.1"), Decimal("0.9")))
        people = world(seed, 300)
        fill(people)
        found = rows(at=AT, everyone_by=rules)
        for key, history in histories(one.key for one in people).items():
            customer = Customer.objects.get(external_id=key)
            if not is_scored(customer.since, customer.churned_on, history.first(AT), AT):
                assert key not in found
                continue
            said = score(history, rules, AT)
            assert found[key][:9] == (
                said.total, said.band, *said.points.values(), said.reasons, said.missing
            ), (seed, key)  # fmt: skip
        clear()


@pytest.mark.parametrize("name", ["at-risk-v1", "infrequent-v1"])
def test_nothing_changes_before_it_is_said_to(name: str) -> None:
    """Between a score and its next change, time alone changes nothing, to the microsecond before it."""
    rules = next(one for one in published() if one.name == name)
    fill(world(7, 150))
    found = rows(at=AT, everyone_by=rules)
    customers = dict(Customer.objects.values_list("external_id", "pk"))
    for key, row in sorted(found.items())[:60]:
        until = row[-1]
        later = AT + timedelta(days=400) if until is None else until - timedelta(microseconds=1)
        events = histories([key])[key]
        ahead = min((one.occurred_at for one in events.happenings if one.occurred_at > AT), default=None)
        if ahead is not None and ahead <= later:
            later = ahead - timedelta(microseconds=1)  # what lies in the future is an arrival of its own
        assert until is None or until > AT
        again = rows(at=later, everyone_by=rules, customer_ids=[customers[key]])
        assert again.get(key, (None,))[:9] == row[:9], key


def test_customers_who_share_a_contact_share_no_events_that_name_one_of_them() -> None:
    people = world(1, 3)
    fill([one._replace(events=(), since=AT.date() - timedelta(days=200), churned_on=None) for one in people])
    first, second, third = Customer.objects.order_by("pk")
    Customer.objects.filter(pk=second.pk).update(contact=first.contact)
    of_first = Identity.objects.create(kind=IdentityKind.CUSTOMER, value=first.external_id, contact=first.contact)
    name = EventName.objects.get(key="visit_logged")
    Event.objects.create(contact=first.contact, identity=of_first, name=name, kind=name.kind or 0, occurred_at=AT)
    found = rows(at=AT)
    assert found[first.external_id][2] == 0
    assert found[second.external_id][2] == found[third.external_id][2] == 30
    Event.objects.create(contact=first.contact, identity=None, name=name, kind=name.kind or 0, occurred_at=AT)
    assert rows(at=AT)[second.external_id][2] == 0


def test_events_are_read_from_indexes_alone() -> None:
    """The plan, not the time: one range of a covering index for each customer, and never the table."""
    fill(world(3, 200))
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE contacts_event")
        cursor.execute("ANALYZE retention_customer")
        cursor.execute("SET LOCAL enable_bitmapscan = off")
        cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute("EXPLAIN " + selects(published(), AT, "true", True))
        plan = [line for (line,) in cursor.fetchall() if "contacts_event " in line]
    assert plan
    assert [line.strip() for line in plan if "Index Only Scan" not in line] == []
