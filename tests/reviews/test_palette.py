"""The palette: pages of one's role, and people and accounts that one may see."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import Permission
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from contacts import services as contacts
from reviews.palette import ELSEWHERE, Page, pages_for
from staff.navigation import GROUPS, Place, navigation_for
from staff.states import Role
from tests.factories import make_user
from tests.reviews.world import make_item, make_owner

pytestmark = pytest.mark.django_db

ADDRESS = "/palette/"


def test_each_page_has_an_address_and_a_permission_that_exists() -> None:
    known = {
        f"{one.content_type.app_label}.{one.codename}" for one in Permission.objects.select_related("content_type")
    }
    pages: list[Place | Page] = [*(place for group in GROUPS for place in group), *ELSEWHERE]
    assert {page.permission for page in pages} - {""} <= known
    assert all(reverse(page.url_name) for page in pages)
    assert len({page.url_name for page in pages}) == len({page.label for page in pages}) == len(pages)


@pytest.mark.parametrize("role", Role)
def test_what_the_navigation_has_comes_first_in_its_order(role: Role) -> None:
    user = make_user(role)
    links = [link for group in navigation_for(user).groups for link in group]
    offered = [(way.label, way.url) for way in pages_for(user, "")]
    assert offered[: len(links)] == [(link.label, link.url) for link in links]
    assert {label for label, _ in offered[len(links) :]} <= {page.label for page in ELSEWHERE}


def test_cadences_are_offered_only_to_whoever_may_enter_the_admin(client: Client) -> None:
    manager, outside = make_user("SDR manager", is_staff=True), make_user("SDR manager")
    (way,) = pages_for(manager, "cadence")
    assert pages_for(outside, "cadence") == []
    client.force_login(manager)
    assert (way.label, client.get(way.url).status_code) == ("Cadences", 200)
    client.force_login(outside)
    assert client.get(way.url).status_code != 200


@pytest.mark.trial
@pytest.mark.parametrize("role", Role)
def test_each_page_that_is_offered_can_be_opened(client: Client, role: Role) -> None:
    user = make_user(role)
    client.force_login(user)
    offered = pages_for(user, "")
    assert {"Home", "Change password"} <= {way.label for way in offered}
    assert {way.url: client.get(way.url, follow=True).status_code for way in offered} == {
        way.url: 200 for way in offered
    }


def test_pages_are_found_by_all_words_in_any_case() -> None:
    owner = make_owner()
    assert [way.label for way in pages_for(owner, "REV que")] == ["Review queue"]
    assert pages_for(owner, "audit") == []


def test_only_people_and_accounts_that_one_may_see_are_found(client: Client) -> None:
    mine, other = make_owner(), make_owner()
    seen, hidden = make_item(mine, name="Marta Lindqvist"), make_item(other, name="Marta Ferreira")
    client.force_login(mine)
    page = client.get(ADDRESS, {"q": "mart"}).text
    assert reverse("reviews:contact", args=[seen.contact_id]) in page
    assert reverse("reviews:contact", args=[hidden.contact_id]) not in page
    accounts = client.get(ADDRESS, {"q": "northlight"}).text
    assert f">{seen.account_name}<" in accounts
    assert f">{hidden.account_name}<" not in accounts


def test_it_is_a_page_without_a_script_and_a_part_of_one_with_it(client: Client) -> None:
    client.force_login(make_owner())
    whole = client.get(ADDRESS, {"q": "zzz\0"}).text
    part = client.get(ADDRESS, {"q": "zzz"}, headers={"HX-Request": "true"}).text
    assert "<html" in whole
    assert "<html" not in part
    assert "Nothing is called that" in whole
    assert "Nothing is called that" in part


def test_many_people_take_no_more_queries(
    client: Client, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    owner = make_owner()
    account = contacts.create_account(external_id="many", name="Northlight", owner=owner)
    for number in range(8):
        contacts.create_contact(name=f"Marta Number{number}", account=account)
    client.force_login(owner)
    with django_assert_max_num_queries(16):
        page = client.get(ADDRESS, {"q": "marta"}, headers={"HX-Request": "true"}).text
    assert page.count("/contacts/") == 6


@pytest.mark.parametrize(("given", "kept"), [("off", "off"), ("on", "on")])
def test_single_keys_are_switched_by_a_form(client: Client, given: str, kept: str) -> None:
    client.force_login(make_owner())
    answer = client.post(reverse("staff:keys"), {"keys": given, "next": ADDRESS})
    assert answer["Location"] == ADDRESS
    assert answer.cookies["keys"].value == kept
    assert ('data-keys="off"' in client.get(ADDRESS).text) is (kept == "off")


@pytest.mark.parametrize("data", [{"keys": "loud"}, {}])
def test_other_choices_are_refused(client: Client, data: dict[str, str]) -> None:
    client.force_login(make_owner())
    assert client.post(reverse("staff:keys"), data).status_code == 400


def test_the_way_back_stays_on_this_site(client: Client) -> None:
    client.force_login(make_owner())
    answer = client.post(reverse("staff:keys"), {"keys": "off", "next": "https://elsewhere.example/"})
    assert answer["Location"] == "/"
