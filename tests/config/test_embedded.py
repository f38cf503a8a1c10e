"""The embedded servers with real processes: joining, leaving, dying, and what a crash leaves behind."""

import os
import pwd
import signal
import stat
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import psycopg
import pytest

from config import embedded
from config.embedded.postgres import Postgres
from config.embedded.server import EmbeddedServer
from config.embedded.valkey import Valkey

#: Servers are started, killed and ended for nearly each of these, seconds at a time.
pytestmark = pytest.mark.trial

ROOT = Path(__file__).resolve().parent.parent.parent
USER = """
import sys
from config import embedded
from config.embedded.server import EmbeddedServer
server: EmbeddedServer = embedded.{server}
server.join()
print(server.pid_file().read_text().split()[0], flush=True)
sys.stdin.read()
"""


class Joined:
    """A process of its own that uses one of the servers until it is told to leave."""

    def __init__(self, server: str) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-c", USER.format(server=server)],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def server_pid(self) -> int:
        """The server's process number, as soon as this user has joined it."""
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        if not line:
            assert self.process.stderr is not None
            pytest.fail(self.process.stderr.read())
        return int(line)

    def leave(self) -> None:
        self.process.communicate(timeout=30)
        assert self.process.returncode == 0

    def kill(self) -> None:
        self.process.kill()
        self.process.communicate(timeout=30)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """An empty DATA_DIR; whatever still runs in it afterwards is ended."""
    place = tmp_path / "d"
    monkeypatch.setenv("DATA_DIR", str(place))
    monkeypatch.setenv("REKINDLE_TEST_SERVER", "1")
    yield place
    # Fresh ones, for this folder: those of the program itself may have started the server of the test database.
    for server in (Valkey(), Postgres()):
        server.stop_if_unused()


@pytest.fixture
def join(folder: Path) -> Iterator[Callable[..., Joined]]:
    users: list[Joined] = []

    def start(server: str = "database_server") -> Joined:
        users.append(Joined(server))
        return users[-1]

    yield start
    for user in users:
        if user.process.poll() is None:
            user.kill()


def wait_until_dead(pid: int) -> None:
    deadline = time.monotonic() + 10
    while psutil.pid_exists(pid) and psutil.Process(pid).status() != psutil.STATUS_ZOMBIE:
        assert time.monotonic() < deadline
        time.sleep(0.02)


def crash(server: EmbeddedServer) -> None:
    """End a server as a power cut would, leaving its files."""
    pid = int(server.pid_file().read_text().split()[0])
    family = [psutil.Process(pid), *psutil.Process(pid).children(recursive=True)]
    for process in family:
        process.kill()
    for process in family:
        wait_until_dead(process.pid)


@pytest.mark.parametrize(("name", "server"), [("database_server", Postgres()), ("broker_server", Valkey())])
def test_of_many_that_begin_at_once_one_starts_the_server_and_the_last_to_leave_stops_it(
    join: Callable[..., Joined], name: str, server: EmbeddedServer
) -> None:
    users = [join(name) for _ in range(4)]
    assert len({user.server_pid() for user in users}) == 1
    for user in users[:-1]:
        user.leave()
        assert server.answers()
    users[-1].leave()
    assert not server.alive()


@pytest.mark.parametrize(("name", "server"), [("database_server", Postgres()), ("broker_server", Valkey())])
def test_a_server_whose_user_was_killed_is_joined_and_stopped_by_the_next(
    join: Callable[..., Joined], name: str, server: EmbeddedServer
) -> None:
    killed = join(name)
    pid = killed.server_pid()
    killed.kill()
    assert server.answers()
    following = join(name)
    assert following.server_pid() == pid
    following.leave()
    assert not server.alive()


def test_the_death_of_one_user_does_not_take_the_server_from_another(join: Callable[..., Joined]) -> None:
    first, second = join(), join()
    assert first.server_pid() == second.server_pid()
    first.kill()
    assert Postgres().answers()
    second.leave()
    assert not Postgres().alive()


@pytest.mark.parametrize(("name", "server"), [("database_server", Postgres()), ("broker_server", Valkey())])
def test_what_a_crash_leaves_behind_does_not_keep_the_server_from_starting(
    join: Callable[..., Joined], name: str, server: EmbeddedServer
) -> None:
    """The number in the old file may by now belong to any other process, even to one of ours."""
    before = join(name)
    before.server_pid()
    crash(server)
    before.kill()
    content = server.pid_file().read_text() if server.pid_file().exists() else "0\n"
    server.pid_file().write_text("\n".join([str(os.getpid()), *content.splitlines()[1:]]) + "\n")
    after = join(name)
    assert after.server_pid() != os.getpid()
    after.leave()
    assert psutil.pid_exists(os.getpid())
    assert not server.alive()


def test_an_interrupted_first_start_leaves_nothing_that_matters(folder: Path, join: Callable[..., Joined]) -> None:
    user = join()
    deadline = time.monotonic() + 20
    while not (folder / "postgres" / "data.partial").exists():
        assert time.monotonic() < deadline
        time.sleep(0.005)
    user.kill()
    again = join()
    again.server_pid()
    again.leave()
    assert (folder / "postgres" / "data" / "PG_VERSION").exists()
    assert not (folder / "postgres" / "data.partial").exists()


