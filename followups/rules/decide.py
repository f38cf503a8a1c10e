"""The decision table of a quiet lead: eleven rows, the first that holds decides (followups.md)."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime

from contacts.states import Consent, SuppressionReason
from followups.rules.cadence import CadenceRules, StepRules
from followups.rules.evidence import ChannelState, Evidence
from followups.rules.reasons import UsefulReason, find_reason
from followups.rules.review import merge_review_reasons, reasons_from_evidence
from followups.rules.silence import (
    Silence,
    Triggered,
    days_after,
    find_trigger,
    moment_of,
    next_working_day,
    read_silence,
)
from followups.states import DecisionKind, DecisionReason, ReviewPolicy, Stage, StepKind, Trigger

#: Suppressions that stop a lead, in the order in which they are named. A hard bounce is a matter of row 3.
_STOPPING = tuple(reason.value for reason in SuppressionReason if reason is not SuppressionReason.HARD_BOUNCE)
_HARD_BOUNCE = SuppressionReason.HARD_BOUNCE.value
_YES = Consent.YES.value
#: The ruling that this customer may be followed up like anybody else.
CUSTOMER_KEY = "existing_customer"

#: Decisions that lead to a draft.
DRAFTING: frozenset[str] = frozenset(
    {DecisionKind.CONTINUE.value, DecisionKind.CHANGE_ANGLE.value, DecisionKind.CLOSE_OUT.value}
)


@dataclass(frozen=True, slots=True)
class Decision:
    """What happens to a lead, and everything needed to say why.

    `rule` is the row of the decision table, 1 to 11. `trigger` is filled whenever one holds, whatever was decided.
    `step` is the number of the next message, `close_loop`, or empty; `channel` where that message would go. `due_at` is
    stable from sweep to sweep while the evidence is. `opened_at` is when the silence opened. `review_reasons` are those
    known before anything is written; `with_findings` adds what the gates find.
    """

    kind: DecisionKind
    rule: int
    trigger: Trigger | None
    reasons: tuple[str, ...]
    useful_reason: UsefulReason | None
    attempts: int
    step: str
    channel: str | None
    due_at: datetime | None
    review_reasons: tuple[str, ...]
    opened_at: datetime | None

    @property
    def drafts(self) -> bool:
        """Whether a message is to be written."""
        return self.kind.value in DRAFTING

    @property
    def needs_review(self) -> bool:
        return bool(self.review_reasons)


@dataclass(frozen=True, slots=True)
class _Channels:
    """The cadence's channels for this contact, each list in the order of the cadence."""

    suppression_counts_on: list[ChannelState]
    reachable: list[ChannelState]
    usable: list[ChannelState]
    consented: list[ChannelState]


@dataclass(frozen=True, slots=True)
class _Case:
    evidence: Evidence
    cadence: CadenceRules
    silence: Silence
    triggered: Triggered | None
    channels: _Channels


@dataclass(frozen=True, slots=True)
class _Outcome:
    kind: DecisionKind
    reasons: tuple[DecisionReason, ...]
    due_at: datetime | None = None
    useful_reason: UsefulReason | None = None


def decide(evidence: Evidence, cadence: CadenceRules, now: datetime) -> Decision:
    """What happens to a lead at `now`, by the first row of the decision table that holds.

    Pure and total: any evidence and any cadence give a decision, the same one each time. `now` must be aware; touches,
    dates and events later than it are ignored, suppressions and consents count whenever they were given.

    Raises ValueError when `now` has no time zone.
    """
    if now.tzinfo is None:
        raise ValueError("The moment to decide at needs a time zone.")
    silence = read_silence(evidence, now)
    triggered = find_trigger(evidence, cadence, silence)
    case = _Case(evidence, cadence, silence, triggered, _read_channels(evidence, cadence))
    for number, row in enumerate(_ROWS, start=1):
        outcome = row(case)
        if outcome is not None:
            return _finish(case, number, outcome)
    useful = _useful_reason(case)
    if useful is None:
        return _finish(case, 10, _nothing_to_say(case, triggered))
    return _finish(case, 11, _go_on(case, useful))


