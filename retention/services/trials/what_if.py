"""A draft against today's customers: everybody scored both ways at one moment."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db import connection, transaction
from django.db.models import Q

from retention.models import ScoreBand, ScoreTrial, ScoreVersion
from retention.rules import trials as rules
from retention.rules.model import ModelRules
from retention.scoring import compute, rules_of
from retention.services.trials.holding import keep
from retention.states import ModelStatus, TrialStatus


def rules_with(version: ScoreVersion) -> tuple[ModelRules, ...]:
    """The models as they would be if this version were published: in place of the one of its model, in their order."""
    kept = (
        ScoreVersion.objects.filter(Q(status=ModelStatus.PUBLISHED) & ~Q(model_id=version.model_id) | Q(pk=version.pk))
        .select_related("model")
        .prefetch_related("components", "signals")
        .order_by("model__position")
    )
    return tuple(rules_of(one) for one in kept)


@transaction.atomic
def finish_what_if(trial: ScoreTrial, clock: Callable[[], datetime]) -> None:
    """Score everybody by what is published and by what would be, and keep who moves and what that asks of us."""
    at = clock()
    compute(at=at, table="trial_before", with_next=False)
    compute(at=at, rules=rules_with(trial.version), table="trial_after", with_next=False)
    cells, named = _cells(), _named(at)
    seconds, decisions = review_pace(now=at)
    assumed = seconds is None
    review_seconds = Decimal(rules.ASSUMED_REVIEW_SECONDS) if seconds is None else seconds
    versions = {one for cell in cells for one in (cell.version_before, cell.version_after) if one is not None}
    found = rules.what_if(
        cells,
        {
            (one.version_id, one.band): rules.Plan(one.messages_each, one.calls_each, one.weekly_quota, one.cost_cap)
            for one in ScoreBand.objects.filter(version_id__in=versions)
        },
        review_seconds=review_seconds,
        call_seconds=Decimal(rules.ASSUMED_CALL_SECONDS),
        models=dict(ScoreVersion.objects.filter(pk__in=versions).values_list("pk", "model_id")),
    )
    result = {
        "at": at.isoformat(),
        "version": trial.version_id,
        **found.as_json(),
        "named": named,
        "named_all": len(named) == found.moved,
        "review": {"seconds": float(review_seconds), "decisions": decisions, "assumed": assumed},
        "call": {"seconds": rules.ASSUMED_CALL_SECONDS, "assumed": True},
    }
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE trial_before, trial_after")
    keep(trial, status=TrialStatus.DONE, result=result, step=1, finished_at=clock())


def _cells() -> list[rules.Cell]:
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT b.version_id, coalesce(b.band, %(none)s), a.version_id, coalesce(a.band, %(none)s), count(*)
            FROM trial_before b FULL JOIN trial_after a USING (customer_id) GROUP BY 1, 2, 3, 4 ORDER BY 1, 2, 3, 4
            """,
            {"none": rules.NO_BAND},
        )
        return [rules.Cell(*row) for row in cursor.fetchall()]


def _named(at: datetime) -> list[dict[str, Any]]:
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT customer_id, coalesce(b.band, %(none)s), coalesce(a.band, %(none)s), b.total, a.total,
                   b.version_id, a.version_id,
                   EXISTS (SELECT 1 FROM retention_scoreoverride o WHERE o.customer_id = customer_id_of.id
                           AND o.ended_at IS NULL AND o.expires_at > %(at)s)
            FROM trial_before b FULL JOIN trial_after a USING (customer_id)
            CROSS JOIN LATERAL (SELECT customer_id AS id) AS customer_id_of
            WHERE a.band IS DISTINCT FROM b.band
            ORDER BY coalesce(a.total, 0) - coalesce(b.total, 0) DESC, customer_id LIMIT %(most)s
            """,
            {"none": rules.NO_BAND, "at": at, "most": rules.MOST_NAMED},
        )
        names = ("customer", "from", "to", "total_before", "total_after", "version_before", "version_after")
        return [dict(zip((*names, "overridden"), row, strict=True)) for row in cursor.fetchall()]


def review_pace(*, now: datetime) -> tuple[Decimal | None, int]:
    """The median seconds between two decisions of one person in a row, and from how many that is.

    Of the last 90 days. A gap of more than ten minutes was a break, and decisions at the very same moment were one
    click. None where there are too few to go by.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT count(*), percentile_cont(0.5) WITHIN GROUP (ORDER BY extract(epoch FROM gap))
            FROM (SELECT decided_at - lag(decided_at) OVER (PARTITION BY decided_by_id ORDER BY decided_at) AS gap
                  FROM outreach_draft WHERE decided_by_id IS NOT NULL
                  AND decided_at > %(now)s - interval '90 days' AND decided_at <= %(now)s) AS decisions
            WHERE gap > interval '0' AND gap <= make_interval(secs => %(pause)s)
            """,
            {"now": now, "pause": rules.LONGEST_PAUSE_SECONDS},
        )
        count, median = cursor.fetchone()
    if count < rules.ENOUGH_DECISIONS:
        return None, count
    return Decimal(str(median)).quantize(Decimal("0.1")), count
