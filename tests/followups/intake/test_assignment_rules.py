"""Assignment rules: each is checked in words before it holds."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from followups.models import AssignmentRule
from followups.rules.assigning import OwnerRule, problems_of
from tests.factories import make_team, make_user
from tests.followups.making import make_account, make_lead

KNOWN: dict[str, Any] = {
    "others": [OwnerRule(20, territory="North", owner_id=1)],
    "territories": ["North"],
    "sources": ["Fair"],
    "can_take": 1,
}


@pytest.mark.parametrize(
    ("rule", "more", "words"),
    [
        (OwnerRule(10), {}, "either a person or a team"),
        (OwnerRule(10, owner_id=1, team_id=2), {}, "either a person or a team"),
        (OwnerRule(10, owner_id=1), {"can_take": 0}, "This person does not work on leads"),
        (OwnerRule(10, team_id=1), {"can_take": 0}, "Nobody in this team works on leads"),
        (OwnerRule(10, territory="Nort", owner_id=1), {}, "No lead has the territory “Nort”"),
        (OwnerRule(10, source="Fairs", owner_id=1), {}, "No lead has the source “Fairs”"),
        (OwnerRule(20, owner_id=1), {}, "There is a rule 20 already"),
        (OwnerRule(30, territory="north", source="Fair", owner_id=1), {}, "so this one would never decide"),
    ],
)
def test_what_is_wrong_is_said_with_the_remedy(rule: OwnerRule, more: dict[str, Any], words: str) -> None:
    found = problems_of(rule, **{**KNOWN, **more})
    assert len(found) == 1
    assert words in found[0]


@pytest.mark.parametrize(
    "rule",
    [
        OwnerRule(10, territory="  north", source="FAIR", owner_id=1),
        OwnerRule(30, source="Fair", team_id=1),
        OwnerRule(30, owner_id=1, most_open=3),
    ],
)
def test_a_rule_that_makes_sense_holds(rule: OwnerRule) -> None:
    assert problems_of(rule, **KNOWN) == []


@pytest.mark.django_db
def test_a_manager_adds_changes_and_switches_off_a_rule(client: Client) -> None:
    team = make_team()
    taker = make_user("Account owner", team=team)
    make_lead(territory="North")
    account = make_account()
    client.force_login(make_user("SDR manager"))
    given = {"position": 10, "territory": "Nowhere", "owner": taker.pk, "most_open": 5, "active": "on"}
    refused = client.post("/intake/rules/new/", given)
    assert refused.status_code == 422
    assert "No lead has the territory “Nowhere”" in refused.content.decode()
    assert client.post("/intake/rules/new/", {**given, "territory": "north"}).status_code == 302
    rule = AssignmentRule.objects.get()
    assert (rule.owner, rule.most_open, rule.active) == (taker, 5, True)
    changed = {"position": 10, "team": team.pk, "account": account.external_id, "most_open": 0}
    assert client.post(f"/intake/rules/{rule.pk}/", changed).status_code == 302
    rule.refresh_from_db()
    assert (rule.owner, rule.team, rule.account, rule.territory, rule.active) == (None, team, account, "", False)
    unknown = client.post(f"/intake/rules/{rule.pk}/", {**changed, "account": "nobody"})
    assert "There is no account with the id nobody" in unknown.content.decode()
    assert f"Rule {rule.position}" in client.get("/intake/rules/").content.decode()


@pytest.mark.django_db
def test_owners_do_not_write_rules(client: Client) -> None:
    owner = make_user("Account owner")
    client.force_login(owner)
    for address in ("/intake/rules/", "/intake/rules/new/"):
        assert client.get(address).status_code == 403
    assert client.post("/intake/rules/new/", {"position": 1, "owner": owner.pk, "most_open": 0}).status_code == 403
    assert not AssignmentRule.objects.exists()
