"""Everything from one terminal: web, worker and beat, with the embedded servers beneath (`make run`, `make demo`).

Ends on Ctrl-C, on SIGTERM, and when the process that called it goes away. Should this process itself be killed, a guard
that waits at the other end of a pipe ends what it had started.
"""

import argparse
import contextlib
import fcntl
import os
import shlex
import signal
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path
from types import FrameType
from typing import TextIO

from config import embedded

ROOT = Path(__file__).resolve().parent.parent
GRACE_SECONDS = 15
LOOK_SECONDS = 0.25
READY_SECONDS = 60


class StartError(Exception):
    """It cannot start now; the text says why and what to do."""


class Supervisor:
    """Runs the processes of the Procfile, each in its own session, and ends them together."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.asked_to_stop = 0
        self.running: dict[str, subprocess.Popen[str]] = {}
        self.copiers: dict[str, threading.Thread] = {}
        self.output = threading.Lock()
        self.guard = subprocess.Popen(
            [sys.executable, "-m", "config.serve", "--guard"],
            cwd=ROOT,
            env=child_environment(port),
            stdin=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )
        self.caller = os.getppid()
        self.called_by_make = process_name(self.caller) in {"make", "gmake"} and catches_interrupts(self.caller)

    def note_signal(self, _number: int, _frame: FrameType | None) -> None:
        self.asked_to_stop += 1

    def caller_is_gone(self) -> bool:
        """Whether make was killed, or was interrupted alone: it then waits for us without passing the signal on."""
        if os.getppid() != self.caller:
            return True
        # Make gives its handler back when it gets its first signal.
        return self.called_by_make and not catches_interrupts(self.caller)

    def start(self, name: str, command: list[str]) -> subprocess.Popen[str]:
        process = subprocess.Popen(
            command,
            cwd=ROOT,
            env=child_environment(self.port),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            start_new_session=True,
        )
        self.running[name] = process
        self.tell_guard(str(process.pid))
        self.copiers[name] = threading.Thread(target=self.copy_output, args=(name, process.stdout), daemon=True)
        self.copiers[name].start()
        return process

    def tell_guard(self, line: str) -> None:
        if self.guard.stdin:
            with contextlib.suppress(BrokenPipeError):
                self.guard.stdin.write(line + "\n")
                self.guard.stdin.flush()

    def say(self, name: str, text: str) -> None:
        with self.output, contextlib.suppress(BrokenPipeError):
            print(f"{name:<6} | {text}" if name else text, flush=True)  # noqa: T201  this is a terminal program

    def copy_output(self, name: str, stream: TextIO) -> None:
        for line in stream:
            if line.strip():
                self.say(name, line.rstrip())

    def run_to_end(self, command: list[str]) -> None:
        """Run one command of manage.py before the rest. Raises StartError when it fails or we are asked to stop."""
        process = self.start("", [sys.executable, "manage.py", *command])
        while process.poll() is None:
            if self.asked_to_stop or self.caller_is_gone():
                raise KeyboardInterrupt
            time.sleep(0.05)
        self.copiers[""].join()
        del self.running[""]
        if process.returncode:
            raise StartError(f"manage.py {command[0]} failed; what it said is above.")

    def serve(self) -> int:
        """Serve until asked to stop or until one of the processes ends. Returns the exit code."""
        for name, command in procfile(self.port).items():
            self.start(name, command)
        threading.Thread(target=self.announce, daemon=True).start()
        while True:
            if self.asked_to_stop or self.caller_is_gone():
                return 0
            for name, process in self.running.items():
                if process.poll() is not None:
                    self.say("", f"{name} ended by itself (exit code {process.returncode}); ending the rest.")
                    return 1
            time.sleep(LOOK_SECONDS)

    def announce(self) -> None:
        """Say the address once it answers."""
        deadline = time.monotonic() + READY_SECONDS
        while time.monotonic() < deadline and not self.asked_to_stop:
            if port_answers(self.port):
                self.say("", f"\nRekindle is at http://localhost:{self.port}/ - Ctrl-C ends it.\n")
                return
            time.sleep(0.1)

    def end(self) -> None:
        """End every process: politely, and after a while or a second Ctrl-C for certain."""
        # Only the first of each session is asked: a worker's children must finish the task they are in.
        for process in self.running.values():
            with contextlib.suppress(ProcessLookupError):
                process.terminate()
        asked = self.asked_to_stop
        deadline = time.monotonic() + GRACE_SECONDS
        while any(process.poll() is None for process in self.running.values()):
            if time.monotonic() > deadline or self.asked_to_stop > max(asked, 1):
                break
            time.sleep(0.05)
        for process in self.running.values():
            signal_group(process.pid, signal.SIGKILL)
            process.wait()
        self.tell_guard("done")
        if self.guard.stdin:
            self.guard.stdin.close()
        self.guard.wait()


def procfile(port: int) -> dict[str, list[str]]:
    """The commands of the Procfile by name, run by this same Python."""
    commands = {}
    for line in (ROOT / "Procfile").read_text().splitlines():
        if line.strip() and not line.startswith("#"):
            name, _, command = line.partition(":")
            words = [word.replace("$PORT", str(port)) for word in shlex.split(command)]
            commands[name.strip()] = [sys.executable, *words[1:]] if words[0] == "python" else words
    return commands


def child_environment(port: int) -> dict[str, str]:
    return os.environ | {
        "PORT": str(port),
        # Given as it is meant here: the children work in another folder.
        "DATA_DIR": str(embedded.data_dir()),
        "PYTHONUNBUFFERED": "1",
        # Celery's warning about root is about pickle, which is switched off here. Static files are served from where
        # they lie: the folder that collectstatic fills is not missed.
        "PYTHONWARNINGS": "ignore:You're running the worker with superuser privileges,ignore:No directory at",
    }


def port_answers(port: int) -> bool:
    with socket.socket() as connection:
        connection.settimeout(1)
        return connection.connect_ex(("127.0.0.1", port)) == 0


def refuse_taken_port(port: int) -> None:
    """Raise StartError when another program listens on the port."""
    with socket.socket() as probe:
        # As servers do: a connection of a moment ago that is still closing does not count.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OverflowError:
            raise StartError(f"{port} is not a port. Ports go from 1 to 65535.") from None
        except OSError as error:
            raise StartError(
                f"Port {port} cannot be used: {error.strerror}. End the program that has it, "
                f"or choose another with PORT=, for example: make demo PORT={port + 1 if port < 65000 else 8001}"
            ) from None


def process_name(pid: int) -> str:
    """The name of a running process; empty where the system does not tell (macOS)."""
    with contextlib.suppress(OSError):
        return Path(f"/proc/{pid}/comm").read_text().strip()
    return ""


def catches_interrupts(pid: int) -> bool:
    """Whether a process still has its own handler for SIGINT. False where the system does not tell (macOS)."""
    with contextlib.suppress(OSError, ValueError, IndexError):
        for line in Path(f"/proc/{pid}/status").read_text().splitlines():
            if line.startswith("SigCgt:"):
                return bool(int(line.split()[1], 16) >> (signal.SIGINT - 1) & 1)
    return False


def signal_group(group: int, number: int) -> bool:
    """Signal every process of a group; 0 only asks. Returns whether any was there."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(group, number)
        return True
    return False


