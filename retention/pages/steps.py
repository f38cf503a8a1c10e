"""The steps of a version as they are read, and what came of each."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal

from retention.models import PlaybookStep, PlaybookVersion
from retention.pages.outcomes import Came
from retention.states import StepAudience, StepChannel, StepCondition, StepReview

DAY = 24


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """One step in words, with what came of it. ``costs`` is that of one, without what people's time costs."""

    step: PlaybookStep
    when: str
    conditions: tuple[str, ...]
    review: str
    costs: str
    came: Came


def steps_of(
    version: PlaybookVersion, steps: Iterable[PlaybookStep], currency: str, came: Mapping[int, Came] | None = None
) -> tuple[Shown, ...]:
    """Every step of a version in its order, with what came of each where that was counted (`came_of`)."""
    return tuple(
        Shown(
            step=step,
            when=when(step.earliest_hours, step.latest_hours),
            conditions=tuple(_conditions(step)),
            review=_review(step),
            costs=_costs(step, version, currency),
            came=(came or {}).get(step.pk, Came()),
        )
        for step in steps
    )


def when(earliest: int, latest: int) -> str:
    """The window of a step, in hours after the start, as people say it: “Day 3, within a day”."""
    end = f"by hour {latest}" if latest < 2 * DAY else f"by day {_number(latest)}"
    if not earliest:
        return f"At once, {end}"
    start = f"after {earliest} hours" if earliest < 2 * DAY else f"from day {_number(earliest)}"
    return f"{start[:1].upper()}{start[1:]}, {end}"


def _number(hours: int) -> str:
    days = Decimal(hours) / DAY
    return f"{days.quantize(Decimal('0.1')).normalize():f}"


def _conditions(step: PlaybookStep) -> Iterable[str]:
    if step.condition != StepCondition.ALWAYS:
        yield f"Only if: {step.get_condition_display().lower()}"
    if step.audience != StepAudience.EVERYONE:
        yield f"Only for: {step.get_audience_display().lower()}"


def _review(step: PlaybookStep) -> str:
    return "" if step.channel == StepChannel.CALL else StepReview(step.review).label


def _costs(step: PlaybookStep, version: PlaybookVersion, currency: str) -> str:
    """What one of it costs. People's minutes come on top, and are said as minutes."""
    parts = []
    if step.cost:
        parts.append(f"{_amount(step.cost)} {currency}".strip())
    if step.incentive:
        parts.append(f"an offer of {_amount(step.incentive)} {currency}".strip())
    if step.channel == StepChannel.CALL:
        parts.append(f"{_plain(version.call_minutes)} minutes of calling")
    elif step.review != StepReview.NEVER:
        parts.append(f"{_plain(version.review_minutes)} minutes where somebody reads it")
    return ", ".join(parts) or "Nothing"


def _amount(value: Decimal) -> str:
    return f"{value:.3f}" if value != value.quantize(Decimal("0.01")) else f"{value:.2f}"


def _plain(value: Decimal) -> str:
    return f"{value.normalize():f}"
