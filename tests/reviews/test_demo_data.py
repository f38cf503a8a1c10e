"""The sample world: the same for a seed, every state in it, and no finding but those that are meant to be."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import transaction
from django.db.models import F, OuterRef, Subquery
from django.test import override_settings

from contacts.models import Account, ActiveSuppression, Address, ConsentRecord, Contact, Event, Suppression, Touch
from contacts.services import create_account
from contacts.states import SuppressionReason
from followups.models import Asset, Decision, Lead, OwnerNote
from followups.services import sweep
from followups.states import DecisionKind, DecisionReason, ReasonKind, Trigger
from outreach.models import Draft, GateFinding
from outreach.states import DraftStatus, Severity
from retention.models import Customer
from reviews.demo import DEMO_PASSWORD, World, make_world
from reviews.demo.days import Days
from reviews.demo.leads import Teller
from reviews.demo.people import AddressBook, Place
from reviews.demo.reading import read, stories
from reviews.demo.staff import PEOPLE
from staff.models import User

NOW = datetime(2026, 3, 4, 15, tzinfo=UTC)
A_SUNDAY = datetime(2026, 3, 8, 0, 20, tzinfo=UTC)


class Undone(Exception):  # noqa: N818  ends a transaction that is not to be kept
    """Raised to take a world back."""


@pytest.fixture(autouse=True)
def outbox_of_the_test(settings: Any, tmp_path: Path) -> None:
    """A folder of its own for what is sent."""
    settings.EMAIL_URL = settings.SMS_URL = str(tmp_path / "outbox")


@pytest.fixture(scope="class")
def outbox(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("outbox")


@pytest.fixture(scope="class")
def world(django_db_setup: None, django_db_blocker: Any, outbox: Path) -> Iterator[World]:
    """One world for all tests that only look at it; taken back after the last of them."""
    with django_db_blocker.unblock(), transaction.atomic():
        with override_settings(EMAIL_URL=str(outbox), SMS_URL=str(outbox)):
            made = make_world(seed=7, now=NOW)
        yield made
        transaction.set_rollback(True)


def latest_decisions() -> dict[str, str]:
    """The last decision about each lead: kind and reasons."""
    rows = Lead.objects.annotate(
        latest=Subquery(Decision.objects.filter(lead=OuterRef("pk")).order_by("-id").values("pk")[:1])
    ).values_list("external_id", "latest")
    decisions = Decision.objects.in_bulk([pk for _, pk in rows if pk])
    return {
        lead: f"{decisions[pk].decision} {'|'.join(decisions[pk].reasons)}" if pk else "closed" for lead, pk in rows
    }


def rows_of_a_world(seed: int) -> list[list[tuple[Any, ...]]]:
    """The main rows of a world that is made and taken back. Keys and the clock on the wall are left out."""
    found: list[list[tuple[Any, ...]]] = []
    try:
        with transaction.atomic():
            make_world(seed=seed, now=NOW)
            found = [
                list(User.objects.order_by("username").values_list("username", "name", "team__name")),
                list(
                    Contact.objects.order_by("external_id").values_list(
                        "external_id", "name", "account__name", "timezone", "customer_since", "churned_on"
                    )
                ),
                sorted(Address.objects.values_list("contact__external_id", "kind", "value", "is_primary")),
                sorted(
                    ConsentRecord.objects.values_list(
                        "contact__external_id", "channel", "status", "source", "recorded_at"
                    )
                ),
                sorted(ActiveSuppression.objects.values_list("contact__external_id", "channel", "reason", "at")),
                list(
                    Lead.objects.order_by("external_id").values_list(
                        "external_id",
                        "contact__external_id",
                        "owner__username",
                        "stage",
                        "value",
                        "next_step",
                        "next_step_on",
                        "quote_sent_on",
                        "disposition",
                        "disposition_at",
                        "paused_until",
                    )
                ),
                sorted(
                    Touch.objects.values_list("contact__external_id", "at", "direction", "kind", "channel", "summary")
                ),
                sorted(Event.objects.values_list("contact__external_id", "name__key", "occurred_at")),
                sorted(Customer.objects.values_list("external_id", "contact__external_id", "plan", "mrr", "since")),
                sorted(
                    Draft.objects.values_list(
                        "contact__external_id",
                        "status",
                        "subject",
                        "body",
                        "due_at",
                        "decided_at",
                        "sent_at",
                        "priority",
                    ),
                    key=str,
                ),
                sorted(latest_decisions().items()),
            ]
            raise Undone
    except Undone:
        return found


def people_of(seed: int) -> set[str]:
    """The names of the people in a world with this seed, without making it."""
    users = {person.username: User(username=person.username) for person in PEOPLE}
    book = AddressBook(seed=seed, days=Days(NOW), users=users)
    places = [
        Place(account, row) for account, row in zip(Account.objects.order_by("pk"), rows_of_accounts(), strict=True)
    ]
    teller = Teller(seed=seed, days=Days(NOW), book=book, places=places)
    teller.cast(stories())
    book.fill_up(places)
    return {person.row["name"] for person in book.people}


def rows_of_accounts() -> list[dict[str, Any]]:
    return [row for name in ("agency", "studio") for row in read(f"accounts/{name}.toml")["account"]]


def texts(value: Any) -> Iterator[str]:
    """Every text in a data file."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for part in value.values():
            yield from texts(part)
    elif isinstance(value, list):
        for part in value:
            yield from texts(part)


