"""What managers add to the gates: phrases to look for, and hosts that messages may link to."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q

from outreach.states import Severity


class GatePhrase(models.Model):
    """A phrase that a gate looks for, beside those that come with Rekindle. ``gate`` is the id of a gate with phrases.

    Written as people write it: case, apostrophes, line breaks and doubled blanks make no difference. ``*`` at the end
    of a word stands for any ending.
    """

    gate = models.CharField(max_length=40)
    phrase = models.CharField(max_length=200)
    severity = models.CharField(max_length=8, choices=Severity.choices, default=Severity.BLOCK)
    note = models.CharField(max_length=300, blank=True, help_text="Why; shown to the reviewer")
    active = models.BooleanField(default=True)
    added_at = models.DateTimeField(auto_now_add=True)
    added_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )

    class Meta:
        ordering = ["gate", "phrase"]
        constraints = [
            models.CheckConstraint(condition=Q(severity__in=Severity.values), name="gate_phrase_severity"),
            models.CheckConstraint(condition=~Q(phrase=""), name="gate_phrase_not_empty"),
            models.UniqueConstraint(fields=["gate", "phrase"], name="gate_phrase_once"),
        ]

    def __str__(self) -> str:
        return self.phrase


class LinkHost(models.Model):
    """A host that messages may link to, its subdomains included. Our own host and published material are allowed."""

    host = models.CharField(max_length=253, unique=True)
    note = models.CharField(max_length=300, blank=True)
    added_at = models.DateTimeField(auto_now_add=True)
    added_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )

    class Meta:
        ordering = ["host"]
        constraints = [models.CheckConstraint(condition=~Q(host=""), name="link_host_not_empty")]

    def __str__(self) -> str:
        return self.host
