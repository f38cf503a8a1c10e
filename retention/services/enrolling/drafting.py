"""What a step says to one person, and why: the request for a draft, or the points of a call."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from django.conf import settings
from django.db import connection

from contacts.permission import ChannelPermission, id_array, permissions_of
from contacts.states import Direction, EventKind
from outreach.rendering import first_name, plain_words
from outreach.rules import DraftRequest
from outreach.rules.writing import Points, SentText, colleagues_messages
from outreach.states import DraftKind, DraftStatus, Flow
from retention.rules.playbooks.facts import Person, Rules, Step
from retention.rules.playbooks.fitting import days_until, reached
from retention.rules.playbooks.steps import asks_a_person
from retention.rules.playbooks.world import Taken
from retention.rules.words import UNJUDGED, Facts, said, sentence
from retention.states import PlaybookTrigger, StepPurpose, StepReview, ValueTier

#: Events that a reviewer is shown, the latest ones.
EVENTS_SHOWN = 8
#: How far back a repeated message would still be noticed, as for drafts that are edited later.
EARLIER_MESSAGES = 10
DEFAULT_LANGUAGE = "en"
#: What is kept as the reason when nothing of the score speaks against somebody.
NO_REASON = "playbook"

_LEFT = [DraftStatus.SENT.value, DraftStatus.SENDING.value, DraftStatus.UNKNOWN.value]
_WHO = """
SELECT k.id, c.id, c.name, c.locale, coalesce(a.name, ''), coalesce(o.name, ''), k.since
  FROM retention_customer k
  JOIN contacts_contact c ON c.id = k.contact_id
  LEFT JOIN contacts_account a ON a.id = c.account_id
  LEFT JOIN staff_user o ON o.id = k.owner_id
 WHERE k.id = ANY(%(ids)s::bigint[])
"""
_SENT = """
SELECT d.contact_id, d.id, d.channel, d.pressure, d.body, d.owner_id, coalesce(o.name, ''),
       coalesce(d.sent_at, d.claimed_at), r.enrolment_id
  FROM outreach_draft d
  LEFT JOIN staff_user o ON o.id = d.owner_id
  LEFT JOIN retention_steprun r ON r.draft_id = d.id
 WHERE d.contact_id = ANY(%(contacts)s::bigint[]) AND d.status = ANY(%(left)s)
 ORDER BY d.id DESC
"""
_NOTED = """
SELECT contact_id, summary FROM contacts_touch
 WHERE contact_id = ANY(%(contacts)s::bigint[]) AND direction = %(out)s ORDER BY at DESC, id DESC
"""
_EVENTS = """
SELECT t.contact_id, e.occurred_at, e.kind
  FROM unnest(%(contacts)s::bigint[]) AS t (contact_id)
 CROSS JOIN LATERAL (
       SELECT occurred_at, kind FROM contacts_event
        WHERE contact_id = t.contact_id AND kind > 0 AND occurred_at <= %(now)s
        ORDER BY occurred_at DESC, id DESC LIMIT %(most)s) e
 ORDER BY t.contact_id, e.occurred_at
