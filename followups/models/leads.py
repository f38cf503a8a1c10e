"""Leads and what is known about them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from contacts.models import Account, Contact, Touch
from followups.states import CLOSED_STAGES, Disposition, SequenceStatus, Stage

if TYPE_CHECKING:
    from staff.models import User


class LeadQuerySet(models.QuerySet["Lead"]):
    """Which leads: those a person may see, and those a sweep looks at."""

    def visible_to(self, user: User | AnonymousUser) -> Self:
        """Their own leads, those of their team and of teams they manage, and those nobody owns.

        Everything for a superuser and for holders of ``followups.see_every_lead``; nothing for people not signed in.
        """
        if isinstance(user, AnonymousUser):
            return self.none()
        if user.has_perm("followups.see_every_lead"):
            return self
        seen = Q(owner=user) | Q(owner__isnull=True) | Q(owner__team__manager=user)
        if user.team_id is not None:
            seen |= Q(owner__team=user.team_id)
        return self.filter(seen)

    def looked_at(self) -> Self:
        """Open leads, and closed ones whose sequence still has to be ended (followups.md, first paragraph)."""
        return self.filter(
            ~Q(stage__in=CLOSED_STAGES)
            | models.Exists(
                self.model._meta.apps.get_model("followups", "Sequence").objects.filter(
                    lead=models.OuterRef("pk"), status=SequenceStatus.OPEN
                )
            )
        )


class Lead(models.Model):
    """A possible deal with one contact.

    ``value`` is in ``currency``; ``last_touch_at`` is a touch of ours that came with the import.
    """

    external_id = models.CharField(max_length=200, unique=True)
    contact = models.ForeignKey(Contact, on_delete=models.PROTECT, related_name="leads")
    account = models.ForeignKey(Account, null=True, blank=True, on_delete=models.SET_NULL, related_name="leads")
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="leads"
    )
    territory = models.CharField(max_length=100, blank=True)
    stage = models.CharField(max_length=12, choices=Stage.choices, default=Stage.NEW)
    priority = models.CharField(max_length=40, blank=True)
    value = models.DecimalField(max_digits=14, decimal_places=2, null=True, blank=True)
    currency = models.CharField(max_length=3, blank=True)
    source = models.CharField(max_length=100, blank=True)
    next_step = models.CharField(max_length=300, blank=True)
    next_step_on = models.DateField(null=True, blank=True)
    quote_sent_on = models.DateField(null=True, blank=True)
    proposal_sent_on = models.DateField(null=True, blank=True)
    last_touch_at = models.DateTimeField(null=True, blank=True)
    expires_on = models.DateField(null=True, blank=True)
    future_fit = models.BooleanField(default=False)
    recycle_on = models.DateField(null=True, blank=True)
    existing_customer = models.BooleanField(default=False)
    strategic = models.BooleanField(default=False)
    tags = ArrayField(models.CharField(max_length=60), default=list, db_default=[], blank=True)
    woken_at = models.DateTimeField(
        null=True, blank=True, help_text="Came back from being put off: attempts count from here"
    )
    recycled = models.PositiveSmallIntegerField(
        default=0, db_default=0, help_text="How often it was put off and came back"
    )

    paused_at = models.DateTimeField(null=True, blank=True)
    paused_until = models.DateTimeField(null=True, blank=True)
    paused_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    paused_reason = models.CharField(max_length=300, blank=True)

    disposition = models.CharField(max_length=20, choices=Disposition.choices, blank=True)
    disposition_at = models.DateTimeField(null=True, blank=True)
    disposition_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    disposition_reason = models.CharField(max_length=500, blank=True)
    outcome = models.ForeignKey(
        "followups.Outcome", null=True, blank=True, on_delete=models.PROTECT, related_name="leads"
    )
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    objects = LeadQuerySet.as_manager()

    class Meta:
        ordering = ["external_id"]
        constraints = [
            models.CheckConstraint(condition=Q(stage__in=Stage.values), name="lead_stage"),
            models.CheckConstraint(
                condition=Q(disposition="") | Q(disposition__in=Disposition.values), name="lead_disposition"
            ),
            models.CheckConstraint(
                condition=(Q(disposition="") & Q(disposition_at__isnull=True))
                | (~Q(disposition="") & Q(disposition_at__isnull=False)),
                name="lead_disposition_pair",
            ),
            models.CheckConstraint(
                condition=Q(disposition_by__isnull=True) | Q(disposition_at__isnull=False),
                name="lead_disposition_actor_pair",
            ),
            models.CheckConstraint(
                condition=Q(paused_at__isnull=False) | Q(paused_until__isnull=True, paused_by__isnull=True),
                name="lead_paused_pair",
            ),
            models.CheckConstraint(
                condition=Q(outcome__isnull=True) | ~Q(disposition=""), name="lead_outcome_with_disposition"
            ),
        ]
        indexes = [
            models.Index(fields=["id"], condition=~Q(stage__in=["won", "lost"]), name="lead_open"),
            models.Index(fields=["account"], condition=Q(stage="won"), name="lead_won_account"),
            models.Index(fields=["contact"], condition=Q(stage="won"), name="lead_won_contact"),
            models.Index(fields=["owner", "stage"], name="lead_owner_stage"),
            models.Index(fields=["recycle_on"], condition=Q(disposition="recycle"), name="lead_to_wake"),
            models.Index(fields=["disposition", "disposition_at"], name="lead_by_disposition"),
        ]
        permissions = [("see_every_lead", "Can see the leads of every team")]

    def __str__(self) -> str:
        return self.external_id


class LeadTouch(models.Model):
    """Says to which lead a touch belongs."""

    touch = models.OneToOneField(Touch, primary_key=True, on_delete=models.CASCADE, related_name="lead_touch")
    lead = models.ForeignKey(Lead, on_delete=models.CASCADE, related_name="lead_touches")

    def __str__(self) -> str:
        return f"{self.lead_id}: {self.touch_id}"


class Asset(models.Model):
    """Material worth sending: a reason to write to leads in its industry or stage while newer than our last touch."""

    title = models.CharField(max_length=200)
    link = models.URLField(max_length=500)
    industries = ArrayField(models.CharField(max_length=100), default=list, blank=True)
    stages = ArrayField(models.CharField(max_length=12), default=list, blank=True)
    tags = ArrayField(models.CharField(max_length=60), default=list, blank=True, help_text="To find it again")
    published_at = models.DateTimeField()
    valid_until = models.DateField(null=True, blank=True)

    class Meta:
        ordering = ["-published_at", "-id"]

    def __str__(self) -> str:
        return self.title


class OwnerNote(models.Model):
    """Something the owner knows that gives a reason to write. Spent by one message."""

    lead = models.ForeignKey(Lead, on_delete=models.CASCADE, related_name="notes")
    text = models.CharField(max_length=500)
    created_at = models.DateTimeField()
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering = ["-created_at", "-id"]
        indexes = [models.Index(fields=["lead", "created_at"], name="owner_note_lead")]

    def __str__(self) -> str:
        return self.text
