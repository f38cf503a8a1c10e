"""People, steps and versions for tests of the rules, each with what a test does not care about filled in."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from contacts.states import Channel
from retention.rules.playbooks.advance import advance
from retention.rules.playbooks.facts import Person, Reach, Rules, Run, Step, Supply, UnderWay
from retention.rules.playbooks.world import Changes, World, after, left_of
from retention.states import (
    Arm,
    Band,
    EnrolmentStatus,
    StepChannel,
    StepOutcome,
    StepPurpose,
    StepReview,
    ValueTier,
    WorkKind,
)

NOW = datetime(2026, 5, 5, 9, tzinfo=UTC)
ALL_OPEN = {channel.value: Reach(allowed=True) for channel in Channel}
PLENTY = Supply(minutes={WorkKind.REVIEW: Decimal(10_000), WorkKind.CALL: Decimal(10_000)})


def hours(number: float) -> timedelta:
    return timedelta(hours=number)


def person(customer_id: int = 1, **more: Any) -> Person:
    values: dict[str, Any] = {
        "contact_id": customer_id + 1000,
        "total": 72,
        "band": Band.HIGH,
        "reasons": ("quiet_30d",),
        "value_tier": ValueTier.MIDDLE,
        "monthly_revenue": Decimal(50),
        "reach": ALL_OPEN,
    }
    return Person(customer_id=customer_id, **values | more)


def step(position: int = 1, earliest: float = 0, latest: float = 8, **more: Any) -> Step:
    values: dict[str, Any] = {
        "id": more.pop("id", position),
        "name": f"Step {position}",
        "purpose": StepPurpose.NUDGE,
        "channel": StepChannel.SMS,
        "review": StepReview.NEVER,
    }
    return Step(position=position, earliest=hours(earliest), latest=hours(latest), **values | more)


def version(playbook_id: int = 1, *steps: Step, **more: Any) -> Rules:
    values: dict[str, Any] = {
        "version_id": playbook_id * 10,
        "name": f"playbook-{playbook_id}-v1",
        "title": f"Playbook {playbook_id}",
        "steps": steps or (step(id=playbook_id * 100),),
    }
    return Rules(playbook_id=playbook_id, **values | more)


def run(position: int, at: datetime, **more: Any) -> Run:
    values: dict[str, Any] = {"outcome": StepOutcome.SHADOWED, "channel": "sms", "step_id": position}
    return Run(position=position, at=at, **values | more)


def under_way(*runs: Run, **more: Any) -> UnderWay:
    values: dict[str, Any] = {
        "id": 1,
        "customer_id": 1,
        "status": EnrolmentStatus.ACTIVE,
        "arm": Arm.TREATED,
        "fitted_at": NOW,
        "started_at": NOW,
        "expires_at": NOW + timedelta(days=30),
    }
    return UnderWay(runs=runs, **values | more)


def swept(
    world: World, people: list[Person], versions: list[Rules], supply: Supply = PLENTY, now: datetime = NOW
) -> tuple[Changes, World, Supply]:
    """One sweep, and what it leads to."""
    changes = advance(world, {one.customer_id: one for one in people}, versions, supply, now)
    return changes, after(world, changes, now), left_of(supply, changes)
