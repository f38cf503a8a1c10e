"""When people work, and when they do not."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from staff.models.people import Team, User


class Absence(models.Model):
    """Days on which somebody does not work, both included. Their minutes do not count on these days."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="absences")
    first_on = models.DateField()
    last_on = models.DateField()
    reason = models.CharField(max_length=100, blank=True)
    substitute = models.ForeignKey(
        User,
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="standing_in",
        help_text="Who decides meanwhile. Empty: as the team says",
    )

    class Meta:
        ordering = ["-first_on", "id"]
        permissions = [("plan_absences", "Can say when other people are away")]
        constraints = [
            models.CheckConstraint(condition=Q(last_on__gte=models.F("first_on")), name="absence_days"),
            models.CheckConstraint(
                condition=Q(substitute__isnull=True) | ~Q(substitute=models.F("user")),
                name="absence_substitute_is_another",
            ),
        ]
        indexes = [models.Index(fields=["user", "last_on"], name="absence_of_user")]

    def __str__(self) -> str:
        return f"{self.first_on:%Y-%m-%d} to {self.last_on:%Y-%m-%d}"


class Holiday(models.Model):
    """A day on which nobody of a team works, or nobody at all."""

    team = models.ForeignKey(Team, null=True, blank=True, on_delete=models.CASCADE, related_name="holidays")
    on = models.DateField()
    name = models.CharField(max_length=100)

    class Meta:
        ordering = ["on", "id"]
        constraints = [
            models.UniqueConstraint(fields=["team", "on"], nulls_distinct=False, name="holiday_once"),
        ]

    def __str__(self) -> str:
        return f"{self.on:%Y-%m-%d} {self.name}"
