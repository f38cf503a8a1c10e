"""What every test may use. The database is real; only the clock and the far side of the network are ever replaced."""

from __future__ import annotations

import gc
import inspect
from collections import Counter
from collections.abc import Generator, Iterator
from hashlib import sha256
from pathlib import Path
from unittest import mock

import pytest
from django.core.management import call_command
from django.db import connection, transaction
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder
from django.db.migrations.state import ProjectState
from django.test import override_settings
from hypothesis import HealthCheck
from hypothesis import settings as hypothesis_settings
from pytest_django import DjangoDbBlocker
from xdist.remote import Producer
from xdist.scheduler import LoadScopeScheduling

from tests.conventions.source import APPS
from tests.seldom import WITH_EVERY_RUN

# A claim about all inputs is true or not; how long an example takes on a busy machine says nothing about it.
# Every run takes other examples, so that fewer at a time find as much in the end.
hypothesis_settings.register_profile(
    "rekindle", max_examples=12, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
hypothesis_settings.load_profile("rekindle")

#: Folders whose files share a world that is slow to make.
TOGETHER = ("tests/browser/",)
#: What makes a test ask for the database.
OF_THE_DATABASE = frozenset({"db", "transactional_db", "django_db_setup", "live_server"})
#: Of what needs the database, what takes longest: begun at the end, it would leave other workers with nothing to do.
LONG = ("tests/access/", "tests/conventions/test_urls_guarded.py", "tests/reviews/test_demo_data.py")
#: How many variants of a test of `tests.seldom` were collected so far.
_variants: Counter[str] = Counter()
blocker = pytest.StashKey[DjangoDbBlocker]()


class FileByFile(LoadScopeScheduling):  # type: ignore[misc]  # xdist comes without types
    """With several workers, a whole file goes to one of them, or a whole folder where its files share a world.

    Test by test, what a file or a folder makes once would be made by each worker, and a sample world takes many
    seconds. Files go out in the order of the collection, which `pytest_collection_modifyitems` settles.
    """

    def _split_scope(self, nodeid: str) -> str:
        return next(filter(nodeid.startswith, TOGETHER), nodeid.partition("::")[0])


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> FileByFile | None:
    """Unless another way of sharing the work out was asked for on the command line."""
    if config.getoption("dist") != "load":
        return None
    config.option.loadscopereorder = False
    return FileByFile(config, log)


@pytest.hookimpl(tryfirst=True)
def pytest_itemcollected(item: pytest.Item) -> None:
    """What does not come with every run is a trial (`tests.seldom`)."""
    name = item.nodeid.partition("[")[0]
    if name in WITH_EVERY_RUN:
        _variants[name] += 1
        if _variants[name] > WITH_EVERY_RUN[name]:
            item.add_marker(pytest.mark.trial)


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The browser first, which takes longest. While its worker makes the database, the others have what needs none."""
    with_database = {file_of(item) for item in items if needs_database(item)}

    def rank(item: pytest.Item) -> int:
        if item.nodeid.startswith(TOGETHER):
            return 0
        if file_of(item) not in with_database:
            return 1
        return 2 if item.nodeid.startswith(LONG) else 3

    items.sort(key=rank)


def file_of(item: pytest.Item) -> str:
    return item.nodeid.partition("::")[0]


def needs_database(item: pytest.Item) -> bool:
    marked = item.get_closest_marker("django_db") is not None
    return marked or not OF_THE_DATABASE.isdisjoint(getattr(item, "fixturenames", ()))


@pytest.hookimpl(trylast=True)
def pytest_collection_finish() -> None:
    """What is loaded by now stays until the end: the garbage collector need not go through it again and again.

    Nor need it look so often at what tests leave behind: that took a seventh of the whole time.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(100_000, 20, 50)


@pytest.fixture(scope="session", autouse=True)
def quick_settings() -> Iterator[None]:
    """What is slow on purpose, or once at a start, and what no test is about.

    A password hash takes a third of a second. And every test client is a start of its own, at which all static files
    would be read through; they are looked for when they are asked for instead.
    """
    hashers = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    with override_settings(PASSWORD_HASHERS=hashers, WHITENOISE_AUTOREFRESH=True):
        yield


#: The database that is migrated once and copied for every worker. No test runs in it.
MIGRATED = "test_rekindle_migrated"
#: Any number, the same for all workers: one of them migrates while the others wait.
ONE_AT_A_TIME = 7_215_604


@pytest.fixture(scope="session")
def django_db_modify_db_settings(
    django_db_modify_db_settings: None, django_db_blocker: DjangoDbBlocker, django_db_createdb: bool
) -> None:
    """Where this worker has no database yet, copy one: all the migrations take many seconds, a copy takes none."""
    own = connection.creation._get_test_db_name()  # type: ignore[attr-defined]  # not in the stubs
    with django_db_blocker.unblock(), connection._nodb_cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock(%s)", [ONE_AT_A_TIME])
        if django_db_createdb:
            # Somebody wants everything made anew, by the migrations themselves.
            cursor.execute(f"DROP DATABASE IF EXISTS {MIGRATED}")
            return
        cursor.execute("SELECT FROM pg_database WHERE datname = %s", [own])
        if cursor.fetchone() is None:
            migrations = all_migrations()
            cursor.execute(
                "SELECT FROM pg_database WHERE datname = %s AND shobj_description(oid, 'pg_database') = %s",
                [MIGRATED, migrations],
            )
            if cursor.fetchone() is None:
                make_migrated_database()
                cursor.execute(f"COMMENT ON DATABASE {MIGRATED} IS '{migrations}'")
            cursor.execute(f"CREATE DATABASE {connection.ops.quote_name(own)} TEMPLATE {MIGRATED}")


def all_migrations() -> str:
    """One word for all migrations as they are now: another one as soon as any of them is changed."""
    files = {inspect.getfile(type(found)) for found in MigrationLoader(None).disk_migrations.values()}
    return sha256(b"".join(Path(file).read_bytes() for file in sorted(files))).hexdigest()


def make_migrated_database() -> None:
    """Make it, and copy what is in it aside."""
    names, real = connection.settings_dict["TEST"], connection.settings_dict["NAME"]
    own, names["NAME"] = names.get("NAME"), MIGRATED
    try:
        # Half the time would go into making model classes anew for an index or a constraint that no statement reads
        # from them. `test_migrations.py` holds, among the trials, that the tables are the same.
        with mock.patch.object(ProjectState, "_append_option", keep_option):
            connection.creation.create_test_db(verbosity=0, autoclobber=True, serialize=False)
        keep_what_migrations_made()
    finally:
        connection.close()
        names["NAME"], connection.settings_dict["NAME"] = own, real


def keep_option(self: ProjectState, app_label: str, model_name: str, option_name: str, obj: object) -> None:
    """What the project's state does with a new index or constraint of ours, without making a class anew for it."""
    options = self.models[app_label, model_name].options
    options[option_name] = [*options[option_name], obj]
    if app_label not in APPS:
        self.reload_model(app_label, model_name, delay=True)


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: DjangoDbBlocker, request: pytest.FixtureRequest) -> None:
    """Let the test database, and no other, be emptied between transactional tests, append-only tables included."""
    request.config.stash[blocker] = django_db_blocker
    with django_db_blocker.unblock(), connection.cursor() as cursor:
        copied = tables_of("migrated")
        if copied and not is_as_migrations_made_it(copied):
            cursor.execute("DROP SCHEMA public CASCADE; CREATE SCHEMA public")
            call_command("migrate", verbosity=0)
            copied = set()
        if not copied:
            keep_what_migrations_made()
        name = connection.ops.quote_name(connection.settings_dict["NAME"])
        cursor.execute(f"ALTER DATABASE {name} SET rekindle.allow_truncate = 'on'")
        cursor.execute("SET rekindle.allow_truncate = 'on'")


