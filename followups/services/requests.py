"""From a decision to a request for a draft: who it goes to, what it may say, and what its reviewer is shown."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from contacts.permission import agreements_of, id_array
from contacts.states import Direction, TouchKind
from followups.evidence import LEFT, Gathered, read_grouped, read_rows
from followups.rules import (
    CadenceRules,
    Decision,
    Evidence,
    StepRules,
    is_high_value,
    say_day,
    say_moment,
)
from followups.states import EngagementKind, Stage, StepKind, Trigger
from outreach.rendering import first_name, plain_words
from outreach.rules import DraftRequest
from outreach.rules.writing import Points, SentText, colleagues_messages

#: One thing that is known, as it is shown and kept with a draft.
Piece = dict[str, Any]

#: How far back a repeated message would still be noticed, as for drafts that are edited later.
_EARLIER_MESSAGES = 10
_TOUCHES_SHOWN = 12
#: The language to write in to people of whom nobody noted one.
DEFAULT_LANGUAGE = "en"

_WHY_NOW: dict[str, str] = {
    Trigger.MISSED_NEXT_STEP: "The next step that was planned passed, and nothing followed.",
    Trigger.UNANSWERED_QUOTE: "The quote has no answer.",
    Trigger.QUIET_PROPOSAL: "The proposal has no answer.",
    Trigger.STALLED_CONVERSATION: "The conversation was going, then stopped.",
    Trigger.NO_REPLY: "Our last message has no reply.",
}

_TRIGGER_POINTS: dict[str, Points] = {
    Trigger.MISSED_NEXT_STEP: Points(50, "A missed next step"),
    Trigger.UNANSWERED_QUOTE: Points(40, "An unanswered quote"),
    Trigger.QUIET_PROPOSAL: Points(30, "A quiet proposal"),
    Trigger.STALLED_CONVERSATION: Points(20, "A conversation that stopped"),
    Trigger.NO_REPLY: Points(10, "A message without a reply"),
}

_TOUCH_WORDS: dict[tuple[str, str], str] = {
    (Direction.OUT.value, TouchKind.MESSAGE.value): "We wrote",
    (Direction.OUT.value, TouchKind.QUESTION.value): "We asked",
    (Direction.OUT.value, TouchKind.ANSWER.value): "We answered",
    (Direction.OUT.value, TouchKind.QUOTE.value): "We sent a quote",
    (Direction.OUT.value, TouchKind.PROPOSAL.value): "We sent a proposal",
    (Direction.OUT.value, TouchKind.CALL.value): "We called",
    (Direction.OUT.value, TouchKind.NOTE.value): "We noted",
    (Direction.IN.value, TouchKind.MESSAGE.value): "They wrote",
    (Direction.IN.value, TouchKind.QUESTION.value): "They asked",
    (Direction.IN.value, TouchKind.ANSWER.value): "They answered",
    (Direction.IN.value, TouchKind.CALL.value): "They called",
    (Direction.IN.value, TouchKind.OUT_OF_OFFICE.value): "They were out of the office",
    (Direction.IN.value, TouchKind.AUTO_REPLY.value): "An automatic reply came",
}


_SENT = """
SELECT d.contact_id, d.id, d.channel, d.pressure, d.body, d.owner_id, coalesce(o.name, ''),
       coalesce(d.sent_at, d.claimed_at)
  FROM outreach_draft d LEFT JOIN staff_user o ON o.id = d.owner_id
 WHERE d.contact_id = ANY(%(ids)s::bigint[]) AND d.status = ANY(%(left)s)
 ORDER BY d.id DESC
"""
_NOTED = """
SELECT contact_id, summary FROM contacts_touch
 WHERE contact_id = ANY(%(ids)s::bigint[]) AND direction = 'out'
 ORDER BY at DESC, id DESC
