"""How much waits in each of the three queues of the workbench, cheaply."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Q, QuerySet, Value
from django.urls import reverse

from followups.models import IntakeCase, Lead
from followups.states import IntakeStatus
from outreach.models import Call
from reviews.queue import COUNT_LIMIT, waiting, whose
from staff.models import User


@dataclass(frozen=True, slots=True)
class WorkTab:
    """One of the queues. ``tally`` is how much of it is this person's to do now: a number, or "99+"."""

    key: str
    label: str
    url: str
    tally: str


def work_tabs(user: User, now: datetime) -> list[WorkTab]:
    """Messages, calls and intake, as far as somebody may see them, in one query that counts no further than it shows.

    Messages that wait for them, calls due now that are theirs or anybody's, and open cases of leads that are theirs or
    nobody's: what each would do first.
    """
    asked: list[tuple[str, str, str, QuerySet[Any, Any]]] = []
    if user.has_perm("reviews.review_drafts"):
        mine = whose(user, "mine", waiting(now)).order_by()
        asked.append(("messages", "Messages", reverse("reviews:queue"), _named(mine, "messages")))
    if user.has_perm("outreach.view_call"):
        calls = Call.objects.waiting().filter(Q(owner=user) | Q(owner=None), due_at__lte=now)
        asked.append(("calls", "Calls", reverse("reviews:calls"), _named(calls.order_by(), "calls")))
    if user.has_perm("followups.view_intakecase"):
        leads = Lead.objects.visible_to(user).filter(Q(owner=user) | Q(owner=None), disposition="")
        cases = IntakeCase.objects.filter(status=IntakeStatus.OPEN, lead__in=leads).order_by()
        asked.append(("intake", "Intake", reverse("followups:intake"), _named(cases, "intake")))
    if not asked:
        return []
    first, *others = [rows for *_, rows in asked]
    found = Counter(first.union(*others, all=True))
    return [
        WorkTab(key, label, url, str(found[key]) if found[key] < COUNT_LIMIT else f"{COUNT_LIMIT - 1}+")
        for key, label, url, _ in asked
    ]


def _named(rows: QuerySet[Any], key: str) -> QuerySet[Any, Any]:
    named: QuerySet[Any, Any] = rows.annotate(which=Value(key)).values_list("which", flat=True)[:COUNT_LIMIT]
    return named
