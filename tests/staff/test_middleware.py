"""How long a sign-in lasts, and who needs a second factor first."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest
import time_machine
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret, hotp_value, yield_hotp_counters_from_time
from django.contrib.sessions.models import Session
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from pytest_django import Settings
from time_machine import Traveller

from staff.models import User
from staff.states import Role
from tests.factories import PASSWORD, make_user

pytestmark = pytest.mark.django_db

NOON = datetime.fromisoformat("2026-03-02T12:00:00+00:00")
HOUR = timedelta(hours=1)
PAGE = "/audit/"


@pytest.fixture
def clock() -> Iterator[Traveller]:
    with time_machine.travel(NOON, tick=False) as travelling:
        yield travelling


@pytest.fixture
def manager() -> User:
    return make_user(Role.SDR_MANAGER, is_staff=True)


def signed_in(client: Client) -> bool:
    return "_auth_user_id" in client.session


# Session limits


def test_two_hours_without_a_click_end_the_sign_in(client: Client, clock: Traveller, manager: User) -> None:
    client.force_login(manager)
    assert client.get(PAGE).status_code == 200
    clock.shift(2 * HOUR + timedelta(seconds=1))
    response = client.get(f"{PAGE}?action=staff.invite", follow=True)
    assert response.redirect_chain == [("/account/login/?next=%2Faudit%2F%3Faction%3Dstaff.invite", 302)]
    assert "because nothing happened here for a while" in response.content.decode()
    assert not signed_in(client)


def test_two_hours_to_the_second_do_not(client: Client, clock: Traveller, manager: User) -> None:
    client.force_login(manager)
    client.get(PAGE)
    clock.shift(2 * HOUR)
    assert client.get(PAGE).status_code == 200


def test_clicks_keep_it_alive_until_twelve_hours(client: Client, clock: Traveller, manager: User) -> None:
    client.force_login(manager)
    client.get(PAGE)
    for _ in range(12):
        clock.shift(HOUR)
        assert client.get(PAGE).status_code == 200
    clock.shift(timedelta(seconds=1))
    response = client.get(PAGE, follow=True)
    assert "because you signed in a long time ago" in response.content.decode()
    assert not signed_in(client)


def test_the_clock_starts_with_the_sign_in_itself(client: Client, clock: Traveller, manager: User) -> None:
    """And not with the first page after it, which may be asked for much later."""
    client.post("/account/login/", {"login": manager.username, "password": PASSWORD})
    clock.shift(3 * HOUR)
    assert client.get(PAGE).status_code == 302


def test_the_old_session_is_gone_for_good(client: Client, clock: Traveller, manager: User) -> None:
    client.force_login(manager)
    client.get(PAGE)
    old = client.session.session_key
    clock.shift(3 * HOUR)
    client.get(PAGE)
    assert not Session.objects.filter(session_key=old).exists()
    stolen = Client()
    stolen.cookies["rekindle_session"] = old or ""
    assert stolen.get(PAGE).status_code == 302


def test_signing_in_again_starts_afresh(client: Client, clock: Traveller, manager: User) -> None:
    client.force_login(manager)
    client.get(PAGE)
    clock.shift(13 * HOUR)
    client.get(PAGE)
    client.post("/account/login/", {"login": manager.username, "password": PASSWORD})
    assert client.get(PAGE).status_code == 200


def test_htmx_is_sent_to_the_sign_in_with_the_page_it_stands_on(
    client: Client, clock: Traveller, manager: User
) -> None:
    """Not shown the sign-in page inside a part of the other one."""
    client.force_login(manager)
    client.get(PAGE)
    clock.shift(3 * HOUR)
    headers = {"HX-Request": "true", "HX-Current-URL": "http://testserver/leads/7/?tab=notes"}
    response = client.post("/theme/", {"theme": "dark"}, headers=headers)
    assert response.status_code == 200
    assert response["HX-Redirect"] == "/account/login/?next=%2Fleads%2F7%2F%3Ftab%3Dnotes"
    assert "theme" not in response.cookies


def test_htmx_of_somebody_signed_out_elsewhere_is_sent_there_too(client: Client) -> None:
    headers = {"HX-Request": "true", "HX-Current-URL": "http://testserver/audit/"}
    response = client.get("/audit/?before=7", headers=headers)
    assert (response.status_code, response["HX-Redirect"]) == (200, "/account/login/?next=%2Faudit%2F")


@pytest.mark.parametrize(
    ("referer", "following"),
    [("http://testserver/leads/7/", "%2Fleads%2F7%2F"), ("https://elsewhere.example/trap/", "%2F"), ("", "%2F")],
)
def test_after_a_form_one_comes_back_to_the_page_it_was_on(
    client: Client, clock: Traveller, manager: User, referer: str, following: str
) -> None:
    client.force_login(manager)
    client.get(PAGE)
    clock.shift(3 * HOUR)
    response = client.post("/theme/", {"theme": "dark"}, headers={"Referer": referer})
    assert response["Location"] == f"/account/login/?next={following}"


def test_open_pages_stay_open_when_the_sign_in_has_ended(client: Client, clock: Traveller, manager: User) -> None:
    client.force_login(manager)
    client.get(PAGE)
    clock.shift(3 * HOUR)
    assert client.get("/healthz").status_code == 200
    assert not signed_in(client)


def test_the_session_is_written_once_a_minute_at_most(client: Client, clock: Traveller, manager: User) -> None:
    client.force_login(manager)
    client.get(PAGE)

    def writes() -> int:
        with CaptureQueriesContext(connection) as queries:
            client.get(PAGE)
        return sum("UPDATE" in query["sql"] for query in queries)

    clock.shift(timedelta(seconds=59))
    assert writes() == 0
    clock.shift(timedelta(seconds=1))
    assert writes() == 1
    assert writes() == 0


def test_a_short_limit_is_kept_to(client: Client, clock: Traveller, manager: User, settings: Settings) -> None:
    """With a limit below a minute, being seen is written more often, or every session would end while in use."""
    settings.SESSION_IDLE_SECONDS = 40
    client.force_login(manager)
    for _ in range(10):
        assert client.get(PAGE).status_code == 200
        clock.shift(timedelta(seconds=25))


# Second factor


@pytest.fixture
def required(settings: Settings) -> None:
    settings.REQUIRE_MFA = True


def code(secret: str) -> str:
    return f"{hotp_value(secret, next(iter(yield_hotp_counters_from_time()))):06d}"


def add_second_factor(user: User) -> str:
    secret: str = generate_totp_secret()
    TOTP.activate(user, secret)
    return secret


APPROVERS = [Role.ACCOUNT_OWNER, Role.SDR_MANAGER]


@pytest.mark.usefixtures("required")
@pytest.mark.parametrize("role", APPROVERS)
@pytest.mark.parametrize("page", ["/", PAGE, "/account/password/change/", "/admin/"])
def test_approvers_set_one_up_before_anything_else(client: Client, role: Role, page: str) -> None:
    client.force_login(make_user(role, is_staff=True))
    assert client.get(page)["Location"] == "/account/2fa/totp/activate/"


@pytest.mark.usefixtures("required")
def test_a_superuser_does_not_pass_by_the_admin(client: Client) -> None:
    client.force_login(make_user(is_superuser=True, is_staff=True))
    for page in ("/admin/", "/admin/staff/user/", "/admin/staff/user/add/"):
        assert client.get(page)["Location"] == "/account/2fa/totp/activate/"


@pytest.mark.usefixtures("required")
def test_forms_and_parts_are_held_too(client: Client) -> None:
    client.force_login(make_user(Role.ACCOUNT_OWNER))
    assert client.post("/account/password/change/")["Location"] == "/account/2fa/totp/activate/"
    part = client.get("/audit/", headers={"HX-Request": "true"})
    assert part["HX-Redirect"] == "/account/2fa/totp/activate/"


@pytest.mark.usefixtures("required")
def test_who_approves_nothing_needs_none(client: Client) -> None:
    client.force_login(make_user(Role.CONCIERGE))
    assert client.get("/account/password/change/").status_code == 200


def test_nobody_needs_one_when_it_is_not_required(client: Client) -> None:
    client.force_login(make_user(Role.ACCOUNT_OWNER))
    assert client.get("/account/password/change/").status_code == 200


@pytest.mark.usefixtures("required")
def test_leaving_and_setting_up_are_possible(client: Client) -> None:
    client.post("/account/login/", {"login": make_user(Role.ACCOUNT_OWNER).username, "password": PASSWORD})
    page = client.get("/", follow=True)
    assert page.redirect_chain[0] == ("/account/2fa/totp/activate/", 302)
    assert "Set one up to go on" in page.content.decode()
    # Who sets one up proves once more who they are; that too is possible without one.
    form = client.post("/account/reauthenticate/?next=/account/2fa/totp/activate/", {"password": PASSWORD}, follow=True)
    secret = form.context["form"].secret
    done = client.post("/account/2fa/totp/activate/", {"code": code(secret)}, follow=True)
    assert done.status_code == 200
    assert Authenticator.objects.filter(type=Authenticator.Type.TOTP).count() == 1
    assert client.get("/account/password/change/").status_code == 200
    client.post("/account/logout/")
    assert not signed_in(client)


@pytest.mark.usefixtures("required")
def test_leaving_is_possible_without_one(client: Client) -> None:
    client.force_login(make_user(Role.ACCOUNT_OWNER))
    client.post("/account/logout/")
    assert not signed_in(client)


@pytest.mark.usefixtures("required")
def test_recovery_codes_alone_are_no_second_factor(client: Client) -> None:
    user = make_user(Role.ACCOUNT_OWNER)
    Authenticator.objects.create(user=user, type=Authenticator.Type.RECOVERY_CODES, data={})
    client.force_login(user)
    assert client.get(PAGE)["Location"] == "/account/2fa/totp/activate/"


@pytest.mark.usefixtures("required")
@pytest.mark.parametrize("start", ["/account/login/", "/login/", "/admin/login/"])
def test_the_password_alone_opens_nothing(client: Client, start: str) -> None:
    """The admin has no sign-in of its own that would forget about the second factor."""
    user = make_user(is_superuser=True, is_staff=True)
    secret = add_second_factor(user)
    form = client.get(start, follow=True)
    sign_in = form.request["PATH_INFO"]
    assert sign_in == "/account/login/"
    response = client.post(sign_in, {"login": user.username, "password": PASSWORD})
    assert response["Location"].startswith("/account/2fa/authenticate/")
    assert not signed_in(client)
    assert client.get("/admin/").status_code == 302
    client.post("/account/2fa/authenticate/", {"code": code(secret)})
    assert signed_in(client)
    assert client.get("/admin/").status_code == 200


@pytest.mark.usefixtures("required")
def test_a_wrong_code_opens_nothing(client: Client) -> None:
    user = make_user(Role.ACCOUNT_OWNER)
    secret = add_second_factor(user)
    client.post("/account/login/", {"login": user.username, "password": PASSWORD})
    wrong = f"{(int(code(secret)) + 1) % 1_000_000:06d}"
    assert client.post("/account/2fa/authenticate/", {"code": wrong}).status_code == 200
    assert not signed_in(client)
