"""The sweep: every lead looked at, decided on, and what follows from it written down."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable, Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from django.db import IntegrityError, connection, transaction
from django.db.models import F, Q

from contacts.models import Contact
from followups.evidence import BATCH, Gathered, Shelf, gather_batch, leads_to_look_at, no_looking_for_cycles
from followups.models import Attempt, CadenceVersion, Lead, Sequence
from followups.models import Decision as DecisionRow
from followups.rules import (
    CadenceRules,
    Decision,
    Evidence,
    csv_row,
    decide,
    explain,
    from_json,
    step_rules,
    to_json,
    with_findings,
)
from followups.services.answers import take_up_answers
from followups.services.cadences import DEFAULT, published_version, rules_of
from followups.services.plan import Plan, answer_of, digest_of, kind_of, make_plan
from followups.services.requests import Background, Piece, draft_request, shown_evidence
from followups.states import Disposition, ReviewPolicy, SequenceStatus, StepKind
from outreach import services as outreach
from outreach.rules import DraftRequest, WrittenText
from outreach.services.writing import TemplateLibrary
from outreach.states import DraftStatus, Severity
from staff.services import record

#: Where a stored decision keeps the ids of the gates that asked for a review: the text they read is not evidence.
_GATES = "gates"


@dataclass(frozen=True, slots=True)
class Swept:
    """What came out for one lead. `decision` carries the review reasons with the gates' findings in them."""

    lead_id: int
    external_id: str
    decision: Decision
    evidence: Evidence
    changed: bool

    @property
    def explanation(self) -> str:
        """Why, in one or two sentences."""
        return explain(self.decision, self.evidence)

    def as_csv(self) -> dict[str, str]:
        """The row of `check_silence` (followups.md, “Output”)."""
        return csv_row(self.external_id, self.decision)


@dataclass(frozen=True, slots=True)
class _Cadence:
    version_id: int
    rules: CadenceRules
    templates: dict[int, str]


@dataclass(frozen=True, slots=True)
class _Decided:
    lead: Gathered
    cadence: _Cadence
    decision: Decision
    gates: tuple[str, ...]
    request: DraftRequest | None
    written: WrittenText | None


def sweep(
    *,
    now: datetime,
    dry_run: bool = False,
    lead_ids: Iterable[int] | None = None,
    cadence: str = DEFAULT,
    progress: Callable[[int, int], None] | None = None,
    batch: int = BATCH,
) -> Generator[Swept]:
    """Look at every open lead, decide, and write down what follows; one row each, in the byte order of external ids.

    A lead is decided by the cadence version its open sequence began with, any other by the published version of
    `cadence`. A dry run reads in read-only transactions and gives the same rows. Otherwise every lead that changes does
    so in a transaction of its own: stopping half-way leaves what was decided whole, and a second sweep changes nothing.
    A lead that somebody else changes at that moment is left to the next sweep. `progress` is told (done, total).

    Refuses when the cadence has no published version.
    """
    published = published_version(cadence)
    if not dry_run:
        take_up_answers(now=now)
        note_what_happened(now=now, lead_ids=lead_ids)
    ids = leads_to_look_at(lead_ids)
    known = _Cadences(published)
    library, shelf = outreach.library(), Shelf(now)
    done = 0
    if progress is not None:
        progress(0, len(ids))
    for start in range(0, len(ids), batch):
        with _read_only() if dry_run else nullcontext():
            decided = _decide_batch(gather_batch(ids[start : start + batch], now, shelf), known, library, shelf, now)
        for one in decided:
            changed = not dry_run and _apply(one, now)
            done += 1
            yield Swept(one.lead.facts.id, one.lead.facts.external_id, one.decision, one.lead.evidence, changed)
            if progress is not None and (done % 100 == 0 or done == len(ids)):
                progress(done, len(ids))


@contextmanager
def _read_only() -> Iterator[None]:
    """A transaction in which PostgreSQL itself refuses every write."""
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SET TRANSACTION READ ONLY")
        yield


class _Cadences:
    """Cadence versions as rules, each read once."""

    def __init__(self, published: CadenceVersion) -> None:
        self._published = published.pk
        self._known: dict[int, _Cadence] = {}

    def read(self, version_ids: Iterable[int | None]) -> None:
        missing = {self._published if one is None else one for one in version_ids} - self._known.keys()
        if not missing:
            return
        versions = CadenceVersion.objects.filter(pk__in=missing).select_related("cadence")
        for version in versions.prefetch_related("steps__template"):
            templates = {step.position: step.template.key for step in version.steps.all() if step.template is not None}
            self._known[version.pk] = _Cadence(version.pk, rules_of(version), templates)

    def of(self, version_id: int | None) -> _Cadence:
        return self._known[self._published if version_id is None else version_id]


@no_looking_for_cycles()
def _decide_batch(
    batch: list[Gathered], known: _Cadences, library: TemplateLibrary, shelf: Shelf, now: datetime
) -> list[_Decided]:
    known.read({lead.facts.version_id for lead in batch})
    answers = []
    for lead in batch:
        cadence = known.of(lead.facts.version_id)
        answers.append((lead, cadence, decide(lead.evidence, cadence.rules, now)))
    drafted = {lead.facts.contact_id for lead, _, decision in answers if decision.drafts}
    background = Background.read(drafted, shelf.links)
    return [
        _write(lead, cadence, decision, background, library, now)
        if decision.drafts and decision.channel is not None
        else _Decided(lead, cadence, decision, (), None, None)
        for lead, cadence, decision in answers
    ]


