"""What changed since somebody was last here, and what they won this week: counted from rows, never kept."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Model, Q, QuerySet
from django.urls import reverse

from followups.models import Lead, PlannedTouch
from followups.states import Disposition, PlannedKind
from outreach.models import Call, Draft, Reply
from outreach.states import CallStatus, DraftStatus, ReplyLabel
from retention.models import Enrolment, Score
from retention.states import Arm, Band, EnrolmentEnd
from reviews.home.needs import NAMED, NOBODY
from reviews.queue import COUNT_LIMIT, tally
from staff.models import User

#: What counts as an answer of a person, and what as a wish to be left alone.
ANSWERS = (ReplyLabel.ANSWER, ReplyLabel.QUESTION)
STOPS = (ReplyLabel.OPT_OUT, ReplyLabel.EXPLICIT_NO)
#: No playbook runs for longer. Whoever reached a goal this week began within these days, and the index finds them.
LONGEST_PLAYBOOK = timedelta(days=180)


@dataclass(frozen=True, slots=True)
class News:
    """One thing that happened so many times, and where it is listed."""

    figure: str
    words: str
    url: str


@dataclass(frozen=True, slots=True)
class Won:
    """What came of the work: how often, in words, with the first few by name. ``money`` is what it is worth."""

    figure: str
    words: str
    people: list[tuple[str, str]]
    money: str = ""


def news_for(user: User, since: datetime) -> list[News]:
    """What happened since then with what is theirs; with everything, for whoever looks after everybody."""
    every = user.has_perm("reviews.review_every_team")
    found: list[News] = []

    def add(rows: QuerySet[Any], one: str, many: str, url: str) -> None:
        figure = tally(rows.order_by())
        if figure != "0":
            found.append(News(figure, one if figure == "1" else many, url))

    if user.has_perm("reviews.review_drafts"):
        waiting = _newest(_of(Draft.objects.awaiting_review(), user, every)).filter(created_at__gte=since)
        queue = reverse("reviews:queue") + ("?whose=team" if every else "")
        add(waiting, "new message to review", "new messages to review", queue)
    if user.has_perm("outreach.view_reply"):
        replies = _of(Reply.objects.filter(at__gte=since), user, every)
        add(replies.filter(label__in=ANSWERS), "answer came in", "answers came in", reverse("outreach:replies"))
        stopped = "person asked us to stop", "people asked us to stop"
        add(replies.filter(label__in=STOPS), *stopped, reverse("outreach:replies") + "?show=all")
    if user.has_perm("outreach.view_draft"):
        sent = _of(Draft.objects.filter(status=DraftStatus.SENT, sent_at__gte=since), user, every)
        add(sent, "message left", "messages left", reverse("outreach:outbox"))
    if user.has_perm("outreach.view_call"):
        calls = _of(Call.objects.filter(status=CallStatus.DONE, done_at__gte=since), user, every)
        add(calls, "call was made", "calls were made", reverse("reviews:calls") + "?when=over")
    if user.has_perm("followups.view_lead"):
        closed = Lead.objects.filter(disposition__in=Disposition.values, disposition_at__gte=since)
        add(_of(closed, user, every), "lead came to an end", "leads came to an end", reverse("followups:leads"))
    if user.has_perm("retention.view_customer"):
        rows = Score.objects.filter(band=Band.HIGH, band_since__gte=since)
        if not user.has_perm("retention.see_every_customer"):
            rows = rows.filter(customer__owner=user)
        risk = "customer is newly at high risk", "customers are newly at high risk"
        add(rows, *risk, reverse("retention:customers") + "?band=high")
    return found


def won_by(user: User, week: datetime) -> list[Won]:
    """Answers to what we wrote, meetings, customers who came back and deals, since the beginning of the week."""
    every = user.has_perm("reviews.review_every_team")
    return [
        *_answers(user, week, every),
        *_meetings(user, week, every),
        *_came_back(user, week),
        *_deals(user, week, every),
    ]


def _answers(user: User, week: datetime, every: bool) -> Iterator[Won]:
    if not user.has_perm("outreach.view_reply"):
        return
    answers = Reply.objects.filter(at__gte=week, label__in=ANSWERS, contact__isnull=False, draft__isnull=False)
    rows = _of(answers, user, every).select_related("contact").order_by("-at", "-id")
    yield from _won(
        rows, "answer to what we wrote", "answers to what we wrote",
        lambda reply: (reply.contact.name, reverse("outreach:reply", args=[reply.pk])),
    )  # fmt: skip


def _meetings(user: User, week: datetime, every: bool) -> Iterator[Won]:
    if not user.has_perm("followups.view_plannedtouch"):
        return
    rows = PlannedTouch.objects.filter(kind=PlannedKind.MEETING, created_at__gte=week, called_off_at=None)
    if not every:
        rows = rows.filter(Q(for_whom=user) | Q(for_whom=None, lead__owner=user))
    yield from _won(
        rows.select_related("contact").order_by("-created_at", "-id"), "meeting agreed", "meetings agreed",
        lambda plan: (plan.contact.name, reverse("reviews:contact", args=[plan.contact_id])),
    )  # fmt: skip


def _came_back(user: User, week: datetime) -> Iterator[Won]:
    """Customers who did what their playbook is for. Whoever was held out got nothing from us, and is no win of ours."""
    if not user.has_perm("retention.view_enrolment"):
        return
    rows = Enrolment.objects.filter(
        end=EnrolmentEnd.GOAL, ended_at__gte=week, started_at__gte=week - LONGEST_PLAYBOOK
    ).exclude(arm=Arm.HOLDOUT)
    if not user.has_perm("retention.see_every_customer"):
        rows = rows.filter(customer__owner=user)
    yield from _won(
        rows.select_related("contact").order_by("-ended_at", "-id"), "customer came back", "customers came back",
        lambda one: (one.contact.name, reverse("retention:customer", args=[one.customer_id])),
    )  # fmt: skip


def _deals(user: User, week: datetime, every: bool) -> Iterator[Won]:
    if not user.has_perm("followups.view_lead"):
        return
    rows = _of(Lead.objects.filter(disposition=Disposition.WON, disposition_at__gte=week), user, every)
    deals = list(rows.select_related("contact").order_by("-disposition_at", "-id")[:COUNT_LIMIT])
    if not deals:
        return
    worth: Counter[str] = Counter()
    for lead in deals:
        if lead.value is not None:
            worth[lead.currency] += int(lead.value)
    yield Won(
        _figure(len(deals)),
        "deal" if len(deals) == 1 else "deals",
        [(lead.contact.name or NOBODY, reverse("followups:lead", args=[lead.pk])) for lead in deals[:NAMED]],
        ", ".join(f"{amount:,} {currency}".strip() for currency, amount in sorted(worth.items())),
    )


def _won(rows: QuerySet[Any], one: str, many: str, describe: Any) -> Iterator[Won]:
    found = list(rows[: NAMED + 1])
    if found:
        figure = str(len(found)) if len(found) <= NAMED else tally(rows.order_by())
        people = [(name or NOBODY, url) for name, url in map(describe, found[:NAMED])]
        yield Won(figure, one if figure == "1" else many, people)


def _of(rows: QuerySet[Any], user: User, every: bool) -> QuerySet[Any]:
    return rows if every else rows.filter(owner=user)


def _newest(rows: QuerySet[Any]) -> QuerySet[Any]:
    """The rows made last, as many as are counted: found by id, so that a long queue is not read for what is new."""
    model: type[Model] = rows.model
    return model._default_manager.filter(pk__in=rows.order_by("-pk").values("pk")[:COUNT_LIMIT])


def _figure(count: int) -> str:
    return str(count) if count < COUNT_LIMIT else f"{COUNT_LIMIT - 1}+"