"""
_LOCALES = "SELECT id, locale FROM contacts_contact WHERE id = ANY(%(ids)s::bigint[]) AND locale <> ''"


@dataclass(frozen=True, slots=True)
class SentDraft:
    """A message of ours that left, or may have."""

    id: int
    channel: str
    pressure: int
    body: str
    owner_id: int | None
    owner_name: str
    at: datetime | None

    @property
    def as_text(self) -> SentText:
        return SentText(self.body, self.owner_id, self.owner_name, self.at)


@dataclass(slots=True)
class Background:
    """What only drafts need, read for all leads of a batch that get one: four queries, whatever their number.

    `noted` has an empty text for a touch of ours of which nothing was noted: it tells that something went to them.
    """

    links: Mapping[int, str] = field(default_factory=dict)
    sent: dict[int, list[SentDraft]] = field(default_factory=dict)
    noted: dict[int, list[str]] = field(default_factory=dict)
    locales: dict[int, str] = field(default_factory=dict)
    consents: dict[tuple[int, str], tuple[datetime, str]] = field(default_factory=dict)

    @classmethod
    def read(cls, contact_ids: Iterable[int], links: Mapping[int, str]) -> Background:
        contacts = list(contact_ids)
        found = cls(links=links)
        if not contacts:
            return found
        of_contacts = {"ids": id_array(contacts)}
        found.sent = read_grouped(_SENT, {**of_contacts, "left": list(LEFT)}, SentDraft)
        found.noted = read_grouped(_NOTED, of_contacts, str)
        found.locales = dict(read_rows(_LOCALES, of_contacts))
        found.consents = agreements_of(contacts)
        return found

    def earlier_messages(self, contact_id: int) -> tuple[str, ...]:
        """What they already got, newest first: our messages, then what was noted of other touches."""
        noted = [summary for summary in self.noted.get(contact_id, ()) if summary]
        return (
            *(one.body for one in self.sent.get(contact_id, ())[:_EARLIER_MESSAGES]),
            *noted[:_EARLIER_MESSAGES],
        )

    def before(self, lead: Gathered) -> SentDraft | None:
        """The latest message of the lead's open sequence that left; None for the first of a sequence."""
        facts = lead.facts
        if facts.sequence_id is None:
            return None
        left = {
            attempt.draft_id
            for attempt in facts.attempts
            if attempt.sequence_id == facts.sequence_id and attempt.status in LEFT
        }
        return next((one for one in self.sent.get(facts.contact_id, ()) if one.id in left), None)

    def is_first(self, lead: Gathered) -> bool:
        """Whether nothing of ours ever went to this person, as far as anybody noted."""
        contact, evidence = lead.facts.contact_id, lead.evidence
        dates = (evidence.quote_sent_on, evidence.proposal_sent_on, evidence.last_touch_at)
        return contact not in self.sent and contact not in self.noted and not any(dates)


def draft_request(
    lead: Gathered,
    decision: Decision,
    step: StepRules | None,
    cadence: CadenceRules,
    background: Background,
    template_key: str,
    now: datetime,
) -> DraftRequest:
    """All that a draft is made from. `decision` must name what the message is for and where it goes, `step` how it is.

    The reviewer sees the same facts that decided, in the order in which they happened.
    """
    facts, evidence, reason = lead.facts, lead.evidence, decision.useful_reason
    channel = decision.channel or ""
    permission = facts.permissions.get(channel)
    greeting = first_name(facts.contact_name)
    before = background.before(lead)
    locale = background.locales.get(facts.contact_id, "")
    sent = background.sent.get(facts.contact_id, ())
    return DraftRequest(
        contact_id=facts.contact_id,
        channel=channel,
        address=permission.address if permission is not None else "",
        kind=step.kind if step is not None else StepKind.FOLLOW_UP.value,
        angle=angle_of(step),
        due_at=decision.due_at or now,
        reason_kind=reason.kind.value if reason is not None else "",
        reason_text=reason.what if reason is not None else "",
        why_now=why_now(decision),
        values=_values(lead, decision, background, greeting),
        evidence=tuple(shown_evidence(lead, decision, cadence, background)),
        owner_id=facts.owner_id,
        value=evidence.value,
        currency=evidence.currency,
        account_name=facts.account_name,
        word_limit=step.word_limit if step is not None else 0,
        pressure=step.pressure if step is not None else 1,
        priority_reasons=tuple(points_of(evidence, decision, cadence)),
        review_reasons=decision.review_reasons,
        template_key=template_key,
        language=locale or DEFAULT_LANGUAGE,
        consent=permission.consent if permission is not None else "unknown",
        suppressed_by=tuple(permission.suppressed_by) if permission is not None else (),
        earlier_messages=background.earlier_messages(facts.contact_id),
        sender_name=facts.owner_name,
        recipient_first_name=greeting,
        first_message=background.is_first(lead),
        # A text message says nothing about how long an e-mail may be.
        words_before=plain_words(before.body) if before is not None and before.channel == channel else None,
        pressure_before=before.pressure if before is not None else None,
        locale=locale,
        colleagues=colleagues_messages(
            (one.as_text for one in sent[:_EARLIER_MESSAGES]), owner_id=facts.owner_id, now=now
        ),
        known_addresses=tuple(one.address for one in facts.permissions.values() if one.address),
    )


