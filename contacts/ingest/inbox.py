"""The inbox: requests are kept as they came, and turned into events in the order of their arrival.

Accepting is one row. Taking in happens in one place at a time, in transactions of a bounded size: events are stored
and their batches are gone, or neither. A batch that cannot be worked off never stands in the way of the next.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, NamedTuple

from django.db import InterfaceError, OperationalError, ProgrammingError, connection, transaction
from django.db.models import Max
from django.db.models.functions import Greatest

from contacts.ingest import messages
from contacts.ingest.messages import EVENT_TYPES, Envelope, Message, Unreadable, storable
from contacts.ingest.store import Incoming, store
from contacts.ingest.turn import LOCK, wait_for_turn
from contacts.models import DeadLetter, EventBatch, EventSource
from contacts.services import identities
from contacts.services.errors import Refused

logger = logging.getLogger("rekindle.inbox")

#: Bounds of one transaction. A batch is never split, so the second is passed by up to one batch.
BATCHES_AT_ONCE = 1000
MESSAGES_AT_ONCE = 10_000
_REASON_LENGTH = 500


class Rejected(NamedTuple):
    """A message that became a dead letter: its place in the request, and why."""

    place: int
    code: str
    reason: str


@dataclass(frozen=True, slots=True)
class Taken:
    """What came of taking in: events stored, events that were there already, dead letters, and batches done."""

    events: int = 0
    duplicates: int = 0
    refused: int = 0
    batches: int = 0

    def __add__(self, other: Taken) -> Taken:
        return Taken(
            self.events + other.events,
            self.duplicates + other.duplicates,
            self.refused + other.refused,
            self.batches + other.batches,
        )


class Piece(NamedTuple):
    """One message on its way from a batch to the store, with all that a dead letter would need."""

    message: Message
    raw: Any
    source_id: int
    received_at: datetime
    sent_at: datetime | None


def accept(*, source_id: int, call: str, body: bytes, envelope: Envelope, received_at: datetime) -> list[Rejected]:
    """Keep a request until it is taken in. What cannot be read is kept as dead letters, and returned.

    When this returns outside of a transaction, everything is durable.
    """
    rejected: list[Rejected] = []
    sizes = len(body) > messages.LARGEST_EVENT
    for place, raw in enumerate(envelope.messages):
        try:
            if sizes:
                messages.check_size(raw)
            messages.read(
                raw, call=call, received_at=received_at, sent_at=envelope.sent_at, place=place, odd=envelope.odd
            )
        except Unreadable as problem:
            rejected.append(Rejected(place, problem.code, problem.sentence))
    count = len(envelope.messages) - len(rejected)
    if not rejected:
        if count:
            _keep(source_id, call, body, count, [], received_at)
        return rejected
    with transaction.atomic():
        if count:
            _keep(source_id, call, body, count, [one.place for one in rejected], received_at)
        DeadLetter.objects.bulk_create(
            _letter(source_id, received_at, envelope.sent_at, one.code, one.reason, envelope.messages[one.place], call)
            for one in rejected
        )
    return rejected


def waiting(most: int) -> int:
    """How many messages wait to be taken in, counted up to about ``most``."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT coalesce(sum(messages), 0) FROM (SELECT messages FROM contacts_eventbatch LIMIT %s) AS counted",
            [most],
        )
        (count,) = cursor.fetchone()
        return int(count)


def take_in(*, now: datetime | None = None, limit: int = MESSAGES_AT_ONCE) -> Taken:
    """Turn what waits into events, the oldest first, up to about ``limit`` messages.

    Does nothing while somebody else does it. Raises nothing for events that cannot be taken in: they become dead
    letters. ``now`` stands in for the clock in what is due from now on.
    """
    taken = Taken()
    left = limit
    while left > 0:
        done, count = _round(now, left, wait=False)
        if not count:
            break
        taken, left = taken + done, left - count
    return taken


def take_everything_in(*, now: datetime | None = None) -> Taken:
    """Turn everything into events that is waiting at this moment. Waits for whoever is at it."""
    last = EventBatch.objects.aggregate(last=Max("id"))["last"]
    taken = Taken()
    while last is not None and EventBatch.objects.filter(pk__lte=last).exists():
        taken += _round(now, MESSAGES_AT_ONCE, wait=True)[0]
    return taken


