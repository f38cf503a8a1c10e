"""The page behind every unsubscribe link (RFC 8058): looking changes nothing, posting stops everything at once."""

from __future__ import annotations

import threading
import time
from datetime import timedelta

import pytest
from django.db import connections
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from contacts import services as contacts
from contacts.models import Suppression
from contacts.permission import permissions_of
from contacts.states import Channel, Consent
from outreach import services
from outreach.models import Draft
from outreach.states import DraftStatus
from tests.factories import make_user
from tests.outreach.world import EARLIER, NOW, make_approved, make_contact, make_draft

pytestmark = pytest.mark.django_db

ONE_CLICK = {"List-Unsubscribe": "One-Click"}


@pytest.fixture
def client() -> Client:
    """A mail program: no sign-in, no cookie, and the protection against forged forms switched on."""
    return Client(enforce_csrf_checks=True)


def address_of(draft: Draft) -> str:
    return f"/u/{draft.unsubscribe_token}"


@pytest.mark.parametrize("method", ["get", "head"])
def test_looking_changes_nothing(client: Client, method: str) -> None:
    draft = make_approved(owner=make_user())
    answer = getattr(client, method)(address_of(draft))
    assert answer.status_code == 200
    assert not Suppression.objects.exists()
    draft.refresh_from_db()
    assert draft.status == DraftStatus.APPROVED
    assert not answer.cookies


def test_the_page_needs_no_sign_in_no_cookie_and_no_script(client: Client) -> None:
    draft = make_approved(owner=make_user())
    page = client.get(address_of(draft)).content.decode()
    assert '<form method="post">' in page
    assert "csrfmiddlewaretoken" not in page
    assert "<script" not in page
    assert draft.address not in page
    assert f"m…@{draft.address.partition('@')[2]}" in page


@pytest.mark.parametrize("body", [ONE_CLICK, {}])
def test_one_post_stops_every_channel_and_everything_that_waits(client: Client, body: dict[str, str]) -> None:
    contact = make_contact()
    sent = make_approved(contact, make_user())
    waiting, approved, sms = make_draft(contact), make_approved(contact), make_approved(contact, channel=Channel.SMS)
    services.deliver_one(sent.pk, NOW)
    somebody_else = make_approved()
    answer = client.post(address_of(sent), body)
    assert answer.status_code == 200
    assert "You get no more messages from us" in answer.content.decode()
    assert not answer.cookies
    day = timezone.now()
    for draft in (waiting, approved, sms):
        draft.refresh_from_db()
        assert draft.status == DraftStatus.SUPPRESSED
        assert draft.status_reason == f"They opted out of every channel on {day.day} {day:%B %Y}. Nothing was sent."
    for channel in Channel.values:
        assert "opted_out" in permissions_of([contact.pk])[contact.pk][channel].suppressed_by
    somebody_else.refresh_from_db()
    assert somebody_else.status == DraftStatus.APPROVED


def test_twice_is_fine_and_leaves_one_record(client: Client) -> None:
    draft = make_approved(owner=make_user())
    pages = [client.post(address_of(draft), ONE_CLICK).status_code for _ in range(3)]
    assert pages == [200, 200, 200]
    assert Suppression.objects.filter(contact=draft.contact).count() == 1
    assert Suppression.objects.filter(address_value=draft.address).count() == 1
    assert "There is nothing left to do" in client.get(address_of(draft)).content.decode()


def test_a_second_record_of_the_same_person_is_stopped_too(client: Client) -> None:
    draft = make_approved(owner=make_user())
    twin = contacts.create_contact(name="Marta L.", email=draft.address)
    contacts.record_consent(contact=twin, channel=Channel.EMAIL, status=Consent.YES, source="Form", at=EARLIER)
    waiting = make_draft(twin)
    client.post(address_of(draft), ONE_CLICK)
    waiting.refresh_from_db()
    assert waiting.status == DraftStatus.SUPPRESSED


@pytest.mark.parametrize("method", ["get", "post"])
@pytest.mark.parametrize("token", ["unknown", "%00", "a" * 5000, "' or 1=1"])
def test_an_unknown_link_says_what_to_do_and_nothing_else(client: Client, token: str, method: str) -> None:
    make_approved(owner=make_user())
    answer = getattr(client, method)(f"/u/{token}")
    assert answer.status_code == 404
    assert "copy the whole link" in answer.content.decode()
    assert not Suppression.objects.exists()
    assert not answer.cookies


def test_nothing_but_looking_and_posting_is_allowed(client: Client) -> None:
    assert client.delete(address_of(make_approved(owner=make_user()))).status_code == 405


def test_the_page_is_never_kept_by_a_cache(client: Client) -> None:
    assert "no-store" in client.get(address_of(make_approved(owner=make_user())))["Cache-Control"]


def test_links_of_different_messages_share_nothing() -> None:
    tokens = {make_draft().unsubscribe_token for _ in range(20)}
    assert len(tokens) == 20
    assert all(len(token) == 32 for token in tokens)


@pytest.mark.django_db(transaction=True)
def test_r3_the_answer_waits_for_a_message_under_way(client: Client) -> None:
    draft = make_approved(owner=make_user())
    Draft.objects.filter(pk=draft.pk).update(status=DraftStatus.SENDING, claimed_at=timezone.now())

    def provider_answers() -> None:
        time.sleep(0.5)
        Draft.objects.filter(pk=draft.pk).update(status=DraftStatus.SENT, sent_at=timezone.now())
        connections.close_all()

    sending = threading.Thread(target=provider_answers)
    began = time.monotonic()
    sending.start()
    page = client.post(address_of(draft), ONE_CLICK).content.decode()
    waited = time.monotonic() - began
    sending.join()
    assert waited >= 0.45
    assert "already with the mail server" not in page


def test_after_the_longest_wait_it_says_that_one_message_may_still_arrive(client: Client, settings: Settings) -> None:
    settings.UNSUBSCRIBE_BARRIER_SECONDS = 0.2
    draft = make_approved(owner=make_user())
    Draft.objects.filter(pk=draft.pk).update(status=DraftStatus.SENDING, claimed_at=timezone.now())
    page = client.post(address_of(draft), ONE_CLICK).content.decode()
    assert "One message was already with the mail server" in page
    assert Suppression.objects.filter(contact=draft.contact).exists()


def test_a_send_whose_process_died_long_ago_is_not_waited_for(client: Client, settings: Settings) -> None:
    settings.UNSUBSCRIBE_BARRIER_SECONDS = 5
    draft = make_approved(owner=make_user())
    long_ago = timezone.now() - timedelta(seconds=settings.SEND_LEASE_SECONDS + 1)
    Draft.objects.filter(pk=draft.pk).update(status=DraftStatus.SENDING, claimed_at=long_ago)
    began = time.monotonic()
    client.post(address_of(draft), ONE_CLICK)
    assert time.monotonic() - began < 2
