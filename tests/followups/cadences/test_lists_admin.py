"""Outcomes and assignment rules in the admin: what makes no sense is said in words before it is saved."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from followups.models import AssignmentRule, Outcome
from staff.models import AuditEntry, User
from tests.factories import make_team, make_user
from tests.followups.making import make_account, make_lead

pytestmark = pytest.mark.django_db
RULES = "admin:followups_assignmentrule"
OUTCOMES = "admin:followups_outcome"


@pytest.fixture
def manager(client: Client) -> User:
    user = make_user("SDR manager", is_staff=True)
    client.force_login(user)
    return user


def rule(**fields: Any) -> dict[str, Any]:
    return {"position": 10, "most_open": 0, "active": "on", "territory": "", "source": "", "account": "", **fields}


def test_a_rule_says_how_many_open_leads_it_fits(client: Client, manager: User) -> None:
    make_lead(territory="Central", owner=None)
    make_lead(territory="central")
    make_lead(territory="Central", stage="won")
    anna = make_user(name="Anna")
    page = client.post(reverse(f"{RULES}_add"), rule(territory=" Central ", owner=anna.pk), follow=True)
    assert "It fits: 2 open leads now, 1 of them without an owner." in page.content.decode()
    assert "Leads in Central to Anna" in page.content.decode()
    saved = AssignmentRule.objects.get()
    assert (saved.territory, saved.owner) == ("Central", anna)
    assert AuditEntry.objects.filter(action="followups.add_assignmentrule", actor=manager).exists()
    change = client.get(reverse(f"{RULES}_change", args=[saved.pk])).content.decode()
    assert "2 open leads now, 1 of them without an owner." in change


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        (
            {"territory": "Centrall"},
            "No lead and no account is in the territory “Centrall”. Look at how",
        ),
        ({"source": "faire"}, "No lead came from “faire”. Look at how it is written."),
        ({"territory": "Central", "source": "fair"}, "No lead fits all of this at once."),
        ({"owner": ""}, "Choose either a person or a team"),
        ({"team": "one"}, "Choose either a person or a team"),
    ],
)
def test_a_rule_for_nobody_is_not_saved_by_accident(
    client: Client, manager: User, fields: dict[str, Any], sentence: str
) -> None:
    make_lead(territory="Central")
    make_lead(source="fair")
    given = rule(owner=manager.pk) | fields
    if fields.get("team"):
        given["team"] = make_team().pk
    page = client.post(reverse(f"{RULES}_add"), given)
    assert sentence in page.content.decode()
    assert not AssignmentRule.objects.exists()
    if "Choose" not in sentence:
        assert client.post(reverse(f"{RULES}_add"), given | {"leads_to_come": "on"}).status_code == 302


def test_a_territory_of_an_account_only_is_somebody(client: Client, manager: User) -> None:
    make_account(territory="North")
    given = rule(territory="North", team=make_team("Hunters").pk, leads_to_come="on")
    assert client.post(reverse(f"{RULES}_add"), given).status_code == 302


def test_a_rule_that_could_never_decide_is_said(client: Client, manager: User) -> None:
    make_lead(territory="Central", source="fair")
    first = AssignmentRule.objects.create(position=10, territory="central", owner=manager)
    given = rule(position=20, territory="Central", source="fair", owner=manager.pk)
    page = client.post(reverse(f"{RULES}_add"), given).content.decode()
    assert "Rule 10 is tried first and fits every lead that this one fits" in page
    assert client.post(reverse(f"{RULES}_add"), given | {"active": ""}).status_code == 302
    assert client.post(reverse(f"{RULES}_add"), given | {"position": 5}).status_code == 302
    # The first one itself is not in its own way.
    same = rule(position=10, territory="Central", owner=manager.pk, most_open=4)
    assert client.post(reverse(f"{RULES}_change", args=[first.pk]), same).status_code == 302


def test_an_outcome_is_added_and_kept(client: Client, manager: User) -> None:
    given = {"label": "Budget next year", "key": "budget", "disposition": "recycle", "position": 5, "active": "on"}
    page = client.post(reverse(f"{OUTCOMES}_add"), given).content.decode()
    assert "A lead that is put off without a day would never come back. Tick this." in page
    assert "is violated" not in page
    assert client.post(reverse(f"{OUTCOMES}_add"), given | {"needs_day": "on"}).status_code == 302
    outcome = Outcome.objects.get(key="budget")
    assert AuditEntry.objects.filter(action="followups.add_outcome", actor=manager).exists()
    change = reverse(f"{OUTCOMES}_change", args=[outcome.pk])
    wrong = client.post(change, {"label": "Budget", "position": 5, "disposition": "won"}).content.decode()
    assert "would never come back" in wrong
    changed = {"label": "Budget", "position": 5, "disposition": "won", "needs_day": "on"}
    assert client.post(change, changed).status_code == 302
    outcome.refresh_from_db()
    assert (outcome.label, outcome.disposition, outcome.active) == ("Budget", "recycle", False)
    assert client.post(reverse(f"{OUTCOMES}_delete", args=[outcome.pk]), {"post": "yes"}).status_code == 403


@pytest.mark.parametrize("model", [RULES, OUTCOMES])
def test_lists_take_as_many_queries_for_many_as_for_few(client: Client, manager: User, model: str) -> None:
    def queries() -> int:
        with CaptureQueriesContext(connection) as counted:
            assert client.get(reverse(f"{model}_changelist")).status_code == 200
        return len(counted)

    def make_more(start: int, number: int) -> None:
        for one in range(start, start + number):
            Outcome.objects.create(key=f"o{one}", label=f"O{one}", disposition="no_response")
            AssignmentRule.objects.create(owner=make_user(), account=make_account())
            AssignmentRule.objects.create(team=make_team())

    make_more(0, 2)
    queries()
    few = queries()
    make_more(2, 6)
    assert queries() == few
