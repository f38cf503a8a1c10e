"""Texts that a language model was asked for."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from outreach.models.drafts import Draft
from outreach.states import CompositionStatus


class Composition(models.Model):
    """One text asked of a language model for one draft: what it was given, what it answered, what became of it.

    ``requested_by`` is empty where Rekindle asked by itself. ``fingerprint`` is that of the text it was to replace:
    a text that changed meanwhile stays. ``cost`` is in the currency of the prices that are set, empty without prices.
    """

    draft = models.ForeignKey(Draft, on_delete=models.CASCADE, related_name="compositions")
    variant = models.PositiveSmallIntegerField(default=1)
    fingerprint = models.CharField(max_length=64)
    requested_at = models.DateTimeField()
    requested_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    status = models.CharField(max_length=10, choices=CompositionStatus.choices, default=CompositionStatus.WAITING)
    started_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)
    model = models.CharField(max_length=200, blank=True)
    prompt = models.TextField(blank=True)
    answer = models.TextField(blank=True, help_text="As it came")
    subject = models.CharField(max_length=300, blank=True)
    body = models.TextField(blank=True)
    reason_used = models.CharField(max_length=500, blank=True)
    evidence_ids = ArrayField(models.CharField(max_length=80), default=list, blank=True)
    claims: Any = models.JSONField(default=list, blank=True)
    problem = models.CharField(max_length=300, blank=True, help_text="Why it was not used, in words")
    input_tokens = models.PositiveIntegerField(null=True, blank=True)
    output_tokens = models.PositiveIntegerField(null=True, blank=True)
    cost = models.DecimalField(max_digits=10, decimal_places=6, null=True, blank=True)

    class Meta:
        ordering = ["id"]
        constraints = [
            models.CheckConstraint(condition=Q(status__in=CompositionStatus.values), name="composition_status"),
            models.CheckConstraint(
                condition=~Q(status__in=["used", "offered", "refused", "failed"]) | Q(finished_at__isnull=False),
                name="composition_finished_at",
            ),
        ]
        indexes = [
            models.Index(fields=["id"], condition=Q(status="waiting"), name="composition_waiting"),
            models.Index(fields=["started_at"], condition=Q(status="writing"), name="composition_writing"),
            models.Index(fields=["draft", "id"], name="composition_draft"),
        ]

    def __str__(self) -> str:
        return f"Text {self.pk} ({self.status})"
