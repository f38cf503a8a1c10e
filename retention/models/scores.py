"""How much at risk a customer is, since when, why it moved, and what people say about that."""

from __future__ import annotations

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from retention.models.customers import Customer
from retention.models.versions import ScoreVersion
from retention.states import Band, ChangeCause


class Score(models.Model):
    """The score of a customer now. A narrow row without an index on what moves, since it is rewritten all day.

    ``raw_band`` follows from ``total``; ``band`` is what holds after the blip guard, and what everything else goes
    by. ``above_medium_since`` and ``above_high_since`` are the first refresh from which on the total stood above that
    threshold. ``missing`` is a sum of bits, one per component that could not be judged (`MISSING_BIT` in
    `retention.rules.score`).
    ``next_change_at`` is the next moment at which time alone may change the score.
    """

    customer = models.OneToOneField(Customer, primary_key=True, on_delete=models.CASCADE, related_name="score")
    version = models.ForeignKey(ScoreVersion, on_delete=models.PROTECT, related_name="+", db_index=False)
    as_of = models.DateTimeField()
    next_change_at = models.DateTimeField(null=True)
    above_medium_since = models.DateTimeField(null=True)
    above_high_since = models.DateTimeField(null=True)
    band_since = models.DateTimeField()
    total = models.SmallIntegerField()
    recency = models.SmallIntegerField()
    frequency = models.SmallIntegerField()
    payment = models.SmallIntegerField()
    engagement = models.SmallIntegerField()
    support = models.SmallIntegerField()
    missing = models.SmallIntegerField(default=0)
    raw_band = models.CharField(max_length=6, choices=Band.choices)
    band = models.CharField(max_length=6, choices=Band.choices)
    reasons = ArrayField(models.CharField(max_length=30), default=list)

    class Meta:
        permissions = [("override_scores", "Can override a score, and say that one was wrong")]
        constraints = [
            models.CheckConstraint(condition=Q(raw_band__in=Band.values), name="score_raw_band"),
            models.CheckConstraint(condition=Q(band__in=Band.values), name="score_guarded_band"),
            models.CheckConstraint(condition=Q(total__range=(0, 100)), name="score_total"),
        ]
        indexes = [
            models.Index(fields=["band"], name="score_by_band"),
            models.Index(fields=["next_change_at"], name="score_due"),
        ]

    def __str__(self) -> str:
        return f"{self.total}"


class ScoreChange(models.Model):
    """A score moved. Append-only: this is the history that charts and explanations are made of.

    ``before`` and ``after`` are the five components in the order of `Component`. The three ``by_`` columns say where
    the difference of the totals comes from, and add up to it.
    """

    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="score_changes", db_index=False)
    version = models.ForeignKey(ScoreVersion, on_delete=models.PROTECT, related_name="+", db_index=False)
    at = models.DateTimeField()
    cause = models.CharField(max_length=8, choices=ChangeCause.choices)
    total_before = models.SmallIntegerField(null=True)
    total_after = models.SmallIntegerField()
    band_before = models.CharField(max_length=6, choices=Band.choices, blank=True)
    band_after = models.CharField(max_length=6, choices=Band.choices)
    before = ArrayField(models.SmallIntegerField(), default=list)
    after = ArrayField(models.SmallIntegerField(), default=list)
    reasons = ArrayField(models.CharField(max_length=30), default=list)
    by_behaviour = models.SmallIntegerField(default=0)
    by_configuration = models.SmallIntegerField(default=0)
    by_missing = models.SmallIntegerField(default=0)

    class Meta:
        ordering = ["-at", "-id"]
        constraints = [
            models.CheckConstraint(condition=Q(cause__in=ChangeCause.values), name="score_change_cause"),
            models.CheckConstraint(
                condition=Q(band_before="") | Q(band_before__in=Band.values), name="score_change_band_before"
            ),
            models.CheckConstraint(condition=Q(band_after__in=Band.values), name="score_change_band_after"),
        ]
        indexes = [models.Index(fields=["customer", "-at"], name="score_change_of_customer")]

    def __str__(self) -> str:
        return f"{self.total_before} to {self.total_after}"


class ScoreOverride(models.Model):
    """Somebody of us knows better, for a while: this band holds until it expires, whatever the score says."""

    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="overrides")
    band = models.CharField(max_length=6, choices=Band.choices)
    reason = models.CharField(max_length=500)
    expires_at = models.DateTimeField()
    created_at = models.DateTimeField()
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    ended_at = models.DateTimeField(null=True, blank=True)
    ended_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(condition=Q(band__in=Band.values), name="override_band"),
            models.CheckConstraint(condition=~Q(reason=""), name="override_has_a_reason"),
            models.CheckConstraint(condition=Q(expires_at__gt=models.F("created_at")), name="override_expires"),
            models.CheckConstraint(
                condition=Q(ended_by__isnull=True) | Q(ended_at__isnull=False), name="override_ended_pair"
            ),
            models.UniqueConstraint(fields=["customer"], condition=Q(ended_at__isnull=True), name="override_one_open"),
        ]

    def __str__(self) -> str:
        return f"{self.get_band_display()} until {self.expires_at:%Y-%m-%d}"


class ScoreFeedback(models.Model):
    """Somebody of us said that a flag was wrong. Append-only; backtests count it."""

    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="feedback")
    version = models.ForeignKey(ScoreVersion, on_delete=models.PROTECT, related_name="+")
    total = models.SmallIntegerField()
    band = models.CharField(max_length=6, choices=Band.choices)
    reasons = ArrayField(models.CharField(max_length=30), default=list)
    note = models.CharField(max_length=500)
    created_at = models.DateTimeField()
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering = ["-id"]
        verbose_name_plural = "score feedback"
        constraints = [
            models.CheckConstraint(condition=Q(band__in=Band.values), name="feedback_band"),
            models.CheckConstraint(condition=~Q(note=""), name="feedback_says_why"),
        ]

    def __str__(self) -> str:
        return self.note
