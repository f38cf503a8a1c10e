"""What was decided about a lead, and the messages that came of it."""

from __future__ import annotations

from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from followups.models.cadences import CadenceVersion
from followups.models.leads import Lead
from followups.states import DecisionKind, Disposition, SequenceStatus, StepKind, Trigger
from outreach.models import Draft


class Sequence(models.Model):
    """One silence being worked on, by the cadence version it began with. A lead has at most one open."""

    lead = models.ForeignKey(Lead, on_delete=models.PROTECT, related_name="sequences")
    cadence_version = models.ForeignKey(CadenceVersion, on_delete=models.PROTECT, related_name="sequences")
    status = models.CharField(max_length=6, choices=SequenceStatus.choices, default=SequenceStatus.OPEN)
    started_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)
    disposition = models.CharField(max_length=20, choices=Disposition.choices, blank=True)
    end_reason = models.CharField(max_length=500, blank=True, help_text="Why it ended, in words")

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(condition=Q(status__in=SequenceStatus.values), name="sequence_status"),
            models.CheckConstraint(
                condition=Q(disposition="") | Q(disposition__in=Disposition.values), name="sequence_disposition"
            ),
            models.UniqueConstraint(fields=["lead"], condition=Q(status=SequenceStatus.OPEN), name="sequence_one_open"),
            models.CheckConstraint(
                condition=Q(status="open", ended_at__isnull=True) | Q(status="ended", ended_at__isnull=False),
                name="sequence_ended_pair",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.lead} ({self.status})"


class Decision(models.Model):
    """What `followups.rules.decide` answered, with all it knew, so that it can be replayed. Append-only.

    A sweep that finds the same evidence and the same answer as last time adds nothing.
    """

    lead = models.ForeignKey(Lead, on_delete=models.CASCADE, related_name="decisions")
    cadence_version = models.ForeignKey(CadenceVersion, on_delete=models.PROTECT, related_name="+")
    decided_at = models.DateTimeField(help_text="The moment decided for; --as-of replaces the clock")
    created_at = models.DateTimeField(auto_now_add=True)
    algorithm = models.CharField(max_length=20, default="followups-1")
    trigger = models.CharField(max_length=24, choices=Trigger.choices, blank=True)
    decision = models.CharField(max_length=16, choices=DecisionKind.choices)
    rule = models.PositiveSmallIntegerField(help_text="The row of the decision table that held")
    reasons = ArrayField(models.CharField(max_length=40), default=list)
    attempts = models.PositiveSmallIntegerField(default=0)
    step = models.CharField(max_length=12, blank=True)
    channel = models.CharField(max_length=10, blank=True)
    due_at = models.DateTimeField(null=True, blank=True)
    review_reasons = ArrayField(models.CharField(max_length=40), default=list, blank=True)
    evidence: Any = models.JSONField()
    digest = models.CharField(max_length=64, help_text="Of evidence and answer")
    explanation = models.CharField(max_length=500, blank=True)

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(condition=Q(decision__in=DecisionKind.values), name="decision_kind"),
            models.CheckConstraint(condition=Q(trigger="") | Q(trigger__in=Trigger.values), name="decision_trigger"),
            models.CheckConstraint(condition=Q(rule__gte=1, rule__lte=11), name="decision_rule"),
        ]
        indexes = [
            models.Index(fields=["lead", "-id"], include=["decided_at", "cadence_version"], name="decision_of_lead"),
            # Measures look at periods, and at little of each decision. That is in the index itself, which is a tenth of
            # the table with its evidence.
            models.Index(
                fields=["decided_at"],
                include=["id", "lead", "cadence_version", "trigger", "decision"],
                name="decision_measured",
            ),
            models.Index(
                fields=["decided_at"], condition=Q(decision__in=["stop", "nurture"]), name="decision_that_ends"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.lead_id}: {self.decision}"


class Attempt(models.Model):
    """One message of a sequence.

    ``evidence_key`` is the piece of evidence it spends; while the attempt stands, no other may use it.
    """

    sequence = models.ForeignKey(Sequence, on_delete=models.PROTECT, related_name="attempts")
    lead = models.ForeignKey(Lead, on_delete=models.PROTECT, related_name="attempts")
    decision = models.ForeignKey(Decision, on_delete=models.PROTECT, related_name="messages")
    draft = models.OneToOneField(Draft, on_delete=models.PROTECT, related_name="attempt")
    kind = models.CharField(max_length=10, choices=StepKind.choices)
    position = models.PositiveSmallIntegerField()
    reason_kind = models.CharField(max_length=40, blank=True)
    evidence_key = models.CharField(max_length=200, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    withdrawn_at = models.DateTimeField(
        null=True, blank=True, help_text="Its draft was given up: the evidence is free again"
    )

    class Meta:
        ordering = ["id"]
        constraints = [
            models.CheckConstraint(condition=Q(kind__in=StepKind.values), name="attempt_kind"),
            models.UniqueConstraint(
                fields=["sequence", "position", "kind"],
                condition=Q(withdrawn_at__isnull=True),
                name="attempt_one_per_step",
            ),
            models.UniqueConstraint(
                fields=["lead", "evidence_key"],
                condition=Q(withdrawn_at__isnull=True) & ~Q(evidence_key=""),
                name="attempt_evidence_spent_once",
            ),
        ]
        indexes = [
            # On whom a piece of material was spent.
            models.Index(
                fields=["evidence_key", "draft"],
                condition=Q(withdrawn_at__isnull=True) & ~Q(evidence_key=""),
                name="attempt_of_evidence",
            ),
        ]

    def __str__(self) -> str:
        return f"Attempt {self.position} of {self.sequence_id}"
