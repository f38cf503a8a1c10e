"""Scores: everybody, those who are due, and one customer, against merely reading the events.

The floor is a bare `SELECT count(*), max(occurred_at) FROM contacts_event`, which PostgreSQL shares among workers. Ours
are the services that the program calls. Each round is a day later than the one before: everybody is scored with nothing
refreshed since yesterday, so that whatever a day changes is found, stored and added to the history; then scored again,
which must change nothing, as in the nightly check; then what comes due within the next hour is refreshed, first what
time alone changes and then those with news. One customer is measured apart, in its steps. Memory is measured in a round
of its own, so that looking does not cost time.
"""

from __future__ import annotations

import itertools
import statistics
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from django.db import connection, transaction

from benchmarks.customers import make_customers
from benchmarks.database import ask, own_database, run, settle
from benchmarks.measure import Rounds, milliseconds, progress, say, table, timed, times
from contacts.models import Arrival
from retention import scoring
from retention.scoring.computing import selects, whom
from retention.services import refresh, refresh_all_due, rescore_all
from retention.states import ChangeCause

GOAL_RESCORE, GOAL_HOUR, GOAL_GROWTH, GOAL_ONE_SECONDS = 3.0, 1.0, 12.0, 0.002
UNTIL = datetime(2026, 11, 8, tzinfo=UTC)
SCAN = "reading the events"
SELECT_NOW = "scoring everybody, nothing kept"
SELECT_NEXT = "the same, and when each changes next"
DAY_LATER = "scoring everybody a day later, stored"
NOTHING_NEW = "scoring everybody again, nothing to store"
BY_TIME = "an hour later: what time changes"
BY_NEWS = "an hour later: those with news"
HOUR = "the hour: both together"
_SCAN = "SELECT count(*), max(occurred_at) FROM contacts_event"
_DAY, _HOUR = timedelta(days=1), timedelta(hours=1)
_LOOK_SECONDS = 0.01


@dataclass
class Many:
    """How many customers each case was about, one figure for each round."""

    looked_at: dict[str, list[int]] = field(default_factory=dict)
    changed: dict[str, list[int]] = field(default_factory=dict)

    def add(self, case: str, looked_at: int, changed: int) -> None:
        self.looked_at.setdefault(case, []).append(looked_at)
        self.changed.setdefault(case, []).append(changed)


def measure(sizes: list[int], rounds: int, ones: int) -> dict[str, Any]:
    """Measure each number of customers in turn, from an empty database each time; ``ones`` of them one by one."""
    found = []
    for size in sizes:
        with own_database():
            found.append(_measure_one(size, rounds, ones))
    growth = _growth(found)
    _print(found, growth)
    return {
        "goals": {
            "rescore_times_scan": GOAL_RESCORE,
            "hour_times_scan": GOAL_HOUR,
            "growth": GOAL_GROWTH,
            "one_customer_seconds": GOAL_ONE_SECONDS,
        },
        "sizes": found,
        "growth": growth,
    }


def _measure_one(size: int, rounds: int, ones: int) -> dict[str, Any]:
    progress(f"scores: making {size:,} customers and what they did")
    events = make_customers(size, until=UNTIL)
    # The first day scores everybody for the first time, the second warms up, and the last is that of the memory.
    first = UNTIL - (rounds + 3) * _DAY
    workers = _workers()
    progress(f"scores: measuring {size:,} customers, {events:,} events")
    first_time = timed(lambda: rescore_all(now=first, cause=ChangeCause.FIRST))
    found, many = Rounds(), Many()
    for number in range(-1, rounds):
        at = first + (number + 2) * _DAY
        _one_round(at, found if number >= 0 else Rounds(), many if number >= 0 else Many())
    one = _one_customer(first + (rounds + 1) * _DAY + _HOUR, size, ones)
    memory = _memory(first + (rounds + 2) * _DAY)
    return {
        "customers": size,
        "events": events,
        "rounds": rounds,
        "scan_in_parallel_by": workers,
        "first_time_seconds": first_time,
        "seconds": {case: found.median(case) for case in found.seconds},
        "spread": {case: found.spread(case) for case in found.seconds},
        "times_scan": {case: found.ratio(case, SCAN) for case in found.seconds},
        "customers_looked_at": {case: statistics.median(each) for case, each in many.looked_at.items()},
        "customers_changed": {case: statistics.median(each) for case, each in many.changed.items()},
        "one_customer": one,
        "memory": memory,
    }


