"""Who has what open: leases, so that no two people work on one thing without knowing of each other.

A lease forbids nothing by itself. Whoever decides about a row asks `held_by_other` first, except to stop messages:
that must never wait for anybody. A lease that was not renewed for `CLAIM_SECONDS` is over, and anybody may have it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import connection

from staff.models import Claim, User
from staff.states import ClaimKind

#: A page says every 40 seconds that it is still open, so two of these may be lost on the way.
CLAIM_SECONDS = 120
LEASE = timedelta(seconds=CLAIM_SECONDS)

_TAKE = """
    INSERT INTO staff_claim (kind, row_id, user_id, since, seen)
    VALUES (%(kind)s, %(row_id)s, %(user)s, %(now)s, %(now)s)
    ON CONFLICT (kind, row_id) DO UPDATE
       SET user_id = excluded.user_id,
           since = CASE WHEN staff_claim.user_id = excluded.user_id AND staff_claim.seen > %(over)s
                        THEN staff_claim.since ELSE excluded.since END,
           seen = greatest(excluded.seen, CASE WHEN staff_claim.user_id = excluded.user_id THEN staff_claim.seen END)
     WHERE %(anyway)s OR staff_claim.user_id = excluded.user_id OR staff_claim.seen <= %(over)s
"""


@dataclass(frozen=True, slots=True)
class Held:
    """Somebody else has it open: who, since when, and when their page last said so."""

    by: User
    since: datetime
    seen: datetime


def claim(*, kind: ClaimKind, row_id: int, user: User, now: datetime) -> Held | None:
    """Open this row, or say again that it is open. None: it is theirs. Otherwise who has it, and nothing changes.

    One statement decides, so of two who come at once one has it.
    """
    return (
        None
        if _take(kind, row_id, user, now, anyway=False)
        else held_by_other(kind=kind, row_id=row_id, user=user, now=now)
    )


def take_over(*, kind: ClaimKind, row_id: int, user: User, now: datetime) -> None:
    """Have this row from now on, whoever had it open. They are told when they decide or renew."""
    _take(kind, row_id, user, now, anyway=True)


def held_by_other(*, kind: ClaimKind, row_id: int, user: User, now: datetime) -> Held | None:
    """Who else has this row open; None where nobody has. Reads only."""
    others = Claim.objects.filter(kind=kind, row_id=row_id, seen__gt=now - LEASE).exclude(user=user)
    found = others.select_related("user").first()
    return None if found is None else Held(found.user, found.since, found.seen)


def held_by_others(*, kind: ClaimKind, row_ids: list[int], user: User, now: datetime) -> dict[int, Held]:
    """`held_by_other` for many rows in one query, by row."""
    others = Claim.objects.filter(kind=kind, row_id__in=row_ids, seen__gt=now - LEASE).exclude(user=user)
    return {one.row_id: Held(one.user, one.since, one.seen) for one in others.select_related("user")}


def release(*, kind: ClaimKind, row_id: int, user: User, until: datetime | None = None) -> None:
    """Leave this row. What others have open is not touched.

    A page that is left gives back only what it had itself: with ``until``, the moment at which it was told so last,
    the lease stays where a page that was opened after it has renewed it. Browsers say that they left a page when the
    next one, often the same one again, has been answered already.
    """
    mine = Claim.objects.filter(kind=kind, row_id=row_id, user=user)
    (mine if until is None else mine.filter(seen__lte=until)).delete()


def forget_claims(*, now: datetime) -> int:
    """Remove leases that are over: pages that were closed without a word. Returns how many."""
    return Claim.objects.filter(seen__lte=now - LEASE).delete()[0]


def _take(kind: ClaimKind, row_id: int, user: User, now: datetime, *, anyway: bool) -> bool:
    values: dict[str, str | int | datetime | bool | None] = {
        "kind": ClaimKind(kind).value, "row_id": row_id, "user": user.pk, "now": now, "over": now - LEASE,
        "anyway": anyway,
    }  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute(_TAKE, values)
        return bool(cursor.rowcount)
