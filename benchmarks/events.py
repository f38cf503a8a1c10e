"""Events over HTTP: requests of a hundred, answered when durable, against raw COPY of the same events.

The web server runs as `make demo` runs it, with its two processes. Clients in processes of their own send prepared
requests over connections they keep, each again as soon as it has its answer; what they need is computed on the same
cores, and is told apart. Then everything is taken in, by one process as in real life, and measured by itself: it is
what makes rows of the table of events, and follows seconds later. The floor is COPY of those very rows, as they ended
up, into the table of events with all its indexes and what was there before: in one COPY, and in pieces of a thousand.
Requests, taking in and floors take turns; after each, the table is put back to what it was.
"""

from __future__ import annotations

import base64
import json
import multiprocessing
import random
import resource
import socket
import time
import uuid
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from datetime import UTC, datetime, timedelta
from multiprocessing.synchronize import Barrier
from typing import Any

from django.db import connection

from benchmarks.customers import make_customers
from benchmarks.database import ask, own_database, run, settle
from benchmarks.measure import Rounds, progress, say, table, whole
from benchmarks.web import serving
from contacts.ingest.inbox import Taken, take_everything_in
from contacts.services import create_source

GOAL_OF_COPY = 0.5
BATCH = 100
PIECE = 1_000
COPY_ONCE = "COPY of the same rows at once"
COPY_PIECES = f"COPY of the same rows, {PIECE:,} at a time"
TAKE_IN = "taking in, afterwards"
BOTH = "accepting, then taking in"
_PATIENCE_SECONDS = 60
#: What happens, how often, and with what properties: names that count, and one that nobody has mapped.
_HAPPENS: Sequence[tuple[str, int, dict[str, Any]]] = (
    ("App Opened", 30, {"place": "Studio 12"}),
    ("Class Attended", 12, {"place": "Studio 12"}),
    ("Booking Made", 12, {"place": "Studio 12"}),
    ("Email Sent", 20, {"campaign": "autumn"}),
    ("Email Opened", 12, {"campaign": "autumn"}),
    ("Order Completed", 6, {"total": 49.5, "currency": "EUR"}),
    ("Booking Missed", 3, {"place": "Studio 12"}),
    ("NPS Submitted", 2, {"score": 9}),
    ("Page Viewed", 2, {"path": "/plans"}),
    ("Towel Rented", 1, {"place": "Studio 12"}),
)


def measure(sizes: list[int], rounds: int, events: int, clients: list[int]) -> dict[str, Any]:
    """Send so many events a round to an installation with so many customers, by each of these numbers of clients."""
    found = []
    for size in sizes:
        with own_database():
            found.append(_measure_one(size, rounds, events, clients))
    _print(found)
    return {"goal_of_copy": GOAL_OF_COPY, "batch": BATCH, "piece": PIECE, "sizes": found}


def accepting(clients: int) -> str:
    return f"accepting requests of {BATCH}, {clients} clients"


def _measure_one(size: int, rounds: int, events: int, clients: list[int]) -> dict[str, Any]:
    progress(f"events: making {size:,} customers and what they did")
    there = make_customers(size, until=datetime.now(UTC))
    _, key = create_source(name="Benchmark")
    found, sending = Rounds(), Rounds()
    with serving() as port:
        for number in range(-1, rounds):
            progress(f"events: round {number + 1} of {rounds}")
            requests = {many: [_request(port, key, body) for body in _bodies(events, size)] for many in clients}
            one = (found, sending) if number >= 0 else (Rounds(), Rounds())
            _one_round(port, requests, *one)
    return {
        "customers": size,
        "events_there": there,
        "events_a_round": events,
        "bytes_of_a_request": len(requests[clients[0]][0]),
        "rounds": rounds,
        "seconds": {case: found.median(case) for case in found.seconds},
        "spread": {case: found.spread(case) for case in found.seconds},
        "events_a_second": {case: events / found.median(case) for case in found.seconds},
        # The rate of a case as a share of the floor's: 0.5 is half as quick as COPY.
        "of_copy_at_once": {case: 1 / found.ratio(case, COPY_ONCE) for case in found.seconds},
        "of_copy_in_pieces": {case: 1 / found.ratio(case, COPY_PIECES) for case in found.seconds},
        "clients_computed_seconds": {case: sending.median(case) for case in sending.seconds},
    }


def _one_round(port: int, requests: Mapping[int, Sequence[bytes]], found: Rounds, sending: Rounds) -> None:
    mark = int(ask("SELECT coalesce(max(id), 0) FROM contacts_event")[0][0])
    rows: list[bytes] = []
    for place, (many, each) in enumerate(requests.items()):
        _put_back(mark)
        seconds, computed = _send(port, each, many)
        found.add(accepting(many), seconds)
        sending.add(accepting(many), computed)
        taking = _take_in(len(each))
        if place == len(requests) - 1:
            found.add(TAKE_IN, taking)
            found.add(BOTH, seconds + taking)
            rows = _rows(mark)
    for floor, size in ((COPY_ONCE, len(rows)), (COPY_PIECES, PIECE)):
        _put_back(mark)
        pieces = [b"".join(rows[place : place + size]) for place in range(0, len(rows), size)]
        begun = time.perf_counter()
        for piece in pieces:
            _copy_in(piece)
        found.add(floor, time.perf_counter() - begun)
    _put_back(mark)


