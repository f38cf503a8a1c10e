"""How an experiment stands: added up by the database, read by the rules, and kept."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from django.db import connection, models, transaction

from retention.models import Assignment, Experiment, ExperimentReading
from retention.rules.experiments import reading as rules
from retention.rules.experiments.reading import Design, Reading, Tally
from retention.rules.experiments.samples import Count, Sums
from retention.services.experiments.assigning import assign_waiting
from retention.services.experiments.events import MONEY, THEIRS
from retention.services.experiments.measuring import Measured, measure
from retention.services.refusals import Refused
from retention.states import Arm, ExperimentStatus, Kpi, ValueTier
from staff.services import record


@dataclass(frozen=True, slots=True)
class Sample:
    """How many are in which arm now. ``since`` of them came after the latest reading (in a staggered rollout: 0)."""

    treated: int
    holdout: int
    since: int


@dataclass(frozen=True, slots=True)
class Day:
    """What a day's round did: readings that were kept, and what was measured for each."""

    readings: int
    measured: tuple[Measured, ...] = ()


def read_all(*, now: datetime) -> Day:
    """The daily round: measure and read every experiment that is due. It may be called as often as one likes.

    One that runs is due once a UTC day, and at its planned look as soon as that has come. One that was decided is read
    on while something may still come of it. Each reading is a transaction of its own.
    """
    begun = Experiment.objects.exclude(status=ExperimentStatus.DRAFT).order_by("pk")
    due = [one for one in begun if _is_due(one, now)]
    measured = []
    for experiment in due:
        assign_waiting(experiment=experiment, now=now)
        measured.append(measure(now=now, experiment_id=experiment.pk))
        read(experiment_id=experiment.pk, now=now)
    return Day(len(due), tuple(measured))


def looks_due(*, now: datetime) -> list[int]:
    """Experiments whose one planned look has come and was not taken."""
    due = Experiment.objects.filter(status=ExperimentStatus.RUNNING, look_at__lte=now)
    return list(due.exclude(readings__planned=True).order_by("pk").values_list("pk", flat=True))


@transaction.atomic
def read(*, experiment_id: int, now: datetime) -> ExperimentReading:
    """Keep how an experiment stands, in one statement over its assignments however many they are.

    The first reading at or after ``look_at`` is the planned look: it is marked, and the audit log has it. Every later
    one shows the same comparison again, since all windows were over by then. Whatever is read before goes by the
    interval that may be looked at daily.

    `measure` comes before this; it is not done here. Refuses an experiment that has not begun.
    """
    experiment = Experiment.objects.select_for_update(of=("self",)).select_related("version").get(pk=experiment_id)
    if experiment.status == ExperimentStatus.DRAFT:
        raise Refused("Nobody has been assigned yet. There is something to read when the first customers have begun.")
    looked = experiment.look_at is not None and now >= experiment.look_at
    first = looked and not ExperimentReading.objects.filter(experiment=experiment, planned=True).exists()
    found = rules.read(design=design_of(experiment), tallies=_tallies(experiment, now), planned=looked)
    kept = ExperimentReading.objects.create(experiment=experiment, at=now, planned=first, result=found.as_json())
    if first:
        record(
            action="retention.planned_look",
            on=experiment,
            summary=f"The planned look at experiment {experiment.pk} was taken",
            detail={"reading": kept.pk, "at": now.isoformat()},
        )
    return kept


def latest(experiment: Experiment) -> Reading | None:
    """The latest reading, as the rules made it; None before the first."""
    kept = ExperimentReading.objects.filter(experiment=experiment).order_by("-at", "-id").first()
    return None if kept is None else Reading.from_json(kept.result)


def sample_of(experiment: Experiment, reading: ExperimentReading | None = None) -> Sample:
    """How many are in which arm now: what the latest reading counted, and who came since, which an index finds.

    It costs as little with a million assigned as with a hundred. ``reading`` is the latest one where the caller has it.
    In a staggered rollout everybody is treated sooner or later, so all are counted, by an index: a reading counts the
    same customer once for each wave they are compared in.
    """
    if experiment.staggered:
        everybody = Assignment.objects.filter(experiment=experiment).count()
        return Sample(treated=everybody, holdout=0, since=0)
    kept = reading or ExperimentReading.objects.filter(experiment=experiment).order_by("-at", "-id").first()
    since = Assignment.objects.filter(experiment=experiment, settled_at__isnull=True)
    counted = {Arm.TREATED.value: 0, Arm.HOLDOUT.value: 0}
    if kept is not None:
        since = since.filter(assigned_at__gt=kept.at)
        counted = {arm: int(kept.result[arm]["assigned"]) for arm in counted}
    new = dict(since.order_by().values_list("arm").annotate(number=models.Count("pk")).values_list("arm", "number"))
    return Sample(
        counted[Arm.TREATED] + new.get(Arm.TREATED, 0),
        counted[Arm.HOLDOUT] + new.get(Arm.HOLDOUT, 0),
        sum(new.values()),
    )


