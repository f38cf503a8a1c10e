"""Saying when one is away, and who decides meanwhile: the happy way, each refusal, and the page."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from staff import services
from staff.models import Absence, AuditEntry, Team, User
from staff.services import Refused
from staff.services.absences import why_not_away
from tests.factories import make_team, make_user

NOW = datetime(2026, 5, 20, 9, 0, tzinfo=UTC)
TODAY = NOW.date()
DAY = timedelta(days=1)
ANA, BO = User(pk=1, name="Ana"), User(pk=2, name="Bo")
GONE = User(pk=3, name="Ivo", is_active=False)


@pytest.mark.parametrize(
    ("first", "last", "substitute", "said"),
    [
        (0, 0, None, None),
        (-3, 0, BO, None),
        (1, 366, BO, None),
        (1, 0, None, "Exchange them"),
        (-2, -1, None, "These days are over"),
        (0, 367, None, "more than a year"),
        (0, 1, ANA, "Nobody stands in for themselves"),
        (0, 1, GONE, "Ivo cannot sign in"),
    ],
)
def test_days_that_make_no_sense_are_refused(first: int, last: int, substitute: User | None, said: str | None) -> None:
    why = why_not_away(
        first_on=TODAY + first * DAY, last_on=TODAY + last * DAY, today=TODAY, user=ANA, substitute=substitute
    )
    assert (why is None) if said is None else (why is not None and said in why)


def away(user: User, *, by: User | None, first: int = 0, last: int = 3, **fields: Any) -> Absence:
    return services.add_absence(
        user=user, first_on=TODAY + first * DAY, last_on=TODAY + last * DAY, by=by, now=NOW, **fields
    )


@pytest.mark.django_db
def test_people_their_manager_and_whoever_plans_for_all_may_say_so() -> None:
    boss = make_user("Account owner")
    owner = make_user("Account owner", team=make_team(manager=boss))
    colleague = make_user("Account owner", team=owner.team)
    assert away(owner, by=owner, substitute=colleague, reason=" Skiing ").reason == "Skiing"
    away(colleague, by=boss)
    away(boss, by=make_user("SDR manager"))
    with pytest.raises(Refused, match="people in a team you manage"):
        away(owner, by=colleague, first=10, last=12)
    with pytest.raises(Refused, match="20 May to 23 May is entered already"):
        away(owner, by=owner, first=3, last=9)
    entry = AuditEntry.objects.get(action="staff.add_absence", actor=owner)
    assert (entry.summary, entry.detail["substitute"]) == ("Away 2026-05-20 to 2026-05-23", colleague.pk)


@pytest.mark.django_db
def test_an_absence_ends_yesterday_or_is_taken_back_and_only_once() -> None:
    owner = make_user()
    begun = Absence.objects.create(user=owner, first_on=date(2026, 5, 18), last_on=date(2026, 5, 25))
    later = away(owner, by=owner, first=9, last=12)
    with pytest.raises(Refused, match="people in a team you manage"):
        services.end_absence(absence=begun, by=make_user("Account owner"), now=NOW)
    ended = services.end_absence(absence=begun, by=owner, now=NOW)
    assert ended is not None
    assert ended.last_on == date(2026, 5, 19)
    assert services.end_absence(absence=later, by=owner, now=NOW) is None
    with pytest.raises(Refused, match="over already"):
        services.end_absence(absence=begun, by=owner, now=NOW)
    with pytest.raises(Refused, match="taken back already"):
        services.end_absence(absence=later, by=owner, now=NOW)


@pytest.fixture
def team() -> Team:
    return make_team("North", manager=make_user("Account owner", name="Sunniva Dahl"))


@pytest.mark.django_db
def test_the_page_is_about_oneself_for_most_and_about_the_team_for_its_manager(client: Client, team: Team) -> None:
    owner, stranger = make_user("Account owner", team=team), make_user("Concierge")
    today = timezone.now().date()
    days = {"first_on": today.isoformat(), "last_on": (today + DAY).isoformat(), "reason": "", "substitute": ""}
    client.force_login(owner)
    assert "user" not in client.get("/absences/").context["form"].fields
    # A field that is not on the form changes nothing: it is about whoever is signed in.
    assert client.post("/absences/", {**days, "user": stranger.pk}).status_code == 302
    assert Absence.objects.get().user == owner
    again = client.post("/absences/", days)
    assert (again.status_code, "is entered already" in again.content.decode()) == (422, True)
    assert client.post("/absences/", {**days, "first_on": "soon"}).status_code == 422
    assert team.manager is not None
    client.force_login(team.manager)
    assert set(client.get("/absences/").context["form"].fields["user"].queryset) == {owner, team.manager}
    assert client.post("/absences/", {**days, "user": stranger.pk}).status_code == 422
    absence = Absence.objects.get()
    client.force_login(stranger)
    assert client.get("/absences/").context["rows"] == []
    client.post(f"/absences/{absence.pk}/end/")
    assert Absence.objects.exists()
    client.force_login(team.manager)
    assert client.post(f"/absences/{absence.pk}/end/").status_code == 302
    assert not Absence.objects.exists()
    assert client.post(f"/absences/{absence.pk}/end/").status_code == 404


@pytest.mark.django_db
def test_the_page_costs_the_same_with_more_people(client: Client, team: Team) -> None:
    def add_people(number: int) -> None:
        for _ in range(number):
            user = make_user("Account owner", team=team)
            services.add_absence(
                user=user, first_on=timezone.now().date(), last_on=timezone.now().date() + DAY,
                substitute=make_user("Account owner"), by=None, now=timezone.now(),
            )  # fmt: skip

    assert team.manager is not None
    client.force_login(team.manager)
    add_people(1)
    client.get("/absences/")
    with CaptureQueriesContext(connection) as few:
        client.get("/absences/")
    add_people(8)
    with CaptureQueriesContext(connection) as many:
        client.get("/absences/")
    assert len(many) == len(few)
