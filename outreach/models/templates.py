"""Approved language."""

from __future__ import annotations

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from contacts.states import Channel
from outreach.models.brands import Brand, Topic
from outreach.states import TemplateStatus


class Template(models.Model):
    """A message for one channel, one purpose and one useful reason. Its wording lives in versions."""

    key = models.SlugField(max_length=100, unique=True)
    name = models.CharField(max_length=200)
    channel = models.CharField(max_length=10, choices=Channel.choices)
    angle = models.CharField(max_length=40, help_text="What the step is for: remind, another_angle, close_loop")
    reason_kind = models.CharField(
        max_length=40, blank=True, help_text="The useful reason it gives; empty for close-loop language"
    )
    language = models.CharField(max_length=20, default="en")
    tags = ArrayField(models.CharField(max_length=40), default=list, blank=True)
    brand = models.ForeignKey(
        Brand, null=True, blank=True, on_delete=models.PROTECT, related_name="templates", help_text="Empty: the default"
    )
    topic = models.ForeignKey(
        Topic,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="templates",
        help_text="What it is about, so that people may refuse this topic and keep the others",
    )
    shipped = models.BooleanField(default=False, editable=False)

    class Meta:
        ordering = ["channel", "angle", "reason_kind", "key"]
        constraints = [models.CheckConstraint(condition=Q(channel__in=Channel.values), name="template_channel")]
        permissions = [("approve_templates", "Can approve template wording")]

    def __str__(self) -> str:
        return self.name


class TemplateVersion(models.Model):
    """One wording. Approved wording is never edited: a change is a new version. At most one version is approved."""

    template = models.ForeignKey(Template, on_delete=models.CASCADE, related_name="versions")
    number = models.PositiveIntegerField()
    status = models.CharField(max_length=10, choices=TemplateStatus.choices, default=TemplateStatus.DRAFT)
    subject = models.CharField(max_length=300, blank=True)
    body = models.TextField()
    approved_at = models.DateTimeField(null=True, blank=True)
    approved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        help_text="Empty for wording that came with Rekindle",
    )
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["template", "-number"]
        constraints = [
            models.CheckConstraint(condition=Q(status__in=TemplateStatus.values), name="template_version_status"),
            models.UniqueConstraint(fields=["template", "number"], name="template_version_number"),
            models.UniqueConstraint(
                fields=["template"], condition=Q(status=TemplateStatus.APPROVED), name="template_one_approved"
            ),
            models.CheckConstraint(
                condition=Q(status=TemplateStatus.DRAFT) | Q(approved_at__isnull=False), name="template_approved_at"
            ),
            models.CheckConstraint(
                condition=Q(approved_by__isnull=True) | Q(approved_at__isnull=False), name="template_approved_pair"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.template} v{self.number}"
