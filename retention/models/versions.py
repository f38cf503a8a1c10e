"""Score models: which signals count for how much. Versions are published, never edited."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q

from retention.states import Band, Combine, Component, ModelStatus


class ScoreModel(models.Model):
    """A named way to score. ``position`` decides where several fit a customer: the lowest one that fits scores it."""

    name = models.SlugField(max_length=60, unique=True)
    title = models.CharField(max_length=100)
    description = models.CharField(max_length=500, blank=True)
    position = models.PositiveSmallIntegerField(unique=True)

    class Meta:
        ordering = ["position"]

    def __str__(self) -> str:
        return self.title


class ScoreVersion(models.Model):
    """One version of a model: its knobs, thresholds and whom it is for. At most one version of a model is published.

    ``plans`` and ``tiers`` name the segment: customers with one of these plans, or one of these tiers. With neither,
    the model is for everyone. ``fall_margin`` is how many points below a threshold a total must be for the band to
    fall, ``confirm_hours`` how long a rise on noisy signals alone must stand (the blip guard).
    """

    model = models.ForeignKey(ScoreModel, on_delete=models.PROTECT, related_name="versions")
    number = models.PositiveIntegerField()
    status = models.CharField(max_length=10, choices=ModelStatus.choices, default=ModelStatus.DRAFT)
    note = models.CharField(max_length=300, blank=True, help_text="What this version is to try")
    recency_sensitivity = models.DecimalField(max_digits=3, decimal_places=2, default=Decimal("1.00"))
    payment_weight = models.DecimalField(max_digits=3, decimal_places=2, default=Decimal("1.00"))
    engagement_decay = models.DecimalField(max_digits=3, decimal_places=2, default=Decimal("1.00"))
    medium_from = models.PositiveSmallIntegerField(default=40)
    high_from = models.PositiveSmallIntegerField(default=70)
    fall_margin = models.PositiveSmallIntegerField(default=5)
    confirm_hours = models.PositiveSmallIntegerField(default=12)
    plans = ArrayField(models.CharField(max_length=100), default=list, blank=True)
    tiers = ArrayField(models.CharField(max_length=100), default=list, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    published_at = models.DateTimeField(null=True, blank=True)
    published_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    publish_reason = models.CharField(max_length=500, blank=True)
    retired_at = models.DateTimeField(null=True, blank=True)
    retired_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )

    class Meta:
        ordering = ["model", "-number"]
        permissions = [("publish_scores", "Can publish score models")]
        constraints = [
            models.CheckConstraint(condition=Q(status__in=ModelStatus.values), name="score_version_status"),
            models.UniqueConstraint(fields=["model", "number"], name="score_version_number"),
            models.UniqueConstraint(
                fields=["model"], condition=Q(status=ModelStatus.PUBLISHED), name="score_one_published"
            ),
            models.CheckConstraint(
                condition=~Q(status=ModelStatus.PUBLISHED) | (Q(published_at__isnull=False) & ~Q(publish_reason="")),
                name="score_published_with_reason",
            ),
            models.CheckConstraint(
                condition=Q(published_by__isnull=True) | Q(published_at__isnull=False), name="score_published_pair"
            ),
            models.CheckConstraint(
                condition=Q(retired_by__isnull=True) | Q(retired_at__isnull=False), name="score_retired_pair"
            ),
            models.CheckConstraint(
                condition=~Q(status=ModelStatus.RETIRED) | Q(retired_at__isnull=False), name="score_retired_at"
            ),
            models.CheckConstraint(
                condition=Q(
                    recency_sensitivity__range=(Decimal("0.5"), Decimal(2)),
                    payment_weight__range=(Decimal("0.5"), Decimal(2)),
                    engagement_decay__range=(Decimal("0.5"), Decimal(2)),
                ),
                name="score_knobs_in_range",
            ),
            models.CheckConstraint(
                condition=Q(medium_from__gte=1, medium_from__lt=F("high_from"), high_from__lte=100),
                name="score_thresholds_do_not_cross",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def name(self) -> str:
        """What the version is called everywhere, for instance at-risk-v1."""
        return f"{self.model.name}-v{self.number}"


class ScoreComponent(models.Model):
    """How many points a component can give at most in one version."""

    version = models.ForeignKey(ScoreVersion, on_delete=models.CASCADE, related_name="components")
    component = models.CharField(max_length=10, choices=Component.choices)
    max_points = models.PositiveSmallIntegerField()
    combine = models.CharField(max_length=5, choices=Combine.choices, default=Combine.WORST)

    class Meta:
        ordering = ["id"]
        constraints = [
            models.CheckConstraint(condition=Q(combine__in=Combine.values), name="score_component_combine"),
            models.CheckConstraint(condition=Q(component__in=Component.values), name="score_component"),
            models.CheckConstraint(condition=Q(max_points__lte=100), name="score_component_points"),
            models.UniqueConstraint(fields=["version", "component"], name="score_component_once"),
        ]

    def __str__(self) -> str:
        return self.get_component_display()


class ScoreSignal(models.Model):
    """One signal of a component: its type (`retention.signals`) and the numbers it is read with.

    A signal without a component gives no points and only a reason, from other signals together (composite).
    """

    version = models.ForeignKey(ScoreVersion, on_delete=models.CASCADE, related_name="signals")
    component = models.CharField(max_length=10, choices=Component.choices, blank=True)
    position = models.PositiveSmallIntegerField()
    type = models.CharField(max_length=30)
    parameters: Any = models.JSONField(default=dict)

    class Meta:
        ordering = ["position"]
        constraints = [
            models.CheckConstraint(
                condition=Q(component="") | Q(component__in=Component.values), name="score_signal_component"
            ),
            models.UniqueConstraint(fields=["version", "position"], name="score_signal_position"),
        ]

    def __str__(self) -> str:
        return self.type


class ScoreBand(models.Model):
    """What a band means in one version: what to do next, how many contacts a week, and what one may cost."""

    version = models.ForeignKey(ScoreVersion, on_delete=models.CASCADE, related_name="bands")
    band = models.CharField(max_length=10, choices=Band.choices)
    next_action = models.CharField(max_length=200)
    messages_each = models.DecimalField(
        max_digits=4, decimal_places=1, default=0, help_text="Messages a customer in this band gets in four weeks"
    )
    calls_each = models.DecimalField(
        max_digits=4, decimal_places=1, default=0, help_text="Calls a customer in this band gets in four weeks"
    )
    weekly_quota = models.PositiveIntegerField(
        null=True, blank=True, help_text="Contacts a week at most; empty: no limit"
    )
    cost_cap = models.DecimalField(
        max_digits=10, decimal_places=2, null=True, blank=True, help_text="What one contact may cost at most"
    )

    class Meta:
        ordering = ["id"]
        constraints = [
            models.CheckConstraint(condition=Q(band__in=Band.values), name="score_band"),
            models.CheckConstraint(condition=~Q(next_action=""), name="score_band_has_an_action"),
            models.UniqueConstraint(fields=["version", "band"], name="score_band_once"),
        ]

    def __str__(self) -> str:
        return self.get_band_display()