def _write(
    lead: Gathered,
    cadence: _Cadence,
    decision: Decision,
    background: Background,
    library: TemplateLibrary,
    now: datetime,
) -> _Decided:
    """The text the decision asks for and what the gates say about it. Nothing is stored."""
    step = step_rules(decision, cadence.rules)
    template = cadence.templates.get(step.position, "") if step is not None else ""
    request = draft_request(lead, decision, cadence.rules, background, template, now)
    written = outreach.write(library=library, request=request)
    policy = step.review_policy if step is not None else ReviewPolicy.WHEN_ASKED.value
    gates = tuple(written.asks_review)
    reasons = with_findings(decision, gates, policy)
    if reasons != decision.review_reasons:
        decision = replace(decision, review_reasons=reasons)
    return _Decided(lead, cadence, decision, gates, request, written)


def _apply(one: _Decided, now: datetime) -> bool:
    """Write down what follows from one decision. True when something changed."""
    facts = one.lead.facts
    evidence = {**to_json(one.lead.evidence), _GATES: list(one.gates)}
    answer = answer_of(one.decision, one.decision.review_reasons)
    digest = digest_of(evidence, answer, one.cadence.version_id)
    plan = make_plan(one.lead, one.decision, one.cadence.rules, digest, now)
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


def _carry_out(one: _Decided, plan: Plan, answer: dict[str, Any], now: datetime) -> None:
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
        Lead.objects.filter(pk=facts.id).update(
            disposition=plan.disposition,
            disposition_at=now if plan.disposition else None,
            disposition_by=None,
            disposition_reason=explanation[:500] if plan.disposition else "",
        )
    if plan.position is not None and one.request is not None and one.written is not None:
        _draft(one, sequence_id, decision_id, plan.position, now)


def _draft(one: _Decided, sequence_id: int | None, decision_id: int, position: int, now: datetime) -> None:
    if one.request is None or one.written is None:
        raise AssertionError("a draft needs a written text")
    lead_id, decision = one.lead.facts.id, one.decision
    if sequence_id is None:
        sequence = Sequence.objects.create(lead_id=lead_id, cadence_version_id=one.cadence.version_id, started_at=now)
        record(action="followups.begin_sequence", on=sequence, summary="Sequence begun", detail={"lead": lead_id})
        sequence_id = sequence.pk
    request = replace(one.request, review_reasons=decision.review_reasons)
    draft = outreach.store_draft(request=request, written=one.written, now=now)
    Attempt.objects.create(
        sequence_id=sequence_id,
        lead_id=lead_id,
        decision_id=decision_id,
        draft=draft,
        kind=kind_of(decision),
        position=position,
        reason_kind=decision.useful_reason.kind.value if decision.useful_reason is not None else "",
        evidence_key=decision.useful_reason.key if decision.useful_reason is not None else "",
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
    """Read from the drafts below what became of attempts: two statements, however many there are.

    An attempt whose draft was given up frees its evidence. A sequence whose closing note was sent ends without a
    response (followups.md row 9). Rows that somebody holds are left to the next sweep.
    """
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
    for attempt in closing:
        sentence = "The closing note was sent and nothing came back."
        _end(attempt.sequence_id, Disposition.NO_RESPONSE.value, sentence, now)
        Lead.objects.filter(pk=attempt.lead_id).update(
            disposition=Disposition.NO_RESPONSE,
            disposition_at=attempt.draft.sent_at or now,
            disposition_by=None,
            disposition_reason=sentence,
            updated_at=F("updated_at"),
        )


@dataclass(frozen=True, slots=True)
class Considered:
    """What would be decided about one lead now, with all that is known about it, for a person to read."""

    decision: Decision
    explanation: str
    shown: list[Piece]


def consider(*, lead: Lead, now: datetime) -> Considered:
    """Decide about one lead and write nothing. Unlike a sweep it answers for closed leads too."""
    known, shelf = _Cadences(published_version()), Shelf(now)
    with _read_only():
        one = _decide_batch(gather_batch([lead.pk], now, shelf), known, outreach.library(), shelf, now)[0]
        background = Background.read([one.lead.facts.contact_id], shelf.links)
    return Considered(
        one.decision,
        explain(one.decision, one.lead.evidence),
        shown_evidence(one.lead, one.decision, one.cadence.rules, background),
    )


def replay(stored: DecisionRow) -> Decision:
    """Decide again from the stored evidence, by the same cadence version, for the same moment.

    The gates' findings are taken from the row: they are about a text, not about the lead. The answer must equal the
    stored one for ever; `answer_of` gives it in the same words.
    """
    evidence = dict(stored.evidence)
    gates = tuple(evidence.pop(_GATES))
    rules = rules_of(stored.cadence_version)
    decision = decide(from_json(evidence), rules, stored.decided_at)
    step = step_rules(decision, rules)
    policy = step.review_policy if step is not None else ReviewPolicy.WHEN_ASKED.value
    if decision.drafts and decision.channel is not None:
        return replace(decision, review_reasons=with_findings(decision, gates, policy))
    return decision
