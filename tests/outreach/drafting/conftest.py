from __future__ import annotations

from collections.abc import Iterator

import pytest
from pytest_django import Settings

from tests.outreach.drafting.server import ModelServer, running


@pytest.fixture
def model(settings: Settings) -> Iterator[ModelServer]:
    """A language model is set up, and it is ours."""
    with running() as server:
        settings.LLM_URL = server.url
        settings.LLM_MODEL = "test-model"
        settings.LLM_API_KEY = "test-key"
        settings.LLM_TIMEOUT_SECONDS = 0.8
        yield server
