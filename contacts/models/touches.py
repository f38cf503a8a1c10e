"""What passed between us and a contact."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from contacts.models.people import Contact
from contacts.states import Channel, Direction, TouchKind


class Touch(models.Model):
    """One contact between us and a person: a message, call, quote or note, in either direction.

    ``digest`` identifies an imported row, so that the same row imported again is recognised.
    """

    contact = models.ForeignKey(Contact, on_delete=models.CASCADE, related_name="touches")
    at = models.DateTimeField()
    direction = models.CharField(max_length=3, choices=Direction.choices)
    channel = models.CharField(max_length=10, choices=Channel.choices, blank=True)
    kind = models.CharField(max_length=15, choices=TouchKind.choices)
    summary = models.TextField(blank=True)
    returns_on = models.DateField(null=True, blank=True, help_text="For an out-of-office: the day they are back")
    digest = models.CharField(max_length=64, unique=True, null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["at", "id"]
        verbose_name_plural = "touches"
        constraints = [
            models.CheckConstraint(condition=Q(direction__in=Direction.values), name="touch_direction"),
            models.CheckConstraint(condition=Q(kind__in=TouchKind.values), name="touch_kind"),
            models.CheckConstraint(condition=Q(channel="") | Q(channel__in=Channel.values), name="touch_channel"),
        ]
        indexes = [models.Index(fields=["contact", "at"], name="touch_contact_at")]

    def __str__(self) -> str:
        return f"{self.get_direction_display()}: {self.get_kind_display()}"
