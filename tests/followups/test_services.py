"""What people do with leads and cadences: done, refused in words, and on the record."""

from __future__ import annotations

from datetime import timedelta

import pytest
from pytest_django import DjangoAssertNumQueries

from followups import services
from followups.models import Attempt, Cadence, Lead, Sequence
from outreach import services as outreach
from staff.models import AuditEntry
from tests.factories import make_team, make_user
from tests.followups.making import (
    NOW,
    ago,
    day,
    draft_of,
    drafts_of,
    make_account,
    make_contact,
    make_lead,
    make_touch,
    owner_of,
    swept,
)

pytestmark = pytest.mark.django_db


def audited() -> list[tuple[str, object]]:
    """What was done in followups, and by whom."""
    entries = AuditEntry.objects.filter(action__startswith="followups.").order_by("id")
    return list(entries.values_list("action", "actor_id"))


def test_pausing_withdraws_what_waits_and_resuming_writes_again() -> None:
    lead = make_lead()
    swept()
    services.pause(lead=lead, until=ago(-3), reason="On holiday", by=owner_of(lead), now=NOW)
    assert drafts_of(lead) == ["withdrawn"]
    services.resume(lead=lead, by=owner_of(lead), now=NOW)
    swept()
    assert drafts_of(lead) == ["withdrawn", "awaiting_review"]
    assert [entry for entry in audited() if entry[1] == lead.owner_id] == [
        ("followups.pause", lead.owner_id),
        ("followups.resume", lead.owner_id),
    ]


def test_a_pause_that_is_over_holds_nothing_back() -> None:
    lead = make_lead()
    services.pause(lead=lead, until=ago(1), reason="", by=owner_of(lead), now=ago(2))
    assert swept()[lead.external_id].decision.kind.value == "continue"


def test_closing_ends_the_sequence_withdraws_and_says_who() -> None:
    lead = make_lead()
    swept()
    closed = services.close_out(lead=lead, disposition="nurture", reason="  Next\n year ", by=owner_of(lead), now=NOW)
    sequence = Sequence.objects.get(lead=lead)
    assert (closed.disposition, closed.disposition_by, closed.disposition_reason) == (
        "nurture",
        lead.owner,
        "Next year",
    )
    assert (sequence.status, sequence.disposition, sequence.end_reason) == ("ended", "nurture", "Next year")
    assert drafts_of(lead) == ["withdrawn"]
    assert Attempt.objects.get(lead=lead).withdrawn_at is not None
    assert ("followups.close_out", lead.owner_id) in audited()
    assert ("followups.end_sequence", lead.owner_id) in audited()


def test_ending_a_sequence_closes_the_lead_also_where_none_is_open() -> None:
    lead, untouched = make_lead(), make_lead()
    swept(lead_ids=[lead.pk])
    ended = services.end_sequence(lead=lead, reason="Not this time.", by=owner_of(lead), now=NOW)
    assert ended is not None
    assert (ended.status, ended.disposition) == ("ended", "stopped")
    assert services.end_sequence(lead=untouched, reason="", by=owner_of(untouched), now=NOW) is None
    swept()
    assert (drafts_of(lead), drafts_of(untouched)) == (["withdrawn"], [])


def test_a_message_under_way_is_not_called_back() -> None:
    lead = make_lead()
    swept()
    draft = draft_of(lead)
    outreach.approve(draft_id=draft.pk, fingerprint=draft.fingerprint, by=owner_of(lead), now=NOW)
    type(draft).objects.filter(pk=draft.pk).update(status="sending", claimed_at=NOW)
    services.close_out(lead=lead, disposition="stopped", reason="", by=owner_of(lead), now=NOW)
    assert drafts_of(lead) == ["sending"]
    assert Attempt.objects.get(lead=lead).withdrawn_at is None


def test_refusals_say_why_and_change_nothing() -> None:
    lead = make_lead()
    owner = owner_of(lead)
    before = Lead.objects.values().get(pk=lead.pk)
    for deed, sentence in (
        (lambda: services.pause(lead=lead, until=NOW, reason="", by=owner, now=NOW), "has passed"),
        (lambda: services.resume(lead=lead, by=owner, now=NOW), "not paused"),
        (lambda: services.add_note(lead=lead, text=" ", by=owner, now=NOW), "empty"),
        (lambda: services.add_note(lead=lead, text="x" * 501, by=owner, now=NOW), "501 characters"),
        (lambda: services.close_out(lead=lead, disposition="lost it", reason="", by=owner, now=NOW), "not a way"),
        (lambda: services.close_out(lead=lead, disposition="documented", reason=" ", by=owner, now=NOW), "Write down"),
        (lambda: services.waive_close_loop(lead=lead, reason="", by=owner, now=NOW), "No closing note"),
        (lambda: services.reopen(lead=lead, by=owner, now=NOW), "open already"),
        (lambda: services.stop_writing(lead=lead, scope="all", why="manual", reason="x", by=owner, now=NOW), "how far"),
        (lambda: services.stop_writing(lead=lead, scope="contact", why="manual", reason="", by=owner, now=NOW), "why"),
        (
            lambda: services.stop_writing(lead=lead, scope="account", why="manual", reason="x", by=owner, now=NOW),
            "no account",
        ),
        (lambda: services.stop_writing(lead=lead, scope="contact", why="mood", reason="x", by=owner, now=NOW), "mood"),
        (lambda: services.create_lead(external_id=lead.external_id, contact=lead.contact), "this id already"),
        (lambda: services.create_lead(external_id=" ", contact=lead.contact), "id of its own"),
        (lambda: services.create_lead(external_id="new", contact=lead.contact, stage="maybe"), "not a stage"),
        (lambda: services.create_asset(title="T", link="https://ours.example", published_at=NOW), "at least one"),
        (
            lambda: services.create_asset(title="T", link="https://ours.example", published_at=NOW, stages=["x"]),
            "not a stage",
        ),
    ):
        with pytest.raises(services.Refused) as refused:
            deed()
        assert sentence in refused.value.sentence
        assert refused.value.sentence.endswith(".")
        assert "!" not in refused.value.sentence
    assert Lead.objects.values().get(pk=lead.pk) == before


