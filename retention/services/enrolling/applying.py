"""What a sweep decided becomes rows: ends, beginnings and waits in a few statements, however many they are."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any, NamedTuple, TypeVar

from django.db import connection, transaction

from contacts.permission import id_array
from retention.models import Enrolment
from retention.rules.playbooks.facts import Person, Worth
from retention.rules.playbooks.world import Changes, Let, Over, Place, Waits
from retention.services.enrolling.worlds import Loaded
from retention.services.experiments.assigning import Drawn, assign
from retention.services.experiments.contaminating import note_contamination
from retention.services.withdrawing import withdraw_what_waits
from retention.states import Arm, EnrolmentEnd, EnrolmentStatus

_Key = TypeVar("_Key")
_Value = TypeVar("_Value")
#: Id, customer, contact, rank, and what was known as JSON: what of a row nobody else has.
_Own = tuple[int | None, int, int, str, dict[str, Any], dict[str, Any]]
#: Two accounts of one person: the second waits until the first is through.
OTHER_ACCOUNT = "Another account of the same person is in a playbook."


class _Shared(NamedTuple):
    """What of a row others have as well: thousands begin to wait at one moment, for the same."""

    playbook_id: int
    version_id: int
    experiment_id: int | None
    arm: str
    status: str
    fitted_at: datetime
    started_at: datetime | None
    expires_at: datetime
    look_at: datetime
    waits_for: str


@transaction.atomic
def apply(changes: Changes, loaded: Loaded, now: datetime) -> dict[Place, int]:
    """Write who ends, who is let in and who waits, and when to look again. The rows of all, by place.

    Whoever is let in is to be looked at at once: their first step is written by `carry_out`, and by the next sweep if
    this one is stopped before.
    """
    ids = dict(loaded.ids)
    _end(changes.ended, ids, now)
    ids |= _let_in(changes.begun, ids, now)
    ids |= _wait(changes.waiting, ids)
    for why, customer_ids in _grouped((one.why, one.customer_id) for one in changes.crossed).items():
        note_contamination(what=why, now=now, customer_ids=customer_ids)
    stepping = {taken.place for taken in changes.taken} | {let.place for let in changes.begun}
    look_again({ids[place]: at for place, at in changes.looks.items() if place not in stepping and place in ids})
    return ids


def only_one_each(changes: Changes) -> Changes:
    """Leave out who shares a contact with somebody who is in a playbook, or is let in with them. They wait.

    The rules know customers; a person may be two of them.
    """
    treated = [let for let in changes.begun if let.arm != Arm.HOLDOUT]
    if not treated:
        return changes
    ended = {over.place for over in changes.ended}
    commanding = Enrolment.objects.filter(
        contact_id__in={let.person.contact_id for let in treated},
        status__in=[EnrolmentStatus.ACTIVE, EnrolmentStatus.PAUSED],
    ).values_list("contact_id", "customer_id", "playbook_id")
    taken = {contact for contact, customer, playbook in commanding if (customer, playbook) not in ended}
    double: list[Let] = []
    for let in treated:
        if let.person.contact_id in taken:
            double.append(let)
        taken.add(let.person.contact_id)
    if not double:
        return changes
    places = {let.place for let in double}
    return replace(
        changes,
        begun=tuple(let for let in changes.begun if let.place not in places),
        taken=tuple(one for one in changes.taken if one.place not in places),
        looks={place: at for place, at in changes.looks.items() if place not in places},
        waiting=(*changes.waiting, *(_still_waiting(let) for let in double)),
    )


def look_again(moments: Mapping[int, datetime | None]) -> None:
    """When to look at these enrolments next. One statement."""
    if not moments:
        return
    with connection.cursor() as cursor:
        cursor.execute(_LOOKS, {"ids": id_array(moments), "moments": list(moments.values())})


def person_as_json(person: Person) -> dict[str, Any]:
    """What was known of somebody when they fitted, to be kept and shown. Names and addresses are not kept."""
    return {
        "total": person.total,
        "band": person.band.value,
        "reasons": list(person.reasons),
        "value_tier": person.value_tier.value,
        "monthly_revenue": str(person.monthly_revenue),
        "clv": str(person.clv),
        "currency": person.currency,
        "plan": person.plan,
        "tier": person.tier,
        "app_user": person.app_user,
        "activities": person.activities,
        "last_activity_at": _moment(person.last_activity_at),
        "payment_failed_at": _moment(person.payment_failed_at),
        # Those that were open, with what was sent and answered on each.
        "channels": {channel: [one.sent, one.answered] for channel, one in person.reach.items() if one.allowed},
    }


def worth_as_json(worth: Worth) -> dict[str, Any]:
    """How somebody was ranked, each factor as it was."""
    return {
        "risk": str(worth.risk),
        "value": str(worth.value),
        "uplift": str(worth.uplift),
        "known": worth.known,
        "expected": str(worth.expected),
    }


def _still_waiting(let: Let) -> Waits:
    return Waits(
        rules=let.rules,
        person=let.person,
        fitted_at=let.fitted_at,
        expires_at=let.expires_at,
        worth=let.worth,
        waits_for=OTHER_ACCOUNT,
        new=not let.waited,
    )


def _end(ended: Sequence[Over], ids: Mapping[Place, int], now: datetime) -> None:
    if not ended:
        return
    rows = [{"id": ids[over.place], "end": over.end.value, "note": over.note[:300]} for over in ended]
    with connection.cursor() as cursor:
        cursor.execute(_END, {"rows": json.dumps(rows), "now": now})
    for end, of_end in _grouped((over.end, ids[over.place]) for over in ended).items():
        withdraw_what_waits(of_end, _WITHDRAWN[end], now)


_WITHDRAWN = {end: f"Not needed any more: {end.label[:1].lower()}{end.label[1:]}." for end in EnrolmentEnd}


def _let_in(begun: Sequence[Let], ids: Mapping[Place, int], now: datetime) -> dict[Place, int]:
    if not begun:
        return {}
    rows = [_row_of_let(let, ids.get(let.place), now) for let in begun]
    found = _upsert(rows)
    for experiment_id, lets in _grouped((let.rules.experiment_id, let) for let in begun).items():
        if experiment_id is None:
            continue
        drawn = [
            Drawn(
                let.person.customer_id, let.person.contact_id, let.arm or Arm.TREATED, let.person.value_tier, let.wave
            )
            for let in lets
            if let.place in found
        ]
        assign(experiment_id=experiment_id, rows=drawn, now=now)
    return found


def _wait(waiting: Sequence[Waits], ids: Mapping[Place, int]) -> dict[Place, int]:
    return _upsert([_row_of_wait(one, ids.get(one.place)) for one in waiting]) if waiting else {}


def _row_of_let(let: Let, pk: int | None, now: datetime) -> tuple[_Shared, _Own]:
    held_out = let.arm == Arm.HOLDOUT
    shared = _Shared(
        playbook_id=let.rules.playbook_id,
        version_id=let.rules.version_id,
        experiment_id=let.rules.experiment_id,
        arm=let.arm or "",
        status=EnrolmentStatus.HELD_OUT.value if held_out else EnrolmentStatus.ACTIVE.value,
        fitted_at=let.fitted_at,
        started_at=let.started_at,
        expires_at=let.expires_at,
        look_at=let.expires_at if held_out else now,
        waits_for="",
    )
    return shared, _own(let, pk)


def _row_of_wait(one: Waits, pk: int | None) -> tuple[_Shared, _Own]:
    shared = _Shared(
        playbook_id=one.rules.playbook_id,
        version_id=one.rules.version_id,
        experiment_id=None,
        arm="",
        status=EnrolmentStatus.WAITING.value,
        fitted_at=one.fitted_at,
        started_at=None,
        expires_at=one.expires_at,
        look_at=one.expires_at,
        waits_for=one.waits_for[:200],
    )
    return shared, _own(one, pk)


def _own(one: Let | Waits, pk: int | None) -> _Own:
    return (
        pk,
        one.person.customer_id,
        one.person.contact_id,
        str(one.worth.expected),
        person_as_json(one.person),
        worth_as_json(one.worth),
    )


def _upsert(rows: Sequence[tuple[_Shared, _Own]]) -> dict[Place, int]:
    """Change the rows that wait already, and add the others. Their ids, by place; somebody overtaken by another writer
    is left out.
    """
    found: list[tuple[int, int, int]] = []
    known = [row for row in rows if row[1][0] is not None]
    new = [row for row in rows if row[1][0] is None]
    with connection.cursor() as cursor:
        for statement, some in ((_CHANGE, known), (_ADD, new)):
            if some:
                cursor.execute(statement, _as_given(some))
                found += cursor.fetchall()
    return {(customer_id, playbook_id): pk for pk, customer_id, playbook_id in found}


def _as_given(rows: Sequence[tuple[_Shared, _Own]]) -> dict[str, str]:
    """What thousands have in common is written once, and each says which it is. That is read twice as fast."""
    places: dict[_Shared, int] = {}
    each = [(places.setdefault(shared, len(places)), *own) for shared, own in rows]
    shared = [one._asdict() | {"place": place} for one, place in places.items()]
    return {"shared": json.dumps(shared, default=datetime.isoformat), "each": json.dumps(each)}


def _grouped(pairs: Iterable[tuple[_Key, _Value]]) -> dict[_Key, list[_Value]]:
    groups: dict[_Key, list[_Value]] = defaultdict(list)
    for key, value in pairs:
        groups[key].append(value)
    return groups


def _moment(at: datetime | None) -> str | None:
    return at.isoformat() if at is not None else None


_LOOKS = """
UPDATE retention_enrolment e SET look_at = t.moment
  FROM unnest(%(ids)s::bigint[], %(moments)s::timestamptz[]) AS t (id, moment)
 WHERE e.id = t.id AND e.status <> 'ended'
