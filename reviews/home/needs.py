"""What waits for somebody, the most pressing first: a number, and the first few, each a step away."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any

from django.db.models import QuerySet
from django.urls import reverse

from contacts.models import DeadLetter, SuspectedDuplicate
from contacts.states import DeadLetterStatus, DuplicateStatus
from followups import planned
from followups.intake_listing import Place, cases
from followups.states import DecisionReason
from outreach.call_queue import whose as whose_calls
from outreach.models import Call, Draft, Reply
from outreach.states import DraftStatus
from retention.models import Experiment, PlaybookPause
from retention.states import ExperimentStatus
from reviews.calls.promises import day_meant
from reviews.models import Suggestion
from reviews.queue import TABS, page, tallies, tally, whose
from reviews.states import SuggestionStatus
from staff.models import User
from staff.rules.hours import DEFAULT_CALENDAR, Calendar

#: So many are named under each number.
NAMED = 3
NOBODY = "Somebody without a name"
_TITLES = {"mine": "Messages to review", "unassigned": "Messages nobody owns", "team": "Messages of your teams"}


@dataclass(frozen=True, slots=True)
class Task:
    """One thing to do: who or what it is about, why, and where it is done."""

    what: str
    why: str
    url: str


@dataclass(frozen=True, slots=True)
class Need:
    """Things of one kind that wait. ``verb`` begins the button that leads to the first of them."""

    title: str
    verb: str
    tally: str
    url: str
    tasks: list[Task]
    icon: str
    urgent: bool = False
    beside: Sequence[tuple[str, str, str]] = ()

    @property
    def first(self) -> Task:
        return self.tasks[0]


def needs_of(user: User, now: datetime, calendar: Calendar) -> list[Need]:
    """Everything that waits for ``user``, by what their role decides. The number of queries does not depend on rows."""
    asked = [find for permission, find in _BY_PERMISSION if user.has_perm(permission)]
    return [need for find in asked for need in find(user, now, calendar)]


def _need(rows: QuerySet[Any], describe: Callable[[Any], Task], **words: Any) -> Iterator[Need]:
    found = list(rows[: NAMED + 1])
    if found:
        count = str(len(found)) if len(found) <= NAMED else tally(rows.order_by())
        yield Need(tally=count, tasks=[describe(row) for row in found[:NAMED]], **words)


def _held(user: User, now: datetime, calendar: Calendar) -> Iterator[Need]:
    """Somebody may have said stop: nothing leaves to them until a person has looked."""
    yield from _need(
        Reply.objects.visible_to(user).held().select_related("contact").order_by("at", "pk"),
        lambda reply: Task(
            _name(reply.contact) if reply.contact else reply.sender,
            reply.because or reply.get_label_display(),
            reverse("outreach:reply", args=[reply.pk]),
        ),
        title="Did they say stop?",
        verb="Read the answer of",
        url=reverse("outreach:replies"),
        icon="stop",
        urgent=True,
    )


def _due_plans(user: User, now: datetime, calendar: Calendar) -> Iterator[Need]:
    # Whoever has no team promised by the hours of nobody's, which are in UTC.
    own = calendar if user.team_id is not None else DEFAULT_CALENDAR
    yield from _need(
        planned.due(user, now),
        partial(_to_see_to, own),
        title="Due now",
        verb="See to",
        url=reverse("followups:plans"),
        icon="clock",
    )


def _to_see_to(calendar: Calendar, plan: Any) -> Task:
    day = day_meant(plan, plan.at, calendar)
    return Task(
        plan.title,
        f"{plan.get_kind_display()} with {_name(plan.contact)}, {day.day} {day:%b %Y}",
        reverse("followups:lead", args=[plan.lead_id]) if plan.lead_id else reverse("followups:plans"),
    )


def _messages(user: User, now: datetime, calendar: Calendar) -> Iterator[Need]:
    """My messages, else those nobody owns. Whoever looks after others sees those too, and what waits with them."""
    waiting = Draft.objects.awaiting_review().awake(now)
    found = tallies({tab: whose(user, tab, waiting) for tab in TABS})
    looks_after = user.has_perm("reviews.review_every_team") or user.managed_teams.exists()
    own = [tab for tab in ("mine", "unassigned") if found[tab] != "0"][:1]
    for tab in [key for key in _TITLES if found[key] != "0"] if looks_after else own:
        address = "" if tab == "mine" else f"?whose={tab}"
        queue = reverse("reviews:queue")
        others = [] if looks_after else [key for key in TABS if found[key] != "0" and key != tab]
        yield Need(
            title=_TITLES[tab],
            verb="Review the message for",
            tally=found[tab],
            url=queue + address,
            tasks=[
                Task(_name(draft.contact), _about(draft), reverse("reviews:item", args=[draft.pk]) + address)
                for draft in page(whose(user, tab, waiting), None, NAMED).rows
            ],
            icon="queue",
            beside=[(TABS[key], found[key], f"{queue}?whose={key}") for key in others],
        )


def _calls(user: User, now: datetime, calendar: Calendar) -> Iterator[Need]:
    due = Call.objects.visible_to(user).waiting().filter(due_at__lte=now).select_related("contact")
    for key, title in (("mine", "Calls to make"), ("free", "Calls nobody has")):
        yield from _need(
            whose_calls(due, user, key).order_by("rank_at", "pk"),
            lambda call: Task(_name(call.contact), call.why, reverse("reviews:call", args=[call.pk])),
            title=title,
            verb="Call",
            url=reverse("reviews:calls") + ("" if key == "mine" else f"?whose={key}"),
            icon="phone",
        )


def _intake(user: User, now: datetime, calendar: Calendar) -> Iterator[Need]:
    """Leads to clear up: those of one's own, and all of them for whoever sees every lead."""
    place = Place(whose="all" if user.has_perm("followups.see_every_lead") else "mine")
    yield from _need(
        cases(user, place)
        .select_related("lead__contact")
        .only("reasons", "lead__contact__name")
        .order_by("opened_at", "id"),
        lambda case: Task(
            _name(case.lead.contact),
            ". ".join(DecisionReason(reason).label for reason in case.reasons),
            reverse("followups:intake") + place.query() + f"#case-{case.pk}",
        ),
        title="Leads to clear up first",
        verb="Clear up",
        url=reverse("followups:intake") + place.query(),
        icon="intake",
    )


