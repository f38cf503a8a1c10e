"""What an owner does from the page of a lead and from the queue: each in one form, refused in words, kept on record."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from followups import services
from followups.models import Lead, Outcome, PlannedTouch
from outreach.services import Refused
from reviews import services as reviews
from reviews.models import ReviewDecision
from staff.models import User
from tests.factories import make_team, make_user
from tests.followups.making import NOW, draft_of, drafts_of, make_lead, owner_of, swept

pytestmark = pytest.mark.django_db
FAR = date(2100, 1, 1)


@pytest.fixture
def owner() -> User:
    return make_user("Account owner", name="Ida Berg", team=make_team("North"))


@pytest.fixture
def as_owner(client: Client, owner: User) -> Client:
    client.force_login(owner)
    return client


@pytest.mark.parametrize(
    ("action", "given", "words", "disposition"),
    [
        ("put-off", {"how": "recycle", "recycle_on": "2100-01-01", "reason": "Budget in 2100"}, "Put off.", "recycle"),
        ("put-off", {"how": "nurture"}, "Put off.", "nurture"),
        ("take-over", {"reason": "I call them"}, "It is yours now.", "handed_over"),
        ("remind", {"at": "2100-01-01", "title": "Ask Bo"}, "You will be reminded.", ""),
        ("tags", {"tags": "fair, press"}, "Tags kept.", ""),
        ("stop", {"scope": "sequence", "why": "manual", "reason": "Enough"}, "Stopped.", "stopped"),
        ("close", {"outcome": "no-budget", "recycle_on": "2100-01-01"}, "Closed.", "recycle"),
    ],
)
def test_each_control_does_what_it_says(
    as_owner: Client, owner: User, action: str, given: dict[str, str], words: str, disposition: str
) -> None:
    lead = make_lead(owner=owner)
    page = as_owner.post(f"/leads/{lead.pk}/{action}/", given, follow=True).content.decode()
    assert words in page
    lead.refresh_from_db()
    assert lead.disposition == disposition
    assert (f"Stopped on {services.why_it_stopped(lead)[11:]}" in page) == bool(disposition)
    assert PlannedTouch.objects.filter(for_whom=owner).count() == (action in {"take-over", "remind"})
    assert lead.tags == (["fair", "press"] if action == "tags" else [])


@pytest.mark.parametrize(
    ("action", "given", "words"),
    [
        ("put-off", {"how": "recycle"}, "Choose the day to come back on."),
        ("put-off", {"how": "recycle", "recycle_on": "2001-01-01", "reason": "Typed"}, "Choose a later day."),
        ("remind", {"at": "2001-01-01", "title": "Typed"}, "This time has passed."),
        ("close", {"outcome": "not-a-fit", "reason": ""}, "Write down the reason"),
        ("close", {"outcome": "no-such"}, "This outcome is not in use any more."),
        ("tags", {"tags": "x" * 61}, "Shorten it to 60."),
    ],
)
def test_what_is_missing_is_said_and_what_was_typed_stays(
    as_owner: Client, owner: User, action: str, given: dict[str, str], words: str
) -> None:
    lead = make_lead(owner=owner)
    answer = as_owner.post(f"/leads/{lead.pk}/{action}/", given)
    assert answer.status_code == 422
    page = answer.content.decode()
    assert words in page
    assert "Typed" not in given.values() or 'value="Typed"' in page
    lead.refresh_from_db()
    assert lead.disposition == ""


def test_the_list_narrows_by_how_it_ended_and_says_until_when(as_owner: Client, owner: User) -> None:
    resting, ended, still = make_lead(owner=owner), make_lead(owner=owner), make_lead(owner=owner)
    outcome = Outcome.objects.get(key="no-budget")
    now = timezone.now()
    services.close_out(lead=resting, outcome=outcome, recycle_on=FAR, reason="", by=owner, now=now)
    services.close_out(lead=ended, disposition="no_response", reason="", by=owner, now=now)

    def shown(**chosen: str) -> set[int]:
        return {row.lead.pk for row in as_owner.get("/leads/", chosen).context["rows"]}

    assert shown(disposition="recycle") == shown(outcome="no-budget") == {resting.pk}
    assert shown(disposition="no_response") == {ended.pk}
    assert shown(disposition="none") == {still.pk}
    for chosen in ({"disposition": "recycle"}, {"outcome": "no-budget"}):
        page = as_owner.get("/leads/", chosen).content.decode()
        assert "Put off until" in page
        assert "1 Jan 2100" in page
    assert "Outcome: No budget now" in page
    assert "Put off until" not in as_owner.get("/leads/").content.decode()


def test_the_list_of_ended_leads_takes_as_many_queries_for_many_as_for_few(as_owner: Client, owner: User) -> None:
    outcome = Outcome.objects.get(key="no-response")

    def ended() -> int:
        for _ in range(3):
            services.close_out(lead=make_lead(owner=owner), outcome=outcome, reason="", by=owner, now=timezone.now())
        with CaptureQueriesContext(connection) as counted:
            assert as_owner.get("/leads/?disposition=no_response").status_code == 200
        return len(counted)

    ended()
    assert ended() == ended()


# --- from the queue -----------------------------------------------------------------------------------------------


def waiting() -> tuple[Lead, dict[str, Any]]:
    lead = make_lead()
    swept()
    draft = draft_of(lead)
    return lead, {"draft_id": draft.pk, "fingerprint": draft.fingerprint, "by": owner_of(lead), "now": NOW}


@pytest.mark.parametrize(
    ("how", "day", "action", "disposition", "status"),
    [
        ("pause", None, "pause", "", "withdrawn"),
        ("pause", FAR, "pause", "", "withdrawn"),
        ("remind", FAR, "remind", "", "withdrawn"),
        ("put_off", FAR, "close_out", "recycle", "closed_out"),
        ("nurture", None, "close_out", "nurture", "closed_out"),
        ("take_over", None, "take_over", "handed_over", "withdrawn"),
    ],
)
def test_a_message_is_set_aside(how: str, day: date | None, action: str, disposition: str, status: str) -> None:
    lead, seen = waiting()
    decision = reviews.set_aside(how=how, day=day, reason="They move house", **seen)
    lead.refresh_from_db()
    assert (decision.action, decision.reason, lead.disposition) == (action, "They move house", disposition)
    assert drafts_of(lead) == [status]
    until = None if day is None else datetime(2100, 1, 1, tzinfo=UTC)
    assert (lead.paused_at, lead.paused_until) == ((NOW, until) if how == "pause" else (None, None))
    assert [plan.at for plan in PlannedTouch.objects.all()] == {"remind": [until], "take_over": [None]}.get(how, [])


@pytest.mark.parametrize(
    ("how", "day", "reason", "sentence"),
    [
        ("sleep", None, "", "Choose what to do instead."),
        ("remind", None, "", "Choose the day to be reminded on."),
        ("put_off", None, "", "Choose the day to come back on."),
        ("take_over", None, " ", "what you will do"),
        ("pause", date(2001, 1, 1), "", "has passed"),
    ],
)
def test_setting_aside_without_what_it_needs_changes_nothing(
    how: str, day: date | None, reason: str, sentence: str
) -> None:
    lead, seen = waiting()
    with pytest.raises(Refused, match=sentence):
        reviews.set_aside(how=how, day=day, reason=reason, **seen)
    assert drafts_of(lead) == ["awaiting_review"]
    assert not ReviewDecision.objects.exists()


def test_a_reviewer_closes_with_an_outcome_of_the_list() -> None:
    lead, seen = waiting()
    outcome = Outcome.objects.get(key="said-later")
    decision = reviews.close_out(outcome=outcome, recycle_on=FAR, reason="After the move", **seen)
    lead.refresh_from_db()
    assert (decision.disposition, lead.outcome, lead.recycle_on) == ("recycle", outcome, FAR)


def test_the_item_offers_every_outcome_in_use_and_no_other(client: Client) -> None:
    lead, seen = waiting()
    Outcome.objects.filter(key="won").update(active=False)
    client.force_login(owner_of(lead))
    page = client.get(f"/reviews/{seen['draft_id']}/").content.decode()
    assert "Chose somebody else" in page
    assert 'value="won"' not in page
    assert 'accesskey="n"' in page
