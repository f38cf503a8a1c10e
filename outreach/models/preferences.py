"""What a person chose on their preference page, beside consent and refusals, which are kept in contacts."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q

from contacts.models import Contact
from outreach.models.brands import Topic


class TopicRefusal(models.Model):
    """They do not want to hear about this topic. It holds while ``withdrawn_at`` is empty.

    When two contacts become one, both keep their refusals: one that holds is enough.
    """

    contact = models.ForeignKey(Contact, on_delete=models.CASCADE, related_name="topic_refusals")
    topic = models.ForeignKey(Topic, on_delete=models.PROTECT, related_name="refusals")
    refused_at = models.DateTimeField()
    withdrawn_at = models.DateTimeField(null=True, blank=True)
    source = models.CharField(max_length=200, blank=True)

    class Meta:
        ordering = ["-id"]
        indexes = [
            models.Index(fields=["contact", "topic"], condition=Q(withdrawn_at__isnull=True), name="topic_refused")
        ]

    def __str__(self) -> str:
        return f"No {self.topic}"


class Pause(models.Model):
    """They asked for quiet until a day. Until then nothing leaves on any channel; then it goes on by itself."""

    contact = models.ForeignKey(Contact, on_delete=models.CASCADE, related_name="pauses")
    asked_at = models.DateTimeField()
    until = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True, help_text="When they ended it earlier")
    source = models.CharField(max_length=200, blank=True)

    class Meta:
        ordering = ["-id"]
        constraints = [models.CheckConstraint(condition=Q(until__gt=F("asked_at")), name="pause_ahead")]
        indexes = [models.Index(fields=["contact", "until"], condition=Q(ended_at__isnull=True), name="pause_open")]

    def __str__(self) -> str:
        return f"Quiet until {self.until:%Y-%m-%d}"