class TestTheWorld:
    """What is in it, looked at without changing anything."""

    def test_every_story_comes_to_the_decision_it_was_written_for(self, world: World) -> None:
        decided = latest_decisions()
        wrong = {
            one.story.name: decided[one.lead.external_id]
            for one in world.told
            if one.story.expect and decided[one.lead.external_id] != one.story.expect
        }
        assert not wrong

    def test_every_row_kind_reason_and_trigger_of_the_decision_table_occurs(self, world: World) -> None:
        decisions = list(Decision.objects.values_list("rule", "decision", "trigger", "reasons"))
        assert {rule for rule, *_ in decisions} == set(range(1, 12))
        assert {kind for _, kind, *_ in decisions} == set(DecisionKind.values)
        assert {trigger for *_, trigger, _ in decisions} - {""} == set(Trigger.values)
        assert {reason for *_, reasons in decisions for reason in reasons} == {
            *DecisionReason.values,
            *ReasonKind.values,
        }

    def test_another_sweep_at_the_same_moment_changes_nothing(self, world: World) -> None:
        assert [row.external_id for row in sweep(now=NOW) if row.changed] == []

    def test_every_owner_has_messages_waiting_and_others_are_in_every_other_state(self, world: World) -> None:
        waiting = Counter(
            Draft.objects.filter(status=DraftStatus.AWAITING_REVIEW).values_list("owner__username", flat=True)
        )
        assert set(waiting) == {"owner", "tobias", "priya"}
        assert min(waiting.values()) >= 5
        # Only `sending` is missing: it lasts for the moment of a send.
        assert set(Draft.objects.values_list("status", flat=True)) == set(DraftStatus.values) - {DraftStatus.SENDING}
        assert {"sms", "email"} == set(Draft.objects.values_list("channel", flat=True))

    def test_only_the_two_edited_messages_have_findings(self, world: World) -> None:
        edited = {one.story.then: one.lead.pk for one in world.told if one.story.then.endswith("edit")}
        found = GateFinding.objects.filter(draft__fingerprint=F("fingerprint")).exclude(severity=Severity.NOTE)
        assert {
            (one.draft.attempt.lead_id, one.gate, one.severity) for one in found.select_related("draft__attempt")
        } == {
            (edited["promising edit"], "commitment", Severity.REVIEW),
            (edited["nudging edit"], "checking_in", Severity.BLOCK),
        }

    def test_what_was_sent_was_approved_before_lies_in_the_outbox_and_answers_nobody_who_refused(
        self, world: World, outbox: Path
    ) -> None:
        sent = Draft.objects.filter(status=DraftStatus.SENT)
        assert sent.count() == sum(
            story.leads * sum(what == "send" for _, what in story.history) for story in stories()
        )
        assert sent.filter(decided_at__lt=F("sent_at"), sent_at__lt=NOW).count() == sent.count()
        assert len(list(outbox.glob("*.eml"))) == sent.filter(channel="email").count()
        refused = Suppression.objects.filter(contact__isnull=False).values("contact")
        assert not sent.filter(contact__in=refused).exists()

    def test_there_is_about_as_much_as_was_promised(self, world: World) -> None:
        assert world.accounts == 40
        assert world.contacts == 400
        assert 115 <= world.leads <= 125
        assert world.customers >= 20
        assert world.waiting >= 40
        assert set(ActiveSuppression.objects.values_list("reason", flat=True)) == set(SuppressionReason.values)
        assert set(ConsentRecord.objects.values_list("status", flat=True)) == {"yes", "no"}
        assert not ConsentRecord.objects.filter(source="").exists()
        assert Contact.objects.values("timezone").distinct().count() >= 10

    def test_nothing_shouts(self, world: World) -> None:
        written = [
            *Draft.objects.values_list("subject", flat=True),
            *Draft.objects.values_list("body", flat=True),
            *Touch.objects.values_list("summary", flat=True),
            *OwnerNote.objects.values_list("text", flat=True),
            *Asset.objects.values_list("title", flat=True),
            *Lead.objects.values_list("next_step", flat=True),
        ]
        for name in ("words", "people", "material", "accounts/agency", "accounts/studio"):
            written += texts(read(f"{name}.toml"))
        assert written
        assert [text for text in written if "!" in text or "{" in text] == [
            text for text in texts(read("words.toml")) if "{" in text
        ]


