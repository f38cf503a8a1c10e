"""Every provider is connected, with secrets of its own."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator

import pytest
from anymail.exceptions import AnymailNotSupportedWarning
from django.http import HttpResponse
from django.test import Client
from pytest_django import Settings

from outreach import tasks
from tests.outreach.inbound import shapes
from tests.outreach.inbound.shapes import Post


@pytest.fixture(autouse=True)
def connected(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    settings.WEBHOOK_SECRET = [shapes.SECRET]
    settings.MAILGUN_WEBHOOK_SIGNING_KEY = shapes.MAILGUN_KEY
    settings.SENDGRID_WEBHOOK_KEY = shapes.SENDGRID_KEY
    settings.MANDRILL_WEBHOOK_KEY = shapes.MANDRILL_KEY
    settings.TWILIO_AUTH_TOKEN = shapes.TWILIO_TOKEN
    settings.PUBLIC_URL = shapes.PUBLIC_URL
    # There is no broker here. What wakes the worker is another test's business.
    monkeypatch.setattr(tasks.take_in_notices, "delay", lambda: None)
    with warnings.catch_warnings():
        # Anymail still reads SendGrid, and says at each request that nobody looks after it any more.
        warnings.simplefilter("ignore", AnymailNotSupportedWarning)
        yield


@pytest.fixture
def post(client: Client) -> Callable[[Post], HttpResponse]:
    """Send a request as a provider does."""

    def send(one: Post) -> HttpResponse:
        answer: HttpResponse = client.post(
            one.path, one.body, content_type=one.content_type, headers=dict(one.headers or {})
        )  # type: ignore[assignment]  # the test client's own kind of it
        return answer

    return send
