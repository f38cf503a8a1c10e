"""What customers are worth: a table worked out by hand, and SQL against the rules for any customers at all."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any
from uuid import uuid4

import pytest
from django.db import transaction
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from contacts.models import Contact, Event, EventName, Identity
from contacts.states import EventKind, IdentityKind
from retention import services, tasks
from retention.models import Customer, CustomerValue
from retention.rules.value import Known, Purchase, Worth, expected_months, months_of, tier_of, value
from retention.states import ValueTier
from tests.retention.making import make_customer

MONTH = date(2026, 5, 1)
AT = datetime(2026, 5, 1, tzinfo=UTC)
NOW = datetime(2026, 5, 13, 12, tzinfo=UTC)


def bought(amount: str, days_before: float, currency: str = "EUR") -> Purchase:
    return Purchase(Decimal(amount), currency, AT - timedelta(days=days_before))


# Rules


@pytest.mark.parametrize(
    ("since", "months"),
    [
        (None, 12),
        (date(2020, 1, 1), 12),
        (MONTH - timedelta(days=365), 12),
        (MONTH - timedelta(days=335), 12),
        (MONTH - timedelta(days=334), 11),
        (MONTH - timedelta(days=31), 2),
        (MONTH - timedelta(days=30), 1),
        (MONTH, 1),
        (MONTH + timedelta(days=9), 1),
    ],
)
def test_begun_months_of_the_year_before(since: date | None, months: int) -> None:
    assert months_of(since, MONTH) == months
    assert months_of(since, MONTH.replace(day=20)) == months


@pytest.mark.parametrize(
    ("customers", "left", "months"),
    [(0, 0, 2), (1, 0, 14), (100, 59, Fraction(1202, 60)), (100, 0, 36), (12, 3, Fraction(146, 4)), (11, 3, 33.5)],
)
def test_the_months_to_come(customers: int, left: int, months: float) -> None:
    """So many customers, each for the whole year. Two months and one departure are added; 36 is the most."""
    assert expected_months(customers * 365, left) == min(36, Fraction(months))


def test_tiers_by_rank() -> None:
    one_by_one = [tier_of(above, 1, 10) for above in range(10)]
    assert one_by_one == ["high"] * 2 + ["middle"] * 3 + ["low"] * 5
    assert tier_of(0, 1, 1) == ValueTier.HIGH
    assert [tier_of(above, 1, 2) for above in range(2)] == ["high", "low"]


def test_equal_values_share_the_tier_their_middle_is_in() -> None:
    assert tier_of(0, 10, 10) == ValueTier.MIDDLE, "one price for all makes nobody special"
    assert tier_of(0, 3, 10) == ValueTier.HIGH
    assert tier_of(0, 5, 10) == ValueTier.MIDDLE
    assert tier_of(2, 8, 10) == ValueTier.LOW


@pytest.mark.parametrize(
    ("known", "monthly", "months", "currency"),
    [
        ({"mrr": Decimal("49.90"), "currency": "EUR"}, "49.90", 12, "EUR"),
        ({"mrr": Decimal(0), "purchases": [bought("120", 10)], "currency": "EUR"}, "0.00", 12, "EUR"),
        ({"purchases": [bought("120", 10), bought("60", 365)]}, "15.00", 12, "EUR"),
        ({"purchases": [bought("120", 10), bought("60", 365.001)]}, "10.00", 12, "EUR"),
        ({"purchases": [bought("120", 10), bought("60", 0)]}, "10.00", 12, "EUR"),
        ({"purchases": [bought("100", 10)], "since": date(2026, 3, 1)}, "33.33", 3, "EUR"),
        ({"purchases": [bought("0.06", 10), bought("0.06", 11)]}, "0.01", 12, "EUR"),
        ({"purchases": [bought("0.03", 10), bought("0.03", 11)]}, "0.01", 12, "EUR"),
        ({"purchases": [bought("10", 10, "USD"), bought("24", 9)], "currency": "EUR"}, "2.00", 12, "EUR"),
        ({"purchases": [bought("24", 10, ""), bought("24", 9)], "currency": "EUR"}, "4.00", 12, "EUR"),
        ({"purchases": [bought("12", 1, "USD"), bought("12", 2, "USD"), bought("99", 3)]}, "2.00", 12, "USD"),
        ({"purchases": [bought("12", 1, "USD"), bought("24", 3)]}, "2.00", 12, "EUR"),
        ({"purchases": [bought("-5", 10)]}, "0.00", 12, "EUR"),
        ({"since": None, "purchases": [bought("30", 40)]}, "15.00", 2, "EUR"),
        ({"since": None}, "0.00", 12, ""),
    ],
)
def test_monthly_revenue(known: dict[str, Any], monthly: str, months: int, currency: str) -> None:
    found = value([Known(1, **{"since": date(2020, 1, 1), **known})], MONTH).worth[1]
    assert (found.monthly_revenue, found.months, found.currency) == (Decimal(monthly), months, currency)


def test_a_plan_of_its_own_from_twenty_customers_on() -> None:
    """Twenty in one plan, ten of whom left on the last day; nobody left the other plan."""

    def customer(number: int, plan: str, left: date | None = None) -> Known:
        return Known(number, date(2020, 1, 1), left, plan, Decimal(10), "EUR")

    leaving = [customer(number, "Month", MONTH if number < 10 else None) for number in range(20)]
    loyal = [customer(100 + number, "Year") for number in range(19)]
    found = value([*leaving, *loyal], MONTH).worth
    assert set(found) == {*range(10, 20), *range(100, 119)}, "who has left is worth nothing to us any more"
    assert found[10].clv == Decimal("220.00")  # (20 × 12 + 2) ÷ 11 = 22 months
    assert found[100].clv == Decimal("360.00")  # 19 are too few, so all: (39 × 12 + 2) ÷ 11, at most 36
    worse = value([customer(number, "Month", MONTH) for number in range(19)] + loyal, MONTH).worth
    assert worse[100].clv == Decimal("229.00")  # (38 × 12 + 2) ÷ 20 = 22.9 months


# SQL

NONE = timedelta()
AMOUNTS = st.decimals(min_value=-20, max_value=500, places=2)
PURCHASES = st.lists(
    st.tuples(
        AMOUNTS,
        st.sampled_from(["", "EUR", "EUR", "USD"]),
        st.sampled_from([0, 364, 365, 366]) | st.integers(-5, 800),
        st.sampled_from([timedelta(), timedelta(microseconds=1), timedelta(hours=13)]),
    ),
    max_size=6,
)
CUSTOMERS = st.lists(
    st.tuples(
        st.none() | st.integers(-20, 800),
        st.none() | st.integers(-20, 500),
        st.sampled_from(["", "Month", "Month", "Year"]),
        st.none() | st.none() | st.decimals(min_value=0, max_value=90, places=2),
        st.sampled_from(["", "EUR", "EUR", "USD"]),
        PURCHASES,
        st.integers(1, 9),
    ),
    max_size=7,
)


def stored() -> dict[int, Worth]:
    return {
        one.customer_id: Worth(one.monthly_revenue, one.clv, one.currency, one.tier, one.months)
        for one in CustomerValue.objects.filter(month=MONTH)
    }


@pytest.mark.django_db
@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@example(
    [
        (
            None,
            None,
            "",
            None,
            "",
            [(Decimal(9), "USD", 3, NONE), (Decimal(9), "USD", 4, NONE), (Decimal(5), "EUR", 5, NONE)],
            1,
        ),
        (700, None, "", None, "", [(Decimal(9), "USD", 3, NONE), (Decimal(5), "EUR", 365, NONE)], 1),
        (700, None, "", None, "EUR", [(Decimal(24), "", 365, NONE), (Decimal(60), "EUR", 0, NONE)], 2),
        (700, None, "", None, "EUR", [(Decimal(24), "EUR", 365, timedelta(microseconds=1))], 2),
        (None, 10, "", None, "EUR", [(Decimal(24), "EUR", 3, NONE)], 1),
        (700, 0, "Month", Decimal(5), "EUR", [], 9),
        (700, None, "Month", Decimal(5), "EUR", [], 11),
        (365, None, "Year", Decimal(7), "EUR", [], 19),
    ]
)
@given(CUSTOMERS)
def test_sql_and_rules_agree_to_the_cent(drawn: list[Any]) -> None:
    """Each drawn customer several times over, so that plans get large enough and values are equal."""
    with transaction.atomic():
        name = EventName.objects.get_or_create(key="purchase_made", defaults={"kind": EventKind.PURCHASE_MADE})[0]
        known: list[Known] = []
        for since_ago, left_ago, plan, mrr, currency, drawn_purchases, times in drawn:
            since = None if since_ago is None else MONTH - timedelta(days=since_ago)
            left = None if left_ago is None else MONTH - timedelta(days=left_ago)
            if left is not None and since is not None:
                left = max(left, since)
            purchases = [
                Purchase(amount, of, AT - timedelta(days=days) - odd) for amount, of, days, odd in drawn_purchases
            ]
            contacts = Contact.objects.bulk_create(Contact(name="Somebody") for _ in range(times))
            customers = Customer.objects.bulk_create(
                Customer(
                    external_id=str(contact.pk), contact=contact, since=since, churned_on=left, plan=plan, mrr=mrr,
                    currency=currency,
                )
                for contact in contacts
            )  # fmt: skip
            Event.objects.bulk_create(
                Event(
                    contact=contact, name=name, kind=EventKind.PURCHASE_MADE, amount=one.amount,
                    currency=one.currency, occurred_at=one.occurred_at, message_id=uuid4(),
                )
                for contact in contacts
                for one in purchases
            )  # fmt: skip
            known += [Known(customer.pk, since, left, plan, mrr, currency, purchases) for customer in customers]
        found = services.recompute_values(month=MONTH, now=NOW)
        expected = value(known, MONTH)
        assert stored() == expected.worth
        assert (found.written, found.left_out) == (len(expected.worth), expected.left_out)
        assert services.recompute_values(month=MONTH, now=NOW).written == 0, "a second time changes nothing"
        transaction.set_rollback(True)


@pytest.mark.django_db
def test_what_has_changed_is_written_again_and_those_who_left_go() -> None:
    stays, goes = (make_customer(mrr=Decimal(10), currency="EUR") for _ in range(2))
    assert services.recompute_values(month=MONTH.replace(day=17), now=NOW).written == 2
    Customer.objects.filter(pk=goes.pk).update(churned_on=MONTH)
    Customer.objects.filter(pk=stays.pk).update(mrr=20)
    assert services.recompute_values(month=MONTH, now=NOW).written == 1
    assert {pk: one.monthly_revenue for pk, one in stored().items()} == {stays.pk: Decimal(20)}


@pytest.mark.django_db
def test_those_who_came_since_are_added_and_the_others_stay_as_they_were() -> None:
    old = make_customer(mrr=Decimal(10), currency="EUR")
    services.recompute_values(month=MONTH, now=NOW)
    Customer.objects.filter(pk=old.pk).update(mrr=99)
    new = make_customer(mrr=Decimal(10), currency="EUR", since=date(2026, 5, 10))
    assert services.recompute_values(month=MONTH, now=NOW, only_missing=True).written == 1
    assert {pk: one.monthly_revenue for pk, one in stored().items()} == {old.pk: Decimal(10), new.pk: Decimal(10)}
    assert services.recompute_values(month=MONTH, now=NOW, only_missing=True).written == 0


@pytest.mark.django_db
def test_purchases_of_another_customer_of_the_same_contact_are_not_counted_twice() -> None:
    one = make_customer()
    other = make_customer(contact=one.contact)
    identity = Identity.objects.create(kind=IdentityKind.CUSTOMER, value=other.external_id, contact=one.contact)
    name = EventName.objects.get_or_create(key="purchase_made", defaults={"kind": EventKind.PURCHASE_MADE})[0]
    Event.objects.create(
        contact=one.contact, identity=identity, name=name, kind=EventKind.PURCHASE_MADE, amount=120, currency="EUR",
        occurred_at=AT - timedelta(days=3),
    )  # fmt: skip
    services.recompute_values(month=MONTH, now=NOW)
    assert {pk: one.monthly_revenue for pk, one in stored().items()} == {one.pk: Decimal(0), other.pk: Decimal(10)}
    assert (stored()[one.pk].tier, stored()[other.pk].tier) == (ValueTier.NONE, ValueTier.HIGH)


@pytest.mark.django_db
def test_the_clock_values_everybody_of_this_month_once() -> None:
    make_customer(mrr=Decimal(10), currency="EUR")
    tasks.recompute_values()
    first = CustomerValue.objects.get()
    assert first.month == datetime.now(UTC).date().replace(day=1)
    tasks.recompute_values()
    assert CustomerValue.objects.get().computed_at == first.computed_at
