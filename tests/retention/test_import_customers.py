"""Customers from files, and what their contacts are told."""

from __future__ import annotations

import io
from datetime import date
from decimal import Decimal

import pytest

from contacts.exporting import columns
from contacts.importing.cells import SafeWriter
from contacts.models import Contact
from retention import exports
from retention.imports import CUSTOMERS
from retention.models import Customer
from tests.contacts.files import NOW, bring, counts, table

pytestmark = pytest.mark.django_db

ROW = {
    "external_id": "k1",
    "name": "Ada",
    "email": "ada@one.example",
    "account": "One",
    "since": "2025-01-01",
    "churned_on": "",
    "plan": "Team",
    "tier": "gold",
    "mrr": "49.9",
    "currency": "eur",
    "renewal_on": "2026-12-31",
    "owner": "Mo",
}


def test_a_customer_with_everything_and_a_second_time_unchanged() -> None:
    made = {"create_owners": True, "create_accounts": True}
    assert counts(bring(CUSTOMERS, table(ROW), **made)) == (1, 0, 0, 0)
    customer = Customer.objects.get()
    assert (customer.plan, customer.mrr, customer.currency) == ("Team", Decimal("49.90"), "EUR")
    assert customer.contact.customer_since == date(2025, 1, 1)
    assert customer.contact.account is not None
    assert counts(bring(CUSTOMERS, table(ROW), **made)) == (0, 0, 1, 0)
    assert counts(bring(CUSTOMERS, "external_id,churned_on\nk1,2026-01-01\n")) == (0, 1, 0, 0)
    customer.refresh_from_db()
    left = date(2026, 1, 1)
    assert (customer.churned_on, customer.contact.churned_on, customer.plan) == (left, left, "Team")


def test_without_a_start_a_customer_counts_from_the_import_on() -> None:
    bring(CUSTOMERS, "external_id\nk1\n")
    assert Contact.objects.get().customer_since == NOW.date()
    assert Customer.objects.get().since is None


def test_a_contact_with_two_customers_left_when_both_did() -> None:
    text = "external_id,email,since,churned_on\nk1,a@one.example,2024-01-01,2025-01-01\nk2,a@one.example,2025-06-01,\n"
    bring(CUSTOMERS, text)
    contact = Contact.objects.get()
    assert (contact.customer_since, contact.churned_on) == (date(2024, 1, 1), None)


@pytest.mark.parametrize(
    "text", ["external_id,since,churned_on\nk1,2025-01-01,2024-01-01\n", "external_id,churned_on\nk1,2024-01-01\n"]
)
def test_leaving_before_coming_is_refused(text: str) -> None:
    bring(CUSTOMERS, table(ROW))
    report = bring(CUSTOMERS, text)
    assert counts(report) == (0, 0, 0, 1)
    assert "before it came on 2025-01-01" in report.refusals[0][1]


def test_an_export_imports_unchanged() -> None:
    bring(CUSTOMERS, table(ROW | {"plan": "=1"}), create_owners=True, create_accounts=True)
    sink = io.StringIO()
    writer = SafeWriter(sink, columns(CUSTOMERS))
    for row in exports.customers():
        writer.write(row)
    assert "'=1" in sink.getvalue()
    assert counts(bring(CUSTOMERS, sink.getvalue())) == (0, 0, 1, 0)
