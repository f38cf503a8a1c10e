"""Where push messages go, and who may read the inbox in the customer's own product."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q

from contacts.models import Contact


class PushSubscription(models.Model):
    """A browser or app that asked for push messages (Web Push, RFC 8030). Its keys encrypt for it alone (RFC 8291)."""

    contact = models.ForeignKey(Contact, on_delete=models.CASCADE, related_name="push_subscriptions")
    endpoint = models.URLField(max_length=1000, unique=True)
    p256dh = models.CharField(max_length=200)
    auth = models.CharField(max_length=100)
    created_at = models.DateTimeField(auto_now_add=True)
    ended_at = models.DateTimeField(null=True, blank=True)
    end_reason = models.CharField(max_length=200, blank=True)

    class Meta:
        ordering = ["id"]
        indexes = [models.Index(fields=["contact"], condition=Q(ended_at__isnull=True), name="push_active")]

    def __str__(self) -> str:
        return f"Push subscription {self.pk}"


class ProductKey(models.Model):
    """A secret with which the customer's own server reads people's inboxes and registers their browsers.

    Shown once; only its digest is kept (SHA-256, hex). Unlike the write key of an event source it must never be in a
    browser: it reads.
    """

    name = models.CharField(max_length=100, unique=True)
    key_digest = models.CharField(max_length=64, unique=True)
    key_ends_with = models.CharField(max_length=4)
    created_at = models.DateTimeField(auto_now_add=True)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    revoked_at = models.DateTimeField(null=True, blank=True)
    revoked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )

    class Meta:
        ordering = ["name"]
        constraints = [
            models.CheckConstraint(
                condition=Q(revoked_by__isnull=True) | Q(revoked_at__isnull=False), name="product_key_revoked_pair"
            )
        ]

    def __str__(self) -> str:
        return self.name
