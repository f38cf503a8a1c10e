"""Sources and their keys: the command, the admin and the page that says how to connect."""

from __future__ import annotations

import hashlib
import io
from datetime import UTC, datetime

import pytest
from django.core.management import CommandError, call_command
from django.test import Client

from contacts.ingest.messages import TYPES
from contacts.ingest.openapi import described
from contacts.models import EventSource
from contacts.services import Refused, create_source, revoke_source
from contacts.services.sources import source_of_key
from staff.models import AuditEntry
from tests.factories import make_user

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)


def test_only_the_digest_of_a_key_is_kept() -> None:
    source, key = create_source(name="  Studio   app ")
    kept = EventSource.objects.values().get()
    assert kept["key_digest"] == hashlib.sha256(key.encode()).hexdigest()
    assert not [value for value in kept.values() if key in str(value)]
    assert (source.name, key.endswith(source.key_ends_with), len(key) > 30) == ("Studio app", True, True)
    assert source_of_key(key) == source
    assert key not in str(AuditEntry.objects.values_list())


@pytest.mark.parametrize("name", ["", "   ", "x" * 101, "a\0b"])
def test_a_name_that_is_none(name: str) -> None:
    with pytest.raises(Refused):
        create_source(name=name)


def test_revoking() -> None:
    source, key = create_source(name="Shop")
    by = make_user()
    revoke_source(source=source, by=by, at=NOW)
    assert source_of_key(key) is None
    with pytest.raises(Refused, match="revoked before"):
        revoke_source(source=source, by=by, at=NOW)
    with pytest.raises(Refused, match="already"):
        create_source(name="Shop")


def test_the_command_prints_the_key_alone() -> None:
    out, err = io.StringIO(), io.StringIO()
    call_command("create_source", "Studio app", stdout=out, stderr=err)
    found = source_of_key(out.getvalue().strip())
    assert found is not None
    assert found.name == "Studio app"
    assert "cannot be shown again" in err.getvalue()
    with pytest.raises(CommandError, match="already") as caught:
        call_command("create_source", "Studio app", stdout=out, stderr=err)
    assert caught.value.returncode == 1
    with pytest.raises(CommandError):
        call_command("create_source", stdout=out, stderr=err)


def test_the_admin_shows_a_key_once_and_can_revoke_it(client: Client) -> None:
    user = make_user(is_superuser=True, is_staff=True)
    client.force_login(user)
    made = client.post("/admin/contacts/eventsource/add/", {"name": "Shop"}, follow=True)
    source = EventSource.objects.get()
    assert source.created_by == user
    key = next(word for word in made.content.decode().split() if word.startswith("rk_"))
    assert source_of_key(key) == source

    url = f"/admin/contacts/eventsource/{source.pk}/change/"
    shown = client.get(url).content.decode()
    assert f"ends with {source.key_ends_with}" in shown
    assert key not in shown
    assert source.key_digest not in shown
    client.post(url, {"name": "Other", "key_digest": "x" * 64})
    source.refresh_from_db()
    assert source.name == "Shop"
    taken = client.post("/admin/contacts/eventsource/add/", {"name": " Shop "})
    assert "already" in taken.content.decode()

    revoke = {"action": "revoke", "_selected_action": [source.pk]}
    client.post("/admin/contacts/eventsource/", revoke)
    source.refresh_from_db()
    assert source.revoked_by == user
    assert "revoked before" in client.post("/admin/contacts/eventsource/", revoke, follow=True).content.decode()


def test_the_page_says_how_to_connect(client: Client) -> None:
    client.force_login(make_user())
    shown = client.get("/v1/").content.decode()
    assert "analytics.host" in shown
    assert all(f"/v1/{call}" in shown for call in TYPES)


def test_the_document_describes_every_address_and_only_refers_to_what_it_has(client: Client) -> None:
    document = client.get("/v1/openapi.json").json()
    assert document == described()
    assert document["openapi"] == "3.1.0"
    assert set(document["paths"]) == {f"/v1/{call}" for call in ("batch", *TYPES)}
    referred = set()

    def walk(value: object) -> None:
        if isinstance(value, dict):
            if isinstance(target := value.get("$ref"), str):
                referred.add(target.removeprefix("#/components/schemas/"))
            for one in value.values():
                walk(one)
        elif isinstance(value, list):
            for one in value:
                walk(one)

    walk(document)
    assert referred == set(document["components"]["schemas"])
    for path in document["paths"]:
        assert client.get(path).status_code == 405
