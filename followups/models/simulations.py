"""What a draft of a cadence would do, tried on the leads as they are or were. Nothing about a lead is changed."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Q

from followups.models.cadences import CadenceVersion
from followups.models.leads import Lead
from followups.states import DecisionKind, SimulationStatus


class Simulation(models.Model):
    """One trial of a version. ``as_of`` is the moment it decides for.

    ``found`` holds counts by decision (now and then), extra review minutes, and messages per day for 28 days.
    """

    version = models.ForeignKey(CadenceVersion, on_delete=models.CASCADE, related_name="simulations")
    as_of = models.DateTimeField()
    status = models.CharField(max_length=10, choices=SimulationStatus.choices, default=SimulationStatus.WAITING)
    done = models.PositiveIntegerField(default=0)
    total = models.PositiveIntegerField(default=0)
    found: Any = models.JSONField(default=dict, blank=True)
    problem = models.CharField(max_length=500, blank=True)
    requested_at = models.DateTimeField()
    requested_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    began_at = models.DateTimeField(null=True, blank=True)
    seen_alive_at = models.DateTimeField(null=True, blank=True, help_text="Its worker wrote this last")
    finished_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(condition=Q(status__in=SimulationStatus.values), name="simulation_status"),
            models.CheckConstraint(
                condition=Q(requested_by__isnull=True) | Q(requested_at__isnull=False), name="simulation_requested_pair"
            ),
        ]

    def __str__(self) -> str:
        return f"Simulation {self.pk} of {self.version}"


class SimulationRow(models.Model):
    """What one lead gets now, and what it would get."""

    id = models.BigAutoField(primary_key=True)
    simulation = models.ForeignKey(Simulation, on_delete=models.CASCADE, related_name="rows")
    lead = models.ForeignKey(Lead, on_delete=models.CASCADE, related_name="+")
    now_decision = models.CharField(max_length=12, choices=DecisionKind.choices)
    now_reasons = models.CharField(max_length=200, blank=True)
    decision = models.CharField(max_length=12, choices=DecisionKind.choices)
    reasons = models.CharField(max_length=200, blank=True)
    step = models.CharField(max_length=12, blank=True)
    channel = models.CharField(max_length=10, blank=True)
    due_at = models.DateTimeField(null=True, blank=True)
    needs_review = models.BooleanField(default=False)
    concerned = models.BooleanField(default=False, help_text="The version's segment takes this lead in")

    class Meta:
        ordering = ["id"]
        constraints = [
            models.CheckConstraint(condition=Q(now_decision__in=DecisionKind.values), name="simulated_now"),
            models.CheckConstraint(condition=Q(decision__in=DecisionKind.values), name="simulated_decision"),
        ]
        indexes = [
            models.Index(fields=["simulation", "now_decision", "decision", "id"], name="simulated_by_move"),
        ]

    def __str__(self) -> str:
        return f"{self.lead_id}: {self.now_decision} to {self.decision}"
