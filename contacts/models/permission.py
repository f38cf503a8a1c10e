"""What contacts allowed and refused. Both are histories: rows are added, never changed."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q

from contacts.models.merges import Merge
from contacts.models.people import Account, Contact
from contacts.states import AddressKind, Channel, Consent, SuppressionChannel, SuppressionReason


class ConsentRecord(models.Model):
    """One answer to "may we write to you on this channel", with its proof.

    The latest per contact and channel counts. ``merge`` is set where nobody said it: it follows from contacts that
    became one, or were separated again.
    """

    contact = models.ForeignKey(Contact, on_delete=models.CASCADE, related_name="consents")
    channel = models.CharField(max_length=10, choices=Channel.choices)
    status = models.CharField(max_length=10, choices=Consent.choices)
    source = models.CharField(
        max_length=200, blank=True, help_text="Where the answer comes from: a form, a file, a call"
    )
    recorded_at = models.DateTimeField()
    recorded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    merge = models.ForeignKey(Merge, null=True, blank=True, on_delete=models.PROTECT, related_name="+", db_index=False)

    class Meta:
        ordering = ["-recorded_at", "-id"]
        constraints = [
            models.CheckConstraint(condition=Q(channel__in=Channel.values), name="consent_channel"),
            models.CheckConstraint(condition=Q(status__in=Consent.values), name="consent_status"),
        ]
        indexes = [models.Index(fields=["contact", "channel", "-recorded_at", "-id"], name="consent_latest")]

    def __str__(self) -> str:
        return f"{self.channel}: {self.status}"


class Suppression(models.Model):
    """We must not write. Targets exactly one of a contact, an account, or an address by its value.

    An address need not belong to anybody yet: a refusal that arrives before the contact does holds all the same.
    Append-only, in the database too. Lifting is a row of its own (`SuppressionLift`). ``merge`` is set on a copy that
    two contacts becoming one brought along, or their separation left behind.
    """

    contact = models.ForeignKey(Contact, null=True, blank=True, on_delete=models.PROTECT, related_name="suppressions")
    account = models.ForeignKey(Account, null=True, blank=True, on_delete=models.PROTECT, related_name="suppressions")
    address_kind = models.CharField(max_length=10, choices=AddressKind.choices, blank=True)
    address_value = models.CharField(max_length=320, blank=True)
    channel = models.CharField(max_length=10, choices=SuppressionChannel.choices)
    reason = models.CharField(max_length=20, choices=SuppressionReason.choices)
    at = models.DateTimeField()
    source = models.CharField(max_length=200, blank=True)
    note = models.CharField(max_length=500, blank=True)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    merge = models.ForeignKey(Merge, null=True, blank=True, on_delete=models.PROTECT, related_name="+", db_index=False)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["-at", "-id"]
        constraints = [
            models.CheckConstraint(condition=Q(channel__in=SuppressionChannel.values), name="suppression_channel"),
            models.CheckConstraint(condition=Q(reason__in=SuppressionReason.values), name="suppression_reason"),
            models.CheckConstraint(
                condition=(
                    Q(contact__isnull=False, account__isnull=True, address_value="", address_kind="")
                    | Q(contact__isnull=True, account__isnull=False, address_value="", address_kind="")
                    | (
                        Q(contact__isnull=True, account__isnull=True, address_kind__in=AddressKind.values)
                        & ~Q(address_value="")
                    )
                ),
                name="suppression_one_target",
            ),
        ]
        indexes = [
            models.Index(
                fields=["address_kind", "address_value"], condition=~Q(address_value=""), name="suppression_address"
            )
        ]

    def __str__(self) -> str:
        return f"{self.get_reason_display()}, {self.get_channel_display()}"


class SuppressionLift(models.Model):
    """The end of a suppression: who, when, and why. Append-only."""

    suppression = models.OneToOneField(Suppression, on_delete=models.PROTECT, related_name="lift")
    lifted_at = models.DateTimeField()
    lifted_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    reason = models.CharField(max_length=500)

    class Meta:
        constraints = [models.CheckConstraint(condition=~Q(reason=""), name="suppression_lift_has_reason")]

    def __str__(self) -> str:
        return f"Lifted: {self.suppression}"


class ActiveSuppression(models.Model):
    """A view: every suppression that holds for a contact now, whichever way it is targeted, less the lifted ones.

    Everything that asks "may we?" reads this, so that there is one answer.
    """

    key = models.CharField(max_length=60, primary_key=True)
    suppression = models.ForeignKey(Suppression, on_delete=models.DO_NOTHING, related_name="+")
    contact = models.ForeignKey(Contact, on_delete=models.DO_NOTHING, related_name="active_suppressions")
    channel = models.CharField(max_length=10, choices=SuppressionChannel.choices)
    reason = models.CharField(max_length=20, choices=SuppressionReason.choices)
    at = models.DateTimeField()

    class Meta:
        managed = False
        db_table = "contacts_active_suppression"

    def __str__(self) -> str:
        return f"{self.reason}, {self.channel}"
