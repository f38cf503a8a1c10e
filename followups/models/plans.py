"""What is agreed or intended with a lead: while one of these is ahead, normal follow-up is on."""

from __future__ import annotations

from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import Q

from contacts.models import Contact
from followups.models.leads import Lead
from followups.states import PlannedKind, PlannedSource


class PlannedTouchQuerySet(models.QuerySet["PlannedTouch"]):
    """Which plans still stand."""

    def open(self) -> Self:
        """Neither done nor called off."""
        return self.filter(done_at=None, called_off_at=None)


class PlannedTouch(models.Model):
    """A meeting, call, task or reminder with somebody.

    Without a lead it concerns every open lead of the contact. ``at`` is its time; a task may have none and then stands
    until it is done. ``uid`` is the calendar's own id, by which a moved or cancelled entry is found again.
    """

    contact = models.ForeignKey(Contact, on_delete=models.PROTECT, related_name="planned")
    lead = models.ForeignKey(Lead, null=True, blank=True, on_delete=models.CASCADE, related_name="planned")
    kind = models.CharField(max_length=10, choices=PlannedKind.choices)
    title = models.CharField(max_length=300)
    at = models.DateTimeField(null=True, blank=True)
    for_whom = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="planned"
    )
    source = models.CharField(max_length=10, choices=PlannedSource.choices, default=PlannedSource.STAFF)
    uid = models.CharField(max_length=300, blank=True)
    sequence_number = models.PositiveIntegerField(default=0, help_text="Of the calendar entry: a later one replaces")
    created_at = models.DateTimeField()
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    done_at = models.DateTimeField(null=True, blank=True)
    done_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    called_off_at = models.DateTimeField(null=True, blank=True)

    objects = PlannedTouchQuerySet.as_manager()

    class Meta:
        ordering = ["at", "id"]
        constraints = [
            models.CheckConstraint(condition=Q(kind__in=PlannedKind.values), name="planned_kind"),
            models.CheckConstraint(condition=Q(source__in=PlannedSource.values), name="planned_source"),
            models.CheckConstraint(condition=Q(kind=PlannedKind.TASK) | Q(at__isnull=False), name="planned_has_a_time"),
            models.CheckConstraint(
                condition=Q(done_by__isnull=True) | Q(done_at__isnull=False), name="planned_done_pair"
            ),
            models.UniqueConstraint(
                fields=["contact", "source", "uid"], condition=~Q(uid=""), name="planned_once_per_calendar_entry"
            ),
        ]
        indexes = [
            models.Index(fields=["contact", "at"], condition=Q(done_at=None, called_off_at=None), name="planned_ahead"),
            models.Index(
                fields=["for_whom", "at"], condition=Q(done_at=None, called_off_at=None), name="planned_for_whom"
            ),
        ]

    def __str__(self) -> str:
        return self.title
