"""Kill a real worker in the middle of sending, again and again: nothing arrives twice, and nothing is forgotten.

The worker is Celery in processes of its own, on the embedded broker and on the database of this test; the mail server
is in this process and slow enough for the axe to fall between any two steps.
"""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from urllib.parse import quote, urlencode

import psutil
import pytest
from django.conf import settings
from django.db import connection
from django.utils import timezone

from config.celery import app
from outreach import services, tasks
from outreach.channels import message_id
from outreach.models import Draft
from outreach.states import DraftStatus
from tests.factories import make_user
from tests.outreach.sink import Sink
from tests.outreach.world import make_approved

pytestmark = [pytest.mark.trial, pytest.mark.django_db(transaction=True)]

MESSAGES = 300
KILLS = 5


def database_url() -> str:
    """This test's database, as a worker is told of it."""
    at = connection.settings_dict
    login = quote(at["USER"], safe="") + (f":{quote(at['PASSWORD'], safe='')}" if at["PASSWORD"] else "")
    if str(at["HOST"]).startswith("/"):
        return f"postgres://{login}@/{at['NAME']}?{urlencode({'host': at['HOST'], 'port': at['PORT']})}"
    return f"postgres://{login}@{at['HOST']}:{at['PORT'] or 5432}/{at['NAME']}"


def start_worker(mail_server: str) -> subprocess.Popen[bytes]:
    """A Celery worker with two processes, in a group of its own so that all of it can be killed at once."""
    environment = {
        **os.environ,
        "DATABASE_URL": database_url(),
        "EMAIL_URL": mail_server,
        "SEND_TIMEOUT_SECONDS": "5",
        "DJANGO_SETTINGS_MODULE": "config.settings",
    }
    command = [
        sys.executable, "-m", "celery", "--app", "config", "--quiet", "worker",
        "--pool", "prefork", "--concurrency", "2",
        "--loglevel", "WARNING", "--without-gossip", "--without-mingle",
    ]  # fmt: skip
    return subprocess.Popen(command, cwd=settings.BASE_DIR, env=environment, start_new_session=True)


def kill_all_of(process: subprocess.Popen[bytes]) -> None:
    """kill -9 for the worker and its children, in the same moment."""
    os.killpg(process.pid, signal.SIGKILL)
    process.wait(10)


def kill_one_child_of(process: subprocess.Popen[bytes]) -> None:
    """kill -9 for one of its processes; the worker lives on, replaces it and hands its task out again."""
    psutil.Process(process.pid).children()[0].kill()


def wait_for(what: str, done: object, seconds: float = 90) -> None:
    """Wake delivery, as the clock does, until ``done`` says so."""
    end = time.monotonic() + seconds
    while not done():  # type: ignore[operator]
        assert time.monotonic() < end, f"waited in vain until {what}"
        tasks.deliver_due.apply_async(expires=5)
        time.sleep(0.25)


@pytest.mark.parametrize("kill", [kill_all_of, kill_one_child_of])
def test_a_worker_killed_five_times_sends_nothing_twice_and_forgets_nothing(
    kill: Callable[[subprocess.Popen[bytes]], None], sink: Sink, outbox: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    chance = random.Random(1)
    sink.delay, sink.late_answer = 0.01, 0.02
    owner = make_user()
    drafts = [make_approved(owner=owner) for _ in range(MESSAGES)]
    Draft.objects.update(not_before=None)
    app.start_embedded_broker()

    process = start_worker(settings.EMAIL_URL)
    try:
        for _ in range(KILLS):
            enough = len(sink.arrived) + chance.randint(20, 45)
            wait_for(f"{enough} have arrived", lambda: len(sink.arrived) >= enough)  # noqa: B023 - used at once
            time.sleep(chance.random() * 0.1)
            kill(process)
            assert Draft.objects.filter(status=DraftStatus.APPROVED).exists(), "it was done before the axe fell"
            if process.poll() is not None:
                process = start_worker(settings.EMAIL_URL)
        wait_for("nothing waits any more", lambda: not Draft.objects.filter(status=DraftStatus.APPROVED).exists())
        wait_for("nothing is being sent by a living process", lambda: _quiet(sink))
    finally:
        kill_all_of(process)

    lost = services.mark_lost_sends(timezone.now() + timedelta(seconds=settings.SEND_LEASE_SECONDS + 1))
    status = Counter(Draft.objects.values_list("status", flat=True))
    arrived = Counter(mail["Message-ID"] for mail in sink.arrived)
    ids = {message_id(draft): draft.pk for draft in drafts}
    unknown = set(Draft.objects.unsettled().values_list("pk", flat=True))
    arrived_and_unknown = {ids[one] for one in arrived} & unknown
    with capsys.disabled():
        print(  # noqa: T201 - the measurement is the point of a trial
            f"\n{KILLS} times {kill.__name__}, {MESSAGES} messages: "
            f"{len(arrived)} arrived, {max(arrived.values())} time at most; "
            f"{status[DraftStatus.SENT]} known as sent, {len(unknown)} shown as unknown "
            f"({len(arrived_and_unknown)} of them had arrived), {lost} found by their lease"
        )

    assert max(arrived.values()) == 1, "a message arrived twice"
    assert set(arrived) <= set(ids)
    assert status == Counter({DraftStatus.SENT: MESSAGES - len(unknown), DraftStatus.UNKNOWN: len(unknown)})
    assert {ids[one] for one in arrived} | unknown == set(ids.values()), "a message is neither there nor shown"
    assert not {draft.pk for draft in Draft.objects.sent()} - {ids[one] for one in arrived}, "sent, but never arrived"

    # Not even much later does anything of it leave again.
    before = len(sink.arrived)
    services.deliver_due(now=timezone.now() + timedelta(days=30), limit=MESSAGES)
    assert len(sink.arrived) == before


def _quiet(sink: Sink) -> bool:
    before = len(sink.arrived)
    time.sleep(1)
    return len(sink.arrived) == before
