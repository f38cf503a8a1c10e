"""Phrases and hosts that managers keep: the services and the admin."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from outreach.models import GatePhrase, LinkHost
from outreach.services import Refused, phrases
from outreach.services.refusals import NotPermitted
from staff.models import AuditEntry
from tests.factories import make_user

pytestmark = pytest.mark.django_db


def add(**changes: Any) -> GatePhrase:
    given = {"gate": "guilt", "phrase": "sad to see", "severity": "block", **changes}
    given.setdefault("by", make_user("SDR manager"))
    return phrases.add_phrase(**given)


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"gate": "nonsense"}, "There is no gate “nonsense”"),
        ({"gate": "length"}, "There is no gate “length” that takes phrases"),
        ({"phrase": "   "}, "The phrase is empty"),
        ({"phrase": "*"}, "would match everything"),
        ({"phrase": "a*"}, "would match nearly everything"),
        ({"phrase": "you"}, "approved texts, so it would match nearly everything"),
        ({"phrase": "x" * 201}, "Shorten it to 200"),
        ({"note": "x" * 301}, "Shorten it to 300"),
        ({"severity": "shout"}, "There is no “shout”"),
    ],
)
def test_what_cannot_be_added_says_why_and_what_to_do(changes: dict[str, str], says: str) -> None:
    with pytest.raises(Refused, match=says):
        add(**changes)
    assert not GatePhrase.objects.exists()


def test_a_phrase_is_added_changed_retired_and_taken_up_again() -> None:
    by = make_user("SDR manager")
    row = add(by=by, phrase="  sad \n to see ")
    assert (row.phrase, row.active, row.added_by) == ("sad to see", True, by)
    phrases.change_phrase(phrase_id=row.pk, severity="note", note="Too sad.", by=by)
    assert phrases.house_rules().phrases is not None
    assert phrases.retire_phrase(phrase_id=row.pk, by=by)
    assert not phrases.retire_phrase(phrase_id=row.pk, by=by)
    assert phrases.house_rules().phrases is None
    assert add(by=by).pk == row.pk
    row.refresh_from_db()
    assert (row.severity, row.note, row.active) == ("block", "", True)
    done = AuditEntry.objects.filter(action__startswith="outreach.").order_by("id").values_list("action", flat=True)
    assert list(done) == [
        "outreach.add_phrase",
        "outreach.change_phrase",
        "outreach.retire_phrase",
        "outreach.add_phrase",
    ]


@pytest.mark.parametrize(
    ("entered", "host"),
    [
        ("docs.northlight.com", "docs.northlight.com"),
        (" HTTPS://Docs.Northlight.com:8443/a?b#c ", "docs.northlight.com"),
        ("müller.de", "xn--mller-kva.de"),
        ("", None),
        ("localhost", None),
        ("192.168.1.1", None),
        ("bit.ly", None),
        ("https://user@", None),
        ("[::1", None),
        ("com", None),
    ],
)
def test_a_host_is_allowed_by_its_name(entered: str, host: str | None) -> None:
    by = make_user("SDR manager")
    if host is None:
        with pytest.raises(Refused):
            phrases.add_link_host(host=entered, by=by)
        return
    row = phrases.add_link_host(host=entered, by=by)
    assert row.host == host
    assert phrases.add_link_host(host=entered, by=by) == row
    assert phrases.house_rules().link_hosts == ("rekindle.example", host)
    assert phrases.remove_link_host(host_id=row.pk, by=by)
    assert not phrases.remove_link_host(host_id=row.pk, by=by)
    assert phrases.house_rules().link_hosts == ("rekindle.example",)


def test_only_managers_may() -> None:
    row, by = add(), make_user("Account owner")
    for deed in (
        lambda: add(by=by),
        lambda: phrases.change_phrase(phrase_id=row.pk, severity="note", note="", by=by),
        lambda: phrases.retire_phrase(phrase_id=row.pk, by=by),
        lambda: phrases.add_link_host(host="docs.northlight.com", by=by),
        lambda: phrases.remove_link_host(host_id=1, by=by),
    ):
        with pytest.raises(NotPermitted, match="Ask a manager"):
            deed()


def test_the_admin_adds_through_the_services_and_shows_what_is_wrong(client: Client) -> None:
    manager = make_user("SDR manager", is_staff=True)
    client.force_login(manager)
    url = reverse("admin:outreach_gatephrase_add")
    given = {"gate": "guilt", "phrase": "sad to see", "severity": "block", "note": ""}
    assert client.post(url, given).status_code == 302
    row = GatePhrase.objects.get()
    assert row.added_by == manager
    refused = client.post(url, {**given, "phrase": "a*"})
    assert "would match nearly everything" in refused.content.decode()
    listed = reverse("admin:outreach_gatephrase_changelist")
    assert reverse("outreach:try_text") in client.get(listed).content.decode()
    client.post(listed, {"action": "retire", "_selected_action": [row.pk]})
    row.refresh_from_db()
    assert not row.active
    assert "on the list already" in client.post(url, given).content.decode()
    client.post(listed, {"action": "take_up_again", "_selected_action": [row.pk]})
    row.refresh_from_db()
    assert row.active
    changed = client.post(
        reverse("admin:outreach_gatephrase_change", args=[row.pk]), {"severity": "review", "note": "x"}
    )
    row.refresh_from_db()
    assert (changed.status_code, row.severity, row.note, row.phrase) == (302, "review", "x", "sad to see")


def test_the_admin_allows_and_removes_hosts(client: Client) -> None:
    client.force_login(make_user("SDR manager", is_staff=True))
    url = reverse("admin:outreach_linkhost_add")
    assert client.post(url, {"host": "https://docs.northlight.com/a", "note": ""}).status_code == 302
    assert "hides where its links lead" in client.post(url, {"host": "bit.ly", "note": ""}).content.decode()
    row = LinkHost.objects.get()
    assert row.host == "docs.northlight.com"
    client.post(reverse("admin:outreach_linkhost_changelist"), {"action": "remove", "_selected_action": [row.pk]})
    assert not LinkHost.objects.exists()
