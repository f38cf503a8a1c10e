"""The other side of the network in these tests, and little patience with it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from pytest_django import Settings

from tests.outreach.channels.far_side import FarSide, running


@pytest.fixture
def far_side(settings: Settings) -> Iterator[FarSide]:
    settings.SEND_TIMEOUT_SECONDS = 5
    with running() as side:
        yield side


@pytest.fixture
def impatient(far_side: FarSide, settings: Settings) -> FarSide:
    """Whoever does not answer at once has not answered."""
    settings.SEND_TIMEOUT_SECONDS = 0.2
    return far_side
