"""Signing in: by user name or address, never for long guessing, with a new session, and never by signing up."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
import time_machine
from django.core import mail
from django.test import Client
from pytest_django import Settings

from staff import services
from staff.models import AuditEntry, User
from tests.factories import PASSWORD, make_user

pytestmark = pytest.mark.django_db

SIGN_IN = "/account/login/"
NOON = datetime.fromisoformat("2026-03-02T12:00:00+00:00")
TOO_MANY = "Too many wrong tries. Wait five minutes, then try again."


def try_to_sign_in(client: Client, login: str, password: str = PASSWORD, **headers: str) -> bool:
    """Whether the form let this person in."""
    response = client.post(SIGN_IN, {"login": login, "password": password}, headers=headers)
    return response.status_code == 302 and "_auth_user_id" in client.session


def fail(login: str, times: int, **headers: str) -> None:
    for attempt in range(times):
        assert not try_to_sign_in(Client(), login, f"wrong-{attempt}", **headers)


@pytest.mark.parametrize("login", ["marta", "Marta", "marta@ours.example", "MARTA@ours.example"])
def test_by_user_name_or_address_in_any_case(client: Client, login: str) -> None:
    services.create_user(username="marta", name="Marta", email="marta@ours.example", password=PASSWORD)
    assert try_to_sign_in(client, login)


def test_a_sign_in_is_in_the_audit_log(client: Client) -> None:
    user = make_user()
    assert try_to_sign_in(client, user.username)
    assert AuditEntry.objects.get(action="staff.sign_in").actor == user


def test_a_wrong_password_is_refused_without_telling_who_exists(client: Client) -> None:
    user = make_user()
    said = [
        list(client.post(SIGN_IN, {"login": login, "password": "wrong"}).context["form"].non_field_errors())
        for login in (user.username, "nobody-of-this-name")
    ]
    assert said[0] == said[1] == ["This user name or address and this password do not belong together. Try again."]


def test_the_session_gets_a_new_key(client: Client) -> None:
    """A key planted before the sign-in is worth nothing after it."""
    user = make_user()
    session = client.session
    session["planted"] = "yes"
    session.save()
    before = session.session_key
    assert try_to_sign_in(client, user.username)
    assert client.session.session_key not in (None, before)
    assert "_auth_user_id" not in type(session)(before)


def test_inactive_people_are_told_and_stay_out(client: Client) -> None:
    user = make_user(is_active=False)
    response = client.post(SIGN_IN, {"login": user.username, "password": PASSWORD}, follow=True)
    assert "_auth_user_id" not in client.session
    assert response.redirect_chain == [("/account/inactive/", 302)]


def test_somebody_made_by_an_import_has_no_password_to_guess(client: Client) -> None:
    services.create_user(username="import", name="Import")
    for password in ("", "!", "None"):
        assert not try_to_sign_in(client, "import", password)


def test_the_sixth_try_is_refused_with_the_right_password_too() -> None:
    user = make_user()
    with time_machine.travel(NOON, tick=False) as clock:
        fail(user.username, 5)
        client = Client()
        response = client.post(SIGN_IN, {"login": user.username, "password": PASSWORD})
        assert TOO_MANY in response.content.decode()
        assert "_auth_user_id" not in client.session
        clock.shift(timedelta(minutes=5, seconds=1))
        assert try_to_sign_in(client, user.username)


def test_four_wrong_tries_do_no_harm() -> None:
    user = make_user()
    fail(user.username, 4)
    assert try_to_sign_in(Client(), user.username)


def test_a_success_gives_no_fresh_tries() -> None:
    """Or a wrong password would be forgiven whenever its owner signs in meanwhile."""
    user = make_user()
    with time_machine.travel(NOON):
        fail(user.username, 4)
        assert try_to_sign_in(Client(), user.username)
        fail(user.username, 1)
        assert not try_to_sign_in(Client(), user.username)


def test_an_invented_client_address_gives_no_fresh_tries(settings: Settings) -> None:
    """X-Forwarded-For is the caller's own word unless a proxy of ours wrote it. 20 tries from one place are the end."""
    users = [make_user() for _ in range(7)]
    with time_machine.travel(NOON, tick=False):
        for number, user in enumerate(users[:5]):
            fail(user.username, 4, **{"X-Forwarded-For": f"203.0.113.{number}"})
        assert not try_to_sign_in(Client(), users[5].username, **{"X-Forwarded-For": "203.0.113.99"})
        # Behind one proxy the address it saw counts, which is the last; what stands before it is invented.
        settings.ALLAUTH_TRUSTED_PROXY_COUNT = 1
        assert try_to_sign_in(Client(), users[5].username, **{"X-Forwarded-For": "203.0.113.1, 198.51.100.7"})


