"""The report of what a version really did, live or in shadow, added up by the database."""

from __future__ import annotations

from collections import defaultdict
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

from django.db import connection

from retention.models import Enrolment, PlaybookVersion
from retention.rules.playbooks.report import MOST_NAMED, Ran, RanStep, RunReport, StepCount, counted_as, named
from retention.rules.playbooks.world import DONE
from retention.states import Arm, StepChannel, WorkKind

_DAY = timedelta(days=1)


def report_of(version: PlaybookVersion, first_on: date, last_on: date) -> RunReport:
    """What came of everybody who first fitted this version in these days, both included, UTC. Seven queries."""
    values: dict[str, Any] = {
        "version": version.pk,
        "first": datetime.combine(first_on, time.min, UTC),
        "end": datetime.combine(last_on, time.min, UTC) + _DAY,
        "holdout": Arm.HOLDOUT.value,
        "done": [outcome.value for outcome in DONE],
        "call": StepChannel.CALL.value,
        "review_call": WorkKind.CALL.value,
        "review_read": WorkKind.REVIEW.value,
    }
    (counts,) = _rows(_COUNTS, values)
    minutes: dict[date, dict[str, Decimal]] = defaultdict(dict)
    for day, kind, most in _rows(_MINUTES, values):
        minutes[day][kind] = most
    return RunReport(
        version=version.name,
        first_on=first_on,
        last_on=last_on,
        fitted=counts[0],
        let_in=counts[1],
        held_out=counts[2],
        waiting=dict(_rows(_WAITING, values)),
        ends=dict(_rows(_ENDS, values)),
        steps=_steps(_rows(_STEPS, values)),
        minutes=dict(minutes),
        cost=dict(_rows(_COST, values)),
        names=_names(version, values),
    )


def _steps(rows: list[Any]) -> tuple[StepCount, ...]:
    counted: dict[tuple[int, str, str, str, date], int] = defaultdict(int)
    for position, name, outcome, channel, on, count in rows:
        counted[position, name, counted_as(outcome), channel, on] += count
    return tuple(
        StepCount(position=position, name=name, outcome=outcome, channel=channel, on=on, count=count)
        for (position, name, outcome, channel, on), count in sorted(counted.items())
    )


def _names(version: PlaybookVersion, values: dict[str, Any]) -> tuple[Any, ...]:
    rows = (
        Enrolment.objects.filter(version=version, fitted_at__gte=values["first"], fitted_at__lt=values["end"])
        .order_by("fitted_at", "customer_id")
        .prefetch_related("runs__step")[:MOST_NAMED]
    )
    return tuple(
        named(
            Ran(
                customer_id=row.customer_id,
                fitted_at=row.fitted_at,
                started_at=row.started_at,
                arm=row.arm,
                end=row.end,
                steps=tuple(
                    RanStep(
                        position=run.step.position,
                        name=run.step.name,
                        outcome=run.outcome,
                        channel=run.channel if run.outcome in DONE else "",
                        at=run.at,
                    )
                    for run in row.runs.all()
                ),
            )
        )
        for row in rows
    )


def _rows(query: str, values: dict[str, Any]) -> list[Any]:
    with connection.cursor() as cursor:
        cursor.execute(query, values)
        found: list[Any] = cursor.fetchall()
        return found


_MINE = "n.version_id = %(version)s AND n.fitted_at >= %(first)s AND n.fitted_at < %(end)s"
_OF_STEPS = f"""
  FROM retention_enrolment n
  JOIN retention_steprun r ON r.enrolment_id = n.id
  JOIN retention_playbookstep s ON s.id = r.step_id
  JOIN retention_playbookversion v ON v.id = n.version_id
 WHERE {_MINE} AND r.at >= %(first)s AND r.at < %(end)s
"""
_ON = "(r.at AT TIME ZONE 'UTC')::date"
_COUNTS = f"""
SELECT count(*),
       count(*) FILTER (WHERE n.started_at < %(end)s AND n.arm <> %(holdout)s),
       count(*) FILTER (WHERE n.started_at < %(end)s AND n.arm = %(holdout)s)
  FROM retention_enrolment n WHERE {_MINE}
"""  # noqa: S608  our own parts
_WAITING = f"""
SELECT rtrim(split_part(n.waits_for, ': ', 1), '.'), count(*) FROM retention_enrolment n
 WHERE {_MINE} AND n.status = 'waiting' GROUP BY 1 ORDER BY 1
"""  # noqa: S608  our own parts
_ENDS = f"""
SELECT n."end", count(*) FROM retention_enrolment n
 WHERE {_MINE} AND n.ended_at >= %(first)s AND n.ended_at < %(end)s GROUP BY 1 ORDER BY 1
"""  # noqa: S608  our own parts
_STEPS = f"""
SELECT s.position, s.name, r.outcome, CASE WHEN r.outcome = ANY(%(done)s) THEN r.channel ELSE '' END, {_ON}, count(*)
{_OF_STEPS} GROUP BY 1, 2, 3, 4, 5
"""
_MINUTES = f"""
SELECT day, kind, sum(minutes) FROM (
    SELECT {_ON} AS day,
           CASE WHEN s.channel = %(call)s THEN %(review_call)s ELSE %(review_read)s END AS kind,
           CASE WHEN s.channel = %(call)s THEN v.call_minutes
                WHEN jsonb_array_length(r.text -> 'review') > 0 OR r.cost > s.cost + s.incentive
                THEN v.review_minutes ELSE 0 END AS minutes
    {_OF_STEPS} AND r.outcome = ANY(%(done)s)) AS each
 WHERE minutes > 0 GROUP BY 1, 2 ORDER BY 1, 2
"""  # noqa: S608  our own parts
_COST = f"""
SELECT {_ON}, sum(r.cost) {_OF_STEPS} AND r.cost > 0 GROUP BY 1 ORDER BY 1
"""