def test_a_touch_belongs_to_one_lead_of_its_contact() -> None:
    contact = make_contact()
    lead, other = make_lead(contact=contact), make_lead(contact=contact)
    touch = make_touch(lead, at=ago(1))
    assert services.link_touch(lead=lead, touch=touch).lead_id == lead.pk
    with pytest.raises(services.Refused, match="another lead already"):
        services.link_touch(lead=other, touch=touch)
    with pytest.raises(services.Refused, match="another contact"):
        services.link_touch(lead=make_lead(), touch=touch)


def test_a_lead_belongs_to_its_contacts_account_unless_said_otherwise() -> None:
    account, other = make_account(), make_account()
    contact = make_contact(account=account)
    assert make_lead(contact=contact).account == account
    assert make_lead(contact=contact, account=other).account == other


@pytest.mark.parametrize(
    ("who", "sentence"),
    [
        ("owner", ""),
        ("team manager", ""),
        ("sees every lead", ""),
        ("colleague", "This belongs to Ida. They or their manager decide."),
        ("no role", "You may look at this, but not change it."),
    ],
)
def test_who_may_act_on_a_lead(who: str, sentence: str) -> None:
    head = make_user("Account owner")
    team = make_team(manager=head)
    owner = make_user("Account owner", name="Ida", team=team)
    person = {
        "owner": owner,
        "team manager": head,
        "sees every lead": make_user("SDR manager"),
        "colleague": make_user("Account owner", team=team),
        "no role": make_user(team=team),
    }[who]
    assert services.why_not_change(lead=make_lead(owner=owner), user=person) == sentence


def test_what_nobody_owns_anybody_with_the_right_may_change() -> None:
    assert services.why_not_change(lead=make_lead(owner=None), user=make_user("Account owner")) == ""


# --- cadences -----------------------------------------------------------------------------------------------------


def test_the_shipped_cadence_is_there_and_is_not_made_twice() -> None:
    version = services.published_version()
    rules = services.rules_of(version)
    assert (rules.channels, rules.max_attempts, rules.max_days, rules.patience_days) == (("email", "sms"), 2, 45, 14)
    assert [(step.word_limit, step.pressure, step.kind) for step in rules.steps] == [
        (90, 3, "follow_up"),
        (60, 2, "follow_up"),
        (40, 1, "close_loop"),
    ]
    assert services.install_default_cadence(now=NOW) == version
    assert Cadence.objects.count() == 1


def test_installing_into_an_empty_database_gives_the_same_rules() -> None:
    migrated = services.rules_of(services.published_version())
    Cadence.objects.all().delete()
    assert services.rules_of(services.install_default_cadence(now=NOW)) == migrated


def test_publishing_retires_the_one_before_and_cannot_be_done_twice() -> None:
    before = services.published_version()
    draft = services.new_draft_version(cadence=before.cadence, by=None)
    by = make_user()
    services.publish_version(version=draft, by=by, now=NOW)
    before.refresh_from_db()
    assert (before.status, services.published_version().pk) == ("retired", draft.pk)
    for version in (draft, before):
        with pytest.raises(services.Refused, match="Only a draft"):
            services.publish_version(version=version, by=by, now=NOW)
    assert ("followups.publish_version", by.pk) in audited()


def test_a_cadence_with_problems_is_not_published_and_all_are_named() -> None:
    before = services.published_version()
    draft = services.new_draft_version(cadence=before.cadence, by=None)
    draft.steps.filter(position=2).update(word_limit=200, pressure=3)
    draft.steps.filter(position=1).update(pressure=2)
    with pytest.raises(services.CadenceHasProblems) as refused:
        services.publish_version(version=draft, by=None, now=NOW)
    assert {problem.place for problem in refused.value.problems} == {"steps.2.word_limit", "steps.2.pressure"}
    assert services.published_version().pk == before.pk


def test_a_clone_needs_a_name_of_its_own() -> None:
    with pytest.raises(services.Refused, match="already"):
        services.clone_cadence(base=services.published_version(), name="default", changes={}, by=None)


def test_a_lead_is_considered_without_writing(django_assert_num_queries: DjangoAssertNumQueries) -> None:
    lead = make_lead(stage="lost", quote_sent_on=day(10))
    considered = services.consider(lead=lead, now=NOW + timedelta(days=1))
    assert considered.decision.reasons == ("lost",)
    assert considered.explanation == "The deal is lost. There is nothing left to follow up."
    assert any(piece["what"] == "We sent a quote" for piece in considered.shown)
    assert lead.decisions.count() == 0
