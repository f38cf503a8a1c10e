"""Drafts are changed as a whole or not at all; what is published stays as it is, and so do those who began with it."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from retention.models import (
    Enrolment,
    Experiment,
    ExperimentReading,
    Playbook,
    PlaybookPause,
    PlaybookVersion,
    WorkCapacity,
)
from retention.rules.playbooks.checks import Grade
from retention.services import playbooks
from retention.services.playbooks.checking import around
from retention.services.refusals import NotPermitted, Refused
from retention.states import EnrolmentStatus, ModelStatus, PlaybookStage
from staff.models import AuditEntry
from staff.states import Role
from tests.factories import make_user
from tests.retention.making import make_customer
from tests.retention.playbooks.making import NOW, approved, drafted, put_in_force, steps

pytestmark = pytest.mark.django_db


def hindering(version: PlaybookVersion) -> list[str]:
    return [one.where for one in playbooks.problems_of(version) if one.grade is not Grade.NOTE]


def enrolled(version: PlaybookVersion) -> Enrolment:
    customer = make_customer()
    return Enrolment.objects.create(
        customer=customer,
        contact=customer.contact,
        playbook=version.playbook,
        version=version,
        arm="treated",
        status=EnrolmentStatus.ACTIVE,
        fitted_at=NOW,
        started_at=NOW,
        expires_at=NOW + timedelta(days=30),
        look_at=NOW + timedelta(hours=9),
    )


def test_a_playbook_begins_empty_and_says_what_is_missing() -> None:
    manager = make_user(Role.RETENTION_MANAGER)
    version = playbooks.create_playbook(name="soft", title="Soft", by=manager)
    assert (version.name, version.status, version.playbook.owner) == ("soft-v1", ModelStatus.DRAFT, manager)
    assert hindering(version) == ["bands", "goal", "goal_kinds", "steps"]
    with pytest.raises(playbooks.PlaybookHasProblems, match="Say what is to be reached"):
        playbooks.publish(version=version, reason="Now.", by=manager, now=NOW)
    with pytest.raises(Refused, match="There is a playbook “soft” already"):
        playbooks.create_playbook(name="soft", title="Soft", by=manager)
    with pytest.raises(Refused, match="small letters"):
        playbooks.create_playbook(name="Soft nudge", title="Soft", by=manager)
    with pytest.raises(NotPermitted):
        playbooks.create_playbook(name="other", title="Other", by=make_user(Role.CONCIERGE))


def test_a_change_is_kept_whole_or_not_at_all() -> None:
    version = drafted()
    before = playbooks.export_playbook(version)
    for changes, rows, design, places in (
        ({"priority": 90, "lasts_days": "many"}, None, None, ["lasts_days"]),
        (
            {"priority": 90},
            steps({"name": "Now", "purpose": "offer", "channel": "sms"}),
            None,
            ["steps.3.latest_hours"],
        ),
        ({"priority": 90}, steps()[::-1], None, ["steps.2.earliest_hours", "steps.2.latest_hours"]),
        ({"priority": 90, "colour": "red"}, None, None, ["colour"]),
        ({"priority": 90}, None, {"holdout_percent": 60}, ["experiment.holdout_percent"]),
        ({"priority": 90}, None, {"kpi": "fame"}, ["experiment.kpi"]),
    ):
        with pytest.raises(playbooks.PlaybookHasProblems) as refused:
            playbooks.edit_version(version=version, changes=changes, steps=rows, experiment=design, by=None)
        assert [one.where for one in refused.value.problems] == places
        assert playbooks.export_playbook(version) == before
    playbooks.edit_version(
        version=version, changes={"priority": 90}, steps=steps()[:1], experiment={"question": "Does it?"}, by=None
    )
    after = PlaybookVersion.objects.get(pk=version.pk)
    assert (after.priority, after.steps.count(), after.experiment.question) == (90, 1, "Does it?")
    assert len(after.experiment.salt) == 32


def test_what_somebody_else_changed_is_not_overwritten() -> None:
    version = drafted()
    seen = playbooks.fingerprint(version)
    playbooks.edit_version(version=version, changes={"priority": 60}, by=None, seen=seen)
    with pytest.raises(Refused, match="Somebody else changed"):
        playbooks.edit_version(version=version, changes={"priority": 70}, by=None, seen=seen)


def test_publishing_retires_the_one_before_and_makes_an_experiment() -> None:
    approved()
    manager = make_user(Role.RETENTION_MANAGER)
    first = put_in_force(drafted())
    assert (first.experiment.holdout_percent, first.experiment.window_days) == (12, 30)
    begun = enrolled(first)
    Playbook.objects.update(stage=PlaybookStage.SCALED, scaled_at=NOW, scale_reason="It paid.")
    second = playbooks.draft_version(of=first, by=manager, note="Later")
    assert (second.name, second.note, second.steps.count()) == (first.name[:-1] + "2", "Later", 2)
    assert second.experiment.salt != first.experiment.salt
    second = playbooks.publish(version=second, reason="Better words.", by=manager, now=NOW)
    first.refresh_from_db()
    assert (first.status, second.status) == (ModelStatus.RETIRED, ModelStatus.PUBLISHED)
    assert second.playbook.stage == PlaybookStage.PILOT
    assert second.playbook.owner == manager
    assert [rules.version_id for rules in playbooks.published(NOW)] == [second.pk]
    assert list(playbooks.of_versions([begun.version_id], NOW)) == [first.pk]
    with pytest.raises(Refused, match="Make a new draft and publish that"):
        playbooks.publish(version=second, reason="Again.", by=None, now=NOW)
    with pytest.raises(Refused, match="stays as it is"):
        playbooks.edit_version(version=second, changes={"priority": 1}, by=None)
    playbooks.retire(version=second, reason="Over.", by=manager, now=NOW)
    assert playbooks.published(NOW) == ()
    assert set(AuditEntry.objects.values_list("action", flat=True)) >= {
        "retention.publish_playbook",
        "retention.retire_playbook",
    }


def test_no_wording_no_publishing() -> None:
    version = drafted()
    assert hindering(version) == ["steps.1.angle", "steps.2.angle"]
    approved(channels=("sms",))
    with pytest.raises(playbooks.PlaybookHasProblems, match="No wording is approved for E-mail"):
        put_in_force(version)


def test_a_published_version_is_locked_in_the_database() -> None:
    approved()
    version = put_in_force(drafted())
    for change in (
        lambda: PlaybookVersion.objects.filter(pk=version.pk).update(priority=1),
        lambda: version.steps.update(latest_hours=999),
        lambda: version.steps.all().delete(),
    ):
        with pytest.raises(IntegrityError, match="new version instead"), transaction.atomic():
            change()


def test_the_design_of_an_experiment_that_runs_is_refused() -> None:
    version = drafted()
    playbooks.edit_version(version=version, experiment={"kpi": "reactivation"}, by=None)
    Experiment.objects.filter(version=version).update(status="running", locked_at=NOW)
    with pytest.raises(Refused, match="locked since its first customer was assigned, so its kpi cannot change"):
        playbooks.edit_version(version=version, experiment={"kpi": "revenue"}, by=None)
    playbooks.edit_version(version=version, experiment={"kpi": "reactivation"}, by=None)


def test_two_playbooks_that_leave_each_other_out() -> None:
    approved()
    first = put_in_force(drafted("first"))
    second = drafted("second", excluded_playbooks=[first.playbook])
    put_in_force(second)
    again = playbooks.draft_version(of=first, by=None)
    with pytest.raises(playbooks.PlaybookHasProblems, match="Second leaves out who is in this one"):
        playbooks.edit_version(version=again, changes={"excluded_playbooks": [second.playbook_id]}, by=None)


def test_a_clone_is_a_playbook_of_its_own() -> None:
    source = drafted(excluded_playbooks=[drafted().playbook])
    copy = playbooks.clone_playbook(of=source, name="copy", title="Copy", by=None)
    assert copy.name == "copy-v1"
    mine, theirs = playbooks.rules_of(copy), playbooks.rules_of(source)
    assert mine.playbook_id != theirs.playbook_id
    assert mine.excluded_playbooks == theirs.excluded_playbooks
    assert [one.earliest for one in mine.steps] == [one.earliest for one in theirs.steps]


def test_it_stands_still_until_a_person_says_why_it_may_go_on() -> None:
    approved()
    version = put_in_force(drafted())
    enrolment = enrolled(version)
    manager = make_user(Role.RETENTION_MANAGER)
    pause: dict[str, Any] = {"playbook": version.playbook, "now": NOW}
    playbooks.pause_playbook(**pause, reason="Complaints above the limit.", by=None, guardrail="complaints")
    assert [rules.paused for rules in playbooks.published(NOW)] == [True]
    for more, says in (
        ({"by": manager, "reason": " "}, "Say why"),
        ({"by": None, "reason": "Fine."}, "Only a person"),
        ({"by": make_user(Role.CONCIERGE), "reason": "Fine."}, "may not"),
    ):
        with pytest.raises(Refused, match=says):
            playbooks.resume_playbook(**pause, **more)
    with pytest.raises(Refused, match="stands still already"):
        playbooks.pause_playbook(**pause, reason="Again.", by=manager)
    playbooks.resume_playbook(**pause, reason="A fault of the provider.", by=manager)
    assert [rules.paused for rules in playbooks.published(NOW)] == [False]
    enrolment.refresh_from_db()
    assert enrolment.look_at == NOW
    assert PlaybookPause.objects.get().resumed_by == manager
    with pytest.raises(Refused, match="does not stand still"):
        playbooks.resume_playbook(**pause, reason="Again.", by=manager)


def test_what_the_rules_read(django_assert_num_queries: Any) -> None:
    approved()
    version = put_in_force(drafted())
    experiment = version.experiment
    enrolled(version)
    [rules] = playbooks.published(NOW)
    assert (rules.room, rules.measured, str(rules.uplift), rules.holdout_percent) == (9, False, "0.035", 12)
    for day, result in enumerate(({"uplift": None}, {"uplift": 0.012}, {"uplift": 0.0151}, {"n": 5})):
        ExperimentReading.objects.create(experiment=experiment, at=NOW + timedelta(days=day), result=result)
    [rules] = playbooks.published(NOW)
    assert (rules.measured, str(rules.uplift)) == (True, "0.0151")
    with django_assert_num_queries(6):
        playbooks.published(NOW)
    for _ in range(2):
        enrolled(put_in_force(drafted()))
    with django_assert_num_queries(6):
        assert len(playbooks.published(NOW)) == 3


def test_waves_begin_with_the_first_who_was_assigned() -> None:
    approved()
    version = drafted(offer_budget="100")
    playbooks.edit_version(
        version=version, experiment={"question": "Does it?", "staggered": True, "waves": 3, "wave_days": 10}, by=None
    )
    put_in_force(version)
    [rules] = playbooks.published(NOW)
    assert (rules.staggered, rules.holdout_percent, rules.waves, rules.waves_from) == (True, 0, 3, None)
    assert (rules.wave_every, rules.window) == (timedelta(days=10), timedelta(days=30))
    assert rules.offer_budget == 100
    ends_at = NOW + timedelta(days=30)
    Experiment.objects.filter(version=version).update(status="running", locked_at=NOW, enrolment_ends_at=ends_at)
    assert [one.waves_from for one in playbooks.published(NOW)] == [NOW]
    Playbook.objects.update(stage=PlaybookStage.SCALED, scaled_at=ends_at, scale_reason="It pays.")
    assert [(one.staggered, one.room) for one in playbooks.published(ends_at)] == [(False, None)]


def test_a_pilot_takes_in_nobody_once_its_experiment_is_full() -> None:
    approved()
    version = put_in_force(drafted())
    experiments = Experiment.objects.filter(version=version)
    experiments.update(status="running", locked_at=NOW, enrolment_ends_at=NOW + timedelta(days=7))
    later = NOW + timedelta(days=7)
    assert [(one.room, one.experiment_id is None) for one in playbooks.published(NOW)] == [(10, False)]
    assert [(one.room, one.holdout_percent, one.salt) for one in playbooks.published(later)] == [(0, 0, "")]
    experiments.update(status="decided", verdict="go_on", verdict_reason="Promising.", decided_at=later)
    assert [(one.room, one.experiment_id) for one in playbooks.published(later)] == [(10, None)]
    Playbook.objects.update(stage=PlaybookStage.SCALED, scaled_at=later, scale_reason="It pays.")
    assert [one.room for one in playbooks.published(later)] == [None]


def test_values_that_cannot_be_are_named_whatever_they_are() -> None:
    version = drafted()
    before = playbooks.export_playbook(version)
    odd: list[tuple[str, Any]] = [
        *(("bands", value) for value in (5, ["purple"], [["high"]], "high", {"high": 1})),
        *(("milestones", value) for value in ([-1], ["x"], [2**40])),
        *(("goal_kinds", value) for value in ([99], [99_999], ["visit"], [None])),
        *(("priority", value) for value in (-1, 101, 99_999, True, "", [1], 50.5, Decimal("NaN"))),
        *(("assumed_uplift", value) for value in ("NaN", "Infinity", "1e9", -1, "2.55")),
        *(("goal", value) for value in (5, ["x"], "x" * 201, "\x00")),
        *(("pilot_most", value) for value in (0, 2**40, -1)),
        *(("max_complaint_rate", value) for value in (0, 2, "x")),
        *(("mode", value) for value in ("loud", "")),
        *(("excluded_playbooks", value) for value in ([version.playbook_id], [999_999_999], ["soft"], 5)),
        ("urgent", "perhaps"),
        ("number", 7),
        ("status", "published"),
    ]
    for name, value in odd:
        with pytest.raises(playbooks.PlaybookHasProblems) as refused:
            playbooks.edit_version(version=version, changes={name: value}, by=None)
        assert {one.where for one in refused.value.problems} == {name}, value
    assert playbooks.export_playbook(version) == before


def test_calls_need_people_with_time() -> None:
    version = drafted()
    call = {"name": "Call", "purpose": "human", "channel": "call", "earliest_hours": 120, "latest_hours": 200}
    playbooks.edit_version(version=version, steps=steps({**call, "script": "Ask."}), by=None)
    assert "steps.3.audience" in hindering(version)
    WorkCapacity.objects.create(user=make_user(), kind="call", minutes_a_day=60, weekdays=[1, 2])
    WorkCapacity.objects.create(user=make_user(is_active=False), kind="call", minutes_a_day=60, weekdays=[1])
    assert "steps.3.audience" not in hindering(version)
    assert around(playbooks.rules_of(version)).call_minutes == 120
