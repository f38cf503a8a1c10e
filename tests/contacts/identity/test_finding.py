"""From ids to contacts: in sets, in the right order, and what waited follows."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from contacts.models import Arrival, Contact, Event, Identity
from contacts.services import record_event
from contacts.services.identities import bind, bind_linked, identities_of
from contacts.services.merging import merge
from contacts.states import MergeKey
from tests.contacts.identity.people import LATER, NOW, known_as, person

pytestmark = pytest.mark.django_db


def waiting(identity: Identity) -> Event:
    """An event of somebody nobody knows."""
    event = record_event(contact=person("A stand-in"), name="Visit", occurred_at=NOW, identity=identity)
    Event.objects.filter(pk=event.pk).update(contact=None)
    return event


def filed_as(external_id: str) -> Contact:
    """A contact from a time in which external ids were no identities yet."""
    contact = person()
    Contact.objects.filter(pk=contact.pk).update(external_id=external_id)
    return contact


def test_new_ids_get_a_row_and_nobody() -> None:
    pairs = {("user", "u1"), ("anonymous", "a1"), ("customer", "c1")}
    found = identities_of(pairs)
    assert found.keys() == pairs
    assert {contact for _identity, contact in found.values()} == {None}
    assert identities_of(pairs) == found
    assert Identity.objects.count() == 3
    assert not Contact.objects.exists()


def test_the_same_text_in_two_worlds_is_two_ids() -> None:
    known_as(person(), "anonymous", "1")
    assert identities_of([("user", "1")])[("user", "1")][1] is None


def test_a_user_is_the_customer_of_that_id_before_the_contact_of_that_id() -> None:
    customer, filed, person_of_file = person("Customer"), filed_as("both"), filed_as("x1")
    known_as(customer, "customer", "both")
    found = identities_of([("user", "both"), ("user", "x1")])
    assert found["user", "both"][1] == customer.pk
    assert found["user", "x1"][1] == person_of_file.pk
    assert Identity.objects.get(kind="user", value="both").contact == customer
    assert filed.identities.count() == 0


def test_a_customer_nobody_imported_is_read_as_the_user_and_stays_open() -> None:
    contact = person()
    known_as(contact, "user", "7")
    assert identities_of([("customer", "7")])[("customer", "7")][1] == contact.pk
    assert Identity.objects.get(kind="customer", value="7").contact is None


def test_an_id_of_a_merged_contact_leads_to_who_remains() -> None:
    stays, goes = person(external_id="x1"), person(external_id="x2")
    merge(survivor=stays, merged=goes, key=MergeKey.ALIAS, at=LATER)
    assert identities_of([("user", "x2")])[("user", "x2")][1] == stays.pk


def test_events_that_waited_follow_once_their_user_is_found() -> None:
    event = waiting(known_as(None, "user", "x1"))
    contact = filed_as("x1")
    Arrival.objects.all().delete()
    identities_of([("user", "x1")])
    event.refresh_from_db()
    assert event.contact == contact
    assert Arrival.objects.get().contact_ids == [contact.pk]


def test_binding_takes_what_waited_and_leaves_what_is_somebodys() -> None:
    free, taken = known_as(None, "anonymous", "a1"), known_as(person(), "anonymous", "a2")
    event = waiting(free)
    contact = person()
    assert bind(identity_ids=[free.pk, taken.pk], contact=contact, now=NOW) == 1
    assert bind(identity_ids=[free.pk], contact=person(), now=NOW) == 0
    event.refresh_from_db()
    taken.refresh_from_db()
    assert event.contact == contact
    assert taken.contact != contact


def test_binding_to_a_merged_contact_binds_to_who_remains() -> None:
    stays, goes, free = person(), person(), known_as(None, "anonymous", "a1")
    merge(survivor=stays, merged=goes, key=MergeKey.ALIAS, at=LATER)
    bind(identity_ids=[free.pk], contact=goes, now=NOW)
    free.refresh_from_db()
    assert free.contact == stays


@pytest.mark.parametrize("first_known", [0, 1, 2])
def test_linked_ids_are_bound_together(first_known: int) -> None:
    ids = [known_as(None, "anonymous", f"a{number}") for number in range(3)]
    Identity.objects.filter(pk=ids[0].pk).update(same_as=ids[1])
    Identity.objects.filter(pk=ids[2].pk).update(same_as=ids[1])
    contact = person()
    bind(identity_ids=[ids[first_known].pk], contact=contact, now=NOW)
    assert contact.identities.count() == 3


def test_linked_ids_follow_one_that_a_file_bound() -> None:
    contact = person()
    known = known_as(contact, "user", "u1")
    linked = known_as(None, "anonymous", "a1")
    Identity.objects.filter(pk=linked.pk).update(same_as=known)
    event = waiting(linked)
    assert bind_linked(now=NOW) == 1
    assert bind_linked(now=NOW) == 0
    event.refresh_from_db()
    assert event.contact == contact


def test_a_thousand_ids_take_as_many_queries_as_one() -> None:
    def queries(tag: str, number: int) -> int:
        for one in range(number):
            filed_as(f"{tag}-x{one}")
        pairs = [(kind, f"{tag}-x{one}") for kind in ("user", "customer", "anonymous") for one in range(number)]
        with CaptureQueriesContext(connection) as asked:
            identities_of(pairs)
        assert Identity.objects.filter(kind="user", value__startswith=tag, contact__isnull=False).count() == number
        return len(asked)

    assert queries("one", 1) == queries("many", 40)
