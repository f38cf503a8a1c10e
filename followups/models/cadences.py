"""Cadences: when we write again, how often, in which tone, and when we stop. Versions are published, never edited."""

from __future__ import annotations

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q

from contacts.states import Channel
from followups.states import ReviewPolicy, Stage, StepKind, VersionStatus
from outreach.models import Template


class Cadence(models.Model):
    """A named way to follow up. The one called ``default`` comes with Rekindle."""

    name = models.SlugField(max_length=60, unique=True)
    description = models.CharField(max_length=300, blank=True)

    class Meta:
        ordering = ["name"]
        permissions = [("publish_cadences", "Can publish cadences")]

    def __str__(self) -> str:
        return self.name


class CadenceVersion(models.Model):
    """The rules of a cadence at one time. Waits, gaps and patience are in days. At most one version is published."""

    cadence = models.ForeignKey(Cadence, on_delete=models.CASCADE, related_name="versions")
    number = models.PositiveIntegerField()
    status = models.CharField(max_length=10, choices=VersionStatus.choices, default=VersionStatus.DRAFT)
    channels = ArrayField(
        models.CharField(max_length=10, choices=Channel.choices),
        help_text="In the order they are preferred, for instance email,sms",
    )
    wait_missed_next_step = models.PositiveSmallIntegerField("wait after a missed next step", default=1)
    wait_unanswered_quote = models.PositiveSmallIntegerField("wait after a quote", default=7)
    wait_quiet_proposal = models.PositiveSmallIntegerField("wait after a proposal", default=7)
    wait_stalled_conversation = models.PositiveSmallIntegerField("wait in a stalled conversation", default=10)
    wait_no_reply = models.PositiveSmallIntegerField("wait for a reply", default=5)
    min_gap_days = models.PositiveSmallIntegerField("shortest gap between two messages", default=5)
    max_attempts = models.PositiveSmallIntegerField("most attempts", default=2)
    max_days = models.PositiveSmallIntegerField("most days of silence", default=45)
    patience_days = models.PositiveSmallIntegerField("patience without a reason", default=14)
    high_value_threshold = models.DecimalField(max_digits=14, decimal_places=2, default=10_000)
    allow_existing_customers = models.BooleanField(default=False)
    # Whom it is for. With nothing given, the default takes in all whom no other cadence takes in.
    segment_stages = ArrayField(models.CharField(max_length=12, choices=Stage.choices), default=list, blank=True)
    segment_territories = ArrayField(models.CharField(max_length=100), default=list, blank=True)
    segment_sources = ArrayField(models.CharField(max_length=100), default=list, blank=True)
    segment_tags = ArrayField(models.CharField(max_length=60), default=list, blank=True, help_text="Any one of them")
    segment_value_from = models.DecimalField(
        "value from", max_digits=14, decimal_places=2, null=True, blank=True, help_text="This amount or more"
    )
    segment_value_below = models.DecimalField(
        "value below", max_digits=14, decimal_places=2, null=True, blank=True, help_text="Less than this amount"
    )
    nurture_every_days = models.PositiveSmallIntegerField(
        "days between nurture messages", default=90, help_text="Only with something useful to say"
    )
    nurture_most = models.PositiveSmallIntegerField(
        "most nurture messages", default=4, help_text="After so many without an answer the lead is closed"
    )
    recycle_after_days = models.PositiveSmallIntegerField(
        "come back after", default=0, help_text="Days; 0 closes the loop instead"
    )
    recycle_most = models.PositiveSmallIntegerField("come back at most", default=1, help_text="Times")
    revision = models.PositiveIntegerField(default=0, editable=False, help_text="Counts saves of the draft")
    created_at = models.DateTimeField(auto_now_add=True)
    published_at = models.DateTimeField(null=True, blank=True)
    published_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )

    class Meta:
        ordering = ["cadence", "-number"]
        constraints = [
            models.CheckConstraint(condition=Q(status__in=VersionStatus.values), name="cadence_version_status"),
            models.UniqueConstraint(fields=["cadence", "number"], name="cadence_version_number"),
            models.UniqueConstraint(
                fields=["cadence"], condition=Q(status=VersionStatus.PUBLISHED), name="cadence_one_published"
            ),
            models.CheckConstraint(
                condition=Q(status=VersionStatus.DRAFT) | Q(published_at__isnull=False), name="cadence_published_at"
            ),
            models.CheckConstraint(
                condition=Q(published_by__isnull=True) | Q(published_at__isnull=False), name="cadence_published_pair"
            ),
            # A cadence without a stop rule cannot exist.
            models.CheckConstraint(condition=Q(max_attempts__gte=1, max_days__gte=1), name="cadence_has_a_stop"),
            models.CheckConstraint(condition=Q(nurture_every_days__gte=1), name="cadence_nurture_rhythm"),
            models.CheckConstraint(
                condition=Q(segment_value_from__isnull=True)
                | Q(segment_value_below__isnull=True)
                | Q(segment_value_from__lt=F("segment_value_below")),
                name="cadence_segment_values",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.cadence} v{self.number}"


class CadenceStep(models.Model):
    """One message of a cadence. Word limit and pressure never rise from step to step."""

    version = models.ForeignKey(CadenceVersion, on_delete=models.CASCADE, related_name="steps")
    position = models.PositiveSmallIntegerField()
    kind = models.CharField(max_length=10, choices=StepKind.choices, default=StepKind.FOLLOW_UP)
    angle = models.CharField(max_length=40, help_text="remind, another_angle or close_loop: chooses the template")
    channel = models.CharField(
        max_length=10, choices=Channel.choices, blank=True, help_text="Empty: the first the contact allows"
    )
    reason_kinds = ArrayField(
        models.CharField(max_length=40), default=list, blank=True, help_text="Empty: every useful reason"
    )
    word_limit = models.PositiveSmallIntegerField()
    pressure = models.PositiveSmallIntegerField(help_text="3 direct, 2 light, 1 door open")
    template = models.ForeignKey(
        Template,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        help_text="Empty: chosen by angle, reason and channel",
    )
    review_policy = models.CharField(max_length=10, choices=ReviewPolicy.choices, default=ReviewPolicy.ALWAYS)

    class Meta:
        ordering = ["version", "position"]
        constraints = [
            models.UniqueConstraint(fields=["version", "position"], name="cadence_step_position"),
            models.CheckConstraint(
                condition=Q(kind__in=[StepKind.FOLLOW_UP, StepKind.CLOSE_LOOP]), name="cadence_step_kind"
            ),
            models.CheckConstraint(condition=Q(review_policy__in=ReviewPolicy.values), name="cadence_step_policy"),
            models.CheckConstraint(
                condition=Q(channel="") | Q(channel__in=Channel.values), name="cadence_step_channel"
            ),
            models.CheckConstraint(condition=Q(pressure__gte=1, pressure__lte=3), name="cadence_step_pressure"),
            models.CheckConstraint(condition=Q(word_limit__gte=1), name="cadence_step_words"),
        ]

    def __str__(self) -> str:
        return f"{self.version} step {self.position}"
