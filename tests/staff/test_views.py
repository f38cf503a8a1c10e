"""The colours, and the audit log to read."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from pytest_django import DjangoAssertNumQueries

from staff import services
from staff.models import AuditEntry, User
from staff.states import Role
from tests.factories import make_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def manager(client: Client) -> User:
    user = make_user(Role.SDR_MANAGER, name="Rosa Meyer")
    client.force_login(user)
    return user


# Theme


@pytest.mark.usefixtures("manager")
@pytest.mark.parametrize("theme", ["light", "dark", "system"])
def test_the_colours_are_kept_and_shown(client: Client, theme: str) -> None:
    response = client.post("/theme/", {"theme": theme, "next": "/audit/?action=staff.invite"})
    assert response["Location"] == "/audit/?action=staff.invite"
    cookie = response.cookies["theme"]
    assert (cookie.value, cookie["samesite"], cookie["max-age"]) == (theme, "Lax", 365 * 24 * 3600)
    page = client.get("/audit/")
    assert page.context["theme"] == theme
    assert (f'data-theme="{theme}"' in page.content.decode()) is (theme != "system")


@pytest.mark.usefixtures("manager")
@pytest.mark.parametrize("page", ["https://elsewhere.example/", "//elsewhere.example/", "javascript:alert(1)", ""])
def test_the_way_back_stays_here(client: Client, page: str) -> None:
    assert client.post("/theme/", {"theme": "dark", "next": page})["Location"] == "/"


@pytest.mark.usefixtures("manager")
def test_other_colours_there_are_none(client: Client) -> None:
    response = client.post("/theme/", {"theme": "purple"})
    assert response.status_code == 400
    assert "theme" not in response.cookies
    client.cookies["theme"] = '"><script>'
    page = client.get("/audit/")
    assert page.context["theme"] == "system"
    assert "<script>" not in page.content.decode().partition("<body")[0].replace("<script src", "")


@pytest.mark.usefixtures("manager")
def test_colours_are_not_changed_by_a_link(client: Client) -> None:
    assert client.get("/theme/").status_code == 405


# Audit log


@pytest.mark.parametrize("role", [Role.ACCOUNT_OWNER, Role.CONCIERGE, Role.RETENTION_MANAGER])
def test_the_log_is_for_managers(client: Client, role: Role) -> None:
    client.force_login(make_user(role))
    assert client.get("/audit/").status_code == 403


def test_an_entry_says_when_who_what_on_what(client: Client, manager: User) -> None:
    other = make_user(name="Ivo <Brandt>")
    services.set_roles(user=other, roles=[Role.CONCIERGE], by=manager)
    page = client.get("/audit/").content.decode()
    assert "Rosa Meyer" in page
    assert "staff.set_roles" in page
    assert f"staff.user {other.pk}" in page
    assert "after: Concierge" in page
    assert "before: none" in page


@pytest.mark.usefixtures("manager")
def test_deeds_of_the_schedule_are_shown_as_such(client: Client) -> None:
    services.record(action="followups.sweep", summary="12 leads")
    page = client.get("/audit/").content.decode()
    assert "12 leads" in page
    assert '<span class="soft">Rekindle</span>' in page


def test_filters_by_action_and_person(client: Client, manager: User) -> None:
    other = make_user()
    services.record(action="staff.invite", actor=manager)
    services.record(action="staff.invite", actor=other)
    services.record(action="staff.deactivate", actor=other)

    def shown(query: str) -> list[tuple[str, int | None]]:
        return [(entry.action, entry.actor_id) for entry in client.get(f"/audit/?{query}").context["entries"]]

    assert shown("action=staff.invite") == [("staff.invite", other.pk), ("staff.invite", manager.pk)]
    assert shown(f"actor={other.pk}") == [("staff.deactivate", other.pk), ("staff.invite", other.pk)]
    assert shown(f"action=staff.invite&actor={manager.pk}") == [("staff.invite", manager.pk)]
    choices = client.get("/audit/").context["form"].fields["action"].choices
    assert list(choices) == [
        ("", "Anything"),
        ("staff.deactivate", "staff.deactivate"),
        ("staff.invite", "staff.invite"),
    ]


@pytest.mark.usefixtures("manager")
def test_a_filter_that_fits_nothing_says_so(client: Client) -> None:
    services.record(action="staff.invite")
    services.record(action="staff.deactivate", actor=make_user())
    page = client.get(f"/audit/?action=staff.invite&actor={User.objects.latest('pk').pk}").content.decode()
    assert "Nothing fits" in page


@pytest.mark.usefixtures("manager")
@pytest.mark.parametrize("query", ["before=x", "before=-1", "before=99999999999999999999", "actor=x", "action=none"])
def test_a_spoiled_address_is_no_error(client: Client, query: str) -> None:
    assert client.get(f"/audit/?{query}").status_code == 200


@pytest.mark.usefixtures("manager")
def test_pages_follow_one_another_without_gap_or_double(client: Client) -> None:
    AuditEntry.objects.bulk_create(AuditEntry(action="staff.invite") for _ in range(120))
    seen, url = [], "?action=staff.invite"
    sizes = []
    while url:
        page = client.get(f"/audit/{url}")
        sizes.append(len(page.context["entries"]))
        seen += [entry.pk for entry in page.context["entries"]]
        url = page.context["next_url"]
        services.record(action="staff.invite")  # what comes meanwhile moves no page
    assert sizes == [50, 50, 20]
    assert seen == sorted(seen, reverse=True)
    assert len(set(seen)) == 120


@pytest.mark.usefixtures("manager")
def test_a_longer_log_asks_no_more_of_the_database(
    client: Client, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    services.record(action="staff.invite", actor=make_user())
    client.get("/audit/")
    with CaptureQueriesContext(connection) as before:
        client.get("/audit/")
    for _ in range(30):
        services.record(action="staff.invite", actor=make_user())
    with django_assert_num_queries(len(before)):
        client.get("/audit/")
