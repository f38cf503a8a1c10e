"""Who was drawn into which arm: kept for ever, and the design locked at the first of them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, NamedTuple

from django.db import connection, transaction

from contacts.permission import id_array
from retention.models import Experiment
from retention.rules.experiments.draw import wave
from retention.rules.experiments.schedule import enrolment_days
from retention.services.experiments.events import ACTIVE, MONEY, THEIRS
from retention.services.experiments.planning import plan_of
from retention.services.refusals import Refused
from retention.states import Arm, ExperimentStatus, Kpi, ValueTier
from staff.services import record


class Drawn(NamedTuple):
    """One customer and what was drawn for them. ``wave`` counts from 1 in a staggered rollout, and is 0 otherwise."""

    customer_id: int
    contact_id: int
    arm: str
    stratum: str
    wave: int = 0


@dataclass(frozen=True, slots=True)
class Assigned:
    """``new`` were assigned now, ``known`` before. ``closed``: nobody is assigned any more, so nobody was."""

    new: int = 0
    known: int = 0
    closed: bool = False


@transaction.atomic
def assign(*, experiment_id: int, rows: Iterable[Drawn | tuple[int, int, str, str, int]], now: datetime) -> Assigned:
    """Keep who was drawn into which arm, in one statement however many they are.

    The first of them locks the design: from then on neither this code nor the database lets anybody change it. Whoever
    was assigned before keeps what they have. After the end of enrolment (and after a decision) nobody is assigned, and
    the answer says so; ask `takes_in` before drawing, so that nobody is held out for nothing.

    ``pre_value`` is what they did in the ``pre_days`` before: money for a KPI of revenue, activities for the others.

    Refuses an arm, stratum or wave that does not exist, and a holdout in a staggered rollout.
    """
    drawn = [Drawn(*row) for row in rows]
    if not drawn:
        return Assigned()
    experiment = Experiment.objects.select_for_update(of=("self",)).select_related("version").get(pk=experiment_id)
    _refuse_what_cannot_be(experiment, drawn)
    if experiment.status == ExperimentStatus.DRAFT:
        _lock(experiment, len(drawn), now)
    if not takes_in(experiment, now):
        return Assigned(closed=True)
    new = _insert(experiment, drawn, [now] * len(drawn))
    return Assigned(new=new, known=len(drawn) - new)


@transaction.atomic
def assign_waiting(*, experiment: Experiment, now: datetime) -> int:
    """Keep those of a staggered rollout whose wave has not come: they are what waves that began are compared with.

    They count from the moment they fitted, since their wave follows from who they are, and go on counting when they
    stop to fit before it comes. Returns how many are new. The daily reading calls it; nothing else needs to.
    """
    if not (experiment.staggered and experiment.locked_at and takes_in(experiment, now)):
        return 0
    with connection.cursor() as cursor:
        cursor.execute(_WAITING, {"experiment": experiment.pk, "version": experiment.version_id, "now": now})
        found = cursor.fetchall()
    drawn = [
        Drawn(customer, contact, Arm.TREATED, stratum, wave(experiment.salt, customer, experiment.waves))
        for customer, contact, stratum, _ in found
    ]
    return _insert(experiment, drawn, [max(at, experiment.locked_at) for *_, at in found]) if drawn else 0


def _insert(experiment: Experiment, drawn: list[Drawn], moments: list[datetime]) -> int:
    given: dict[str, Any] = {
        "experiment": experiment.pk,
        "customers": id_array(one.customer_id for one in drawn),
        "contacts": id_array(one.contact_id for one in drawn),
        "arms": [str(one.arm) for one in drawn],
        "strata": [str(one.stratum) for one in drawn],
        "waves": id_array(one.wave for one in drawn),
        "moments": moments,
        "before": timedelta(days=experiment.pre_days),
    }
    statement = _INSERT.format(value=_MONEY_BEFORE if experiment.kpi == Kpi.REVENUE else _ACTIVITIES_BEFORE)
    with connection.cursor() as cursor:
        cursor.execute(statement, given)
        return int(cursor.rowcount)


def takes_in(experiment: Experiment, now: datetime) -> bool:
    """Whether somebody who begins now is drawn and assigned: until the end of enrolment, and while undecided."""
    if experiment.status == ExperimentStatus.DECIDED:
        return False
    return experiment.enrolment_ends_at is None or now < experiment.enrolment_ends_at


def _refuse_what_cannot_be(experiment: Experiment, drawn: list[Drawn]) -> None:
    arms, strata, waves = ({one[place] for one in drawn} for place in (2, 3, 4))
    if unknown := sorted(map(str, arms - set(Arm.values))):
        raise Refused(f"There is no arm called {unknown[0]}. The arms are {' and '.join(Arm.values)}.")
    if unknown := sorted(map(str, strata - set(ValueTier.values))):
        raise Refused(f"There is no value tier called {unknown[0]}. The tiers are {', '.join(ValueTier.values)}.")
    if experiment.staggered:
        if Arm.HOLDOUT in arms:
            raise Refused("A staggered rollout holds nobody out. Everybody begins, in waves.")
        if any(not 1 <= int(wave) <= experiment.waves for wave in waves):
            raise Refused(f"Waves are numbered from 1 to {experiment.waves}.")
    elif any(int(wave) for wave in waves):
        raise Refused("Only a staggered rollout has waves.")


def _lock(experiment: Experiment, begun: int, now: datetime) -> None:
    """Lock the design, with how many it takes, the end of enrolment and the one planned look that follow from it."""
    plan = plan_of(experiment.version, experiment, now)
    treated, holdout = experiment.required_treated, experiment.required_holdout
    if (treated is None or holdout is None) and plan.required is not None:
        treated, holdout = plan.required.treated, plan.required.holdout
    required = None if treated is None or holdout is None else treated + holdout
    days = enrolment_days(
        required=required,
        at_once=max(plan.demand.now, begun),
        a_day=plan.demand.a_day,
        most=experiment.version.pilot_most,
        staggered_days=experiment.waves * experiment.wave_days if experiment.staggered else None,
    )
    ends_at = now + timedelta(days=days)
    look_at = ends_at if experiment.staggered else ends_at + timedelta(days=experiment.window_days)
    design: dict[str, Any] = {"locked_at": now, "enrolment_ends_at": ends_at, "look_at": look_at}
    design |= {"required_treated": treated, "required_holdout": holdout}
    if experiment.baseline_percent is None and plan.base is not None and experiment.kpi != Kpi.REVENUE:
        design["baseline_percent"] = round(Decimal(plan.base) * 100, 2)
    Experiment.objects.filter(pk=experiment.pk, status=ExperimentStatus.DRAFT).update(
        status=ExperimentStatus.RUNNING, **design
    )
    record(
        action="retention.lock_experiment",
        on=experiment,
        summary=f"Experiment {experiment.pk} is locked: its first customers were assigned",
        detail={
            "enrolment_ends_at": ends_at.isoformat(),
            "look_at": look_at.isoformat(),
            "fit_now": plan.demand.now,
            "a_day": round(plan.demand.a_day, 2),
            "required": required,
        },
    )
    experiment.refresh_from_db()


_ACTIVITIES_BEFORE = f"count(*) FILTER (WHERE {ACTIVE})"
_MONEY_BEFORE = f"coalesce(sum(e.amount) FILTER (WHERE {MONEY}), 0)"
_INSERT = f"""
INSERT INTO retention_assignment (experiment_id, customer_id, contact_id, arm, stratum, wave, assigned_at, pre_value,
                                  contamination, revenue, later_revenue, cost)
