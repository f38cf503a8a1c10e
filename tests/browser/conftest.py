"""A real Chromium before a real server with the sample world in it."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator

import pytest
from django.db import connection
from django.test import override_settings
from django.utils import timezone
from playwright.sync_api import Browser, sync_playwright
from pytest_django import DjangoDbBlocker
from pytest_django.live_server_helper import LiveServer

from reviews.demo import make_world
from staff.models import User
from tests.browser.eyes import Eyes, Site
from tests.conftest import bring_back_what_migrations_made

QUIET = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """The system's Chromium, or else Playwright's own (scripts/ensure-chromium)."""
    # Playwright keeps an event loop in this thread, and Django would refuse to ask the database beside it.
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
    names = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
    found = next(filter(None, map(shutil.which, names)), None)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=found, args=QUIET)
        yield browser
        browser.close()
    del os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"]


@pytest.fixture
def _django_db_helper() -> None:
    """Nothing: what the server shows must be committed, so no test is wrapped in a transaction. `site` cleans up.

    The tests carry the mark `django_db` all the same, which makes pytest-django set the test database up.
    """


@pytest.fixture(scope="package")
def site(
    django_db_setup: None,
    django_db_blocker: DjangoDbBlocker,
    chromium: Browser,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Site]:
    """The program with its sample world, on an address of its own. The world stays for all tests of this folder."""
    folder = tmp_path_factory.mktemp("outbox")
    changed = {
        "EMAIL_URL": str(folder),
        "SMS_URL": str(folder),
        "MEDIA_ROOT": tmp_path_factory.mktemp("media"),
        "PASSWORD_HASHERS": ["django.contrib.auth.hashers.MD5PasswordHasher"],
    }
    with django_db_blocker.unblock(), override_settings(**changed):
        assert connection.settings_dict["NAME"].startswith("test_"), "never before anybody's own data"
        server = LiveServer("localhost")
        try:
            with override_settings(PUBLIC_URL=server.url):
                make_world(seed=7, now=timezone.now())
                User.objects.create_superuser("admin", "admin@ours.example", "unused", name="Ada Admin")
                yield Site(server.url)
        finally:
            server.stop()
            bring_back_what_migrations_made()


@pytest.fixture(scope="module")
def screen(chromium: Browser, site: Site) -> Eyes:
    """One screen for all tests of a module: opening windows takes longer than looking at pages."""
    return Eyes(chromium, site)


@pytest.fixture
def eyes(screen: Eyes) -> Iterator[Eyes]:
    """Somebody at the screen; whatever their browser complains about fails the test."""
    screen.complaints.clear()
    yield screen
    assert not screen.complaints, "\n".join(screen.complaints)
