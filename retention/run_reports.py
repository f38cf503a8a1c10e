"""What the page of a dry run, and of what really happened, shows of a report."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from django.contrib.auth.models import AnonymousUser

from retention.models import Customer
from retention.rules.playbooks.report import CARRIED_OUT, OUTCOMES, RunReport
from retention.states import Arm, EnrolmentEnd, StepChannel, WorkKind
from staff.models import User


@dataclass(frozen=True, slots=True)
class StepShown:
    """One step over all days: how often each thing became of it, and by which channels it went."""

    position: int
    name: str
    outcomes: tuple[tuple[str, int], ...]
    channels: str


@dataclass(frozen=True, slots=True)
class DayShown:
    """One day: steps done, minutes of work and cost."""

    on: date
    done: int
    reading: Decimal
    calling: Decimal
    cost: Decimal


@dataclass(frozen=True, slots=True)
class PersonShown:
    """What became of one customer. ``customer`` is None where whoever looks may not see them."""

    customer: Customer | None
    fitted_at: datetime
    started_at: datetime | None
    arm: str
    end: str
    steps: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ReportShown:
    """A report as tables. ``outcomes`` are the heads of the columns, which each of `StepShown.outcomes` repeats."""

    report: RunReport
    waiting: int
    outcomes: tuple[str, ...]
    steps: tuple[StepShown, ...]
    days: tuple[DayShown, ...]
    ends: tuple[tuple[str, int], ...]
    waits: tuple[tuple[str, int], ...]
    people: tuple[PersonShown, ...]
    reading: Decimal
    calling: Decimal


def shown(report: RunReport, user: User | AnonymousUser) -> ReportShown:
    """The tables of a report, with the names of those that this person may see. One query."""
    return ReportShown(
        report=report,
        waiting=sum(report.waiting.values()),
        outcomes=tuple(OUTCOMES.values()),
        steps=_steps(report),
        days=_days(report),
        ends=tuple((EnrolmentEnd(end).label, count) for end, count in report.ends.items()),
        waits=tuple(report.waiting.items()),
        people=_people(report, user),
        reading=report.whole_minutes(WorkKind.REVIEW),
        calling=report.whole_minutes(WorkKind.CALL),
    )


def _steps(report: RunReport) -> tuple[StepShown, ...]:
    outcomes: dict[tuple[int, str], Counter[str]] = {}
    channels: dict[tuple[int, str], Counter[str]] = {}
    for one in report.steps:
        key = one.position, one.name
        outcomes.setdefault(key, Counter())[one.outcome] += one.count
        if one.channel:
            channels.setdefault(key, Counter())[one.channel] += one.count
    return tuple(
        StepShown(
            position=position,
            name=name,
            outcomes=tuple((label, counted[outcome]) for outcome, label in OUTCOMES.items()),
            channels=", ".join(
                f"{StepChannel(channel).label} {count}"
                for channel, count in sorted(channels.get((position, name), Counter()).items())
            ),
        )
        for (position, name), counted in sorted(outcomes.items())
    )


def _days(report: RunReport) -> tuple[DayShown, ...]:
    done: Counter[date] = Counter()
    for one in report.steps:
        if one.outcome == CARRIED_OUT:
            done[one.on] += one.count
    nothing = Decimal(0)
    return tuple(
        DayShown(
            on=day,
            done=done[day],
            reading=report.minutes.get(day, {}).get(WorkKind.REVIEW.value, nothing),
            calling=report.minutes.get(day, {}).get(WorkKind.CALL.value, nothing),
            cost=report.cost.get(day, nothing),
        )
        for day in sorted({*done, *report.minutes, *report.cost})
    )


def _people(report: RunReport, user: User | AnonymousUser) -> tuple[PersonShown, ...]:
    visible = Customer.objects.visible_to(user).select_related("contact__account")
    customers = visible.in_bulk([one.customer_id for one in report.names])
    words = {one.position: one.name for one in report.steps}
    return tuple(
        PersonShown(
            customer=customers.get(one.customer_id),
            fitted_at=one.fitted_at,
            started_at=one.started_at,
            arm=Arm(one.arm).label if one.arm else "",
            end=EnrolmentEnd(one.end).label if one.end else "",
            steps=tuple(
                f"{words.get(position, position)}: {OUTCOMES[outcome].lower()}"
                f"{f' by {StepChannel(channel).label}' if channel else ''}, {at.day} {at:%B}"
                for position, outcome, channel, at in one.steps
            ),
        )
        for one in report.names
    )
