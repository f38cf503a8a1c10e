"""Staff in the admin: people are made, invited and closed there, by services; roles and the log are only read."""

from __future__ import annotations

import re
from datetime import date, time, timedelta

import pytest
from allauth.mfa.models import Authenticator
from django.conf import settings
from django.contrib import admin
from django.contrib.admin.utils import label_for_field
from django.contrib.auth.models import Group
from django.core import mail
from django.db import connection
from django.test import Client, RequestFactory
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils.text import capfirst
from pytest_django import DjangoAssertNumQueries, DjangoCaptureOnCommitCallbacks, Settings

from staff import services
from staff.admin import CarefulAdmin
from staff.models import Absence, AuditEntry, Holiday, Team, User
from staff.states import Role
from tests.conventions.source import APPS
from tests.factories import make_team, make_user

pytestmark = pytest.mark.django_db
#: A team's fields beside its name, as the form sends them.
TEAM = {
    "manager": "",
    "timezone": "Europe/Oslo",
    "work_days": ["0", "2"],
    "opens": "08:00",
    "closes": "16:30",
    "review_hours": "6",
    "intake_hours": "12",
    "hand_over": "team",
    "four_eyes_from": "1000",
}


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
    for page in ("user", "team", "holiday", "absence", "user/add", "team/add", "holiday/add"):
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
    client.post("/admin/staff/team/add/", {"name": "North", **TEAM})
    team = Team.objects.get()
    assert (team.timezone, team.work_days, team.closes, team.review_hours) == ("Europe/Oslo", [0, 2], time(16, 30), 6)
    client.post(f"/admin/staff/team/{team.pk}/change/", {"name": "Far North", **TEAM})
    team.refresh_from_db()
    assert team.name == "Far North"
    client.post(f"/admin/staff/team/{team.pk}/delete/", {"post": "yes"})
    assert not Team.objects.exists()
    Team.objects.create(name="South")
    chosen = {"action": "delete_selected", "_selected_action": [Team.objects.get().pk], "post": "yes"}
    client.post("/admin/staff/team/", chosen)
    assert not Team.objects.exists()
    assert actions() == ["staff.create_team", "staff.update_team", "staff.remove_team", "staff.remove_team"]


@pytest.mark.usefixtures("chief")
@pytest.mark.parametrize(
    ("field", "value", "said"),
    [
        ("timezone", "Mars/Olympus", "Select a valid choice"),
        ("work_days", [], "This field is required"),
        ("work_days", ["7"], "Select a valid choice"),
        ("closes", "08:00", "A team closes after it opens"),
        ("review_hours", "0", "team_deadlines"),
        ("four_eyes_from", "-1", "team_four_eyes"),
    ],
)
def test_hours_that_make_no_sense_are_refused_on_the_form(client: Client, field: str, value: object, said: str) -> None:
    page = client.post("/admin/staff/team/add/", {"name": "North", **TEAM, field: value})
    assert page.status_code == 200
    assert said in page.content.decode()
    assert not Team.objects.exists()


@pytest.mark.usefixtures("chief")
def test_holidays_are_kept_changed_and_removed_with_an_entry_each(client: Client) -> None:
    day = {"team": "", "on": "2026-12-25", "name": "Christmas"}
    client.post("/admin/staff/holiday/add/", day)
    holiday = Holiday.objects.get()
    twice = client.post("/admin/staff/holiday/add/", day)
    client.post(f"/admin/staff/holiday/{holiday.pk}/change/", {**day, "name": "Christmas Day"})
    client.post(f"/admin/staff/holiday/{holiday.pk}/delete/", {"post": "yes"})
    assert (twice.status_code, Holiday.objects.exists()) == (200, False)
    assert actions() == ["staff.create_holiday", "staff.update_holiday", "staff.remove_holiday"]


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
            day = date(2026, 1, 1) + timedelta(days=Holiday.objects.count())
            Holiday.objects.create(team=user.team, on=day, name="Free")
            Absence.objects.create(user=user, first_on=day, last_on=day, substitute=make_user())

    for page in ("staff/user", "staff/team", "staff/holiday", "staff/absence", "staff/auditentry", "auth/group"):
        add_rows(2)
        client.get(f"/admin/{page}/")
        with CaptureQueriesContext(connection) as before:
            client.get(f"/admin/{page}/")
        add_rows(10)
        with django_assert_num_queries(len(before)):
            client.get(f"/admin/{page}/")


def test_every_page_of_the_admin_links_within_reach() -> None:
    """A foreign key that cannot be edited would link to a page that answers 403 otherwise."""
    ours = {type(page) for model, page in admin.site._registry.items() if model._meta.app_label in APPS}
    assert ours
    assert [page.__name__ for page in ours if not issubclass(page, CarefulAdmin)] == []


def test_a_table_of_forms_says_its_columns_also_where_they_do_not_fit(rf: RequestFactory, chief: User) -> None:
    """In a narrow window its rows become blocks without the line of names; the style sheet names each value instead."""
    request = rf.get("/admin/")
    request.user = chief
    sheet = (settings.BASE_DIR / "static" / "css" / "admin.css").read_text()
    said = dict(re.findall(r'\.inline-group \.field-(\w+)::before \{ content: "([^"]+)"', sheet))
    wanted = {
        str(name): capfirst(str(label_for_field(str(name), inline.model, inline)))
        for model, page in admin.site._registry.items()
        for inline in (kind(model, admin.site) for kind in page.inlines if issubclass(kind, admin.TabularInline))
        for name in inline.get_fields(request)
    }
    assert said == wanted


def test_a_lost_second_factor_is_removed_and_its_secret_is_never_shown(client: Client, chief: User) -> None:
    ines = make_user("Account owner", name="Ines Duarte")
    factor = Authenticator.objects.create(user=ines, type="totp", data={"secret": "JBSWY3DPEHPK3PXP"})
    page = reverse("admin:mfa_authenticator_change", args=[factor.pk])
    shown = client.get(page).content.decode()
    assert "Ines Duarte" in shown
    assert "JBSWY3DPEHPK3PXP" not in shown
    assert "Codes from an app" in shown
    assert client.post(page, {"data": "{}"}).status_code == 403
    client.post(reverse("admin:mfa_authenticator_delete", args=[factor.pk]), {"post": "yes"})
    assert not Authenticator.objects.exists()
    entry = AuditEntry.objects.get(action="staff.remove_second_factor")
    assert (entry.actor, entry.object_id) == (chief, str(ines.pk))
