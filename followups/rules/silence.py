"""When a lead fell silent, what counts as an attempt, and which trigger names the case."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from contacts.states import Direction, TouchKind
from followups.rules.cadence import CadenceRules, Waits
from followups.rules.evidence import Evidence, SentAttempt
from followups.states import StepKind, Trigger

_MACHINE_KINDS: frozenset[str] = frozenset({TouchKind.OUT_OF_OFFICE.value, TouchKind.AUTO_REPLY.value})
_ATTEMPT_KINDS: frozenset[str] = frozenset(
    {TouchKind.MESSAGE.value, TouchKind.QUESTION.value, TouchKind.ANSWER.value, TouchKind.CALL.value}
)
_OUT = Direction.OUT.value
_OUT_OF_OFFICE = TouchKind.OUT_OF_OFFICE.value
_QUESTION = TouchKind.QUESTION.value
_ANSWER = TouchKind.ANSWER.value
_QUOTE = TouchKind.QUOTE.value
_PROPOSAL = TouchKind.PROPOSAL.value
_NURTURE = StepKind.NURTURE.value

_FIRST_MOMENT = datetime.min.replace(tzinfo=UTC)
_LAST_MOMENT = datetime.max.replace(tzinfo=UTC)


def moment_of(day: date) -> datetime:
    """The first moment of a day, in UTC."""
    return datetime.combine(day, time.min, UTC)


def days_after(at: datetime, days: int) -> datetime:
    """`days` times 24 hours after a moment, held within the calendar that Python knows."""
    try:
        return at + timedelta(days=days)
    except OverflowError:
        return _LAST_MOMENT if days > 0 else _FIRST_MOMENT


def next_working_day(after: date) -> date:
    """The first Monday-to-Friday day later than `after`. Public holidays are working days here."""
    if after > date.max - timedelta(days=3):
        return date.max
    return after + timedelta(days=(3 if after.weekday() == 4 else 2 if after.weekday() == 5 else 1))


@dataclass(frozen=True, slots=True)
class Offer:
    """A quote or proposal that went out: when, and the touch that says so (none where only its date is known)."""

    at: datetime
    touch_id: int | None


@dataclass(frozen=True, slots=True)
class Question:
    """A question of theirs that nobody answered yet."""

    at: datetime
    touch_id: int
    summary: str


@dataclass(frozen=True, slots=True)
class Silence:
    """What the touches up to one moment amount to; every rule reads these and never the touches again.

    `opening` is the first touch of ours that got no answer. `attempts` are our messages and calls later than
    `counted_from`: the opening, or when the lead came back from being put off. `quotes`, `proposals` and `questions`
    are those still without an answer, newest first. `away_until` is the day their latest out-of-office note names.
    """

    now: datetime
    today: date
    opening: datetime | None
    counted_from: datetime | None
    latest_ours: datetime | None
    latest_theirs: datetime | None
    answers: int
    attempts: int
    last_reason_kind: str
    away_until: date | None
    quotes: tuple[Offer, ...]
    proposals: tuple[Offer, ...]
    questions: tuple[Question, ...]

    @property
    def last_is_ours(self) -> bool:
        """Whether the last word was ours. At equal instants ours counts as the later one."""
        ours = self.latest_ours
        return ours is not None and (self.latest_theirs is None or ours >= self.latest_theirs)


def read_silence(evidence: Evidence, now: datetime) -> Silence:
    """Read the touches of a lead as they stood at `now`; whatever is later is left out.

    Source: followups.md, “Silence” and “Attempts”. Quote and proposal dates and an imported last touch count as
    touches of ours, never as attempts. Attempts are counted by instant: what happened at the very moment of the opening
    belongs to the opening, so an imported last touch and the message it stands for are one.
    """
    now = now.astimezone(UTC)
    today = now.date()
    ours: list[tuple[datetime, bool]] = []
    theirs: list[datetime] = []
    questions: list[Question] = []
    quotes: list[Offer] = []
    proposals: list[Offer] = []
    answered_at = _FIRST_MOMENT
    away: tuple[datetime, date, int] | None = None
    attempts = [attempt for attempt in evidence.attempts if attempt.at <= now] if evidence.attempts else []
    recorded = {attempt.touch_id for attempt in attempts} if attempts else ()
    for touch in evidence.touches:
        at = touch.at
        if at > now:
            continue
        kind = touch.kind
        if touch.direction == _OUT:
            if kind in _MACHINE_KINDS or touch.id in recorded:
                continue
            ours.append((at, kind in _ATTEMPT_KINDS))
            if kind == _QUOTE:
                quotes.append(Offer(at, touch.id))
            elif kind == _PROPOSAL:
                proposals.append(Offer(at, touch.id))
            elif kind == _ANSWER and at > answered_at:
                answered_at = at
        elif kind == _OUT_OF_OFFICE:
            named = (at, touch.returns_on or date.min, touch.id)
            if away is None or named > away:
                away = named
        elif kind not in _MACHINE_KINDS:
            theirs.append(at)
            if kind == _QUESTION:
                questions.append(Question(at, touch.id, touch.summary))
    # A nurture message is a touch of ours, but belongs to a rhythm of its own: it spends no attempt of the cadence.
    ours.extend((attempt.at, attempt.kind != _NURTURE) for attempt in attempts)
    if evidence.quote_sent_on is not None and evidence.quote_sent_on <= today:
        quotes.append(Offer(moment_of(evidence.quote_sent_on), None))
        ours.append((quotes[-1].at, False))
    if evidence.proposal_sent_on is not None and evidence.proposal_sent_on <= today:
        proposals.append(Offer(moment_of(evidence.proposal_sent_on), None))
        ours.append((proposals[-1].at, False))
    if evidence.last_touch_at is not None and evidence.last_touch_at <= now:
        ours.append((evidence.last_touch_at, False))

    latest_theirs = max(theirs, default=None)
    unanswered = [row for row in ours if latest_theirs is None or row[0] >= latest_theirs]
    opening = min((at for at, _ in unanswered), default=None)
    # A lead that was put off has its history, and its attempts anew.
    woken_at = evidence.woken_at if evidence.woken_at is not None and evidence.woken_at <= now else None
    counted_from = opening if opening is None or woken_at is None else max(opening, woken_at)
    return Silence(
        now=now,
        today=today,
        opening=opening,
        counted_from=counted_from,
        latest_ours=max((at for at, _ in ours), default=None),
        latest_theirs=latest_theirs,
        answers=len(theirs),
        attempts=0 if counted_from is None else sum(1 for at, counts in unanswered if counts and at > counted_from),
        last_reason_kind=_last_reason_kind(attempts, counted_from),
        away_until=None if away is None or away[1] == date.min else away[1],
        quotes=_still_open(quotes, latest_theirs),
        proposals=_still_open(proposals, latest_theirs),
        questions=tuple(
            sorted((q for q in questions if q.at > answered_at), key=lambda q: (q.at, q.touch_id), reverse=True)
        ),
    )


def _still_open(offers: list[Offer], latest_theirs: datetime | None) -> tuple[Offer, ...]:
    """The offers they have not written since, newest first. A date without a touch yields to a touch of that moment."""
    if not offers:
        return ()
    waiting = (offer for offer in offers if latest_theirs is None or offer.at >= latest_theirs)
    return tuple(
        sorted(waiting, key=lambda offer: (offer.at, offer.touch_id is not None, offer.touch_id or 0), reverse=True)
    )


def _last_reason_kind(attempts: list[SentAttempt], opening: datetime | None) -> str:
    """The useful reason of our latest attempt in this silence that recorded one."""
    if not attempts or opening is None:
        return ""
    told = [(attempt.at, attempt.reason_kind) for attempt in attempts if attempt.reason_kind and attempt.at > opening]
    return max(told)[1] if told else ""


@dataclass(frozen=True, slots=True)
class Triggered:
    """A trigger that holds: its name, where its wait is counted from, the wait in days, and when it came due."""

    trigger: Trigger
    counted_from: datetime
    wait_days: int
    due_at: datetime


def find_trigger(evidence: Evidence, cadence: CadenceRules, silence: Silence) -> Triggered | None:
    """The first trigger that holds at the silence's moment. A wait of n days is over after exactly n × 24 hours.

    Source: followups.md, “Triggers”.
    """
    for trigger, counted_from, days in _candidates(evidence, cadence.waits, silence):
        due_at = days_after(counted_from, days)
        if due_at <= silence.now:
            return Triggered(trigger, counted_from, days, due_at)
    return None


def trigger_moments(evidence: Evidence, cadence: CadenceRules, silence: Silence) -> list[datetime]:
    """When each trigger came or comes due that can be told at the silence's moment, in the order they are tried."""
    return [days_after(counted_from, days) for _, counted_from, days in _candidates(evidence, cadence.waits, silence)]


def _candidates(evidence: Evidence, waits: Waits, silence: Silence) -> Iterator[tuple[Trigger, datetime, int]]:
    opening = silence.opening
    if evidence.next_step_on is not None and evidence.next_step_on < silence.today:
        yield Trigger.MISSED_NEXT_STEP, opening or moment_of(evidence.next_step_on), waits.missed_next_step
    if silence.quotes:
        yield Trigger.UNANSWERED_QUOTE, silence.quotes[0].at, waits.unanswered_quote
    if silence.proposals:
        yield Trigger.QUIET_PROPOSAL, silence.proposals[0].at, waits.quiet_proposal
    if opening is not None and silence.last_is_ours:
        if silence.answers >= 2:
            yield Trigger.STALLED_CONVERSATION, opening, waits.stalled_conversation
        yield Trigger.NO_REPLY, opening, waits.no_reply
