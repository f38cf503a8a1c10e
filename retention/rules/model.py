"""A score model as rules: what a version's rows say, ready to be read in Python or written as SQL. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from retention.signals.base import Scale, Signal
from retention.signals.together import Together
from retention.states import Band, Combine, Component, Knob

#: Which knob weighs a component's points.
WEIGHED_BY: Mapping[str, str] = {
    Component.PAYMENT: Knob.PAYMENT_WEIGHT,
    Component.ENGAGEMENT: Knob.ENGAGEMENT_DECAY,
}
_LEAST, _MOST = Decimal("0.5"), Decimal(2)


@dataclass(frozen=True, slots=True)
class Knobs:
    """What operators turn (scoring.md, "Components"), each 0.5 to 2.0."""

    recency_sensitivity: Decimal = Decimal(1)
    payment_weight: Decimal = Decimal(1)
    engagement_decay: Decimal = Decimal(1)


@dataclass(frozen=True, slots=True)
class ComponentRules:
    """The most points a component gives, and how its signals make them."""

    most: int
    combine: str = Combine.WORST.value


@dataclass(frozen=True, slots=True)
class Placed:
    """A signal with the component it belongs to; "" for one that gives a reason only."""

    component: str
    signal: Signal


@dataclass(frozen=True)
class ModelRules:
    """One version of a model. ``signals`` are in the order in which reasons of equal points are named."""

    name: str
    version_id: int
    components: Mapping[str, ComponentRules]
    signals: tuple[Placed, ...]
    knobs: Knobs = Knobs()
    medium_from: int = 40
    high_from: int = 70
    fall_margin: int = 5
    confirm_hours: int = 12
    plans: tuple[str, ...] = ()
    tiers: tuple[str, ...] = ()

    def scale(self, component: str) -> Scale:
        """How this component weighs its signals."""
        if not component:
            return Scale()
        knob = WEIGHED_BY.get(component)
        return Scale(
            most=self.components[component].most,
            weight=getattr(self.knobs, knob) if knob else Decimal(1),
            sensitivity=self.knobs.recency_sensitivity if component == Component.RECENCY else Decimal(1),
        )

    def band_of(self, total: int) -> str:
        """The band that a total falls into, without any guard."""
        if total >= self.high_from:
            return Band.HIGH.value
        return Band.MEDIUM.value if total >= self.medium_from else Band.LOW.value

    def fits(self, plan: str, tier: str) -> bool:
        """Whether a customer with this plan and tier is in the segment. Without plans and tiers everybody is."""
        if not self.plans and not self.tiers:
            return True
        return plan.casefold() in {one.casefold() for one in self.plans} or tier.casefold() in {
            one.casefold() for one in self.tiers
        }

    @property
    def together(self) -> tuple[Together, ...]:
        return tuple(one.signal for one in self.signals if isinstance(one.signal, Together))


def problems(rules: ModelRules) -> list[str]:
    """What keeps a version from being published, each as a sentence that says what to do."""
    found: list[str] = []
    if not 1 <= rules.medium_from < rules.high_from <= 100:
        found.append(
            f"The thresholds cross: medium begins at {rules.medium_from} and high at {rules.high_from}."
            " Medium must begin at 1 or more, below high, and high at 100 at most."
        )
    for knob in Knob:
        value = getattr(rules.knobs, knob)
        if not _LEAST <= value <= _MOST:
            found.append(f"{knob.label} is {value}. It must be from {_LEAST} to {_MOST}.")
    if rules.fall_margin >= rules.medium_from:
        found.append(f"The margin for falling ({rules.fall_margin}) must be smaller than where medium begins.")
    most = sum(one.most for one in rules.components.values())
    if most > 100:
        found.append(f"The components add up to {most} points. Together they may have at most 100.")
    for placed in rules.signals:
        found += placed.signal.problems()
        if not placed.component:
            if placed.signal.most_points:
                found.append(f"{placed.signal.title}: it gives points, so it needs a component.")
            continue
        if placed.component not in rules.components:
            found.append(f"{placed.signal.title}: its component {placed.component} has no maximum. Add one.")
            continue
        if placed.signal.most_points > rules.components[placed.component].most:
            label = Component(placed.component).label
            found.append(
                f"{placed.signal.title} gives up to {placed.signal.most_points} points, but {label} has at most"
                f" {rules.components[placed.component].most}. Lower the points or raise the maximum."
            )
    if not any(placed.component for placed in rules.signals):
        found.append("No signal gives points. Add at least one.")
    return found