def with_findings(decision: Decision, gate_ids: tuple[str, ...], policy: str) -> tuple[str, ...]:
    """The review reasons once the draft is written and the gates have read it.

    `gate_ids` are the gates with a finding that asks for review; `policy` is the review policy of the step. Empty for
    a decision that drafts nothing.
    """
    return merge_review_reasons(decision.review_reasons, gate_ids, policy) if decision.drafts else ()


def step_rules(decision: Decision, cadence: CadenceRules) -> StepRules | None:
    """The step of the cadence that a drafting decision asks to be written."""
    if decision.kind is DecisionKind.CLOSE_OUT:
        return cadence.close_loop
    return cadence.follow_up(decision.attempts + 1) if decision.drafts else None


def _read_channels(evidence: Evidence, cadence: CadenceRules) -> _Channels:
    known = {state.channel: state for state in evidence.channels}
    ours = [known.get(channel) or ChannelState(channel) for channel in cadence.channels]
    addressed = [state for state in ours if state.has_address]
    reachable = [state for state in addressed if not state.hard_bounced and _HARD_BOUNCE not in state.suppressed_by]
    usable = [state for state in reachable if not state.suppressed_by]
    consented = [state for state in usable if state.consent == _YES]
    return _Channels(reachable or addressed or ours, reachable, usable, consented)


def open_channels(evidence: Evidence, cadence: CadenceRules) -> list[str]:
    """The channels on which they can be reached, agreed to hear from us and are not stopped, in the cadence's order."""
    return [state.channel for state in _read_channels(evidence, cadence).consented]


def _suppressed(case: _Case) -> _Outcome | None:
    """Row 1: stopped on every channel that could be used."""
    candidates = case.channels.suppression_counts_on
    found: set[str] = set()
    for state in candidates:
        if not state.suppressed_by:
            return None
        stopping = [reason for reason in state.suppressed_by if reason in _STOPPING]
        if not stopping:
            return None
        found.update(stopping)
    if not found:
        return None
    first = next(reason for reason in _STOPPING if reason in found)
    return _Outcome(DecisionKind.STOP, (DecisionReason(first),))


def _closed(case: _Case) -> _Outcome | None:
    """Row 2: the deal is over."""
    evidence = case.evidence
    if evidence.stage == Stage.WON:
        return _Outcome(DecisionKind.STOP, (DecisionReason.WON,))
    if evidence.stage == Stage.LOST:
        return _Outcome(DecisionKind.STOP, (DecisionReason.LOST,))
    if evidence.expires_on is not None and evidence.expires_on < case.silence.today:
        return _Outcome(DecisionKind.STOP, (DecisionReason.EXPIRED,))
    return None


def _unreachable(case: _Case) -> _Outcome | None:
    """Row 3: no address of theirs works on any channel of the cadence."""
    return None if case.channels.reachable else _Outcome(DecisionKind.STOP, (DecisionReason.UNREACHABLE,))


def _away(case: _Case) -> _Outcome | None:
    """Row 4: their latest out-of-office note names a day still ahead."""
    back = case.silence.away_until
    if back is None or back <= case.silence.today:
        return None
    return _Outcome(DecisionKind.WAIT, (DecisionReason.OUT_OF_OFFICE,), moment_of(next_working_day(back)))


def _replied(case: _Case) -> _Outcome | None:
    """Row 5: the last word was theirs."""
    if case.silence.latest_theirs is None or case.silence.last_is_ours:
        return None
    return _Outcome(DecisionKind.STAND_DOWN, (DecisionReason.REPLIED,))


def is_anything_planned(evidence: Evidence, today: date) -> bool:
    """Whether a meeting, call, task or reminder is ahead or is today, or a task without a day is open.

    One whose day has passed says nothing any more: then normal follow-up has failed as well.
    """
    return any(one.at is None or one.at.astimezone(UTC).date() >= today for one in evidence.planned)


