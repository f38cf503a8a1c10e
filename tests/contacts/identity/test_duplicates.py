"""Suspected duplicates: found in blocks, noted once, decided by people."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from contacts.models import Account, Contact, Merge, SuspectedDuplicate
from contacts.services import Refused, create_account, set_address
from contacts.services.duplicates import (
    MOST_SHARING,
    dismiss_duplicate,
    find_duplicates,
    merge_duplicate,
    open_duplicates,
)
from contacts.services.merging import undo_merge
from contacts.states import DuplicateReason, DuplicateStatus
from staff.models import AuditEntry, User
from tests.contacts.identity.people import LATER, NOW, person
from tests.factories import make_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def user() -> User:
    return make_user("SDR manager")


@pytest.fixture
def studio() -> Account:
    return create_account(external_id="a1", name="Northlight Studio")


def found() -> set[tuple[str, str, str, int]]:
    return {
        (one.first.name, one.second.name, one.reason, one.likeness)
        for one in SuspectedDuplicate.objects.select_related("first", "second")
    }


def pair_of_two() -> SuspectedDuplicate:
    person("Marta Lindqvist", email="a@northlight.example")
    person("Martha Lindqvist", email="b@northlight.example")
    assert find_duplicates(now=NOW) == 1
    return SuspectedDuplicate.objects.get()


def test_like_names_in_one_account_or_of_one_domain_are_suspected(studio: Account) -> None:
    person("Marta Lindqvist", account=studio)
    person("Lindqvist, Martha", account=studio)
    person("Jon Smith", email="jon@smiths.example")
    person("John Smith", email="john@smiths.example")
    person("Jon Smith", email="jon.smith@gmail.com")
    person("John Smith", email="john.smith@gmail.com")
    person("Martha Lindqvist")
    assert find_duplicates(now=NOW) == 2
    assert found() == {
        ("Marta Lindqvist", "Lindqvist, Martha", DuplicateReason.NAME_DOMAIN, 96),
        ("Jon Smith", "John Smith", DuplicateReason.NAME_DOMAIN, 94),
    }


def test_one_address_is_reason_enough(studio: Account) -> None:
    person("Marta Lindqvist", email="studio@northlight.example", account=studio)
    person("", email="studio@northlight.example", account=studio)
    person("Ada Byron", phone="+4915112345678")
    person("Berta Benz", phone="+4915112345678")
    find_duplicates(now=NOW)
    assert {(reason, likeness) for _first, _second, reason, likeness in found()} == {("email", 100), ("phone", 42)}


def test_a_former_address_is_no_reason() -> None:
    person("Ada Byron", phone="+4915112345678")
    moved = person("Berta Benz", phone="+4915112345678")
    set_address(contact=moved, kind="phone", value="+4915112345679")
    assert find_duplicates(now=NOW) == 0


def test_a_switchboard_is_not_everybody() -> None:
    for number in range(MOST_SHARING):
        person(f"{chr(97 + number) * 6} {chr(104 + number) * 6}", phone="+4915112345678")
    person("Marta Lindqvist", phone="+4915112345678")
    person("Martha Lindqvist", phone="+4915112345678")
    find_duplicates(now=NOW)
    assert found() == {("Marta Lindqvist", "Martha Lindqvist", DuplicateReason.PHONE, 96)}


def test_what_was_dismissed_never_comes_back(user: User) -> None:
    pair = dismiss_duplicate(pair=pair_of_two(), by=user, now=NOW)
    assert (pair.status, pair.decided_by, pair.decided_at) == (DuplicateStatus.DISMISSED, user, NOW)
    assert find_duplicates(now=LATER) == 0
    assert not open_duplicates().exists()
    entry = AuditEntry.objects.get(action="contacts.dismiss_duplicate")
    assert (entry.actor, entry.object_id) == (user, str(pair.pk))
    with pytest.raises(Refused, match="before: not the same person"):
        dismiss_duplicate(pair=pair, by=user, now=LATER)
    with pytest.raises(Refused, match="before: not the same person"):
        merge_duplicate(pair=pair, survivor_id=pair.first_id, reason="Same", by=user, now=LATER)


def test_merging_a_pair_keeps_the_one_that_was_chosen_and_looks_again(user: User) -> None:
    pair = pair_of_two()
    person("Ada Byron", phone="+4915112345678", email="ada@northlight.example")
    set_address(contact=pair.first, kind="phone", value="+4915112345678")
    made = merge_duplicate(pair=pair, survivor_id=pair.second_id, reason="Same person", by=user, now=LATER)
    assert (made.survivor, made.merged) == (pair.second, pair.first)
    pair.refresh_from_db()
    assert pair.status == DuplicateStatus.MERGED
    (new,) = open_duplicates()
    assert (new.first, new.reason) == (pair.second, DuplicateReason.PHONE)


def test_the_one_that_stays_is_one_of_the_two_and_there_is_a_reason(user: User) -> None:
    pair = pair_of_two()
    with pytest.raises(Refused, match="which of the two"):
        merge_duplicate(pair=pair, survivor_id=person().pk, reason="Same person", by=user, now=LATER)
    with pytest.raises(Refused, match="Say why"):
        merge_duplicate(pair=pair, survivor_id=pair.first_id, reason="", by=user, now=LATER)
    assert not Merge.objects.exists()


def test_contacts_that_are_part_of_others_are_not_looked_at(user: User) -> None:
    pair = pair_of_two()
    third = person("Marta Lindquist", email="c@northlight.example")
    find_duplicates(now=NOW)
    made = merge_duplicate(pair=pair, survivor_id=pair.first_id, reason="Same person", by=user, now=LATER)
    assert {(one.first, one.second) for one in open_duplicates()} == {(pair.first, third)}
    undo_merge(merge=made, by=user, at=LATER)
    assert open_duplicates().count() == 3


def test_only_those_asked_about_are_looked_for() -> None:
    person("Marta Lindqvist", email="a@northlight.example")
    second = person("Martha Lindqvist", email="b@northlight.example")
    person("Jon Smith", email="jon@smiths.example")
    person("John Smith", email="john@smiths.example")
    assert find_duplicates(now=NOW, contacts=[second.pk]) == 1
    assert find_duplicates(now=NOW) == 1


def test_more_contacts_take_no_more_queries() -> None:
    def queries(number: int) -> int:
        for one in range(number):
            person("Marta Lindqvist", email=f"m{one}-{number}@northlight{one % 7}.example")
        with CaptureQueriesContext(connection) as asked:
            assert find_duplicates(now=NOW) > 0
        return len(asked)

    assert queries(20) == queries(60)
    assert Contact.objects.count() == 80
