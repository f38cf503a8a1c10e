"""Everything from one terminal: it answers, and however it ends, nothing stays behind."""

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest
from django.db import connection
from django.db.migrations.recorder import MigrationRecorder
from django.test import Client

from config import serve
from config.celery import app, note_worker_seen
from config.embedded.valkey import Valkey
from config.health import missing_from_database

ROOT = Path(__file__).resolve().parent.parent.parent
pytestmark = [pytest.mark.enable_socket, pytest.mark.trial]


@pytest.fixture
def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    """A DATA_DIR of its own. Whatever a failed test left running in it is ended."""
    place = tmp_path / "d"
    yield place
    for process in living(place):
        process.kill()


@pytest.fixture(scope="module")
def lasting(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A DATA_DIR for one start after another. The first finds nothing there; the others go on after what came before.

    Making the tables takes most of a first start, and every way of ending must leave data that it starts with again.
    """
    place = tmp_path_factory.mktemp("lasting") / "d"
    yield place
    for process in living(place):
        process.kill()


def environment(folder: Path) -> dict[str, str]:
    own = {key: value for key, value in os.environ.items() if key not in {"DATABASE_URL", "REDIS_URL", "ENV"}}
    return own | {"DATA_DIR": str(folder), "REKINDLE_TEST_SERVER": "1"}


def start(folder: Path, port: int, makefile: Path | None = None) -> subprocess.Popen[str]:
    """Start it, from make if a makefile is given, in a process group of its own as a terminal does."""
    command = ["make", "-f", str(makefile)] if makefile else [sys.executable, "-m", "config.serve", "--port", str(port)]
    return subprocess.Popen(
        command,
        cwd=ROOT,
        env=environment(folder),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )


@pytest.fixture
def makefile(tmp_path: Path, free_port: int) -> Path:
    path = tmp_path / "Makefile"
    path.write_text(f"demo:\n\t@exec {sys.executable} -m config.serve --port {free_port}\n")
    return path


def living(folder: Path) -> list[psutil.Process]:
    """Every process that was started for this folder: ours have it in their environment, the servers on their line."""
    found = []
    for process in psutil.process_iter():
        try:
            mine = process.environ().get("DATA_DIR") == str(folder) or any(str(folder) in w for w in process.cmdline())
            if mine and process.pid != os.getpid() and process.status() != psutil.STATUS_ZOMBIE:
                found.append(process)
        except (psutil.NoSuchProcess, psutil.AccessDenied, psutil.ZombieProcess):
            continue
    return found


def get(port: int, path: str) -> int:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=5) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as error:
        return error.code
    except OSError:
        return 0


def wait_until_ready(port: int, process: subprocess.Popen[str]) -> None:
    # The first start migrates an empty database; how long that takes says only how busy the machine is.
    deadline = time.monotonic() + 300
    while get(port, "/readyz") != 200:
        assert process.stdout is not None
        assert process.poll() is None, process.stdout.read()
        assert time.monotonic() < deadline
        time.sleep(0.1)


def assert_nothing_left(folder: Path) -> None:
    deadline = time.monotonic() + 20
    while left := living(folder):
        assert time.monotonic() < deadline, [process.cmdline() for process in left]
        time.sleep(0.1)


@pytest.mark.trial  # a whole house is started and ended for it, a quarter of a minute each
def test_interrupting_make_alone_ends_everything(lasting: Path, free_port: int, makefile: Path) -> None:
    """Make does not pass an interrupt on, since a terminal sends it to everybody; here nobody else gets it."""
    process = start(lasting, free_port, makefile)
    wait_until_ready(free_port, process)
    # Web, its two workers, the worker and its two children, beat, both servers.
    assert len(living(lasting)) >= 9
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=30)
    assert_nothing_left(lasting)


@pytest.mark.trial  # a whole house is started and ended for it, a quarter of a minute each
def test_killing_it_ends_everything_too(lasting: Path, free_port: int) -> None:
    process = start(lasting, free_port)
    wait_until_ready(free_port, process)
    process.kill()
    assert_nothing_left(lasting)


@pytest.mark.trial
@pytest.mark.parametrize("how", ["make TERM", "make KILL", "group INT", "serve INT", "serve TERM"])
def test_every_other_way_of_ending_it_ends_everything(lasting: Path, free_port: int, makefile: Path, how: str) -> None:
    whom, name = how.split()
    number = signal.Signals[f"SIG{name}"]
    process = start(lasting, free_port, None if whom == "serve" else makefile)
    wait_until_ready(free_port, process)
    if whom == "group":
        os.killpg(process.pid, number)
    else:
        process.send_signal(number)
    process.communicate(timeout=30)
    assert_nothing_left(lasting)


def test_a_taken_port_is_said_before_anything_starts(folder: Path) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        process = start(folder, port)
        told, _ = process.communicate(timeout=30)
    assert process.returncode == 1
    assert told.startswith(f"Port {port} cannot be used")
    assert "PORT=" in told
    assert not folder.exists()


def test_a_second_one_on_the_same_data_is_refused(
    folder: Path, free_port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATA_DIR", str(folder))
    held = serve.only_one_here()
    process = start(folder, free_port)
    told, _ = process.communicate(timeout=30)
    os.close(held)
    assert process.returncode == 1
    assert "already runs with the data in" in told
    assert not (folder / "postgres").exists()


def test_ready_says_what_is_missing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, client: Client, db: None) -> None:
    """The database is there; the broker comes, has seen no worker, then one."""
    server = Valkey()
    with monkeypatch.context() as elsewhere:
        elsewhere.setenv("DATA_DIR", str(tmp_path))
        address = f"redis+socket://{server.socket_file()}"
    before = app.conf.broker_url
    app.conf.update(broker_url=address)
    try:
        answer = client.get("/readyz")
        assert (answer.status_code, answer.json()) == (503, {"ready": False, "missing": ["broker"]})
        with monkeypatch.context() as elsewhere:
            elsewhere.setenv("DATA_DIR", str(tmp_path))
            server.join()
        answer = client.get("/readyz")
        assert (answer.status_code, answer.json()) == (503, {"ready": False, "missing": ["worker"]})
        note_worker_seen()
        answer = client.get("/readyz")
        assert (answer.status_code, answer.json()) == (200, {"ready": True, "missing": []})
        assert client.get("/healthz").content == b"alive\n"
    finally:
        app.conf.update(broker_url=before)
        with monkeypatch.context() as elsewhere:
            elsewhere.setenv("DATA_DIR", str(tmp_path))
            server.leave()


def test_ready_notices_pending_migrations(db: None) -> None:
    MigrationRecorder(connection).record_unapplied("sessions", "0001_initial")
    assert missing_from_database() == ["migrations"]