"""
_END = """
UPDATE retention_enrolment e
   SET status = 'ended', ended_at = %(now)s, "end" = t."end", end_note = t.note, look_at = NULL, waits_for = ''
  FROM json_to_recordset(%(rows)s::json) AS t (id bigint, "end" text, note text)
 WHERE e.id = t.id AND e.status <> 'ended'
"""
_SHARED = """version_id, experiment_id, arm, status, fitted_at, started_at, expires_at, look_at, waits_for"""
_GIVEN = """(
    SELECT (e.each->>1)::bigint AS id, (e.each->>2)::bigint AS customer_id, (e.each->>3)::bigint AS contact_id,
           (e.each->>4)::numeric AS rank, e.each->5 AS why, e.each->6 AS worth, s.*
      FROM jsonb_array_elements(%(each)s::jsonb) AS e (each)
      JOIN json_to_recordset(%(shared)s::json)
           AS s (place int, playbook_id bigint, version_id bigint, experiment_id bigint, arm text, status text,
                 fitted_at timestamptz, started_at timestamptz, expires_at timestamptz, look_at timestamptz,
                 waits_for text) ON s.place = (e.each->>0)::int
) AS t"""
# Somebody may have stopped or begun it since it was read.
_CHANGE = f"""
UPDATE retention_enrolment e
   SET ({_SHARED}, why, worth, rank)
     = ({", ".join(f"t.{name.strip()}" for name in _SHARED.split(","))}, t.why, t.worth, t.rank)
  FROM {_GIVEN}
 WHERE e.id = t.id AND e.status = 'waiting'
RETURNING e.id, e.customer_id, e.playbook_id
"""  # noqa: S608  our own column names
_ADD = f"""
INSERT INTO retention_enrolment (customer_id, contact_id, playbook_id, {_SHARED}, why, worth, rank, end_note, "end")
SELECT customer_id, contact_id, playbook_id, {_SHARED}, why, worth, rank, '', ''
  FROM {_GIVEN}
    ON CONFLICT DO NOTHING
RETURNING id, customer_id, playbook_id
"""  # noqa: S608  our own column names
