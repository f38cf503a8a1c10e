"""`python -m benchmarks`: measure speed, print tables, keep the figures as JSON in DATA_DIR/benchmarks/.

SIZE=small (the default) takes a few minutes. SIZE=full has the sizes that the goals are set for, and takes three
quarters of an hour or more.
"""

from __future__ import annotations

import argparse
import os
import signal
import sys
from collections.abc import Callable
from typing import Any

import django

SIZES: dict[str, dict[str, dict[str, Any]]] = {
    "small": {
        "silence": {"sizes": [8_800], "rounds": 3},
        "simulation": {"sizes": [10_000], "rounds": 2},
        "sweep": {"sizes": [20_000]},
        "imports": {"rows": 10_000, "rounds": 3},
        "queue": {"drafts": 100_000, "rounds": 3, "seconds": 1.5},
        "scores": {"sizes": [10_000], "rounds": 3, "ones": 200},
        "experiments": {"sizes": [20_000], "rounds": 5},
        "playbooks": {"sizes": [10_000], "rounds": 2},
        "events": {"sizes": [10_000], "rounds": 2, "events": 100_000, "clients": [4]},
        "workbench": {"items": 50},
        "sending": {"messages": 1_000, "workers": [1, 2, 4], "people": 10_000, "seconds": 4, "a_second": 50},
    },
    "full": {
        "silence": {"sizes": [8_800, 88_000], "rounds": 3},
        "simulation": {"sizes": [10_000, 100_000], "rounds": 3},
        "sweep": {"sizes": [100_000, 1_000_000]},
        "imports": {"rows": 100_000, "rounds": 3},
        "queue": {"drafts": 1_000_000, "rounds": 5, "seconds": 2.0},
        "scores": {"sizes": [10_000, 100_000], "rounds": 3, "ones": 200},
        "experiments": {"sizes": [100_000, 1_000_000], "rounds": 5},
        "playbooks": {"sizes": [10_000, 100_000], "rounds": 3},
        "events": {"sizes": [10_000, 100_000], "rounds": 3, "events": 100_000, "clients": [2, 4]},
        "workbench": {"items": 50},
        "sending": {"messages": 10_000, "workers": [1, 2, 4], "people": 10_000, "seconds": 20, "a_second": 50},
    },
}


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("names", nargs="*", help=f"which: {', '.join(SIZES['small'])}; all without a name")
    parser.add_argument("--size", choices=list(SIZES), default=os.environ.get("SIZE") or "small")
    arguments = parser.parse_args()
    size = SIZES.get(arguments.size)
    if size is None:
        parser.error(f"SIZE is {' or '.join(SIZES)}, not “{arguments.size}”.")
    unknown = [name for name in arguments.names if name not in size]
    if unknown:
        parser.error(f"There is no benchmark “{unknown[0]}”. There are {', '.join(size)}.")

    os.environ["DJANGO_SETTINGS_MODULE"] = "benchmarks.settings"
    django.setup()

    from django.conf import settings

    from benchmarks import (
        events,
        experiments,
        imports,
        playbooks,
        review_queue,
        scores,
        sending,
        silence,
        simulation,
        sweep,
        workbench,
    )
    from benchmarks.database import NotOursError, server_version
    from benchmarks.measure import machine, say, write_json
    from config.embedded import EmbeddedServerError

    measures: dict[str, Callable[..., dict[str, Any]]] = {
        "silence": silence.measure,
        "simulation": simulation.measure,
        "sweep": sweep.measure,
        "imports": imports.measure,
        "queue": review_queue.measure,
        "scores": scores.measure,
        "playbooks": playbooks.measure,
        "experiments": experiments.measure_all,
        "events": events.measure,
        "workbench": workbench.measure,
        "sending": sending.measure,
    }
    folder = settings.DATA_DIR / "benchmarks"
    # However we are asked to stop, what we made is removed first.
    for asked in (signal.SIGINT, signal.SIGTERM):
        signal.signal(asked, signal.default_int_handler)
    try:
        version = server_version()
        for name in arguments.names or size:
            measured_on = machine(version)
            results = measures[name](**size[name])
            # One file for each, so that measuring one thing again leaves the figures of the others.
            write_json(folder / f"{name}-{arguments.size}.json", {"machine": measured_on} | results)
    except (EmbeddedServerError, NotOursError) as refusal:
        sys.stderr.write(f"{refusal}\n")
        return 1
    except KeyboardInterrupt:
        sys.stderr.write("Interrupted. The database of the benchmarks is gone again.\n")
        return 130
    say(f"\nThe figures are in {folder}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