def _one_round(at: datetime, found: Rounds, many: Many) -> None:
    """One day. Tables are put in order between the cases, which the server does by itself in the course of a day."""
    _settle()
    found.add(SCAN, timed(lambda: run(_SCAN)))
    for case, with_next in ((SELECT_NOW, False), (SELECT_NEXT, True)):
        found.add(case, timed(lambda: _select(at, with_next=with_next)))  # noqa: B023  called at once
    for case in (DAY_LATER, NOTHING_NEW):
        begun = time.perf_counter()
        scored = rescore_all(now=at, cause=ChangeCause.CHECK)
        found.add(case, time.perf_counter() - begun)
        many.add(case, scored.customers, len(scored.differing))
        _settle()
    together = 0.0
    for case, prepare in ((BY_TIME, _no_news), (BY_NEWS, _news)):
        prepare(at)
        begun = time.perf_counter()
        refreshed = refresh_all_due(now=at + _HOUR, new_ones=False)
        seconds = time.perf_counter() - begun
        together += seconds
        found.add(case, seconds)
        many.add(case, refreshed.customers, refreshed.changed)
    found.add(HOUR, together)


def _select(at: datetime, *, with_next: bool) -> None:
    with transaction.atomic():
        scoring.compute(at=at, with_next=with_next)


def _no_news(_at: datetime) -> None:
    """Only time passes."""


def _news(at: datetime) -> None:
    """What the inbox leaves behind: everybody who did something within the hour, in bundles of a few."""
    run(_NEWS, {"at": at, "hour": at + _HOUR})


def _settle() -> None:
    settle("retention_score", "retention_scorechange", "contacts_arrival")


def _workers() -> int:
    """How many workers read the events beside the leader. None would make the floor too easy."""
    plan = "\n".join(line for (line,) in ask(f"EXPLAIN (ANALYZE, COSTS OFF, TIMING OFF, BUFFERS OFF) {_SCAN}"))
    launched = plan.partition("Workers Launched: ")[2].partition("\n")[0]
    if not launched or int(launched) == 0:
        raise AssertionError(f"The events were not read in parallel, so this is no floor:\n{plan}")
    return int(launched)


# One customer, in its steps


