"""Versions of score models as rules."""

from __future__ import annotations

from retention.models import ScoreVersion
from retention.rules.model import ComponentRules, Knobs, ModelRules, Placed
from retention.signals import signal_of
from retention.states import ModelStatus


def rules_of(version: ScoreVersion) -> ModelRules:
    """The rules of one version. Raises ValueError with a sentence where a row describes no signal."""
    return ModelRules(
        name=version.name,
        version_id=version.pk,
        components={one.component: ComponentRules(one.max_points, one.combine) for one in version.components.all()},
        signals=tuple(Placed(one.component, signal_of(one.type, one.parameters)) for one in version.signals.all()),
        knobs=Knobs(version.recency_sensitivity, version.payment_weight, version.engagement_decay),
        medium_from=version.medium_from,
        high_from=version.high_from,
        fall_margin=version.fall_margin,
        confirm_hours=version.confirm_hours,
        plans=tuple(version.plans),
        tiers=tuple(version.tiers),
    )


def published() -> tuple[ModelRules, ...]:
    """The published versions, in the order in which they are offered a customer."""
    versions = (
        ScoreVersion.objects.filter(status=ModelStatus.PUBLISHED)
        .select_related("model")
        .prefetch_related("components", "signals")
        .order_by("model__position")
    )
    return tuple(rules_of(version) for version in versions)