def _not_silent(case: _Case) -> _Outcome | None:
    """Row 6: nothing says that they are quiet, or something is agreed for today or later."""
    next_step_on = case.evidence.next_step_on
    ahead = next_step_on is not None and next_step_on >= case.silence.today
    if case.triggered is None or ahead or is_anything_planned(case.evidence, case.silence.today):
        return _Outcome(DecisionKind.STAND_DOWN, (DecisionReason.NOT_SILENT,))
    return None


def _intake(case: _Case) -> _Outcome | None:
    """Row 7: a person has to clear something up first."""
    evidence = case.evidence
    found: list[DecisionReason] = []
    if not case.channels.consented:
        found.append(DecisionReason.CONSENT_UNCLEAR)
    if any(f"duplicate:{other}" not in evidence.settled for other in evidence.duplicate_of):
        found.append(DecisionReason.DUPLICATE)
    if _differ(evidence.territory, evidence.account_territory) and territory_key(evidence) not in evidence.settled:
        found.append(DecisionReason.TERRITORY_CONFLICT)
    owner, account_owner = evidence.owner_id, evidence.account_owner_id
    differ = owner is not None and account_owner is not None and owner != account_owner
    if differ and owner_key(evidence) not in evidence.settled:
        found.append(DecisionReason.OWNER_CONFLICT)
    may_be_customer = case.cadence.allow_existing_customers or CUSTOMER_KEY in evidence.settled
    if evidence.existing_customer and not may_be_customer:
        found.append(DecisionReason.EXISTING_CUSTOMER)
    if owner is None:
        found.append(DecisionReason.UNOWNED)
    return _Outcome(DecisionKind.INTAKE, tuple(found)) if found else None


def owner_key(evidence: Evidence) -> str:
    """Names exactly this conflict of owners, for a ruling on it."""
    return f"owner_conflict:{evidence.owner_id}:{evidence.account_owner_id}"


def territory_key(evidence: Evidence) -> str:
    """Names exactly this conflict of territories, for a ruling on it."""
    ours, theirs = evidence.territory.strip().casefold(), evidence.account_territory.strip().casefold()
    return f"territory_conflict:{ours}:{theirs}"


def _held(case: _Case) -> _Outcome | None:
    """Row 8: the owner paused it, or our last touch is too fresh."""
    evidence, silence = case.evidence, case.silence
    if evidence.paused_until is not None:
        if evidence.paused_until > silence.now:
            return _Outcome(DecisionKind.WAIT, (DecisionReason.PAUSED,), evidence.paused_until)
    elif evidence.paused:
        return _Outcome(DecisionKind.WAIT, (DecisionReason.PAUSED,))
    if silence.latest_ours is not None:
        free_at = days_after(silence.latest_ours, case.cadence.min_gap_days)
        if free_at > silence.now:
            return _Outcome(DecisionKind.WAIT, (DecisionReason.TOO_SOON,), free_at)
    return None


def _spent(case: _Case) -> _Outcome | None:
    """Row 9: enough attempts, or quiet for longer than the cadence lasts."""
    evidence, cadence, silence = case.evidence, case.cadence, case.silence
    if silence.attempts >= cadence.max_attempts:
        reason, closing_at = DecisionReason.ATTEMPTS_SPENT, _writable_at(case)
    elif silence.counted_from is not None and days_after(silence.counted_from, cadence.max_days) < silence.now:
        reason, closing_at = DecisionReason.SEQUENCE_EXPIRED, days_after(silence.counted_from, cadence.max_days)
    else:
        return None
    if evidence.future_fit:
        return _Outcome(DecisionKind.NURTURE, (reason,))
    if evidence.recycle_on is not None:
        return _Outcome(DecisionKind.RECYCLE, (reason,), moment_of(evidence.recycle_on))
    if cadence.recycle_after_days and evidence.recycled < cadence.recycle_most and closing_at is not None:
        return _Outcome(DecisionKind.RECYCLE, (reason,), days_after(closing_at, cadence.recycle_after_days))
    return _Outcome(DecisionKind.CLOSE_OUT, (reason,), closing_at)


