"""The list of customers: who is on it, in which order, under which tab, and in how many queries."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from functools import partial

import pytest
import time_machine
from django.test import Client

from retention import listing, services
from retention.listing import PAGE
from staff.models import User
from tests.factories import make_team, make_user
from tests.retention.making import NOW, active, ago, make_customer, refreshed, rescored, score_of
from tests.retention.pages import HTMX, named, queries, quiet, signed_in, worth

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def clock() -> Iterator[None]:
    """The pages look at the clock; it stands still at noon."""
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def owner() -> User:
    return make_user("Account owner", name="Ida Berg", team=make_team("North"))


def shown(client: Client, **chosen: str) -> list[str]:
    return [row.customer.contact.name for row in client.get("/customers/", chosen).context["rows"]]


# --- the list -----------------------------------------------------------------------------------------------------


def test_the_list_says_who_is_at_risk_and_why(client: Client, owner: User) -> None:
    quiet(owner=owner)
    refreshed()
    page = signed_in(client, owner).get("/customers/").content.decode()
    assert "Marta Lind" in page
    assert "Quiet for 40 days, visits down by three quarters" in page
    assert '<span class="risk-total">80</span>' in page
    assert '<span class="badge badge-stop">High</span>' in page


def test_tabs_count_by_the_band_in_force(client: Client, owner: User) -> None:
    high, calm = quiet("High", owner=owner), active(named("Calm", owner=owner))
    quiet("Left", owner=owner, churned_on=ago(2).date())
    make_customer(since=None, owner=owner)
    refreshed()
    signed_in(client, owner)

    def tallies() -> dict[str, int]:
        return {tab["label"]: tab["tally"] for tab in client.get("/customers/").context["tabs"]}

    assert tallies() == {"Everyone": 4, "High": 1, "Medium": 0, "Low": 1, "Not scored": 2}
    assert shown(client, band="high") == ["High"]
    assert shown(client, band="none")[0] == "Left"
    services.override(customer=calm, band="medium", reason="Says so.", expires_at=ago(-9), by=owner, now=NOW)
    services.override(customer=high, band="low", reason="Says so.", expires_at=ago(-1), by=owner, now=NOW)
    assert tallies() == {"Everyone": 4, "High": 0, "Medium": 1, "Low": 1, "Not scored": 2}
    assert shown(client, band="low") == ["High"]
    assert shown(client, override="yes") == ["High", "Calm"]
    with time_machine.travel(ago(-2), tick=False):
        signed_in(client, owner)
        assert tallies()["High"] == 1, "an override that ran out no longer holds, even before anybody closes it"


def test_another_teams_customers_are_neither_listed_nor_counted(client: Client, owner: User) -> None:
    colleague, stranger = make_user("Account owner", team=owner.team), make_user("Account owner", team=make_team())
    for name, of in (("Mine", owner), ("Colleague's", colleague), ("Stranger's", stranger), ("Nobody's", None)):
        named(name, owner=of)
    signed_in(client, owner)
    assert set(shown(client)) == {"Mine", "Colleague's", "Nobody's"}
    assert client.get("/customers/").context["tabs"][0]["tally"] == 3
    assert shown(client, whose="mine") == ["Mine"]
    assert set(shown(client, whose="team")) == {"Mine", "Colleague's"}
    assert shown(client, whose="unassigned") == ["Nobody's"]
    assert len(shown(signed_in(client, make_user("Retention manager")))) == 4


def test_filters_narrow_the_list(client: Client, owner: User) -> None:
    one = quiet("Marta Lind", owner=owner, plan="Gold", tier="studio")
    two = active(named("Jonas Dahl", owner=owner, plan="Silver"))
    refreshed()
    worth(one, tier="high")
    worth(two, tier="low")
    signed_in(client, owner)
    assert shown(client, q="mart") == ["Marta Lind"]
    assert shown(client, q=two.external_id.lower()) == ["Jonas Dahl"]
    assert shown(client, plan="Gold", tier="studio") == ["Marta Lind"]
    assert shown(client, value="low") == ["Jonas Dahl"]
    assert shown(client, reason="payment_failed") == ["Marta Lind"]
    assert shown(client, model="at-risk", changed="7") == ["Marta Lind", "Jonas Dahl"]
    assert shown(client, model="infrequent") == []
    assert shown(client, plan="No such plan") == [], "what is no choice shows nobody, rather than everybody"
    with time_machine.travel(ago(-8), tick=False):
        signed_in(client, owner)
        assert shown(client, changed="7") == []
    page = client.get("/customers/", {"plan": "Gold", "band": "high"}).content.decode()
    assert "Plan: Gold" in page
    assert 'href="/customers/?band=high"' in page, "the filter can be taken out of the address"


@pytest.mark.parametrize(
    ("sort", "names"),
    [
        ("risk", ["Quiet", "Calm", "New"]),
        ("value", ["Calm", "New", "Quiet"]),
        ("renewal", ["New", "Quiet", "Calm"]),
        ("changed", ["Quiet", "Calm", "New"]),
        ("no such order", ["Quiet", "Calm", "New"]),
    ],
)
def test_the_list_can_be_ordered(
    client: Client, owner: User, sort: str, names: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    bad = quiet("Quiet", owner=owner, renewal_on=date(2026, 8, 1))
    calm = active(named("Calm", owner=owner))
    named("New", owner=owner, since=None, mrr=Decimal(40), renewal_on=date(2026, 6, 1))
    refreshed()
    worth(calm, clv=Decimal(900))
    worth(bad, clv=Decimal(30))
    signed_in(client, owner)
    assert shown(client, sort=sort) == names
    # The same order page by page, each page beginning where the last one ended.
    monkeypatch.setattr("retention.views.customers.page", partial(listing.page, size=1))
    address, seen = f"?sort={sort}", []
    while address:
        context = client.get(f"/customers/{address}").context
        seen += [row.customer.contact.name for row in context["rows"]]
        address = context["next_url"]
    assert seen == names


@pytest.mark.parametrize("sort", ["risk", "value", "renewal", "changed"])
def test_a_place_that_nobody_gave_out_is_no_fault(client: Client, owner: User, sort: str) -> None:
    signed_in(client, owner)
    for after in ("x", "1", "_", "1_x", "NaN_1", "1e99_3", "9" * 40 + "_1", "2026-01-01_2", "80_" + "9" * 30):
        assert client.get("/customers/", {"sort": sort, "after": after}).status_code == 200, after


def test_the_change_of_a_week_is_shown(client: Client, owner: User) -> None:
    customer = quiet(owner=owner)
    rescored(ago(10))
    before = score_of(customer).total
    rescored(NOW)
    [row] = signed_in(client, owner).get("/customers/").context["rows"]
    assert row.since_last_week == f"+{score_of(customer).total - before}"


def test_the_list_takes_as_many_queries_for_many_as_for_few(client: Client, owner: User) -> None:
    for number in range(2):
        worth(named(f"Few {number}", owner=owner))
    rescored(ago(9))
    signed_in(client, owner).get("/customers/")  # the first request after signing in also settles the session
    few = queries(client, "/customers/")
    for number in range(PAGE):
        worth(named(f"Many {number}", owner=owner))
    refreshed()
    assert queries(client, "/customers/") == few


def test_htmx_gets_the_list_alone(client: Client, owner: User) -> None:
    part = signed_in(client, owner).get("/customers/", headers=HTMX).content.decode()
    assert part.strip().startswith('<div class="stack-l" id="customer-list"')
    assert "<html" not in part


def test_an_empty_list_says_what_to_do(client: Client, owner: User) -> None:
    assert "Ask your manager to import" in signed_in(client, owner).get("/customers/").content.decode()
    manager = make_user("Retention manager")
    assert "Import your customers" in signed_in(client, manager).get("/customers/").content.decode()
    named("Somebody", owner=owner)
    signed_in(client, owner)
    assert "Nobody fits these filters" in client.get("/customers/", {"reason": "refund"}).content.decode()
    assert "No customer of yours is under this tab" in client.get("/customers/", {"band": "high"}).content.decode()


def test_who_has_no_role_sees_no_customers(client: Client) -> None:
    assert signed_in(client, make_user()).get("/customers/").status_code == 403
    assert Client().get("/customers/").status_code == 302
