"""The customer's product in these tests."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.test import Client

from outreach import services
from outreach.api import auth


@pytest.fixture(autouse=True)
def forget_keys() -> Iterator[None]:
    """Each test begins as a process does that knows no key yet."""
    auth._known.clear()
    auth._counted.clear()
    yield
    auth._known.clear()


@pytest.fixture
def key(db: None) -> str:
    return services.create_product_key(name="Member area")[1]


Ask = Callable[..., Any]


@pytest.fixture
def ask(client: Client, key: str) -> Ask:
    """Ask as the product does: a method, an address below /v1/, and perhaps a body. Gives status and JSON."""

    def send(method: str, path: str, body: Any = None, *, key: str = key) -> tuple[int, Any]:
        headers = {"authorization": f"Bearer {key}"} if key else {}
        content = body if isinstance(body, bytes) else b"" if body is None else json.dumps(body).encode()
        answer = client.generic(method, f"/v1/{path}", content, content_type="application/json", headers=headers)
        return answer.status_code, answer.json()

    return send
