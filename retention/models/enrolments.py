"""Who is in which playbook, what became of each step, and how much work people have time for."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.core.validators import MaxValueValidator
from django.db import models
from django.db.models import F, Q

from contacts.models import Contact
from outreach.models import Call, Draft
from retention.models.customers import Customer
from retention.models.experiments import Experiment
from retention.models.playbooks import Playbook, PlaybookStep, PlaybookVersion
from retention.states import Arm, EnrolmentEnd, EnrolmentStatus, StepOutcome, WorkKind


class Enrolment(models.Model):
    """One customer in one version of a playbook, from the moment it fits until its end.

    It waits for capacity, is then under way or held out, and ends with a reason. ``why`` is what was known when it
    fitted (`retention.rules.playbooks.Person` as JSON), ``worth`` how it was ranked (`retention.rules.throttle.Worth`
    as JSON). ``look_at`` is the next moment at which the sweep has to look at it; empty when ended.
    """

    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="enrolments", db_index=False)
    contact = models.ForeignKey(Contact, on_delete=models.PROTECT, related_name="+", db_index=False)
    playbook = models.ForeignKey(Playbook, on_delete=models.PROTECT, related_name="enrolments", db_index=False)
    version = models.ForeignKey(PlaybookVersion, on_delete=models.PROTECT, related_name="enrolments")
    experiment = models.ForeignKey(
        Experiment, null=True, blank=True, on_delete=models.PROTECT, related_name="enrolments", db_index=False
    )
    arm = models.CharField(max_length=8, choices=Arm.choices, blank=True, help_text="Empty until it was drawn")
    status = models.CharField(max_length=10, choices=EnrolmentStatus.choices, default=EnrolmentStatus.WAITING)
    fitted_at = models.DateTimeField(help_text="When it first fitted")
    started_at = models.DateTimeField(null=True, blank=True, help_text="When it was let in; the steps count from here")
    expires_at = models.DateTimeField(help_text="Waiting: until then; under way or held out: the end")
    look_at = models.DateTimeField(null=True, blank=True)
    why: Any = models.JSONField(default=dict)
    worth: Any = models.JSONField(default=dict)
    rank = models.DecimalField(max_digits=16, decimal_places=4, default=Decimal(0), help_text="Expected value")
    waits_for = models.CharField(max_length=200, blank=True, help_text="What it waits for, in words")
    paused_at = models.DateTimeField(null=True, blank=True)
    paused_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    ended_at = models.DateTimeField(null=True, blank=True)
    ended_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    end = models.CharField(max_length=10, choices=EnrolmentEnd.choices, blank=True)
    end_note = models.CharField(max_length=300, blank=True)

    class Meta:
        ordering = ["-id"]
        permissions = [("change_enrolments", "Can pause, resume and stop a playbook for one customer")]
        constraints = [
            models.CheckConstraint(condition=Q(status__in=EnrolmentStatus.values), name="enrolment_status"),
            models.CheckConstraint(condition=Q(arm="") | Q(arm__in=Arm.values), name="enrolment_arm"),
            models.CheckConstraint(condition=Q(end="") | Q(end__in=EnrolmentEnd.values), name="enrolment_end"),
            models.CheckConstraint(
                condition=(Q(status="ended") & Q(ended_at__isnull=False) & ~Q(end="") & Q(look_at__isnull=True))
                | (~Q(status="ended") & Q(ended_at__isnull=True) & Q(end="")),
                name="enrolment_ended_pair",
            ),
            models.CheckConstraint(
                condition=Q(ended_by__isnull=True) | Q(ended_at__isnull=False), name="enrolment_ended_by_pair"
            ),
            models.CheckConstraint(
                condition=(Q(status="paused") & Q(paused_at__isnull=False)) | (~Q(status="paused")),
                name="enrolment_paused_at",
            ),
            models.CheckConstraint(
                condition=Q(paused_by__isnull=True) | Q(paused_at__isnull=False), name="enrolment_paused_pair"
            ),
            models.CheckConstraint(
                condition=Q(status__in=["waiting", "ended"]) | Q(started_at__isnull=False), name="enrolment_started"
            ),
            models.CheckConstraint(
                condition=Q(arm="holdout") | ~Q(status="held_out"), name="enrolment_held_out_is_holdout"
            ),
            models.CheckConstraint(
                condition=~Q(arm="holdout") | Q(status__in=["held_out", "ended"]), name="enrolment_holdout_gets_nothing"
            ),
            models.UniqueConstraint(
                fields=["playbook", "customer"], condition=~Q(status="ended"), name="enrolment_one_open"
            ),
            # One playbook in command of a person at a time.
            models.UniqueConstraint(
                fields=["contact"], condition=Q(status__in=["active", "paused"]), name="enrolment_one_in_command"
            ),
        ]
        indexes = [
            models.Index(fields=["customer", "-id"], name="enrolment_of_customer"),
            models.Index(fields=["look_at", "id"], condition=Q(look_at__isnull=False), name="enrolment_due"),
            models.Index(fields=["playbook", "status", "-rank", "id"], name="enrolment_by_rank"),
            # Thousands wait at a time. What says nothing about them is not written down about them.
            models.Index(fields=["started_at"], condition=Q(started_at__isnull=False), name="enrolment_started_at"),
            models.Index(fields=["experiment"], condition=Q(experiment__isnull=False), name="enrolment_experiment"),
            models.Index(fields=["paused_by"], condition=Q(paused_by__isnull=False), name="enrolment_paused_by"),
            models.Index(fields=["ended_by"], condition=Q(ended_by__isnull=False), name="enrolment_ended_by"),
        ]

    def __str__(self) -> str:
        return f"{self.version_id}: {self.customer_id} ({self.status})"


class StepRun(models.Model):
    """What became of one step for one enrolment, and why. ``text`` is what was written in shadow."""

    enrolment = models.ForeignKey(Enrolment, on_delete=models.CASCADE, related_name="runs")
    step = models.ForeignKey(PlaybookStep, on_delete=models.PROTECT, related_name="runs")
    outcome = models.CharField(max_length=10, choices=StepOutcome.choices)
    at = models.DateTimeField()
    due_at = models.DateTimeField()
    channel = models.CharField(max_length=10, blank=True, help_text="The channel it took")
    why = models.CharField(max_length=300, blank=True)
    draft = models.OneToOneField(Draft, null=True, blank=True, on_delete=models.PROTECT, related_name="step_run")
    call = models.OneToOneField(Call, null=True, blank=True, on_delete=models.PROTECT, related_name="step_run")
    text: Any = models.JSONField(null=True, blank=True)
    cost = models.DecimalField(max_digits=10, decimal_places=3, default=Decimal(0), help_text="Send, time, incentive")

    class Meta:
        ordering = ["enrolment", "id"]
        constraints = [
            models.CheckConstraint(condition=Q(outcome__in=StepOutcome.values), name="step_run_outcome"),
            models.CheckConstraint(
                condition=~Q(outcome="drafted") | Q(draft__isnull=False), name="step_run_drafted_has_a_draft"
            ),
            models.CheckConstraint(
                condition=~Q(outcome="called") | Q(call__isnull=False), name="step_run_called_has_a_call"
            ),
            models.UniqueConstraint(fields=["enrolment", "step"], name="step_run_once"),
        ]
        indexes = [models.Index(fields=["step", "outcome"], name="step_run_by_step")]

    def __str__(self) -> str:
        return f"{self.step_id}: {self.outcome}"


class WorkCapacity(models.Model):
    """How many minutes a day one person has for one kind of work, on the days they work (1 is Monday)."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="capacities")
    kind = models.CharField(max_length=6, choices=WorkKind.choices)
    minutes_a_day = models.PositiveSmallIntegerField()
    weekdays = ArrayField(models.PositiveSmallIntegerField(), default=list, help_text="1 is Monday, 7 is Sunday")

    class Meta:
        ordering = ["kind", "user"]
        verbose_name_plural = "work capacities"
        constraints = [
            models.CheckConstraint(condition=Q(kind__in=WorkKind.values), name="work_capacity_kind"),
            models.CheckConstraint(condition=Q(minutes_a_day__lte=720), name="work_capacity_minutes"),
            models.CheckConstraint(
                condition=Q(weekdays__contained_by=[1, 2, 3, 4, 5, 6, 7]), name="work_capacity_weekdays"
            ),
            models.UniqueConstraint(fields=["user", "kind"], name="work_capacity_once"),
        ]

    def __str__(self) -> str:
        return f"{self.minutes_a_day} minutes a day"