def angle_of(step: StepRules | None) -> str:
    """The angle as templates name it. Spaces and underscores mean the same."""
    return "" if step is None else step.angle_of_templates


def why_now(decision: Decision) -> str:
    """What triggered it and since when, in words."""
    if decision.trigger is None:
        return ""
    since = "" if decision.opened_at is None else f" Quiet since {say_moment(decision.opened_at)}."
    return _WHY_NOW[decision.trigger] + since


def points_of(evidence: Evidence, decision: Decision, cadence: CadenceRules) -> list[Points]:
    """What brings a draft forward in the queue, with its points; one counts as half an hour earlier (mission.md 6.1).

    A strategic deal 400, one of high value 200, of half that value 100; the trigger 50 down to 10 in the order in which
    they are tried. How long it waits is not among them: the queue ages by itself.
    """
    found = [Points(400, "A strategic account")] if evidence.strategic else []
    if is_high_value(evidence.value, cadence.high_value_threshold):
        found.append(Points(200, "High value"))
    elif is_high_value(evidence.value, cadence.high_value_threshold / Decimal(2)):
        found.append(Points(100, "At least half of a high value"))
    if decision.trigger is not None:
        found.append(_TRIGGER_POINTS[decision.trigger])
    return found


def _values(lead: Gathered, decision: Decision, background: Background, greeting: str) -> dict[str, str]:
    """What the placeholders of a template may be filled with. What is unknown is left out."""
    facts, evidence, reason = lead.facts, lead.evidence, decision.useful_reason
    values = {
        "first_name": greeting,
        "sender_name": facts.owner_name,
        "account_name": facts.account_name,
        "next_step": evidence.next_step,
        "next_step_on": "" if evidence.next_step_on is None else say_day(evidence.next_step_on),
        "quote_on": "" if evidence.quote_sent_on is None else say_day(evidence.quote_sent_on),
        "proposal_on": "" if evidence.proposal_sent_on is None else say_day(evidence.proposal_sent_on),
    }
    if reason is not None:
        source, _, rest = reason.key.partition(":")
        if source == "touch":
            values["question"] = next((t.summary for t in evidence.touches if str(t.id) == rest), "")
        elif source == "event":
            what = next((e.what for e in evidence.engagements if str(e.id) == rest), "")
            values["engagement"] = EngagementKind(what).label if what in EngagementKind.values else ""
        elif source == "asset":
            values["material_title"] = next((m.title for m in evidence.materials if str(m.id) == rest), "")
            values["material_link"] = background.links.get(int(rest), "")
        elif source == "note":
            values["note"] = next((n.text for n in evidence.notes if str(n.id) == rest), "")
        elif source in ("quote", "proposal"):
            values[f"{source}_on"] = say_day(datetime.fromisoformat(rest).date())
    return {name: value for name, value in values.items() if value}


