"""Measuring and saying what was measured: interleaved rounds, medians, ratios within a round, plain tables.

A machine's mood changes from minute to minute. Cases that are compared therefore take turns, and the ratio of two
cases is the median of the ratios of each round, not the ratio of two medians.
"""

from __future__ import annotations

import json
import math
import os
import platform
import statistics
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any


@dataclass
class Rounds:
    """Seconds per case, one figure for each round; the cases in the order in which they took turns.

    ``ours`` are the seconds that this process itself computed. What is left of ``seconds`` was spent waiting: for the
    database, or for somebody else to let go of a core.
    """

    seconds: dict[str, list[float]] = field(default_factory=dict)
    ours: dict[str, list[float]] = field(default_factory=dict)

    def add(self, case: str, seconds: float, ours: float = 0.0) -> None:
        self.seconds.setdefault(case, []).append(seconds)
        self.ours.setdefault(case, []).append(ours)

    def median_ours(self, case: str) -> float:
        return statistics.median(self.ours[case])

    def median(self, case: str) -> float:
        return statistics.median(self.seconds[case])

    def spread(self, case: str) -> tuple[float, float]:
        return min(self.seconds[case]), max(self.seconds[case])

    def ratio(self, case: str, floor: str) -> float:
        """How many times as long as the floor, each round by itself, then the median."""
        pairs = zip(self.seconds[case], self.seconds[floor], strict=True)
        return statistics.median(one / other for one, other in pairs)


def timed(act: Callable[[], Any]) -> float:
    """Seconds that one call takes."""
    begun = time.perf_counter()
    act()
    return time.perf_counter() - begun


def interleave(cases: Mapping[str, Callable[[], Any]], *, rounds: int, warm_up: int = 1) -> Rounds:
    """Let the cases take turns. The first ``warm_up`` rounds are not counted: caches and plans settle in them."""
    found = Rounds()
    for number in range(-warm_up, rounds):
        for name, act in cases.items():
            computed = time.process_time()
            seconds = timed(act)
            if number >= 0:
                found.add(name, seconds, time.process_time() - computed)
    return found


def percentile(values: Sequence[float], share: float) -> float:
    """The value that this share of all values does not exceed (nearest rank)."""
    ordered = sorted(values)
    return ordered[max(0, math.ceil(share * len(ordered)) - 1)]


def milliseconds(seconds: float) -> str:
    shown = seconds * 1000
    return f"{shown:.2f}" if shown < 10 else f"{shown:.1f}" if shown < 100 else f"{shown:,.0f}"


def whole(number: float) -> str:
    return f"{number:,.0f}"


def times(ratio: float) -> str:
    return f"{ratio:.2f}×" if ratio < 10 else f"{ratio:.1f}×" if ratio < 100 else f"{ratio:,.0f}×"


def say(text: str = "") -> None:
    print(text, flush=True)


def table(title: str, columns: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Print a plain table: the first column to the left, figures to the right."""
    widths = [max(len(row[place]) for row in [columns, *rows]) for place in range(len(columns))]
    say(f"\n{title}")
    for row in [columns, ["-" * width for width in widths], *rows]:
        first, *others = (
            cell.ljust(width) if place == 0 else cell.rjust(width)
            for place, (cell, width) in enumerate(zip(row, widths, strict=True))
        )
        say("  ".join([first, *others]).rstrip())


def machine(postgresql: int) -> dict[str, Any]:
    """What the figures were measured on. A load above zero at the beginning means that others were at work too."""
    return {
        "cores": os.cpu_count(),
        "load_at_begin": round(os.getloadavg()[0], 2),
        "python": platform.python_version(),
        "postgresql": f"{postgresql // 10000}.{postgresql % 10000}",
        "system": f"{platform.system()} {platform.machine()}",
        # The servers that come with the program then write without waiting for the disk, the floors as well.
        "fsync_off": os.environ.get("REKINDLE_TEST_SERVER") == "1" and not os.environ.get("DATABASE_URL"),
    }


def write_json(path: Path, results: Mapping[str, Any]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_suffix(".part")
    draft.write_text(json.dumps(results, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    draft.replace(path)


def progress(text: str) -> None:
    """A word on standard error, so that somebody who waits knows what for."""
    sys.stderr.write(f"{text}\n")
    sys.stderr.flush()
