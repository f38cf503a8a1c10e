"""Why a person was or was not contacted, in words and as rows."""

from __future__ import annotations

import csv
from datetime import UTC, datetime, timedelta
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from contacts import services as contacts
from contacts.models import Contact, EventBatch, EventSource
from contacts.services.merging import merge
from contacts.states import Channel, SuppressionReason
from followups import services as followups
from retention.models import Customer, Score, ScoreChange, ScoreOverride
from retention.services import rescore_all
from retention.states import ChangeCause
from reviews import services as reviews
from reviews.explaining import Line, explain, find
from tests.reviews.world import NOW, make_item, make_manager, make_owner

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


def run(*arguments: str, **options: Any) -> str:
    said = StringIO()
    call_command("explain", *arguments, stdout=said, stderr=StringIO(), **options)
    return said.getvalue()


def said_of(contact: Contact, at: datetime = NOW) -> list[str]:
    return [f"{line.section}: {line.what}. {line.why}" for line in explain(contact, at=at)]


def at_risk() -> Customer:
    """A customer who came often, stopped five weeks ago, and whose payment failed a week ago."""
    contact = contacts.create_contact(name="Ines Duarte", email="ines@brightquay.example", external_id="user-9")
    customer = Customer.objects.create(
        external_id="cust-9", contact=contact, since=(NOW - 400 * DAY).date(), plan="Unlimited", owner=make_owner()
    )
    for number in range(20):
        contacts.record_event(contact=contact, name="visit_logged", occurred_at=NOW - (36 + 4 * number) * DAY)
    contacts.record_event(contact=contact, name="payment_failed", occurred_at=NOW - 7 * DAY)
    rescore_all(now=NOW - 20 * DAY, cause=ChangeCause.REFRESH)
    rescore_all(now=NOW, cause=ChangeCause.REFRESH)
    return customer


class TestScores:
    def test_every_component_says_its_points_and_why(self) -> None:
        told = said_of(at_risk().contact)
        breath = "80 of 100, high: quiet for 36 days, visits down by three quarters, and a payment failed 7 days ago."
        assert f"score cust-9: Score 80 of 100. {breath}" in told
        assert "score cust-9: Recency 30 of 30. Quiet for 36 days." in told
        assert "score cust-9: Payment 25 of 25. A payment failed 7 days ago." in told
        assert "score cust-9: Support 0 of 5. No complaint is open." in told
        assert any(line.startswith("score cust-9: Engagement 0 of 15. We sent too little mail") for line in told)
        assert any(line.startswith("score cust-9: Scored by at-risk-v1.") for line in told)

    def test_it_says_when_time_alone_changes_it_and_what_moved_it(self) -> None:
        lines = explain(at_risk().contact, at=NOW)
        (due,) = [line for line in lines if line.what == "Time alone may change it then"]
        assert due.at == NOW + 8 * DAY + timedelta(microseconds=1) or due.at == NOW + 8 * DAY
        moved = [line for line in lines if line.what.startswith("Moved from")]
        assert moved
        assert "by what they did, or did not do" in moved[0].why

    def test_as_of_computes_it_for_that_moment_and_writes_nothing(self) -> None:
        customer = at_risk()
        before = list(Score.objects.values()), list(ScoreChange.objects.values())
        told = said_of(customer.contact, NOW - 20 * DAY)
        assert any("Recency 15 of 30" in line for line in told)
        assert any("Payment 0 of 25" in line for line in told)
        assert not any("payment failed" in line.lower() for line in told)
        assert (list(Score.objects.values()), list(ScoreChange.objects.values())) == before

    def test_whoever_was_no_customer_yet_has_no_score(self) -> None:
        told = said_of(at_risk().contact, NOW - 500 * DAY)
        assert "score cust-9: No score. They became a customer after this moment." in told

    def test_whoever_left_is_not_scored(self) -> None:
        customer = at_risk()
        Customer.objects.filter(pk=customer.pk).update(churned_on=(NOW - 3 * DAY).date())
        assert "score cust-9: No score. They left before this moment, and whoever left is not scored." in said_of(
            customer.contact
        )

    def test_the_guard_and_an_override_are_told_apart(self) -> None:
        customer = at_risk()
        Score.objects.filter(customer=customer).update(band="medium")
        told = said_of(customer.contact)
        assert any(line.startswith("score cust-9: Band Medium. The number alone says High. The guard") for line in told)
        by = make_owner(name="Olga Owner")
        ScoreOverride.objects.create(
            customer=customer, band="low", reason="On leave.", created_at=NOW - DAY, created_by=by, expires_at=NOW + DAY
        )
        told = said_of(customer.contact)
        assert (
            "score cust-9: Olga Owner set Low until 21 May 2026. On leave. That band holds, whatever the score says."
            in told
        )
        assert any(line.startswith("score cust-9: What Low means.") for line in told)
        assert not any("Olga Owner set" in line for line in said_of(customer.contact, NOW + 2 * DAY))

    def test_a_customer_without_a_lead_says_why_nobody_wrote(self) -> None:
        told = said_of(at_risk().contact)
        assert "in short: Never written to from here. " in told
        assert (
            "in short: Nothing is under way to them. They have no lead, so no follow-up looks at them, and they are in "
            "no playbook. Their score says what should be done." in told
        )


