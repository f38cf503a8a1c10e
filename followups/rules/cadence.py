"""What a cadence asks for, and what makes one fit to be used."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal

from followups.rules.segments import Segment
from followups.states import CLOSED_STAGES, ReasonKind, ReviewPolicy, Stage, StepKind, Trigger

#: So often a lead may be put off by a rule and come back.
MOST_RETURNS = 5
PRESSURES = {1: "door open", 2: "light", 3: "direct"}


@dataclass(frozen=True, slots=True)
class Waits:
    """Days of silence before each trigger holds. The field names are the values of `Trigger`."""

    missed_next_step: int = 1
    unanswered_quote: int = 7
    quiet_proposal: int = 7
    stalled_conversation: int = 10
    no_reply: int = 5


@dataclass(frozen=True, slots=True)
class StepRules:
    """One message of a cadence.

    `position` counts from 1 along the cadence, the close-loop step comes last. `reason_kinds` limits the useful
    reasons the step may use; empty means any. `channel` is a wish: without consent there the cadence's order decides.
    `word_limit` is in words, `pressure` from 3 (direct) to 1 (door open).
    """

    position: int
    kind: str
    angle: str
    word_limit: int
    pressure: int
    reason_kinds: tuple[str, ...] = ()
    channel: str | None = None
    review_policy: str = ReviewPolicy.WHEN_ASKED

    @property
    def angle_of_templates(self) -> str:
        """The angle as templates name it. Spaces and underscores mean the same."""
        return self.angle.strip().replace(" ", "_")


@dataclass(frozen=True, slots=True)
class CadenceRules:
    """One published version of a cadence. All spans are whole days; the threshold is an amount of money.

    A maximum of zero means that none was given, and such a cadence is refused by `validate_cadence`. `nurture_…` is the
    rhythm for those who moved to nurture; `recycle_after_days` (0: never) puts a lead off instead of closing it, at
    most `recycle_most` times.
    """

    name: str
    version: int
    channels: tuple[str, ...]
    steps: tuple[StepRules, ...]
    max_attempts: int
    max_days: int
    waits: Waits = field(default_factory=Waits)
    min_gap_days: int = 5
    patience_days: int = 14
    high_value_threshold: Decimal = Decimal(10_000)
    allow_existing_customers: bool = False
    segment: Segment = field(default_factory=Segment)
    nurture_every_days: int = 90
    nurture_most: int = 4
    recycle_after_days: int = 0
    recycle_most: int = 1

    def follow_up(self, number: int) -> StepRules | None:
        """The follow-up step that is the `number`-th message, counted from 1."""
        for step in self.steps:
            if step.position == number and step.kind == StepKind.FOLLOW_UP:
                return step
        return None

    @property
    def close_loop(self) -> StepRules | None:
        for step in self.steps:
            if step.kind == StepKind.CLOSE_LOOP:
                return step
        return None


@dataclass(frozen=True, slots=True)
class Problem:
    """Something that keeps a cadence from being used: the field it is in, and a sentence with the remedy."""

    place: str
    sentence: str


#: The cadence every installation starts with (followups.md, “The shipped cadence”). The steps ask for review only
#: “when asked”, which is every time: the first message, every later one and the close loop each ask on their own.
DEFAULT_CADENCE = CadenceRules(
    name="default",
    version=1,
    channels=("email", "sms"),
    max_attempts=2,
    max_days=45,
    steps=(
        StepRules(1, StepKind.FOLLOW_UP, "remind", word_limit=90, pressure=3),
        StepRules(2, StepKind.FOLLOW_UP, "another_angle", word_limit=60, pressure=2),
        StepRules(3, StepKind.CLOSE_LOOP, "close_loop", word_limit=40, pressure=1),
    ),
)


def validate_cadence(cadence: CadenceRules) -> list[Problem]:
    """Everything that is wrong with a cadence, in reading order; an empty list means it may be published.

    Source: followups.md, “Later is shorter”, and the fields its decision table depends on.
    """
    return [
        *_limit_problems(cadence),
        *_segment_problems(cadence.segment),
        *_later_problems(cadence),
        *_channel_problems(cadence),
        *_step_problems(cadence),
    ]


def _segment_problems(segment: Segment) -> Iterator[Problem]:
    for stage in segment.stages:
        if stage not in Stage.values:
            yield Problem("segment_stages", f"“{stage}” is not a stage. Choose from {', '.join(Stage.values)}.")
        elif stage in CLOSED_STAGES:
            yield Problem("segment_stages", f"Deals that are {stage} are over. Nobody is followed up there.")
    if None not in (segment.value_from, segment.value_below) and not segment.value_from < segment.value_below:  # type: ignore[operator]  # neither is None
        yield Problem("segment_value_below", "This must be more than the value that the segment begins with.")


def _later_problems(cadence: CadenceRules) -> Iterator[Problem]:
    if cadence.nurture_every_days < 1:
        yield Problem("nurture_every_days", "Leave at least 1 day between two nurture messages.")
    elif cadence.nurture_every_days <= cadence.min_gap_days:
        yield Problem(
            "nurture_every_days",
            f"Nurture is slower than following up. Use more than the shortest gap of {cadence.min_gap_days} days.",
        )
    if cadence.recycle_after_days < 0 or cadence.recycle_most < 0 or cadence.nurture_most < 0:
        yield Problem("recycle_after_days", "Days and times cannot be less than 0.")
    if cadence.recycle_after_days and not 1 <= cadence.recycle_most <= MOST_RETURNS:
        yield Problem(
            "recycle_most",
            f"Without a limit a lead would come back for ever. Choose from 1 to {MOST_RETURNS} times.",
        )
    if cadence.recycle_after_days and cadence.recycle_after_days <= cadence.min_gap_days:
        yield Problem(
            "recycle_after_days",
            f"A lead that is put off comes back later than the next message would. Use more than {cadence.min_gap_days}"
            " days, or 0 to close the loop.",
        )


def _limit_problems(cadence: CadenceRules) -> Iterator[Problem]:
    if cadence.max_attempts < 1:
        yield Problem("max_attempts", "Say after how many attempts to stop. It must be 1 or more.")
    if cadence.max_days < 1:
        yield Problem("max_days", "Say after how many days to stop. It must be 1 or more.")
    for trigger in Trigger:
        if getattr(cadence.waits, trigger.value) < 0:
            yield Problem(f"waits.{trigger.value}", "A wait cannot be less than 0 days.")
    if cadence.min_gap_days < 0:
        yield Problem("min_gap_days", "The gap between two messages cannot be less than 0 days.")
    if cadence.patience_days < 0:
        yield Problem("patience_days", "The patience cannot be less than 0 days.")
    if not cadence.high_value_threshold.is_finite() or cadence.high_value_threshold < 0:
        yield Problem("high_value_threshold", "The high-value threshold must be an amount of 0 or more.")


def _channel_problems(cadence: CadenceRules) -> Iterator[Problem]:
    if not cadence.channels:
        yield Problem("channels", "Choose at least one channel.")
    if len(set(cadence.channels)) < len(cadence.channels):
        yield Problem("channels", "Name each channel only once.")


def _step_problems(cadence: CadenceRules) -> Iterator[Problem]:
    steps = sorted(cadence.steps, key=lambda step: step.position)
    follow_ups = [step for step in steps if step.kind == StepKind.FOLLOW_UP]
    close_loops = [step for step in steps if step.kind == StepKind.CLOSE_LOOP]
    if len(follow_ups) != max(cadence.max_attempts, 0):
        yield Problem(
            "steps",
            f"There are {len(follow_ups)} follow-up steps for at most {cadence.max_attempts} attempts. "
            "Make the two numbers equal.",
        )
    if not close_loops:
        yield Problem("steps", "Add a close-loop step at the end.")
    elif len(close_loops) > 1:
        yield Problem("steps", "Keep only one close-loop step.")
    elif steps[-1].kind != StepKind.CLOSE_LOOP:
        yield Problem("steps", "Move the close-loop step to the end.")
    if [step.position for step in steps] != list(range(1, len(steps) + 1)):
        yield Problem("steps", "Number the steps 1, 2, 3 and so on, without gaps.")
    before: StepRules | None = None
    for step in steps:
        yield from _one_step_problems(cadence, step)
        if before is not None and step.word_limit > before.word_limit:
            yield Problem(
                f"steps.{step.position}.word_limit",
                f"A later message must not be longer. Use {before.word_limit} words or fewer.",
            )
        if before is not None and step.pressure > before.pressure:
            yield Problem(
                f"steps.{step.position}.pressure",
                f"A later message must not press harder. Use {before.pressure} or less.",
            )
        before = step


def _one_step_problems(cadence: CadenceRules, step: StepRules) -> Iterator[Problem]:
    place = f"steps.{step.position}"
    if step.kind not in (StepKind.FOLLOW_UP, StepKind.CLOSE_LOOP):
        yield Problem(f"{place}.kind", f"“{step.kind}” is not a kind of step. Use follow_up or close_loop.")
    if step.word_limit < 1:
        yield Problem(f"{place}.word_limit", "The word limit must be 1 or more.")
    if step.pressure not in PRESSURES:
        yield Problem(f"{place}.pressure", "The pressure is 3 (direct), 2 (light) or 1 (door open).")
    for kind in step.reason_kinds:
        if kind not in ReasonKind.values:
            known = ", ".join(ReasonKind.values)
            yield Problem(f"{place}.reason_kinds", f"“{kind}” is not a useful reason. Choose from {known}.")
    if step.channel is not None and step.channel not in cadence.channels:
        yield Problem(f"{place}.channel", f"The cadence does not use “{step.channel}”. Add it there or choose another.")
    if step.review_policy not in ReviewPolicy.values:
        known = ", ".join(ReviewPolicy.values)
        yield Problem(f"{place}.review_policy", f"“{step.review_policy}” is not a review policy. Choose from {known}.")