def design_of(experiment: Experiment) -> Design:
    """What was locked, as the rules read it. A staggered rollout compares the days between two waves."""
    return Design(
        kpi=Kpi(experiment.kpi),
        window_days=experiment.wave_days if experiment.staggered else experiment.window_days,
        holdout_percent=experiment.holdout_percent,
        baseline=None if experiment.baseline_percent is None else float(experiment.baseline_percent) / 100,
        min_effect=float(experiment.min_effect) / 100,
        alpha=float(experiment.alpha_percent) / 100,
        required_treated=experiment.required_treated,
        required_holdout=experiment.required_holdout,
        staggered=experiment.staggered,
    )


def _is_due(experiment: Experiment, now: datetime) -> bool:
    last = ExperimentReading.objects.filter(experiment=experiment).order_by("-at", "-id").first()
    if last is None:
        return True
    if experiment.look_at is not None and last.at < experiment.look_at <= now:
        return True
    if last.at.astimezone(UTC).date() >= now.astimezone(UTC).date():
        return False
    if experiment.status == ExperimentStatus.RUNNING:
        return True
    # Once more after everything is settled, so that the last reading holds all of it.
    settled_since = Assignment.objects.filter(experiment=experiment, settled_at__gt=last.at)
    return Assignment.objects.filter(experiment=experiment, settled_at=None).exists() or settled_since.exists()


