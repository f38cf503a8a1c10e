"""People and customers that the tests of the pages begin with."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from contacts import services as contacts
from retention.models import Customer, CustomerValue, ScoreTrial, ScoreVersion
from retention.services import trials
from retention.states import TrialStatus
from staff.models import User
from tests.retention.making import NOW, did, make_customer

HTMX = {"HX-Request": "true"}


def signed_in(client: Client, user: User) -> Client:
    client.force_login(user)
    return client


def queries(client: Client, address: str) -> int:
    """How many queries a page takes."""
    with CaptureQueriesContext(connection) as counted:
        assert client.get(address).status_code == 200
    return len(counted)


def named(name: str, **fields: Any) -> Customer:
    """A customer with this name."""
    return make_customer(contact=contacts.create_contact(name=name, external_id=f"{name}-id"), **fields)


def quiet(name: str = "Marta Lind", **fields: Any) -> Customer:
    """Came often until 40 days ago, and a payment failed three days ago: 30 + 25 + 25 points."""
    customer = named(name, **fields)
    did(customer, "visit_logged", *range(40, 120, 3))
    did(customer, "payment_failed", 3)
    return customer


def quiet_for(days: float, **fields: Any) -> Customer:
    """Came for the last time so many days ago, and before that as rarely: only the silence gives points."""
    customer = make_customer(**fields)
    did(customer, "visit_logged", days, days + 40, days + 50, days + 60, days + 70)
    return customer


def ran(version: ScoreVersion, by: User) -> ScoreTrial:
    """A what-if of this version, worked out."""
    trial = trials.request_what_if(version=version, by=by, now=NOW)
    trials.run_trial(trial.pk, clock=lambda: NOW)
    trial.refresh_from_db()
    assert trial.status == TrialStatus.DONE, trial.problem
    return trial


def worth(customer: Customer, *, tier: str = "high", clv: Decimal = Decimal(5000)) -> CustomerValue:
    """What the customer was worth this month."""
    return CustomerValue.objects.create(
        customer=customer,
        month=date(2026, 5, 1),
        monthly_revenue=Decimal(129),
        clv=clv,
        currency="EUR",
        tier=tier,
        months=14,
        computed_at=NOW,
    )
