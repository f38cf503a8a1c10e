"""How much waits in each of the three queues of the workbench, cheaply."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Count, Q, QuerySet
from django.urls import reverse

from followups.models import IntakeCase, Lead
from followups.states import IntakeStatus
from outreach.models import Call
from reviews.queue import TABS, tallies, waiting, whose
from staff.models import User

_LABELS = {"messages": "Messages", "calls": "Calls", "intake": "Intake"}
_PLACES = {"messages": "reviews:queue", "calls": "reviews:calls", "intake": "followups:intake"}


@dataclass(frozen=True, slots=True)
class WorkTab:
    """One of the queues. ``tally`` is how much of it is this person's to do now: a number, or "99+"."""

    key: str
    label: str
    url: str
    tally: str


@dataclass(frozen=True, slots=True)
class Counted:
    """What the queue of messages says about numbers: a tally for each of its own tabs, and the three queues."""

    tallies: dict[str, str]
    work: list[WorkTab]


def work_tabs(user: User, now: datetime) -> list[WorkTab]:
    """Messages, calls and intake, as far as somebody may see them, in one statement that counts no further than it
    shows.

    Messages that wait for them, calls due now that are theirs or anybody's, and open cases of leads that are theirs or
    nobody's: what each would do first.
    """
    asked = _asked(user, now)
    return _tabs(asked, tallies(asked))


def queue_counts(user: User, now: datetime, colleagues: Sequence[int]) -> Counted:
    """The same for the page of messages, with the tabs of that page, in one statement together.

    What waits for oneself is counted once for both. ``colleagues`` as in `reviews.queue.whose`.
    """
    asked = _asked(user, now)
    messages = asked.pop("messages")
    others = {tab: whose(user, tab, waiting(now), colleagues) for tab in TABS if tab != "mine"}
    found = tallies({"messages": messages, **others, **asked})
    return Counted(
        tallies={"mine": found["messages"], **{tab: found[tab] for tab in others}},
        work=_tabs({"messages": messages, **asked}, found),
    )


def due_calls(now: datetime) -> QuerySet[Call]:
    """Calls that are to be made now."""
    return Call.objects.waiting().filter(due_at__lte=now).order_by()


def open_cases(leads: QuerySet[Lead]) -> QuerySet[IntakeCase]:
    """What is to be cleared up about those of ``leads`` that nobody closed."""
    return IntakeCase.objects.filter(status=IntakeStatus.OPEN, lead__in=leads.filter(disposition="")).order_by()


def waiting_of(user_ids: Collection[int], now: datetime) -> defaultdict[int, Counter[str]]:
    """How many messages, calls and intake cases ("draft", "call", "case") wait for each person now.

    By the same rules as `work_tabs`, but only what is their own. Three queries for any number of people.
    """
    kinds: dict[str, tuple[QuerySet[Any], str]] = {
        "draft": (waiting(now).filter(owner__in=user_ids).order_by(), "owner"),
        "call": (due_calls(now).filter(owner__in=user_ids), "owner"),
        "case": (open_cases(Lead.objects.filter(owner__in=user_ids)), "lead__owner"),
    }
    found: defaultdict[int, Counter[str]] = defaultdict(Counter)
    for kind, (rows, owner) in kinds.items():
        for user_id, count in rows.values_list(owner).annotate(count=Count("pk")):
            found[user_id][kind] = count
    return found


def _asked(user: User, now: datetime) -> dict[str, QuerySet[Any]]:
    asked: dict[str, QuerySet[Any]] = {}
    if user.has_perm("reviews.review_drafts"):
        asked["messages"] = whose(user, "mine", waiting(now))
    if user.has_perm("outreach.view_call"):
        asked["calls"] = due_calls(now).filter(Q(owner=user) | Q(owner=None))
    if user.has_perm("followups.view_intakecase"):
        asked["intake"] = open_cases(Lead.objects.visible_to(user).filter(Q(owner=user) | Q(owner=None)))
    return asked


def _tabs(asked: Iterable[str], found: Mapping[str, str]) -> list[WorkTab]:
    return [WorkTab(key, _LABELS[key], reverse(_PLACES[key]), found[key]) for key in asked]
