"""What people do with events that were refused: repair and replay, discard, take back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import DataError, IntegrityError, transaction

from contacts.ingest import inbox
from contacts.ingest.messages import Unreadable, storable
from contacts.models import DeadLetter
from contacts.services.errors import Refused
from contacts.states import DeadLetterStatus
from staff.models import User
from staff.services import record

_REASON_LENGTH = 500


@dataclass(frozen=True, slots=True)
class Replayed:
    """What came of replaying several."""

    replayed: int
    still_refused: int


def replay(*, letter: DeadLetter, body: Any = None, by: User, now: datetime) -> DeadLetter:
    """Take the event in after all, repaired if ``body`` is given.

    Its time counts from when it was first received. Raises Refused where it is not open, and with the reason where it
    still cannot be taken in; what was repaired is kept even so, for the next try. An event that was stored meanwhile
    is no second one.
    """
    with transaction.atomic():
        locked = _locked(letter, DeadLetterStatus.OPEN)
        if body is not None:
            # First what the sender had sent, once; then the latest repair.
            repaired = storable(body)
            if repaired != locked.body:
                locked.first_body = locked.body if locked.first_body is None else locked.first_body
                locked.body = repaired
        problem = _try(body if body is not None else locked.body, locked, now)
        if problem is None:
            locked.status, locked.decided_at, locked.decided_by = DeadLetterStatus.REPLAYED, now, by
        else:
            locked.code, locked.reason = problem.code, problem.sentence[:_REASON_LENGTH]
        locked.save()
        record(
            action="contacts.replay_event",
            actor=by,
            on=locked,
            detail={"result": "refused" if problem else "taken in", "code": locked.code},
        )
    if problem is not None:
        raise Refused(problem.sentence)
    return locked


def replay_several(*, letters: Sequence[DeadLetter], by: User, now: datetime) -> Replayed:
    """Replay these as they are, each for itself. Those that are not open any more are passed over."""
    replayed = still_refused = 0
    for letter in letters:
        try:
            replay(letter=letter, by=by, now=now)
            replayed += 1
        except Refused:
            still_refused += 1
    return Replayed(replayed, still_refused)


@transaction.atomic
def discard(*, letter: DeadLetter, by: User, now: datetime) -> DeadLetter:
    """Put the event aside: it is not taken in, and stays to be looked at. Raises Refused where it is not open."""
    locked = _locked(letter, DeadLetterStatus.OPEN)
    locked.status, locked.decided_at, locked.decided_by = DeadLetterStatus.DISCARDED, now, by
    locked.save(update_fields=["status", "decided_at", "decided_by"])
    record(action="contacts.discard_event", actor=by, on=locked, detail={"code": locked.code})
    return locked


@transaction.atomic
def reopen(*, letter: DeadLetter, by: User, now: datetime) -> DeadLetter:
    """Take a discarded event out again. Raises Refused where it was not discarded."""
    locked = _locked(letter, DeadLetterStatus.DISCARDED)
    locked.status, locked.decided_at, locked.decided_by = DeadLetterStatus.OPEN, None, None
    locked.save(update_fields=["status", "decided_at", "decided_by"])
    record(action="contacts.reopen_event", actor=by, on=locked, detail={"code": locked.code, "at": now.isoformat()})
    return locked


def _try(body: Any, letter: DeadLetter, now: datetime) -> Unreadable | None:
    """Take it in, or say why not. Nothing is left of an attempt that failed."""
    try:
        with transaction.atomic():
            inbox.take_in_one(
                body, source_id=letter.source_id, received_at=letter.received_at, sent_at=letter.sent_at, now=now
            )
    except Unreadable as problem:
        return problem
    except (DataError, IntegrityError):
        return Unreadable("failed", "The database cannot store this. Look for an unusual value and repair it.")
    return None


def _locked(letter: DeadLetter, status: DeadLetterStatus) -> DeadLetter:
    """The letter as it is now, held. Raises Refused where it is not in this state, saying who was first."""
    found = DeadLetter.objects.select_for_update(of=("self",)).select_related("decided_by").get(pk=letter.pk)
    if found.status != status:
        who = f"{found.decided_by} was first: " if found.decided_by else ""
        raise Refused(f"{who}this event is {DeadLetterStatus(found.status).label.lower()} now.")
    return found
