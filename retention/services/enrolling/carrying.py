"""Steps are carried out: a draft, a call, or a text in shadow. One transaction for each enrolment that gets one."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Q

from contacts.models import Contact
from contacts.states import Channel
from outreach import services as outreach
from outreach.models.drafts import PENDING
from outreach.reach import openness_of
from outreach.states import CallStatus, Flow, Severity
from retention.models import CapacityRules, Enrolment, StepRun
from retention.rules.playbooks.facts import Person, Rules
from retention.rules.playbooks.steps import asks_a_person
from retention.rules.playbooks.world import LEAVES_LATER, Taken
from retention.rules.words import in_one_breath
from retention.services.enrolling.applying import look_again
from retention.services.enrolling.drafting import (
    Background,
    evidence_of,
    facts_of,
    minutes_cost,
    points_of,
    reason_of,
    request_for,
    review_reasons,
)
from retention.services.withdrawing import withdraw_what_waits
from retention.states import EnrolmentStatus, StepOutcome

_LONGEST_WHY = 300


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """All steps that one enrolment takes in one sweep, and when to look at it next."""

    enrolment_id: int
    rules: Rules
    person: Person
    taken: Sequence[Taken]
    look_at: datetime | None


@dataclass(frozen=True, slots=True)
class Rates:
    """What a minute of people's time costs."""

    review: Decimal
    call: Decimal

    @classmethod
    def read(cls, rules: CapacityRules) -> Rates:
        return cls(rules.review_minute_cost, rules.call_minute_cost)


@dataclass(slots=True)
class Carried:
    """How many of each outcome were written, and what became of each step, for whoever lists them."""

    outcomes: dict[StepOutcome, int] = field(default_factory=dict)
    rows: list[tuple[int, Taken, StepOutcome, str]] = field(default_factory=list)

    def note(self, customer_id: int, taken: Taken, outcome: StepOutcome, why: str) -> None:
        self.outcomes[outcome] = self.outcomes.get(outcome, 0) + 1
        self.rows.append((customer_id, taken, outcome, why))


def carry_out(turns: Iterable[Turn], rates: Rates, library: outreach.TemplateLibrary, now: datetime) -> Carried:
    """Carry out what was decided. Whoever gets a message or call does so in a transaction of their own; all others at
    once.

    Who opted out since it was decided gets nothing. What somebody else changed meanwhile is left to the next sweep.
    """
    carried = Carried()
    quiet: list[Turn] = []
    for turn in turns:
        if any(taken.again or taken.outcome in LEAVES_LATER for taken in turn.taken):
            try:
                with transaction.atomic():
                    _one(turn, rates, library, now, carried)
            except IntegrityError:
                # Somebody carried this step out between our reading and our writing.
                continue
        else:
            quiet.append(turn)
    _all(quiet, rates, library, now, carried)
    return carried


def _one(turn: Turn, rates: Rates, library: outreach.TemplateLibrary, now: datetime, carried: Carried) -> None:
    """Contact first, then the enrolment: in this order everybody locks who stops or writes to somebody."""
    contact_id = turn.person.contact_id
    list(Contact.objects.select_for_update().filter(pk=contact_id).values_list("pk"))
    status = (
        Enrolment.objects.select_for_update(of=("self",))
        .filter(pk=turn.enrolment_id)
        .values_list("status", flat=True)
        .first()
    )
    if status != EnrolmentStatus.ACTIVE:
        return
    openness = openness_of([contact_id])[contact_id]
    if openness.stopped:
        # They said stop since it was decided: the next sweep ends it.
        look_again({turn.enrolment_id: now})
        return
    look_at = turn.look_at
    for taken in turn.taken:
        if taken.again and not _take_back(turn, taken, now, carried):
            # It has just left. What follows is decided anew.
            look_again({turn.enrolment_id: now})
            return
        if taken.again:
            continue
        closed = openness.closed.get(taken.channel, "") if taken.outcome in LEAVES_LATER else ""
        if closed:
            _leave_out(turn, taken, closed, now, carried)
            look_at = now
        elif taken.outcome == StepOutcome.CALLED:
            if not _call(turn, taken, rates, now, carried):
                look_at = now
        elif taken.outcome == StepOutcome.DRAFTED:
            _draft(turn, taken, rates, library, now, carried)
        else:
            StepRun.objects.create(**_run(turn, taken))
            carried.note(turn.person.customer_id, taken, taken.outcome, taken.why)
    look_again({turn.enrolment_id: look_at})


def _draft(
    turn: Turn, taken: Taken, rates: Rates, library: outreach.TemplateLibrary, now: datetime, carried: Carried
) -> None:
    background = Background.read([turn.person], now)
    request = request_for(taken, turn.person, turn.rules, turn.enrolment_id, background, now)
    written = outreach.write(library=library, request=request)
    draft = outreach.store_draft(request=request, written=written, now=now)
    cost = taken.step.cost + taken.step.incentive
    blocked = any(finding.severity == Severity.BLOCK for finding in written.findings)
    if not draft.review_reasons and not blocked:
        # What is not approved after all, as a gate says no to it by now, waits for a person.
        with suppress(outreach.Refused), transaction.atomic():
            outreach.approve_by_policy(
                draft_id=draft.pk,
                fingerprint=draft.fingerprint,
                policy=f"Playbook {turn.rules.name}, step {taken.step.position}: no person is asked.",
                now=now,
            )
    else:
        cost += minutes_cost(turn.rules.review_minutes, rates.review)
        outreach.want_text(draft=draft, now=now)
    StepRun.objects.create(**_run(turn, taken, cost=cost), draft=draft)
    carried.note(turn.person.customer_id, taken, taken.outcome, taken.why)


