"""Calls that somebody is asked to make, and what came of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.contrib.auth import get_user_model
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now

from contacts.models import Contact
from outreach.states import CallOutcome, CallStatus, Flow

if TYPE_CHECKING:
    from staff.models import User


class CallQuerySet(models.QuerySet["Call"]):
    """The reads that more than one place needs."""

    def visible_to(self, user: User) -> CallQuerySet:
        """What ``user`` may see: their own, their team's, the teams' they manage, and what belongs to nobody."""
        if user.is_superuser or user.has_perm("reviews.review_every_team"):
            return self
        colleagues = get_user_model().objects.filter(Q(team__manager=user) | Q(team__isnull=False, team=user.team_id))
        return self.filter(Q(owner=user) | Q(owner__isnull=True) | Q(owner__in=colleagues.values("pk")))

    def waiting(self) -> CallQuerySet:
        """Still to be made, the most important first."""
        return self.filter(status=CallStatus.WAITING)


class Call(models.Model):
    """One call to one person, from the moment somebody is asked until it was made or is not needed any more.

    ``points`` are what to talk about, from evidence: a list of {at, what, detail}. ``minutes`` is how long it took.
    Whether it may be made is asked when it is opened and again when its outcome is kept (`may_write_to`).
    """

    contact = models.ForeignKey(Contact, on_delete=models.PROTECT, related_name="calls")
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="calls"
    )
    flow = models.CharField(max_length=10, choices=Flow.choices, default=Flow.PLAYBOOK)
    why = models.CharField(max_length=500)
    script = models.TextField(blank=True)
    points: Any = models.JSONField(default=list, blank=True)
    priority = models.IntegerField(default=0, help_text="Points. Each counts as if it was due half an hour earlier")
    priority_reasons: Any = models.JSONField(
        default=list, blank=True, help_text="What the points are for: a list of {points, what}"
    )
    rank_at = models.DateTimeField(
        db_default=Now(), editable=False, help_text="due_at less half an hour a point, kept by the database. The order"
    )
    status = models.CharField(max_length=10, choices=CallStatus.choices, default=CallStatus.WAITING)
    status_reason = models.CharField(max_length=300, blank=True)
    due_at = models.DateTimeField()
    latest_at = models.DateTimeField(help_text="Promised by then")
    tries = models.PositiveSmallIntegerField(default=0)
    outcome = models.CharField(max_length=14, choices=CallOutcome.choices, blank=True)
    note = models.TextField(blank=True)
    minutes = models.PositiveSmallIntegerField(default=0)
    created_at = models.DateTimeField()
    done_at = models.DateTimeField(null=True, blank=True)
    done_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )

    objects = CallQuerySet.as_manager()

    class Meta:
        ordering = ["rank_at", "id"]
        permissions = [("make_calls", "Can make calls and keep what came of them")]
        constraints = [
            models.CheckConstraint(condition=Q(flow__in=Flow.values), name="call_flow"),
            models.CheckConstraint(condition=Q(status__in=CallStatus.values), name="call_status"),
            models.CheckConstraint(condition=Q(outcome="") | Q(outcome__in=CallOutcome.values), name="call_outcome"),
            models.CheckConstraint(condition=Q(latest_at__gte=F("due_at")), name="call_window"),
            models.CheckConstraint(
                condition=(Q(status="done") & Q(done_at__isnull=False) & ~Q(outcome=""))
                | (~Q(status="done") & Q(done_at__isnull=True)),
                name="call_done_pair",
            ),
            models.CheckConstraint(
                condition=Q(done_by__isnull=True) | Q(done_at__isnull=False), name="call_done_by_pair"
            ),
        ]
        indexes = [
            models.Index(fields=["owner", "status", "rank_at", "id"], name="call_queue"),
            models.Index(fields=["status", "rank_at", "id"], name="call_queue_all"),
            models.Index(fields=["contact", "status"], name="call_of_contact"),
        ]

    def __str__(self) -> str:
        return f"Call {self.pk} ({self.status})"
