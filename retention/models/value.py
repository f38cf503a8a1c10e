"""What a customer is worth."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from retention.models.customers import Customer
from retention.states import ValueTier


class CustomerValue(models.Model):
    """What a customer was worth at the first moment of ``month`` (docs/value.md has the definition).

    ``monthly_revenue`` and ``clv`` are in ``currency``. ``months`` is how many months of history they rest on.
    """

    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="values", db_index=False)
    month = models.DateField()
    monthly_revenue = models.DecimalField(max_digits=14, decimal_places=2)
    clv = models.DecimalField(max_digits=14, decimal_places=2)
    currency = models.CharField(max_length=3, blank=True)
    tier = models.CharField(max_length=6, choices=ValueTier.choices)
    months = models.PositiveSmallIntegerField()
    computed_at = models.DateTimeField()

    class Meta:
        ordering = ["-month"]
        constraints = [
            models.CheckConstraint(condition=Q(tier__in=ValueTier.values), name="value_tier"),
            models.UniqueConstraint(fields=["customer", "month"], name="value_once_a_month"),
        ]
        indexes = [models.Index(fields=["month", "tier"], name="value_by_tier")]

    def __str__(self) -> str:
        return f"{self.clv} {self.currency}".strip()