class TestLeadsAndMessages:
    def test_a_message_that_waits_with_the_decision_behind_it(self) -> None:
        draft = make_item(make_owner(name="Olga Owner"))
        told = said_of(draft.contact)
        lead = draft.attempt.lead.external_id
        assert "in short: A message waits for review. " + draft.why_now in told
        assert any(line.startswith(f"lead {lead}: Stage Proposal. Owner Olga Owner.") for line in told)
        assert f"lead {lead}: Quiet because. The quote is unanswered" in told
        assert f"lead {lead}: 1 message of it so far. Attempts that count for the decision: 0." in told
        assert f"lead {lead}: Known: We sent a quote. " in told
        assert any(line.startswith(f"message {draft.pk}: E-mail: Waiting for review.") for line in told)

    def test_the_checks_and_what_people_decided(self) -> None:
        owner = make_owner(name="Olga Owner")
        draft = make_item(owner)
        body = draft.body.replace("\n\n", "\n\nI am just checking in. ", 1)
        reviews.edit(
            draft_id=draft.pk, fingerprint=draft.fingerprint, subject=draft.subject, body=body, by=owner, now=NOW
        )
        told = said_of(draft.contact)
        assert any(line.startswith(f"message {draft.pk}: Blocks: ") for line in told)
        assert f"message {draft.pk}: Edited by Olga Owner. " in told

    def test_a_refusal_says_where_it_comes_from_and_that_it_was_lifted(self) -> None:
        draft = make_item(make_owner())
        by = make_manager()
        contact = draft.contact
        first = contacts.suppress(
            contact=contact, channel=Channel.EMAIL, reason=SuppressionReason.MANUAL, at=NOW, source="Review", by=by
        )
        contacts.lift_suppression(suppression=first, reason="They asked to hear from us", by=by, at=NOW + DAY)
        contacts.suppress(
            account=contact.account, channel="all", reason=SuppressionReason.LEGAL, at=NOW, source="A letter", by=by
        )
        told = said_of(contact)
        assert "refusals: Legal, Every channel, for the whole account. A letter" in told
        assert (
            f"refusals: Stopped by staff, E-mail. Review. Lifted on 21 May 2026 by {by}: They asked to hear from us"
            in told
        )
        assert any(line.startswith("permission: E-mail. No: there is a legal reason on 20 May 2026") for line in told)
        assert any("There is nothing left" in line or "legal reasons" in line for line in told)

    def test_as_of_leaves_out_what_was_not_there_yet(self) -> None:
        draft = make_item(make_owner())
        later = said_of(draft.contact, NOW - 5 * DAY)
        assert not any(line.startswith("message") for line in later)
        contacts.record_event(contact=draft.contact, name="visit_logged", occurred_at=NOW)
        contacts.record_event(contact=draft.contact, name="app_opened", occurred_at=NOW - DAY)
        assert [line for line in said_of(draft.contact, NOW - DAY) if line.startswith("events")] == [
            "events: App opened. "
        ]


