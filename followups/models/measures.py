"""Pilots, and the monthly review of exceptions."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q

from followups.models.cadences import Cadence
from followups.models.leads import Lead
from followups.states import ExceptionKind


class Pilot(models.Model):
    """A trial run of a cadence with a goal: this share of its silent leads has a documented outcome by the end.

    ``goal`` is a share from 0 to 1. It ends ``days`` after ``started_on``, or when somebody ends it.
    """

    name = models.CharField(max_length=100)
    cadence = models.ForeignKey(Cadence, on_delete=models.PROTECT, related_name="pilots")
    started_on = models.DateField()
    days = models.PositiveSmallIntegerField(default=30)
    goal = models.DecimalField(max_digits=4, decimal_places=3, default="0.900")
    created_at = models.DateTimeField()
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    ended_at = models.DateTimeField(null=True, blank=True)
    ended_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )

    class Meta:
        ordering = ["-started_on", "-id"]
        constraints = [
            models.CheckConstraint(condition=Q(days__gte=1), name="pilot_days"),
            models.CheckConstraint(condition=Q(goal__gt=0, goal__lte=1), name="pilot_goal"),
            models.CheckConstraint(
                condition=Q(ended_by__isnull=True) | Q(ended_at__isnull=False), name="pilot_ended_pair"
            ),
        ]

    def __str__(self) -> str:
        return self.name


class ExceptionsReview(models.Model):
    """One month's exceptions. Signed off when every one of them was looked at."""

    month = models.DateField(unique=True, help_text="Its first day")
    note = models.CharField(max_length=1000, blank=True)
    signed_off_at = models.DateTimeField(null=True, blank=True)
    signed_off_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )

    class Meta:
        ordering = ["-month"]
        permissions = [("sign_off_exceptions", "Can sign off the monthly review of exceptions")]
        constraints = [
            models.CheckConstraint(
                condition=Q(signed_off_at__isnull=True, signed_off_by__isnull=True)
                | Q(signed_off_at__isnull=False, signed_off_by__isnull=False),
                name="exceptions_signed_off_pair",
            ),
        ]

    def __str__(self) -> str:
        return f"Exceptions of {self.month:%B %Y}"


class SeenException(models.Model):
    """Somebody looked at one exception of a month and, where there was something to say, said it."""

    review = models.ForeignKey(ExceptionsReview, on_delete=models.CASCADE, related_name="seen")
    kind = models.CharField(max_length=15, choices=ExceptionKind.choices)
    lead = models.ForeignKey(Lead, on_delete=models.CASCADE, related_name="+")
    remark = models.CharField(max_length=500, blank=True)
    seen_at = models.DateTimeField()
    seen_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering = ["id"]
        constraints = [
            models.CheckConstraint(condition=Q(kind__in=ExceptionKind.values), name="seen_exception_kind"),
            models.UniqueConstraint(fields=["review", "kind", "lead"], name="seen_exception_once"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} of {self.lead_id}"