class CapacityRules(models.Model):
    """How the time of people is shared out. One row.

    ``headroom_percent`` of every day stays free, so that the promised days (``review_days``, ``call_days``) hold.
    ``wait_days`` is how long somebody may wait for capacity. The two rates are what a minute costs.
    """

    headroom_percent = models.PositiveSmallIntegerField(default=20, validators=[MaxValueValidator(90)])
    review_days = models.PositiveSmallIntegerField(default=1)
    call_days = models.PositiveSmallIntegerField(default=2)
    wait_days = models.PositiveSmallIntegerField(default=7)
    review_minute_cost = models.DecimalField(max_digits=6, decimal_places=2, default=Decimal("0.60"))
    call_minute_cost = models.DecimalField(max_digits=6, decimal_places=2, default=Decimal("0.60"))
    currency = models.CharField(max_length=3, blank=True)

    class Meta:
        verbose_name_plural = "capacity rules"
        constraints = [
            models.CheckConstraint(condition=Q(id=1), name="capacity_rules_one_row"),
            models.CheckConstraint(condition=Q(headroom_percent__lte=90), name="capacity_headroom"),
            models.CheckConstraint(condition=Q(review_days__gte=1, call_days__gte=1), name="capacity_promised_days"),
        ]

    def __str__(self) -> str:
        return "Capacity"


class PlaybookSweep(models.Model):
    """How far the sweep has read. One row. ``seen_change`` is the last `ScoreChange` it took into account."""

    seen_change = models.BigIntegerField(default=0)
    swept_at = models.DateTimeField(null=True, blank=True)
    full_at = models.DateTimeField(null=True, blank=True, help_text="When everybody was looked at last")

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(id=1), name="playbook_sweep_one_row"),
            models.CheckConstraint(
                condition=Q(full_at__isnull=True) | Q(full_at__lte=F("swept_at")), name="playbook_sweep_order"
            ),
        ]

    def __str__(self) -> str:
        return f"Seen up to {self.seen_change}"