class TestFinding:
    def test_everything_that_somebody_may_have_in_hand_finds_them(self) -> None:
        customer = at_risk()
        contact = customer.contact
        contacts.set_address(contact=contact, kind="phone", value="+441174960001")
        followups.create_lead(external_id="lead-of-9", contact=contact, owner=make_owner(), stage="new")
        for text in ("user-9", "cust-9", "lead-of-9", " INES@brightquay.example ", "+44 117 496 0001", str(contact.pk)):
            assert [one.contact for one in find(text)] == [contact], text
        for text in ("", "nobody", "nobody@brightquay.example", "+441174960002", "9" * 30, "²"):
            assert find(text) == []

    def test_what_became_part_of_somebody_finds_the_whole_person(self) -> None:
        survivor = at_risk().contact
        merged = contacts.create_contact(name="I. Duarte", external_id="old-9")
        merge(survivor=survivor, merged=merged, key="person", reason="Same person", by=make_manager(), at=NOW)
        (found,) = find("old-9")
        assert found.contact == survivor
        assert found.merged == merged
        words = run("old-9")
        assert "I. Duarte became part of this contact" in words
        assert "I. Duarte became part of Ines Duarte" in words


class TestTheCommand:
    def test_it_prints_sections_with_sentences(self) -> None:
        at_risk()
        words = run("cust-9", "--as-of", NOW.isoformat())
        assert "\nScore cust-9\n" in words
        assert "  Recency 30 of 30: Quiet for 36 days." in words
        assert "  A payment failed" not in words
        assert "!" not in words
        assert "things known about contact" in words.splitlines()[-1]

    def test_rows_go_to_a_file_or_to_standard_output(self, tmp_path: Path) -> None:
        at_risk()
        file = tmp_path / "why.csv"
        run("cust-9", "--csv", str(file))
        with file.open(encoding="utf-8", newline="") as opened:
            rows = list(csv.DictReader(opened))
        assert set(rows[0]) == {"section", "at", "what", "why"}
        assert {"who", "in short", "permission", "score cust-9", "events"} <= {row["section"] for row in rows}
        streamed = list(csv.DictReader(StringIO(run("cust-9", "--csv", "-"))))
        assert [row["what"] for row in streamed] == [row["what"] for row in rows]

    def test_a_formula_in_a_name_is_none_in_a_spreadsheet(self) -> None:
        contact = contacts.create_contact(name="=1+1", external_id="odd")
        rows = list(csv.DictReader(StringIO(run("odd", "--csv", "-"))))
        assert rows[0]["what"].startswith("'=1+1")
        assert str(contact.pk) in rows[0]["what"]

    def test_nobody_and_several_are_refused_with_what_to_do(self) -> None:
        with pytest.raises(CommandError, match="Nobody is known by “nobody”") as none:
            run("nobody")
        assert none.value.returncode == 1
        for number in (1, 2):
            contacts.create_contact(name=f"Twin {number}", phone="+441174960001")
        with pytest.raises(CommandError) as several:
            run("+441174960001")
        assert several.value.returncode == 1
        assert "means 2 contacts" in str(several.value)
        for contact in Contact.objects.filter(name__startswith="Twin"):
            assert f"contact {contact.pk}, {contact.name} (by phone number)" in str(several.value)

    def test_a_moment_that_is_none_is_a_wrong_argument(self) -> None:
        with pytest.raises(CommandError) as raised:
            run("cust-9", "--as-of", "yesterday")
        assert raised.value.returncode == 2

    def test_a_file_that_cannot_be_written_is_refused(self, tmp_path: Path) -> None:
        at_risk()
        with pytest.raises(CommandError, match="cannot be written"):
            run("cust-9", "--csv", str(tmp_path / "no" / "such" / "folder.csv"))

    def test_what_waits_in_the_inbox_is_known(self) -> None:
        at_risk()
        source = EventSource.objects.create(name="App", key_digest="x", key_ends_with="1234")
        body = b'{"type": "track", "userId": "user-9", "event": "Application Opened", "messageId": "m-1"}'
        EventBatch.objects.create(source=source, call="track", body=body, received_at=datetime.now(UTC))
        assert "App opened" in run("cust-9")
        assert not EventBatch.objects.exists()

    def test_nothing_personal_is_logged(self, caplog: pytest.LogCaptureFixture) -> None:
        at_risk()
        with caplog.at_level("DEBUG", logger="rekindle"):
            run("ines@brightquay.example")
        assert "ines" not in caplog.text.lower()


def test_a_line_may_do_without_a_reason() -> None:
    assert Line("who", None, "Somebody").why == ""