def _nothing_to_say(case: _Case, triggered: Triggered | None) -> _Outcome:
    """Row 10: no useful reason is left; time alone is none."""
    reasons = (DecisionReason.NO_USEFUL_REASON,)
    if case.evidence.future_fit:
        return _Outcome(DecisionKind.NURTURE, reasons)
    if triggered is None:
        raise AssertionError("row 6 holds without a trigger")
    counted_from = case.silence.latest_ours or triggered.counted_from
    patient_until = days_after(counted_from, triggered.wait_days + case.cadence.patience_days)
    kind = DecisionKind.CLOSE_OUT if patient_until < case.silence.now else DecisionKind.WAIT
    return _Outcome(kind, reasons, patient_until)


def _go_on(case: _Case, useful: UsefulReason) -> _Outcome:
    """Row 11: there is something to say."""
    same = case.silence.last_reason_kind == useful.kind
    kind = DecisionKind.CHANGE_ANGLE if same else DecisionKind.CONTINUE
    return _Outcome(kind, (), _writable_at(case), useful)


#: Rows 1 to 9, in order. Rows 10 and 11 are what is left: without and with something to say.
_ROWS: tuple[Callable[[_Case], _Outcome | None], ...] = (
    _suppressed,
    _closed,
    _unreachable,
    _away,
    _replied,
    _not_silent,
    _intake,
    _held,
    _spent,
)


def _useful_reason(case: _Case) -> UsefulReason | None:
    step = case.cadence.follow_up(case.silence.attempts + 1)
    return find_reason(case.evidence, case.silence, () if step is None else step.reason_kinds)


def _differ(ours: str, theirs: str) -> bool:
    """Whether two names are both given and not the same but for case and space around them."""
    ours, theirs = ours.strip().casefold(), theirs.strip().casefold()
    return bool(ours and theirs and ours != theirs)


def _writable_at(case: _Case) -> datetime | None:
    """When a message became possible: the trigger was due and the gap since our latest touch was over."""
    moments = [] if case.triggered is None else [case.triggered.due_at]
    if case.silence.latest_ours is not None:
        moments.append(days_after(case.silence.latest_ours, case.cadence.min_gap_days))
    return max(moments, default=None)


def _finish(case: _Case, number: int, outcome: _Outcome) -> Decision:
    evidence, cadence, silence = case.evidence, case.cadence, case.silence
    kind = outcome.kind
    step_text = ""
    channel: str | None = None
    review: tuple[str, ...] = ()
    if kind.value in DRAFTING:
        closing = kind is DecisionKind.CLOSE_OUT
        step = cadence.close_loop if closing else cadence.follow_up(silence.attempts + 1)
        step_text = StepKind.CLOSE_LOOP.value if closing else str(silence.attempts + 1)
        channel = _channel(case, step)
        policy = ReviewPolicy.WHEN_ASKED.value if step is None else step.review_policy
        review = reasons_from_evidence(evidence, cadence, attempts=silence.attempts, closing=closing, policy=policy)
    useful = outcome.useful_reason
    return Decision(
        kind=kind,
        rule=number,
        trigger=None if case.triggered is None else case.triggered.trigger,
        reasons=(useful.kind.value,) if useful is not None else tuple(reason.value for reason in outcome.reasons),
        useful_reason=useful,
        attempts=silence.attempts,
        step=step_text,
        channel=channel,
        due_at=None if outcome.due_at is None else outcome.due_at.astimezone(UTC),
        review_reasons=review,
        opened_at=None if silence.opening is None else silence.opening.astimezone(UTC),
    )


def _channel(case: _Case, step: StepRules | None) -> str | None:
    """The step's own channel where they agreed to it, else the first of the cadence where they did."""
    consented = [state.channel for state in case.channels.consented]
    if step is not None and step.channel in consented:
        return step.channel
    return consented[0] if consented else None
