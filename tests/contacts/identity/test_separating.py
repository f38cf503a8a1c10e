"""One contact becomes two again: what goes back, what stays, and what was refused meanwhile."""

from __future__ import annotations

from datetime import timedelta

import pytest

from contacts.models import Account, Address, Contact, Identity, Merge, SuppressionLift, SuspectedDuplicate
from contacts.permission import agreements_of
from contacts.services import (
    Refused,
    create_account,
    record_consent,
    record_event,
    set_address,
    suppress,
)
from contacts.services.merging import gather_left_behind, merge, undo_merge
from contacts.states import DuplicateStatus, MergeKey
from followups.models import Lead
from staff.models import AuditEntry, User
from tests.contacts.identity.people import LATER, NOW, consents, known_as, person, refusals
from tests.factories import make_user

pytestmark = pytest.mark.django_db
UNDONE = LATER + timedelta(hours=1)


@pytest.fixture
def user() -> User:
    return make_user("SDR manager")


def join(survivor: Contact, other: Contact, user: User) -> Merge:
    return merge(survivor=survivor, merged=other, key=MergeKey.PERSON, reason="Same person", by=user, at=LATER)


def separate(made: Merge, user: User | None) -> Merge:
    return undo_merge(merge=made, by=user, at=UNDONE, reason="Two sisters")


def facts(contact: Contact) -> dict[str, object]:
    """Everything about a contact that a merge may change."""
    contact = Contact.objects.get(pk=contact.pk)
    fields = ("name", "external_id", "account_id", "timezone", "locale", "customer_since", "merged_into_id")
    return {
        **{name: getattr(contact, name) for name in fields},
        "addresses": set(contact.addresses.values_list("value", "is_primary")),
        "identities": set(contact.identities.values_list("value", flat=True)),
        "events": set(contact.events.values_list("pk", flat=True)),
        "leads": set(Lead.objects.filter(contact=contact).values_list("pk", flat=True)),
        "consents": consents(contact),
        "refusals": refusals(contact),
    }


def full(number: int, account: Account | None) -> Contact:
    """A contact with a bit of everything."""
    contact = person(
        f"Person {number}", external_id=f"x{number}", account=account, email=f"p{number}@northlight.example"
    )
    set_address(contact=contact, kind="email", value=f"new{number}@northlight.example")
    record_event(contact=contact, name="Visit", occurred_at=NOW)
    record_event(contact=contact, name="Visit", occurred_at=NOW, identity=known_as(contact, "user", f"u{number}"))
    Lead.objects.create(external_id=f"L{number}", contact=contact)
    record_consent(contact=contact, channel="email", status="yes", source="form", at=NOW)
    return contact


def test_both_are_what_they_were(user: User) -> None:
    account = create_account(external_id="a1", name="Northlight Studio")
    stays, goes = person(name="", phone="+4915112345678"), full(1, account)
    record_consent(contact=stays, channel="sms", status="yes", source="call", at=NOW)
    suppress(contact=goes, channel="sms", reason="explicit_no", at=NOW)
    before = facts(stays), facts(goes)
    made = join(stays, goes, user)
    assert (facts(stays), facts(goes)) != before
    separate(made, user)
    assert (facts(stays), facts(goes)) == before
    made.refresh_from_db()
    assert (made.undone_at, made.undone_by, made.undone_reason) == (UNDONE, user, "Two sisters")
    entry = AuditEntry.objects.get(action="contacts.undo_merge")
    assert (entry.actor, entry.detail["merge"]) == (user, made.pk)


def test_two_full_ones_are_what_they_were(user: User) -> None:
    stays, goes = full(1, None), full(2, create_account(external_id="a1", name="Northlight Studio"))
    before = facts(stays), facts(goes)
    separate(join(stays, goes, user), user)
    assert (facts(stays), facts(goes)) == before


def test_merging_undoing_and_merging_again_ends_as_merging_once(user: User) -> None:
    stays, goes = full(1, None), full(2, None)
    first = join(stays, goes, user)
    merged = facts(stays)
    separate(first, user)
    join(stays, goes, user)
    assert facts(stays) == merged


def test_events_that_came_since_go_with_the_id_they_came_by(user: User) -> None:
    stays, goes = person(), person()
    identity = known_as(goes, "user", "u1")
    made = join(stays, goes, user)
    by_id = record_event(contact=stays, name="Visit", occurred_at=LATER, identity=identity)
    other = record_event(contact=stays, name="Visit", occurred_at=LATER)
    separate(made, user)
    by_id.refresh_from_db()
    other.refresh_from_db()
    assert (by_id.contact, other.contact) == (goes, stays)


def test_what_came_or_went_elsewhere_since_is_left_alone(user: User) -> None:
    stays, goes, third = person(name=""), person(timezone="Europe/Berlin"), person()
    moved = Lead.objects.create(external_id="L1", contact=goes)
    made = join(stays, goes, user)
    Lead.objects.filter(pk=moved.pk).update(contact=third)
    new = Lead.objects.create(external_id="L2", contact=stays)
    Contact.objects.filter(pk=stays.pk).update(name="Marta L.")
    separate(made, user)
    moved.refresh_from_db()
    new.refresh_from_db()
    stays.refresh_from_db()
    assert (moved.contact, new.contact) == (third, stays)
    assert (stays.name, stays.timezone) == ("Marta L.", "")