def _one_customer(at: datetime, size: int, ones: int) -> dict[str, float]:
    """Median seconds of one customer's score, each step by itself, over ``ones`` customers spread over all of them."""
    _settle()
    ids = [1 + place * size // ones for place in range(ones)]
    found = Rounds()
    cases: dict[str, Callable[[int], float]] = {
        "reading the published models": lambda _one: timed(scoring.published),
        "writing the statement": lambda one: timed(lambda: _statement_of(one, at)),
        "planning the statement": lambda one: _explained(one, at, "Planning Time"),
        "running the statement": lambda one: _explained(one, at, "Execution Time"),
        "the bare SELECT": lambda one: _bare(one, at),
        "retention.scoring.compute": lambda one: _computed(one, at),
        "the same, models given": lambda one: _computed(one, at, given=True),
        "a whole refresh of one arrival": lambda one: _refreshed(one, at),
    }
    for one in ids:
        for case, act in cases.items():
            found.add(case, act(one))
    return {case: found.median(case) for case in cases}


def _statement_of(one: int, at: datetime) -> str:
    return selects(scoring.published(), at, whom([one]), True)


def _bare(one: int, at: datetime) -> float:
    """The SELECT alone, as `compute` sets the planner for it."""
    statement = _statement_of(one, at)
    with transaction.atomic():
        _as_compute_does()
        return timed(lambda: ask(statement))


def _explained(one: int, at: datetime, which: str) -> float:
    statement = _statement_of(one, at)
    with transaction.atomic():
        _as_compute_does()
        lines = [line for (line,) in ask(f"EXPLAIN (ANALYZE, COSTS OFF, TIMING OFF, BUFFERS OFF) {statement}")]
    (said,) = (line for line in lines if line.startswith(which))
    return float(said.split()[2]) / 1000


def _as_compute_does() -> None:
    run("SET LOCAL jit = off")
    run("SET LOCAL enable_bitmapscan = off")


def _computed(one: int, at: datetime, *, given: bool = False) -> float:
    rules = scoring.published() if given else None
    begun = time.perf_counter()
    with transaction.atomic():
        scoring.compute(at=at, rules=rules, customer_ids=[one])
    return time.perf_counter() - begun


def _refreshed(one: int, at: datetime) -> float:
    """From news of one contact to its stored score, committed."""
    Arrival.objects.create(contact_ids=[one], due_at=at)
    begun = time.perf_counter()
    refreshed = refresh(now=at, new_ones=False)
    seconds = time.perf_counter() - begun
    if refreshed.customers != 1:
        raise AssertionError(f"{refreshed.customers} customers were refreshed for the news of one.")
    return seconds


# Memory


def _memory(at: datetime) -> dict[str, int]:
    """Kilobytes that the server needs of its own for scoring everybody a day later: at most, beyond what it had before.

    What its processes share, the cache above all, is not counted. ``backend`` is the process that serves us,
    ``with_workers`` it and those that help it. Zero where the system does not tell, or the server is elsewhere.
    """
    _settle()
    connection.close()
    pid = int(ask("SELECT pg_backend_pid()")[0][0])
    before = _own_kilobytes(pid)
    if before == 0 or pid not in _children(_status(pid, "PPid")):
        return {"backend_kb": 0, "with_workers_kb": 0}
    most = all_most = before
    ended = threading.Event()

    def look() -> None:
        nonlocal most, all_most
        while not ended.wait(_LOOK_SECONDS):
            own = _own_kilobytes(pid)
            workers = [one for one in _children(_status(pid, "PPid")) if _works_for(pid, one)]
            most, all_most = max(most, own), max(all_most, own + sum(map(_own_kilobytes, workers)))

    watcher = threading.Thread(target=look)
    watcher.start()
    try:
        rescore_all(now=at, cause=ChangeCause.CHECK)
    finally:
        ended.set()
        watcher.join()
    return {"backend_kb": most - before, "with_workers_kb": all_most - before}


def _status(pid: int, what: str) -> int:
    with suppress(OSError):
        for line in Path(f"/proc/{pid}/status").read_text(encoding="ascii", errors="replace").splitlines():
            if line.startswith(f"{what}:"):
                return int(line.split()[1])
    return 0


def _own_kilobytes(pid: int) -> int:
    return _status(pid, "RssAnon")


def _works_for(leader: int, pid: int) -> bool:
    with suppress(OSError):
        return f"parallel worker for PID {leader}".encode() in Path(f"/proc/{pid}/cmdline").read_bytes()
    return False


def _children(parent: int) -> list[int]:
    with suppress(OSError):
        listed = Path(f"/proc/{parent}/task/{parent}/children").read_text(encoding="ascii")
        return [int(one) for one in listed.split()]
    return []


# Telling


def _growth(found: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """How many times as long each case takes with more customers, one size against the one before it."""
    return [
        {
            "customers": after["customers"] / before["customers"],
            "events": after["events"] / before["events"],
            "seconds": {case: seconds / before["seconds"][case] for case, seconds in after["seconds"].items()},
        }
        for before, after in itertools.pairwise(found)
    ]


def _print(found: list[dict[str, Any]], growth: list[dict[str, Any]]) -> None:
    rows = []
    for one in found:
        for case, seconds in one["seconds"].items():
            low, high = one["spread"][case]
            looked_at = one["customers_looked_at"].get(case)
            changed = one["customers_changed"].get(case)
            rows.append(
                [
                    f"{one['customers']:,}: {case}",
                    f"{seconds:.3f}",
                    f"{low:.3f}–{high:.3f}",
                    times(one["times_scan"][case]),
                    "" if looked_at is None else f"{looked_at:,.0f}",
                    "" if changed is None else f"{changed:,.0f}",
                ]
            )
    table(
        f"Scores (goals: stored a day later ≤ {GOAL_RESCORE:g}×, the hour ≤ {GOAL_HOUR:g}×)",
        ["customers: case", "seconds", "range", "÷ reading", "customers", "of them new"],
        rows,
    )
    for one in found:
        memory = one["memory"]
        say(
            f"{one['customers']:,} customers, {one['events']:,} events: for the very first time "
            f"{one['first_time_seconds']:.2f} seconds; memory at most {memory['backend_kb'] / 1024:.1f} MB in our "
            f"backend, {memory['with_workers_kb'] / 1024:.1f} MB with its workers; the floor was read by "
            f"{one['scan_in_parallel_by']} workers beside the leader."
        )
    for one in growth:
        listed = ", ".join(f"{case} {times(ratio)}" for case, ratio in one["seconds"].items())
        say(f"{one['customers']:g} times the customers, {one['events']:.1f} times the events: {listed}.")
    table(
        f"One customer, milliseconds (goal: {GOAL_ONE_SECONDS * 1000:g})",
        ["step", *(f"of {one['customers']:,}" for one in found)],
        [[case, *(milliseconds(one["one_customer"][case]) for one in found)] for case in found[0]["one_customer"]],
    )


_NEWS = """
INSERT INTO contacts_arrival (contact_ids, due_at, created_at)
SELECT array_agg(contact_id), %(hour)s, %(hour)s
  FROM (SELECT contact_id, row_number() OVER () / 20 AS bundle
          FROM contacts_event
         WHERE occurred_at > %(at)s AND occurred_at <= %(hour)s GROUP BY contact_id) AS concerned
 GROUP BY bundle
"""
