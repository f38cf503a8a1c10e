"""What came back: news of messages that left, answers, and choices on the preference page."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import date, datetime, timedelta
from typing import Any

from contacts.states import SuppressionReason
from followups import services as followups
from outreach import services as outreach
from outreach.inbound.message import IncomingMessage
from outreach.inbound.news import News
from outreach.models import Draft, Topic
from outreach.states import DeliveryKind, DraftStatus
from reviews.demo.days import Days
from reviews.demo.leads import Told
from reviews.demo.people import Person
from reviews.demo.reading import read

#: Who told us: none of the providers that there are.
_PROVIDER = "sample"
_ARRIVES = timedelta(seconds=20)
_US = "answers@harbourpine.example"


def hear_back(told: Iterable[Told], others: Iterable[Person], days: Days) -> None:
    """Take in the `heard` of all stories, the oldest first, and two answers to nothing that we sent."""
    answers = read("answers.toml")
    told = list(told)
    sent = Draft.objects.filter(status=DraftStatus.SENT, channel="email").exclude(provider_message_id="")
    known = [one.person.contact.pk for one in told if one.story.heard]
    for draft in sent.filter(contact__in=known).order_by("sent_at", "pk"):
        _tell(draft, DeliveryKind.DELIVERED, _ARRIVES)
    for ago in sorted({ago for one in told for ago, _ in one.story.heard}, reverse=True):
        for number, one in enumerate(told):
            for what in [what for day, what in one.story.heard if day == ago]:
                draft = sent.filter(contact=one.person.contact).latest("sent_at")
                at = max(days.moment(ago, 11, number % 60), _left(draft) + timedelta(minutes=2))
                if what in _NEWS:
                    _NEWS[what](draft)
                elif what == "fewer topics":
                    _want_less(draft, at)
                else:
                    _answer(answers[what], one.person, days, at, draft)
    customer = next(one for one in others if one.place.kind == "customer" and not one.contact.suppressions.exists())
    _answer(answers["question"], customer, days, days.moment(1, 9, 12))
    _answer(answers["nobody_known"], None, days, days.moment(2, 10, 40))
    followups.take_up_answers(now=days.now)


def ask_for_quiet(draft: Draft, now: datetime) -> None:
    """Its reader wants a month of quiet."""
    outreach.save_preferences(token=draft.unsubscribe_token, choices=outreach.Choices(pause="1"), now=now)


def _answer(row: dict[str, Any], person: Person | None, days: Days, at: datetime, draft: Draft | None = None) -> None:
    """Somebody writes to us: an answer to this message, or of their own accord."""
    owner = draft.owner if draft is not None else None
    values = {
        "me": person.row["name"] if person is not None else "",
        "we": owner.name.split()[0] if owner is not None else "",
        "back": _day(days.ahead(9)),
        "subject": draft.subject if draft is not None else "",
    }
    text = row["text"].strip().format(**values)
    if draft is not None and "headers" not in row:
        quoted = "\n".join(f"> {line}" for line in draft.body.splitlines()[:3])
        text += f"\n\nOn {_day(at)}, {owner} <{_US}> wrote:\n{quoted}"
    message = IncomingMessage(
        channel="email",
        sender=person.row["email"] if person is not None else row["sender"],
        recipients=(_US,),
        text=text,
        at=at,
        subject=row.get("subject", "Re: {subject}").format(**values),
        headers=row.get("headers", {}),
        in_reply_to=(draft.provider_message_id,) if draft is not None else (),
    )
    contact = person.contact if person is not None else None
    outreach.receive_reply(message=message, draft=draft, contact=contact, notice=None, now=at)


def _tell(
    draft: Draft, kind: DeliveryKind, after: timedelta, *, stops: str = "", detail: str = "", agent: str = ""
) -> None:
    at = _left(draft) + after
    news = News(_PROVIDER, kind, at, stops=stops, draft_id=draft.pk, detail=detail, agent=agent)
    outreach.note_news(news=news, draft=draft, now=at + timedelta(seconds=5))


def _left(draft: Draft) -> datetime:
    assert draft.sent_at is not None
    return draft.sent_at


def _opened(draft: Draft) -> None:
    _tell(draft, DeliveryKind.OPENED, timedelta(minutes=95), agent="Mozilla/5.0 (X11; Linux x86_64) Firefox/140.0")


def _opened_by_machine(draft: Draft) -> None:
    _tell(draft, DeliveryKind.OPENED, timedelta(minutes=1), agent="Mozilla/5.0")


def _bounced(draft: Draft) -> None:
    _tell(
        draft, DeliveryKind.BOUNCED, timedelta(minutes=1), stops=SuppressionReason.HARD_BOUNCE,
        detail="550 5.1.1 There is no such mailbox here.",
    )  # fmt: skip


_NEWS: dict[str, Callable[[Draft], None]] = {
    "opened": _opened,
    "machine": _opened_by_machine,
    "bounced": _bounced,
}


def _day(day: date) -> str:
    return f"{day.day} {day:%B %Y}"


def _want_less(draft: Draft, now: datetime) -> None:
    """They keep all topics but the last."""
    keys = list(Topic.objects.filter(active=True).values_list("key", flat=True))
    choices = outreach.Choices(
        topics_shown=frozenset(keys), topics_shown_on=frozenset(keys), topics=frozenset(keys[:-1])
    )
    outreach.save_preferences(token=draft.unsubscribe_token, choices=choices, now=now)
