"""Where everything that came in is kept as it came, until something came of it and after."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import connection
from django.db.models import QuerySet

from outreach.models import ProviderNotice
from outreach.states import NoticeStatus

#: Openings and clicks are judged once this much time has passed: a scanner's clicks come together within it. A notice
#: is looked at once when it came, and put back if it is one of these.
QUIET = timedelta(seconds=15)
_LONGEST_ID = 255
_COLUMNS = "provider, kind, external_id, body, received_at, status, problem, tries"


@dataclass(frozen=True, slots=True)
class Arrived:
    """One event as it came, and what its sender calls it; "" where it has no name of its own."""

    provider: str
    kind: str
    body: bytes
    external_id: str = ""


def keep(arrived: Sequence[Arrived], *, received_at: datetime) -> int:
    """Keep these events, all or none; what is there already stays as it is. Returns how many are new.

    One statement: when this returns outside of a transaction, everything is durable.
    """
    if not arrived:
        return 0
    rows: list[Any] = []
    for one in arrived:
        rows += [one.provider, one.kind, _id_of(one), one.body, received_at, NoticeStatus.WAITING.value, "", 0]
    places = ", ".join(["(%s, %s, %s, %s, %s, %s, %s, %s)"] * len(arrived))
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO outreach_providernotice ({_COLUMNS}) VALUES {places}"  # noqa: S608  our own names
            " ON CONFLICT (provider, kind, external_id) DO NOTHING",
            rows,
        )
        return int(cursor.rowcount)


def digest(content: object, *, without: Iterable[str] = ()) -> str:
    """SHA-256 of what an event says, whatever the order of its fields; ``without`` are fields that say nothing."""
    if isinstance(content, bytes):
        return hashlib.sha256(content).hexdigest()
    if isinstance(content, dict):
        left_out = set(without)
        content = {name: value for name, value in content.items() if name not in left_out}
    return hashlib.sha256(json.dumps(content, sort_keys=True, ensure_ascii=True).encode()).hexdigest()


def is_anything_waiting(now: datetime) -> bool:
    """Whether there is something to take in at this moment. Costs one look into a small index."""
    return _ready(now).exists()


def next_waiting(now: datetime, after: int, *, wait: bool) -> ProviderNotice | None:
    """Lock the next notice until the transaction ends. One that somebody else has is left to them, or waited for."""
    ready = _ready(now).filter(pk__gt=after).order_by("pk")
    return ready.select_for_update(skip_locked=not wait).first()


def _ready(now: datetime) -> QuerySet[ProviderNotice]:
    waiting = ProviderNotice.objects.filter(status=NoticeStatus.WAITING)
    return waiting.filter(tries=0) | waiting.filter(received_at__lte=now - QUIET)


def put_back(now: datetime, most: int) -> list[ProviderNotice]:
    """Openings and clicks that were looked at and are not judged yet."""
    return list(
        ProviderNotice.objects.filter(status=NoticeStatus.WAITING, tries__gt=0, received_at__lte=now).order_by("pk")[
            :most
        ]
    )


def _id_of(one: Arrived) -> str:
    given = one.external_id.replace("\x00", "")
    if given and len(given) <= _LONGEST_ID:
        return given
    return digest(given.encode("utf-8", "replace") if given else one.body)
