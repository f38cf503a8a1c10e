"""What reviewers decided, for ever."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Q

from outreach.models import Draft
from reviews.states import ReviewAction


class ReviewDecision(models.Model):
    """One decision about one draft: who, when, the exact text seen, what was changed, and why.

    Append-only, in the database too.
    """

    draft = models.ForeignKey(Draft, on_delete=models.PROTECT, related_name="review_decisions")
    action = models.CharField(max_length=20, choices=ReviewAction.choices)
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    decided_at = models.DateTimeField()
    fingerprint_seen = models.CharField(max_length=64)
    fingerprint_after = models.CharField(max_length=64, blank=True)
    subject_before = models.CharField(max_length=300, blank=True)
    body_before = models.TextField(blank=True)
    subject_after = models.CharField(max_length=300, blank=True)
    body_after = models.TextField(blank=True)
    findings: Any = models.JSONField(default=list, blank=True)
    scope = models.CharField(max_length=20, blank=True, help_text="For suppress: sequence, channel, contact or account")
    disposition = models.CharField(max_length=20, blank=True, help_text="For close out")
    reason = models.CharField(max_length=500, blank=True)
    words_before = models.PositiveIntegerField(null=True, blank=True, help_text="Words of the text that was seen")
    words_changed = models.PositiveIntegerField(
        null=True, blank=True, help_text="Words taken out or put in between what the template said and this text"
    )
    to_user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        help_text="For reassign: who has it from then on",
    )
    until = models.DateTimeField(null=True, blank=True, help_text="For snooze: when it comes back")

    class Meta:
        ordering = ["-id"]
        constraints = [models.CheckConstraint(condition=Q(action__in=ReviewAction.values), name="review_action")]
        permissions = [
            ("review_drafts", "Can review drafts"),
            ("review_every_team", "Can review drafts of every team"),
        ]
        indexes = [
            models.Index(fields=["draft", "-id"], name="review_decision_draft"),
            models.Index(fields=["decided_by", "-id"], name="review_decision_person"),
            models.Index(fields=["-decided_at", "-id"], name="review_decision_time"),
        ]

    def __str__(self) -> str:
        return f"{self.get_action_display()} ({self.draft_id})"
