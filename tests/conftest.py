"""What every test may use. The database is real; only the clock and the far side of the network are ever replaced."""

from __future__ import annotations

from collections.abc import Generator

import pytest
from django.contrib.auth.models import Group
from django.core.management import call_command
from django.db import connection, transaction
from pytest_django import DjangoDbBlocker, Settings

blocker = pytest.StashKey[DjangoDbBlocker]()


@pytest.fixture(autouse=True)
def quick_passwords(settings: Settings) -> None:
    """A password hash is slow on purpose, a third of a second each. No test is about that."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: DjangoDbBlocker, request: pytest.FixtureRequest) -> None:
    """Let the test database, and no other, be emptied between transactional tests, append-only tables included."""
    request.config.stash[blocker] = django_db_blocker
    with django_db_blocker.unblock(), connection.cursor() as cursor:
        if not Group.objects.exists():
            # A run that was killed in the middle of a transactional test left it empty.
            cursor.execute("DROP SCHEMA public CASCADE; CREATE SCHEMA public")
            call_command("migrate", verbosity=0)
        name = connection.ops.quote_name(connection.settings_dict["NAME"])
        cursor.execute(f"ALTER DATABASE {name} SET rekindle.allow_truncate = 'on'")
        cursor.execute("SET rekindle.allow_truncate = 'on'")
        keep_what_migrations_made()


def keep_what_migrations_made() -> None:
    """Copy the rows of a new database aside: roles, the default cadence, the shipped templates."""
    quote = connection.ops.quote_name
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("DROP SCHEMA IF EXISTS migrated CASCADE; CREATE SCHEMA migrated")
        for table in connection.introspection.django_table_names(only_existing=True, include_views=False):
            cursor.execute(f"CREATE TABLE migrated.{quote(table)} AS TABLE public.{quote(table)}")


def bring_back_what_migrations_made() -> None:
    """Empty the database and put those rows back. Foreign keys are checked at the end, so the order does not matter."""
    quote = connection.ops.quote_name
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'migrated'")
        tables = [quote(table) for (table,) in cursor.fetchall()]
        cursor.execute(f"TRUNCATE {', '.join(f'public.{table}' for table in tables)}")
        for table in tables:
            cursor.execute(f"INSERT INTO public.{table} SELECT * FROM migrated.{table}")  # noqa: S608  our own names


@pytest.hookimpl(wrapper=True)
def pytest_runtest_teardown(item: pytest.Item) -> Generator[None, None, None]:
    """After a transactional test Django empties every table, also of what the next test needs."""
    yield
    marker = item.get_closest_marker("django_db")
    used = set(getattr(item, "fixturenames", ()))
    emptied = (marker and marker.kwargs.get("transaction")) or used & {"transactional_db", "live_server"}
    if emptied and blocker in item.config.stash:
        with item.config.stash[blocker].unblock():
            bring_back_what_migrations_made()