def _unsettled(user: User, now: datetime, calendar: Calendar) -> Iterator[Need]:
    for status, title, why in (
        (DraftStatus.UNKNOWN, "Maybe sent, please settle", "Sending broke off. Look whether it arrived"),
        (DraftStatus.FAILED, "Could not be delivered", ""),
    ):
        rows = Draft.objects.visible_to(user).filter(status=status).select_related("contact").order_by("rank_at", "id")
        yield from _need(
            rows,
            partial(_to_settle, why),
            title=title,
            verb="Look at the message for",
            url=f"{reverse('reviews:queue')}?whose={_tab_of_most(user)}&status={status.value}"
            if status == DraftStatus.FAILED
            else reverse("outreach:outbox"),
            icon="alert",
            urgent=True,
        )


def _to_settle(why: str, draft: Draft) -> Task:
    return Task(_name(draft.contact), why or draft.status_reason, reverse("reviews:item", args=[draft.pk]))


def _tab_of_most(user: User) -> str:
    return "team" if user.has_perm("reviews.review_every_team") else "mine"


def _experiments(user: User, now: datetime, calendar: Calendar) -> Iterator[Need]:
    yield from _need(
        Experiment.objects.filter(status=ExperimentStatus.RUNNING, look_at__lte=now).order_by("look_at", "pk"),
        lambda one: Task(
            one.question,
            f"The planned look was on {one.look_at.day} {one.look_at:%b %Y}",
            reverse("retention:experiment", args=[one.pk]),
        ),
        title="Experiments to decide",
        verb="Decide:",
        url=reverse("retention:experiments"),
        icon="insight",
    )


def _stopped_playbooks(user: User, now: datetime, calendar: Calendar) -> Iterator[Need]:
    yield from _need(
        PlaybookPause.objects.filter(resumed_at=None).exclude(guardrail="").select_related("playbook").order_by("-id"),
        lambda pause: Task(pause.playbook.title, pause.reason, reverse("retention:playbook", args=[pause.playbook_id])),
        title="Playbooks that stopped themselves",
        verb="Look at",
        url=reverse("retention:playbooks"),
        icon="alert",
        urgent=True,
    )


def _duplicates(user: User, now: datetime, calendar: Calendar) -> Iterator[Need]:
    rows = SuspectedDuplicate.objects.filter(status=DuplicateStatus.OPEN).select_related("first", "second")
    yield from _need(
        rows.order_by("-likeness", "id"),
        lambda pair: Task(
            f"{_name(pair.first)} and {_name(pair.second)}",
            f"{pair.get_reason_display()}, {pair.likeness} of 100 alike",
            reverse("contacts:duplicate", args=[pair.pk]),
        ),
        title="May be the same person",
        verb="Compare",
        url=reverse("contacts:duplicates"),
        icon="user",
    )


def _refused_events(user: User, now: datetime, calendar: Calendar) -> Iterator[Need]:
    yield from _need(
        DeadLetter.objects.filter(status=DeadLetterStatus.OPEN).order_by("-id"),
        lambda letter: Task(
            f"Event of {letter.received_at.day} {letter.received_at:%b %Y}",
            letter.reason,
            reverse("contacts:dead_letter", args=[letter.pk]),
        ),
        title="Events that were refused",
        verb="Repair the",
        url=reverse("contacts:dead_letters"),
        icon="import",
    )


def _suggestions(user: User, now: datetime, calendar: Calendar) -> Iterator[Need]:
    yield from _need(
        Suggestion.objects.filter(status=SuggestionStatus.OPEN).order_by("-id"),
        lambda one: Task(one.about, one.sentence, reverse("reviews:suggestions")),
        title="Suggestions from what reviewers changed",
        verb="Look at what is suggested for",
        url=reverse("reviews:suggestions"),
        icon="edit",
    )


def _name(contact: Any) -> str:
    return contact.name or NOBODY


def _about(draft: Draft) -> str:
    return ". ".join(part for part in (draft.account_name, draft.why_now) if part)


_BY_PERMISSION: tuple[tuple[str, Callable[[User, datetime, Calendar], Iterator[Need]]], ...] = (
    ("outreach.answer_replies", _held),
    ("reviews.review_drafts", _messages),
    ("outreach.make_calls", _calls),
    ("retention.pause_playbooks", _stopped_playbooks),
    ("retention.decide_experiments", _experiments),
    ("followups.view_plannedtouch", _due_plans),
    ("reviews.review_drafts", _unsettled),
    ("followups.settle_intake", _intake),
    ("reviews.settle_suggestions", _suggestions),
    ("contacts.merge_contacts", _duplicates),
    ("contacts.repair_events", _refused_events),
)
