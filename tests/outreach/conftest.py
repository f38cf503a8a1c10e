"""Where messages go in these tests."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import time_machine
from pytest_django import Settings

from tests.outreach.sink import Sink, running
from tests.outreach.world import NOW


@pytest.fixture(autouse=True)
def outbox(settings: Settings, tmp_path: Path) -> Path:
    """An empty folder for mail and text messages."""
    folder = tmp_path / "outbox"
    settings.EMAIL_URL = settings.SMS_URL = str(folder)
    settings.PUBLIC_URL = "https://rekindle.example"
    return folder


@pytest.fixture
def sink(settings: Settings, outbox: Path) -> Iterator[Sink]:
    """A mail server that mail goes to instead of the folder."""
    server = Sink()
    with running(server) as url:
        settings.EMAIL_URL = url
        settings.SEND_TIMEOUT_SECONDS = 5
        yield server


@pytest.fixture
def at_now() -> Iterator[None]:
    """The clock shows the moment that the drafts of `tests.outreach.world` are made for, and runs."""
    with time_machine.travel(NOW):
        yield
