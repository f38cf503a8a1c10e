"""The sent mail, and the admin of wording."""

from __future__ import annotations

import html
from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from outreach import services, views
from outreach.models import Draft, Template, TemplateVersion
from outreach.states import DraftStatus, TemplateStatus
from staff.models import User
from tests.factories import make_user
from tests.outreach.sink import Sink
from tests.outreach.world import NOW, make_approved, make_contact

pytestmark = pytest.mark.django_db
OUTBOX = "/outbox/"


def send(owner: User | None, name: str = "Marta Lindqvist", after: int = 0) -> Draft:
    draft = make_approved(make_contact(name=name), owner)
    services.deliver_one(draft.pk, NOW + timedelta(minutes=after))
    draft.refresh_from_db()
    return draft


def lose(owner: User, sink: Sink) -> Draft:
    sink.hang_up_after_text = True
    draft = send(owner)
    assert draft.status == DraftStatus.UNKNOWN
    return draft


def page(client: Client, user: User, url: str = OUTBOX) -> str:
    client.force_login(user)
    answer = client.get(url)
    assert answer.status_code == 200
    return answer.content.decode()


def test_the_outbox_asks_who_is_there(client: Client) -> None:
    assert client.get(OUTBOX).status_code == 302


def test_somebody_without_the_right_to_see_drafts_sees_none(client: Client) -> None:
    client.force_login(make_user())
    assert client.get(OUTBOX).status_code == 403


def test_what_was_sent_is_shown_as_it_was_sent(client: Client) -> None:
    owner = make_user("Account owner", name="Jonas Weber")
    draft = send(owner)
    text = page(client, owner)
    for shown in (
        "Marta Lindqvist", draft.address, draft.subject, "20 May 2026, 09:00", "Jonas Weber",
        f"https://rekindle.example/u/{draft.unsubscribe_token}", "List-Unsubscribe-Post: List-Unsubscribe=One-Click",
        "1 Ember Street",
    ):  # fmt: skip
        assert shown in text, shown


def test_with_a_mail_server_the_rows_are_shown_without_headers(client: Client, sink: Sink) -> None:
    owner = make_user("Account owner")
    draft = send(owner)
    text = page(client, owner)
    assert draft.subject in text
    assert "List-Unsubscribe-Post" not in text


def test_markup_in_names_and_texts_is_only_text(client: Client) -> None:
    owner = make_user("Account owner", name="<script>alert(1)</script>")
    send(owner, name="<img src=x onerror=alert(2)>")
    text = page(client, owner)
    assert "<script>alert" not in text
    assert "<img" not in text
    assert "&lt;img src=x" in text


def test_everybody_sees_their_own_and_managers_see_all(client: Client) -> None:
    owner, other, manager = make_user("Account owner"), make_user("Account owner"), make_user("SDR manager")
    mine, theirs = send(owner, "Marta Mine"), send(other, "Tove Theirs")
    assert mine.status == theirs.status == DraftStatus.SENT
    text = page(client, owner)
    assert "Marta Mine" in text
    assert "Tove Theirs" not in text
    text = page(client, manager)
    assert "Marta Mine" in text
    assert "Tove Theirs" in text


def test_an_empty_outbox_says_what_will_be_here(client: Client) -> None:
    assert "Nothing was sent yet" in page(client, make_user("Account owner"))


