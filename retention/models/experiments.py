"""Experiments: who was held out, what came of both, and what was decided. Locked at the first assignment."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from contacts.models import Contact
from retention.models.customers import Customer
from retention.models.playbooks import Playbook, PlaybookVersion
from retention.states import Arm, ExperimentStatus, Guardrail, Kpi, TrialStatus, ValueTier, Verdict


class Experiment(models.Model):
    """The question a playbook version answers. Everything that defines it is locked once somebody was assigned.

    The database refuses to change a locked row's design (a trigger). Rates and effects are in percent and percentage
    points; ``pre_days`` is how far back the behaviour before is looked at (CUPED). With ``staggered`` there is no
    holdout: customers begin in ``waves``, and the claim is weaker.
    """

    version = models.OneToOneField(PlaybookVersion, on_delete=models.PROTECT, related_name="experiment")
    question = models.CharField(max_length=300)
    kpi = models.CharField(max_length=12, choices=Kpi.choices, default=Kpi.REACTIVATION)
    window_days = models.PositiveSmallIntegerField(default=30)
    holdout_percent = models.PositiveSmallIntegerField(default=12)
    baseline_percent = models.DecimalField(
        max_digits=5, decimal_places=2, null=True, blank=True, help_text="The goal without us, as far as known"
    )
    min_effect = models.DecimalField(
        max_digits=5, decimal_places=2, default=Decimal("3.00"), help_text="The smallest difference worth finding"
    )
    power_percent = models.PositiveSmallIntegerField(default=80)
    alpha_percent = models.DecimalField(max_digits=4, decimal_places=2, default=Decimal("5.00"))
    pre_days = models.PositiveSmallIntegerField(default=30)
    required_treated = models.PositiveIntegerField(null=True, blank=True)
    required_holdout = models.PositiveIntegerField(null=True, blank=True)
    staggered = models.BooleanField(default=False)
    waves = models.PositiveSmallIntegerField(default=4)
    wave_days = models.PositiveSmallIntegerField(default=7)
    salt = models.CharField(max_length=32, help_text="Makes the draw of this experiment its own")
    status = models.CharField(max_length=10, choices=ExperimentStatus.choices, default=ExperimentStatus.DRAFT)
    created_at = models.DateTimeField(auto_now_add=True)
    locked_at = models.DateTimeField(null=True, blank=True)
    enrolment_ends_at = models.DateTimeField(null=True, blank=True, help_text="Nobody is assigned after it")
    look_at = models.DateTimeField(null=True, blank=True, help_text="The one planned look")
    verdict = models.CharField(max_length=8, choices=Verdict.choices, blank=True)
    verdict_reason = models.CharField(max_length=500, blank=True)
    decided_at = models.DateTimeField(null=True, blank=True)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )

    class Meta:
        ordering = ["-id"]
        permissions = [("decide_experiments", "Can decide what an experiment showed")]
        constraints = [
            models.CheckConstraint(condition=Q(kpi__in=Kpi.values), name="experiment_kpi"),
            models.CheckConstraint(condition=Q(status__in=ExperimentStatus.values), name="experiment_status"),
            models.CheckConstraint(condition=Q(verdict="") | Q(verdict__in=Verdict.values), name="experiment_verdict"),
            models.CheckConstraint(
                condition=Q(staggered=True) | Q(holdout_percent__range=(5, 50)), name="experiment_holdout"
            ),
            models.CheckConstraint(
                condition=Q(status="draft", locked_at__isnull=True) | (~Q(status="draft") & Q(locked_at__isnull=False)),
                name="experiment_locked_pair",
            ),
            models.CheckConstraint(
                condition=(Q(status="decided") & Q(decided_at__isnull=False) & ~Q(verdict="") & ~Q(verdict_reason=""))
                | (~Q(status="decided") & Q(decided_at__isnull=True) & Q(verdict="")),
                name="experiment_decided_pair",
            ),
            models.CheckConstraint(
                condition=Q(decided_by__isnull=True) | Q(decided_at__isnull=False), name="experiment_decided_by_pair"
            ),
        ]

    def __str__(self) -> str:
        return self.question


class Assignment(models.Model):
    """Who was drawn into which arm, for ever, and what came of it within the window, whatever was sent.

    ``pre_value`` is the KPI's number before (activities, or revenue). Outcomes are filled in by the daily reading
    and are final once the window is over: ``settled_at``. The three ``active_`` columns say whether they were active
    in the 30 days that end so many days after; empty until then.
    """

    experiment = models.ForeignKey(Experiment, on_delete=models.PROTECT, related_name="assignments", db_index=False)
    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="assignments")
    contact = models.ForeignKey(Contact, on_delete=models.PROTECT, related_name="+", db_index=False)
    arm = models.CharField(max_length=8, choices=Arm.choices)
    stratum = models.CharField(max_length=6, choices=ValueTier.choices)
    wave = models.PositiveSmallIntegerField(default=0)
    assigned_at = models.DateTimeField()
    pre_value = models.DecimalField(max_digits=14, decimal_places=2, default=Decimal(0))
    contaminated_at = models.DateTimeField(null=True, blank=True)
    contamination = models.CharField(max_length=200, blank=True)
    contacted_at = models.DateTimeField(null=True, blank=True)
    clicked_at = models.DateTimeField(null=True, blank=True)
    converted_at = models.DateTimeField(null=True, blank=True)
    left_on = models.DateField(null=True, blank=True)
    revenue = models.DecimalField(max_digits=14, decimal_places=2, default=Decimal(0))
    later_revenue = models.DecimalField(
        max_digits=14, decimal_places=2, default=Decimal(0), help_text="In the 30 days after the window"
    )
    active_30 = models.BooleanField(null=True)
    active_60 = models.BooleanField(null=True)
    active_90 = models.BooleanField(null=True)
    cost = models.DecimalField(max_digits=10, decimal_places=3, default=Decimal(0))
    settled_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["id"]
        constraints = [
            models.CheckConstraint(condition=Q(arm__in=Arm.values), name="assignment_arm"),
            models.CheckConstraint(condition=Q(stratum__in=ValueTier.values), name="assignment_stratum"),
            models.CheckConstraint(
                condition=Q(contaminated_at__isnull=True, contamination="")
                | (Q(contaminated_at__isnull=False) & ~Q(contamination="")),
                name="assignment_contaminated_pair",
            ),
            models.UniqueConstraint(fields=["experiment", "customer"], name="assignment_once"),
        ]
        indexes = [
            models.Index(fields=["contact"], name="assignment_of_contact"),
            models.Index(
                fields=["experiment", "assigned_at"], condition=Q(settled_at__isnull=True), name="assignment_unsettled"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.experiment_id}: {self.customer_id} {self.arm}"


class ExperimentReading(models.Model):
    """How an experiment stood at a moment. Append-only. ``result`` is `retention.rules.reading.Reading` as JSON.

    ``planned`` marks the one look the design allows at the fixed interval; all others go by the always-valid one.
    """

    experiment = models.ForeignKey(Experiment, on_delete=models.PROTECT, related_name="readings")
    at = models.DateTimeField()
    planned = models.BooleanField(default=False)
    result: Any = models.JSONField()

    class Meta:
        ordering = ["-at", "-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["experiment"], condition=Q(planned=True), name="experiment_one_planned_look"
            ),
        ]
        indexes = [models.Index(fields=["experiment", "-at"], name="reading_of_experiment")]

    def __str__(self) -> str:
        return f"{self.experiment_id} at {self.at:%Y-%m-%d}"


class GuardrailReading(models.Model):
    """What a guardrail showed on a day, with its interval. Append-only. Shares are fractions of 1."""

    playbook = models.ForeignKey(Playbook, on_delete=models.CASCADE, related_name="guardrails", db_index=False)
    guardrail = models.CharField(max_length=12, choices=Guardrail.choices)
    at = models.DateTimeField()
    count = models.PositiveIntegerField(help_text="Complaints, opt-outs, or customers compared")
    total = models.PositiveIntegerField(help_text="Messages, or customers of the comparison")
    value = models.FloatField(null=True, help_text="The rate, or the relative decline")
    low = models.FloatField(null=True)
    high = models.FloatField(null=True)
    limit = models.FloatField()
    breached = models.BooleanField()
    sentence = models.CharField(max_length=300)

    class Meta:
        ordering = ["-at", "guardrail"]
        constraints = [
            models.CheckConstraint(condition=Q(guardrail__in=Guardrail.values), name="guardrail_reading_guardrail"),
            models.CheckConstraint(
                condition=Q(low__isnull=True) | Q(high__isnull=True) | Q(low__lte=F("high")),
                name="guardrail_reading_interval",
            ),
        ]
        indexes = [models.Index(fields=["playbook", "-at"], name="guardrail_of_playbook")]

    def __str__(self) -> str:
        return self.sentence


class PlaybookTrial(models.Model):
    """A dry run of a version over a past period, and what it would have done. Nothing else is written.

    ``result`` is `retention.rules.report.RunReport` as JSON: the same report that a live or shadow run has.
    """

    version = models.ForeignKey(PlaybookVersion, on_delete=models.CASCADE, related_name="trials")
    first_on = models.DateField()
    last_on = models.DateField()
    status = models.CharField(max_length=10, choices=TrialStatus.choices, default=TrialStatus.QUEUED)
    result: Any = models.JSONField(null=True, blank=True)
    problem = models.CharField(max_length=500, blank=True)
    step = models.PositiveIntegerField(default=0)
    steps = models.PositiveIntegerField(default=1)
    started_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)
    requested_at = models.DateTimeField()
    requested_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(condition=Q(status__in=TrialStatus.values), name="playbook_trial_status"),
            models.CheckConstraint(condition=Q(last_on__gte=F("first_on")), name="playbook_trial_days"),
            models.CheckConstraint(
                condition=~Q(status=TrialStatus.DONE) | Q(result__isnull=False, finished_at__isnull=False),
                name="playbook_trial_done_has_a_result",
            ),
        ]

    def __str__(self) -> str:
        return f"Dry run {self.pk}"
