"""A real mail server and a real chat on this machine, one of each for all tests of a file."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest
from pytest_django import Settings

from tests.outreach.sink import Sink, running
from tests.reviews.notices.channel import Channel, listening


@pytest.fixture(scope="module")
def mail_server() -> Iterator[tuple[Sink, str]]:
    sink = Sink()
    with running(sink) as address:
        yield sink, address


@pytest.fixture
def sink(mail_server: tuple[Sink, str], settings: Settings) -> Sink:
    """The mail server, as if nothing had arrived yet."""
    sink, address = mail_server
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", urlsplit(address).port
    settings.PUBLIC_URL = "https://ours.example"
    sink.arrived.clear()
    sink.envelopes.clear()
    sink.at_rcpt = sink.at_data = ""
    return sink


@pytest.fixture(scope="module")
def chat_server() -> Iterator[Channel]:
    with listening() as channel:
        yield channel


@pytest.fixture
def channel(chat_server: Channel, settings: Settings) -> Channel:
    """The chat, as if nothing had been written yet."""
    settings.SLACK_WEBHOOK_URL = chat_server.address
    settings.PUBLIC_URL = "https://ours.example"
    chat_server.texts.clear()
    chat_server.status = 200
    return chat_server
