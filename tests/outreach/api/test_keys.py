"""Product keys: shown once, kept as a digest, revocable, and the only way in."""

from __future__ import annotations

import base64
import io
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.test import Client

from contacts.services import create_source
from outreach import services
from outreach.api import auth
from outreach.channels import webpush
from outreach.models import ProductKey
from outreach.services.product_keys import product_key_of
from staff.models import AuditEntry
from staff.states import Role
from tests.factories import make_user
from tests.outreach.api.conftest import Ask
from tests.outreach.world import NOW

pytestmark = pytest.mark.django_db

ADDRESSES = [
    ("GET", "inbox/u1"), ("POST", "inbox/u1/1/read"), ("POST", "inbox/u1/1/dismiss"), ("GET", "push/u1"),
    ("POST", "push/u1"), ("DELETE", "push/u1"), ("POST", "push/u1/1/opened"),
]  # fmt: skip


@pytest.mark.parametrize(("method", "path"), ADDRESSES)
def test_nobody_gets_in_without_a_key_that_holds(ask: Ask, method: str, path: str) -> None:
    _, write_key = create_source(name="Studio app")
    made, revoked = services.create_product_key(name="Old")
    services.revoke_product_key(product_key=made, by=None, at=NOW)
    for wrong in ("", "rp_wrong", write_key, revoked, "ö" * 20):
        status, said = ask(method, path, {}, key=wrong.encode().decode("latin-1"))
        assert (status, said["success"], said["code"]) == (401, False, "product_key")


def test_a_key_may_come_as_the_user_of_basic_authentication(client: Client, key: str) -> None:
    basic = base64.b64encode(f"{key}:".encode()).decode()
    assert client.get("/v1/inbox/u1", headers={"authorization": f"Basic {basic}"}).status_code == 404


@pytest.mark.parametrize(("method", "path"), ADDRESSES)
def test_an_unknown_user_is_told_of_nothing(ask: Ask, method: str, path: str) -> None:
    body = {"endpoint": "https://x.example", "keys": {"p256dh": "a", "auth": "b"}}
    assert ask(method, path, body) == (
        404, {"success": False, "code": "not_found", "message": "There is no such user or message."},
    )  # fmt: skip
    assert ask(method, path.replace("u1", "%00"), body)[0] == 404
    assert ask(method, path.replace("u1", "u" * 300), body)[0] == 404


def test_other_methods_are_refused_with_the_ones_that_are_known(ask: Ask, client: Client) -> None:
    for path in ("inbox/u1", "inbox/u1/1/read", "push/u1"):
        assert ask("PUT", path)[0] == 405
    assert client.put("/v1/push/u1")["Allow"] == "GET, POST, DELETE"


def test_a_loop_without_an_end_is_asked_to_wait(ask: Ask, client: Client, key: str, monkeypatch: Any) -> None:
    monkeypatch.setattr(auth, "MOST_A_SECOND", 3)
    monkeypatch.setattr("outreach.api.auth.time.monotonic", lambda: 1000.5)
    assert [ask("GET", "inbox/u1")[0] for _ in range(5)] == [404, 404, 404, 429, 429]
    answer = client.get("/v1/inbox/u1", headers={"authorization": f"Bearer {key}"})
    assert answer["Retry-After"] == "1"
    monkeypatch.setattr("outreach.api.auth.time.monotonic", lambda: 1001.5)
    assert ask("GET", "inbox/u1")[0] == 404


def test_a_revoked_key_is_out_within_seconds(ask: Ask, key: str, monkeypatch: Any) -> None:
    monkeypatch.setattr("outreach.api.auth.time.monotonic", lambda: 1000.0)
    assert ask("GET", "inbox/u1")[0] == 404
    made = product_key_of(key)
    assert made is not None
    services.revoke_product_key(product_key=made, by=make_user(), at=NOW)
    monkeypatch.setattr("outreach.api.auth.time.monotonic", lambda: 1000.1 + auth.KNOWN_SECONDS)
    assert ask("GET", "inbox/u1")[0] == 401


def test_only_the_digest_of_a_key_is_kept() -> None:
    made, key = services.create_product_key(name="  Member   area ")
    kept = ProductKey.objects.values().get()
    assert not [value for value in kept.values() if key in str(value)]
    assert (made.name, key.endswith(made.key_ends_with), len(key) > 30) == ("Member area", True, True)
    assert key not in str(AuditEntry.objects.values_list())
    assert auth.key_of("nonsense") == ""


@pytest.mark.parametrize("name", ["", "   ", "x" * 101, "a\0b"])
def test_a_name_that_is_none(name: str) -> None:
    with pytest.raises(services.Refused):
        services.create_product_key(name=name)


def test_the_commands_print_what_is_to_be_kept_alone() -> None:
    out, err = io.StringIO(), io.StringIO()
    call_command("create_product_key", "Member area", stdout=out, stderr=err)
    found = product_key_of(out.getvalue().strip())
    assert found is not None
    assert "cannot be shown again" in err.getvalue()
    with pytest.raises(CommandError, match="already") as caught:
        call_command("create_product_key", "Member area", stdout=out, stderr=err)
    assert caught.value.returncode == 1
    services.revoke_product_key(product_key=found, by=None, at=NOW)
    with pytest.raises(services.Refused, match="revoked before"):
        services.revoke_product_key(product_key=found, by=None, at=NOW)


def test_a_new_push_key_is_one(settings: Any) -> None:
    out = io.StringIO()
    call_command("create_push_key", stdout=out, stderr=io.StringIO())
    name, _, settings.VAPID_PRIVATE_KEY = out.getvalue().strip().partition("=")
    assert name == "VAPID_PRIVATE_KEY"
    assert (webpush.not_ready(), len(webpush.public_key())) == ("", 87)


def test_the_admin_shows_a_key_once_and_can_revoke_it(client: Client) -> None:
    user = make_user(is_superuser=True, is_staff=True)
    client.force_login(user)
    made = client.post("/admin/outreach/productkey/add/", {"name": "Shop"}, follow=True)
    product_key = ProductKey.objects.get()
    assert product_key.created_by == user
    key = next(word for word in made.content.decode().split() if word.startswith("rp_"))
    assert product_key_of(key) == product_key
    url = f"/admin/outreach/productkey/{product_key.pk}/change/"
    shown = client.get(url).content.decode()
    assert f"ends with {product_key.key_ends_with}" in shown
    assert key not in shown
    assert product_key.key_digest not in shown
    client.post(url, {"name": "Other", "key_digest": "x" * 64})
    taken = client.post("/admin/outreach/productkey/add/", {"name": " Shop "})
    assert "already" in taken.content.decode()
    revoke = {"action": "revoke", "_selected_action": [product_key.pk]}
    client.post("/admin/outreach/productkey/", revoke)
    product_key.refresh_from_db()
    assert (product_key.name, product_key.revoked_by) == ("Shop", user)
    assert "revoked before" in client.post("/admin/outreach/productkey/", revoke, follow=True).content.decode()


@pytest.mark.parametrize("role", Role)
def test_who_may_make_keys_is_said_by_the_role(client: Client, role: Role) -> None:
    user = make_user(role, is_staff=True)
    client.force_login(user)
    answer = client.post("/admin/outreach/productkey/add/", {"name": "Shop"})
    assert (answer.status_code == 302) is user.has_perm("outreach.add_productkey")
    assert ProductKey.objects.exists() is user.has_perm("outreach.add_productkey")
