"""Playbooks: who gets which sequence of touches, versions that are published and never edited, and their pauses."""

from __future__ import annotations

from decimal import Decimal

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q

from retention.states import (
    Band,
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
)


class Playbook(models.Model):
    """A named way to win a customer back. Its content lies in versions.

    A pilot takes in at most ``pilot_most`` customers of its version; scaled, it takes in everybody. Scaling needs the
    gate (`retention.rules.money`) and a person.
    """

    name = models.SlugField(max_length=60, unique=True)
    title = models.CharField(max_length=100)
    description = models.CharField(max_length=500, blank=True)
    shipped = models.BooleanField(default=False, editable=False)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="playbooks",
        help_text="Who is told when a guardrail stops it",
    )  # fmt: skip
    stage = models.CharField(max_length=6, choices=PlaybookStage.choices, default=PlaybookStage.PILOT)
    scaled_at = models.DateTimeField(null=True, blank=True)
    scaled_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    scale_reason = models.CharField(max_length=500, blank=True)

    class Meta:
        ordering = ["title"]
        permissions = [
            ("publish_playbooks", "Can publish playbooks and start experiments"),
            ("pause_playbooks", "Can pause and resume playbooks"),
            ("scale_playbooks", "Can decide that a playbook is for everybody"),
        ]
        constraints = [
            models.CheckConstraint(condition=Q(stage__in=PlaybookStage.values), name="playbook_stage"),
            models.CheckConstraint(
                condition=Q(scaled_by__isnull=True) | Q(scaled_at__isnull=False), name="playbook_scaled_pair"
            ),
            models.CheckConstraint(
                condition=Q(stage="pilot") | (Q(scaled_at__isnull=False) & ~Q(scale_reason="")),
                name="playbook_scaled_with_reason",
            ),
        ]

    def __str__(self) -> str:
        return self.title


