"""What people have time for: read from the rows, and changed only by who may."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest

from outreach.models import Call, Draft
from retention.models import (
    CapacityRules,
    Enrolment,
    Playbook,
    PlaybookStep,
    PlaybookVersion,
    ScoreBand,
    StepRun,
    WorkCapacity,
)
from retention.services import NotPermitted, Refused
from retention.services.capacity import (
    add_absence,
    end_absence,
    overview,
    quotas,
    set_capacity,
    set_rules,
    supply,
)
from retention.states import Band, ModelStatus, WorkKind
from staff.models import Absence, AuditEntry
from tests.factories import make_user
from tests.outreach.world import make_contact, make_draft
from tests.retention.making import NOW, make_customer

pytestmark = pytest.mark.django_db
REVIEW, CALL = WorkKind.REVIEW, WorkKind.CALL
TODAY = NOW.date()
EVERY_DAY = range(1, 8)


def manager() -> Any:
    return make_user("Retention manager")


def test_without_a_word_from_anybody_owners_read_an_hour_a_day_and_nobody_calls() -> None:
    assert dict(supply(NOW).minutes) == {REVIEW: 0}
    make_user("Account owner", "Concierge")
    make_user("Account owner", is_active=False)
    found = supply(NOW)
    assert dict(found.minutes) == dict(found.whole) == {REVIEW: 48}
    assert overview(NOW).usual
    # From the first word on only what is said counts.
    set_capacity(user=make_user(), kind=REVIEW, minutes_a_day=20, weekdays=EVERY_DAY, by=None)
    assert dict(supply(NOW).minutes) == {REVIEW: 16}
    assert not overview(NOW).usual


def a_playbook(**fields: Any) -> PlaybookVersion:
    playbook = Playbook.objects.create(name=f"playbook-{Playbook.objects.count()}", title="Come back")
    return PlaybookVersion.objects.create(playbook=playbook, number=1, goal="Books", goal_kinds=[3], **fields)


def enrolled(version: PlaybookVersion, days: float, band: str = "high", **fields: Any) -> Enrolment:
    customer = make_customer()
    return Enrolment.objects.create(
        customer=customer, contact=customer.contact, playbook=version.playbook, version=version, why={"band": band},
        fitted_at=NOW - timedelta(days=days), started_at=NOW - timedelta(days=days),
        expires_at=NOW + timedelta(days=9), **{"status": "active", **fields},
    )  # fmt: skip


def test_open_work_and_absences_are_taken_off() -> None:
    worker, other = make_user(), make_user()
    for kind in WorkKind:
        set_capacity(user=worker, kind=kind, minutes_a_day=50, weekdays=EVERY_DAY, by=None)
    set_capacity(user=other, kind=CALL, minutes_a_day=30, weekdays=EVERY_DAY, by=None)
    assert dict(supply(NOW).minutes) == {REVIEW: 40, CALL: 128}
    draft = make_draft(make_contact(), worker)
    make_draft(make_contact(), worker)
    version = a_playbook(review_minutes=5, call_minutes=20)
    step = PlaybookStep.objects.create(
        version=version, position=1, name="One", purpose="nudge", channel="email", latest_hours=8
    )
    StepRun.objects.create(
        enrolment=enrolled(version, 1), step=step, outcome="drafted", at=NOW, due_at=NOW, draft=draft
    )
    contact = make_contact()
    for days in (0, 30):
        Call.objects.create(
            contact=contact, owner=other, why="Ask", due_at=NOW + timedelta(days=days),
            latest_at=NOW + timedelta(days=days + 1), created_at=NOW,
        )  # fmt: skip
    # 5 of the playbook and the usual 1.5 of the other; one call of the usual 12, for the other one is far away.
    assert dict(supply(NOW).minutes) == {REVIEW: Decimal("33.5"), CALL: 116}
    add_absence(user=other, first_on=TODAY, last_on=TODAY + timedelta(days=9), by=None, now=NOW)
    found = supply(NOW)
    assert dict(found.whole) == {REVIEW: 40, CALL: 80}
    assert found.minutes[CALL] == 68
    set_rules(changes={"headroom_percent": 50, "call_days": 1, "review_days": 3}, by=None)
    assert dict(supply(NOW).whole) == {REVIEW: 75, CALL: 25}
    shown = overview(NOW)
    assert [(one.user, dict(one.waiting), one.away is not None) for one in shown.workers] == [
        (worker, {REVIEW: 2, CALL: 0}, False),
        (other, {REVIEW: 0, CALL: 1}, True),
    ]
    Draft.objects.update(status="withdrawn")
    assert supply(NOW).minutes[REVIEW] == 75


def test_contacts_of_seven_days_are_counted_against_the_quota_of_their_band() -> None:
    bands = ScoreBand.objects.filter(version__status=ModelStatus.PUBLISHED)
    models = bands.values("version").distinct().count()
    bands.filter(band="high").update(weekly_quota=2)
    bands.exclude(band="high").update(weekly_quota=None)
    version = a_playbook()
    enrolled(version, 1)
    enrolled(version, 8)
    enrolled(version, 1, "low")
    enrolled(version, 1, arm="holdout", status="held_out")
    assert [(one.band, one.most, one.begun) for one in quotas(NOW)] == [
        (Band.HIGH, 2 * models, 1), (Band.MEDIUM, None, 0), (Band.LOW, None, 1),
    ]  # fmt: skip
    assert dict(supply(NOW).quota) == {Band.HIGH: 2 * models - 1}


def test_the_room_of_pilots_is_what_the_versions_say() -> None:
    version = a_playbook(pilot_most=5)
    PlaybookVersion.objects.filter(pk=version.pk).update(status="published", published_at=NOW, publish_reason="Try it")
    enrolled(version, 1)
    assert dict(supply(NOW).room) == {version.playbook_id: 4}
    assert not supply(NOW, ()).room


def test_what_people_wait_for_is_counted() -> None:
    version = a_playbook()
    for number in range(3):
        enrolled(version, 1, status="waiting", waits_for=f"Waits for call minutes: {number} others go first.")
    enrolled(version, 1, status="waiting", waits_for="Nobody has time set for calls.")
    assert overview(NOW).waits == (("Waits for call minutes", 3), ("Nobody has time set for calls", 1))


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"kind": "tea"}, "There is no work called “tea”. Choose from review, call."),
        ({"minutes_a_day": 721}, "Minutes a day: from 0 to 720."),
        ({"weekdays": [0]}, "Days of the week are 1 (Monday) to 7 (Sunday)."),
        ({"weekdays": []}, "Choose the days of the week on which these minutes are there."),
    ],
)
def test_time_that_cannot_be_is_refused(changes: dict[str, Any], sentence: str) -> None:
    given = {"kind": "call", "minutes_a_day": 60, "weekdays": [1], **changes}
    with pytest.raises(Refused) as refused:
        set_capacity(user=make_user(), by=None, **given)
    assert refused.value.sentence == sentence
    assert not WorkCapacity.objects.exists()


def test_only_who_manages_retention_sets_time_and_rules_and_it_is_kept_who_did() -> None:
    owner, boss = make_user("Account owner"), manager()
    with pytest.raises(NotPermitted):
        set_capacity(user=owner, kind="call", minutes_a_day=60, weekdays=[1], by=owner)
    with pytest.raises(NotPermitted):
        set_rules(changes={"wait_days": 3}, by=owner)
    set_capacity(user=owner, kind="call", minutes_a_day=60, weekdays=[2, 1, 2], by=boss)
    set_capacity(user=owner, kind="call", minutes_a_day=45, weekdays=[2, 1], by=boss)
    assert WorkCapacity.objects.get().weekdays == [1, 2]
    assert set_rules(changes={"wait_days": 3, "currency": "eur"}, by=boss).currency == "EUR"
    assert list(AuditEntry.objects.order_by("id").values_list("action", "actor")) == [
        ("retention.set_capacity", boss.pk), ("retention.set_capacity", boss.pk),
        ("retention.set_capacity_rules", boss.pk),
    ]  # fmt: skip
    for bad in (
        {"headroom_percent": 91},
        {"call_days": 0},
        {"currency": "E1"},
        {"speed": 2},
        {"review_minute_cost": -1},
    ):
        with pytest.raises(Refused):
            set_rules(changes=bad, by=boss)
    assert CapacityRules.objects.get().wait_days == 3


def test_people_say_when_they_are_away_themselves_and_nobody_else_does_but_their_manager() -> None:
    owner, boss = make_user("Account owner"), manager()
    week: dict[str, Any] = {"first_on": TODAY, "last_on": TODAY + timedelta(days=6), "now": NOW}
    with pytest.raises(NotPermitted):
        add_absence(user=boss, by=owner, **week)
    own = add_absence(user=owner, by=owner, reason=" Holiday ", **week)
    begun = Absence.objects.create(user=owner, first_on=date(2026, 5, 1), last_on=date(2026, 6, 1))
    assert own.reason == "Holiday"
    assert end_absence(absence=own, by=boss, now=NOW) is None
    with pytest.raises(Refused):
        end_absence(absence=own, by=boss, now=NOW)
    ended = end_absence(absence=begun, by=owner, now=NOW)
    assert ended is not None
    assert ended.last_on == TODAY - timedelta(days=1)
    with pytest.raises(Refused):
        end_absence(absence=ended, by=owner, now=NOW)
    for first, last in ((1, 0), (-3, -1), (0, 400)):
        with pytest.raises(Refused):
            add_absence(
                user=owner, first_on=TODAY + timedelta(days=first), last_on=TODAY + timedelta(days=last), by=owner,
                now=NOW,
            )  # fmt: skip