def test_pages_go_on_where_the_last_one_ended(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(views, "SENT_PER_PAGE", 5)
    owner = make_user("Account owner")
    # Several share a moment, so that the place between pages has to tell them apart.
    names = [f"Person Number{number:03}" for number in range(12)]
    for number, name in enumerate(names):
        send(owner, name, after=number // 4)
    client.force_login(owner)
    seen: list[str] = []
    url = OUTBOX
    for _ in range(3):
        answer = client.get(url)
        seen += [one.draft.contact.name for one in answer.context["sent"]]
        url = OUTBOX + answer.context["next_url"]
    assert answer.context["next_url"] == ""
    assert seen == names[::-1]


@pytest.mark.parametrize("place", ["x", "W10", "%00", "bnVsbA", "WyIyMDI2LTA1LTIwIiwgMV0"])
def test_a_place_typed_by_hand_means_the_beginning(client: Client, place: str) -> None:
    owner = make_user("Account owner")
    send(owner)
    assert "Marta" in page(client, owner, f"{OUTBOX}?after={place}")


def test_the_number_of_queries_does_not_grow(client: Client) -> None:
    manager = make_user("SDR manager")
    client.force_login(manager)
    owner = make_user("Account owner")

    def queries() -> int:
        client.get(OUTBOX)
        with CaptureQueriesContext(connection) as caught:
            client.get(OUTBOX)
        return len(caught)

    def add(count: int) -> None:
        for status in (DraftStatus.UNKNOWN, DraftStatus.FAILED):
            for _ in range(count):
                draft = make_approved(owner=owner)
                Draft.objects.filter(pk=draft.pk).update(status=status, claimed_at=NOW)
        for _ in range(count):
            send(owner)

    add(1)
    few = queries()
    add(6)
    assert queries() == few


# --- what a person has to settle --------------------------------------------------------------------------------------


def test_a_message_that_may_have_left_is_shown_with_the_way_to_settle_it(client: Client, sink: Sink) -> None:
    draft = lose(owner := make_user("Account owner"), sink)
    text = page(client, owner)
    assert "Maybe sent" in text
    assert f'href="/reviews/{draft.pk}/"' in text


def test_what_could_not_be_delivered_is_shown_with_what_the_server_said(client: Client, sink: Sink) -> None:
    sink.at_data = "554 5.6.0 No"
    draft = send(owner := make_user("Account owner"))
    text = page(client, owner)
    assert "Not delivered" in text
    assert draft.status_reason in html.unescape(text)


def test_what_needs_somebody_of_another_team_is_not_shown(client: Client, sink: Sink) -> None:
    draft = lose(make_user("Account owner"), sink)
    assert f"/reviews/{draft.pk}/" not in page(client, make_user("Account owner"))


# --- the admin of wording ---------------------------------------------------------------------------------------------


@pytest.fixture
def manager(client: Client) -> User:
    user = make_user("SDR manager", is_staff=True)
    client.force_login(user)
    return user


def run_action(client: Client, model: str, action: str, pk: int) -> str:
    url = reverse(f"admin:outreach_{model}_changelist")
    answer = client.post(url, {"action": action, "_selected_action": [pk]}, follow=True)
    assert answer.status_code == 200
    return answer.content.decode()


def test_a_manager_begins_writes_and_approves_a_version(client: Client, manager: User) -> None:
    template = Template.objects.get(key="close-loop-email")
    before = template.versions.get(status=TemplateStatus.APPROVED)
    run_action(client, "template", "begin_version", template.pk)
    version = template.versions.get(status=TemplateStatus.DRAFT)
    assert (version.number, version.body) == (before.number + 1, before.body)
    url = reverse("admin:outreach_templateversion_change", args=[version.pk])
    bad = "Hello,\n\njust checking in.\n\nStop: [[unsubscribe]]"
    assert client.post(url, {"subject": "Hello", "body": bad}).status_code == 302
    assert "is approved and in use" not in run_action(client, "templateversion", "approve", version.pk)
    version.refresh_from_db()
    assert version.status == TemplateStatus.DRAFT, "a gate stands against it"
    client.post(url, {"subject": "One last word", "body": before.body})
    assert "is approved and in use" in run_action(client, "templateversion", "approve", version.pk)
    version.refresh_from_db()
    before.refresh_from_db()
    assert (version.status, version.approved_by, before.status) == (
        TemplateStatus.APPROVED,
        manager,
        TemplateStatus.RETIRED,
    )
    assert client.post(url, {"subject": "Changed", "body": "Changed"}).status_code == 403
    version.refresh_from_db()
    assert version.subject == "One last word"


def test_the_admin_shows_drafts_and_changes_none(client: Client, manager: User) -> None:
    draft = make_approved(owner=make_user())
    manager.is_superuser = True
    manager.save()
    url = reverse("admin:outreach_draft_change", args=[draft.pk])
    text = client.get(url).content.decode()
    assert draft.unsubscribe_token not in text
    assert client.post(url, {"body": "Changed"}).status_code == 403
    assert TemplateVersion.objects.exists()
    for name in ("draft", "template", "templateversion"):
        assert client.get(reverse(f"admin:outreach_{name}_changelist")).status_code == 200