def _take_in(requests: int) -> float:
    """Seconds to make events of all that was accepted. Nothing may be missing, there already, or refused."""
    events = requests * BATCH
    (waiting,) = ask("SELECT coalesce(sum(messages), 0) FROM contacts_eventbatch")[0]
    if waiting != events:
        raise AssertionError(f"{waiting:,} of {events:,} events are in the inbox.")
    begun = time.perf_counter()
    taken = take_everything_in()
    seconds = time.perf_counter() - begun
    if taken != Taken(events=events, batches=requests):
        raise AssertionError(f"Taking in went another way than it should: {taken}")
    return seconds


def _rows(mark: int) -> list[bytes]:
    """The rows that came of it, as COPY wants them."""
    which = f"SELECT * FROM contacts_event WHERE id > {mark}"
    with connection.cursor() as cursor, cursor.copy(f"COPY ({which}) TO STDOUT") as copy:
        return [bytes(row) for row in copy]


def _copy_in(rows: bytes) -> None:
    """One COPY, committed."""
    with connection.cursor() as cursor, cursor.copy("COPY contacts_event FROM STDIN") as copy:
        copy.write(rows)


def _put_back(mark: int) -> None:
    """The table of events as it was before, its indexes as well; nothing of the round is left elsewhere."""
    run(f"DELETE FROM contacts_event WHERE id > {mark}")
    run("DELETE FROM contacts_arrival")
    settle("contacts_event", "contacts_arrival", "contacts_eventbatch")


# What is sent


def _bodies(events: int, customers: int) -> Iterator[bytes]:
    """Requests as Segment's clients make them, a hundred events in each, every event with an id of its own."""
    chance = random.Random(events)
    names = [one for one in _HAPPENS for _ in range(one[1])]
    now = datetime.now(UTC)
    for _ in range(events // BATCH):
        batch = []
        for _ in range(BATCH):
            name, _, properties = chance.choice(names)
            at = now - timedelta(seconds=chance.randrange(3600))
            batch.append(
                {
                    "type": "track",
                    "messageId": str(uuid.uuid4()),
                    "userId": f"C-{chance.randrange(customers) + 1}",
                    "event": name,
                    "properties": properties,
                    "timestamp": at.strftime("%Y-%m-%dT%H:%M:%SZ"),
                }
            )
        yield json.dumps({"batch": batch}, separators=(",", ":")).encode()


def _request(port: int, key: str, body: bytes) -> bytes:
    head = (
        "POST /v1/batch HTTP/1.1",
        f"Host: 127.0.0.1:{port}",
        f"Authorization: Basic {base64.b64encode(f'{key}:'.encode()).decode()}",
        "Content-Type: application/json",
        f"Content-Length: {len(body)}",
    )
    return "\r\n".join([*head, "", ""]).encode() + body


# Who sends it


def _send(port: int, requests: Sequence[bytes], clients: int) -> tuple[float, float]:
    """Let so many processes send all of it. Seconds from the first request to the last answer; those they computed."""
    # Forked, so that nothing prepared has to be handed over; they touch no database and no thread of ours.
    context = multiprocessing.get_context("fork")
    begin = context.Barrier(clients)
    told: Any = context.SimpleQueue()
    senders = [
        context.Process(target=_sender, args=(port, requests[place::clients], begin, told)) for place in range(clients)
    ]
    for sender in senders:
        sender.start()
    answers = [told.get() for _ in senders]
    for sender in senders:
        sender.join()
    troubles = [answer for answer in answers if isinstance(answer, str)]
    if troubles:
        raise AssertionError(f"A client failed: {troubles[0]}")
    return max(end for _, end, _ in answers) - min(begun for begun, _, _ in answers), sum(
        used for _, _, used in answers
    )


def _sender(port: int, requests: Sequence[bytes], begin: Barrier, told: Any) -> None:
    try:
        with closing(socket.create_connection(("127.0.0.1", port), _PATIENCE_SECONDS)) as server:
            server.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            begin.wait(_PATIENCE_SECONDS)
            before, begun = _computed(), time.monotonic()
            for request in requests:
                server.sendall(request)
                _read_answer(server)
            told.put((begun, time.monotonic(), _computed() - before))
    except BaseException as trouble:  # noqa: BLE001  told to the parent, who raises it
        begin.abort()
        told.put(f"{type(trouble).__name__}: {trouble}")


def _read_answer(server: socket.socket) -> None:
    answer = server.recv(65_536)
    while not answer.endswith(b"}"):
        more = server.recv(65_536)
        if not more:
            break
        answer += more
    if not (answer.startswith(b"HTTP/1.1 200 ") and answer.endswith(b'{"success": true}')):
        raise AssertionError(f"The server answered {answer[:500]!r}")


def _computed() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def _print(found: list[dict[str, Any]]) -> None:
    rows = []
    for one in found:
        for case, seconds in one["seconds"].items():
            low, high = one["spread"][case]
            rows.append(
                [
                    f"{one['events_there']:,} there: {case}",
                    f"{seconds:.2f}",
                    f"{low:.2f}–{high:.2f}",
                    whole(one["events_a_second"][case]),
                    f"{one['of_copy_at_once'][case]:.2f}",
                    f"{one['of_copy_in_pieces'][case]:.2f}",
                ]
            )
    table(
        f"Events over HTTP (goal: accepted at {GOAL_OF_COPY:g} of the rate of COPY)",
        ["case", "seconds", "range", "events/s", "of COPY at once", "of COPY in pieces"],
        rows,
    )
    for one in found:
        used = "; ".join(f"{case}: {seconds:.2f} s" for case, seconds in one["clients_computed_seconds"].items())
        say(f"A request has {one['bytes_of_a_request']:,} bytes. Of the cores the clients themselves used: {used}.")
