"""A version against the past: who lapsed, and whether the score had said so."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from django.db import connection, transaction

from contacts.states import ACTIVITY_KINDS, EventKind
from retention.models import ScoreFeedback, ScoreTrial, ScoreVersion
from retention.rules.backtest import Measure, Tally, measure
from retention.rules.model import ModelRules
from retention.scoring import compute, rules_of
from retention.services.trials.holding import keep
from retention.states import Lapse, TrialStatus


def go_on_with_backtest(trial: ScoreTrial, clock: Callable[[], datetime], stop: Callable[[], bool]) -> None:
    """Take up the dates that are left, each in its own transaction, and add everything up after the last."""
    asked = trial.parameters
    model = rules_of(trial.version)
    found: list[dict[str, Any]] = list((trial.result or {}).get("dates", []))
    for text in asked["dates"][len(found) :]:
        if stop():
            return
        at = datetime.fromisoformat(text)
        with transaction.atomic():
            tallies = outcome(model=model, at=at, horizon_days=asked["horizon_days"], lapse=asked["lapse"])
            wrong = said_wrong(trial.version, at, asked["horizon_days"])
            measured = measured_by(model, [tallies], asked["ceiling"], wrong)
            found.append(
                {
                    "at": text,
                    **measured.as_json(),
                    "totals": [[one.total, one.lapsed, one.stayed] for one in tallies],
                    "feedback": wrong,
                }
            )
            keep(trial, step=len(found), result={"dates": found})
    with transaction.atomic():
        together: dict[str, int] = {}
        for one in found:
            for band, number in one["feedback"].items():
                together[band] = together.get(band, 0) + number
        overall = measured_by(
            model, [[Tally(*row) for row in one["totals"]] for one in found], asked["ceiling"], together
        )
        result = {
            "model": trial.version.name,
            "version": trial.version_id,
            **{name: asked[name] for name in ("lapse", "horizon_days", "ceiling")},
            "medium_from": model.medium_from,
            "high_from": model.high_from,
            "dates": found,
            "overall": overall.as_json(),
        }
        keep(trial, status=TrialStatus.DONE, result=result, finished_at=clock())


def measured_by(
    model: ModelRules, dates: Sequence[Sequence[Tally]], ceiling: float, wrong: Mapping[str, int] | None = None
) -> Measure:
    """What these tallies say of a model, by its own thresholds."""
    return measure(dates, medium_from=model.medium_from, high_from=model.high_from, ceiling=ceiling, said_wrong=wrong)


#: Whether customer k stayed, by the ways to lapse. Events of another customer of the same contact are not k's.
_DID_SOMETHING = """EXISTS (
    SELECT 1 FROM contacts_event e
    WHERE e.contact_id = k.contact_id AND e.occurred_at > %(at)s AND e.occurred_at <= %(end)s
      AND e.kind = ANY(%(kinds)s)
      AND NOT EXISTS (
        SELECT 1 FROM contacts_identity i JOIN retention_customer o ON o.external_id = i.value
        WHERE i.id = e.identity_id AND o.contact_id = k.contact_id AND o.id <> k.id))"""
_LEFT_AT = "k.churned_on::timestamp AT TIME ZONE 'UTC'"
_STAYED = {
    Lapse.NO_ACTIVITY: _DID_SOMETHING,
    Lapse.NO_PURCHASE: _DID_SOMETHING,
    Lapse.CHURNED: f"NOT coalesce({_LEFT_AT} > %(at)s AND {_LEFT_AT} <= %(end)s, false)",
}
_KINDS = {Lapse.NO_ACTIVITY: list(ACTIVITY_KINDS), Lapse.NO_PURCHASE: [EventKind.PURCHASE_MADE.value]}


def outcome(*, model: ModelRules, at: datetime, horizon_days: int, lapse: str) -> list[Tally]:
    """How many customers had each total at a moment, and how many of them lapsed in the days after it.

    Everybody who was a customer then is scored by this one model, by events up to the moment only. Days are of 24
    hours, and the window is half-open: (at, at + days]. Belongs into a transaction.
    """
    compute(at=at, everyone_by=model, table="backtest_scored", with_next=False)
    with connection.cursor() as cursor:
        cursor.execute(
            f"""
            SELECT total, count(*) FILTER (WHERE NOT stayed), count(*) FILTER (WHERE stayed)
            FROM (SELECT s.total, {_STAYED[Lapse(lapse)]} AS stayed
                  FROM backtest_scored s JOIN retention_customer k ON k.id = s.customer_id) AS judged
            GROUP BY total ORDER BY total
            """,  # noqa: S608  our own conditions
            {"at": at, "end": at + timedelta(days=horizon_days), "kinds": _KINDS.get(Lapse(lapse), [])},
        )
        tallies = [Tally(*row) for row in cursor.fetchall()]
        cursor.execute("DROP TABLE backtest_scored")
    return tallies


def said_wrong(version: ScoreVersion, at: datetime, horizon_days: int) -> dict[str, int]:
    """How often somebody said in those days that a flag of this model was wrong, by the band it was in."""
    counts: dict[str, int] = {}
    given = ScoreFeedback.objects.filter(
        version__model_id=version.model_id, created_at__gt=at, created_at__lte=at + timedelta(days=horizon_days)
    )
    for band in given.values_list("band", flat=True):
        counts[band] = counts.get(band, 0) + 1
    return counts
