"""Files that still know two contacts where we know one."""

from __future__ import annotations

import pytest

from contacts.imports import CONTACTS
from contacts.models import Address, ConsentRecord, Contact
from contacts.services import suppress
from contacts.services.merging import merge, undo_merge
from contacts.states import MergeKey
from retention.imports import CUSTOMERS
from retention.models import Customer
from tests.contacts.files import bring, counts, table
from tests.contacts.identity.people import LATER, consents, refusals
from tests.factories import make_user

pytestmark = pytest.mark.django_db

ADA = {"external_id": "x1", "name": "Ada Byron", "email": "ada@one.example", "consent_email": "yes"}
ADA_TOO = {"external_id": "x2", "name": "Ada B.", "email": "ada@two.example", "consent_email": ""}


def two_become_one() -> tuple[Contact, Contact]:
    bring(CONTACTS, table(ADA, ADA_TOO))
    stays, goes = Contact.objects.get(external_id="x1"), Contact.objects.get(external_id="x2")
    merge(survivor=stays, merged=goes, key=MergeKey.ALIAS, at=LATER)
    return stays, goes


@pytest.mark.parametrize("rows", [(ADA, ADA_TOO), (ADA_TOO, ADA), (ADA_TOO,), (ADA,)])
def test_a_file_of_before_makes_nobody_anew(rows: tuple[dict[str, str], ...]) -> None:
    stays, goes = two_become_one()
    for _again in range(2):
        bring(CONTACTS, table(*rows), now=LATER)
    assert Contact.objects.count() == 2
    goes.refresh_from_db()
    assert (goes.merged_into, goes.external_id) == (stays, "x2")
    assert Contact.objects.get(pk=stays.pk).external_id == "x1"
    assert Address.objects.filter(contact=stays).count() == 2
    assert Address.objects.filter(contact=goes).count() == 0


def test_a_file_does_not_bring_back_the_yes_that_a_merge_ended() -> None:
    stays, _goes = two_become_one()
    assert consents(stays) == {}
    bring(CONTACTS, table(ADA), now=LATER)
    assert consents(stays) == {}
    bring(CONTACTS, table(ADA | {"consent_email": "no"}), now=LATER)
    assert consents(stays) == {"email": "no"}


def test_a_yes_nobody_knew_before_the_merge_counts() -> None:
    bring(CONTACTS, table(ADA | {"consent_email": ""}, ADA_TOO))
    stays = Contact.objects.get(external_id="x1")
    merge(survivor=stays, merged=Contact.objects.get(external_id="x2"), key=MergeKey.ALIAS, at=LATER)
    bring(CONTACTS, table(ADA), now=LATER)
    assert consents(stays) == {"email": "yes"}
    assert ConsentRecord.objects.get().merge is None


def test_an_undone_merge_leaves_each_row_its_contact() -> None:
    stays, goes = two_become_one()
    made = stays.merges.get()
    bring(CONTACTS, table(ADA, ADA_TOO), now=LATER)
    undo_merge(merge=made, by=make_user("SDR manager"), at=LATER)
    report = bring(CONTACTS, table(ADA, ADA_TOO), now=LATER)
    assert counts(report) == (0, 0, 2, 0)
    assert Address.objects.get(contact=goes, is_primary=True).value == "ada@two.example"


def test_a_customer_whose_contact_moved_stays_with_who_remains() -> None:
    row = {"external_id": "c1", "email": "ada@two.example", "since": "2025-01-01"}
    bring(CONTACTS, table(ADA))
    bring(CUSTOMERS, table(row))
    customer = Customer.objects.get()
    stays, goes = Contact.objects.get(external_id="x1"), customer.contact
    suppress(contact=goes, channel="email", reason="opted_out", at=LATER)
    merge(survivor=stays, merged=goes, key=MergeKey.ALIAS, at=LATER)
    bring(CUSTOMERS, table(row), now=LATER)
    customer.refresh_from_db()
    assert customer.contact == stays
    assert ("email", "opted_out") in refusals(stays)
    assert Contact.objects.count() == 2
