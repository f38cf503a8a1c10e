"""The list of customers and the page of one: what is shown, to whom, in how many queries, and what can be done."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal
from functools import partial

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from contacts import services as contacts
from contacts.models import Event, Identity
from retention import listing, services
from retention.listing import PAGE
from retention.models import Customer, CustomerValue, ScoreChange, ScoreFeedback, ScoreOverride
from staff.models import User
from tests.factories import make_team, make_user
from tests.retention.making import NOW, active, ago, did, draft, make_customer, refreshed, rescored, score_of

pytestmark = pytest.mark.django_db
HTMX = {"HX-Request": "true"}


@pytest.fixture(autouse=True)
def clock() -> Iterator[None]:
    """The pages look at the clock; it stands still at noon."""
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def owner() -> User:
    return make_user("Account owner", name="Ida Berg", team=make_team("North"))


def signed_in(client: Client, user: User) -> Client:
    client.force_login(user)
    return client


def named(name: str, **fields: object) -> Customer:
    return make_customer(contact=contacts.create_contact(name=name, external_id=f"{name}-id"), **fields)


def quiet(name: str = "Marta Lind", **fields: object) -> Customer:
    """Came often until 40 days ago, and a payment failed three days ago: 30 + 25 + 25 points."""
    customer = named(name, **fields)
    did(customer, "visit_logged", *range(40, 120, 3))
    did(customer, "payment_failed", 3)
    return customer


def queries(client: Client, address: str) -> int:
    with CaptureQueriesContext(connection) as counted:
        assert client.get(address).status_code == 200
    return len(counted)


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
    assert part.strip().startswith('<div class="stack-l" id="customer-list">')
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


# --- one customer -------------------------------------------------------------------------------------------------


def worth(customer: Customer, *, tier: str = "high", clv: Decimal = Decimal(5000)) -> CustomerValue:
    return CustomerValue.objects.create(
        customer=customer,
        month=date(2026, 5, 1),
        monthly_revenue=Decimal(129),
        clv=clv,
        currency="EUR",
        tier=tier,
        months=14,
        computed_at=NOW,
    )


def see(client: Client, customer: Customer) -> str:
    return client.get(f"/customers/{customer.pk}/").content.decode()


def test_the_page_says_the_score_in_one_breath_with_its_parts(client: Client, owner: User) -> None:
    customer = quiet(owner=owner, plan="Gold", renewal_on=date(2026, 8, 1))
    refreshed()
    worth(customer)
    page = see(signed_in(client, owner), customer)
    assert "80 of 100, high: quiet for 40 days, visits down by three quarters, and a payment failed 3 days ago." in page
    assert "30 of 30" in page
    assert "0 of 15" in page
    assert "One visit, booking or purchase sets it to 0 at once." in page
    assert "<strong>Next:</strong> A message at once, and a call for those of high value" in page
    assert "at-risk-v1" in page
    assert "High value. Worked out on 1 May 2026 from 14 months." in page
    assert 'href="/score/' not in page, "an account owner may not look at models"


def test_the_page_shows_the_history_as_a_chart_and_as_a_table(client: Client, owner: User) -> None:
    customer = quiet(owner=owner)
    for days in (60, 30, 5):
        rescored(ago(days))
    trial = draft(recency_sensitivity="0.5", note="Later")
    services.publish(version=trial, reason="They come less often in summer.", by=None, now=ago(2))
    page = see(signed_in(client, owner), customer)
    assert '<svg role="img" aria-labelledby="history-title">' in page
    assert page.count('class="chart-dot"') == ScoreChange.objects.filter(customer=customer).count()
    assert "Medium from 40" in page
    assert 'class="chart-model-name"' in page
    assert "by what they did, or did not do" in page
    assert "style=" not in page


def test_a_band_that_is_held_back_is_explained(client: Client, owner: User) -> None:
    customer = active(named("Calm", owner=owner))
    refreshed(ago(1))
    # A month and a half later they have not come again: 55 points, on visits alone.
    later = ago(-45)
    with time_machine.travel(later, tick=False):
        services.refresh(now=later)
        page = see(signed_in(client, owner), customer)
    assert "Held at Low" in page
    assert "The total alone says Medium." in page
    assert "It rises at 00:00 on 28 June if it still stands." in page


def test_a_customer_without_events_or_score_has_a_page(client: Client, owner: User) -> None:
    nothing, empty = named("Nothing", owner=owner, since=None), named("Empty", owner=owner)
    left = named("Left", owner=owner, churned_on=ago(3).date())
    refreshed()
    signed_in(client, owner)
    assert "No score yet." in see(client, nothing)
    assert "nothing is known of what they do" in see(client, empty).lower()
    assert "Who has left is not scored any more." in see(client, left)


def test_events_that_do_not_count_say_why(client: Client, owner: User) -> None:
    customer = named("Marta", owner=owner)
    did(customer, "email_opened", 1, machine=True)
    did(customer, "waved_hello", 2)
    did(customer, "class_attended", 3)
    page = see(signed_in(client, owner), customer)
    assert "Not counted: a machine did this" in page
    assert "Not counted: nobody has said what this name means" in page
    assert "Class attended" in page
    assert page.count("Not counted") == 2


def test_another_teams_customer_does_not_exist(client: Client, owner: User) -> None:
    customer = quiet(owner=make_user("Account owner", team=make_team()))
    refreshed()
    signed_in(client, owner)
    assert client.get(f"/customers/{customer.pk}/").status_code == 404
    asked = {"band": "low", "until": "2026-06-01", "reason": "Mine now", "note": "Mine now"}
    for action in ("override", "override/end", "wrong"):
        assert client.post(f"/customers/{customer.pk}/{action}/", asked).status_code == 404
    assert not ScoreOverride.objects.exists()


def test_the_page_takes_as_many_queries_for_much_as_for_little(client: Client, owner: User) -> None:
    customer = quiet(owner=owner)
    refreshed(ago(20))
    signed_in(client, owner).get(f"/customers/{customer.pk}/")
    little = queries(client, f"/customers/{customer.pk}/")
    did(customer, "visit_logged", *range(1, 30))
    did(customer, "nps_submitted", 2, score=3)
    for days in (10, 5, 0):
        rescored(ago(days))
    assert Event.objects.count() > 30
    assert queries(client, f"/customers/{customer.pk}/") == little


# --- what people say about a score --------------------------------------------------------------------------------


def test_a_band_is_set_for_a_while_and_let_go_again(client: Client, owner: User) -> None:
    customer = quiet(owner=owner)
    refreshed()
    address = f"/customers/{customer.pk}/"
    asked = {"band": "low", "until": "2026-06-01", "reason": "On holiday until June."}
    answer = signed_in(client, owner).post(f"{address}override/", asked, follow=True)
    assert answer.redirect_chain == [(address, 302)]
    page = answer.content.decode()
    assert "The band is set." in page
    assert "Low until 1 June 2026, whatever the score says" in page
    assert "On holiday until June." in page
    part = client.post(f"{address}override/end/", headers=HTMX).content.decode()
    assert part.strip().startswith('<div class="stack-l" id="customer">')
    assert "The score decides again." in part
    assert ScoreOverride.objects.get().ended_by == owner
    again = client.post(f"{address}override/end/")
    assert again.status_code == 422
    assert "The score decides already" in again.content.decode()


def test_a_day_that_passed_is_refused_and_what_was_typed_stays(client: Client, owner: User) -> None:
    customer = quiet(owner=owner)
    refreshed()
    asked = {"band": "low", "until": "2026-05-01", "reason": "On holiday."}
    answer = signed_in(client, owner).post(f"/customers/{customer.pk}/override/", asked)
    assert answer.status_code == 422
    page = answer.content.decode()
    assert "Say until when this holds: a day that is still to come." in page
    assert "On holiday." in page
    assert not ScoreOverride.objects.exists()


def test_a_flag_is_said_to_be_wrong(client: Client, owner: User) -> None:
    customer = quiet(owner=owner)
    refreshed()
    signed_in(client, owner).post(f"/customers/{customer.pk}/wrong/", {"note": "The card was replaced."})
    found = ScoreFeedback.objects.get()
    assert (found.total, found.created_by) == (80, owner)
    assert "The card was replaced." in see(client, customer)


def test_forms_that_are_not_filled_in_say_so(client: Client, owner: User) -> None:
    customer = quiet(owner=owner)
    refreshed()
    signed_in(client, owner)
    for action in ("override", "wrong"):
        answer = client.post(f"/customers/{customer.pk}/{action}/", {})
        assert answer.status_code == 422
        assert "This field is required." in answer.content.decode()
        assert client.get(f"/customers/{customer.pk}/{action}/").status_code == 405


def test_who_may_only_look_finds_no_forms_and_is_refused(client: Client, owner: User) -> None:
    customer = quiet(owner=owner)
    refreshed()
    signed_in(client, make_user("SDR manager"))
    assert "Set the band" not in see(client, customer)
    asked = {"band": "low", "until": "2026-06-01", "reason": "Because"}
    assert client.post(f"/customers/{customer.pk}/override/", asked).status_code == 403
    assert client.post(f"/customers/{customer.pk}/wrong/", {"note": "No"}).status_code == 403


def test_what_came_by_another_customers_id_is_not_this_ones(client: Client, owner: User) -> None:
    """Two customers of one person: each is as quiet as its own events say."""
    mine = quiet("Marta", owner=owner)
    other = make_customer(contact=mine.contact, owner=owner)
    contacts.record_event(
        contact=mine.contact, name="visit_logged", occurred_at=NOW - timedelta(days=2), identity=identity_of(other)
    )
    refreshed()
    signed_in(client, owner)
    rows = {row.customer.pk: row.because for row in client.get("/customers/").context["rows"]}
    assert "Quiet for 40 days" in rows[mine.pk]
    assert "belongs to another customer" in see(client, mine)


def identity_of(customer: Customer) -> Identity:
    made, _ = Identity.objects.get_or_create(
        kind="customer", value=customer.external_id, defaults={"contact": customer.contact}
    )
    return made
