"""The sample world: the same for a seed, every state in it, and no finding but those that are meant to be."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import transaction
from django.db.models import Exists, F, OuterRef, Subquery
from django.test import Client, override_settings

from contacts.models import (
    Account,
    ActiveSuppression,
    Address,
    Arrival,
    ConsentRecord,
    Contact,
    DeadLetter,
    Event,
    EventSource,
    Merge,
    Suppression,
    SuspectedDuplicate,
    Touch,
)
from contacts.services import create_account
from contacts.states import SuppressionReason
from followups.models import Asset, Decision, Lead, OwnerNote
from followups.services import sweep
from followups.states import DecisionKind, DecisionReason, ReasonKind, Trigger
from outreach.models import (
    DeliveryEvent,
    Draft,
    GateFinding,
    Reply,
)
from outreach.states import DraftStatus, Flow, Severity
from retention.models import (
    Customer,
    CustomerValue,
    Score,
    ScoreChange,
    ScoreFeedback,
    ScoreOverride,
    ScoreTrial,
    ScoreVersion,
)
from retention.services import rescore_all
from retention.states import ChangeCause
from reviews.demo import DEMO_PASSWORD, World, make_world
from reviews.demo.days import Days
from reviews.demo.leads import Teller
from reviews.demo.people import AddressBook, Place
from reviews.demo.reading import read, stories
from reviews.demo.staff import PEOPLE
from staff.models import User
from tests.reviews.demo_answers import WhatCameBack
from tests.reviews.demo_playbooks import Playbooks, count_from_the_start
from tests.reviews.test_demo_events import REASONS

NOW = datetime(2026, 3, 4, 15, tzinfo=UTC)
#: Accounts with leads; those of the booking software come besides.
BOOK = Account.objects.exclude(external_id__startswith="SW-")
A_SUNDAY = datetime(2026, 3, 8, 0, 20, tzinfo=UTC)


#: The sample world is made for these, and made anew for some. The pages in a browser stand on it too.
pytestmark = pytest.mark.trial


@pytest.fixture(autouse=True)
def outbox_of_the_test(settings: Any, tmp_path: Path) -> None:
    """A folder of its own for what is sent."""
    settings.EMAIL_URL = settings.SMS_URL = str(tmp_path / "outbox")


@pytest.fixture(scope="class")
def outbox(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("outbox")


@pytest.fixture(scope="class")
def world(run: Run, django_db_blocker: Any, outbox: Path) -> Iterator[World]:
    """One world for all tests that only look at it; taken back after the last of them."""
    with django_db_blocker.unblock(), transaction.atomic():
        with override_settings(EMAIL_URL=str(outbox), SMS_URL=str(outbox)):
            count_from_the_start()
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


def main_rows() -> list[list[Any]]:
    """The main rows of the world there is. Keys and the clock on the wall are left out."""
    found = [
        User.objects.values_list("username", "name", "team__name"),
        Contact.objects.values_list(
            "external_id", "name", "account__name", "timezone", "customer_since", "churned_on", "merged_into__name"
        ),
        Address.objects.values_list("contact__external_id", "kind", "value", "is_primary"),
        ConsentRecord.objects.values_list("contact__external_id", "channel", "status", "source", "recorded_at"),
        ActiveSuppression.objects.values_list("contact__external_id", "channel", "reason", "at"),
        Lead.objects.values_list(
            "external_id", "contact__external_id", "owner__username", "stage", "value", "next_step", "next_step_on",
            "quote_sent_on", "disposition", "disposition_at", "paused_until",
        ),
        Touch.objects.values_list("contact__external_id", "at", "direction", "kind", "channel", "summary"),
        Event.objects.values_list("contact__external_id", "name__title", "occurred_at", "kind", "value", "amount"),
        Customer.objects.values_list("external_id", "contact__external_id", "plan", "tier", "mrr", "since"),
        Reply.objects.values_list("contact__external_id", "label", "status", "text", "at"),
        DeliveryEvent.objects.values_list("draft__contact__external_id", "kind", "at", "machine"),
        Draft.objects.values_list(
            "contact__external_id", "status", "subject", "body", "due_at", "decided_at", "sent_at", "priority"
        ),
        Score.objects.values_list("customer__external_id", "total", "band", "reasons", "next_change_at"),
        ScoreChange.objects.values_list("customer__external_id", "at", "total_before", "total_after", "band_after"),
        CustomerValue.objects.values_list("customer__external_id", "month", "clv", "tier"),
        ScoreTrial.objects.values_list("kind", "status", "parameters"),
        DeadLetter.objects.values_list("code", "reason"),
        SuspectedDuplicate.objects.values_list("first__name", "second__name", "reason", "likeness"),
    ]  # fmt: skip
    return [*(sorted(rows, key=str) for rows in found), sorted(latest_decisions().items())]


@dataclass(frozen=True)
class Run:
    """What the command said the first time and the second, and what was there after each."""

    said: str
    said_again: str
    rows: list[list[Any]]
    rows_again: list[list[Any]]
    signed_in: list[str]


@pytest.fixture(scope="module")
def run(django_db_setup: None, django_db_blocker: Any, tmp_path_factory: pytest.TempPathFactory) -> Run:
    """`manage.py demo_data`, twice. The world is taken back."""
    folder, first, second = str(tmp_path_factory.mktemp("outbox")), StringIO(), StringIO()
    hashers = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    with (
        django_db_blocker.unblock(),
        transaction.atomic(),
        override_settings(EMAIL_URL=folder, SMS_URL=folder, PASSWORD_HASHERS=hashers),
    ):
        count_from_the_start()
        call_command("demo_data", "--as-of", NOW.isoformat(), stdout=first)
        signed_in = [one.username for one in PEOPLE if Client().login(username=one.username, password=DEMO_PASSWORD)]
        rows = main_rows()
        call_command("demo_data", stdout=second)
        found = Run(first.getvalue(), second.getvalue(), rows, main_rows(), signed_in)
        transaction.set_rollback(True)
    return found


def people_of(seed: int) -> set[str]:
    """The names of the people in a world with this seed, without making it."""
    users = {person.username: User(username=person.username) for person in PEOPLE}
    book = AddressBook(seed=seed, days=Days(NOW), users=users)
    places = [Place(account, row) for account, row in zip(BOOK.order_by("pk"), rows_of_accounts(), strict=True)]
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


class TestTheWorld(WhatCameBack, Playbooks):
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

    def test_only_the_edited_messages_have_findings(self, world: World) -> None:
        edited = {one.story.then: one.lead.pk for one in world.told if one.story.then.endswith(("edit", "nudge"))}
        found = GateFinding.objects.filter(draft__fingerprint=F("fingerprint")).exclude(severity=Severity.NOTE)
        assert not found.filter(draft__flow=Flow.PLAYBOOK).exists()
        assert {
            (one.draft.attempt.lead_id, one.gate, one.severity) for one in found.select_related("draft__attempt")
        } == {
            (edited["promising edit"], "commitment", Severity.REVIEW),
            (edited["nudging edit"], "checking_in", Severity.BLOCK),
            (edited["cheaper edit"], "commitment", Severity.BLOCK),
            (edited["reproachful edit"], "guilt", Severity.BLOCK),
            (edited["fourth nudge"], "checking_in", Severity.BLOCK),
        }

    def test_what_was_sent_was_approved_before_lies_in_the_outbox_and_answers_nobody_who_refused(
        self, world: World, outbox: Path
    ) -> None:
        sent = Draft.objects.filter(status=DraftStatus.SENT)
        assert sent.filter(flow=Flow.CADENCE).count() == sum(
            story.leads * sum(what == "send" for _, what in story.history) for story in stories()
        )
        assert sent.filter(decided_at__lt=F("sent_at"), sent_at__lt=NOW).count() == sent.count()
        assert len(list(outbox.glob("*.eml"))) == sent.filter(channel="email").count()
        refused = Suppression.objects.filter(contact=OuterRef("contact"), lift=None, at__lte=OuterRef("sent_at"))
        assert not sent.filter(Exists(refused)).exists()

    def test_there_is_about_as_much_as_was_promised(self, world: World) -> None:
        assert BOOK.count() == 40
        assert world.accounts == 40 + 60
        assert Contact.objects.filter(external_id__startswith="C-").count() == 400
        assert world.contacts == 400 + 300 + 60 + 3
        assert 125 <= world.leads <= 135
        assert world.customers >= 20 + 300 + 60
        assert world.events > 40_000
        assert world.waiting >= 40
        assert set(ActiveSuppression.objects.values_list("reason", flat=True)) == set(SuppressionReason.values)
        assert set(ConsentRecord.objects.filter(merge=None).values_list("status", flat=True)) == {"yes", "no"}
        assert not ConsentRecord.objects.filter(source="").exists()
        assert Contact.objects.values("timezone").distinct().count() >= 10

    def test_the_same_seed_gives_the_same_rows(self, world: World, run: Run) -> None:
        assert all(run.rows)
        for found, expected in zip(main_rows(), run.rows, strict=True):
            assert found == expected

    def test_every_reason_code_occurs_and_most_customers_are_well(self, world: World) -> None:
        scores = Score.objects.select_related("customer", "version__model")
        assert {reason for score in scores for reason in score.reasons} >= REASONS
        bands = Counter(score.band for score in scores)
        assert bands["low"] > 4 * bands["medium"] > 4 * bands["high"] > 40
        assert {score.version.name for score in scores} == {"at-risk-v1", "infrequent-v1"}
        assert Customer.objects.filter(external_id__startswith="TS-M").count() == 300
        assert Customer.objects.filter(external_id__startswith="SW-").count() == 60

    def test_there_is_a_past_and_what_people_made_of_it(self, world: World) -> None:
        moments = set(ScoreChange.objects.values_list("at", flat=True))
        assert {NOW - timedelta(weeks=weeks) for weeks in range(13)} <= moments
        assert ScoreOverride.objects.count() == 1
        assert ScoreFeedback.objects.count() == 2
        assert CustomerValue.objects.values("month").distinct().count() == 3
        assert set(ScoreTrial.objects.values_list("kind", "status")) == {("what_if", "done"), ("backtest", "done")}
        assert ScoreVersion.objects.filter(status="draft").count() == 1

    def test_not_everything_that_came_in_counts(self, world: World) -> None:
        assert Event.objects.filter(machine=True).count() > 50
        assert Event.objects.filter(name__kind=None).count() > 5
        assert Event.objects.filter(contact=None, identity__kind="anonymous").count() == 6
        assert set(DeadLetter.objects.values_list("status", "code")) == {
            ("open", "bad_property"), ("open", "no_name"), ("open", "no_user"),
        }  # fmt: skip
        assert DeadLetter.objects.count() == 4
        assert EventSource.objects.get().last_event_at is not None
        assert Merge.objects.count() == 1
        assert SuspectedDuplicate.objects.filter(status="open").count() >= 2
        assert not Arrival.objects.filter(due_at__lte=NOW).exists()

    def test_scoring_everybody_again_changes_nothing(self, world: World) -> None:
        assert rescore_all(now=NOW, cause=ChangeCause.CHECK).changed == 0

    def test_nothing_shouts(self, world: World) -> None:
        written = [
            *Draft.objects.values_list("subject", flat=True),
            *Draft.objects.values_list("body", flat=True),
            *Touch.objects.values_list("summary", flat=True),
            *OwnerNote.objects.values_list("text", flat=True),
            *Asset.objects.values_list("title", flat=True),
            *Lead.objects.values_list("next_step", flat=True),
        ]
        for name in (
            "words",
            "people",
            "material",
            "slipway",
            "cases",
            "answers",
            "wording",
            "accounts/agency",
            "accounts/studio",
        ):
            written += texts(read(f"{name}.toml"))
        assert written
        assert [text for text in written if "!" in text or "{" in text] == [
            text for name in ("words", "answers", "wording") for text in texts(read(f"{name}.toml")) if "{" in text
        ]


@pytest.mark.trial
@pytest.mark.django_db
def test_another_seed_gives_other_people_and_a_weekend_changes_no_decision() -> None:
    world = make_world(seed=11, now=A_SUNDAY)
    names = set(Contact.objects.filter(external_id__startswith="C-").values_list("name", flat=True))
    assert names != people_of(seed=7)
    assert names == people_of(seed=11)
    decided = latest_decisions()
    assert {
        one.story.name: decided[one.lead.external_id]
        for one in world.told
        if one.story.expect and decided[one.lead.external_id] != one.story.expect
    } == {}


def test_the_command_makes_it_once_and_says_how_to_sign_in(run: Run) -> None:
    assert "100 accounts, 763 contacts" in run.said
    assert run.signed_in == [person.username for person in PEOPLE]
    for person in PEOPLE:
        assert person.username in run.said
    assert "already there" in run.said_again
    assert DEMO_PASSWORD in run.said_again
    assert run.rows_again == run.rows


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
