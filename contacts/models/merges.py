"""Contacts that turned out to be one person, and those that may be."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from contacts.models.people import Contact
from contacts.states import DuplicateReason, DuplicateStatus, MergeKey


class Merge(models.Model):
    """One contact became part of another. ``moved`` says exactly what moved, so that it can be undone.

    ``key`` is what made it certain: a person, or an id that belongs to one person only. ``merged_by`` is empty where
    a source said so.
    """

    survivor = models.ForeignKey(Contact, on_delete=models.PROTECT, related_name="merges")
    merged = models.ForeignKey(Contact, on_delete=models.PROTECT, related_name="merged_as")
    key = models.CharField(max_length=10, choices=MergeKey.choices)
    reason = models.CharField(max_length=500, blank=True)
    moved: Any = models.JSONField(default=dict)
    merged_at = models.DateTimeField()
    merged_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    undone_at = models.DateTimeField(null=True, blank=True)
    undone_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    undone_reason = models.CharField(max_length=500, blank=True)

    class Meta:
        ordering = ["-id"]
        permissions = [("merge_contacts", "Can merge contacts and undo that")]
        constraints = [
            models.CheckConstraint(condition=Q(key__in=MergeKey.values), name="merge_key"),
            models.CheckConstraint(condition=~Q(survivor=F("merged")), name="merge_of_two"),
            models.CheckConstraint(
                condition=Q(undone_by__isnull=True) | Q(undone_at__isnull=False), name="merge_undone_pair"
            ),
            models.UniqueConstraint(
                fields=["merged"], condition=Q(undone_at__isnull=True), name="merged_into_one_contact"
            ),
        ]

    def __str__(self) -> str:
        return f"Merge {self.pk}"


class SuspectedDuplicate(models.Model):
    """Two contacts that may be one person. Shown to a person, never merged by itself. ``likeness`` is 0 to 100."""

    first = models.ForeignKey(Contact, on_delete=models.CASCADE, related_name="+")
    second = models.ForeignKey(Contact, on_delete=models.CASCADE, related_name="+")
    reason = models.CharField(max_length=15, choices=DuplicateReason.choices)
    likeness = models.PositiveSmallIntegerField()
    status = models.CharField(max_length=10, choices=DuplicateStatus.choices, default=DuplicateStatus.OPEN)
    found_at = models.DateTimeField()
    decided_at = models.DateTimeField(null=True, blank=True)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )

    class Meta:
        ordering = ["-likeness", "id"]
        constraints = [
            models.CheckConstraint(condition=Q(reason__in=DuplicateReason.values), name="duplicate_reason"),
            models.CheckConstraint(condition=Q(status__in=DuplicateStatus.values), name="duplicate_status"),
            models.CheckConstraint(condition=Q(first__lt=F("second")), name="duplicate_in_order"),
            models.CheckConstraint(condition=Q(likeness__lte=100), name="duplicate_likeness"),
            models.CheckConstraint(
                condition=Q(status=DuplicateStatus.OPEN) | Q(decided_at__isnull=False), name="duplicate_decided_at"
            ),
            models.CheckConstraint(
                condition=Q(decided_by__isnull=True) | Q(decided_at__isnull=False), name="duplicate_decided_pair"
            ),
            models.UniqueConstraint(fields=["first", "second"], name="duplicate_once"),
        ]
        indexes = [models.Index(fields=["status", "-likeness", "id"], name="duplicate_by_status")]

    def __str__(self) -> str:
        return f"Suspected duplicate {self.pk}"