@pytest.mark.django_db
def test_the_same_seed_gives_the_same_rows() -> None:
    first = rows_of_a_world(7)
    assert all(first)
    assert rows_of_a_world(7) == first


@pytest.mark.django_db
def test_another_seed_gives_other_people_and_a_weekend_changes_no_decision() -> None:
    world = make_world(seed=11, now=A_SUNDAY)
    names = set(Contact.objects.values_list("name", flat=True))
    assert names != people_of(seed=7)
    assert names == people_of(seed=11)
    decided = latest_decisions()
    assert {
        one.story.name: decided[one.lead.external_id]
        for one in world.told
        if one.story.expect and decided[one.lead.external_id] != one.story.expect
    } == {}


@pytest.mark.django_db
def test_the_command_makes_it_once_and_says_how_to_sign_in(client: Any) -> None:
    said = StringIO()
    call_command("demo_data", "--as-of", NOW.isoformat(), stdout=said)
    assert "40 accounts, 400 contacts" in said.getvalue()
    for person in PEOPLE:
        assert person.username in said.getvalue()
        assert client.login(username=person.username, password=DEMO_PASSWORD)
        client.logout()
    before = Lead.objects.count(), Draft.objects.count()
    again = StringIO()
    call_command("demo_data", stdout=again)
    assert "already there" in again.getvalue()
    assert DEMO_PASSWORD in again.getvalue()
    assert (Lead.objects.count(), Draft.objects.count()) == before


@pytest.mark.django_db
def test_a_database_with_other_data_is_left_alone() -> None:
    create_account(external_id="real-1", name="A real company")
    with pytest.raises(CommandError, match="has data of its own"):
        call_command("demo_data")
    assert not User.objects.exists()


@pytest.mark.django_db
def test_a_name_that_is_taken_leaves_nothing_half_made() -> None:
    User.objects.create_user(username="owner", password="somebody-else-1234")
    with pytest.raises(CommandError, match="Somebody else has this user name"):
        call_command("demo_data", "--as-of", NOW.isoformat())
    assert not Contact.objects.exists()
    assert User.objects.count() == 1


@pytest.mark.django_db
def test_production_gets_no_sample_world(settings: Any) -> None:
    settings.PRODUCTION = True
    with pytest.raises(CommandError, match="ENV=production"):
        call_command("demo_data")
    assert not User.objects.exists()


@pytest.mark.django_db
def test_a_moment_that_is_none_is_a_wrong_argument() -> None:
    with pytest.raises(CommandError) as raised:
        call_command("demo_data", "--as-of", "yesterday")
    assert raised.value.returncode == 2