class PlaybookVersion(models.Model):
    """One version: whom it is for, how it goes, when it ends, what it may cost. Published, never edited.

    Empty lists mean: everybody. ``reasons_any`` and ``reasons_all`` are reason and composite codes of scoring.md.
    ``goal_kinds`` are kinds of events (`contacts.states.EventKind`); one of them after the start ends it. Hours and
    days are whole. ``assumed_uplift`` is in percentage points of the goal, and is used to rank until it was measured.
    """

    playbook = models.ForeignKey(Playbook, on_delete=models.PROTECT, related_name="versions")
    number = models.PositiveIntegerField()
    status = models.CharField(max_length=10, choices=ModelStatus.choices, default=ModelStatus.DRAFT)
    mode = models.CharField(max_length=6, choices=PlaybookMode.choices, default=PlaybookMode.LIVE)
    note = models.CharField(max_length=300, blank=True, help_text="What this version is to try")

    trigger = models.CharField(max_length=10, choices=PlaybookTrigger.choices, default=PlaybookTrigger.RISK)
    bands = ArrayField(models.CharField(max_length=6, choices=Band.choices), default=list, blank=True)
    score_from = models.PositiveSmallIntegerField(null=True, blank=True)
    score_to = models.PositiveSmallIntegerField(null=True, blank=True)
    reasons_any = ArrayField(models.CharField(max_length=30), default=list, blank=True)
    reasons_all = ArrayField(models.CharField(max_length=30), default=list, blank=True)
    plans = ArrayField(models.CharField(max_length=100), default=list, blank=True)
    tiers = ArrayField(models.CharField(max_length=100), default=list, blank=True)
    value_tiers = ArrayField(models.CharField(max_length=6, choices=ValueTier.choices), default=list, blank=True)
    milestones = ArrayField(
        models.PositiveIntegerField(), default=list, blank=True, help_text="Activities so far, such as 50, 100, 250"
    )
    days_before = models.PositiveSmallIntegerField(default=0, help_text="Birthday: so many days before it")
    excluded_plans = ArrayField(models.CharField(max_length=100), default=list, blank=True)
    excluded_tiers = ArrayField(models.CharField(max_length=100), default=list, blank=True)
    excluded_playbooks = models.ManyToManyField(
        Playbook, blank=True, related_name="+", help_text="Nobody who is in one of these"
    )
    after_playbooks = models.ManyToManyField(
        Playbook, blank=True, related_name="+", help_text="Only who went through one of these without reaching its goal"
    )
    urgent = models.BooleanField(default=False, help_text="Begin at once when a payment fails, not at the next sweep")

    priority = models.PositiveSmallIntegerField(default=50, help_text="The highest that fits commands a person")
    cooldown_days = models.PositiveSmallIntegerField(default=60, help_text="Not again within so many days of its end")
    lasts_days = models.PositiveSmallIntegerField(default=30, help_text="It ends after so many days at the latest")
    goal = models.CharField(max_length=200, help_text="What is to be reached, in words")
    goal_kinds = ArrayField(models.PositiveSmallIntegerField(), default=list)

    review_minutes = models.DecimalField(max_digits=4, decimal_places=1, default=Decimal("1.5"))
    call_minutes = models.DecimalField(max_digits=4, decimal_places=1, default=Decimal(12))
    assumed_uplift = models.DecimalField(max_digits=4, decimal_places=1, default=Decimal("2.0"))
    uplift_source = models.CharField(max_length=200, blank=True, help_text="Where this figure is from")
    pilot_most = models.PositiveIntegerField(null=True, blank=True, help_text="Customers at most while it is a pilot")
    offer_budget = models.DecimalField(
        max_digits=12, decimal_places=2, null=True, blank=True, help_text="For incentives in a month"
    )
    offer_min_clv = models.DecimalField(
        max_digits=14, decimal_places=2, null=True, blank=True, help_text="No offer below this lifetime value"
    )

    max_complaint_rate = models.DecimalField(max_digits=6, decimal_places=5, default=Decimal("0.001"))
    max_unsubscribe_rate = models.DecimalField(max_digits=6, decimal_places=5, default=Decimal("0.01"))
    max_value_decline = models.DecimalField(max_digits=4, decimal_places=3, default=Decimal("0.05"))
    max_revenue_decline = models.DecimalField(max_digits=4, decimal_places=3, default=Decimal("0.05"))
    gate_min_roi = models.DecimalField(max_digits=6, decimal_places=2, default=Decimal("1.00"))
    gate_min_net_each = models.DecimalField(
        max_digits=10, decimal_places=2, default=Decimal(0), help_text="Net revenue per customer won back, at least"
    )
    gate_max_payback_days = models.PositiveSmallIntegerField(default=60)

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
        ordering = ["playbook", "-number"]
        constraints = [
            models.CheckConstraint(condition=Q(status__in=ModelStatus.values), name="playbook_version_status"),
            models.CheckConstraint(condition=Q(mode__in=PlaybookMode.values), name="playbook_version_mode"),
            models.CheckConstraint(condition=Q(trigger__in=PlaybookTrigger.values), name="playbook_version_trigger"),
            models.CheckConstraint(condition=Q(bands__contained_by=Band.values), name="playbook_version_bands"),
            models.CheckConstraint(
                condition=Q(value_tiers__contained_by=ValueTier.values), name="playbook_version_value_tiers"
            ),
            models.UniqueConstraint(fields=["playbook", "number"], name="playbook_version_number"),
            models.UniqueConstraint(
                fields=["playbook"], condition=Q(status=ModelStatus.PUBLISHED), name="playbook_one_published"
            ),
            models.CheckConstraint(
                condition=~Q(status=ModelStatus.PUBLISHED) | (Q(published_at__isnull=False) & ~Q(publish_reason="")),
                name="playbook_published_with_reason",
            ),
            models.CheckConstraint(
                condition=Q(published_by__isnull=True) | Q(published_at__isnull=False), name="playbook_published_pair"
            ),
            models.CheckConstraint(
                condition=Q(retired_by__isnull=True) | Q(retired_at__isnull=False), name="playbook_retired_pair"
            ),
            models.CheckConstraint(
                condition=~Q(status=ModelStatus.RETIRED) | Q(retired_at__isnull=False), name="playbook_retired_at"
            ),
            models.CheckConstraint(
                condition=Q(score_from__isnull=True) | Q(score_to__isnull=True) | Q(score_from__lte=F("score_to")),
                name="playbook_scores_do_not_cross",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def name(self) -> str:
        """What the version is called everywhere, for instance soft-nudge-v1."""
        return f"{self.playbook.name}-v{self.number}"


class PlaybookStep(models.Model):
    """One touch of a version. It is due ``earliest_hours`` after the start, and not done any more after
    ``latest_hours``.

    ``angle`` chooses the approved wording together with channel, reason and language (`outreach.models.Template`).
    ``cost`` is that of one send or call without people's time, ``incentive`` what the offer itself costs.
    """

    version = models.ForeignKey(PlaybookVersion, on_delete=models.CASCADE, related_name="steps")
    position = models.PositiveSmallIntegerField()
    name = models.CharField(max_length=100)
    purpose = models.CharField(max_length=12, choices=StepPurpose.choices)
    channel = models.CharField(max_length=10, choices=StepChannel.choices)
    earliest_hours = models.PositiveIntegerField(default=0)
    latest_hours = models.PositiveIntegerField()
    condition = models.CharField(max_length=16, choices=StepCondition.choices, default=StepCondition.STILL_INACTIVE)
    audience = models.CharField(max_length=12, choices=StepAudience.choices, default=StepAudience.EVERYONE)
    angle = models.CharField(max_length=40, blank=True, help_text="Which approved wording; for a call the script")
    script = models.TextField(blank=True, help_text="Call: what to say, in short lines")
    review = models.CharField(max_length=12, choices=StepReview.choices, default=StepReview.WHEN_ASKED)
    word_limit = models.PositiveIntegerField(default=0, help_text="0 means none")
    pressure = models.PositiveSmallIntegerField(default=1)
    cost = models.DecimalField(max_digits=8, decimal_places=3, default=Decimal(0))
    incentive = models.DecimalField(max_digits=10, decimal_places=2, default=Decimal(0))

    class Meta:
        ordering = ["version", "position"]
        constraints = [
            models.CheckConstraint(condition=Q(purpose__in=StepPurpose.values), name="playbook_step_purpose"),
            models.CheckConstraint(condition=Q(channel__in=StepChannel.values), name="playbook_step_channel"),
            models.CheckConstraint(condition=Q(condition__in=StepCondition.values), name="playbook_step_condition"),
            models.CheckConstraint(condition=Q(audience__in=StepAudience.values), name="playbook_step_audience"),
            models.CheckConstraint(condition=Q(review__in=StepReview.values), name="playbook_step_review"),
            models.CheckConstraint(
                condition=Q(latest_hours__gt=F("earliest_hours")), name="playbook_step_window_is_open"
            ),
            models.UniqueConstraint(fields=["version", "position"], name="playbook_step_position"),
        ]

    def __str__(self) -> str:
        return f"{self.position}. {self.name}"


class PlaybookPause(models.Model):
    """A playbook stands still: nobody enters, no step is taken. At most one is open for each.

    A guardrail pauses without a person; lifting needs one, and a reason.
    """

    playbook = models.ForeignKey(Playbook, on_delete=models.CASCADE, related_name="pauses")
    reason = models.CharField(max_length=500)
    guardrail = models.CharField(max_length=12, blank=True, help_text="Which one stopped it; empty: a person did")
    paused_at = models.DateTimeField()
    paused_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    resumed_at = models.DateTimeField(null=True, blank=True)
    resumed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    resume_reason = models.CharField(max_length=500, blank=True)

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["playbook"], condition=Q(resumed_at__isnull=True), name="playbook_one_open_pause"
            ),
            models.CheckConstraint(condition=~Q(reason=""), name="playbook_pause_has_a_reason"),
            models.CheckConstraint(
                condition=Q(resumed_at__isnull=True) | (Q(resumed_by__isnull=False) & ~Q(resume_reason="")),
                name="playbook_resumed_by_a_person_with_reason",
            ),
            models.CheckConstraint(
                condition=Q(resumed_by__isnull=True) | Q(resumed_at__isnull=False), name="playbook_resumed_pair"
            ),
        ]

    def __str__(self) -> str:
        return self.reason
