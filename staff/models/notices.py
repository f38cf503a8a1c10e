"""What people are told, and how they want to be told."""

from __future__ import annotations

from datetime import time

from django.db import models
from django.db.models import Q

from staff.models.people import User
from staff.states import NotificationKind, Telling


class Notification(models.Model):
    """One thing one person is told. ``key`` says what it is about, so that nobody is told the same thing twice.

    ``title`` and ``url`` name no contact: a mail or a chat message made of them gives nothing away.
    ``mailed_at`` and ``slacked_at`` are set when it left that way, at once or in a digest; rows are claimed by them.
    """

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="notifications")
    kind = models.CharField(max_length=20, choices=NotificationKind.choices)
    key = models.CharField(max_length=100)
    title = models.CharField(max_length=200)
    url = models.CharField(max_length=300, help_text="A path on this site")
    at = models.DateTimeField()
    read_at = models.DateTimeField(null=True, blank=True)
    mailed_at = models.DateTimeField(null=True, blank=True)
    slacked_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(fields=["user", "key"], name="notification_once"),
            models.CheckConstraint(condition=Q(kind__in=NotificationKind.values), name="notification_kind"),
        ]
        indexes = [
            models.Index(fields=["user", "-id"], name="notification_of_user"),
            models.Index(fields=["user"], condition=Q(read_at__isnull=True), name="notification_unread"),
            models.Index(fields=["user", "id"], condition=Q(mailed_at__isnull=True), name="notification_to_mail"),
            models.Index(fields=["user", "id"], condition=Q(slacked_at__isnull=True), name="notification_to_slack"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} for {self.user_id}"


class NotificationChoice(models.Model):
    """How one person wants to be told of one kind of thing. Without a row: `staff.rules.notices.DEFAULTS`.

    The bell always shows everything.
    """

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="notification_choices")
    kind = models.CharField(max_length=20, choices=NotificationKind.choices)
    mail = models.CharField(max_length=8, choices=Telling.choices)
    slack = models.CharField(max_length=8, choices=Telling.choices)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["user", "kind"], name="notification_choice_once"),
            models.CheckConstraint(condition=Q(kind__in=NotificationKind.values), name="notification_choice_kind"),
            models.CheckConstraint(condition=Q(mail__in=Telling.values), name="notification_choice_mail"),
            models.CheckConstraint(condition=Q(slack__in=Telling.values), name="notification_choice_slack"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} for {self.user_id}"


class Preferences(models.Model):
    """What else a person chose. ``digest_at`` is by the clock of their team, on its working days.

    The digest is claimed by its day, by mail and by chat each for itself: where one is down, the other is not repeated.
    ``calendar_digest`` is the SHA-256 of the secret in the address of their private calendar. The secret is not kept.
    """

    user = models.OneToOneField(User, on_delete=models.CASCADE, related_name="preferences")
    digest_at = models.TimeField(default=time(8))
    digest_sent_on = models.DateField(null=True, blank=True, help_text="The day of the last digest by mail, there")
    digest_slacked_on = models.DateField(null=True, blank=True, help_text="The day of the last one by chat, there")
    last_home_at = models.DateTimeField(null=True, blank=True, help_text="When the start page was last opened")
    calendar_digest = models.CharField(max_length=64, blank=True, editable=False)

    class Meta:
        verbose_name_plural = "preferences"
        constraints = [
            models.UniqueConstraint(
                fields=["calendar_digest"], condition=~Q(calendar_digest=""), name="calendar_digest_once"
            ),
        ]

    def __str__(self) -> str:
        return f"Preferences of {self.user_id}"
