"""What the services of contacts write, refuse and leave alone."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from contacts import services
from contacts.models import ActiveSuppression, Address, ConsentRecord, Contact, Suppression
from contacts.permission import ChannelPermission, permissions_of
from contacts.services import Refused
from staff.models import AuditEntry
from tests.factories import make_user

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
pytestmark = pytest.mark.django_db


def person(email: str = "ada@one.example", **fields: Any) -> Contact:
    return services.create_contact(name="Ada", email=email, **fields)


def test_a_contact_has_the_addresses_it_was_made_with() -> None:
    contact = person(" Ada@One.Example ", phone="(202) 555-0143")
    assert set(contact.addresses.values_list("kind", "value", "is_primary")) == {
        ("email", "ada@one.example", True),
        ("phone", "+12025550143", True),
    }
    assert AuditEntry.objects.filter(action="contacts.create_contact", object_id=str(contact.pk)).exists()


def test_a_replaced_address_stays_as_a_former_one() -> None:
    contact = person()
    services.set_address(contact=contact, kind="email", value="ADA@two.example")
    services.set_address(contact=contact, kind="email", value="ada@two.example")
    assert list(contact.addresses.values_list("value", "is_primary")) == [
        ("ada@one.example", False),
        ("ada@two.example", True),
    ]
    services.set_address(contact=contact, kind="email", value="ada@one.example")
    assert contact.addresses.count() == 2
    assert contact.addresses.get(is_primary=True).value == "ada@one.example"


@pytest.mark.parametrize(
    ("kind", "value"), [("email", "nobody"), ("phone", "12"), ("fax", "+12025550143"), ("email", "a@b@c")]
)
def test_what_is_no_address_is_refused(kind: str, value: str) -> None:
    with pytest.raises(Refused) as refused:
        services.set_address(contact=person(), kind=kind, value=value)
    assert refused.value.sentence.endswith(".")


def test_external_ids_are_taken_once() -> None:
    services.create_account(external_id="a1", name="One")
    with pytest.raises(Refused):
        services.create_account(external_id=" a1 ", name="Two")
    person(external_id="c1")
    with pytest.raises(Refused):
        person(external_id="c1")


@pytest.mark.parametrize("target", ["contact", "account", "address"])
def test_a_suppression_holds_for_every_contact_it_concerns_and_is_not_doubled(target: str) -> None:
    account = services.create_account(external_id="a1", name="One")
    contact = person(account=account)
    values: dict[str, Any] = {"contact": contact, "account": account, "address": ("email", "ADA@one.example")}
    first = services.suppress(channel="email", reason="opted_out", at=NOW, **{target: values[target]})
    again = services.suppress(channel="email", reason="opted_out", at=NOW + timedelta(1), **{target: values[target]})
    assert first == again
    assert Suppression.objects.count() == 1
    found = permissions_of([contact.pk])[contact.pk]
    assert found["email"].suppressed_by == ("opted_out",)
    assert found["sms"].suppressed_by == ()
    assert AuditEntry.objects.filter(action="contacts.suppress").count() == 1


def test_a_refusal_that_arrives_before_its_contact_holds() -> None:
    services.suppress(channel="all", reason="legal", at=NOW, address=("email", "ada@one.example"))
    contact = person()
    assert permissions_of([contact.pk])[contact.pk]["sms"].suppressed_by == ("legal",)


def test_a_refusal_holds_when_the_address_changes_but_a_bounce_does_not() -> None:
    contact = person()
    services.suppress(channel="email", reason="opted_out", at=NOW, address=("email", "ada@one.example"))
    services.suppress(channel="email", reason="hard_bounce", at=NOW, address=("email", "ada@one.example"))
    before = permissions_of([contact.pk])[contact.pk]["email"]
    assert before.suppressed_by == ("opted_out", "hard_bounce")
    assert before.hard_bounced
    services.set_address(contact=contact, kind="email", value="ada@two.example")
    after = permissions_of([contact.pk])[contact.pk]["email"]
    assert after.suppressed_by == ("opted_out",)
    assert not after.hard_bounced


@pytest.mark.parametrize(
    "wrong",
    [
        {"channel": "fax"},
        {"reason": "mood"},
        {"address": ("email", "nobody")},
        {"address": None},
        {"account": True},
    ],
)
def test_a_suppression_that_says_nothing_clear_is_refused(wrong: dict[str, object]) -> None:
    values: dict[str, Any] = {"channel": "all", "reason": "manual", "at": NOW, "address": ("email", "a@one.example")}
    values.update(wrong)
    if values.get("account"):
        values["account"] = services.create_account(external_id="a1", name="One")
    with pytest.raises(Refused):
        services.suppress(**values)
    assert not Suppression.objects.exists()


def test_lifting_needs_a_reason_happens_once_and_lets_the_same_refusal_come_again() -> None:
    contact, user = person(), make_user()
    first = services.suppress(channel="all", reason="manual", at=NOW, contact=contact)
    with pytest.raises(Refused):
        services.lift_suppression(suppression=first, reason="  ", by=user, at=NOW)
    services.lift_suppression(suppression=first, reason="They asked to hear from us again", by=user, at=NOW)
    with pytest.raises(Refused):
        services.lift_suppression(suppression=first, reason="Again", by=user, at=NOW)
    assert not ActiveSuppression.objects.exists()
    assert services.suppress(channel="all", reason="manual", at=NOW, contact=contact) != first
    assert ActiveSuppression.objects.count() == 1


def test_histories_cannot_be_changed_in_the_database() -> None:
    made = services.suppress(channel="all", reason="manual", at=NOW, contact=person())
    with pytest.raises(IntegrityError), transaction.atomic():
        Suppression.objects.filter(pk=made.pk).update(reason="legal")


def test_the_latest_consent_counts_and_the_same_answer_is_kept_once() -> None:
    contact = person()
    for status, at in [("yes", NOW), ("yes", NOW), ("no", NOW + timedelta(1))]:
        services.record_consent(contact=contact, channel="email", status=status, source="form", at=at)
    assert ConsentRecord.objects.count() == 2
    assert permissions_of([contact.pk])[contact.pk]["email"].consent == "no"
    with pytest.raises(Refused):
        services.record_consent(contact=contact, channel="email", status="maybe", source="", at=NOW)


def test_permissions_name_the_current_address_and_unknown_consent() -> None:
    contact = person()
    found = permissions_of([contact.pk])[contact.pk]
    assert found["email"] == ChannelPermission("ada@one.example", True)
    assert found["sms"] == ChannelPermission()
    assert found["in_app"].has_address


def test_permissions_take_three_queries_for_one_contact_and_for_many() -> None:
    few = [person().pk]
    many = [person(f"ada{number}@one.example").pk for number in range(30)]
    counts = []
    for ids in (few, many):
        with CaptureQueriesContext(
            connection,
        ) as queries:
            permissions_of(ids)
        counts.append(len(queries))
    assert counts == [3, 3]


def test_touches_and_events_are_recorded_and_unknown_words_refused() -> None:
    contact = person()
    touch = services.record_touch(
        contact=contact, at=NOW, direction="in", kind="question", channel="email", summary=" Why "
    )
    assert (touch.summary, touch.digest) == ("Why", None)
    event = services.record_event(contact=contact, name="proposal_opened", occurred_at=NOW, properties={"page": 2})
    assert event.properties == {"page": 2}
    with pytest.raises(Refused):
        services.record_touch(contact=contact, at=NOW, direction="sideways", kind="question")
    with pytest.raises(Refused):
        services.record_event(contact=contact, name=" ", occurred_at=NOW)
    assert Address.objects.count() == 1
