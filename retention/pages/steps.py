"""The steps of a version as they are read, and what came of each."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db import connection

from retention.models import PlaybookStep, PlaybookVersion
from retention.states import StepAudience, StepChannel, StepCondition, StepReview

DAY = 24
#: Of so many reasons for leaving a step out the page tells, the commonest first.
REASONS = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Came:
    """What became of one step so far. Opened and answered count people, never machines."""

    drafted: int = 0
    sent: int = 0
    opened: int = 0
    answered: int = 0
    called: int = 0
    calls_made: int = 0
    shadowed: int = 0
    skipped: int = 0
    missed: int = 0
    withdrawn: int = 0
    cost: Decimal = Decimal(0)
    why: tuple[tuple[str, int], ...] = ()

    @property
    def reached(self) -> int:
        return self.sent + self.calls_made

    @property
    def on_the_way(self) -> int:
        """Put before somebody, and not yet out."""
        return max(0, self.drafted - self.sent) + max(0, self.called - self.calls_made)


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """One step in words, with what came of it. ``costs`` is that of one, without what people's time costs."""

    step: PlaybookStep
    when: str
    conditions: tuple[str, ...]
    review: str
    costs: str
    came: Came


def steps_of(version: PlaybookVersion, steps: Iterable[PlaybookStep], currency: str) -> tuple[Shown, ...]:
    """Every step of a version in its order, in two queries more than the steps themselves."""
    came = _came(version)
    return tuple(
        Shown(
            step=step,
            when=when(step.earliest_hours, step.latest_hours),
            conditions=tuple(_conditions(step)),
            review=_review(step),
            costs=_costs(step, version, currency),
            came=came.get(step.pk, Came()),
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


def _came(version: PlaybookVersion) -> Mapping[int, Came]:
    given = {"version": version.pk, "reasons": REASONS}
    with connection.cursor() as cursor:
        cursor.execute(_OUTCOMES, given)
        names = [column.name for column in cursor.description][1:]
        counts: dict[int, dict[str, Any]] = {
            row[0]: dict(zip(names, row[1:], strict=True)) for row in cursor.fetchall()
        }
        cursor.execute(_WHY, given)
        why: dict[int, list[tuple[str, int]]] = {}
        for step, words, number in cursor.fetchall():
            why.setdefault(step, []).append((words, number))
    return {step: Came(**found, why=tuple(why.get(step, ()))) for step, found in counts.items()}


_OUTCOMES = """
SELECT r.step_id,
       count(*) FILTER (WHERE r.outcome = 'drafted') AS drafted,
       count(*) FILTER (WHERE d.status = 'sent') AS sent,
       count(*) FILTER (WHERE news.opened) AS opened,
       count(*) FILTER (WHERE news.answered) AS answered,
       count(*) FILTER (WHERE r.outcome = 'called') AS called,
       count(*) FILTER (WHERE c.status = 'done') AS calls_made,
       count(*) FILTER (WHERE r.outcome = 'shadowed') AS shadowed,
       count(*) FILTER (WHERE r.outcome = 'skipped') AS skipped,
       count(*) FILTER (WHERE r.outcome = 'missed') AS missed,
       count(*) FILTER (WHERE r.outcome = 'withdrawn') AS withdrawn,
       coalesce(sum(r.cost), 0) AS cost
  FROM retention_steprun r
  JOIN retention_playbookstep s ON s.id = r.step_id AND s.version_id = %(version)s
  LEFT JOIN outreach_draft d ON d.id = r.draft_id
  LEFT JOIN outreach_call c ON c.id = r.call_id
  LEFT JOIN LATERAL (
       SELECT bool_or(v.kind IN ('opened', 'clicked')) AS opened, bool_or(v.kind = 'clicked') AS answered
         FROM outreach_deliveryevent v
        WHERE v.draft_id = r.draft_id AND v.kind IN ('opened', 'clicked') AND NOT v.machine) AS news ON true
 GROUP BY r.step_id
"""
_WHY = """
SELECT step_id, why, number
  FROM (SELECT r.step_id, r.why, count(*) AS number,
               row_number() OVER (PARTITION BY r.step_id ORDER BY count(*) DESC, r.why) AS place
          FROM retention_steprun r
          JOIN retention_playbookstep s ON s.id = r.step_id AND s.version_id = %(version)s
         WHERE r.outcome IN ('skipped', 'missed', 'withdrawn') AND r.why <> ''
         GROUP BY r.step_id, r.why) AS each
 WHERE place <= %(reasons)s
 ORDER BY step_id, place
"""