def test_a_long_path_with_spaces_works(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, join: Callable[..., Joined]
) -> None:
    monkeypatch.setenv("DATA_DIR", str(tmp_path / "a folder of many words, " / ("and long ones " * 6) / "data"))
    users = [join("database_server"), join("broker_server")]
    for user in users:
        user.server_pid()
    settings = embedded.database_settings()
    with psycopg.connect(host=settings["HOST"], user=settings["USER"], dbname=settings["NAME"]) as connection:
        assert connection.execute("SELECT lower('ÄÖ')").fetchone() == ("äö",)
    assert Valkey().answers()
    for user in users:
        user.leave()
    assert not Path(settings["HOST"]).exists()


def test_a_forked_child_does_not_stop_the_server(folder: Path) -> None:
    script = (
        "import os, sys\n"
        "from config import embedded\n"
        "embedded.start_postgres()\n"
        "if os.fork() == 0:\n"
        "    embedded.start_postgres()\n"
        "    sys.exit(0)\n"
        "os.wait()\n"
        "sys.exit(not embedded.database_server.answers())\n"
    )
    subprocess.run([sys.executable, "-c", script], cwd=ROOT, check=True, timeout=60)
    assert not Postgres().alive()


def test_a_process_that_is_asked_to_end_leaves_in_order(folder: Path) -> None:
    """`kill` of a command of manage.py; kill -9 is tried above."""
    script = "import signal, manage; signal.signal(signal.SIGTERM, manage.end)" + USER.format(server="database_server")
    user = subprocess.Popen(
        [sys.executable, "-c", script], cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert user.stdout is not None
    assert user.stdout.readline()
    user.send_signal(signal.SIGTERM)
    user.communicate(timeout=30)
    assert not Postgres().alive()


def test_servers_never_run_as_root_and_are_closed_to_others(folder: Path, join: Callable[..., Joined]) -> None:
    for name, server in (("database_server", Postgres()), ("broker_server", Valkey())):
        user = join(name)
        owner = psutil.Process(user.server_pid()).uids().real
        expected = pwd.getpwnam("pgserver").pw_uid if os.geteuid() == 0 else os.geteuid()
        assert owner == expected != 0
        assert stat.S_IMODE(server.home().stat().st_mode) == 0o700
        assert stat.S_IMODE(folder.stat().st_mode) & (stat.S_IROTH | stat.S_IRGRP | stat.S_IWOTH) == 0
        user.leave()


def test_an_ordinary_user_has_the_servers_run_as_himself(folder: Path, join: Callable[..., Joined]) -> None:
    """Tried as the user `nobody` where the tests run as root; root then works with that user's data."""
    if os.geteuid() == 0:
        nobody = pwd.getpwnam("nobody")
        # Root has opened the way to the programs by having run them once.
        join().leave()
        folder.rename(folder.with_name("of-root"))
        folder.mkdir(mode=0o700)
        os.chown(folder, nobody.pw_uid, nobody.pw_gid)
        child = os.fork()
        if child == 0:
            code = 1
            try:
                os.setgroups([])
                os.setgid(nobody.pw_gid)
                os.setuid(nobody.pw_uid)
                server = Postgres()
                server.join()
                same = psutil.Process(int(server.pid_file().read_text().split()[0])).uids().real == os.getuid()
                server.leave()
                code = 0 if same and not server.alive() else 2
            finally:
                os._exit(code)
        assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
        expected = nobody.pw_uid
    else:
        expected = os.geteuid()
    user = join()
    assert psutil.Process(user.server_pid()).uids().real == expected
    user.leave()


def test_a_server_that_cannot_start_says_why_and_what_to_do(folder: Path, join: Callable[..., Joined]) -> None:
    join().leave()
    with (folder / "postgres" / "data" / "postgresql.conf").open("a") as configuration:
        configuration.write("no_such_setting = 1\n")
    with pytest.raises(embedded.EmbeddedServerError, match=r"(?s)no_such_setting.*DATABASE_URL"):
        Postgres().join()
    assert not Postgres().alive()


def test_reading_the_settings_starts_nothing(folder: Path) -> None:
    """Type checkers, the import contract and commands without data all read them."""
    script = (
        "import os; os.environ['DJANGO_SETTINGS_MODULE'] = 'config.settings'\n"
        "import django; django.setup()\n"
        "from django.conf import settings\n"
        "print(settings.DATABASES['default']['ENGINE'])\n"
    )
    environment = {k: v for k, v in os.environ.items() if k not in {"DATABASE_URL", "REDIS_URL"}}
    told = subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, env=environment, check=True, capture_output=True, text=True
    )
    assert told.stdout.strip() == "config.postgresql"
    assert not (folder / "postgres").exists()
    assert not (folder / "valkey").exists()


def test_a_command_says_what_is_wrong_without_a_stack_trace(folder: Path, join: Callable[..., Joined]) -> None:
    join().leave()
    (folder / "postgres" / "data" / "PG_VERSION").write_text("9\n")
    environment = {k: v for k, v in os.environ.items() if k not in {"DATABASE_URL", "REDIS_URL"}}
    told = subprocess.run(
        [sys.executable, "manage.py", "showmigrations", "sessions"],
        cwd=ROOT,
        env=environment,
        check=False,
        capture_output=True,
        text=True,
    )
    assert told.returncode == 1
    assert "was made by PostgreSQL 9" in told.stderr
    assert "Traceback" not in told.stderr