def test_what_was_refused_meanwhile_holds_for_both(user: User) -> None:
    account = create_account(external_id="a1", name="Northlight Studio")
    stays, goes = person(email="a@northlight.example"), person(email="b@northlight.example", account=account)
    for contact in (stays, goes):
        record_consent(contact=contact, channel="sms", status="yes", source="form", at=NOW)
    made = join(stays, goes, user)
    suppress(contact=stays, channel="email", reason="opted_out", at=LATER)
    suppress(address=("email", "b@northlight.example"), channel="push", reason="complaint", at=LATER)
    suppress(account=account, channel="call", reason="legal", at=LATER)
    record_consent(contact=stays, channel="sms", status="no", source="call", at=LATER)
    separate(made, user)
    for contact in (stays, goes):
        assert refusals(contact) >= {("email", "opted_out"), ("push", "complaint"), ("call", "legal")}
        assert consents(contact) == {"sms": "no"}


def test_a_yes_said_meanwhile_counts_for_neither_that_had_not_agreed(user: User) -> None:
    stays, goes = person(email="a@northlight.example"), person(email="b@northlight.example")
    record_consent(contact=goes, channel="email", status="yes", source="Newsletter form", at=NOW)
    made = join(stays, goes, user)
    assert consents(stays) == {}
    record_consent(contact=stays, channel="email", status="yes", source="call", at=LATER)
    separate(made, user)
    assert consents(stays) == {}
    assert agreements_of([goes.pk])[goes.pk, "email"][1] == "Newsletter form"


def test_copies_are_lifted_by_a_person_and_by_nobody_else(user: User) -> None:
    for by in (user, None):
        stays, goes = person(), person()
        suppress(contact=goes, channel="email", reason="opted_out", at=NOW)
        made = merge(survivor=stays, merged=goes, key=MergeKey.IDENTIFY, at=LATER)
        assert ("email", "opted_out") in refusals(stays)
        separate(made, by)
        assert (("email", "opted_out") in refusals(stays)) is (by is None)
        assert ("email", "opted_out") in refusals(goes)
    assert SuppressionLift.objects.get().reason == "Merge undone"


def test_a_copy_that_was_said_again_stays(user: User) -> None:
    """Refusing what is refused already is not doubled, except where the first came from somebody else."""
    stays, goes = person(), person()
    suppress(contact=goes, channel="all", reason="opted_out", at=NOW)
    made = join(stays, goes, user)
    suppress(contact=stays, channel="all", reason="opted_out", at=LATER)
    separate(made, user)
    assert ("email", "opted_out") in refusals(stays)


def test_what_was_refused_before_and_again_since_holds_for_both(user: User) -> None:
    stays, goes = person(), person()
    suppress(contact=stays, channel="all", reason="opted_out", at=NOW)
    made = join(stays, goes, user)
    suppress(contact=stays, channel="all", reason="opted_out", at=LATER)
    suppress(contact=stays, channel="all", reason="opted_out", at=LATER)
    assert stays.suppressions.count() == 2
    separate(made, user)
    assert ("email", "opted_out") in refusals(goes)


def test_the_last_merge_is_undone_first(user: User) -> None:
    first, second, third, fourth = (person(name) for name in ("Ada", "Berta", "Carla", "Dora"))
    inner = join(second, first, user)
    later = join(second, third, user)
    outer = join(fourth, second, user)
    for made, sentence in ((inner, "Berta became part of Dora since"), (later, "Berta became part of Dora since")):
        with pytest.raises(Refused, match=sentence):
            separate(made, user)
    separate(outer, user)
    with pytest.raises(Refused, match="Carla became part of Berta later"):
        separate(inner, user)
    separate(later, user)
    separate(inner, user)
    with pytest.raises(Refused, match="undone before"):
        separate(inner, user)
    assert not Contact.objects.filter(merged_into__isnull=False).exists()


def test_those_merged_before_come_back_along(user: User) -> None:
    first, second, third = person(), person(), person()
    join(second, first, user)
    outer = join(third, second, user)
    separate(outer, user)
    first.refresh_from_db()
    assert first.merged_into == second


def test_an_address_that_became_current_through_the_merge_goes_back_current(user: User) -> None:
    stays, goes = person(), person(email="b@northlight.example")
    made = join(stays, goes, user)
    set_address(contact=stays, kind="email", value="c@northlight.example")
    separate(made, user)
    assert Address.objects.get(contact=goes).is_primary
    assert Address.objects.get(contact=stays).value == "c@northlight.example"


def test_the_suspicion_is_open_again_and_ids_bound_since_stay(user: User) -> None:
    stays, goes = person(), person()
    pair = SuspectedDuplicate.objects.create(first=stays, second=goes, reason="name_domain", likeness=95, found_at=NOW)
    made = join(stays, goes, user)
    later = known_as(stays, "anonymous", "a1")
    separate(made, user)
    pair.refresh_from_db()
    assert (pair.status, pair.decided_by) == (DuplicateStatus.OPEN, None)
    assert Identity.objects.get(pk=later.pk).contact == stays


def test_what_was_written_during_a_merge_follows_and_goes_back(user: User) -> None:
    first, second, third = person(), person(), person()
    inner, outer = join(second, first, user), join(third, second, user)
    late = Lead.objects.create(external_id="L1", contact=first)
    assert gather_left_behind(now=LATER) > 0
    assert gather_left_behind(now=LATER) == 0
    late.refresh_from_db()
    assert late.contact == third
    for made, owner in ((outer, second), (inner, first)):
        separate(made, user)
        late.refresh_from_db()
        assert late.contact == owner
