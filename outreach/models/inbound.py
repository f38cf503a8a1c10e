"""What comes back: everything as it came, and what people wrote."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.contrib.auth import get_user_model
from django.db import models
from django.db.models import Q

from contacts.models import Contact, Suppression, Touch
from contacts.states import Channel
from outreach.models.drafts import Draft
from outreach.states import NoticeKind, NoticeStatus, ReplyLabel, ReplyStatus, SortedBy

if TYPE_CHECKING:
    from staff.models import User


class ProviderNotice(models.Model):
    """One thing that came in and proved where it is from, as it came. The row is the queue: it is done when it is done.

    ``external_id`` is what its sender calls it, or a digest of it: the same thing twice is one row. ``body`` is one
    event in the sender's own form (JSON, form fields as JSON, or a mail).
    """

    provider = models.CharField(max_length=40)
    kind = models.CharField(max_length=10, choices=NoticeKind.choices)
    external_id = models.CharField(max_length=255)
    body = models.BinaryField()
    received_at = models.DateTimeField()
    status = models.CharField(max_length=10, choices=NoticeStatus.choices, default=NoticeStatus.WAITING)
    problem = models.CharField(max_length=300, blank=True, help_text="Why nothing came of it, in words")
    done_at = models.DateTimeField(null=True, blank=True)
    tries = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering = ["id"]
        constraints = [
            models.CheckConstraint(condition=Q(kind__in=NoticeKind.values), name="notice_kind"),
            models.CheckConstraint(condition=Q(status__in=NoticeStatus.values), name="notice_status"),
            models.CheckConstraint(
                condition=Q(status="waiting", done_at__isnull=True) | (~Q(status="waiting") & Q(done_at__isnull=False)),
                name="notice_done_pair",
            ),
            models.UniqueConstraint(fields=["provider", "kind", "external_id"], name="notice_once"),
        ]
        indexes = [models.Index(fields=["id"], condition=Q(status="waiting"), name="notice_waiting")]

    def __str__(self) -> str:
        return f"{self.provider}: {self.get_kind_display()}"


class ReplyQuerySet(models.QuerySet["Reply"]):
    """The reads that more than one place needs."""

    def visible_to(self, user: User) -> ReplyQuerySet:
        """What ``user`` may see: their own, their team's, the teams' they manage, and what belongs to nobody."""
        if user.is_superuser or user.has_perm("reviews.review_every_team"):
            return self
        colleagues = get_user_model().objects.filter(Q(team__manager=user) | Q(team__isnull=False, team=user.team_id))
        return self.filter(Q(owner=user) | Q(owner__isnull=True) | Q(owner__in=colleagues.values("pk")))

    def held(self) -> ReplyQuerySet:
        """They may have said stop, and nobody has confirmed or released it."""
        return self.filter(status=ReplyStatus.HELD)

    def needs_somebody(self) -> ReplyQuerySet:
        """What waits for a person: to be confirmed or released, or to be read."""
        return self.filter(status__in=[ReplyStatus.HELD, ReplyStatus.OPEN])


class Reply(models.Model):
    """One message from a person, or from their machine: what it says, what it was taken for, and what followed.

    ``contact`` is empty where nobody of that address is known. ``suppression`` is the stop that it brought about;
    while the row is ``held`` a person has yet to confirm it, and it holds all the same.
    """

    notice = models.OneToOneField(ProviderNotice, null=True, blank=True, on_delete=models.PROTECT, related_name="reply")
    contact = models.ForeignKey(Contact, null=True, blank=True, on_delete=models.PROTECT, related_name="replies")
    draft = models.ForeignKey(
        Draft, null=True, blank=True, on_delete=models.PROTECT, related_name="replies", help_text="What it answers"
    )
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="replies"
    )
    channel = models.CharField(max_length=10, choices=Channel.choices)
    sender = models.CharField(max_length=320, blank=True, help_text="The address it came from, as it came")
    subject = models.CharField(max_length=300, blank=True)
    text = models.TextField(blank=True, help_text="What they wrote, without what they quoted")
    whole_text = models.TextField(blank=True, help_text="With what they quoted")
    at = models.DateTimeField(help_text="When it came, by our clock")
    label = models.CharField(max_length=15, choices=ReplyLabel.choices)
    confidence = models.DecimalField(max_digits=3, decimal_places=2)
    sorted_by = models.CharField(max_length=8, choices=SortedBy.choices, default=SortedBy.RULE)
    because = models.CharField(max_length=300, blank=True, help_text="What the label rests on, in words")
    spans: Any = models.JSONField(default=list, blank=True, help_text="The words it rests on: a list of {start, end}")
    returns_on = models.DateField(null=True, blank=True)
    status = models.CharField(max_length=10, choices=ReplyStatus.choices)
    touch = models.ForeignKey(Touch, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    suppression = models.ForeignKey(Suppression, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    decided_at = models.DateTimeField(null=True, blank=True)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    decision_note = models.CharField(max_length=300, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    objects = ReplyQuerySet.as_manager()

    class Meta:
        ordering = ["-at", "-id"]
        verbose_name_plural = "replies"
        permissions = [("answer_replies", "Can decide about replies")]
        constraints = [
            models.CheckConstraint(condition=Q(channel__in=Channel.values), name="reply_channel"),
            models.CheckConstraint(condition=Q(label__in=ReplyLabel.values), name="reply_label"),
            models.CheckConstraint(condition=Q(sorted_by__in=SortedBy.values), name="reply_sorted_by"),
            models.CheckConstraint(condition=Q(status__in=ReplyStatus.values), name="reply_status"),
            models.CheckConstraint(condition=Q(confidence__gte=0) & Q(confidence__lte=1), name="reply_confidence"),
            models.CheckConstraint(
                condition=Q(decided_by__isnull=True) | Q(decided_at__isnull=False), name="reply_decided_pair"
            ),
            # A hold that stops nothing is no hold. Where nobody is known, the address is stopped.
            models.CheckConstraint(
                condition=~Q(status__in=["held", "confirmed"]) | Q(suppression__isnull=False), name="reply_held_stops"
            ),
        ]
        indexes = [
            models.Index(fields=["status", "-at", "-id"], name="reply_status_at"),
            models.Index(fields=["contact", "-at"], name="reply_contact"),
        ]

    def __str__(self) -> str:
        return f"{self.get_label_display()} ({self.pk})"
