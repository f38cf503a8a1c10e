"""What follows from a decision is written down: one transaction for each lead that changes."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import F, Q

from contacts.models import Contact
from followups.evidence import Gathered
from followups.models import Attempt, Lead, Sequence
from followups.models import Decision as DecisionRow
from followups.rules import explain, to_json
from followups.services.cases import note_intake
from followups.services.closings import came_back, end_closed_deals, keep_closing
from followups.services.considering import Decided
from followups.services.plan import Plan, answer_of, digest_of, is_closed, kind_of, make_plan
from followups.services.readiness import NewSequences
from followups.states import Disposition, SequenceStatus, StepKind
from outreach import services as outreach
from outreach.states import DraftStatus, Severity
from staff.services import record

#: Where a stored decision keeps the ids of the gates that asked for a review: the text they read is not evidence.
GATES = "gates"
#: So many sequences are in memory when they end because their closing note was sent.
ENDED_AT_ONCE = 1_000


def apply(one: Decided, now: datetime, new: NewSequences) -> bool:
    """Write down what follows from one decision. True when something changed.

    Where the workflow is not ready, a sequence that would begin does not: the decision is stored, and nothing is
    drafted until a later sweep finds it ready.
    """
    facts = one.lead.facts
    evidence = {**to_json(one.lead.evidence), GATES: list(one.gates)}
    answer = answer_of(one.decision, one.decision.review_reasons)
    digest = digest_of(evidence, answer, one.cadence.version_id)
    plan = make_plan(one.lead, one.decision, one.cadence.rules, digest, now, slow=one.slow, over=one.over)
    if plan.position is not None and facts.sequence_id is None and not new.may_begin():
        plan = replace(plan, position=None)
    if plan.is_empty:
        return False
    try:
        with transaction.atomic():
            if not _is_as_gathered(one.lead):
                return False
            _carry_out(one, plan, {**answer, "evidence": evidence, "digest": digest}, now)
    except (IntegrityError, _OvertakenError):
        # Somebody was first, between our reading and our writing. The next sweep sees what they did.
        return False
    facts.decision_digest = digest
    return True


class _OvertakenError(Exception):
    """A draft left or was decided about while we were about to withdraw it."""


def _is_as_gathered(lead: Gathered) -> bool:
    """Lock the lead, its contact first like everything that stops or writes to one, and see that nothing moved."""
    facts = lead.facts
    list(Contact.objects.select_for_update().filter(pk=facts.contact_id).values_list("pk"))
    row = Lead.objects.select_for_update().filter(pk=facts.id).values_list("updated_at", "contact_id").first()
    if row != (facts.updated_at, facts.contact_id):
        return False
    latest = DecisionRow.objects.filter(lead_id=facts.id).order_by("-id").values_list("pk", flat=True).first()
    standing = set(Attempt.objects.filter(lead_id=facts.id).values_list("pk", "draft__status"))
    return latest == facts.decision_id and standing == {(attempt.id, attempt.status) for attempt in facts.attempts}


def _carry_out(one: Decided, plan: Plan, answer: dict[str, Any], now: datetime) -> None:
    facts, decision = one.lead.facts, one.decision
    explanation = explain(decision, one.lead.evidence)
    decision_id = facts.decision_id
    if plan.store or decision_id is None:
        decision_id = DecisionRow.objects.create(
            lead_id=facts.id,
            cadence_version_id=one.cadence.version_id,
            decided_at=now,
            explanation=explanation[:500],
            **answer,
        ).pk
    if plan.store:
        closed = is_closed(facts, one.lead.evidence, now)
        note_intake(lead_id=facts.id, decision_id=decision_id, decision=decision, closed=closed, now=now)
    if plan.withdraw:
        pending = [attempt.draft_id for attempt in plan.withdraw if attempt.status != DraftStatus.FAILED]
        if pending and outreach.withdraw(draft_ids=pending, reason=explanation, now=now) != len(pending):
            raise _OvertakenError
        Attempt.objects.filter(pk__in=[attempt.id for attempt in plan.withdraw], withdrawn_at=None).update(
            withdrawn_at=now
        )
    sequence_id = facts.sequence_id
    if plan.ends_with is not None and sequence_id is not None:
        _end(sequence_id, plan.ends_with, explanation, now)
        sequence_id = None
    if plan.disposition is not None:
        if plan.disposition:
            keep_closing(lead_id=facts.id, disposition=plan.disposition, reason=plan.why or explanation, at=now)
        else:
            came_back(lead_ids=[facts.id], at=now)
        Lead.objects.filter(pk=facts.id).update(
            outcome=None,
            disposition=plan.disposition,
            disposition_at=now if plan.disposition else None,
            disposition_by=None,
            disposition_reason=(plan.why or explanation)[:500] if plan.disposition else "",
        )
    if plan.position is not None and one.request is not None and one.written is not None:
        _draft(one, sequence_id, decision_id, plan.position, now)


def _draft(one: Decided, sequence_id: int | None, decision_id: int, position: int, now: datetime) -> None:
    if one.request is None or one.written is None:
        raise AssertionError("a draft needs a written text")
    lead_id, decision, slow = one.lead.facts.id, one.decision, one.slow
    useful = decision.useful_reason if slow is None else slow.useful_reason
    if slow is not None:
        sequence_id = _ended_sequence(lead_id, one.cadence.version_id, now)
    elif sequence_id is None:
        sequence = Sequence.objects.create(lead_id=lead_id, cadence_version_id=one.cadence.version_id, started_at=now)
        record(action="followups.begin_sequence", on=sequence, summary="Sequence begun", detail={"lead": lead_id})
        sequence_id = sequence.pk
    request = replace(one.request, review_reasons=(decision if slow is None else slow).review_reasons)
    draft = outreach.store_draft(request=request, written=one.written, now=now)
    Attempt.objects.create(
        sequence_id=sequence_id,
        lead_id=lead_id,
        decision_id=decision_id,
        draft=draft,
        kind=kind_of(decision) if slow is None else StepKind.NURTURE,
        position=position,
        reason_kind=useful.kind.value if useful is not None else "",
        evidence_key=useful.key if useful is not None else "",
    )
    blocked = any(finding.severity == Severity.BLOCK for finding in one.written.findings)
    if not draft.review_reasons and not blocked:
        # The cadence leaves routine messages to itself, and no rule and no gate asks for a person (mission.md 5.3).
        rules = one.cadence.rules
        outreach.approve_by_policy(
            draft_id=draft.pk,
            fingerprint=draft.fingerprint,
            policy=f"Cadence {rules.name} v{rules.version}, step {decision.step}: no person is asked.",
            now=now,
        )
    else:
        # What nobody reads is the approved wording, never a model's.
        outreach.want_text(draft=draft, now=now)


def _ended_sequence(lead_id: int, version_id: int, now: datetime) -> int:
    """The sequence that a nurture message belongs to: the lead's last one, or one that is over from the start.

    No follow-up is under way in nurture, so none is begun.
    """
    last = Sequence.objects.filter(lead_id=lead_id).order_by("-id").values_list("pk", flat=True).first()
    if last is not None:
        return last
    made = Sequence.objects.create(
        lead_id=lead_id,
        cadence_version_id=version_id,
        status=SequenceStatus.ENDED,
        started_at=now,
        ended_at=now,
        disposition=Disposition.NURTURE,
        end_reason="Only nurture messages were written.",
    )
    return made.pk


def _end(sequence_id: int, disposition: str, reason: str, now: datetime) -> None:
    ended = Sequence.objects.filter(pk=sequence_id, status=SequenceStatus.OPEN).update(
        status=SequenceStatus.ENDED, ended_at=now, disposition=disposition, end_reason=reason[:500]
    )
    if not ended:
        raise _OvertakenError
    record(
        action="followups.end_sequence",
        on=Sequence(pk=sequence_id),
        summary="Sequence ended",
        detail={"disposition": disposition},
    )


@transaction.atomic
def note_what_happened(*, now: datetime, lead_ids: Iterable[int] | None = None) -> None:
    """Read from the drafts below what became of attempts, and end deals that were closed elsewhere.

    Three statements, however many there are.

    An attempt whose draft was given up frees its evidence. A sequence whose closing note was sent ends without a
    response (followups.md row 9). Rows that somebody holds are left to the next sweep.
    """
    lead_ids = None if lead_ids is None else list(lead_ids)
    end_closed_deals(now=now, lead_ids=lead_ids)
    of_leads = Q() if lead_ids is None else Q(lead_id__in=list(lead_ids))
    given_up = [DraftStatus.WITHDRAWN, DraftStatus.SUPPRESSED, DraftStatus.CLOSED_OUT]
    Attempt.objects.filter(of_leads, withdrawn_at=None, draft__status__in=given_up).update(withdrawn_at=now)
    closing = (
        Attempt.objects.filter(
            of_leads,
            sequence__status=SequenceStatus.OPEN,
            kind=StepKind.CLOSE_LOOP,
            draft__status=DraftStatus.SENT,
            draft__sent_at__lte=now,
        )
        .order_by("lead_id")
        .select_for_update(of=("lead", "sequence"), skip_locked=True)
        .select_related("lead", "sequence", "draft")
    )
    sentence = "The closing note was sent and nothing came back."
    while some := list(closing[:ENDED_AT_ONCE]):
        for attempt in some:
            _end(attempt.sequence_id, Disposition.NO_RESPONSE.value, sentence, now)
            at = attempt.draft.sent_at or now
            keep_closing(lead_id=attempt.lead_id, disposition=Disposition.NO_RESPONSE.value, reason=sentence, at=at)
            Lead.objects.filter(pk=attempt.lead_id).update(
                disposition=Disposition.NO_RESPONSE,
                outcome=None,
                disposition_at=at,
                disposition_by=None,
                disposition_reason=sentence,
                updated_at=F("updated_at"),
            )
