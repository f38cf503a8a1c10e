"""What somebody has open, so that no two people work on one thing."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from staff.models.people import User
from staff.states import ClaimKind


class Claim(models.Model):
    """One person has one row of work open: a lease. It holds while it is seen often enough (`CLAIM_SECONDS`).

    A lease is no permission and no lock: decisions are refused by their own rules. So it names the row by kind and id,
    knows no table, and may be deleted at any time.
    """

    kind = models.CharField(max_length=8, choices=ClaimKind.choices)
    row_id = models.BigIntegerField()
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="claims")
    since = models.DateTimeField()
    seen = models.DateTimeField(help_text="The page was last open at this moment")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["kind", "row_id"], name="claim_once"),
            models.CheckConstraint(condition=Q(kind__in=ClaimKind.values), name="claim_kind"),
        ]
        indexes = [models.Index(fields=["seen"], name="claim_by_age")]

    def __str__(self) -> str:
        return f"{self.kind} {self.row_id}"
