"""Approved messages that wait: what keeps them back, until when, and their release once its cause is over.

A hold is written on the draft: ``held_by`` names the cause, ``not_before`` the moment it may go, ``status_reason`` says
so in words. Nothing is dropped. What ends by itself is due then; what somebody ends (a stop, a pause, the message that
went first) is released by whoever ended it, and `look_again` finds whatever nobody released.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import F, Q, Value
from django.db.models.functions import Greatest

from outreach import rules
from outreach.models import Draft
from outreach.permission import facts_for
from outreach.rules import Consequence, Refusal, SendFacts, Verdict
from outreach.states import DraftStatus
from staff.services import record

LONGEST_REASON = 300
#: What `look_again` decides anew. The others are not for `outreach.rules` to say: a provider is slow, or not set up.
FROM_RULES = ("stopped", "pause", "collision", "cap", "quiet_hours", "weekend", "holiday", "time_zone")
#: What a change of the hours or caps may end.
OF_HOURS = ("quiet_hours", "weekend", "holiday", "time_zone")
OF_CAPS = ("cap", "collision")
#: So many are looked at in one go.
MOST_AT_ONCE = 5000
#: A new moment so near to the old one is not worth writing.
_SAME = timedelta(minutes=1)


def may_send_now(draft: Draft, now: datetime) -> Verdict:
    """Whether this message may go, for a page: as it stands if it is approved, else as if it were approved now.

    A refusal that holds it says when it may go.
    """
    facts = facts_for(draft_ids=[draft.pk], now=now)[draft.pk]
    if facts.status == DraftStatus.AWAITING_REVIEW:
        facts = rules.if_approved(facts)
    return rules.outlook(facts)


def may_write_to(*, contact_ids: Collection[int], channel: str, flow: str, now: datetime) -> dict[int, Verdict]:
    """Whether a message to each of these contacts might leave at this moment, before it is written. One query."""
    found = facts_for(contact_ids=contact_ids, channel=channel, flow=flow, now=now)
    return {contact: rules.may_send(facts) for contact, facts in found.items()}


def held(refusal: Refusal) -> dict[str, Any]:
    """What a draft says that is held for this refusal."""
    return {
        "held_by": refusal.code,
        "not_before": refusal.not_before,
        "status_reason": refusal.sentence[:LONGEST_REASON],
    }


def expected(facts: SendFacts) -> dict[str, Any]:
    """What a draft that has just been approved says: when it may go, and what keeps it back until then."""
    verdict = rules.outlook(facts)
    refusal = verdict.refusal
    if refusal is not None and refusal.consequence == Consequence.HOLD:
        return held(refusal)
    return {"status_reason": " ".join(verdict.notes)[:LONGEST_REASON]} if verdict.notes else {}


@transaction.atomic
def release_holds(
    *,
    held_by: str | Collection[str],
    now: datetime,
    channel: str = "",
    contact_ids: Collection[int] | None = None,
    wait: bool = True,
) -> int:
    """What is held by this cause may go as soon as it is due: the cause is over. Returns how many.

    Where something else keeps it back, the next claim says so. ``channel`` and ``contact_ids`` narrow it down.
    Without ``wait`` a draft that somebody is changing at this moment is left to `look_again`.
    """
    causes = [held_by] if isinstance(held_by, str) else list(held_by)
    which = Q(status=DraftStatus.APPROVED, held_by__in=causes)
    if channel:
        which &= Q(channel=channel)
    if contact_ids is not None:
        which &= Q(contact_id__in=contact_ids)
    # Everybody who changes many at once takes them in this order.
    rows = Draft.objects.filter(which).select_for_update(of=("self",), skip_locked=not wait)
    ids = list(rows.order_by("pk").values_list("pk", flat=True))
    count = Draft.objects.filter(which, pk__in=ids).update(
        held_by="", status_reason="", not_before=Greatest(F("due_at"), F("undo_until"), Value(now))
    )
    if count:
        record(
            action="outreach.release_holds", summary=f"{count} held messages may go",
            detail={"held_by": causes, "count": count, "at": now.isoformat()},
        )  # fmt: skip
    return count


def release_rivals(*, contact_ids: Collection[int], now: datetime) -> int:
    """A message to each of these contacts will not leave after all: what waited for it need not wait any more.

    Whoever calls this holds drafts already, so it waits for none.
    """
    waiting = Draft.objects.filter(contact_id__in=contact_ids, status=DraftStatus.APPROVED, held_by="collision")
    if not waiting.exists():
        return 0
    return release_holds(held_by="collision", contact_ids=contact_ids, now=now, wait=False)


@transaction.atomic
def look_again(*, now: datetime, limit: int = MOST_AT_ONCE) -> int:
    """Say anew of what is held when it may go: their time zone, the hours or the caps may be others by now.

    Two queries, and one for each way that an answer changed. Returns how many changed. What nothing holds any more is
    due; the claim asks again. A stop has no end that could have changed.
    """
    waiting = Draft.objects.filter(status=DraftStatus.APPROVED, held_by__in=FROM_RULES, not_before__gt=now)
    ids = list(
        waiting.select_for_update(of=("self",), skip_locked=True).order_by("pk").values_list("pk", flat=True)[:limit]
    )
    changes: dict[tuple[str, datetime, str], list[int]] = defaultdict(list)
    for draft_id, facts in facts_for(draft_ids=ids, now=now).items():
        before = facts.not_before
        refusal = rules.outlook(rules.as_due(facts)).refusal
        if refusal is None or refusal.consequence != Consequence.HOLD or refusal.not_before is None:
            changes["", max(facts.due_at, facts.undo_until or now, now), ""].append(draft_id)
        elif refusal.code != "stopped" and abs(refusal.not_before - (before or now)) > _SAME:
            changes[refusal.code, refusal.not_before, refusal.sentence[:LONGEST_REASON]].append(draft_id)
    for (code, moment, sentence), changed in changes.items():
        Draft.objects.filter(pk__in=changed).update(held_by=code, not_before=moment, status_reason=sentence)
    return sum(map(len, changes.values()))
