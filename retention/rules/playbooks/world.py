"""What is under way before a sweep and what the sweep changes, as values: the same for a live run and for a dry one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from decimal import Decimal
from types import MappingProxyType

from retention.rules.playbooks.facts import Past, Person, Rules, Run, Step, Supply, UnderWay, Worth
from retention.states import Arm, EnrolmentEnd, EnrolmentStatus, StepOutcome, WorkKind

#: What a step becomes when it is carried out.
DONE = frozenset({StepOutcome.DRAFTED, StepOutcome.CALLED, StepOutcome.SHADOWED})
#: Its message or call leaves later, when a person or the clock lets it.
LEAVES_LATER = frozenset({StepOutcome.DRAFTED, StepOutcome.CALLED})
#: Ids of a customer and a playbook. Of these at most one enrolment is open, so it needs no other name.
Place = tuple[int, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Open:
    """An open enrolment, and the version it goes by. ``waits_for`` is what it waits for in words, while it does."""

    rules: Rules
    state: UnderWay
    waits_for: str = ""
    worth: Worth | None = None
    look_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """All that enrolments of the people looked at know by themselves.

    ``open`` holds what is open, ``pasts`` what has ended, by customer. ``wait`` is how long somebody may wait to be let
    in. ``review_within`` and ``call_within`` are the days promised: work that falls due within them counts when
    somebody asks to be let in. ``offers_spent`` is what the offers of this month have cost so far, by playbook.
    """

    open: Mapping[Place, Open] = field(default_factory=dict)
    pasts: Mapping[int, tuple[Past, ...]] = field(default_factory=dict)
    wait: timedelta = timedelta(days=7)
    review_within: timedelta = timedelta(days=1)
    call_within: timedelta = timedelta(days=2)
    offers_spent: Mapping[int, Decimal] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Let:
    """Somebody is let in now: treated, or held out. ``arm`` is None where the version has no experiment that takes
    people in. ``waited`` is whether they waited before.
    """

    rules: Rules
    person: Person
    arm: Arm | None
    wave: int
    fitted_at: datetime
    started_at: datetime
    expires_at: datetime
    worth: Worth
    waited: bool

    @property
    def place(self) -> Place:
        return self.person.customer_id, self.rules.playbook_id


@dataclass(frozen=True, slots=True, kw_only=True)
class Waits:
    """Somebody who fits waits: since now, or for something else than before, or in another version."""

    rules: Rules
    person: Person
    fitted_at: datetime
    expires_at: datetime
    worth: Worth
    waits_for: str
    new: bool

    @property
    def place(self) -> Place:
        return self.person.customer_id, self.rules.playbook_id


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """What becomes of a step now.

    DRAFTED, CALLED and SHADOWED are to be carried out on ``channel``; whoever does so may still find that they cannot,
    and notes the step as left out. ``again`` says that the step had a message or call which is taken back with this.
    """

    place: Place
    step: Step
    outcome: StepOutcome
    at: datetime
    due_at: datetime
    channel: str = ""
    why: str = ""
    again: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Over:
    """An enrolment ends, and why."""

    place: Place
    end: EnrolmentEnd
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Crossed:
    """Somebody held out by an experiment gets something urgent of another playbook, so that they count no more."""

    customer_id: int
    experiment_id: int
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Changes:
    """What one sweep changes, in the order in which it happens: ends, then who is let in or waits, then steps.

    ``looks`` is when to look again, for those for whom that changes. ``refused`` says of everybody else who was looked
    at why no playbook takes them.
    """

    ended: tuple[Over, ...] = ()
    begun: tuple[Let, ...] = ()
    waiting: tuple[Waits, ...] = ()
    taken: tuple[Taken, ...] = ()
    crossed: tuple[Crossed, ...] = ()
    looks: Mapping[Place, datetime | None] = field(default_factory=lambda: MappingProxyType({}))
    refused: Mapping[int, str] = field(default_factory=lambda: MappingProxyType({}))
    minutes: Mapping[WorkKind, Decimal] = field(default_factory=lambda: MappingProxyType({}))

    @property
    def nothing(self) -> bool:
        """Whether nothing changes. To say again why somebody does not fit is no change."""
        return not (self.ended or self.begun or self.waiting or self.taken or self.crossed or self.looks)


def left_of(supply: Supply, changes: Changes) -> Supply:
    """What is left to share out once the changes have come about."""
    minutes, quota, room = dict(supply.minutes), dict(supply.quota), dict(supply.room)
    for kind, used in changes.minutes.items():
        if kind in minutes:
            minutes[kind] -= used
    for let in changes.begun:
        # Both arms are the cohort of a pilot; only who is treated is contacted.
        if let.rules.playbook_id in room:
            room[let.rules.playbook_id] -= 1
        if let.arm != Arm.HOLDOUT and let.person.band in quota:
            quota[let.person.band] -= 1
    return replace(supply, minutes=minutes, quota=quota, room=room)


def after(world: World, changes: Changes, now: datetime) -> World:
    """The world once the changes have come about. Goals, activity and openings that come later are put in by others."""
    still, pasts = dict(world.open), dict(world.pasts)
    offers = dict(world.offers_spent)
    for over in changes.ended:
        gone = still.pop(over.place)
        past = as_past(over.place[1], gone, end=over.end, ended_at=now)
        pasts[over.place[0]] = (*pasts.get(over.place[0], ()), past)
    for let in changes.begun:
        still[let.place] = opened(let)
    for one in changes.waiting:
        still[one.place] = waiting(one)
    for taken in changes.taken:
        still[taken.place] = with_run(still[taken.place], taken)
        if taken.outcome in DONE and taken.step.incentive:
            offers[taken.place[1]] = offers.get(taken.place[1], Decimal(0)) + taken.step.incentive
    for place, look_at in changes.looks.items():
        if place in still:
            still[place] = replace(still[place], look_at=look_at)
    return replace(world, open=still, pasts=pasts, offers_spent=offers)


def opened(let: Let) -> Open:
    """The enrolment of somebody who has just been let in. It is looked at at once, for its first step."""
    held_out = let.arm == Arm.HOLDOUT
    return Open(
        rules=let.rules,
        worth=let.worth,
        look_at=let.expires_at if held_out else let.started_at,
        state=UnderWay(
            id=0,
            customer_id=let.person.customer_id,
            status=EnrolmentStatus.HELD_OUT if held_out else EnrolmentStatus.ACTIVE,
            arm=let.arm,
            fitted_at=let.fitted_at,
            started_at=let.started_at,
            expires_at=let.expires_at,
        ),
    )


def waiting(one: Waits) -> Open:
    """The enrolment of somebody who waits."""
    return Open(
        rules=one.rules,
        worth=one.worth,
        waits_for=one.waits_for,
        look_at=one.expires_at,
        state=UnderWay(
            id=0,
            customer_id=one.person.customer_id,
            status=EnrolmentStatus.WAITING,
            arm=None,
            fitted_at=one.fitted_at,
            started_at=None,
            expires_at=one.expires_at,
        ),
    )


def with_run(one: Open, taken: Taken) -> Open:
    """The enrolment with what has become of a step, in place of what was known of that step before."""
    run = Run(
        step_id=taken.step.id,
        position=taken.step.position,
        outcome=taken.outcome,
        at=taken.at,
        waits=taken.outcome in LEAVES_LATER,
        channel=taken.channel,
    )
    others = (known for known in one.state.runs if known.step_id != taken.step.id)
    runs = tuple(sorted((*others, run), key=lambda known: known.position))
    return replace(one, state=replace(one.state, runs=runs))


def as_past(playbook_id: int, one: Open, *, end: EnrolmentEnd | None = None, ended_at: datetime | None = None) -> Past:
    """An enrolment as others see it: as it stands, or as it ends."""
    return Past(
        playbook_id=playbook_id,
        status=one.state.status if end is None else EnrolmentStatus.ENDED,
        began=one.state.started_at is not None,
        arm=one.state.arm or "",
        priority=one.rules.priority,
        ended_at=ended_at,
        end=end,
    )
