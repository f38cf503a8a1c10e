"""Customers, and what they are worth."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.db import models
from django.db.models import F, Q

from contacts.models import Contact

if TYPE_CHECKING:
    from staff.models import User


class CustomerQuerySet(models.QuerySet["Customer"]):
    """Which customers: those a person may see."""

    def visible_to(self, user: User | AnonymousUser) -> Self:
        """Their own customers, those of their team and of teams they manage, and those nobody owns.

        Everything for a superuser and holders of ``retention.see_every_customer``; nothing for people not signed in.
        """
        if isinstance(user, AnonymousUser):
            return self.none()
        if user.has_perm("retention.see_every_customer"):
            return self
        seen = Q(owner=user) | Q(owner__isnull=True) | Q(owner__team__manager=user)
        if user.team_id is not None:
            seen |= Q(owner__team=user.team_id)
        return self.filter(seen)


class Customer(models.Model):
    """A contact who buys from us. ``mrr`` is monthly recurring revenue in ``currency``."""

    external_id = models.CharField(max_length=200, unique=True)
    contact = models.ForeignKey(Contact, on_delete=models.PROTECT, related_name="customers")
    since = models.DateField(null=True, blank=True)
    churned_on = models.DateField(null=True, blank=True)
    plan = models.CharField(max_length=100, blank=True)
    tier = models.CharField(max_length=100, blank=True)
    mrr = models.DecimalField(max_digits=14, decimal_places=2, null=True, blank=True)
    currency = models.CharField(max_length=3, blank=True)
    renewal_on = models.DateField(null=True, blank=True)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="customers"
    )
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    objects = CustomerQuerySet.as_manager()

    class Meta:
        ordering = ["id"]
        permissions = [("see_every_customer", "Can see the customers of every team")]
        constraints = [
            models.CheckConstraint(
                condition=Q(churned_on__isnull=True) | Q(since__isnull=True) | Q(churned_on__gte=F("since")),
                name="customer_churned_after_since",
            ),
        ]

    def __str__(self) -> str:
        return self.external_id
