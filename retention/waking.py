"""Telling a worker that a trial waits. The row is the queue: without a broker the next sweep finds it."""

from __future__ import annotations

import logging
from typing import Any

from django.db import transaction
from kombu.exceptions import OperationalError

log = logging.getLogger("rekindle.retention")


def wake(task: Any, row_id: int) -> None:
    """Hand a row's id to a worker once the transaction that wrote the row has ended.

    When the broker does not answer that is only noted in the log. An embedded broker that cannot be started says so by
    a RuntimeError.
    """

    def hand_over() -> None:
        try:
            task.delay(row_id)
        except (OperationalError, RuntimeError, OSError):
            log.warning("%s %s waits: the broker does not answer", task.name, row_id)

    transaction.on_commit(hand_over)
