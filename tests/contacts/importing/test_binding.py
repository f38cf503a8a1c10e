"""Whose events are whose: what importing contacts and customers does to ids and to events that waited."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from contacts import services
from contacts.event_imports import EVENTS
from contacts.importing.describe import Importer
from contacts.imports import CONTACTS
from contacts.models import Arrival, Contact, Event, Identity
from contacts.services.identities import identify
from contacts.services.merging import merge
from contacts.states import IdentityKind, MergeKey
from retention.imports import CUSTOMERS
from retention.models import Customer
from tests.contacts.files import NOW, bring, counts, table
from tests.factories import make_user

pytestmark = pytest.mark.django_db

#: Of an import of customers of any size, with those that make and drop temporary tables.
STATEMENTS = 88


def event(customer: str, at: str = "2026-03-01") -> dict[str, str]:
    return {"customer": customer, "name": "visit_logged", "occurred_at": at}


def owners(kind: str) -> dict[str, str]:
    """Whose each id of this kind is, by the name of the contact."""
    found = Identity.objects.filter(kind=kind).values_list("value", "contact__name")
    return {value: name or "" for value, name in found}


def arrived() -> set[int]:
    return {pk for ids in Arrival.objects.values_list("contact_ids", flat=True) for pk in ids}


@pytest.mark.parametrize("importer", [CUSTOMERS, CONTACTS])
def test_events_that_waited_belong_to_whoever_is_imported(importer: Importer) -> None:
    Identity.objects.create(kind=IdentityKind.USER, value="A")
    bring(EVENTS, table(event("A"), event("A", "2026-03-05"), event("B")))
    text = table({"external_id": "A", "name": "Ada"})
    assert counts(bring(importer, text)) == (1, 0, 0, 0)
    ada = Contact.objects.get(name="Ada")
    if importer is CONTACTS:
        # Whoever sends events by the id of a contact means that contact, as soon as one does.
        bring(EVENTS, table(event("A", "2026-03-06")))
    assert set(Event.objects.filter(identity__value="A").values_list("contact", flat=True)) == {ada.pk}
    assert Event.objects.get(identity__value="B").contact is None
    assert owners(IdentityKind.USER) == {"A": "Ada"}
    assert arrived() == {ada.pk}
    assert Arrival.objects.filter(due_at__gt=NOW + timedelta(days=2)).exists()
    before = Arrival.objects.count()
    assert counts(bring(importer, text)) == (0, 0, 1, 0)
    assert Arrival.objects.count() == before


def test_a_customer_without_events_is_announced_too() -> None:
    bring(CUSTOMERS, table({"external_id": "A", "name": "Ada"}))
    assert arrived() == {Contact.objects.get().pk}
    assert owners(IdentityKind.CUSTOMER) == {"A": "Ada"}


def test_events_follow_a_customer_to_another_contact() -> None:
    shared = {"name": "Both", "email": "both@one.example"}
    bring(CUSTOMERS, table({"external_id": "A"} | shared, {"external_id": "B"} | shared))
    Identity.objects.filter(kind=IdentityKind.USER).delete()
    Identity.objects.create(kind=IdentityKind.USER, value="A", contact=Contact.objects.get())
    bring(EVENTS, table(event("A"), event("B")))
    Arrival.objects.all().delete()
    bring(CUSTOMERS, table({"external_id": "A", "name": "Ada", "email": "ada@one.example"}))
    assert dict(Event.objects.values_list("identity__value", "contact__name")) == {"A": "Ada", "B": "Both"}
    assert owners(IdentityKind.CUSTOMER) == {"A": "Ada", "B": "Both"}
    assert owners(IdentityKind.USER) == {"A": "Ada"}
    assert arrived() == set(Contact.objects.values_list("pk", flat=True))


def test_a_user_who_is_somebody_elses_stays_theirs() -> None:
    other = services.create_contact(name="Other", external_id="A")
    bring(CUSTOMERS, table({"external_id": "A", "name": "Ada", "email": "ada@one.example"}))
    assert Customer.objects.get().contact != other
    assert owners(IdentityKind.USER) == {"A": "Other"}
    assert owners(IdentityKind.CUSTOMER) == {"A": "Ada"}


@pytest.mark.parametrize(
    ("traits", "row", "same"),
    [
        ({}, {"email": "ada@one.example"}, True),
        ({}, {}, True),
        ({"email": "ada@home.example"}, {}, True),
        ({"email": "ada@home.example"}, {"email": "ada@home.example"}, True),
        ({"email": "ada@home.example"}, {"email": "ada@one.example"}, False),
    ],
)
def test_a_new_customer_is_the_user_of_the_same_id_unless_addresses_differ(
    traits: dict[str, str], row: dict[str, str], same: bool
) -> None:
    user = identify(user_id="A", anonymous_id="", traits={"name": "Ada"} | traits, at=NOW, now=NOW)
    assert user is not None
    bring(CUSTOMERS, table({"external_id": "A", "name": "Ada Lovelace"} | row))
    assert (Customer.objects.get().contact == user) is same
    assert Contact.objects.count() == (1 if same else 2)


def test_a_new_customer_with_the_address_of_somebody_is_somebody() -> None:
    identify(user_id="A", anonymous_id="", traits={"name": "Ada"}, at=NOW, now=NOW)
    known = services.create_contact(name="Known", email="ada@one.example")
    bring(CUSTOMERS, table({"external_id": "A", "name": "Ada", "email": "ada@one.example"}))
    assert Customer.objects.get().contact == known


@pytest.mark.parametrize("importer", [CUSTOMERS, CONTACTS])
def test_rows_are_about_the_contact_that_others_became_part_of(importer: Importer) -> None:
    names = ["Last", "Middle", "First"]
    last, middle, first = (
        services.create_contact(name=name, email="one@one.example", external_id=f"id {name}") for name in names
    )
    for survivor, merged in ((middle, first), (last, middle)):
        merge(survivor=survivor, merged=merged, key=MergeKey.PERSON, reason="same", by=make_user(), at=NOW)
    row = {"external_id": "id First", "email": "one@one.example", "name": "New name"}
    bring(importer, table(row))
    assert dict(Contact.objects.values_list("external_id", "name")) == {
        "id Last": "New name",
        "id Middle": "Middle",
        "id First": "First",
    }
    if importer is CUSTOMERS:
        assert Customer.objects.get().contact == last
    assert counts(bring(importer, table(row))) == (0, 0, 1, 0)


def test_a_contact_made_by_hand_gets_the_events_that_waited() -> None:
    identity = Identity.objects.create(kind=IdentityKind.USER, value="A")
    waiting = services.record_event(contact=services.create_contact(name="x"), name="odd", occurred_at=NOW)
    Event.objects.filter(pk=waiting.pk).update(contact=None, identity=identity)
    made = services.create_contact(name="Ada", external_id="A")
    waiting.refresh_from_db()
    assert waiting.contact == made
    assert made.pk in arrived()


@pytest.mark.parametrize("number", [1, 300])
def test_statements_do_not_grow_with_the_file(number: int) -> None:
    bring(EVENTS, table(*(event(f"C{n}") for n in range(number))))
    text = table(*({"external_id": f"C{n}", "name": "x", "email": f"c{n}@one.example"} for n in range(number)))
    with CaptureQueriesContext(connection) as queries:
        bring(CUSTOMERS, text)
    assert len(queries) == STATEMENTS
    assert not Event.objects.filter(contact=None).exists()
