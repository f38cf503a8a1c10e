"""Accounts, contacts and the addresses they can be reached at."""

from __future__ import annotations

from django.conf import settings
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower, Trim

from contacts.searching import words_of
from contacts.states import AddressKind, Channel


class Account(models.Model):
    """A company we sell to, or sold to."""

    external_id = models.CharField(max_length=200, unique=True)
    name = models.CharField(max_length=300)
    domain = models.CharField(max_length=255, blank=True)
    industry = models.CharField(max_length=100, blank=True)
    territory = models.CharField(max_length=100, blank=True)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="accounts"
    )
    strategic = models.BooleanField(default=False)
    timezone = models.CharField(max_length=64, blank=True, help_text="IANA name, for instance Europe/Berlin")
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        ordering = ["name", "id"]
        indexes = [
            models.Index(Lower(Trim("name")), name="account_name_lower"),
            GinIndex(words_of("name"), name="account_words"),
        ]

    def __str__(self) -> str:
        return self.name


class Contact(models.Model):
    """A person. May be a lead, a customer or both; never a user."""

    external_id = models.CharField(max_length=200, unique=True, null=True, blank=True)
    name = models.CharField(max_length=300, blank=True)
    account = models.ForeignKey(Account, null=True, blank=True, on_delete=models.SET_NULL, related_name="contacts")
    timezone = models.CharField(max_length=64, blank=True, help_text="IANA name, for instance Europe/Berlin")
    locale = models.CharField(max_length=20, blank=True, help_text="Language tag, for instance de-DE")
    preferred_channel = models.CharField(max_length=10, choices=Channel.choices, blank=True)
    birthday = models.DateField(null=True, blank=True, help_text="Day and month count; the year may be made up")
    # Written by retention when a customer is imported. Kept here because leads must know, and may not look there.
    customer_since = models.DateField(null=True, blank=True)
    churned_on = models.DateField(null=True, blank=True)
    merged_into = models.ForeignKey("self", null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        ordering = ["id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(preferred_channel="") | Q(preferred_channel__in=Channel.values),
                name="contact_preferred_channel",
            ),
            models.CheckConstraint(condition=~Q(external_id=""), name="contact_external_id_not_empty"),
        ]
        indexes = [GinIndex(words_of("name"), name="contact_words")]

    def __str__(self) -> str:
        return self.name or self.external_id or f"Contact {self.pk}"


class Address(models.Model):
    """An e-mail address or phone number, now or formerly, of a contact.

    Rows are never deleted: a replaced address stays as a former one, so a refusal tied to its value keeps holding.
    ``value`` is normalised: e-mail trimmed and lower case, phone in E.164.
    """

    contact = models.ForeignKey(Contact, on_delete=models.CASCADE, related_name="addresses")
    kind = models.CharField(max_length=10, choices=AddressKind.choices)
    value = models.CharField(max_length=320)
    is_primary = models.BooleanField(default=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["id"]
        verbose_name_plural = "addresses"
        constraints = [
            models.CheckConstraint(condition=Q(kind__in=AddressKind.values), name="address_kind"),
            models.CheckConstraint(condition=~Q(value=""), name="address_not_empty"),
            models.UniqueConstraint(fields=["contact", "kind", "value"], name="address_once_per_contact"),
            models.UniqueConstraint(
                fields=["contact", "kind"], condition=Q(is_primary=True), name="address_one_primary"
            ),
        ]
        indexes = [models.Index(fields=["kind", "value"], name="address_value")]

    def __str__(self) -> str:
        return self.value
