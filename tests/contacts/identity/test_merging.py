"""Two contacts become one: what moves, what holds, what is refused."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from contacts.models import Address, Arrival, Contact, Event, Merge, SuspectedDuplicate
from contacts.services import (
    Refused,
    create_account,
    record_consent,
    record_event,
    record_touch,
    set_address,
    suppress,
)
from contacts.services.merging import merge, preview
from contacts.services.merging.moving import APART, relations
from contacts.states import DuplicateStatus, MergeKey
from followups.models import Lead
from retention.models import Customer
from staff.models import AuditEntry, User
from tests.contacts.identity.people import LATER, NOW, consents, known_as, person, refusals
from tests.factories import make_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def user() -> User:
    return make_user("SDR manager")


def merged(survivor: Contact, other: Contact, user: User) -> Merge:
    made = merge(survivor=survivor, merged=other, key=MergeKey.PERSON, reason="Same person", by=user, at=LATER)
    survivor.refresh_from_db()
    other.refresh_from_db()
    return made


def test_everything_that_points_at_the_one_points_at_the_other(user: User) -> None:
    stays, goes = person(), person()
    lead = Lead.objects.create(external_id="L1", contact=goes)
    customer = Customer.objects.create(external_id="C1", contact=goes)
    touch = record_touch(contact=goes, at=NOW, direction="in", kind="message")
    identity = known_as(goes, "user", "u1")
    by_id = record_event(contact=goes, name="Visit", occurred_at=NOW, identity=identity)
    nameless = record_event(contact=goes, name="Visit", occurred_at=NOW)
    made = merged(stays, goes, user)
    for row in (lead, customer, touch, identity, by_id, nameless):
        row.refresh_from_db()
        assert row.contact == stays
    assert goes.merged_into == stays
    assert made.moved["rows"] == {
        "contacts.touch.contact": [touch.pk],
        "followups.lead.contact": [lead.pk],
        "retention.customer.contact": [customer.pk],
    }
    assert made.moved["identities"] == [identity.pk]
    assert made.moved["events"] == [nameless.pk]


def test_the_tables_that_move_by_themselves_may(user: User) -> None:
    """Histories can not be changed, and one row a contact could not be two: such tables need functions of their own."""
    assert {one.name for one in relations()} >= {
        "contacts.contact.merged_into", "followups.lead.contact", "outreach.draft.contact", "retention.customer.contact"
    }  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute("SELECT DISTINCT tgrelid::regclass::text FROM pg_trigger WHERE tgname LIKE '%append_only'")
        histories = {table for (table,) in cursor.fetchall()}
    for one in relations():
        assert one.table not in histories
        assert one.model not in APART
        field = next(field for field in one.model._meta.concrete_fields if field.column == one.column)
        assert not field.unique, one.name
        for constraint in one.model._meta.total_unique_constraints:
            assert field.name not in constraint.fields, one.name


def test_addresses_move_and_nobody_has_two_current_ones(user: User) -> None:
    stays = person(email="marta@northlight.example")
    goes = person(email="m.lindqvist@northlight.example", phone="+4915112345678")
    merged(stays, goes, user)
    found = set(Address.objects.filter(contact=stays).values_list("value", "is_primary"))
    assert found == {
        ("marta@northlight.example", True), ("m.lindqvist@northlight.example", False), ("+4915112345678", True)
    }  # fmt: skip


def test_an_address_both_have_is_one_afterwards(user: User) -> None:
    stays = person(email="old@northlight.example")
    set_address(contact=stays, kind="email", value="marta@northlight.example")
    goes = person(email="old@northlight.example")
    merged(stays, goes, user)
    assert Address.objects.filter(value="old@northlight.example", is_primary=True).count() == 0
    assert Address.objects.get(contact=stays, is_primary=True).value == "marta@northlight.example"


def test_the_survivor_takes_over_what_it_has_not(user: User) -> None:
    account = create_account(external_id="a1", name="Northlight Studio")
    stays = person(name="", timezone="Europe/Stockholm")
    goes = person(
        external_id="x1", account=account, timezone="Europe/Berlin", locale="sv-SE", customer_since=date(2024, 5, 1)
    )
    merged(stays, goes, user)
    assert (stays.name, stays.external_id, stays.account) == ("Marta Lindqvist", "x1", account)
    assert (stays.timezone, stays.locale, stays.customer_since) == ("Europe/Stockholm", "sv-SE", date(2024, 5, 1))
    assert goes.external_id is None


@pytest.mark.parametrize(
    ("mine", "theirs", "since", "churned"),
    [
        ((None, None), ("2024-05-01", "2025-01-01"), "2024-05-01", "2025-01-01"),
        (("2025-02-01", None), ("2024-05-01", "2025-01-01"), "2024-05-01", None),
        (("2023-02-01", "2024-01-01"), ("2024-05-01", "2025-01-01"), "2023-02-01", "2025-01-01"),
    ],
)
def test_a_customer_counts_from_the_first_start_to_the_last_end(
    user: User, mine: tuple[str, str], theirs: tuple[str, str], since: str, churned: str | None
) -> None:
    def day(text: str | None) -> date | None:
        return date.fromisoformat(text) if text else None

    stays = person(customer_since=day(mine[0]), churned_on=day(mine[1]))
    merged(stays, person(customer_since=day(theirs[0]), churned_on=day(theirs[1])), user)
    assert (stays.customer_since, stays.churned_on) == (day(since), day(churned))


def test_every_refusal_of_either_holds(user: User) -> None:
    account = create_account(external_id="a1", name="Northlight Studio")
    stays = person(account=create_account(external_id="a2", name="Other"), email="a@northlight.example")
    goes = person(account=account, email="b@northlight.example", phone="+4915112345678")
    suppress(contact=goes, channel="sms", reason="explicit_no", at=NOW)
    suppress(account=account, channel="call", reason="legal", at=NOW)
    suppress(address=("email", "b@northlight.example"), channel="email", reason="complaint", at=NOW)
    suppress(contact=stays, channel="push", reason="manual", at=NOW)
    merged(stays, goes, user)
    assert refusals(stays) == {
        ("sms", "explicit_no"), ("call", "legal"), ("email", "complaint"), ("push", "manual")
    }  # fmt: skip


def test_a_dead_address_stays_a_fact_about_the_address(user: User) -> None:
    stays, goes = person(email="a@northlight.example"), person(email="b@northlight.example")
    suppress(address=("email", "b@northlight.example"), channel="email", reason="hard_bounce", at=NOW)
    merged(stays, goes, user)
    assert refusals(stays) == set()


@pytest.mark.parametrize(
    ("mine", "theirs", "result"),
    [("yes", "yes", "yes"), ("yes", "no", "no"), ("no", "yes", "no"), ("yes", "", "unknown"), ("", "yes", "unknown")],
)
def test_consent_ends_at_its_strictest(user: User, mine: str, theirs: str, result: str) -> None:
    stays, goes = person(email="a@northlight.example"), person(email="b@northlight.example")
    for contact, answer, at in ((stays, mine, NOW + timedelta(minutes=5)), (goes, theirs, NOW)):
        if answer:
            record_consent(contact=contact, channel="email", status=answer, source="form", at=at)
    merged(stays, goes, user)
    assert consents(stays).get("email", "unknown") == result


def test_a_yes_comes_along_with_its_proof_where_the_other_was_never_asked(user: User) -> None:
    stays, goes = person(), person(email="b@northlight.example")
    record_consent(contact=goes, channel="email", status="yes", source="Newsletter form", at=NOW, by=user)
    merged(stays, goes, user)
    answer = stays.consents.get()
    assert (answer.status, answer.source, answer.recorded_at, answer.recorded_by) == (
        "yes", "Newsletter form", NOW, user
    )  # fmt: skip


def test_what_is_said_to_the_merged_contact_counts_for_the_survivor(user: User) -> None:
    """Whoever read the contact before the merge still means the same person."""
    stays, goes = person(email="a@northlight.example"), person()
    stale = Contact.objects.get(pk=goes.pk)
    merged(stays, goes, user)
    suppress(contact=stale, channel="all", reason="opted_out", at=LATER)
    record_consent(contact=stale, channel="sms", status="no", source="call", at=LATER)
    set_address(contact=stale, kind="phone", value="+4915112345678")
    assert ("email", "opted_out") in refusals(stays)
    assert consents(stays) == {"sms": "no"}
    assert Address.objects.filter(contact=goes).count() == 0


def test_scores_hear_of_both(user: User) -> None:
    stays, goes = person(), person()
    ahead = LATER + timedelta(days=3)
    record_event(contact=goes, name="visit_logged", occurred_at=ahead)
    Arrival.objects.all().delete()
    merged(stays, goes, user)
    now, then = Arrival.objects.order_by("due_at")
    assert (now.contact_ids, now.due_at) == (sorted([stays.pk, goes.pk]), LATER)
    assert (then.contact_ids, then.due_at) == ([stays.pk], ahead)


def test_it_is_audited_and_settles_the_suspicion(user: User) -> None:
    stays, goes = person(), person()
    pair = SuspectedDuplicate.objects.create(first=stays, second=goes, reason="name_domain", likeness=95, found_at=NOW)
    made = merged(stays, goes, user)
    pair.refresh_from_db()
    assert (pair.status, pair.decided_by) == (DuplicateStatus.MERGED, user)
    entry = AuditEntry.objects.get(action="contacts.merge")
    assert (entry.actor, entry.object_id, entry.detail["merge"]) == (user, str(stays.pk), made.pk)


def test_what_can_not_be_merged_is_refused_with_a_way_on(user: User) -> None:
    first, second, third = person("Ada"), person("Berta"), person("Carla")
    why: dict[str, Any] = {"key": MergeKey.PERSON, "reason": "Same person", "by": user, "at": LATER}
    with pytest.raises(Refused, match="one and the same contact"):
        merge(survivor=first, merged=first, **why)
    merge(survivor=first, merged=second, **why)
    for survivor, goes, sentence in (
        (first, second, "nothing left to do"),
        (second, first, "a circle"),
        (third, second, "Choose Ada in its place"),
        (second, third, "Choose Ada in its place"),
    ):
        with pytest.raises(Refused, match=sentence):
            merge(survivor=survivor, merged=goes, **why)
    with pytest.raises(Refused, match="Say why"):
        merge(survivor=first, merged=third, key=MergeKey.PERSON, reason=" ", by=user, at=LATER)
    with pytest.raises(Refused, match="not something"):
        merge(survivor=first, merged=third, key="guess", at=LATER)
    assert Merge.objects.count() == 1


def test_those_merged_before_point_at_who_remains(user: User) -> None:
    first, second, third = person(), person(), person()
    merged(second, first, user)
    merged(third, second, user)
    first.refresh_from_db()
    assert first.merged_into == third


def test_it_takes_as_many_queries_for_much_as_for_little(user: User) -> None:
    def queries(rows: int) -> int:
        stays, goes = person(), person()
        for number in range(rows):
            Lead.objects.create(external_id=f"L{goes.pk}-{number}", contact=goes)
            record_event(
                contact=goes, name="Visit", occurred_at=NOW, identity=known_as(goes, "user", f"{goes.pk}-{number}")
            )
        with CaptureQueriesContext(connection) as asked:
            merged(stays, goes, user)
        return len(asked)

    assert queries(1) == queries(20)
    assert Event.objects.count() == 21


def test_the_preview_says_what_would_happen_and_does_nothing(user: User) -> None:
    stays, goes = person(email="a@northlight.example"), person(email="b@northlight.example")
    Lead.objects.create(external_id="L1", contact=goes)
    record_consent(contact=stays, channel="email", status="yes", source="form", at=NOW)
    suppress(contact=goes, channel="email", reason="opted_out", at=NOW)
    seen = preview(survivor=stays, merged=goes)
    assert seen.moves == (("leads", 1), ("addresses", 1))
    (email,) = seen.outcomes
    assert (email.survivor, email.merged, email.result, email.stricter) == ("Agreed", "Opted out", "Opted out", True)
    assert preview(survivor=stays, merged=stays).problem.startswith("This is one and the same")
    assert not Merge.objects.exists()