"""


@dataclass(frozen=True, slots=True)
class Sent:
    """A message of ours that left, or may have. ``enrolment_id`` is that of the playbook it was a step of."""

    id: int
    channel: str
    pressure: int
    body: str
    owner_id: int | None
    owner_name: str
    at: datetime | None
    enrolment_id: int | None


@dataclass(frozen=True, slots=True)
class Who:
    """Names and language of a customer. They go into texts, never into what is kept about an enrolment."""

    name: str
    locale: str
    account: str
    owner: str
    since: date | None


@dataclass(frozen=True, slots=True)
class Background:
    """What only texts need, read for any number of people in five queries and those of their permissions."""

    who: Mapping[int, Who] = field(default_factory=dict)
    permissions: Mapping[int, Mapping[str, ChannelPermission]] = field(default_factory=dict)
    sent: Mapping[int, list[Sent]] = field(default_factory=dict)
    noted: Mapping[int, list[str]] = field(default_factory=dict)
    events: Mapping[int, list[tuple[datetime, int]]] = field(default_factory=dict)

    @classmethod
    def read(cls, people: Collection[Person], now: datetime) -> Background:
        if not people:
            return cls()
        contacts = [one.contact_id for one in people]
        given: dict[str, Any] = {
            "ids": id_array(one.customer_id for one in people),
            "contacts": id_array(dict.fromkeys(contacts)),
            "left": _LEFT,
            "out": Direction.OUT.value,
            "now": now,
            "most": EVENTS_SHOWN,
        }
        who: dict[int, Who] = {}
        sent: dict[int, list[Sent]] = {}
        noted: dict[int, list[str]] = {}
        events: dict[int, list[tuple[datetime, int]]] = {}
        with connection.cursor() as cursor:
            cursor.execute(_WHO, given)
            for customer_id, _, *rest in cursor.fetchall():
                who[customer_id] = Who(*rest)
            cursor.execute(_SENT, given)
            for contact_id, *rest in cursor.fetchall():
                sent.setdefault(contact_id, []).append(Sent(*rest))
            cursor.execute(_NOTED, given)
            for contact_id, summary in cursor.fetchall():
                noted.setdefault(contact_id, []).append(summary)
            cursor.execute(_EVENTS, given)
            for contact_id, at, kind in cursor.fetchall():
                events.setdefault(contact_id, []).append((at, kind))
        return cls(who, permissions_of(contacts), sent, noted, events)

    def earlier_messages(self, contact_id: int) -> tuple[str, ...]:
        """What they already got, newest first: our messages, then what was noted of other touches."""
        noted = [text for text in self.noted.get(contact_id, ()) if text][:EARLIER_MESSAGES]
        return (*(one.body for one in self.sent.get(contact_id, ())[:EARLIER_MESSAGES]), *noted)


def request_for(
    taken: Taken, person: Person, rules: Rules, enrolment_id: int, background: Background, now: datetime
) -> DraftRequest:
    """All that the message of a step is made from. The reviewer sees the same facts that let them in."""
    step, contact_id = taken.step, person.contact_id
    who = background.who[person.customer_id]
    permission = background.permissions.get(contact_id, {}).get(taken.channel, ChannelPermission())
    sent = background.sent.get(contact_id, ())
    before = next((one for one in sent if one.enrolment_id == enrolment_id), None)
    kind, words = reason_of(person, rules, now)
    greeting = first_name(who.name)
    return DraftRequest(
        contact_id=contact_id,
        channel=taken.channel,
        address=permission.address or (taken.channel if taken.channel in ("push", "in_app") else ""),
        kind=DraftKind.FOLLOW_UP.value,
        angle=step.angle.strip().replace(" ", "_"),
        due_at=now,
        flow=Flow.PLAYBOOK.value,
        reason_kind=kind,
        reason_text=words,
        why_now=f"{rules.title}, step {step.position}: {step.name}.",
        values=values_of(step, person, rules, who, greeting, now),
        evidence=tuple(evidence_of(person, rules, background, now)),
        owner_id=person.owner_id,
        value=person.monthly_revenue if person.monthly_revenue else None,
        currency=person.currency,
        account_name=who.account or person.external_id,
        word_limit=step.word_limit,
        pressure=step.pressure,
        priority_reasons=tuple(points_of(person, rules)),
        review_reasons=review_reasons(step, person),
        language=who.locale or DEFAULT_LANGUAGE,
        consent=permission.consent,
        suppressed_by=permission.suppressed_by,
        earlier_messages=background.earlier_messages(contact_id),
        sender_name=who.owner,
        recipient_first_name=greeting,
        first_message=contact_id not in background.sent and contact_id not in background.noted,
        words_before=plain_words(before.body) if before is not None and before.channel == taken.channel else None,
        pressure_before=before.pressure if before is not None else None,
        locale=who.locale,
        colleagues=colleagues_messages(
            (SentText(one.body, one.owner_id, one.owner_name, one.at) for one in sent[:EARLIER_MESSAGES]),
            owner_id=person.owner_id,
            now=now,
        ),
        known_addresses=tuple(
            one.address for one in background.permissions.get(contact_id, {}).values() if one.address
        ),
    )


def review_reasons(step: Step, person: Person) -> tuple[str, ...]:
    """Why a person reads it before it leaves, whatever the gates say (mission.md 5.3)."""
    if not asks_a_person(step, person):
        return ()
    found = []
    if step.review == StepReview.ALWAYS:
        found.append("playbook")
    if step.purpose == StepPurpose.OFFER:
        found.append("offer")
    if person.value_tier == ValueTier.HIGH:
        found.append("high_value")
    return tuple(found)


def leading_reason(person: Person, rules: Rules) -> str:
    """The reason that a message goes by: the first of those the playbook is for, else the first that was judged."""
    wanted = rules.reasons_all | rules.reasons_any
    judged = [code for code in person.reasons if code not in UNJUDGED]
    return next((code for code in judged if code in wanted), judged[0] if judged else NO_REASON)


def reason_of(person: Person, rules: Rules, now: datetime) -> tuple[str, str]:
    """The useful reason to write now: its code and its words, dated."""
    if rules.trigger == PlaybookTrigger.MILESTONE:
        number = reached(person.activities, rules.milestones) or person.activities
        return "milestone", f"They have been here {number} times."
    if rules.trigger == PlaybookTrigger.BIRTHDAY and person.birthday is not None:
        return "birthday", f"Their birthday is on {person.birthday.day} {person.birthday:%B}."
    code = leading_reason(person, rules)
    words = sentence(code, facts_of(person, now)) if code != NO_REASON else f"{rules.title} is for them."
    if person.last_activity_at is not None:
        words = f"{words} Last active on {_day(person.last_activity_at)}."
    else:
        # “Quiet for long.” alone would be no reason to write: only time that passed.
        words = f"{words} No activity of theirs is known."
    return code, words[:500]


def facts_of(person: Person, now: datetime) -> Facts:
    """The numbers behind the reasons."""
    return Facts(
        quiet_days=_days_since(person.last_activity_at, now),
        payment_failed_days=_days_since(person.payment_failed_at, now),
    )


def values_of(step: Step, person: Person, rules: Rules, who: Who, greeting: str, now: datetime) -> dict[str, str]:
    """What the placeholders of a template may be filled with. What is unknown is left out."""
    quiet = _days_since(person.last_activity_at, now)
    milestone = reached(person.activities, rules.milestones)
    values = {
        "first_name": greeting,
        "sender_name": who.owner,
        "account_name": who.account,
        "plan": person.plan,
        "last_activity": _day(person.last_activity_at) if person.last_activity_at is not None else "",
        "quiet_days": str(quiet) if quiet else "",
        "visits_before": str(person.activities) if person.activities else "",
        "value_summary": _value_summary(person, who),
        "milestone": str(milestone) if milestone is not None else "",
        "offer": f"{step.incentive:,.2f} {person.currency}".strip() if step.incentive else "",
        "booking_link": settings.BOOKING_URL,
        "payment_link": settings.PAYMENT_URL,
    }
    return {name: value for name, value in values.items() if value}


def evidence_of(person: Person, rules: Rules, background: Background, now: datetime) -> list[dict[str, Any]]:
    """What is known, in time order: what they did lately, what we sent, then what has no moment."""
    rows: list[dict[str, Any]] = []
    for at, kind in background.events.get(person.contact_id, ()):
        rows.append(_piece(at, EventKind(kind).label if kind in EventKind.values else "Event"))
    for one in background.sent.get(person.contact_id, ())[:EARLIER_MESSAGES]:
        if one.at is not None:
            rows.append(_piece(one.at, "We wrote", direction=Direction.OUT.value))
    rows.sort(key=lambda piece: (piece["at"], piece["what"]))
    code, _ = reason_of(person, rules, now)
    told = [said(reason, facts_of(person, now)) for reason in person.reasons]
    rows.append(_undated("Score", f"{person.total} of 100, {person.band.label.lower()}: {', '.join(told)}", key=True))
    if code in ("milestone", "birthday"):
        rows.append(_undated("Reason", code.capitalize(), key=True))
    if person.birthday is not None and days_until(person.birthday, now.astimezone(UTC).date()) == 0:
        rows.append(_undated("Birthday", "Today"))
    if person.plan:
        rows.append(_undated("Plan", person.plan))
    if person.monthly_revenue:
        rows.append(_undated("Value a month", f"{person.monthly_revenue:,.0f} {person.currency}".strip()))
    rows.append(_undated("Playbook", rules.name))
    return rows


def points_of(person: Person, rules: Rules) -> list[Points]:
    """What brings a message or call forward in its queue: urgency 300 points, high value 200, and its score."""
    found = [Points(300, "An urgent playbook")] if rules.urgent else []
    if person.value_tier == ValueTier.HIGH:
        found.append(Points(200, "High value"))
    if person.total:
        found.append(Points(person.total, f"A score of {person.total}"))
    return found


def _value_summary(person: Person, who: Who) -> str:
    if not person.activities:
        return ""
    times = "once" if person.activities == 1 else f"{person.activities} times"
    return f"{times} since {who.since:%B %Y}" if who.since is not None else times


def _piece(at: datetime, what: str, direction: str = "event") -> dict[str, Any]:
    return {"at": at.astimezone(UTC).isoformat(), "what": what, "detail": "", "direction": direction, "key": False}


def _undated(what: str, detail: str, *, key: bool = False) -> dict[str, Any]:
    return {"at": "", "what": what, "detail": detail, "direction": "event", "key": key}


def _days_since(at: datetime | None, now: datetime) -> int | None:
    return max((now - at).days, 0) if at is not None else None


def _day(at: datetime) -> str:
    day = at.astimezone(UTC)
    return f"{day.day} {day:%B %Y}"


def minutes_cost(minutes: Decimal, rate: Decimal) -> Decimal:
    """What so many minutes of somebody's time cost."""
    return (minutes * rate).quantize(Decimal("0.001"))
