"""The page of those in nurture: who, how far, what they reacted to, and the ways out."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from contacts import services as contacts
from followups import services
from followups.models import Lead
from staff.models import User
from tests.factories import make_team, make_user
from tests.followups.making import make_contact, make_lead, owner_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def owner(client: Client) -> User:
    user = make_user("Account owner", team=make_team())
    client.force_login(user)
    return user


def nurtured(owner: User, name: str = "Marta Lindqvist", days: int = 100) -> Lead:
    now = timezone.now()
    lead = make_lead(
        owner=owner, contact=make_contact(name=name), quote_sent_on=(now - timedelta(days=days)).date(), future_fit=True
    )
    for _ in services.sweep(now=now, lead_ids=[lead.pk]):
        pass
    return lead


def test_it_says_who_since_when_how_far_and_what_they_did(client: Client, owner: User) -> None:
    waiting = nurtured(owner)
    resting = nurtured(owner, "Ben Osei", days=80)
    nurtured(make_user("Account owner", team=make_team()), "Somebody else’s")
    contacts.record_event(contact=resting.contact, name="proposal_opened", occurred_at=timezone.now())
    answer = client.get("/leads/nurture/")
    rows = {row.lead.pk: row for row, _ in answer.context["rows"]}
    assert list(rows) == [waiting.pk, resting.pk]
    assert (rows[waiting.pk].waiting, rows[waiting.pk].state.sent, rows[waiting.pk].state.most) == (True, 0, 4)
    assert (rows[resting.pk].waiting, rows[waiting.pk].reacted) == (False, "")
    assert rows[resting.pk].reacted.startswith("They opened the proposal on ")
    page = answer.content.decode()
    assert "0 of 4" in page
    assert "When there is something to say" in page


def test_taken_back_it_is_followed_up_with_what_is_new(client: Client, owner: User) -> None:
    lead = nurtured(owner)
    answer = client.post(f"/leads/{lead.pk}/nurture/take-back/", {"reason": ""})
    assert answer.status_code == 422
    assert "Say what is new" in answer.content.decode()
    assert client.post(f"/leads/{lead.pk}/nurture/take-back/", {"reason": "New budget"}).status_code == 302
    lead.refresh_from_db()
    assert (lead.disposition, lead.decisions.latest("id").decision) == ("", "continue")


def test_closed_with_a_reason_it_stays_closed(client: Client, owner: User) -> None:
    lead = nurtured(owner)
    assert client.post(f"/leads/{lead.pk}/nurture/close/", {"reason": " "}).status_code == 422
    assert client.post(f"/leads/{lead.pk}/nurture/close/", {"reason": "They moved away."}).status_code == 302
    for _ in services.sweep(now=timezone.now(), lead_ids=[lead.pk]):
        pass
    lead.refresh_from_db()
    assert (lead.disposition, lead.disposition_reason, lead.disposition_by) == (
        "no_response",
        "They moved away.",
        owner,
    )
    assert client.post(f"/leads/{lead.pk}/nurture/close/", {"reason": "Again"}).status_code == 422


def test_a_colleague_looks_and_a_stranger_does_not(client: Client, owner: User) -> None:
    colleague, stranger = make_user("Account owner", team=owner.team), make_user("Account owner", team=make_team())
    for other, status in ((colleague, 403), (stranger, 404)):
        lead = nurtured(other)
        for way in ("take-back", "close"):
            assert client.post(f"/leads/{lead.pk}/nurture/{way}/", {"reason": "So"}).status_code == status
    page = client.get("/leads/nurture/").content.decode()
    assert f"{owner_of(lead)} decides" not in page
    assert f"{colleague} decides" in page


def test_pages_follow_each_other_in_as_many_queries(
    client: Client, owner: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    def queries() -> int:
        with CaptureQueriesContext(connection) as counted:
            assert client.get("/leads/nurture/").status_code == 200
        return len(counted)

    leads = [nurtured(owner)]
    client.get("/leads/nurture/")
    before = queries()
    leads += [nurtured(owner) for _ in range(2)]
    assert queries() == before
    monkeypatch.setattr("followups.nurture_listing.page.__defaults__", (2,))
    first = client.get("/leads/nurture/")
    second = client.get("/leads/nurture/", {"after": first.context["following"]})
    assert [row.lead for answer in (first, second) for row, _ in answer.context["rows"]] == leads
    assert client.get("/leads/nurture/", {"after": "2_x"}).status_code == 200