def guard() -> int:
    """Wait until the supervisor says "done" or is gone; in the second case end what it had started."""
    groups: list[int] = []
    for line in sys.stdin:
        if line.strip() == "done":
            return 0
        groups.append(int(line))
    for number, seconds in ((signal.SIGTERM, 3), (signal.SIGKILL, 1)):
        for group in groups:
            signal_group(group, number)
        deadline = time.monotonic() + seconds
        while any(signal_group(group, 0) for group in groups) and time.monotonic() < deadline:
            time.sleep(0.05)
    embedded.stop_unused()
    return 0


def only_one_here() -> int:
    """Hold the folder for this one: a second beat on the same data would only do everything twice."""
    embedded.data_dir().mkdir(mode=0o700, parents=True, exist_ok=True)
    held = os.open(embedded.data_dir() / "serve.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise StartError(
            f"Rekindle already runs with the data in {embedded.data_dir()}. End it first, "
            "or set DATA_DIR to another folder to run a second one beside it."
        ) from None
    return held


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m config.serve", description=__doc__)
    parser.add_argument("--port", type=int, default=int(os.environ.get("PORT") or 8000))
    parser.add_argument("--demo", action="store_true", help="make the sample world first, unless it is there")
    parser.add_argument("--guard", action="store_true", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.guard:
        return guard()
    supervisor = None
    try:
        refuse_taken_port(arguments.port)
        held = only_one_here()
        supervisor = Supervisor(arguments.port)
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, supervisor.note_signal)
        if not os.environ.get("DATABASE_URL"):
            embedded.start_postgres()
        if not os.environ.get("REDIS_URL"):
            embedded.start_valkey()
        supervisor.run_to_end(["migrate", "--verbosity=0"])
        if arguments.demo:
            supervisor.run_to_end(["demo_data"])
        else:
            supervisor.say("", "The first person who may do everything: .venv/bin/python manage.py createsuperuser")
        return supervisor.serve()
    except KeyboardInterrupt:
        return 0
    except (StartError, embedded.EmbeddedServerError, OSError) as refusal:
        sys.stderr.write(f"{refusal}\n")
        return 1
    finally:
        if supervisor:
            supervisor.end()
            os.close(held)


if __name__ == "__main__":
    sys.exit(main())