def shown_evidence(
    lead: Gathered, decision: Decision | None, cadence: CadenceRules, background: Background
) -> list[Piece]:
    """What is known, for people, in time order.

    Each piece has `at` (ISO 8601, empty for what has no moment), `what`, `detail`, `direction` (in, out or event), and
    `key`, true for the piece that the message rests on.
    """
    evidence = lead.evidence
    rests_on = (
        decision.useful_reason.evidence_ids if decision is not None and decision.useful_reason is not None else ()
    )
    dated: list[Piece] = []

    def add(at: datetime | date, what: str, detail: str = "", direction: str = "event", key: str = "") -> None:
        moment = at.astimezone(UTC).isoformat() if isinstance(at, datetime) else at.isoformat()
        dated.append({"at": moment, "what": what, "detail": detail, "direction": direction, "key": key in rests_on})

    touches = sorted(evidence.touches, key=lambda touch: (touch.at, touch.id))[-_TOUCHES_SHOWN:]
    for touch in touches:
        words = _TOUCH_WORDS.get((touch.direction, touch.kind), "Touch")
        detail = touch.summary
        if touch.returns_on is not None:
            detail = f"Back on {say_day(touch.returns_on)}. {detail}".strip()
        add(touch.at, words, detail, touch.direction, f"touch:{touch.id}")
    for attempt in evidence.attempts:
        what = "We closed the loop" if attempt.kind == StepKind.CLOSE_LOOP else "We followed up"
        add(attempt.at, what, attempt.reason_kind.replace("_", " ").capitalize(), Direction.OUT)
    for event in evidence.engagements:
        done = EngagementKind(event.what).label if event.what in EngagementKind.values else event.what
        add(event.at, f"They {done}", key=f"event:{event.id}")
    for note in evidence.notes:
        add(note.at, "The owner noted", note.text, key=f"note:{note.id}")
    for material in evidence.materials:
        add(material.published_at, "New material for them", material.title, key=f"asset:{material.id}")
        if background.links.get(material.id):
            dated[-1]["link"] = background.links[material.id]
    logged = {(touch.at.astimezone(UTC).date(), touch.kind) for touch in touches if touch.direction == Direction.OUT}
    for day, kind in ((evidence.quote_sent_on, TouchKind.QUOTE), (evidence.proposal_sent_on, TouchKind.PROPOSAL)):
        # A quote that was also logged as a touch is the same quote.
        if day is not None and (day, kind.value) not in logged:
            add(day, f"We sent a {kind.value}", direction=Direction.OUT, key=f"lead:{kind.value}_sent_on")
    if evidence.next_step_on is not None:
        what = "The next step was planned for this day"
        add(evidence.next_step_on, what, evidence.next_step, key="lead:next_step_on")
    if evidence.last_touch_at is not None:
        add(evidence.last_touch_at, "Our last touch, from the import", direction=Direction.OUT)
    channel = decision.channel if decision is not None else None
    if channel and (lead.facts.contact_id, channel) in background.consents:
        at, source = background.consents[lead.facts.contact_id, channel]
        add(at, f"They agreed to {_CHANNEL[channel]}", source, Direction.IN)
    rows = sorted(dated, key=lambda piece: (piece["at"], piece["what"], piece["detail"]))
    rows.append(_undated("Stage", Stage(evidence.stage).label))
    if evidence.value is not None:
        rows.append(_undated("Value", f"{evidence.value:,.0f} {evidence.currency}".strip()))
    if decision is not None:
        message = f", message {decision.step} of {cadence.max_attempts}" if decision.drafts else ""
        if decision.step == StepKind.CLOSE_LOOP:
            message = ", closing note"
        rows.append(_undated("Cadence", f"{cadence.name} v{cadence.version}{message}"))
    return rows


def _undated(what: str, detail: str) -> Piece:
    return {"at": "", "what": what, "detail": detail, "direction": "event", "key": False}


_CHANNEL = {"email": "e-mail", "sms": "SMS", "call": "calls", "push": "push messages", "in_app": "messages in the app"}
