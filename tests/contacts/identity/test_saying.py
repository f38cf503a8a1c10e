"""What sources say about people: who is found, who is made, what is never overwritten, what is only suspected."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from contacts.models import Account, Address, Contact, Event, Identity, Merge, SuspectedDuplicate
from contacts.services import Refused, create_account, record_consent, record_event, suppress
from contacts.services.identities import alias, group, identify
from contacts.services.merging import undo_merge
from contacts.states import DuplicateReason, MergeKey
from tests.contacts.identity.people import LATER, NOW, consents, known_as, person, refusals
from tests.factories import make_user

pytestmark = pytest.mark.django_db
EMAIL = "marta@northlight.example"


def said(user: str = "u1", anonymous: str = "", minutes: int = 0, **traits: Any) -> Contact | None:
    at = LATER + timedelta(minutes=minutes)
    return identify(user_id=user, anonymous_id=anonymous, traits=traits, at=at, now=at)


def current(contact: Contact, kind: str = "email") -> str | None:
    return Address.objects.filter(contact=contact, kind=kind, is_primary=True).values_list("value", flat=True).first()


def test_a_user_is_the_contact_with_that_address() -> None:
    contact = person(email=EMAIL)
    assert said(email=" Marta@Northlight.example") == contact
    assert Identity.objects.get(value="u1").contact == contact
    assert said(email=EMAIL) == contact
    assert Contact.objects.count() == 1


def test_a_phone_number_speaks_only_where_no_address_does() -> None:
    contact = person(phone="+4915112345678")
    assert said(phone="+49 151 12345678") == contact
    assert said("u2", email="somebody@else.example", phone="+4915112345678") != contact
    assert SuspectedDuplicate.objects.get().reason == DuplicateReason.PHONE


def test_a_new_contact_is_made_of_what_was_said_and_of_nothing_less() -> None:
    assert said(plan="pro") is None
    contact = said(firstName="Marta", lastName="Lindqvist", email=EMAIL, timezone="europe/stockholm", locale="sv_SE")
    assert contact is not None
    assert (contact.name, contact.timezone, contact.locale) == ("Marta Lindqvist", "Europe/Stockholm", "sv-SE")
    assert current(contact) == EMAIL
    assert consents(contact) == {}


def test_what_a_person_wrote_stays(caplog: pytest.LogCaptureFixture) -> None:
    contact = person("Dr Marta Lindqvist", email=EMAIL)
    with caplog.at_level("INFO"):
        said(email=EMAIL, name="marta", timezone="Mars/Olympus", locale="sv")
    contact.refresh_from_db()
    assert (contact.name, contact.timezone, contact.locale) == ("Dr Marta Lindqvist", "", "sv")
    assert "not usable: timezone" in caplog.text
    assert "Mars" not in caplog.text


@pytest.mark.parametrize("order", [(0, 5), (5, 0)])
def test_the_latest_address_is_current_in_whichever_order_they_come(order: tuple[int, int]) -> None:
    values = {0: "old@northlight.example", 5: "new@northlight.example"}
    contact = None
    for minutes in order:
        contact = said(minutes=minutes, email=values[minutes])
    assert contact is not None
    assert current(contact) == "new@northlight.example"
    assert Address.objects.filter(contact=contact).count() == 2
    assert Contact.objects.count() == 1


def test_an_address_of_somebody_else_is_not_taken() -> None:
    mine, theirs = person(email="me@northlight.example"), person(email=EMAIL)
    known_as(mine, "user", "u1")
    said(email=EMAIL)
    assert current(mine) == "me@northlight.example"
    pair = SuspectedDuplicate.objects.get()
    assert (pair.first, pair.second, pair.reason) == (mine, theirs, DuplicateReason.EMAIL)
    said(email=EMAIL)
    assert not Merge.objects.exists()


def test_somebody_of_whom_only_ids_are_known_becomes_the_one_with_the_address() -> None:
    bare = said(name="Marta")
    assert bare is not None
    event = record_event(contact=bare, name="Visit", occurred_at=NOW, identity=Identity.objects.get(value="u1"))
    known = person(email=EMAIL)
    assert said(email=EMAIL) == known
    event.refresh_from_db()
    assert event.contact == known
    assert Merge.objects.get().key == MergeKey.IDENTIFY


def test_two_with_one_address_are_left_to_a_person() -> None:
    first, second = person(email=EMAIL), person(email=EMAIL)
    contact = said(email=EMAIL)
    assert contact is not None
    assert contact not in (first, second)
    assert current(contact) is None
    assert SuspectedDuplicate.objects.count() == 2


def test_the_browser_comes_along_with_what_was_done_in_it() -> None:
    browser = known_as(None, "anonymous", "a1")
    event = record_event(contact=person(), name="Visit", occurred_at=NOW, identity=browser)
    Event.objects.update(contact=None)
    contact = said(anonymous="a1", email=EMAIL)
    event.refresh_from_db()
    assert event.contact == contact


def test_a_browser_is_linked_until_somebody_is_known() -> None:
    assert said(anonymous="a1") is None
    contact = said(email=EMAIL)
    assert Identity.objects.get(value="a1").contact == contact


def test_a_visitor_who_left_an_address_is_the_user_who_signs_up() -> None:
    visitor = said(user="", anonymous="a1", email=EMAIL)
    assert said(anonymous="a1", name="Marta") == visitor


def test_a_shared_browser_stays_with_its_first_user() -> None:
    first = said("u1", anonymous="a1", email=EMAIL)
    second = said("u2", anonymous="a1", email="other@northlight.example")
    assert first != second
    assert Identity.objects.get(value="a1").contact == first
    assert not SuspectedDuplicate.objects.exists()


def test_a_known_visitor_with_another_address_is_only_suspected() -> None:
    visitor = said(user="", anonymous="a1", email=EMAIL)
    user = said(anonymous="a1", email="other@northlight.example")
    assert user != visitor
    assert SuspectedDuplicate.objects.get().reason == DuplicateReason.SOURCE


def test_identify_ends_no_refusal_and_takes_nothing_for_a_yes() -> None:
    contact = person(email=EMAIL)
    suppress(contact=contact, channel="all", reason="opted_out", at=NOW)
    said(email="new@northlight.example", consent="yes", unsubscribed=False)
    said(email=EMAIL)
    said(email="new@northlight.example")
    assert ("email", "opted_out") in refusals(contact)
    assert consents(contact) == {}


def test_nobody_can_not_be_identified() -> None:
    with pytest.raises(Refused, match="Send userId"):
        said(user="", email=EMAIL)


def test_an_alias_before_anybody_is_known_is_remembered() -> None:
    alias(previous_id="a1", user_id="u1", now=NOW)
    contact = said(email=EMAIL)
    assert Identity.objects.get(kind="anonymous", value="a1").contact == contact


@pytest.mark.parametrize("known", ["a1", "u1"])
def test_an_alias_binds_the_id_that_is_nobodys(known: str) -> None:
    contact = person()
    known_as(contact, "anonymous" if known == "a1" else "user", known)
    alias(previous_id="a1", user_id="u1", now=NOW)
    assert set(contact.identities.values_list("value", flat=True)) == {"a1", "u1"}


def test_an_alias_merges_two_contacts_once() -> None:
    earlier, later = person(email="a@northlight.example"), person(email="b@northlight.example")
    known_as(earlier, "user", "old")
    known_as(later, "user", "new")
    for _again in range(2):
        alias(previous_id="old", user_id="new", now=NOW)
    made = Merge.objects.get()
    assert (made.survivor, made.merged, made.key) == (later, earlier, MergeKey.ALIAS)
    alias(previous_id="new", user_id="old", now=NOW)  # no circle
    assert Merge.objects.count() == 1


def test_an_alias_of_two_customers_is_refused_and_noted() -> None:
    earlier, later = person(), person()
    for contact, value in ((earlier, "old"), (later, "new")):
        known_as(contact, "customer", value)
    with pytest.raises(Refused, match="two customers"):
        alias(previous_id="old", user_id="new", now=NOW)
    assert SuspectedDuplicate.objects.get().reason == DuplicateReason.SOURCE
    assert not Merge.objects.exists()


def test_what_a_person_separated_no_source_puts_together() -> None:
    earlier, later = person(email="a@northlight.example"), person(email="b@northlight.example")
    known_as(earlier, "user", "old")
    known_as(later, "user", "new")
    alias(previous_id="old", user_id="new", now=NOW)
    undo_merge(merge=Merge.objects.get(), by=make_user("SDR manager"), at=LATER, reason="Two sisters")
    with pytest.raises(Refused, match="separated"):
        alias(previous_id="old", user_id="new", now=LATER)
    earlier.refresh_from_db()
    assert earlier.merged_into is None


def test_an_alias_of_one_id_is_nothing_and_of_none_is_refused() -> None:
    alias(previous_id="u1", user_id="u1", now=NOW)
    assert not Merge.objects.exists()
    with pytest.raises(Refused, match="two ids"):
        alias(previous_id="", user_id="u1", now=NOW)


def grouped(group_id: str, **traits: Any) -> Account | None:
    return group(user_id="u1", anonymous_id="", group_id=group_id, traits=traits, now=NOW)


def test_a_group_is_an_account_of_the_contact_that_has_none() -> None:
    contact = person()
    known_as(contact, "user", "u1")
    assert grouped("g1") is None
    account = grouped("g1", name="Northlight Studio", industry="Fitness")
    assert account is not None
    assert (account.external_id, account.name, account.industry) == ("g1", "Northlight Studio", "Fitness")
    contact.refresh_from_db()
    assert contact.account == account
    grouped("g2", name="Another Studio")
    contact.refresh_from_db()
    assert contact.account == account
    assert grouped("g1", name="Renamed by mistake") == account
    assert Account.objects.get(external_id="g1").name == "Northlight Studio"
    with pytest.raises(Refused, match="Send groupId"):
        grouped("")


def test_a_company_is_matched_and_never_made() -> None:
    account = create_account(external_id="g1", name="Northlight Studio")
    contact = said(email=EMAIL, company={"name": "northlight studio"})
    assert contact is not None
    contact.refresh_from_db()
    assert contact.account == account
    said("u2", email="b@elsewhere.example", company="Elsewhere")
    assert Account.objects.count() == 1


def test_a_refusal_of_the_account_holds_for_who_joins_it() -> None:
    account = create_account(external_id="g1", name="Northlight Studio")
    suppress(account=account, channel="all", reason="legal", at=NOW)
    contact = said(email=EMAIL)
    assert contact is not None
    record_consent(contact=contact, channel="email", status="yes", source="form", at=NOW)
    grouped("g1")
    assert ("email", "legal") in refusals(contact)
