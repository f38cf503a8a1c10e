"""A draft of a cadence simulated on open leads, against the sweep that decides about the same leads once.

Ours is `followups.services.run_simulation` as the worker calls it: every lead is read, decided on by the cadences of
now and by those with the draft, its text judged where only a gate could ask for a review, followed through four weeks,
and kept as a row. The floor, taking turns with it in the same run, is `check_silence --dry-run`: one decision and one
text each, nothing kept. The draft is one of the default cadence, so nearly every lead is decided on twice. While one
more simulation runs, a reader looks at how far it is, as the page does.
"""

from __future__ import annotations

import resource
import threading
from typing import Any

from django.db import connection

from benchmarks.database import QueryCount, own_database
from benchmarks.leads import NOW, make_leads
from benchmarks.measure import interleave, progress, say, table, times, whole
from followups.models import Cadence, CadenceVersion, Simulation
from followups.services import new_draft_version, request_simulation, run_simulation, sweep
from followups.services.trying import BATCH
from followups.states import SimulationStatus

GOAL_SECONDS = 60
GOAL_LEADS = 100_000
_LOOK_EVERY_SECONDS = 0.2


def measure(sizes: list[int], rounds: int) -> dict[str, Any]:
    """Measure each size in turn, from an empty database each time."""
    found = []
    for size in sizes:
        with own_database():
            found.append(_measure_one(size, rounds))
    _print(found)
    return {"goal_seconds": GOAL_SECONDS, "goal_leads": GOAL_LEADS, "batch": BATCH, "sizes": found}


def _measure_one(size: int, rounds: int) -> dict[str, Any]:
    progress(f"simulation: making {size:,} open leads")
    make_leads(size)
    draft = new_draft_version(cadence=Cadence.objects.get(name="default"), by=None)
    CadenceVersion.objects.filter(pk=draft.pk).update(min_gap_days=3, wait_unanswered_quote=4, wait_no_reply=3)
    progress(f"simulation: measuring {size:,} open leads")
    found = interleave(
        {"check_silence --dry-run": _sweep, "simulation": lambda: _simulate(draft)}, rounds=rounds, warm_up=0
    )
    seen = _watched(draft)
    return {
        "leads": size,
        "rounds": rounds,
        "seconds": {case: found.median(case) for case in found.seconds},
        "seconds_in_python": {case: found.median_ours(case) for case in found.seconds},
        "spread": {case: found.spread(case) for case in found.seconds},
        "times_sweep": found.ratio("simulation", "check_silence --dry-run"),
        "leads_a_second": size / found.median("simulation"),
        "found": Simulation.objects.latest("pk").found,
    } | seen


def _sweep() -> None:
    for _ in sweep(now=NOW, dry_run=True):
        pass


def _simulate(draft: CadenceVersion) -> Simulation:
    simulation = request_simulation(version=draft, by=None, now=NOW)
    run_simulation(simulation_id=simulation.pk)
    simulation.refresh_from_db()
    if simulation.status != SimulationStatus.DONE:
        raise AssertionError(f"The simulation did not work: {simulation.problem}")
    return simulation


def _watched(draft: CadenceVersion) -> dict[str, Any]:
    """One more run: statements, and how far a reader saw it from another connection."""
    news: list[int] = []
    over = threading.Event()

    def look() -> None:
        try:
            while not over.wait(_LOOK_EVERY_SECONDS):
                done = Simulation.objects.order_by("-pk").values_list("done", flat=True)[0]
                if not news or news[-1] != done:
                    news.append(done)
        finally:
            connection.close()

    reader = threading.Thread(target=look)
    counter = QueryCount()
    reader.start()
    try:
        with connection.execute_wrapper(counter):
            _simulate(draft)
    finally:
        over.set()
        reader.join()
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return {"queries": counter.count, "peak_megabytes": peak, "news": len(news)}


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
                ]
            )
    table(
        f"Simulating a draft (goal: {GOAL_LEADS:,} leads in {GOAL_SECONDS} seconds, so {GOAL_LEADS // GOAL_SECONDS:,} "
        "leads a second)",
        ["case", "seconds", "range", "in Python", "leads/s"],
        rows,
    )
    for one in found:
        say(
            f"{one['leads']:,} leads: {times(one['times_sweep'])} a sweep; {one['queries']} statements in batches of "
            f"{BATCH:,}; at most {one['peak_megabytes']:.0f} MB in the whole process so far; a reader saw "
            f"{one['news']} steps."
        )
