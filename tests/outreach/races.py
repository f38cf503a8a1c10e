"""Two or more at the same moment, each with a connection of its own."""

from __future__ import annotations

import threading
from collections.abc import Callable

from django.db import connection, connections


def race(*deeds: Callable[[], object]) -> list[object]:
    """Do all deeds at the same moment, each on its own connection. Returns each one's result or exception."""
    start = threading.Barrier(len(deeds))
    results: list[object] = [None] * len(deeds)

    def run(place: int, deed: Callable[[], object]) -> None:
        try:
            connection.ensure_connection()
            start.wait(10)
            results[place] = deed()
        except Exception as problem:  # noqa: BLE001 - handed back to be judged by the test
            results[place] = problem
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run, args=(place, deed)) for place, deed in enumerate(deeds)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    return results
