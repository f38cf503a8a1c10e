"""The page of intake: what it shows, to whom, in how many queries, and what its forms do."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from followups import services
from followups.intake_listing import Place, cases, page
from followups.models import AssignmentRule, IntakeCase, Lead
from outreach.models import Draft
from staff.models import User
from tests.factories import make_team, make_user
from tests.followups.making import draft_of, make_account, make_contact, make_lead

pytestmark = pytest.mark.django_db
HTMX = {"HX-Request": "true"}


@pytest.fixture
def manager() -> User:
    return make_user("SDR manager", name="Sunniva Dahl")


def signed_in(client: Client, user: User) -> Client:
    client.force_login(user)
    return client


def everything(number: int, **fields: Any) -> Lead:
    """A lead for which every reason holds."""
    account = make_account(territory="South", owner=make_user("Account owner", name=f"Ada {number}"))
    email = f"studio@many{number}.example"
    make_contact(name="Twin", email=email)
    contact = make_contact(name=f"Marta {number}", email=email, consent=None, account=account)
    given = {"territory": "North", "existing_customer": True, "contact": contact, "value": 1200, "currency": "EUR"}
    return make_lead(**{**given, **fields})


def sweep() -> None:
    list(services.sweep(now=timezone.now()))


def case_of(lead: Lead) -> IntakeCase:
    return IntakeCase.objects.get(lead=lead, status="open")


def test_a_case_shows_its_evidence_side_by_side(client: Client, manager: User) -> None:
    AssignmentRule.objects.create(position=4, territory="north", owner=make_user("Account owner", name="Rule Taker"))
    lead = everything(1, owner=make_user("Account owner", name="Ida Berg"))
    sweep()
    page = signed_in(client, manager).get("/intake/").content.decode()
    for shown in (
        "Marta 1", "1,200 EUR", "Ida Berg", "Ada 1", "Rule Taker", "North", "South", "Twin", "studio@many1.example",
        "The lead came in marked as a customer.", "Nothing is known", lead.external_id,
    ):  # fmt: skip
        assert shown in page, shown


def test_the_tabs_count_what_may_be_seen_and_narrow_the_list(client: Client) -> None:
    team = make_team()
    owner = make_user("Account owner", team=team)
    make_lead(owner=owner, contact=make_contact(name="Unclear", consent=None))
    make_lead(owner=None, contact=make_contact(name="Of nobody"))
    make_lead(owner=make_user("Account owner", team=make_team()), contact=make_contact(name="Stranger", consent=None))
    closed = make_lead(owner=owner, contact=make_contact(name="Closed", consent=None))
    services.close_out(lead=closed, disposition="documented", reason="Done.", by=owner, now=timezone.now())
    sweep()

    def shown(**where: str) -> set[str]:
        return {row.lead.contact.name for row in signed_in(client, owner).get("/intake/", where).context["rows"]}

    tabs = signed_in(client, owner).get("/intake/").context["tabs"]
    assert {tab["label"]: tab["count"] for tab in tabs if tab["count"]} == {
        "Everything": 2, "Consent": 1, "No owner": 1,
    }  # fmt: skip
    assert shown() == {"Unclear", "Of nobody"}
    assert shown(reason="unowned") == shown(whose="unassigned") == shown(q="of nob") == {"Of nobody"}
    assert shown(reason="consent_unclear") == shown(whose="mine") == shown(whose="team") == {"Unclear"}
    assert shown(reason="duplicate") == shown(q="nobody at all") == set()


def test_the_oldest_come_first_page_by_page(manager: User) -> None:
    """Two of each day, so that pages end within a day too."""
    leads = [make_lead(owner=None) for _ in range(5)]
    sweep()
    now = timezone.now()
    for number, lead in enumerate(reversed(leads)):
        IntakeCase.objects.filter(lead=lead).update(opened_at=now - timedelta(days=30 - number // 2))
    found, after = [], 0
    for _ in range(3):
        place = Place(after=after)
        shown = page(cases(manager, place), place, manager, now, size=2)
        found += [row.case for row in shown.rows]
        after = shown.following
    assert after == 0
    assert [case.pk for case in found] == [
        case.pk for case in sorted(IntakeCase.objects.all(), key=lambda case: (case.opened_at, case.pk))
    ]


def test_queries_do_not_grow_with_the_cases(client: Client, manager: User) -> None:
    signed_in(client, manager)

    def queries() -> int:
        with CaptureQueriesContext(connection) as counted:
            assert client.get("/intake/").status_code == 200
        return len(counted)

    everything(1)
    sweep()
    client.get("/intake/")
    few = queries()
    for number in range(2, 6):
        everything(number, owner=None if number % 2 else make_user("Account owner", team=make_team()))
    sweep()
    assert queries() == few


def test_first_messages_that_promise_lead_to_the_review(client: Client, manager: User) -> None:
    draft = draft_of(_swept_lead())
    Draft.objects.filter(pk=draft.pk).update(review_reasons=["first_promise"])
    page = signed_in(client, manager).get("/intake/", {"reason": "first_promise"})
    assert f"/reviews/{draft.pk}/" in page.content.decode()
    assert [one.pk for one in page.context["drafts"]] == [draft.pk]
    assert (
        signed_in(client, make_user("Concierge")).get("/intake/", {"reason": "first_promise"}).context["drafts"] == []
    )


def _swept_lead() -> Lead:
    lead = make_lead()
    sweep()
    return lead


def test_an_answer_without_javascript_comes_back_to_the_list(client: Client, manager: User) -> None:
    lead = make_lead(contact=make_contact(consent=None))
    sweep()
    response = signed_in(client, manager).post(
        f"/intake/{case_of(lead).pk}/drop/", {"reason": "A test", "query": "reason=consent_unclear"}, follow=True
    )
    assert response.redirect_chain == [("/intake/?reason=consent_unclear", 302)]
    assert "Dropped." in response.content.decode()
    assert not IntakeCase.objects.filter(status="open").exists()


def test_an_answer_takes_the_row_away_and_the_keyboard_goes_on_with_the_next(client: Client, manager: User) -> None:
    first, second, third = (make_lead(contact=make_contact(consent=None, name=name)) for name in ("A", "B", "C"))
    sweep()
    signed_in(client, manager)
    answered = client.post(f"/intake/{case_of(second).pk}/ask/", headers=HTMX)
    assert [row.lead for row in answered.context["rows"]] == [first, third]
    assert answered.context["focus"] == case_of(third).pk
    assert answered.content.decode().count("data-focus") == 1
    assert "<html" not in answered.content.decode()
    # After the last one it is the one before it.
    answered = client.post(f"/intake/{case_of(third).pk}/ask/", headers=HTMX)
    assert answered.context["focus"] == case_of(first).pk


def test_what_is_left_of_a_lead_keeps_the_keyboard(client: Client, manager: User) -> None:
    lead = make_lead(owner=None, contact=make_contact(consent=None))
    make_lead(owner=None)
    sweep()
    AssignmentRule.objects.create(owner=make_user("Account owner"))
    answered = signed_in(client, manager).post(f"/intake/{case_of(lead).pk}/by-rule/", headers=HTMX)
    assert answered.context["focus"] == case_of(lead).pk
    assert case_of(lead).reasons == ["consent_unclear"]
    assert "Something else about this lead is open" in answered.content.decode()


def test_a_stale_answer_says_so_and_shows_what_is_there_now(client: Client, manager: User) -> None:
    lead = make_lead(contact=make_contact(consent=None))
    sweep()
    case = case_of(lead)
    signed_in(client, manager).post(f"/intake/{case.pk}/ask/")
    again = client.post(f"/intake/{case.pk}/drop/", {"reason": "Late"})
    assert again.status_code == 409
    assert "Sunniva Dahl answered this before" in again.content.decode()
    lead.refresh_from_db()
    assert lead.disposition == ""


def test_what_was_typed_stays_when_it_is_refused(client: Client, manager: User) -> None:
    lead = make_lead(contact=make_contact(consent=None))
    sweep()
    typed = {"channel": "sms", "source": "A call with Bo", "on": "2026-01-05"}
    refused = signed_in(client, manager).post(f"/intake/{case_of(lead).pk}/prove-consent/", typed)
    page = refused.content.decode()
    assert refused.status_code == 422
    assert "We have no address of theirs for SMS" in page
    assert "A call with Bo" in page


@pytest.mark.parametrize("role", ["Concierge", "Retention manager"])
def test_who_may_look_sees_no_form_and_may_not_post(client: Client, role: str) -> None:
    lead = make_lead(owner=None, contact=make_contact(consent=None))
    sweep()
    page = signed_in(client, make_user(role)).get("/intake/").content.decode()
    assert lead.external_id in page
    assert f"/intake/{case_of(lead).pk}/" not in page
    for answer in ("ask", "by-rule", "in-turn"):
        team = {"team": make_team(answer).pk}
        assert client.post(f"/intake/{case_of(lead).pk}/{answer}/", team).status_code == 403
    assert client.post("/intake/answers/", {"case": case_of(lead).pk, "what": "by-rule"}).status_code in {200, 302}
    lead.refresh_from_db()
    assert lead.owner is None


def test_another_teams_case_is_not_there(client: Client) -> None:
    lead = make_lead(owner=make_user("Account owner", team=make_team()), contact=make_contact(consent=None))
    sweep()
    owner = make_user("Account owner", team=make_team())
    assert signed_in(client, owner).post(f"/intake/{case_of(lead).pk}/ask/").status_code == 404


def test_several_at_once_by_rule(client: Client, manager: User) -> None:
    leads = [make_lead(owner=None) for _ in range(3)]
    taker = make_user("Account owner")
    AssignmentRule.objects.create(owner=taker, most_open=2)
    sweep()
    chosen = {"case": [case_of(lead).pk for lead in leads], "what": "by-rule"}
    answered = signed_in(client, manager).post("/intake/answers/", chosen, headers=HTMX)
    assert Lead.objects.filter(owner=taker).count() == 2
    assert "2 leads found their owners." in answered.content.decode()
    assert "has 2 open leads already" in answered.content.decode()
    nothing = client.post("/intake/answers/", {"what": "by-rule"})
    assert nothing.status_code == 422
    assert "Tick the leads that you mean" in nothing.content.decode()


def test_customers_and_consent_are_never_answered_in_bulk(client: Client, manager: User) -> None:
    lead = make_lead(existing_customer=True, contact=make_contact(consent=None))
    sweep()
    page = signed_in(client, manager).get("/intake/")
    assert page.context["any_in_bulk"] is False
    for what in ("ask", "drop", "allow-customer", "hand-over", ""):
        response = client.post("/intake/answers/", {"case": case_of(lead).pk, "what": what})
        assert response.status_code == 422
    assert case_of(lead).reasons == ["consent_unclear", "existing_customer"]
