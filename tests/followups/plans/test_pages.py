"""What is planned, on the pages: whose, in which order, what may be settled by whom, and what comes back on its day."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from followups import planned
from followups.models import Lead, PlannedTouch
from staff.models import User
from tests.factories import make_team, make_user
from tests.followups.making import drafts_of, make_contact, make_lead
from tests.followups.plans.test_calendars import MARTA, calendar, event

pytestmark = pytest.mark.django_db
AHEAD = datetime.now(UTC).replace(microsecond=0) + timedelta(days=2)


@pytest.fixture
def owner(client: Client) -> User:
    user = make_user("Account owner", name="Ida Berg", team=make_team("North"))
    client.force_login(user)
    return user


def put_down(about: Lead, *, days: float | None = -1, kind: str = "reminder", **more: Any) -> PlannedTouch:
    """A plan as it stands days later: nothing may be planned for a time that has passed."""
    now = timezone.now()
    at = None if days is None else now + timedelta(days=days)
    given = {
        "contact": about.contact,
        "lead": about,
        "kind": kind,
        "title": f"Call {days}",
        "for_whom": about.owner,
        **more,
    }
    return PlannedTouch.objects.create(**given, at=at, created_at=now - timedelta(days=9))


def form(**chosen: str) -> dict[str, str]:
    return {"kind": "call", "title": "Ask for the plan", "day": f"{AHEAD:%Y-%m-%d}", "at_time": "14:30", **chosen}


def test_a_plan_from_the_page_of_a_lead_is_kept_and_follow_up_stands_down(client: Client, owner: User) -> None:
    lead = make_lead(owner=owner)
    answer = client.post(f"/leads/{lead.pk}/plans/", form())
    assert answer["Location"] == f"/leads/{lead.pk}/"
    plan = PlannedTouch.objects.get()
    assert plan.at is not None
    assert (plan.kind, f"{plan.at:%H:%M}", plan.for_whom, plan.created_by) == ("call", "14:30", owner, owner)
    assert lead.decisions.latest("id").rule == 6
    assert drafts_of(lead) == []


@pytest.mark.parametrize(
    ("chosen", "words"),
    [
        ({"day": "2020-01-01"}, "This time has passed"),
        ({"day": ""}, "choose a day and a time"),
        ({"title": ""}, "This field is required"),
        ({"day": "soon"}, "Enter a valid date"),
    ],
)
def test_what_cannot_be_planned_is_said_and_what_was_typed_stays(
    client: Client, owner: User, chosen: dict[str, str], words: str
) -> None:
    answer = client.post(f"/leads/{make_lead(owner=owner).pk}/plans/", form(**chosen))
    assert answer.status_code == 422
    assert words in answer.content.decode()
    assert 'value="14:30"' in answer.content.decode()


def test_mine_are_listed_what_is_overdue_first_and_page_by_page(
    client: Client, owner: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    lead, other = make_lead(owner=owner), make_lead(owner=make_user("Account owner", team=owner.team))
    for days in (3, -2, 1, -5):
        put_down(lead, days=days)
    put_down(lead, days=None, kind="task")
    put_down(lead, days=2, for_whom=None, lead=None)
    put_down(other, days=-9)
    monkeypatch.setattr("followups.planned.page.__defaults__", (4,))
    first = client.get("/plans/")
    assert [plan.title for plan in first.context["plans"]] == ["Call -5", "Call -2", "Call 1", "Call 2"]
    assert first.content.decode().count("Overdue") == 2
    rest = client.get("/plans/", {"after": first.context["following"]})
    assert [plan.title for plan in rest.context["plans"]] == ["Call 3", "Call None"]
    assert client.get("/plans/", {"after": "nowhere_x"}).status_code == 200


def test_what_is_due_comes_back_on_the_start_page(client: Client, owner: User) -> None:
    lead = make_lead(owner=owner)
    due, ahead = put_down(lead, title="Ask about July"), put_down(lead, days=1, title="Not yet")
    page = client.get("/").content.decode()
    assert due.title in page
    assert ahead.title not in page
    client.post(f"/plans/{due.pk}/done/")
    assert due.title not in client.get("/").content.decode()


@pytest.mark.parametrize("verb", ["done", "call-off"])
def test_settling_it_lets_follow_up_go_on_and_twice_is_said(client: Client, owner: User, verb: str) -> None:
    lead = make_lead(owner=owner)
    plan = put_down(lead, days=1)
    answer = client.post(f"/plans/{plan.pk}/{verb}/", {"lead": lead.pk})
    assert answer["Location"] == f"/leads/{lead.pk}/"
    assert not PlannedTouch.objects.open().exists()
    assert lead.decisions.latest("id").rule > 6
    assert "over already" in client.post(f"/plans/{plan.pk}/{verb}/", follow=True).content.decode()


def test_a_colleague_looks_and_a_stranger_sees_nothing(client: Client, owner: User) -> None:
    colleague, stranger = make_user("Account owner", team=owner.team), make_user("Account owner", team=make_team())
    leads = [make_lead(owner=one) for one in (colleague, stranger)]
    plans = [put_down(lead, days=1) for lead in leads]
    assert [client.post(f"/plans/{plan.pk}/done/").status_code for plan in plans] == [403, 404]
    assert [client.post(f"/leads/{lead.pk}/plans/", form()).status_code for lead in leads] == [403, 404]
    assert PlannedTouch.objects.open().count() == 2


def test_a_calendar_is_read_on_the_page(client: Client, owner: User) -> None:
    make_lead(contact=make_contact(email=MARTA), owner=owner)
    start = f"DTSTART:{AHEAD:%Y%m%dT%H%M%SZ}"
    content = calendar(event(start=start), event(uid=""), event(uid="two", start=start, who="x@client.example"))
    answer = client.post("/plans/calendar/", {"file": SimpleUploadedFile("mine.ics", content)})
    page = answer.content.decode()
    assert "New: 1. Changed: 0. As before: 0." in page
    assert "Without a contact of ours: 1." in page
    assert "Entry 2: It has no UID" in page
    assert [plan.title for plan in answer.context["plans"]] == ["Demo"]


@pytest.mark.parametrize("content", [b"", b"no calendar"])
def test_what_is_no_calendar_is_said_at_the_field(client: Client, owner: User, content: bytes) -> None:
    answer = client.post("/plans/calendar/", {"file": SimpleUploadedFile("mine.ics", content)})
    assert answer.status_code == 422
    assert "This is no calendar" in answer.content.decode()
    assert client.post("/plans/calendar/").status_code == 422


def test_the_number_of_queries_does_not_depend_on_the_plans(client: Client, owner: User) -> None:
    def queries(address: str) -> int:
        with CaptureQueriesContext(connection) as counted:
            assert client.get(address).status_code == 200
        return len(counted)

    # Beyond the few that the start page names it counts the rest, once.
    for _ in range(4):
        put_down(make_lead(owner=owner))
    client.get("/plans/")
    before = [queries(address) for address in ("/plans/", "/")]
    for _ in range(4):
        put_down(make_lead(owner=owner))
    assert [queries(address) for address in ("/plans/", "/")] == before
    assert planned.due(owner, timezone.now()).count() == 8
