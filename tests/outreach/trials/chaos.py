"""A whole Rekindle of its own: web, two workers, two beats, database, broker, mail server. And a hand that kills them.

Run as a program, because its servers and settings are not those of the tests:

    python -m tests.outreach.trials.chaos SEED [SEED …]

prints one JSON object a seed. Everything it starts lies below DATA_DIR.
"""

from __future__ import annotations

import contextlib
import http.client
import json
import os
import random
import signal
import socket
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, field
from functools import partial
from typing import Any

MESSAGES = 40
OPT_OUTS = 10
LATE_APPROVALS = 10
SECONDS = 9.0
LEASE = 6
#: A clock that lost its broker tries again after 2, 4, … up to 30 seconds (kombu); twice that is no loss yet.
PATIENCE = 150
#: How often each may be struck in one seed, so that every kind is.
STRIKES = ("worker", "worker", "web", "beat", "broker", "wipe", "database", "worker")

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")


@dataclass
class Told:
    """What came of one seed."""

    seed: int
    struck: list[str] = field(default_factory=list)
    arrived: int = 0
    twice: int = 0
    known_as_sent: int = 0
    unknown: int = 0
    unknown_that_arrived: int = 0
    stopped: int = 0
    opt_outs: int = 0
    slowest_opt_out: float = 0.0
    after_done: int = 0
    lost: int = 0
    settled_after: float = 0.0
    problems: list[str] = field(default_factory=list)


class Program:
    """One process that may be killed and is started again."""

    def __init__(self, name: str, command: list[str]) -> None:
        self.name, self.command = name, command
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        self.process = subprocess.Popen(
            self.command, start_new_session=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )

    def kill(self) -> None:
        """kill -9 for it and all its children, in the same moment."""
        if self.process is not None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait(10)


class House:
    """All programs, and the strikes."""

    def __init__(self, mail_server: str) -> None:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        os.environ |= {
            "EMAIL_URL": mail_server,
            "SEND_TIMEOUT_SECONDS": "4",
            "SEND_LEASE_SECONDS": str(LEASE),
            "PUBLIC_URL": f"http://127.0.0.1:{self.port}",
        }
        celery = [sys.executable, "-m", "celery", "--app", "config", "--quiet"]
        worker = [*celery, "worker", "--concurrency", "2", "--loglevel", "CRITICAL", "--without-gossip"]
        web = [
            "granian",
            "--interface",
            "wsgi",
            "--host",
            "127.0.0.1",
            "--port",
            str(self.port),
            "--log-level",
            "critical",
        ]
        self.programs = {
            "worker": [Program("worker", [*worker, "--without-mingle", "-n", f"w{n}@%h"]) for n in range(2)],
            "beat": [Program("beat", [*celery, "beat", "--loglevel", "CRITICAL", "--pidfile="]) for _ in range(2)],
            "web": [Program("web", [sys.executable, "-m", *web, "config.wsgi:application"])],
        }

    def start(self) -> None:
        for program in self.all():
            program.start()

    def all(self) -> Iterator[Program]:
        for programs in self.programs.values():
            yield from programs

    def stop(self) -> None:
        for program in self.all():
            program.kill()

    def strike(self, what: str, chance: random.Random) -> None:
        """Kill one thing, and start it again a little later."""
        from config import embedded

        if what == "wipe":
            wipe_broker()
        elif what in ("broker", "database"):
            server = embedded.broker_server if what == "broker" else embedded.database_server
            kill_server(server)
            time.sleep(chance.uniform(0.2, 1.0))
            server.revive()
        else:
            program = chance.choice(self.programs[what])
            program.kill()
            time.sleep(chance.uniform(0.1, 0.6))
            program.start()


def kill_server(server: Any) -> None:
    """kill -9 for a server and everything it started."""
    import psutil

    try:
        main = psutil.Process(int(server.pid_file().read_text().split()[0]))
    except (OSError, ValueError, IndexError, psutil.NoSuchProcess):
        return
    with contextlib.suppress(psutil.NoSuchProcess):
        for process in [main, *main.children(recursive=True)]:
            with contextlib.suppress(psutil.NoSuchProcess):
                process.kill()


def wipe_broker() -> None:
    """Everything the broker holds is gone."""
    from kombu.exceptions import OperationalError

    from config.celery import app

    with contextlib.suppress(OperationalError, OSError), app.connection_for_write() as connection:
        connection.default_channel.client.flushall()


def in_spite_of_it(deed: Callable[[], Any], seconds: float = 30) -> Any:
    """Do something again until the database takes it, as a person would who sees an error page."""
    from django.db import DatabaseError, InterfaceError, connection

    end = time.monotonic() + seconds
    while True:
        try:
            return deed()
        except (DatabaseError, InterfaceError):
            connection.close()
            if time.monotonic() > end:
                raise
            time.sleep(0.2)


def opt_out(port: int, path: str, told: Told, acknowledged: dict[str, float], key: str) -> None:
    """Press the button until there is an answer. An answer that says something is on its way promises less."""
    began = time.monotonic()
    while time.monotonic() < began + 60:
        asked = http.client.HTTPConnection("127.0.0.1", port, timeout=35)
        try:
            asked.request("POST", path, body=b"")
            answer = asked.getresponse()
            page = answer.read().decode()
        except (http.client.HTTPException, OSError):
            answer = None
        finally:
            asked.close()
        if answer is None or answer.status != 200:
            time.sleep(0.2)
            continue
        if "It may still arrive" not in page:
            acknowledged[key] = time.monotonic()
        told.opt_outs += 1
        told.slowest_opt_out = max(told.slowest_opt_out, round(time.monotonic() - began, 2))
        return
    told.problems.append("an opt-out got no answer within a minute")


