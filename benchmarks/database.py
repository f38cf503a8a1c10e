"""A database for the benchmarks alone: made before them, gone after them, on the server the program would use.

It carries a mark. One of the same name without the mark is somebody's, and is left alone.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
from django.core.management import call_command
from django.db import connection
from psycopg import sql

from config import embedded

_MARK = "Made by the benchmarks of Rekindle; removed when they end."


class NotOursError(RuntimeError):
    """There is a database of our name that is not ours to remove."""


@contextmanager
def own_database() -> Iterator[None]:
    """Make the database, with all migrations, and drop it however the block ends."""
    name = connection.settings_dict["NAME"]
    with _server() as server:
        _drop(server, name)
        server.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
        server.execute(sql.SQL("COMMENT ON DATABASE {} IS {}").format(sql.Identifier(name), sql.Literal(_MARK)))
    try:
        call_command("migrate", verbosity=0, skip_checks=True)
        yield
    finally:
        connection.close()
        with _server() as server:
            _drop(server, name)


def server_version() -> int:
    """The version of the server as PostgreSQL counts it, for instance 180001."""
    with _server() as server:
        return server.info.server_version


def _server() -> psycopg.Connection[Any]:
    if connection.settings_dict["ENGINE"] == "config.postgresql":
        embedded.start_postgres()
    wanted = connection.get_connection_params() | {"dbname": "postgres", "autocommit": True}
    del wanted["cursor_factory"]
    return psycopg.connect(**wanted)


def _drop(server: psycopg.Connection[Any], name: str) -> None:
    found = server.execute(
        "SELECT shobj_description(oid, 'pg_database') FROM pg_database WHERE datname = %s", [name]
    ).fetchone()
    if found is None:
        return
    if found[0] != _MARK:
        raise NotOursError(f"The database {name} was not made by the benchmarks. Rename it, then run them again.")
    try:
        server.execute(sql.SQL("DROP DATABASE {}").format(sql.Identifier(name)))
    except psycopg.errors.ObjectInUse as problem:
        raise NotOursError(f"The database {name} is in use: other benchmarks are running. Wait for them.") from problem


def run(statement: str, values: dict[str, Any] | None = None) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)


def ask(statement: str, values: dict[str, Any] | None = None) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        rows: list[tuple[Any, ...]] = cursor.fetchall()
    return rows


def settle(*tables: str) -> None:
    """Leave no vacuuming and no statistics for the middle of a measurement."""
    for table in tables:
        run(f"VACUUM (ANALYZE) {table}")


def empty(*tables: str) -> None:
    """Empty tables with all that depends on them. Histories allow it in a database that says so, as a test's does."""
    run("SET rekindle.allow_truncate = 'on'")
    run(f"TRUNCATE {', '.join(tables)} CASCADE")


class QueryCount:
    """Counts the statements sent to the database while it is entered (`connection.execute_wrapper`)."""

    def __init__(self) -> None:
        self.count = 0

    def __call__(self, execute: Any, statement: str, values: Any, many: bool, context: dict[str, Any]) -> Any:
        self.count += 1
        return execute(statement, values, many, context)
