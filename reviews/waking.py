"""Telling a worker that there is something to do. The row is the queue: without a broker it is only done later."""

from __future__ import annotations

import logging
from typing import Any

from kombu.exceptions import OperationalError

log = logging.getLogger("rekindle.reviews")


def wake(task: Any, *row_ids: int, after_seconds: float = 0) -> bool:
    """Hand the ids of rows to a worker, to begin at once or after some seconds.

    False, and a line in the log, when the broker does not answer. An embedded broker that cannot be started says so by
    a RuntimeError.
    """
    try:
        task.apply_async(args=row_ids, countdown=after_seconds or None)
    except (OperationalError, RuntimeError, OSError):
        log.warning("%s %s waits: the broker does not answer", task.name, " ".join(map(str, row_ids)))
        return False
    return True