def test_behind_a_proxy_only_what_the_proxy_wrote_counts(settings: Settings) -> None:
    settings.ALLAUTH_TRUSTED_PROXY_COUNT = 1
    users = [make_user() for _ in range(6)]
    with time_machine.travel(NOON, tick=False):
        for number, user in enumerate(users[:5]):
            fail(user.username, 4, **{"X-Forwarded-For": f"203.0.113.{number}, 198.51.100.7"})
        assert not try_to_sign_in(Client(), users[5].username, **{"X-Forwarded-For": "203.0.113.9, 198.51.100.7"})
        assert try_to_sign_in(Client(), users[5].username, **{"X-Forwarded-For": "203.0.113.9, 198.51.100.8"})


def test_name_and_address_of_one_person_share_their_tries() -> None:
    user = make_user()
    with time_machine.travel(NOON, tick=False):
        fail(user.username, 3)
        fail(user.email, 2)
        assert not try_to_sign_in(Client(), user.username)
        assert not try_to_sign_in(Client(), user.email)


def test_another_host_header_gives_no_fresh_tries() -> None:
    user = make_user()
    with time_machine.travel(NOON, tick=False):
        for number in range(5):
            fail(user.username, 1, host=f"localhost:{8000 + number}")
        assert not try_to_sign_in(Client(), user.username, host="localhost:9000")


def test_nobody_signs_up(client: Client) -> None:
    fields = {"username": "new", "email": "new@ours.example", "password1": PASSWORD, "password2": PASSWORD}
    client.post("/account/signup/", fields)
    assert not User.objects.exists()
    assert "_auth_user_id" not in client.session


def test_login_is_an_address_to_remember(client: Client) -> None:
    response = client.get("/login/?next=/leads/%3Fpage%3D2")
    assert response.status_code == 302
    assert response["Location"] == "/account/login/?next=/leads/%3Fpage%3D2"


def test_sign_in_leads_back_to_the_page_asked_for(client: Client) -> None:
    user = make_user()
    asked = client.get("/audit/?action=staff.invite")
    assert asked["Location"] == "/account/login/?next=/audit/%3Faction%3Dstaff.invite"
    response = client.post(asked["Location"], {"login": user.username, "password": PASSWORD})
    assert response["Location"] == "/audit/?action=staff.invite"


def test_sign_in_leads_nowhere_else(client: Client) -> None:
    user = make_user()
    response = client.post(f"{SIGN_IN}?next=https://elsewhere.example/", {"login": user.username, "password": PASSWORD})
    assert response["Location"] == "/"


def test_a_password_reset_mail_reaches_only_people_here(client: Client) -> None:
    user = make_user()
    for address in (user.email, "nobody@elsewhere.example"):
        response = client.post("/account/password/reset/", {"email": address})
        assert response["Location"] == "/account/password/reset/done/"
    assert [message.to for message in mail.outbox if "password/reset/key" in message.body] == [[user.email]]


def test_forms_need_their_token() -> None:
    """htmx or not, a form without the token does nothing (S6)."""
    user = make_user()
    client = Client(enforce_csrf_checks=True)
    client.force_login(user)
    assert client.post("/theme/", {"theme": "dark"}, headers={"HX-Request": "true"}).status_code == 403
    assert client.post(SIGN_IN, {"login": user.username, "password": PASSWORD}).status_code == 403
