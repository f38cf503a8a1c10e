"""No test of the workbench needs a broker; none may notice that there is none."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from config.celery import app


@pytest.fixture(autouse=True)
def no_broker() -> Iterator[None]:
    """A broker that is down. No click may notice."""
    celery: Any = app  # Its stubs know nothing of setting the address, or of the pools that must forget the old one.
    before = celery.conf.broker_url
    celery.conf.broker_url = "redis://127.0.0.1:1/0"
    celery.amqp._producer_pool = celery._pool = None
    yield
    celery.conf.broker_url = before
    celery.amqp._producer_pool = celery._pool = None
