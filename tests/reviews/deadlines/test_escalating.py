"""Messages, calls and intake cases that nobody decides about: their people are warned, then managers are told."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from followups.models import IntakeCase, Lead
from outreach.models import Call, Draft
from reviews.models import Escalation
from reviews.outlook import if_nothing
from reviews.services import deadlines
from reviews.services.deadlines import Escalated, escalate, late_of
from staff import services as staff
from staff.models import Holiday, Notification, Team, User
from tests.factories import make_team, make_user
from tests.followups.making import make_contact as make_person
from tests.followups.making import make_lead, swept
from tests.outreach.calls.making import make_call
from tests.outreach.world import NOW, make_draft

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)


@pytest.fixture
def team() -> Team:
    """Nine to five in UTC, with eight hours for a message."""
    return make_team("North", manager=make_user("SDR manager"))


@pytest.fixture
def owner(team: Team) -> User:
    return make_user("Account owner", team=team)


def write(owner: User | None, at: datetime) -> Draft:
    draft = make_draft(owner=owner, due_at=at)
    Draft.objects.filter(pk=draft.pk).update(created_at=at)
    return draft


def told(user: User | None) -> list[tuple[str, str]]:
    assert user is not None
    return list(Notification.objects.filter(user=user).order_by("pk").values_list("kind", "title"))


def test_first_the_owner_is_warned_then_the_manager_is_told_each_once(team: Team, owner: User) -> None:
    draft = write(owner, NOW)
    assert escalate(now=NOW + 5 * HOUR) == Escalated()
    assert escalate(now=NOW + 6 * HOUR) == Escalated(warned=1)
    assert told(owner) == [("warned", "1 message of yours is close to its deadline")]
    assert escalate(now=NOW + 6 * HOUR) == Escalated()
    assert told(team.manager) == []
    assert escalate(now=NOW + 8 * HOUR) == Escalated(escalated=1)
    assert escalate(now=NOW + 9 * DAY) == Escalated()
    assert told(team.manager) == [("breached", "1 message of your team passed its deadline")]
    assert [kind for kind, _title in told(owner)] == ["warned", "breached"]
    kept = Escalation.objects.filter(draft=draft).order_by("pk")
    assert [(one.step, one.deadline, one.told) for one in kept] == [
        ("warned", NOW + 8 * HOUR, owner),
        ("escalated", NOW + 8 * HOUR, team.manager),
    ]
    assert Notification.objects.filter(user=owner).first().url == f"/reviews/{draft.pk}/"  # type: ignore[union-attr]  # made above
    assert late_of(user_ids=[owner.pk], now=NOW + 9 * DAY) == {owner.pk: 1}
    # Put off, it has until then and eight hours more.
    Draft.objects.filter(pk=draft.pk).update(snoozed_until=NOW + 12 * DAY)
    assert late_of(user_ids=[owner.pk], now=NOW + 9 * DAY) == {}
    assert late_of(user_ids=[owner.pk], now=NOW + 13 * DAY) == {owner.pk: 1}


def test_a_message_says_by_when_it_is_decided_on_the_clock_of_its_team(team: Team, owner: User) -> None:
    Team.objects.filter(pk=team.pk).update(review_hours=6, opens="13:00", closes="15:00", timezone="Europe/Paris")
    Holiday.objects.create(team=team, on=(NOW + DAY).date(), name="Free")
    draft = Draft.objects.select_related("owner__team").get(pk=write(owner, NOW).pk)
    due = NOW.replace(day=25, hour=13)
    said = if_nothing(draft, NOW)
    assert said.startswith("Nothing is sent. It is to be decided by Mon 25 May, 15:00 (Europe/Paris).")
    assert if_nothing(draft, due).startswith("Nothing is sent. It was to be decided by Mon 25 May, 15:00")


def test_hours_are_those_of_the_team(team: Team, owner: User) -> None:
    """Wednesday at nine, with Thursday free: four hours at a time from one to three there make it Tuesday."""
    Team.objects.filter(pk=team.pk).update(review_hours=6, opens="13:00", closes="15:00", timezone="Europe/Paris")
    Holiday.objects.create(team=team, on=(NOW + DAY).date(), name="Free")
    Holiday.objects.create(team=make_team(), on=(NOW + 2 * DAY).date(), name="Free elsewhere")
    write(owner, NOW)
    due = NOW.replace(day=25, hour=13)
    assert escalate(now=due - timedelta.resolution) == Escalated(warned=1)
    assert escalate(now=due) == Escalated(escalated=1)
    assert set(Escalation.objects.values_list("deadline", flat=True)) == {due}
    write(make_user("Account owner"), NOW)
    assert escalate(now=due) == Escalated(escalated=1)
    assert set(Escalation.objects.values_list("deadline", flat=True)) == {due, NOW.replace(hour=17)}


def test_what_is_put_off_or_decided_has_no_deadline(owner: User) -> None:
    snoozed, decided = write(owner, NOW), write(owner, NOW)
    Draft.objects.filter(pk=snoozed.pk).update(snoozed_until=NOW + 5 * DAY)
    Draft.objects.filter(pk=decided.pk).update(status="withdrawn")
    assert escalate(now=NOW + 5 * DAY) == Escalated()
    assert escalate(now=NOW + 8 * DAY) == Escalated(escalated=1)


def test_what_was_put_off_is_watched_anew(team: Team, owner: User) -> None:
    """Put off after a warning, and after its deadline too: each time it has eight hours from then on."""
    draft = write(owner, NOW)
    assert escalate(now=NOW + 6 * HOUR) == Escalated(warned=1)
    # Until an hour before the deadline that it was warned of.
    Draft.objects.filter(pk=draft.pk).update(snoozed_until=NOW + 7 * HOUR)
    assert escalate(now=NOW + DAY + 4 * HOUR) == Escalated()
    assert escalate(now=NOW + DAY + 5 * HOUR) == Escalated(warned=1)
    assert escalate(now=NOW + DAY + 6 * HOUR) == Escalated()
    assert escalate(now=NOW + DAY + 7 * HOUR) == Escalated(escalated=1)
    Draft.objects.filter(pk=draft.pk).update(snoozed_until=NOW + 5 * DAY)
    assert escalate(now=NOW + 5 * DAY + 5 * HOUR) == Escalated()
    assert late_of(user_ids=[owner.pk], now=NOW + 5 * DAY + 5 * HOUR) == {}
    assert escalate(now=NOW + 5 * DAY + 6 * HOUR) == Escalated(warned=1)
    assert escalate(now=NOW + 5 * DAY + 8 * HOUR) == Escalated(escalated=1)
    assert escalate(now=NOW + 9 * DAY) == Escalated()
    assert late_of(user_ids=[owner.pk], now=NOW + 9 * DAY) == {owner.pk: 1}
    # The page of the message says the same deadline.
    draft = Draft.objects.select_related("owner__team").get(pk=draft.pk)
    assert "It was to be decided by Mon 25 May, 17:00" in if_nothing(draft, NOW + 9 * DAY)
    assert [kind for kind, _title in told(owner)] == ["warned", "warned", "breached", "warned", "breached"]
    assert [kind for kind, _title in told(team.manager)] == ["breached"] * 2
    assert list(Escalation.objects.order_by("step").values_list("step", "deadline", "at", "told")) == [
        ("escalated", NOW + 5 * DAY + 8 * HOUR, NOW + 5 * DAY + 8 * HOUR, team.manager_id),
        ("warned", NOW + 5 * DAY + 8 * HOUR, NOW + 5 * DAY + 6 * HOUR, owner.pk),
    ]


def test_a_call_that_is_tried_again_is_watched_anew(team: Team, owner: User) -> None:
    call = make_call(owner_id=owner.pk, latest_at=NOW + 4 * HOUR)
    assert escalate(now=NOW + 3 * HOUR) == Escalated(warned=1)
    # Before it was too late, for the next morning.
    Call.objects.filter(pk=call.pk).update(latest_at=NOW + DAY + 4 * HOUR)
    assert escalate(now=NOW + 5 * HOUR) == Escalated()
    assert escalate(now=NOW + DAY + 3 * HOUR) == Escalated(warned=1)
    assert escalate(now=NOW + DAY + 4 * HOUR) == Escalated(escalated=1)
    Call.objects.filter(pk=call.pk).update(latest_at=NOW + 2 * DAY + 4 * HOUR)
    assert escalate(now=NOW + 2 * DAY) == Escalated()
    assert late_of(user_ids=[owner.pk], now=NOW + 2 * DAY) == {}
    assert escalate(now=NOW + 2 * DAY + 4 * HOUR) == Escalated(escalated=1)
    assert escalate(now=NOW + 2 * DAY + 4 * HOUR) == Escalated()
    assert late_of(user_ids=[owner.pk], now=NOW + 2 * DAY + 4 * HOUR) == {owner.pk: 1}


def test_whoever_has_nobody_above_is_told_of_to_those_who_see_every_team(team: Team, owner: User) -> None:
    chief, manager = make_user("SDR manager"), team.manager
    assert manager is not None
    write(None, NOW)
    write(make_user("Account owner"), NOW)
    assert escalate(now=NOW + 8 * HOUR) == Escalated(escalated=2)
    assert told(chief) == told(manager) == [("breached", "2 messages of your team passed their deadline")]
    staff.add_absence(user=manager, first_on=NOW.date(), last_on=(NOW + 9 * DAY).date(), by=None, now=NOW)
    write(owner, NOW)
    assert escalate(now=NOW + 8.5 * HOUR) == Escalated(escalated=1)
    assert (len(told(chief)), len(told(manager))) == (2, 1)


def test_calls_and_intake_cases_too(team: Team, owner: User) -> None:
    call = make_call(owner_id=owner.pk, latest_at=NOW + 30 * HOUR)
    case = open_case(owner)
    assert escalate(now=NOW + 28 * HOUR) == Escalated(warned=2)
    # Sixteen hours of work are over two days later; the call was promised by three in the afternoon.
    assert escalate(now=NOW + 30 * HOUR) == Escalated(escalated=1)
    assert escalate(now=NOW + 48 * HOUR) == Escalated(escalated=1)
    links = Notification.objects.filter(user=team.manager).order_by("pk").values_list("url", flat=True)
    assert list(links) == [f"/calls/{call.pk}/", "/intake/"]
    assert set(Escalation.objects.values_list("call", "case")) == {(call.pk, None), (None, case.pk)}


def test_a_case_of_a_lead_that_somebody_closed_has_no_deadline(owner: User) -> None:
    """Its page does not show it any more, and the next sweep ends it."""
    case = open_case(owner)
    Lead.objects.filter(pk=case.lead_id).update(disposition="nurture", disposition_at=NOW)
    assert escalate(now=NOW + 9 * DAY) == Escalated()


def open_case(owner: User) -> IntakeCase:
    """Somebody of whom it is not known whether they agreed."""
    lead = make_lead(owner=owner, contact=make_person(consent=None))
    swept(now=NOW, lead_ids=[lead.pk])
    return IntakeCase.objects.get(lead=lead, status="open")


def test_many_are_told_of_in_batches_and_one_notice_each(
    team: Team, owner: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As many queries for a batch of one as for a batch of six, and nothing is told twice or left out between two."""
    write(owner, NOW)
    escalate(now=NOW + 8 * HOUR)
    with CaptureQueriesContext(connection) as nothing:
        escalate(now=NOW + 8 * HOUR)
    write(owner, NOW)
    with CaptureQueriesContext(connection) as one:
        escalate(now=NOW + 8.2 * HOUR)
    for _ in range(6):
        write(owner, NOW)
    with CaptureQueriesContext(connection) as six:
        assert escalate(now=NOW + 8.5 * HOUR) == Escalated(escalated=6)
    assert len(six) == len(one) > len(nothing)
    assert told(team.manager)[-1] == ("breached", "6 messages of your team passed their deadline")
    monkeypatch.setattr(deadlines, "BATCH", 2)
    for _ in range(5):
        write(owner, NOW)
    assert escalate(now=NOW + 9 * HOUR) == Escalated(escalated=5)
    assert told(team.manager)[-1] == ("breached", "2 or more messages of your team passed their deadline")
    assert len(told(team.manager)) == 4
