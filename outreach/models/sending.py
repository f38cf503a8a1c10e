"""When and how much may leave, what is stopped, and what became of what left."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q

from contacts.states import Channel
from outreach.models.drafts import Draft
from outreach.states import DeliveryKind, StopScope


class ChannelRules(models.Model):
    """The hours of one channel, in the person's own time, and whether weekends and public holidays are left out.

    Messages leave from ``opens`` (included) to ``closes`` (not included), both whole hours; 0 and 24 mean any hour.
    """

    channel = models.CharField(max_length=10, choices=Channel.choices, unique=True)
    opens = models.PositiveSmallIntegerField(default=8, validators=[MaxValueValidator(23)])
    closes = models.PositiveSmallIntegerField(default=21, validators=[MinValueValidator(1), MaxValueValidator(24)])
    on_weekends = models.BooleanField(default=True)
    on_holidays = models.BooleanField(default=False)

    class Meta:
        ordering = ["channel"]
        verbose_name_plural = "channel rules"
        constraints = [
            models.CheckConstraint(condition=Q(channel__in=Channel.values), name="channel_rules_channel"),
            models.CheckConstraint(condition=Q(opens__lt=F("closes"), closes__lte=24), name="channel_rules_hours"),
        ]

    def __str__(self) -> str:
        return self.get_channel_display()


class ContactCap(models.Model):
    """At most so many messages to one person within so many days, over all flows. Empty channel: over all of them."""

    channel = models.CharField(max_length=10, choices=Channel.choices, blank=True)
    most = models.PositiveSmallIntegerField(validators=[MinValueValidator(1)])
    days = models.PositiveSmallIntegerField(validators=[MinValueValidator(1), MaxValueValidator(90)])

    class Meta:
        ordering = ["channel", "days"]
        constraints = [
            models.CheckConstraint(condition=Q(channel="") | Q(channel__in=Channel.values), name="contact_cap_channel"),
            models.CheckConstraint(condition=Q(most__gte=1, days__gte=1, days__lte=90), name="contact_cap_sense"),
            models.UniqueConstraint(fields=["channel", "days"], name="contact_cap_once"),
        ]

    def __str__(self) -> str:
        return f"{self.most} in {self.days} days"


class SendingStop(models.Model):
    """A stop switch that was thrown, and when it was lifted. At most one per scope is open at a time."""

    scope = models.CharField(max_length=10, choices=StopScope.choices)
    stopped_at = models.DateTimeField()
    stopped_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        help_text="Empty: Rekindle itself",
    )
    reason = models.CharField(max_length=300, blank=True)
    lifted_at = models.DateTimeField(null=True, blank=True)
    lifted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    lift_reason = models.CharField(max_length=300, blank=True)

    class Meta:
        ordering = ["-stopped_at", "-id"]
        permissions = [
            ("stop_sending", "Can stop sending"),
            ("control_sending", "Can set hours, caps and limits, and let sending go on"),
        ]
        constraints = [
            models.CheckConstraint(condition=Q(scope__in=StopScope.values), name="sending_stop_scope"),
            models.UniqueConstraint(
                fields=["scope"], condition=Q(lifted_at__isnull=True), name="sending_stop_one_open"
            ),
            # Rekindle stops by itself, and never goes on by itself.
            models.CheckConstraint(
                condition=Q(lifted_at__isnull=True, lifted_by__isnull=True)
                | (Q(lifted_at__isnull=False, lifted_by__isnull=False) & ~Q(lift_reason="")),
                name="sending_stop_lifted_pair",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_scope_display()} stopped"


class ProviderRate(models.Model):
    """How many messages a minute one provider is given, over all workers.

    ``provider`` is what `outreach.channels.provider_of` calls it.
    """

    provider = models.CharField(max_length=40, unique=True)
    per_minute = models.PositiveIntegerField(validators=[MinValueValidator(1)])

    class Meta:
        ordering = ["provider"]
        constraints = [models.CheckConstraint(condition=Q(per_minute__gte=1), name="provider_rate_sense")]

    def __str__(self) -> str:
        return f"{self.provider}: {self.per_minute} a minute"


class SenderDomain(models.Model):
    """A domain that mail is sent from and that has to become known: a day's mail grows from day to day.

    On day n after ``began_on`` at most ``first_day`` × ``growth`` ^ n leave, up to ``most_a_day``; 0 means no limit
    then. Days are those of UTC.
    """

    domain = models.CharField(max_length=253, unique=True)
    began_on = models.DateField()
    first_day = models.PositiveIntegerField(default=50, validators=[MinValueValidator(1)])
    growth = models.DecimalField(max_digits=4, decimal_places=2, default="1.50", validators=[MinValueValidator(1)])
    most_a_day = models.PositiveIntegerField(default=0)

    class Meta:
        ordering = ["domain"]
        constraints = [
            models.CheckConstraint(condition=Q(first_day__gte=1, growth__gte=1), name="sender_domain_sense"),
        ]

    def __str__(self) -> str:
        return self.domain


class Departures(models.Model):
    """How many messages were handed over in one window: the minute of a provider, or the day of a sender domain."""

    key = models.CharField(max_length=300)
    window = models.DateTimeField(help_text="Its first moment")
    count = models.PositiveIntegerField(default=0)

    class Meta:
        ordering = ["-window"]
        verbose_name_plural = "departures"
        constraints = [models.UniqueConstraint(fields=["key", "window"], name="departures_window")]

    def __str__(self) -> str:
        return f"{self.key}: {self.count}"


class PolicyApproval(models.Model):
    """An approval that no person gave: what a cadence or playbook leaves to itself, with all that was known.

    Append-only.
    """

    draft = models.ForeignKey(Draft, on_delete=models.PROTECT, related_name="policy_approvals")
    fingerprint = models.CharField(max_length=64)
    policy = models.CharField(max_length=300, help_text="Which rule left it to itself, in words")
    evidence: Any = models.JSONField(default=list, blank=True)
    findings: Any = models.JSONField(default=list, blank=True, help_text="What the gates noted")
    approved_at = models.DateTimeField()

    class Meta:
        ordering = ["-id"]
        indexes = [models.Index(fields=["draft"], name="policy_approval_draft")]

    def __str__(self) -> str:
        return self.policy


class DeliveryEvent(models.Model):
    """What became known about a message after it left. Append-only. ``machine``: kept, never counted."""

    draft = models.ForeignKey(Draft, on_delete=models.PROTECT, related_name="delivery_events")
    kind = models.CharField(max_length=12, choices=DeliveryKind.choices)
    at = models.DateTimeField(help_text="When it happened, by the provider's clock")
    noted_at = models.DateTimeField(auto_now_add=True)
    machine = models.BooleanField(default=False)
    machine_because = models.CharField(max_length=100, blank=True)
    detail = models.CharField(max_length=300, blank=True)
    url = models.CharField(max_length=500, blank=True)
    provider = models.CharField(max_length=40, blank=True)

    class Meta:
        ordering = ["at", "id"]
        constraints = [models.CheckConstraint(condition=Q(kind__in=DeliveryKind.values), name="delivery_event_kind")]
        indexes = [
            models.Index(fields=["draft", "at"], name="delivery_event_draft"),
            # A day's complaints, for the stop by itself.
            models.Index(fields=["at"], condition=Q(kind="complained"), name="delivery_event_complaint"),
        ]

    def __str__(self) -> str:
        return self.get_kind_display()
