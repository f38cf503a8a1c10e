"""What the edits and refusals of reviewers suggest."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Q

from outreach.models import Template
from reviews.states import SuggestionKind, SuggestionStatus


class Suggestion(models.Model):
    """A change that the decisions of reviewers speak for. It is never applied by itself: a person accepts or dismisses.

    ``about`` names what it is about for people, ``key`` for the computer: one open suggestion for each. ``evidence``
    are the figures and ids of decisions it rests on, and ``text`` the wording that was approved instead, if any.
    """

    kind = models.CharField(max_length=20, choices=SuggestionKind.choices)
    key = models.CharField(max_length=120)
    about = models.CharField(max_length=200)
    template = models.ForeignKey(Template, null=True, blank=True, on_delete=models.CASCADE, related_name="suggestions")
    sentence = models.CharField(max_length=500)
    evidence: Any = models.JSONField(default=dict)
    text = models.TextField(blank=True)
    status = models.CharField(max_length=10, choices=SuggestionStatus.choices, default=SuggestionStatus.OPEN)
    made_at = models.DateTimeField()
    settled_at = models.DateTimeField(null=True, blank=True)
    settled_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    reason = models.CharField(max_length=300, blank=True)

    class Meta:
        ordering = ["-id"]
        permissions = [("settle_suggestions", "Can accept and dismiss suggestions")]
        constraints = [
            models.CheckConstraint(condition=Q(kind__in=SuggestionKind.values), name="suggestion_kind"),
            models.CheckConstraint(condition=Q(status__in=SuggestionStatus.values), name="suggestion_status"),
            models.CheckConstraint(
                condition=Q(status="open", settled_at__isnull=True, settled_by__isnull=True)
                | (~Q(status="open") & Q(settled_at__isnull=False, settled_by__isnull=False)),
                name="suggestion_settled_pair",
            ),
            models.UniqueConstraint(fields=["key"], condition=Q(status="open"), name="suggestion_one_open"),
        ]

    def __str__(self) -> str:
        return self.sentence