def _tallies(experiment: Experiment, now: datetime) -> list[Tally]:
    """Each arm and stratum added up. Of several currencies the commonest counts, where money does.

    Customers of another one cannot be compared by money: they are left out of a KPI of revenue, in both arms alike,
    and bring nothing where the KPI is a share.
    """
    kpi = Kpi(experiment.kpi)
    given: dict[str, Any] = {"experiment": experiment.pk, "now": now}
    if experiment.staggered:
        assert experiment.locked_at is not None
        every = timedelta(days=experiment.wave_days)
        given |= {
            "begins": [experiment.locked_at + every * wave for wave in range(experiment.waves - 1)],
            "days": every,
        }
        source, outcome = _STEPS, _OUTCOME_OF_STEP
    else:
        given["window"] = timedelta(days=experiment.window_days)
        source, outcome = _EVERYBODY, _OUTCOME
    # Whoever stays is what a KPI of retention wants.
    hit = outcome[Kpi.RETENTION if kpi == Kpi.RETENTION else Kpi.REACTIVATION]
    number = f"({outcome[kpi]})::float8" if kpi == Kpi.REVENUE else f"({outcome[kpi]})::int::float8"
    statement = _ADDED_UP.format(source=source.format(outcome=number, hit=hit))
    with connection.cursor() as cursor:
        cursor.execute(statement, given)
        names = [column.name for column in cursor.description]
        rows = [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
    return _folded(rows, of_money=kpi == Kpi.REVENUE)


def _folded(rows: list[dict[str, Any]], *, of_money: bool) -> list[Tally]:
    """Rows of currencies put together."""
    currencies: dict[str, int] = defaultdict(int)
    for row in rows:
        currencies[row["currency"]] += row["assigned"]
    main = max(sorted(currencies), key=lambda one: currencies[one], default="")
    found: dict[tuple[str, str], Tally] = {}
    for row in rows:
        ours = row["currency"] == main
        counts = ours or not of_money
        one = Tally(
            arm=Arm(row["arm"]),
            stratum=ValueTier(row["stratum"]),
            assigned=row["assigned"],
            contaminated=row["contaminated"],
            contacted=row["contacted"],
            clicked=row["clicked"],
            converted=row["converted"],
            outcome=_sums(row, "all") if counts else Sums(),
            clean=_sums(row, "clean") if counts else Sums(),
            conversions=row["conversions"] if counts else 0,
            revenue_of_conversions=row["brought"] if ours else Decimal(0),
            cost=row["cost"] if counts else Decimal(0),
            active_30=Count(row["active_30"], row["known_30"]),
            active_60=Count(row["active_60"], row["known_60"]),
            active_90=Count(row["active_90"], row["known_90"]),
        )
        place = row["arm"], row["stratum"]
        found[place] = one if place not in found else _both(found[place], one)
    return list(found.values())


def _both(one: Tally, other: Tally) -> Tally:
    names = [
        "assigned", "contaminated", "contacted", "clicked", "converted", "outcome", "clean", "conversions",
        "revenue_of_conversions", "cost", "active_30", "active_60", "active_90",
    ]  # fmt: skip
    added: dict[str, Any] = {name: getattr(one, name) + getattr(other, name) for name in names}
    return Tally(arm=one.arm, stratum=one.stratum, **added)


def _sums(row: dict[str, Any], which: str) -> Sums:
    n, *rest = (row[f"{name}_{which}"] for name in ("n", "y", "yy", "x", "xx", "xy"))
    return Sums(int(n), *(float(one or 0) for one in rest))


def _five(which: str, condition: str) -> str:
    """Counts and sums over those who count: all, or the clean ones."""
    sums = {"y": "y", "yy": "y * y", "x": "x", "xx": "x * x", "xy": "x * y"}
    parts = [f"count(*) FILTER (WHERE {condition}) AS n_{which}"]
    # Whole cents times whole cents: binary numbers of double width are exact enough for the rules, and much faster.
    parts += [f"sum({what}) FILTER (WHERE {condition}) AS {name}_{which}" for name, what in sums.items()]
    return ", ".join(parts)


_ADDED_UP = f"""
SELECT arm, stratum, currency, count(*) AS assigned, count(contaminated_at) AS contaminated,
       count(contacted_at) AS contacted, count(clicked_at) AS clicked, count(converted_at) AS converted,
       {_five("all", "over")}, {_five("clean", "over AND contaminated_at IS NULL")},
       count(*) FILTER (WHERE over AND hit) AS conversions,
       coalesce(sum(revenue) FILTER (WHERE over AND hit), 0) AS brought,
       coalesce(sum(cost) FILTER (WHERE over), 0) AS cost,
       count(*) FILTER (WHERE active_30) AS active_30, count(active_30) AS known_30,
       count(*) FILTER (WHERE active_60) AS active_60, count(active_60) AS known_60,
       count(*) FILTER (WHERE active_90) AS active_90, count(active_90) AS known_90
  FROM ({{source}}) AS each
 GROUP BY arm, stratum, currency
"""  # noqa: S608  parts of our own
_OUTCOME = {
    Kpi.REACTIVATION: "a.converted_at IS NOT NULL",
    Kpi.RETENTION: "a.left_on IS NULL",
    Kpi.REVENUE: "a.revenue",
}
_EVERYBODY = """
SELECT a.arm, a.stratum, c.currency, a.contaminated_at, a.contacted_at, a.clicked_at, a.converted_at,
       a.assigned_at + %(window)s <= %(now)s AS over, {outcome} AS y, a.pre_value::float8 AS x,
       ({hit}) AS hit, a.revenue, a.cost, a.active_30, a.active_60, a.active_90
  FROM retention_assignment a JOIN retention_customer c ON c.id = a.customer_id
 WHERE a.experiment_id = %(experiment)s AND a.assigned_at <= %(now)s
"""
# Money of the days between two waves is read from events: an assignment keeps that of the whole time only.
_OUTCOME_OF_STEP = {
    Kpi.REACTIVATION: "(a.converted_at <= s.ends_at) IS TRUE",
    Kpi.RETENTION: "(a.left_on <= s.ends_at::date) IS NOT TRUE",
    Kpi.REVENUE: f"""(SELECT coalesce(sum(e.amount), 0) FROM contacts_event e
                       WHERE e.contact_id = c.contact_id AND e.occurred_at > s.begins_at AND e.occurred_at <= s.ends_at
                         AND {MONEY} AND {THEIRS})""",  # noqa: S608  parts of our own
}
# Each wave against those who still waited when it began, from its first day to the first day of the next. Whoever had
# reached the goal, or left, before it began can show nothing any more.
_STEPS = """
SELECT CASE WHEN a.wave = s.wave THEN 'treated' ELSE 'holdout' END AS arm, a.stratum, c.currency, a.contaminated_at,
       CASE WHEN a.wave = s.wave THEN a.contacted_at END AS contacted_at,
       CASE WHEN a.wave = s.wave THEN a.clicked_at END AS clicked_at,
       CASE WHEN a.converted_at <= s.ends_at THEN a.converted_at END AS converted_at,
       s.ends_at <= %(now)s AS over, {outcome} AS y, a.pre_value::float8 AS x, ({hit}) AS hit, a.revenue,
       CASE WHEN a.wave = s.wave THEN a.cost ELSE 0 END AS cost, a.active_30, a.active_60, a.active_90
  FROM (SELECT number AS wave, begins_at, begins_at + %(days)s AS ends_at
          FROM unnest(%(begins)s::timestamptz[]) WITH ORDINALITY AS each (begins_at, number)) AS s
  JOIN retention_assignment a ON a.experiment_id = %(experiment)s AND a.wave >= s.wave
                             AND a.assigned_at <= s.begins_at AND s.begins_at <= %(now)s
                             AND (a.converted_at IS NULL OR a.converted_at > s.begins_at)
                             AND (a.left_on IS NULL OR a.left_on >= s.begins_at::date)
  JOIN retention_customer c ON c.id = a.customer_id
"""