def run_seed(seed: int, house: House, sink: Any) -> Told:
    from django.utils import timezone

    from outreach import services
    from outreach.channels import message_id
    from outreach.models import Draft
    from outreach.states import DraftStatus
    from tests.factories import make_user
    from tests.outreach.world import make_contact, make_draft

    chance, told = random.Random(seed), Told(seed)
    first = len(sink.arrived)
    acknowledged: dict[str, float] = {}

    def write() -> list[Any]:
        owner = make_user("Account owner")
        return [make_draft(make_contact(), owner) for _ in range(MESSAGES)]

    def approve(draft: Any) -> None:
        current = Draft.objects.get(pk=draft.pk)
        if current.status == DraftStatus.AWAITING_REVIEW:
            with contextlib.suppress(services.Refused):
                services.approve(
                    draft_id=draft.pk, fingerprint=current.fingerprint, by=current.owner, now=timezone.now()
                )

    drafts = in_spite_of_it(write)
    for draft in drafts[LATE_APPROVALS:]:
        in_spite_of_it(partial(approve, draft))
    ids = {message_id(draft): draft for draft in drafts}
    people = []
    for draft in chance.sample(drafts, OPT_OUTS):
        path = f"/u/{draft.unsubscribe_token}"
        person = threading.Timer(
            chance.uniform(0, SECONDS), opt_out, [house.port, path, told, acknowledged, message_id(draft)]
        )
        person.start()
        people.append(person)

    strikes = list(STRIKES)
    chance.shuffle(strikes)
    late = list(drafts[:LATE_APPROVALS])
    began = time.monotonic()
    for what in strikes:
        time.sleep(chance.uniform(0.2, SECONDS / len(strikes)))
        house.strike(what, chance)
        told.struck.append(what)
        if late:
            in_spite_of_it(partial(approve, late.pop()))
    for draft in late:
        in_spite_of_it(partial(approve, draft))
    for person in people:
        person.join(90)

    open_ids = [draft.pk for draft in drafts]
    waiting = Draft.objects.filter(pk__in=open_ids, status__in=[DraftStatus.APPROVED, DraftStatus.SENDING])
    up_again = time.monotonic()
    while in_spite_of_it(waiting.exists) and time.monotonic() < up_again + PATIENCE:
        in_spite_of_it(lambda: services.mark_lost_sends(timezone.now()))
        time.sleep(0.5)
    told.settled_after = round(time.monotonic() - up_again, 1)
    if in_spite_of_it(waiting.exists):
        told.problems.append(f"{waiting.count()} still wait {PATIENCE} s after everything was up again")
    time.sleep(0.5)

    arrived = Counter(mail["Message-ID"] for mail in sink.arrived[first:] if mail["Message-ID"] in ids)
    rows = {draft.pk: draft for draft in Draft.objects.filter(pk__in=open_ids)}
    status = Counter(draft.status for draft in rows.values())
    told.arrived = len(arrived)
    told.twice = sum(1 for times in arrived.values() if times > 1)
    told.known_as_sent, told.unknown = status[DraftStatus.SENT], status[DraftStatus.UNKNOWN]
    told.stopped = status[DraftStatus.SUPPRESSED]
    told.unknown_that_arrived = sum(1 for one in arrived if rows[ids[one].pk].status == DraftStatus.UNKNOWN)
    told.after_done = sum(1 for key, at in sink.moments if key in acknowledged and at > acknowledged[key])
    ends = (DraftStatus.SENT, DraftStatus.UNKNOWN, DraftStatus.SUPPRESSED)
    told.lost = sum(1 for draft in rows.values() if draft.status not in ends)
    for one, draft in ids.items():
        row = rows[draft.pk]
        if row.status == DraftStatus.SENT and one not in arrived:
            told.problems.append(f"draft {row.pk} is known as sent and never arrived")
        if one in arrived and row.status not in (DraftStatus.SENT, DraftStatus.UNKNOWN):
            told.problems.append(f"draft {row.pk} arrived and is {row.status}")
        if row.status not in ends:
            told.problems.append(f"draft {row.pk} is {row.status}: {row.status_reason}")
    assert time.monotonic() - began < 300
    return told


def main(seeds: list[int]) -> None:
    from tests.outreach.sink import Sink, running

    class TimedSink(Sink):
        """Notes when a text was handed over: that is the moment after which nothing can be taken back."""

        def __init__(self) -> None:
            super().__init__()
            self.moments: list[tuple[str, float]] = []

        async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
            at = time.monotonic()
            answer = await super().handle_DATA(server, session, envelope)
            self.moments.append((self.arrived[-1]["Message-ID"], at))
            return answer

    sink = TimedSink()
    sink.delay, sink.late_answer = 0.05, 0.05
    with running(sink) as mail_server:
        house = House(mail_server)
        import django

        django.setup()
        from django.core.management import call_command

        from config.celery import app

        call_command("migrate", verbosity=0)
        app.start_embedded_broker()
        house.start()
        try:
            for seed in seeds:
                print(json.dumps(asdict(run_seed(seed, house, sink))), flush=True)  # noqa: T201  this is its output
        finally:
            house.stop()


if __name__ == "__main__":
    main([int(seed) for seed in sys.argv[1:]] or [1])
