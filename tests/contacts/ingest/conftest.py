"""What sends events in these tests."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from contacts.ingest import api
from contacts.models import EventSource
from contacts.services import create_source


@pytest.fixture(autouse=True)
def forget_the_last_look(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each test begins as a process does that has not looked at the inbox yet."""
    monkeypatch.setattr(api, "_last_look", (-1000.0, False))


@pytest.fixture
def source_and_key(db: None) -> tuple[EventSource, str]:
    return create_source(name="Studio app")


@pytest.fixture
def source(source_and_key: tuple[EventSource, str]) -> EventSource:
    return source_and_key[0]


@pytest.fixture
def key(source_and_key: tuple[EventSource, str]) -> str:
    return source_and_key[1]


Send = Callable[..., Any]


@pytest.fixture
def send(client: Client, key: str) -> Send:
    """Post something to an address as a client with the key does. Bytes are sent as they are."""

    def post(call: str, body: Any, *, key: str = key, **headers: str) -> Any:
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        if key:
            headers.setdefault("authorization", basic(key))
        return client.post(f"/v1/{call}", content, content_type="application/json", headers=headers)

    return post


def basic(key: str) -> str:
    return "Basic " + base64.b64encode(f"{key}:".encode()).decode()