def take_in_one(
    raw: Any, *, source_id: int | None, received_at: datetime, sent_at: datetime | None, now: datetime
) -> None:
    """Take in a single message, in the caller's transaction. Raises Unreadable with the reason when it cannot be."""
    messages.check_size(raw)
    message = messages.read(raw, call=messages.BATCH, received_at=received_at, sent_at=sent_at)
    if message.type not in EVENT_TYPES:
        try:
            _pass_on(message, now)
        except Refused as refused:
            raise Unreadable("identity", refused.sentence) from refused
        return
    stored = store([_incoming(message, source_id, received_at)], now=now)
    for refusal in stored.refused:
        raise Unreadable(refusal.code, refusal.reason)


def _keep(source_id: int, call: str, body: bytes, count: int, left_out: list[int], received_at: datetime) -> None:
    # By hand, since this is done for every request and the ORM takes three times as long.
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO contacts_eventbatch (source_id, call, body, messages, left_out, received_at)"
            " VALUES (%s, %s, %s, %s, %s, %s)",
            [source_id, call, body, count, left_out, received_at],
        )


def _round(now: datetime | None, most: int, *, wait: bool) -> tuple[Taken, int]:
    """One transaction. What came of it, and how many messages were dealt with.

    Where a batch makes trouble, half of them is tried, and half of that, until it is alone and taken apart.
    """
    at_once = BATCHES_AT_ONCE
    while True:
        alone = at_once == 1
        try:
            with transaction.atomic():
                if not _is_my_turn(wait):
                    return Taken(), 0
                batches = _oldest(at_once, most)
                at_once = len(batches)
                work = _one_by_one if alone else _work_off
                return work(batches, now or datetime.now(UTC)), sum(batch.messages for batch in batches)
        except Exception as problem:
            if alone or _is_ours(problem):
                raise
            logger.warning("%s batches of events failed together (%s); trying fewer", at_once, _class_of(problem))
            at_once = max(at_once // 2, 1)


def _is_my_turn(wait: bool) -> bool:
    """Whether nobody else stores events until this transaction ends."""
    if wait:
        wait_for_turn()
        return True
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [LOCK])
        (got,) = cursor.fetchone()
        return bool(got)


def _oldest(at_once: int, most: int) -> list[EventBatch]:
    """The oldest batches with about this many messages together, and at least one."""
    return list(
        EventBatch.objects.raw(
            """
            SELECT batch.* FROM contacts_eventbatch batch
              JOIN (SELECT id, sum(messages) OVER (ORDER BY id) - messages AS before
                      FROM (SELECT id, messages FROM contacts_eventbatch ORDER BY id LIMIT %s) AS first) AS counted
             USING (id)
             WHERE before < %s ORDER BY id
            """,
            [at_once, min(most, MESSAGES_AT_ONCE)],
        )
    )


def _work_off(batches: Sequence[EventBatch], now: datetime) -> Taken:
    """Turn these batches into events and dead letters, and remove them, in the caller's transaction.

    What says who somebody is comes before what they did: a person who is known then is known for all of it, and
    neither loses anything by it, since an event that waits for its person gets them later.
    """
    letters: list[DeadLetter] = []
    pieces = list(_pieces(batches, letters))
    for piece in pieces:
        if piece.message.type not in EVENT_TYPES:
            _know(piece, now, letters)
    happened = [piece for piece in pieces if piece.message.type in EVENT_TYPES]
    stored = store([_incoming(one.message, one.source_id, one.received_at) for one in happened], now=now)
    letters += [_dead(happened[refusal.place], refusal.code, refusal.reason) for refusal in stored.refused]
    _finish(batches, letters)
    return Taken(stored.created, stored.duplicates, len(letters), len(batches))


def _one_by_one(batches: Sequence[EventBatch], now: datetime) -> Taken:
    """The same, one message at a time. One that fails becomes a dead letter with the class of the problem."""
    letters: list[DeadLetter] = []
    events = duplicates = 0
    for piece in _pieces(batches, letters):
        try:
            with transaction.atomic():
                if piece.message.type in EVENT_TYPES:
                    stored = store([_incoming(piece.message, piece.source_id, piece.received_at)], now=now)
                    events, duplicates = events + stored.created, duplicates + stored.duplicates
                    letters += [_dead(piece, refusal.code, refusal.reason) for refusal in stored.refused]
                else:
                    _know(piece, now, letters)
        except Exception as problem:
            if _is_ours(problem):
                raise
            reason = (
                f"It could not be taken in ({_class_of(problem)}). Look for an unusual value, repair it and replay."
            )
            letters.append(_dead(piece, "failed", reason))
    _finish(batches, letters)
    return Taken(events, duplicates, len(letters), len(batches))


