"""Staff in the admin: people are made, invited and closed there, by services; roles and the log are only read."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import Group
from django.core import mail
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from pytest_django import DjangoAssertNumQueries, DjangoCaptureOnCommitCallbacks, Settings

from staff import services
from staff.models import AuditEntry, Team, User
from staff.states import Role
from tests.factories import make_team, make_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def chief(client: Client) -> User:
    user = make_user(is_superuser=True, is_staff=True)
    client.force_login(user)
    return user


def actions() -> list[str]:
    return list(AuditEntry.objects.order_by("id").values_list("action", flat=True))


@pytest.mark.parametrize("role", Role)
def test_no_role_sees_staff_here(client: Client, role: Role) -> None:
    client.force_login(make_user(role, is_staff=True))
    for page in ("user", "team", "user/add", "team/add"):
        assert client.get(f"/admin/staff/{page}/").status_code == 403


def test_who_has_no_business_here_is_refused(client: Client) -> None:
    client.force_login(make_user(Role.ACCOUNT_OWNER))
    assert client.get("/admin/", follow=True).status_code == 403


def test_a_new_person_gets_team_and_roles_and_no_password(client: Client, chief: User) -> None:
    team = make_team()
    fields = {
        "username": "marta",
        "name": "Marta",
        "email": "marta@ours.example",
        "team": team.pk,
        "roles": [Role.SDR_MANAGER, Role.CONCIERGE],
    }
    response = client.post("/admin/staff/user/add/", fields)
    assert response.status_code == 302
    user = User.objects.get(username="marta")
    assert (user.team, user.is_active, user.is_staff, user.is_superuser) == (team, False, True, False)
    assert not user.has_usable_password()
    assert set(user.groups.values_list("name", flat=True)) == {"SDR manager", "Concierge"}
    assert actions() == ["staff.create_user", "staff.set_roles"]
    assert set(AuditEntry.objects.values_list("actor", flat=True)) == {chief.pk}


@pytest.mark.usefixtures("chief")
def test_a_taken_name_is_said_on_the_form(client: Client) -> None:
    make_user()
    taken = User.objects.latest("pk")
    for fields in ({"username": taken.username.upper()}, {"username": "new", "email": taken.email.upper()}):
        page = client.post("/admin/staff/user/add/", {"name": "Somebody", **fields})
        assert page.status_code == 200
        assert "Somebody else has this" in page.content.decode()


@pytest.mark.usefixtures("chief")
def test_a_change_goes_through_services(client: Client) -> None:
    user = make_user(Role.CONCIERGE)
    fields = {"username": user.username, "name": "New Name", "email": user.email, "roles": [Role.ACCOUNT_OWNER]}
    assert client.post(f"/admin/staff/user/{user.pk}/change/", fields).status_code == 302
    user.refresh_from_db()
    assert user.name == "New Name"
    assert list(user.groups.values_list("name", flat=True)) == ["Account owner"]
    assert actions() == ["staff.update_user", "staff.set_roles"]


@pytest.mark.usefixtures("chief")
def test_a_change_of_nothing_writes_nothing(client: Client) -> None:
    user = make_user(Role.CONCIERGE)
    fields = {"username": user.username, "name": user.name, "email": user.email, "roles": [Role.CONCIERGE]}
    assert client.post(f"/admin/staff/user/{user.pk}/change/", fields).status_code == 302
    assert actions() == []


@pytest.mark.usefixtures("chief")
def test_invite_says_how_many_and_why_not_the_others(
    client: Client, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    new = services.create_user(username="marta", name="Marta", email="marta@ours.example")
    nowhere = services.create_user(username="ivo", name="Ivo")
    with django_capture_on_commit_callbacks(execute=True):
        page = client.post(
            "/admin/staff/user/", {"action": "invite", "_selected_action": [new.pk, nowhere.pk]}, follow=True
        )
    said = page.content.decode()
    assert "Invited 1." in said
    assert "Ivo has no e-mail address" in said
    assert [message.to for message in mail.outbox] == [["marta@ours.example"]]


@pytest.mark.django_db(transaction=True)
def test_a_mail_server_that_is_down_is_said(client: Client, settings: Settings) -> None:
    """Nothing listens on port 1, so the mail is really refused."""
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 1
    client.force_login(make_user(is_superuser=True, is_staff=True))
    new = services.create_user(username="marta", name="Marta", email="marta@ours.example")
    page = client.post("/admin/staff/user/", {"action": "invite", "_selected_action": [new.pk]}, follow=True)
    assert "could not be sent. Check EMAIL_URL, then invite again." in page.content.decode()


def test_deactivate_closes_others_and_refuses_oneself(client: Client, chief: User) -> None:
    user = make_user()
    page = client.post(
        "/admin/staff/user/", {"action": "deactivate", "_selected_action": [user.pk, chief.pk]}, follow=True
    )
    assert "Closed 1." in page.content.decode()
    assert "Nobody can close their own account" in page.content.decode()
    user.refresh_from_db()
    chief.refresh_from_db()
    assert (user.is_active, chief.is_active) == (False, True)


@pytest.mark.usefixtures("chief")
def test_people_are_never_deleted(client: Client) -> None:
    user = make_user()
    assert client.post(f"/admin/staff/user/{user.pk}/delete/", {"post": "yes"}).status_code == 403
    assert "delete_selected" not in client.get("/admin/staff/user/").content.decode()


@pytest.mark.usefixtures("chief")
def test_teams_are_kept_changed_and_dissolved_with_an_entry_each(client: Client) -> None:
    client.post("/admin/staff/team/add/", {"name": "North", "manager": ""})
    team = Team.objects.get()
    client.post(f"/admin/staff/team/{team.pk}/change/", {"name": "Far North", "manager": ""})
    client.post(f"/admin/staff/team/{team.pk}/delete/", {"post": "yes"})
    assert not Team.objects.exists()
    Team.objects.create(name="South")
    chosen = {"action": "delete_selected", "_selected_action": [Team.objects.get().pk], "post": "yes"}
    client.post("/admin/staff/team/", chosen)
    assert not Team.objects.exists()
    assert actions() == ["staff.create_team", "staff.update_team", "staff.remove_team", "staff.remove_team"]


@pytest.mark.usefixtures("chief")
def test_the_log_and_the_roles_are_only_read(client: Client) -> None:
    entry = services.record(action="staff.invite")
    role = Group.objects.get(name=Role.CONCIERGE)
    for page in (f"/admin/staff/auditentry/{entry.pk}", f"/admin/auth/group/{role.pk}"):
        assert client.get(f"{page}/change/").status_code == 200
        assert client.post(f"{page}/change/", {"name": "Other"}).status_code == 403
        assert client.post(f"{page}/delete/", {"post": "yes"}).status_code == 403
    assert client.get("/admin/auth/group/add/").status_code == 403
    assert client.get("/admin/staff/auditentry/add/").status_code == 403


@pytest.mark.usefixtures("chief")
def test_lists_cost_the_same_with_more_rows(client: Client, django_assert_num_queries: DjangoAssertNumQueries) -> None:
    def add_rows(number: int) -> None:
        for _ in range(number):
            user = make_user(Role.CONCIERGE, team=make_team(manager=make_user()))
            services.record(action="staff.invite", actor=user)

    for page in ("staff/user", "staff/team", "staff/auditentry", "auth/group"):
        add_rows(2)
        client.get(f"/admin/{page}/")
        with CaptureQueriesContext(connection) as before:
            client.get(f"/admin/{page}/")
        add_rows(10)
        with django_assert_num_queries(len(before)):
            client.get(f"/admin/{page}/")