def tables_of(schema: str) -> set[str]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT tablename FROM pg_tables WHERE schemaname = %s", [schema])
        return {table for (table,) in cursor.fetchall()}


def is_as_migrations_made_it(copied: set[str]) -> bool:
    """Whether every table holds exactly the rows that were copied aside when the schema was new.

    The database is kept from run to run, and only a transactional test commits anything. A run that is killed in the
    middle of one leaves its rows behind, or tables that were emptied and not filled again. Copied aside as they are,
    such rows would come back after every test, and tests that count would fail for no reason to be seen. So the copy
    is made once, of a schema in which no test has run yet, and whatever differs from it calls for a new schema. A
    migration that came since differs too, in the table of migrations.
    """
    quote = connection.ops.quote_name
    if copied != tables_of("public"):
        return False
    # The migrations are compared first: where they are the same, so are the columns of all other tables.
    with connection.cursor() as cursor:
        for table in sorted(copied, key=lambda table: (table != MigrationRecorder.Migration._meta.db_table, table)):
            now, then = f"TABLE public.{quote(table)}", f"TABLE migrated.{quote(table)}"
            cursor.execute(f"SELECT EXISTS (({now} EXCEPT ALL {then}) UNION ALL ({then} EXCEPT ALL {now}))")
            if cursor.fetchone() == (True,):
                return False
    return True


def keep_what_migrations_made() -> None:
    """Copy the rows of a new database aside: roles, the default cadence, the shipped templates."""
    quote = connection.ops.quote_name
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("DROP SCHEMA IF EXISTS migrated CASCADE; CREATE SCHEMA migrated")
        for table in tables_of("public"):
            cursor.execute(f"CREATE TABLE migrated.{quote(table)} AS TABLE public.{quote(table)}")


def bring_back_what_migrations_made() -> None:
    """Empty the database and put those rows back. Foreign keys are checked at the end, so the order does not matter."""
    quote = connection.ops.quote_name
    with transaction.atomic(), connection.cursor() as cursor:
        tables = [quote(table) for table in tables_of("migrated")]
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
