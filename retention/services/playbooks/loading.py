"""Versions of playbooks as the rules read them (`Rules`), in a number of queries that no number of rows changes."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from django.db.models import Count, Exists, OuterRef, Prefetch, QuerySet

from retention.models import Enrolment, Experiment, ExperimentReading, Playbook, PlaybookPause, PlaybookVersion
from retention.models.playbooks import PlaybookStep
from retention.rules.playbooks.facts import Rules, Step
from retention.states import (
    Band,
    ExperimentStatus,
    ModelStatus,
    PlaybookMode,
    PlaybookStage,
    PlaybookTrigger,
    StepAudience,
    StepChannel,
    StepCondition,
    StepPurpose,
    StepReview,
    ValueTier,
    Verdict,
)

_IDS = Playbook.objects.only("pk").order_by("pk")


def published(now: datetime) -> tuple[Rules, ...]:
    """Every version in force, the playbook with the highest priority first (ties: the smaller id)."""
    found = _read(PlaybookVersion.objects.filter(status=ModelStatus.PUBLISHED), now)
    return tuple(sorted(found, key=lambda rules: (-rules.priority, rules.playbook_id)))


def of_versions(ids: Iterable[int], now: datetime) -> dict[int, Rules]:
    """Versions by id, whatever their status: those who entered a version that is retired by now stay on it."""
    return {rules.version_id: rules for rules in _read(PlaybookVersion.objects.filter(pk__in=list(ids)), now)}


def rules_of(version: PlaybookVersion, now: datetime | None = None) -> Rules:
    """One version, read afresh. Without a moment its experiment counts as still taking people in."""
    return _read(PlaybookVersion.objects.filter(pk=version.pk), now)[0]


def _read(versions: QuerySet[PlaybookVersion], now: datetime | None) -> list[Rules]:
    open_pauses = PlaybookPause.objects.filter(playbook=OuterRef("playbook"), resumed_at__isnull=True)
    rows = list(
        versions.select_related("playbook", "experiment")
        .annotate(standing_still=Exists(open_pauses))
        .prefetch_related(
            Prefetch("steps", PlaybookStep.objects.order_by("position")),
            Prefetch("excluded_playbooks", _IDS),
            Prefetch("after_playbooks", _IDS),
        )
    )
    pilots = [row.pk for row in rows if _is_limited(row)]
    let_in = dict(
        Enrolment.objects.filter(version__in=pilots, started_at__isnull=False)
        .order_by()
        .values_list("version")
        .annotate(Count("pk"))
    )
    measured = dict(
        ExperimentReading.objects.filter(experiment__version__in=[row.pk for row in rows], result__has_key="uplift")
        .exclude(result__uplift=None)
        .order_by("experiment_id", "-at", "-id")
        .distinct("experiment_id")
        .values_list("experiment__version", "result__uplift")
    )
    return [_rules(row, let_in.get(row.pk, 0), measured.get(row.pk), now) for row in rows]


def _is_limited(version: PlaybookVersion) -> bool:
    return version.playbook.stage == PlaybookStage.PILOT and version.pilot_most is not None


def _rules(version: Any, let_in: int, measured: Any, now: datetime | None) -> Rules:
    experiment: Experiment | None = getattr(version, "experiment", None)
    assigns = experiment is not None and _assigns(experiment, now)
    rules = rules_from(
        version,
        steps=version.steps.all(),
        excluded=(one.pk for one in version.excluded_playbooks.all()),
        after=(one.pk for one in version.after_playbooks.all()),
        experiment=experiment,
    )
    return replace(
        rules,
        uplift=rules.uplift if measured is None else Decimal(str(measured)),
        measured=measured is not None,
        paused=version.standing_still,
        room=_room(version, experiment, assigns, let_in),
        experiment_id=rules.experiment_id if assigns else None,
        salt=rules.salt if assigns else "",
        holdout_percent=rules.holdout_percent if assigns else 0,
        # Once the waves are over, whoever comes later does not wait for one.
        staggered=rules.staggered and assigns,
    )


def rules_from(
    version: Any,
    *,
    steps: Iterable[PlaybookStep],
    excluded: Iterable[int],
    after: Iterable[int],
    experiment: Experiment | None,
) -> Rules:
    """What the rows say, saved or not: nothing is asked of the database, and nobody counts as let in yet."""
    rules = Rules(
        version_id=version.pk or 0,
        playbook_id=version.playbook_id or 0,
        name=version.name,
        title=version.playbook.title,
        steps=tuple(step_of(one) for one in steps),
        mode=PlaybookMode(version.mode),
        trigger=PlaybookTrigger(version.trigger),
        bands=frozenset(Band(one) for one in version.bands),
        score_from=version.score_from,
        score_to=version.score_to,
        reasons_any=frozenset(version.reasons_any),
        reasons_all=frozenset(version.reasons_all),
        plans=frozenset(version.plans),
        tiers=frozenset(version.tiers),
        value_tiers=frozenset(ValueTier(one) for one in version.value_tiers),
        milestones=tuple(sorted(version.milestones)),
        days_before=version.days_before,
        excluded_plans=frozenset(version.excluded_plans),
        excluded_tiers=frozenset(version.excluded_tiers),
        excluded_playbooks=frozenset(excluded),
        after_playbooks=frozenset(after),
        urgent=version.urgent,
        priority=version.priority,
        cooldown=timedelta(days=version.cooldown_days),
        lasts=timedelta(days=version.lasts_days),
        goal=version.goal,
        goal_kinds=frozenset(version.goal_kinds),
        review_minutes=version.review_minutes,
        call_minutes=version.call_minutes,
        uplift=version.assumed_uplift / 100,
        offer_min_clv=version.offer_min_clv,
        offer_budget=version.offer_budget,
        window=timedelta(days=version.lasts_days),
    )
    return rules if experiment is None else replace(rules, **_drawn(experiment))


def _drawn(experiment: Experiment) -> dict[str, Any]:
    """What the rules read of an experiment that takes people in."""
    return {
        "experiment_id": experiment.pk,
        "salt": experiment.salt,
        "holdout_percent": 0 if experiment.staggered else experiment.holdout_percent,
        "staggered": experiment.staggered,
        "waves": experiment.waves if experiment.staggered else 1,
        "wave_every": timedelta(days=experiment.wave_days),
        "waves_from": experiment.locked_at,
        "window": timedelta(days=experiment.window_days),
    }


def step_of(step: PlaybookStep) -> Step:
    """A step as the rules read it."""
    return Step(
        id=step.pk or 0,
        position=step.position,
        name=step.name,
        purpose=StepPurpose(step.purpose),
        channel=StepChannel(step.channel),
        earliest=timedelta(hours=step.earliest_hours),
        latest=timedelta(hours=step.latest_hours),
        condition=StepCondition(step.condition),
        audience=StepAudience(step.audience),
        review=StepReview(step.review),
        angle=step.angle,
        script=step.script,
        word_limit=step.word_limit,
        pressure=step.pressure,
        cost=step.cost,
        incentive=step.incentive,
    )


def _assigns(experiment: Experiment, now: datetime | None) -> bool:
    """Whether the experiment still takes people in: not decided, and its time to do so is not over."""
    over = now is not None and experiment.enrolment_ends_at is not None and experiment.enrolment_ends_at <= now
    return experiment.status != ExperimentStatus.DECIDED and not over


def _room(version: PlaybookVersion, experiment: Experiment | None, assigns: bool, let_in: int) -> int | None:
    """How many a pilot may still take in. Both arms count: the pilot is the cohort, holdout included.

    A pilot whose experiment is full takes in nobody until a person decides, since nothing more would be learnt from
    them; one that was decided to go on does so without a holdout, and one that was decided to stop does not.
    """
    if version.playbook.stage != PlaybookStage.PILOT:
        return None
    if experiment is not None and not assigns and experiment.verdict not in (Verdict.GO_ON, Verdict.SCALE):
        return 0
    return None if version.pilot_most is None else max(0, version.pilot_most - let_in)
