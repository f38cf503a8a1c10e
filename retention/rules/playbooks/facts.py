"""What the rules of playbooks are told about people, playbooks and the work that can be done. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal

from retention.states import (
    Arm,
    Band,
    EnrolmentEnd,
    EnrolmentStatus,
    PlaybookMode,
    PlaybookTrigger,
    StepAudience,
    StepChannel,
    StepCondition,
    StepOutcome,
    StepPurpose,
    StepReview,
    ValueTier,
    WorkKind,
)


@dataclass(frozen=True, slots=True)
class Reach:
    """Whether one channel may be used for one person, and how they answered on it.

    ``allowed`` is the answer of the code that sends (`outreach.services.may_write_to`), as far as it does not pass by
    itself: quiet hours and caps hold a message back later, they do not close a channel. ``sent`` and ``answered``
    count messages of the last 180 days; an opening, a click or a reply is an answer, machines never are.
    """

    allowed: bool
    why_not: str = ""
    sent: int = 0
    answered: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """One customer at a moment, as far as playbooks go by it. Money is in ``currency``.

    ``uncertain`` reads the score's bits for components that could not be judged. ``payment_failed_at`` is that of the
    latest failure that nothing has made good since. ``activities`` counts all activity so far.
    """

    customer_id: int
    contact_id: int
    external_id: str = ""
    owner_id: int | None = None
    name: str = ""
    plan: str = ""
    tier: str = ""
    total: int = 0
    band: Band = Band.LOW
    reasons: tuple[str, ...] = ()
    value_tier: ValueTier = ValueTier.NONE
    monthly_revenue: Decimal = Decimal(0)
    clv: Decimal = Decimal(0)
    currency: str = ""
    app_user: bool = False
    last_activity_at: datetime | None = None
    payment_failed_at: datetime | None = None
    activities: int = 0
    birthday: date | None = None
    left: bool = False
    suppressed: bool = False
    preferred_channel: str = ""
    reach: Mapping[str, Reach] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One step of a version (`retention.models.PlaybookStep`). Hours count from the start."""

    id: int
    position: int
    name: str
    purpose: StepPurpose
    channel: StepChannel
    earliest: timedelta
    latest: timedelta
    condition: StepCondition = StepCondition.STILL_INACTIVE
    audience: StepAudience = StepAudience.EVERYONE
    review: StepReview = StepReview.WHEN_ASKED
    angle: str = ""
    script: str = ""
    word_limit: int = 0
    pressure: int = 1
    cost: Decimal = Decimal(0)
    incentive: Decimal = Decimal(0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """One version of a playbook (`retention.models.PlaybookVersion`), with its steps in order.

    ``excluded_playbooks`` and ``after_playbooks`` are ids of playbooks. ``room`` is how many customers it may
    still take in as a pilot; None: no limit. ``uplift`` is the known or assumed gain of the goal as a fraction,
    ``measured`` says which of the two. In a staggered rollout everybody begins in one of ``waves`` waves, one every
    ``wave_every`` since ``waves_from`` (None: nobody began yet, so that the first wave is now).
    """

    version_id: int
    playbook_id: int
    name: str
    title: str
    steps: tuple[Step, ...]
    mode: PlaybookMode = PlaybookMode.LIVE
    trigger: PlaybookTrigger = PlaybookTrigger.RISK
    bands: frozenset[Band] = frozenset()
    score_from: int | None = None
    score_to: int | None = None
    reasons_any: frozenset[str] = frozenset()
    reasons_all: frozenset[str] = frozenset()
    plans: frozenset[str] = frozenset()
    tiers: frozenset[str] = frozenset()
    value_tiers: frozenset[ValueTier] = frozenset()
    milestones: tuple[int, ...] = ()
    days_before: int = 0
    excluded_plans: frozenset[str] = frozenset()
    excluded_tiers: frozenset[str] = frozenset()
    excluded_playbooks: frozenset[int] = frozenset()
    after_playbooks: frozenset[int] = frozenset()
    urgent: bool = False
    priority: int = 50
    cooldown: timedelta = timedelta(days=60)
    lasts: timedelta = timedelta(days=30)
    goal: str = ""
    goal_kinds: frozenset[int] = frozenset()
    review_minutes: Decimal = Decimal("1.5")
    call_minutes: Decimal = Decimal(12)
    uplift: Decimal = Decimal("0.02")
    measured: bool = False
    offer_min_clv: Decimal | None = None
    offer_budget: Decimal | None = None
    paused: bool = False
    room: int | None = None
    experiment_id: int | None = None
    salt: str = ""
    holdout_percent: int = 0
    staggered: bool = False
    waves: int = 1
    wave_every: timedelta = timedelta(days=7)
    waves_from: datetime | None = None
    window: timedelta = timedelta(days=30)


@dataclass(frozen=True, slots=True, kw_only=True)
class Past:
    """An earlier or present enrolment of a person in some playbook. ``began`` is whether it was ever let in."""

    playbook_id: int
    status: EnrolmentStatus
    began: bool = True
    arm: str = ""
    priority: int = 50
    ended_at: datetime | None = None
    end: EnrolmentEnd | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """What became of one step, at the moment it reached them as far as it has.

    ``opened`` is whether its message was opened or answered by a person. ``waits`` is whether its message or call is
    still to leave: until then it has reached nobody, and may be taken back.
    """

    step_id: int
    position: int
    outcome: StepOutcome
    at: datetime
    opened: bool = False
    waits: bool = False
    channel: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class UnderWay:
    """An open enrolment: what the rules need to say what comes next.

    ``goal_at`` is the first event of a goal kind after the start; ``active_at`` the first activity after it.
    """

    id: int
    customer_id: int
    status: EnrolmentStatus
    arm: Arm | None
    fitted_at: datetime
    started_at: datetime | None
    expires_at: datetime
    runs: tuple[Run, ...] = ()
    goal_at: datetime | None = None
    active_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Worth:
    """Why somebody goes before another: expected value = risk × value × uplift, and each factor.

    ``risk`` is the score as a fraction, ``value`` the monthly revenue times the months we count (`HORIZON_MONTHS`),
    ``uplift`` the gain of the goal as a fraction, ``known`` whether it was measured.
    """

    risk: Decimal
    value: Decimal
    uplift: Decimal
    known: bool
    expected: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class Demand:
    """Somebody who fits and has not begun. ``minutes`` is the work that one enrolment makes in the promised days."""

    customer_id: int
    playbook_id: int
    band: Band
    priority: int
    worth: Worth
    minutes: Mapping[WorkKind, Decimal]
    fitted_at: datetime
    urgent: bool = False
    holdout: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Supply:
    """What can still be begun now. Minutes are those of the promised days, without head-room and open work.

    ``quota`` is how many contacts a band may still get this week; a band that is missing has no limit. ``room`` is how
    many customers a playbook may still take in as a pilot; one that is missing has no limit. A kind of work that is
    missing in ``minutes`` is one that nobody has time set for. ``whole`` is what the minutes would be with nothing
    open: whoever needs more than that holds up nobody.
    """

    minutes: Mapping[WorkKind, Decimal]
    quota: Mapping[Band, int] = field(default_factory=dict)
    room: Mapping[int, int] = field(default_factory=dict)
    whole: Mapping[WorkKind, Decimal] = field(default_factory=dict)
