"""Segment's own client against a running server that is killed in the middle: every event is there, and once."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterator

import pytest
from django.conf import settings
from segment.analytics.client import Client as SegmentClient

from config.serve import port_answers, procfile
from contacts.ingest import inbox
from contacts.models import DeadLetter, Event, EventBatch
from contacts.services import create_source
from tests.outreach.trials.test_killed_worker import database_url

pytestmark = [pytest.mark.enable_socket, pytest.mark.django_db(transaction=True)]

EVENTS = 10_000
TWICE = 300
SECONDS = 30


class Server:
    """The web process of the Procfile, on the database of this test."""

    def __init__(self) -> None:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port: int = probe.getsockname()[1]
        self.address = f"http://127.0.0.1:{self.port}"
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        self.process = subprocess.Popen(
            procfile(self.port)["web"],
            cwd=settings.BASE_DIR,
            env={**os.environ, "DATABASE_URL": database_url()},
            start_new_session=True,
        )
        wait_until(lambda: port_answers(self.port), "the server answers")

    def kill(self) -> None:
        """kill -9 for the server and its workers, in the same moment."""
        if self.process is not None:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait(10)
            self.process = None


@pytest.fixture
def server() -> Iterator[Server]:
    running = Server()
    yield running
    running.kill()


def wait_until(done: Callable[[], bool], what: str) -> None:
    deadline = time.monotonic() + SECONDS
    while not done():
        assert time.monotonic() < deadline, f"waited in vain until {what}"
        time.sleep(0.01)


@pytest.mark.trial
def test_ten_thousand_events_of_segments_client_survive_a_kill(server: Server) -> None:
    """Only the host of the client is changed. Some events are in the timeline already when the axe falls, some wait in
    the inbox, some are on their way and some come later."""
    _, key = create_source(name="Studio app")
    failed: list[Exception] = []
    server.start()
    client = SegmentClient(key, host=server.address, on_error=lambda error, batch: failed.append(error))

    def send(number: int) -> None:
        # Some have ids of the sender's own, to be sent twice below.
        own_id = f"visit-{number}" if number < TWICE else None
        properties = {"class": "Morning flow", "number": number}
        client.track(f"member-{number % 500}", "class_attended", properties, message_id=own_id)

    for number in range(EVENTS):
        send(number)
        if number == EVENTS // 3:
            wait_until(lambda: EventBatch.objects.count() >= 10, "a part has arrived")
            taken = inbox.take_in()
        elif number == 2 * EVENTS // 3:
            server.kill()
    arrived = taken.events + sum(EventBatch.objects.values_list("messages", flat=True))
    assert TWICE <= taken.events <= arrived < EVENTS
    server.start()
    # A sender that does not know what arrived sends it again.
    for number in range(TWICE):
        send(number)
    client.flush()
    client.join()

    assert failed == []
    taken += inbox.take_everything_in()
    assert (taken.events, taken.refused) == (EVENTS, 0)
    assert taken.duplicates >= TWICE
    assert Event.objects.count() == EVENTS
    assert set(Event.objects.values_list("properties__number", flat=True)) == set(range(EVENTS))
    assert not EventBatch.objects.exists()
    assert not DeadLetter.objects.exists()
