"""Who may tell us something: proven first, kept once, and nothing of what is not proven."""

from __future__ import annotations

import gzip
import json
import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from django.http import HttpResponse
from django.test import Client
from pytest_django import Settings

from outreach import tasks
from outreach.inbound.providers import MAIL_PROVIDERS
from outreach.inbound.webhooks import views
from outreach.models import ProviderNotice
from tests.outreach.inbound import shapes
from tests.outreach.inbound.shapes import Post, generic, inbound, tracking, twilio

pytestmark = pytest.mark.django_db
Send = Callable[[Post], HttpResponse]
PROVIDERS = sorted(MAIL_PROVIDERS)
ABOUT, TO = "<draft-7.0123456789abcdef@ours.example>", "marta@northlight.example"
STATUS = {"MessageSid": "SM1", "MessageStatus": "delivered", "To": "+441174960001", "AccountSid": "AC1"}
TEXT = {"MessageSid": "SM2", "From": "+441174960001", "To": "+441174960002", "Body": "STOP", "AccountSid": "AC1"}
EVENT = {"id": "e1", "type": "delivered", "message_id": ABOUT}


def news_of(provider: str, **more: Any) -> Post:
    return tracking(provider, "delivered", about=ABOUT, to=TO, **more)


def mail_of(provider: str) -> Post:
    return inbound(provider, sender=TO, to="team@ours.example", about=ABOUT)


EVERY = [
    *(pytest.param(lambda name=name: news_of(name), id=f"{name} news") for name in PROVIDERS),
    *(pytest.param(lambda name=name: mail_of(name), id=f"{name} mail") for name in PROVIDERS),
    pytest.param(lambda: generic("tracking", EVENT), id="generic news"),
    pytest.param(lambda: generic("inbound", {"id": "m1", "from": TO, "text": "Hi"}), id="generic mail"),
    pytest.param(lambda: generic("tracking", EVENT, channel="sms"), id="generic sms news"),
    pytest.param(
        lambda: generic("inbound", {"id": "m1", "from": "+44", "text": "Hi"}, channel="sms"), id="generic sms"
    ),
    pytest.param(lambda: twilio("status", STATUS), id="twilio status"),
    pytest.param(lambda: twilio("inbound", TEXT), id="twilio text"),
]


@pytest.mark.parametrize("make", EVERY)
def test_proven_news_is_kept_once_however_often_it_comes(make: Callable[[], Post], post: Send) -> None:
    for _ in range(3):
        # Made anew each time: some sign every try differently.
        assert post(make()).status_code == 200
    assert ProviderNotice.objects.count() == 1


@pytest.mark.parametrize("make", EVERY)
def test_what_is_forged_is_refused_and_nothing_of_it_is_kept(make: Callable[[], Post], post: Send) -> None:
    whole = make()
    forged = [replace(whole, headers={})] if whole.headers else []
    if whole.headers and "Authorization" not in whole.headers:
        forged.append(replace(whole, body=whole.body + (b" " if "json" in whole.content_type else b"&more=1")))
    if "mailgun" in whole.path:
        forged = [replace(whole, body=whole.body.replace(b"signature", b"signatura"))]
    if whole.headers:
        wrong = {name: value[:-4] + "AAA=" for name, value in whole.headers.items()}
        forged.append(replace(whole, headers=wrong))
    assert forged
    for one in forged:
        answer = post(one)
        assert answer.status_code == 401, one
        assert b"Nothing was kept" in answer.content
    assert not ProviderNotice.objects.exists()


@pytest.mark.parametrize("provider", PROVIDERS)
@pytest.mark.parametrize("kind", ["tracking", "inbound"])
def test_another_key_proves_nothing(provider: str, kind: str, post: Send) -> None:
    shape: Any = {"items": []} if provider == "brevo" else [] if provider == "mandrill" else {}
    assert post(shapes.signed(provider, kind, shape, key="another:key")).status_code == 401
    assert not ProviderNotice.objects.exists()


@pytest.mark.parametrize("skew", [-600, 600])
@pytest.mark.parametrize("provider", ["mailgun", "sendgrid", "generic"])
def test_what_is_stale_or_from_the_future_is_refused(provider: str, skew: int, post: Send) -> None:
    shape: Any = EVENT if provider == "generic" else [] if provider == "sendgrid" else {"event-data": {}}
    assert post(shapes.signed(provider, "tracking", shape, at=time.time() + skew)).status_code == 401
    assert post(shapes.signed(provider, "tracking", shape, at=time.time() + skew / 4)).status_code == 200


@pytest.mark.parametrize("make", EVERY)
def test_without_its_secret_an_address_does_not_exist(
    make: Callable[[], Post], post: Send, settings: Settings, client: Client
) -> None:
    settings.WEBHOOK_SECRET = []
    for name in ("MAILGUN_WEBHOOK_SIGNING_KEY", "SENDGRID_WEBHOOK_KEY", "MANDRILL_WEBHOOK_KEY", "TWILIO_AUTH_TOKEN"):
        setattr(settings, name, "")
    whole = make()
    assert post(whole).status_code == 404
    assert client.head(whole.path).status_code == 404
    assert not ProviderNotice.objects.exists()


def test_the_token_of_sms_url_proves_twilio_too(post: Send, settings: Settings) -> None:
    settings.TWILIO_AUTH_TOKEN = ""
    settings.SMS_URL = "twilio://AC1:the-token@/?from=%2B15005550006"
    assert post(twilio("status", STATUS, key="the-token")).status_code == 200
    assert post(twilio("status", STATUS, key="other")).status_code == 401