def _pieces(batches: Iterable[EventBatch], letters: list[DeadLetter]) -> Iterator[Piece]:
    """The messages of these batches. What cannot be read any more is added to ``letters``."""
    for batch in batches:
        envelope = messages.open_envelope(batch.call, bytes(batch.body))
        left_out = set(batch.left_out)
        for place, raw in enumerate(envelope.messages):
            if place in left_out:
                continue
            try:
                message = messages.read(
                    raw,
                    call=batch.call,
                    received_at=batch.received_at,
                    sent_at=envelope.sent_at,
                    place=place,
                    odd=envelope.odd,
                )
            except Unreadable as problem:
                # Accepted by a version of this program that was less strict.
                letters.append(
                    _letter(
                        batch.source_id, batch.received_at, envelope.sent_at, problem.code, problem.sentence, raw,
                        batch.call,
                    )
                )  # fmt: skip
                continue
            yield Piece(message, raw, batch.source_id, batch.received_at, envelope.sent_at)


def _know(piece: Piece, now: datetime, letters: list[DeadLetter]) -> None:
    try:
        _pass_on(piece.message, now)
    except Refused as refused:
        # What was noted on the way, a suspected duplicate for instance, stays.
        letters.append(_dead(piece, "identity", refused.sentence))


def _pass_on(message: Message, now: datetime) -> None:
    """Pass on what a message says about who somebody is. Raises Refused."""
    if message.type == "identify":
        identities.identify(
            user_id=message.user_id,
            anonymous_id=message.anonymous_id,
            traits=message.traits,
            at=message.occurred_at,
            now=now,
        )
    elif message.type == "alias":
        identities.alias(previous_id=message.previous_id, user_id=message.user_id, now=now)
    else:
        identities.group(
            user_id=message.user_id,
            anonymous_id=message.anonymous_id,
            group_id=message.group_id,
            traits=message.traits,
            now=now,
        )


def _finish(batches: Sequence[EventBatch], letters: Sequence[DeadLetter]) -> None:
    DeadLetter.objects.bulk_create(letters)
    EventBatch.objects.filter(pk__in=[batch.pk for batch in batches]).delete()
    latest: dict[int, datetime] = {}
    for batch in batches:
        latest[batch.source_id] = max(batch.received_at, latest.get(batch.source_id, batch.received_at))
    for source_id, at in sorted(latest.items()):
        EventSource.objects.filter(pk=source_id).update(last_event_at=Greatest("last_event_at", at))


def _incoming(message: Message, source_id: int | None, received_at: datetime) -> Incoming:
    return Incoming(
        message.uuid,
        message.identity,
        message.name,
        message.occurred_at,
        received_at,
        message.properties,
        source_id,
    )


def _dead(piece: Piece, code: str, reason: str) -> DeadLetter:
    return _letter(piece.source_id, piece.received_at, piece.sent_at, code, reason, piece.raw, piece.message.type)


def _letter(
    source_id: int, received_at: datetime, sent_at: datetime | None, code: str, reason: str, raw: Any, call: str
) -> DeadLetter:
    """A dead letter whose body says by itself which type of message it is, so that it can be replayed."""
    # Not even nothing is no body: the column has none.
    body = "null" if raw is None else storable(raw)
    if isinstance(body, dict):
        body.pop("writeKey", None)
        if call != messages.BATCH:
            body.setdefault("type", call)
    return DeadLetter(
        source_id=source_id,
        received_at=received_at,
        sent_at=sent_at,
        code=code,
        reason=reason[:_REASON_LENGTH],
        body=body,
    )


def _is_ours(problem: Exception) -> bool:
    """Whether this is the fault of the database or of this program, and of no event: then the batches stay for later.

    The database calls a missing table a ProgrammingError; one without its code is a value that has no place in a
    column, which an event can bring.
    """
    if isinstance(problem, ProgrammingError):
        return getattr(problem.__cause__, "sqlstate", None) is not None
    return isinstance(problem, (OperationalError, InterfaceError))


def _class_of(problem: Exception) -> str:
    """The kind of a problem. Its words may hold what the event says, and are not for a log."""
    return type(problem.__cause__ or problem).__name__
