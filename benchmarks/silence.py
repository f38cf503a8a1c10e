"""`check_silence --dry-run`: open leads decided in a second, against merely reading the table of leads.

Ours is `followups.services.sweep` with ``dry_run``: everything known about each lead is gathered, the decision table is
walked, the message is written and judged by every gate, and nothing is stored. The floors, taking turns with it in the
same run, are a bare COPY of the open leads and a SELECT that fetches them as rows: no touches, no consent, no decision.
The same time is taken apart into gathering, deciding and writing. Statements sent to the database are counted for each
batch: their number may not depend on how many leads there are. The command itself is run once, in a process of its own.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections import Counter
from itertools import pairwise
from pathlib import Path
from typing import Any

from django.db import connection

from benchmarks.database import QueryCount, own_database
from benchmarks.leads import NOW, make_leads
from benchmarks.measure import Rounds, interleave, progress, say, table, timed, times, whole
from followups.evidence import BATCH, gather
from followups.rules import decide
from followups.services import DEFAULT, published_version, rules_of, sweep

GOAL_LEADS_A_SECOND = 5_000
_OPEN = "SELECT * FROM followups_lead WHERE stage NOT IN ('won', 'lost')"


def measure(sizes: list[int], rounds: int) -> dict[str, Any]:
    """Measure each size in turn, from an empty database each time."""
    found = []
    for size in sizes:
        with own_database():
            found.append(_measure_one(size, rounds))
    _print(found)
    return {"goal_leads_a_second": GOAL_LEADS_A_SECOND, "batch": BATCH, "sizes": found}


def _measure_one(size: int, rounds: int) -> dict[str, Any]:
    progress(f"check_silence: making {size:,} open leads")
    make_leads(size)
    progress(f"check_silence: measuring {size:,} open leads")
    found = interleave(
        {
            "COPY of the leads": _copy,
            "SELECT of the leads": _select,
            "gathering": _gather,
            "gathering and deciding": _gather_and_decide,
            "check_silence --dry-run": _sweep,
        },
        rounds=rounds,
    )
    decisions, queries = _count()
    return {
        "leads": size,
        "rounds": rounds,
        "seconds": {case: found.median(case) for case in found.seconds},
        "seconds_in_python": {case: found.median_ours(case) for case in found.seconds},
        "spread": {case: found.spread(case) for case in found.seconds},
        "times_copy": {case: found.ratio(case, "COPY of the leads") for case in found.seconds},
        "leads_a_second": size / found.median("check_silence --dry-run"),
        "command_seconds": _command(size),
        "decisions": dict(decisions.most_common()),
        "queries": queries,
    } | _parts(found)


def _copy() -> None:
    with connection.cursor() as cursor, cursor.copy(f"COPY ({_OPEN}) TO STDOUT") as copy:
        for _ in copy:
            pass


def _select() -> None:
    with connection.cursor() as cursor:
        cursor.execute(_OPEN)
        cursor.fetchall()


def _gather() -> None:
    for _ in gather(lead_ids=None, now=NOW):
        pass


def _gather_and_decide() -> None:
    cadence = rules_of(published_version(DEFAULT))
    for batch in gather(lead_ids=None, now=NOW):
        for lead in batch:
            decide(lead.evidence, cadence, NOW)


def _sweep() -> None:
    for row in sweep(now=NOW, dry_run=True):
        row.as_csv()


def _count() -> tuple[Counter[str], dict[str, Any]]:
    """Decisions by kind, and statements: before the first lead is out, and for each batch after that."""
    decisions: Counter[str] = Counter()
    counter, seen = QueryCount(), []
    with connection.execute_wrapper(counter):
        for number, row in enumerate(sweep(now=NOW, dry_run=True)):
            if number % BATCH == 0:
                seen.append(counter.count)
            decisions[row.decision.kind.value] += 1
    each = [after - before for before, after in pairwise(seen)]
    return decisions, {"first_batch_and_beginning": seen[0], "each_further_batch": each, "total": counter.count}


def _command(size: int) -> float:
    """Seconds of the command, from starting Python to the last row of a CSV file."""
    with tempfile.TemporaryDirectory() as folder:
        rows = Path(folder) / "rows.csv"
        arguments = ["check_silence", "--dry-run", "--as-of", NOW.isoformat(), "--csv", str(rows)]
        seconds = timed(
            lambda: subprocess.run(
                [sys.executable, "manage.py", *arguments],
                check=True,
                stdout=subprocess.DEVNULL,
                cwd=Path(__file__).resolve().parent.parent,
                env=os.environ | {"DJANGO_SETTINGS_MODULE": "benchmarks.settings"},
            )
        )
        with rows.open(encoding="utf-8") as file:
            written = sum(1 for _ in file) - 1
    if written != size:
        raise AssertionError(f"The command wrote {written} rows for {size} open leads.")
    return seconds


def _parts(found: Rounds) -> dict[str, Any]:
    """Where the time of a sweep goes, in seconds. Writing includes the gates and what is known of earlier messages."""
    gathering, deciding = found.median("gathering"), found.median("gathering and deciding")
    return {
        "parts": {
            "gathering": gathering,
            "deciding": deciding - gathering,
            "writing_and_gates": found.median("check_silence --dry-run") - deciding,
        }
    }


def _print(found: list[dict[str, Any]]) -> None:
    rows = []
    for one in found:
        for case, seconds in one["seconds"].items():
            low, high = one["spread"][case]
            rows.append(
                [
                    f"{one['leads']:,} leads: {case}",
                    f"{seconds:.2f}",
                    f"{low:.2f}–{high:.2f}",
                    f"{one['seconds_in_python'][case]:.2f}",
                    whole(one["leads"] / seconds),
                    times(one["times_copy"][case]),
                ]
            )
        command = one["command_seconds"]
        rows.append(
            [f"{one['leads']:,} leads: the command, once", f"{command:.2f}", "", "", whole(one["leads"] / command), ""]
        )
    table(
        f"check_silence (goal: {GOAL_LEADS_A_SECOND:,} leads a second)",
        ["case", "seconds", "range", "in Python", "leads/s", "÷ COPY"],
        rows,
    )
    for one in found:
        queries = one["queries"]
        say(
            f"{one['leads']:,} leads: {queries['total']} statements; {queries['first_batch_and_beginning']} up to the "
            f"end of the first batch of {BATCH:,}, then for each further one "
            f"{' or '.join(map(str, sorted(set(queries['each_further_batch'])))) or 'none'}. "
            f"Decisions: {', '.join(f'{kind} {many:,}' for kind, many in one['decisions'].items())}."
        )