def test_the_host_of_the_request_proves_nothing(client: Client) -> None:
    """Whoever can name the host could otherwise pass on what was signed for another site."""
    post = twilio("status", STATUS, host="https://other.example")
    headers = {**(post.headers or {}), "X-Forwarded-Host": "other.example"}
    answer = client.post(post.path, post.body, content_type=post.content_type, headers=headers, SERVER_NAME="localhost")
    assert answer.status_code == 401


def test_methods_and_content_types(client: Client) -> None:
    path = news_of("postmark").path
    for method in (client.get, client.put, client.delete):
        answer = method(path)
        assert (answer.status_code, answer["Allow"]) == (405, "POST, HEAD")
    assert client.head(path).status_code == 200
    assert client.post(path, b"<a/>", content_type="text/xml").status_code == 400
    assert client.post("/hooks/email/nobody/tracking/").status_code == 404


@pytest.mark.parametrize("body", [b"", b"{", b"[1]", b'"text"', b"[" * 100_000, b"\xff\xfe"])
def test_what_is_no_event_is_refused(body: bytes, post: Send) -> None:
    assert post(replace(news_of("postmark"), body=body)).status_code == 400
    assert not ProviderNotice.objects.exists()


def test_the_generic_form_needs_an_id(post: Send) -> None:
    assert post(generic("tracking", {"type": "delivered", "message_id": ABOUT})).status_code == 400
    assert post(generic("tracking", [EVENT, {**EVENT, "id": 5}])).status_code == 400
    assert not ProviderNotice.objects.exists()


def test_too_large_is_refused_before_and_while_it_is_read(client: Client) -> None:
    path = news_of("postmark").path
    told = client.post(path, b"{}", content_type="application/json", headers=shapes.BASIC, CONTENT_LENGTH="10485761")
    assert told.status_code == 413
    body = b"x" * (10 * 1024 * 1024 + 1)
    assert client.post(path, body, content_type="application/json", headers=shapes.BASIC).status_code == 413


def test_a_zip_bomb_is_not_unzipped_to_its_end(client: Client) -> None:
    bomb = gzip.compress(b"0" * (60 * 1024 * 1024), compresslevel=1)
    headers = {**shapes.BASIC, "Content-Encoding": "gzip"}
    began = time.process_time()
    answer = client.post(news_of("postmark").path, bomb, content_type="application/json", headers=headers)
    assert answer.status_code == 413
    assert time.process_time() - began < 1


def test_a_zipped_request_is_read_and_a_broken_one_refused(client: Client) -> None:
    whole = news_of("postmark")
    headers = {**shapes.BASIC, "Content-Encoding": "gzip"}
    zipped = gzip.compress(whole.body)
    for body, status in ((zipped, 200), (zipped[:-9], 400), (b"no gzip", 400)):
        assert client.post(whole.path, body, content_type=whole.content_type, headers=headers).status_code == status


def test_a_request_with_many_events_is_kept_event_by_event(post: Send) -> None:
    events = [json.loads(tracking("sendgrid", "opened", about=ABOUT, to=TO, number=n).body)[0] for n in range(50)]
    for _ in range(2):
        assert post(shapes.signed("sendgrid", "tracking", events)).status_code == 200
    kept = list(ProviderNotice.objects.all())
    assert len(kept) == 50
    assert json.loads(bytes(kept[3].body)) == events[3]


@pytest.mark.parametrize("provider", ["postmark", "brevo", "mailjet", "sparkpost"])
def test_the_wrong_one_of_two_addresses_is_told(provider: str, post: Send) -> None:
    for one, other in ((news_of(provider), "inbound"), (mail_of(provider), "tracking")):
        path = f"/hooks/email/{provider}/{other}/"
        answer = post(replace(one, path=path))
        assert answer.status_code == 400
    assert not ProviderNotice.objects.exists()


def test_a_form_with_endless_fields_is_refused(client: Client) -> None:
    part = b'--b\r\nContent-Disposition: form-data; name="a"\r\n\r\n1\r\n'
    answer = client.post(
        "/hooks/email/mailgun/inbound/", part * 50_000 + b"--b--\r\n", content_type="multipart/form-data; boundary=b"
    )
    assert answer.status_code == 400


def test_what_comes_in_wakes_a_worker_but_not_for_each_event(monkeypatch: pytest.MonkeyPatch, post: Send) -> None:
    woken: list[int] = []
    monkeypatch.setattr(tasks.take_in_notices, "delay", lambda: woken.append(1))
    monkeypatch.setattr(views, "_next_wake", 0.0)
    for number in range(5):
        post(news_of("sendgrid", number=number))
    assert len(woken) == 1


def test_a_broker_that_is_down_costs_no_provider_its_answer(monkeypatch: pytest.MonkeyPatch, post: Send) -> None:
    tries: list[int] = []

    def down() -> None:
        tries.append(1)
        raise OSError

    monkeypatch.setattr(tasks.take_in_notices, "delay", down)
    monkeypatch.setattr(views, "_next_wake", 0.0)
    for number in range(3):
        assert post(news_of("sendgrid", number=number)).status_code == 200
    assert len(tries) == 1
    assert ProviderNotice.objects.count() == 3
