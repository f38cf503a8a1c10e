"""The page of one customer: the score in words, how it moved, what people say about it, and who may."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta

import pytest
import time_machine
from django.test import Client

from contacts import services as contacts
from contacts.models import Event, Identity
from retention import services
from retention.models import Customer, ScoreChange, ScoreFeedback, ScoreOverride
from staff.models import User
from tests.factories import make_team, make_user
from tests.retention.making import NOW, active, ago, did, draft, make_customer, refreshed, rescored
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


def see(client: Client, customer: Customer) -> str:
    return client.get(f"/customers/{customer.pk}/").content.decode()


def test_the_page_says_the_score_in_one_breath_with_its_parts(client: Client, owner: User) -> None:
    customer = quiet(owner=owner, plan="Gold", renewal_on=date(2026, 8, 1))
    refreshed()
    worth(customer)
    page = see(signed_in(client, owner), customer)
    assert "80 of 100, high: quiet for 40 days, visits down by three quarters, and a payment failed 3 days ago." in page
    assert "Visits down by three quarters: 0 in 30 days, 27 in the 90 days before." in page
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