SELECT %(experiment)s, r.customer_id, r.contact_id, r.arm, r.stratum, r.wave, r.at, before.value, '', 0, 0, 0
  FROM unnest(%(customers)s::bigint[], %(contacts)s::bigint[], %(arms)s::text[], %(strata)s::text[],
              %(waves)s::smallint[], %(moments)s::timestamptz[])
       AS r (customer_id, contact_id, arm, stratum, wave, at)
  JOIN retention_customer c ON c.id = r.customer_id
 CROSS JOIN LATERAL (
    SELECT {{value}} AS value FROM contacts_event e
     WHERE e.contact_id = c.contact_id AND e.occurred_at >= r.at - %(before)s AND e.occurred_at < r.at
       AND {THEIRS}) AS before
    ON CONFLICT (experiment_id, customer_id) DO NOTHING
"""  # noqa: S608  parts of our own
_WAITING = """
SELECT n.customer_id, n.contact_id, coalesce(v.tier, 'none'), n.fitted_at
  FROM retention_enrolment n
  LEFT JOIN LATERAL (SELECT tier FROM retention_customervalue v WHERE v.customer_id = n.customer_id
                        AND v.month <= %(now)s::date ORDER BY v.month DESC LIMIT 1) AS v ON true
 WHERE n.version_id = %(version)s AND n.started_at IS NULL AND n.status = 'waiting'
   AND NOT EXISTS (SELECT 1 FROM retention_assignment a
                    WHERE a.experiment_id = %(experiment)s AND a.customer_id = n.customer_id)
"""
