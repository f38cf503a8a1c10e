"""Which versions of which models score whom: publishing one, and retiring one."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db import connection, transaction

from retention import scoring
from retention.models import ScoreModel, ScoreVersion
from retention.rules.model import ModelRules, problems
from retention.services.refreshing import rescore
from retention.services.refusals import ModelHasProblems, Refused, require, told
from retention.services.storing import drop, not_before_what_is_stored, one_at_a_time, store, take_away_unscored
from retention.states import ChangeCause, ModelStatus
from staff.models import User
from staff.services import record

_TABLE = "published"


@dataclass(frozen=True, slots=True)
class Moved:
    """A customer whose band a model moved. A band is "" where the customer was not scored, or is no longer."""

    customer_id: int
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class Published:
    """What publishing or retiring a version did: everybody scored, and those it moved into another band."""

    version: ScoreVersion
    customers: int
    moved: tuple[Moved, ...]


@transaction.atomic
def publish(*, version: ScoreVersion, reason: str, by: User | None, now: datetime) -> Published:
    """Put a draft in force, retire the version it replaces, and score everybody by it, all or nothing.

    First everybody is scored by what was in force until now, so that whatever differs after that is the new version's
    doing. Bands move exactly where the bands of the numbers differ between the two, as a what-if of the same moment
    names them. All others keep the band that holds.

    Refuses whoever may not, no reason, a version that is no draft, one with problems (`ModelHasProblems`), and one that
    would leave customers without any model.
    """
    require(by, "retention.publish_scores", "You may not publish score models. Ask somebody who manages retention.")
    reason = told(reason, "why this version is published")
    one_at_a_time()
    ScoreModel.objects.select_for_update().get(pk=version.model_id)
    current = ScoreVersion.objects.select_related("model").get(pk=version.pk)
    if current.status != ModelStatus.DRAFT:
        raise Refused(
            f"{current.name} is {current.get_status_display().lower()}. Only a draft can be published: make a new one."
        )
    rules = sound(current)
    if rules.plans or rules.tiers:
        _refuse_leaving_anybody_out(
            without_model=current.model_id,
            sentence=f"{current.name} is for some customers only, and nothing else would score the others. "
            "Publish a model for everybody first, or leave plans and tiers empty.",
        )
    now = not_before_what_is_stored(now)
    rescore(at=now, cause=ChangeCause.REFRESH)
    replaced = ScoreVersion.objects.filter(model=current.model_id, status=ModelStatus.PUBLISHED)
    retired = list(replaced.values_list("pk", flat=True))
    replaced.update(status=ModelStatus.RETIRED, retired_at=now, retired_by=by)
    taken = ScoreVersion.objects.filter(pk=current.pk, status=ModelStatus.DRAFT).update(
        status=ModelStatus.PUBLISHED, published_at=now, published_by=by, publish_reason=reason
    )
    if not taken:
        raise Refused(f"{current.name} was published or discarded a moment ago. Nothing of yours was changed.")
    customers, moved = _score_by_what_is_in_force(now)
    record(
        action="retention.publish",
        actor=by,
        on=current,
        summary=f"Published {current.name}: {len(moved)} of {customers} customers change band",
        detail={"reason": reason, "retired": retired, "customers": customers, "moved": len(moved)},
    )
    current.refresh_from_db()
    return Published(current, customers, moved)


@transaction.atomic
def retire_version(*, version: ScoreVersion, by: User | None, now: datetime, reason: str = "") -> Published:
    """Take a version out of force, or discard a draft. Customers of a retired one are scored by the next that fits.

    Refuses whoever may not, one that is retired, a published one without a reason, and the last one for everybody.
    """
    one_at_a_time()
    current = ScoreVersion.objects.select_for_update().get(pk=version.pk)
    was = ModelStatus(current.status)
    if was == ModelStatus.DRAFT:
        require(by, "retention.change_scoreversion", "You may not change score models.")
    else:
        require(by, "retention.publish_scores", "You may not retire score models. Ask somebody who manages retention.")
    if was == ModelStatus.RETIRED:
        raise Refused(f"{current.name} is retired already.")
    if was == ModelStatus.PUBLISHED:
        reason = told(reason, "why this version is retired")
        _refuse_leaving_anybody_out(
            without_model=current.model_id,
            sentence=f"{current.name} is the last model for everybody. Publish another one first.",
        )
        now = not_before_what_is_stored(now)
        rescore(at=now, cause=ChangeCause.REFRESH)
    taken = ScoreVersion.objects.filter(pk=current.pk, status=was).update(
        status=ModelStatus.RETIRED, retired_at=now, retired_by=by
    )
    if not taken:
        raise Refused(f"{current.name} was changed a moment ago. Look at it again.")
    customers, moved = _score_by_what_is_in_force(now) if was == ModelStatus.PUBLISHED else (0, ())
    record(
        action="retention.retire_version",
        actor=by,
        on=current,
        summary=f"{'Retired' if was == ModelStatus.PUBLISHED else 'Discarded'} {current.name}",
        detail={"reason": reason, "was": was.value, "customers": customers, "moved": len(moved)},
    )
    current.refresh_from_db()
    return Published(current, customers, moved)


def sound(version: ScoreVersion) -> ModelRules:
    """The rules of a version, when nothing is wrong with them. Raises ModelHasProblems."""
    try:
        rules = scoring.rules_of(version)
    except ValueError as problem:
        raise ModelHasProblems([str(problem)]) from problem
    if found := problems(rules):
        raise ModelHasProblems(found)
    return rules


def _refuse_leaving_anybody_out(*, without_model: int, sentence: str) -> None:
    """Everybody must be scored: some other model that is in force has to be without plans and tiers."""
    others = ScoreVersion.objects.filter(status=ModelStatus.PUBLISHED, plans=[], tiers=[])
    if not others.exclude(model=without_model).exists():
        raise Refused(sentence)


def _score_by_what_is_in_force(at: datetime) -> tuple[int, tuple[Moved, ...]]:
    drop(_TABLE)
    customers = scoring.compute(at=at, table=_TABLE)
    with connection.cursor() as cursor:
        cursor.execute(_MOVED)
        moved = tuple(Moved(*row) for row in cursor.fetchall())
    store(table=_TABLE, at=at, cause=ChangeCause.PUBLISH, publishing=True)
    take_away_unscored(table=_TABLE, at=at)
    drop(_TABLE)
    return customers, moved


_MOVED = f"""
SELECT coalesce(t.customer_id, s.customer_id), coalesce(s.raw_band, ''), coalesce(t.band, '')
  FROM {_TABLE} t FULL JOIN retention_score s ON s.customer_id = t.customer_id
 WHERE t.band IS DISTINCT FROM s.raw_band
 ORDER BY 1
"""  # noqa: S608  our own table name