def _call(turn: Turn, taken: Taken, rates: Rates, now: datetime, carried: Carried) -> bool:
    """Ask for the call. False where nobody may make it, which leaves the step out."""
    person, rules, step = turn.person, turn.rules, taken.step
    background = Background.read([person], now)
    points = [
        {"at": piece["at"], "what": piece["what"], "detail": piece["detail"]}
        for piece in evidence_of(person, rules, background, now)
    ]
    why = in_one_breath(person.total, person.band, person.reasons, facts_of(person, now))
    try:
        with transaction.atomic():
            call = outreach.ask_for_call(
                contact_id=person.contact_id,
                # For the concierge who is free first: the time it takes is counted over all of them.
                owner_id=None,
                why=f"{rules.title}: {why}",
                script=step.script,
                points=points,
                priority_reasons=points_of(person, rules),
                due_at=now,
                latest_at=max(now, taken.due_at - step.earliest + step.latest),
                flow=Flow.PLAYBOOK.value,
                now=now,
            )
    except outreach.Refused as refused:
        _leave_out(turn, taken, refused.sentence, now, carried)
        return False
    cost = step.cost + step.incentive + minutes_cost(rules.call_minutes, rates.call)
    StepRun.objects.create(**_run(turn, taken, cost=cost), call=call)
    carried.note(person.customer_id, taken, taken.outcome, taken.why)
    return True


def _leave_out(turn: Turn, taken: Taken, why: str, now: datetime, carried: Carried) -> None:
    StepRun.objects.create(**_run(turn, taken) | {"outcome": StepOutcome.SKIPPED, "why": why[:_LONGEST_WHY]})
    carried.note(turn.person.customer_id, taken, StepOutcome.SKIPPED, why)


def _take_back(turn: Turn, taken: Taken, now: datetime, carried: Carried) -> bool:
    """Take back what a step sent on its way. False when it has left."""
    waits = Q(draft__status__in=PENDING) | Q(call__status=CallStatus.WAITING)
    run = StepRun.objects.filter(waits, enrolment=turn.enrolment_id, step=taken.step.id).first()
    if run is None or not withdraw_what_waits([turn.enrolment_id], taken.why, now):
        return False
    StepRun.objects.filter(pk=run.pk).update(outcome=taken.outcome, why=taken.why[:_LONGEST_WHY])
    carried.note(turn.person.customer_id, taken, taken.outcome, taken.why)
    return True


def _all(
    turns: Sequence[Turn], rates: Rates, library: outreach.TemplateLibrary, now: datetime, carried: Carried
) -> None:
    """Steps that put nothing before anybody: left out, missed, or written in shadow."""
    if not turns:
        return
    shadowed = [turn.person for turn in turns if any(taken.outcome == StepOutcome.SHADOWED for taken in turn.taken)]
    background = Background.read(shadowed, now)
    with transaction.atomic():
        active = Enrolment.objects.select_for_update(of=("self",)).filter(
            pk__in=[turn.enrolment_id for turn in turns], status=EnrolmentStatus.ACTIVE
        )
        still = set(active.order_by("pk").values_list("pk", flat=True))
        going = [turn for turn in turns if turn.enrolment_id in still]
        rows = []
        for turn in going:
            for taken in turn.taken:
                more: dict[str, Any] = {}
                if taken.outcome == StepOutcome.SHADOWED:
                    more = in_shadow(turn, taken, background, rates, library, now)
                rows.append(StepRun(**_run(turn, taken) | more))
                carried.note(turn.person.customer_id, taken, taken.outcome, taken.why)
        StepRun.objects.bulk_create(rows, ignore_conflicts=True, batch_size=2000)
        look_again({turn.enrolment_id: turn.look_at for turn in going})


def in_shadow(
    turn: Turn, taken: Taken, background: Background, rates: Rates, library: outreach.TemplateLibrary, now: datetime
) -> dict[str, Any]:
    """What would have been sent or said, with what the gates say about it, and what it would have cost."""
    cost = taken.step.cost + taken.step.incentive
    if taken.channel == Channel.CALL:
        kind, words = reason_of(turn.person, turn.rules, now)
        text: Mapping[str, Any] = {
            "channel": taken.channel,
            "subject": "",
            "body": taken.step.script,
            "reason": kind,
            "why": words,
            "findings": [],
        }
        return {"text": text, "cost": cost + minutes_cost(turn.rules.call_minutes, rates.call)}
    request = request_for(taken, turn.person, turn.rules, turn.enrolment_id, background, now)
    written = outreach.write(library=library, request=request)
    asks = [*review_reasons(taken.step, turn.person), *written.asks_review]
    if asks_a_person(taken.step, turn.person) or asks:
        cost += minutes_cost(turn.rules.review_minutes, rates.review)
    text = {
        "channel": taken.channel,
        "subject": written.subject,
        "body": written.body,
        "review": list(dict.fromkeys(asks)),
        "findings": [
            {"gate": one.gate, "severity": one.severity.value, "message": one.message} for one in written.findings
        ],
    }
    return {"text": text, "cost": cost}


def _run(turn: Turn, taken: Taken, cost: Decimal = Decimal(0)) -> dict[str, Any]:
    return {
        "enrolment_id": turn.enrolment_id,
        "step_id": taken.step.id,
        "outcome": taken.outcome,
        "at": taken.at,
        "due_at": taken.due_at,
        "channel": taken.channel,
        "why": taken.why[:_LONGEST_WHY],
        "cost": cost,
    }
