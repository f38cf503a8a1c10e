"""What still waits for a playbook that stands still is taken back."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.db.models import Q

from outreach import services as outreach
from outreach.models.drafts import PENDING
from outreach.states import CallStatus, DraftStatus
from retention.models import StepRun
from retention.states import StepOutcome
from staff.models import User


@transaction.atomic
def withdraw_waiting(*, playbook_id: int, why: str, now: datetime, by: User | None = None) -> int:
    """Take back the messages and calls of a playbook that nobody has sent or made yet. Returns how many.

    What is being sent at this moment goes out. The steps count as taken back: who goes on later goes on with the next
    step, so that nobody gets an old message after a pause of weeks.
    """
    waiting = StepRun.objects.filter(enrolment__playbook_id=playbook_id)
    drafts = dict(waiting.filter(draft__status__in=PENDING).values_list("draft_id", "pk"))
    calls = dict(waiting.filter(call__status=CallStatus.WAITING).values_list("call_id", "pk"))
    taken = 0
    if drafts:
        taken += outreach.withdraw(draft_ids=list(drafts), reason=why, now=now, by=by)
    if calls:
        taken += outreach.call_off(call_ids=list(calls), reason=why, now=now, by=by)
    gone = Q(draft__status=DraftStatus.WITHDRAWN) | Q(call__status=CallStatus.CALLED_OFF)
    taken_back = StepRun.objects.filter(gone, pk__in=[*drafts.values(), *calls.values()]).values_list("pk", flat=True)
    StepRun.objects.filter(pk__in=list(taken_back)).update(outcome=StepOutcome.WITHDRAWN, why=why[:300])
    return taken
