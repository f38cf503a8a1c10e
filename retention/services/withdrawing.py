"""What a playbook put before people and nobody has sent or made yet is taken back."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from django.db.models import Q

from outreach import services as outreach
from outreach.models.drafts import PENDING
from outreach.states import CallStatus, DraftStatus
from retention.models import StepRun
from retention.states import StepOutcome


def withdraw_what_waits(enrolment_ids: Iterable[int], reason: str, now: datetime, *, but_for: int | None = None) -> int:
    """Take back messages and calls of these enrolments that have not left. Returns how many.

    ``but_for`` is a message that somebody decides about at this moment.
    """
    ids = list(enrolment_ids)
    waiting = StepRun.objects.filter(enrolment_id__in=ids)
    drafts = dict(waiting.filter(draft__status__in=PENDING).values_list("draft_id", "pk"))
    if but_for is not None:
        drafts.pop(but_for, None)
    calls = dict(waiting.filter(call__status=CallStatus.WAITING).values_list("call_id", "pk"))
    count = 0
    if drafts:
        count += outreach.withdraw(draft_ids=list(drafts), reason=reason, now=now)
    if calls:
        count += outreach.call_off(call_ids=list(calls), reason=reason, now=now)
    if count:
        gone = Q(draft__status=DraftStatus.WITHDRAWN) | Q(call__status=CallStatus.CALLED_OFF)
        back = StepRun.objects.filter(gone, pk__in=[*drafts.values(), *calls.values()]).values_list("pk", flat=True)
        StepRun.objects.filter(pk__in=list(back)).update(outcome=StepOutcome.WITHDRAWN, why=reason[:300])
    return count


def withdraw_of_playbook(playbook_id: int, reason: str, now: datetime) -> int:
    """The same for everybody in a playbook, which stands still from now on. Returns how many."""
    waiting = Q(draft__status__in=PENDING) | Q(call__status=CallStatus.WAITING)
    runs = StepRun.objects.filter(waiting, enrolment__playbook_id=playbook_id)
    return withdraw_what_waits(list(runs.values_list("enrolment_id", flat=True)), reason, now)
